"""What has to be so about people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.audiences.queries import teams_of_many
from portal.core.auth import EVERYONE
from portal.core.checks import derived
from portal.core.db import db

from . import services
from .models import Person, PersonListing


def _wanted(person: Person, teams: Sequence[int]) -> list[dict[str, Any]]:
    """What `services.relist` would write."""
    if person.left_at is not None:
        return []
    values = person.optional_values()
    rows = []
    for audience_id in (EVERYONE, *teams):
        # What is for everyone is for the teams as well; what is for the teams is not for everyone.
        open_to = {"everyone"} if audience_id == EVERYONE else {"everyone", "teams"}
        shown = {field: value for field, value in values.items() if person.shown.get(field, "everyone") in open_to}
        rows.append(services.listing_row(person, audience_id, shown))
    return rows


def wrongly_listed() -> Iterator[int]:
    """Those whose listings are not what they have to be."""
    last = 0
    columns = list(PersonListing.__table__.columns)
    while True:
        people = db.session.scalars(
            sa.select(Person).options(joinedload(Person.place)).where(Person.id > last).order_by(Person.id).limit(500)
        ).all()
        if not people:
            return
        last = people[-1].id
        ids = [person.id for person in people]
        teams = teams_of_many(ids)
        there: dict[int, list[dict[str, Any]]] = {}
        rows = sa.select(*columns).where(PersonListing.person_id.in_(ids)).order_by(PersonListing.audience_id)
        for row in db.session.execute(rows).mappings():
            there.setdefault(row["person_id"], []).append(dict(row))
        for person in people:
            if there.get(person.id, []) != _wanted(person, teams.get(person.id, [])):
                yield person.id
        db.session.expunge_all()


CHECKS = [
    derived(
        "people are listed as they are",
        words="people are listed wrongly",
        wrong=wrongly_listed,
        again=services.relist_many,
    )
]
