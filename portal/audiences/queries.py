"""Reads of audiences, and the predicate that every other read uses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db

from .models import AudienceMember

ShownTo = Literal["everyone", "teams", "nobody"]
SHOWN_TO: tuple[ShownTo, ...] = ("everyone", "teams", "nobody")


def visible_to(
    viewer: Viewer, audience_id: InstrumentedAttribute[int] | sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """The condition that a row with this audience may be seen by the viewer."""
    return audience_id.in_(sorted(viewer.audience_ids))


def teams_of(person_id: int) -> list[int]:
    """The audiences of the teams that a person is in today."""
    rows = db.session.scalars(sa.select(AudienceMember.audience_id).where(AudienceMember.person_id == person_id))
    return sorted(rows)


def members_of(audience_id: int, among: Collection[int]) -> set[int]:
    """Those of these people who are in that team's audience today."""
    rows = db.session.scalars(
        sa.select(AudienceMember.person_id).where(
            AudienceMember.audience_id == audience_id, AudienceMember.person_id.in_(among)
        )
    )
    return set(rows)


def teams_of_many(person_ids: Collection[int]) -> dict[int, list[int]]:
    """The audiences of the teams that each of these people is in, in order."""
    found: dict[int, list[int]] = {}
    rows = db.session.execute(
        sa.select(AudienceMember.person_id, AudienceMember.audience_id)
        .where(AudienceMember.person_id.in_(person_ids))
        .order_by(AudienceMember.audience_id)
    )
    for person_id, audience_id in rows:
        found.setdefault(person_id, []).append(audience_id)
    return found


def audiences_of(person_id: int, *, is_guest: bool) -> frozenset[int]:
    """Every audience that a person belongs to; a guest is not part of everyone."""
    teams = teams_of(person_id)
    return frozenset(teams if is_guest else [EVERYONE, *teams])


def audiences_for(person_id: int, shown_to: str) -> list[int]:
    """The audiences that see what this person shows to "everyone", "teams" or "nobody".

    What everyone may see, the guests of shared teams may see as well.
    """
    if shown_to == "nobody":
        return []
    teams = teams_of(person_id)
    return [EVERYONE, *teams] if shown_to == "everyone" else teams
