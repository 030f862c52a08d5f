"""Everybody as the admins see them: who they are, what they may do here, whether they can sign in. Reads alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.paging import Page, Rows, cursor_of, page_of, read_cursor
from portal.people import names
from portal.people.models import Department, OldHandle, Person, Place

from .models import Account

SHOWN = ("here", "admins", "guests", "never", "refused", "left")
ROWS = 50


@dataclass(frozen=True)
class Entry:
    """Somebody, with what an admin has to know. role is None without an account: they have never signed in."""

    id: int
    handle: str
    name: str
    title: str
    department: str
    email: str | None
    email_refused_at: datetime | None
    login: str | None
    external_id: str | None
    kind: str
    role: str | None
    starts_on: date | None
    ends_on: date | None
    left_at: datetime | None
    zone: str | None

    @property
    def is_guest(self) -> bool:
        return self.kind == "guest"

    @property
    def is_gone(self) -> bool:
        """They have left, or their last day has passed."""
        return self.left_at is not None or (self.ends_on is not None and self.ends_on < clock.today(self.zone))


def _query() -> Rows:
    return (
        sa.select(Person, Department.name, Account.role, Place.time_zone)
        .outerjoin(Department, Department.id == Person.department_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.erased_at.is_(None), Person.merged_into_id.is_(None))
    )


def _entry(person: Person, department: str | None, role: str | None, zone: str | None) -> Entry:
    return Entry(
        id=person.id,
        handle=person.handle,
        name=person.name,
        title=person.title or "",
        department=department or "",
        email=person.email,
        email_refused_at=person.email_refused_at,
        login=person.login,
        external_id=person.external_id,
        kind=person.kind,
        role=role,
        starts_on=person.starts_on,
        ends_on=person.ends_on,
        left_at=person.left_at,
        zone=person.time_zone or zone,
    )


def roster(
    viewer: Viewer, *, q: str = "", shown: str = "here", cursor: str | None = None, size: int = ROWS
) -> Page[Entry]:
    """A page of everybody, by handle. q: parts of a name, an address or a login, in any order. One query.

    shown: "here", "admins" (and moderators), "guests", "never" (without an account), "refused" (their mail), "left".
    """
    _for_admins(viewer)
    query = _query()
    for word in q.split()[:6]:
        query = query.where(_has(word))
    here = Person.left_at.is_(None)
    narrowed: dict[str, list[sa.ColumnElement[bool]]] = {
        "here": [here],
        "admins": [here, Account.role.in_(("moderator", "admin"))],
        "guests": [here, Person.kind == "guest"],
        "never": [here, Account.person_id.is_(None)],
        "refused": [here, Person.email_refused_at.is_not(None)],
        "left": [Person.left_at.is_not(None)],
    }
    query = query.where(*narrowed.get(shown, narrowed["here"]))
    start = read_cursor(cursor, str)
    if start:
        query = query.where(Person.handle > start[0])
    rows = [_entry(*row) for row in db.session.execute(query.order_by(Person.handle).limit(size + 1))]
    return page_of(rows, size, lambda row: cursor_of(row.handle))


def _has(word: str) -> sa.ColumnElement[bool]:
    """Leavers stand in no index of names, but everybody has a handle, made of the letters of their name."""
    key = names.fold(word)
    found = [
        Person.email_key.contains(key, autoescape=True),
        Person.login_key.contains(key, autoescape=True),
        Person.name.contains(word, autoescape=True),
        Person.preferred_name.contains(word, autoescape=True),
    ]
    handle = names.handle_for(word, nothing_left="")
    if not handle.startswith("-"):
        found.append(Person.handle.contains(handle.removesuffix("-1"), autoescape=True))
    return sa.or_(*found)


def entry(viewer: Viewer, handle: str) -> Entry:
    """The person at that handle, or at one that they had. `NotVisible` for nobody, and for who was erased."""
    _for_admins(viewer)
    if not names.may_be_handle(handle):
        raise NotVisible
    found = db.session.execute(_query().where(Person.handle == handle)).one_or_none()
    if found is None:
        old = sa.select(OldHandle.person_id).where(OldHandle.handle == handle)
        found = db.session.execute(_query().where(Person.id.in_(old))).one_or_none()
    if found is None:
        raise NotVisible
    return _entry(*found)


def names_of(viewer: Viewer, person_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(handle, name) of these people as of today; "" for who was erased. One query."""
    _for_admins(viewer)
    if not person_ids:
        return {}
    rows = db.session.execute(sa.select(Person.id, Person.handle, Person.name).where(Person.id.in_(set(person_ids))))
    return {person_id: (handle, name) for person_id, handle, name in rows}


def _for_admins(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise NotVisible
