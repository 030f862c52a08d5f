"""Whose intro is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.happening import Asked, Source
from portal.core.paging import Rows, top_of_audiences
from portal.people.models import Person
from portal.people.queries import cards
from portal.teams.queries import still_here

from .models import InfomercialListing
from .queries import headlines


def latest(viewer: Viewer, asked: Asked) -> Rows | None:
    """Published intros that the viewer may read, without their own."""
    row = InfomercialListing

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        return _rows(viewer).where(audience, *asked.behind(row.published_at, row.person_id))

    return top_of_audiences(asked.audience_ids, branch, row.audience_id, ("at", "id"), asked.size, descending=True)


def near(viewer: Viewer, asked: Asked) -> Rows | None:
    """Of people close to the viewer."""
    row = InfomercialListing
    if not asked.people:
        return None
    # "+ 0" keeps SQLite from beginning with the audience: everyone is all intros.
    seen = visible_to(viewer, row.audience_id + 0)
    rows = _rows(viewer).where(row.person_id.in_(asked.people), seen, row.published_at > asked.since)
    return rows.distinct().order_by(row.published_at.desc(), row.person_id.desc()).limit(asked.size)


def _rows(viewer: Viewer) -> Rows:
    row = InfomercialListing
    rows: Rows = sa.select(row.published_at.label("at"), row.person_id.label("id"), row.person_id.label("by"))
    rows = rows.join(Person, Person.id == row.person_id)
    return rows.where(still_here(viewer), row.person_id != viewer.person_id)


def shown(viewer: Viewer, person_ids: Sequence[int]) -> Mapping[int, Any]:
    """Their cards, each with its headline."""
    lines = headlines(viewer, list(person_ids))
    return {card.id: card.with_line(lines[card.id]) for card in cards(viewer, person_ids) if card.id in lines}


SOURCES = [Source("intro", latest, near, shown, "infomercials/_happening.html", is_one=True)]
