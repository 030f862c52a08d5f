"""Who started of late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import MAX_ID
from portal.core.happening import Asked, Source
from portal.core.paging import Rows, top_of_audiences

from .models import NEW_FOR, PersonListing
from .queries import cards

NOON = time(12, tzinfo=UTC)  # of a day in nearly every zone


def moment(on: date) -> datetime:
    """When a day stands among moments."""
    return datetime.combine(on, NOON)


def place(behind: tuple[datetime, int]) -> tuple[date, int]:
    """Behind which day and id that is."""
    at, number = behind
    on = at.astimezone(UTC).date()
    return on, number if at == moment(on) else MAX_ID if at > moment(on) else 0


def latest(viewer: Viewer, asked: Asked) -> Rows | None:
    """Whoever started in the last 30 days, without myself."""
    row, today = PersonListing, clock.today(viewer.zone)

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        rows: Rows = sa.select(row.started_on.label("at"), row.person_id.label("id"), row.person_id.label("by"))
        return rows.where(
            audience,
            row.listed_until >= today,
            row.started_on >= today - NEW_FOR,
            row.started_on <= today,
            row.person_id != viewer.person_id,
            *asked.behind(row.started_on, row.person_id),
        )

    return top_of_audiences(asked.audience_ids, branch, row.audience_id, ("at", "id"), asked.size, descending=True)


def near(viewer: Viewer, asked: Asked) -> Rows | None:
    """Of those, whoever is in a team with me."""
    teams = viewer.audience_ids - {EVERYONE}
    return latest(viewer, Asked(asked.size, teams, None, (), asked.since))


def shown(viewer: Viewer, person_ids: Sequence[int]) -> Mapping[int, Any]:
    return {card.id: card for card in cards(viewer, person_ids)}


SOURCES = [Source("newcomer", latest, near, shown, "people/_happening.html", is_one=True, moment=moment, place=place)]
