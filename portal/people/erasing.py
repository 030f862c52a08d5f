"""Erasing: somebody asks for it, an admin (or the command line) does it; an empty tombstone stays.

What is theirs is deleted or emptied as each domain's `personal_data` claims; what others need stands on under
"former colleague".
"""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import audit, clock, personal
from portal.core.auth import Viewer
from portal.core.db import after_commit, db
from portal.core.erased import note_erased
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish

from . import services
from .events import PersonErased
from .models import Erasure, Person

_SHORTEST = 3  # letters of a name that is looked for in the words of others


def ask(*, viewer: Viewer) -> None:
    """Ask to be erased; an admin confirms it. Asked again, it stands as it was."""
    _locked(viewer.person_id)
    if open_request(viewer.person_id) is None:
        db.session.add(Erasure(person_id=viewer.person_id, asked_at=clock.now()))
        audit.record("erasure_asked", actor_id=viewer.person_id, subject_id=viewer.person_id)


def take_back(*, viewer: Viewer) -> None:
    """I want to stay. Nothing happens where nothing was asked."""
    _locked(viewer.person_id)
    request = open_request(viewer.person_id)
    if request is not None:
        db.session.delete(request)
        audit.record("erasure_taken_back", actor_id=viewer.person_id, subject_id=viewer.person_id)


def confirm(*, erasure_id: int, actor_id: int) -> None:
    """Do what somebody asked for. `RuleBroken` where they took it back meanwhile."""
    request = db.session.get(Erasure, erasure_id)
    if request is None:
        raise RuleBroken("", gettext("They took it back meanwhile. Nothing was erased."))
    erase_person(person_id=request.person_id, actor_id=actor_id, as_asked=erasure_id)


def open_request(person_id: int) -> Erasure | None:
    """What somebody asked for and nobody has done yet."""
    query = sa.select(Erasure).where(Erasure.person_id == person_id, Erasure.done_at.is_(None))
    return db.session.scalar(query.order_by(Erasure.id).limit(1))


def erase_person(*, person_id: int, actor_id: int | None, as_asked: int | None = None) -> None:
    """Leave an empty tombstone of somebody and of every entry that was merged into theirs. Done once; again does no
    harm. `actor_id` is None for the command line; as_asked: the request that has to stand still."""
    person = _locked(person_id)
    request = open_request(person_id)
    if as_asked is not None and person.erased_at is None and request is None:
        raise RuleBroken("", gettext("They took it back meanwhile. Nothing was erased."))
    if person.erased_at is not None:
        return
    if request is None:
        request = Erasure(person_id=person_id, asked_at=clock.now())
        db.session.add(request)
    request.done_at, request.done_by_id = clock.now(), None if actor_id == person_id else actor_id
    for one in [*_merged_into(person_id), person_id]:
        _erase(one, actor_id)
    audit.record("person_erased", actor_id=actor_id, subject_id=person_id)


def _merged_into(person_id: int) -> list[int]:
    """Entries that became part of this one, and those that had become part of them."""
    found: list[int] = []
    todo = [person_id]
    while todo:
        more = db.session.scalars(
            sa.select(Person.id).where(Person.merged_into_id.in_(todo), Person.id.not_in([*found, person_id]))
        ).all()
        found += more
        todo = list(more)
    return found


def _erase(person_id: int, actor_id: int | None) -> None:
    services.mark_left(person_id=person_id, actor_id=actor_id)  # whoever reacts to that still finds them
    empty(person_id)
    publish(PersonErased(person_id))
    note_erased(person_id)


def empty(person_id: int) -> None:
    """Forget everything about somebody who is gone, by every domain's claims."""
    person = _locked(person_id)
    if person.erased_at is not None:
        return
    pictures = {person.portrait, person.square}
    said = {person.name, person.email, person.login}
    whom = personal.Whom(
        person_id,
        email_keys=tuple(key for key in (person.email_key,) if key),
        words=tuple(sorted(word for word in said if word and len(word) >= _SHORTEST)),
    )
    db.session.flush()
    personal.forget(whom)
    db.session.expire_all()
    after_commit(lambda: services.drop_unused(pictures))


def _locked(person_id: int) -> Person:
    db.session.flush()
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotVisible
    return person
