"""What has to be so about intros."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from portal.audiences.queries import teams_of_many
from portal.core.auth import EVERYONE
from portal.core.checks import Check, said
from portal.core.db import batches, db, unit_of_work
from portal.people.models import Person

from . import services
from .models import Infomercial, InfomercialListing

AT_A_TIME = 100


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


def _look() -> list[str]:
    return said("intros are listed wrongly", list(wrongly_listed()))


def _mend() -> None:
    for some in batches(list(wrongly_listed()), AT_A_TIME):

        def again(ids: list[int] = some) -> None:
            for person_id in ids:
                services.relist(person_id)

        unit_of_work(again)


CHECKS = [Check("intros are listed for those who may read them", _look, _mend)]
