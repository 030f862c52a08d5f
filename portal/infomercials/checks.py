"""What has to be so about intros."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.audiences.queries import teams_of_many
from portal.core.auth import EVERYONE
from portal.core.checks import derived
from portal.core.db import db
from portal.people.models import Person

from . import services
from .models import Infomercial, InfomercialListing


def wrongly_listed() -> Iterator[int]:
    """Whose intro is not listed for exactly those who may read it."""
    last = 0
    while True:
        intros = db.session.execute(
            sa.select(Infomercial.person_id, Infomercial.shown_to, Infomercial.published_at, Person.left_at)
            .join(Person, Person.id == Infomercial.person_id)
            .where(Infomercial.person_id > last)
            .order_by(Infomercial.person_id)
            .limit(500)
        ).all()
        if not intros:
            return
        last = intros[-1].person_id
        ids = [intro.person_id for intro in intros]
        teams = teams_of_many(ids)
        there: dict[int, set[tuple[int, datetime]]] = {}
        for row in db.session.execute(sa.select(InfomercialListing).where(InfomercialListing.person_id.in_(ids))):
            listing = row[0]
            there.setdefault(listing.person_id, set()).add((listing.audience_id, listing.published_at))
        for intro in intros:
            audiences = [] if intro.left_at else list(teams.get(intro.person_id, []))
            if intro.shown_to == "everyone" and not intro.left_at:
                audiences.append(EVERYONE)
            if there.get(intro.person_id, set()) != {(one, intro.published_at) for one in audiences}:
                yield intro.person_id
        db.session.expunge_all()


def _list_again(person_ids: Sequence[int]) -> None:
    for person_id in person_ids:
        services.relist(person_id)


CHECKS = [
    derived(
        "intros are listed for those who may read them",
        words="intros are listed wrongly",
        wrong=wrongly_listed,
        again=_list_again,
    )
]
