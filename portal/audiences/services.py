"""Writes of audiences."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import sqlalchemy as sa

from portal.core.auth import EVERYONE, NAMED
from portal.core.db import batches, db, insert_missing
from portal.core.events import publish

from .events import MembershipChanged
from .models import Audience, AudienceMember


def make_team_audience() -> int:
    """A new audience for a team, empty."""
    audience = Audience(kind="team")
    db.session.add(audience)
    db.session.flush()
    return audience.id


def join(*, audience_id: int, person_ids: Collection[int]) -> list[int]:
    """Put people into a team's audience; those who were not in, in order. A fixed number of statements a batch."""
    if audience_id in (EVERYONE, NAMED):  # nobody joins them
        return []
    new: list[int] = []
    for some in batches(person_ids):
        there = set(db.session.scalars(_of(sa.select(AudienceMember.person_id), audience_id, some)))
        fresh = [person_id for person_id in some if person_id not in there]
        if fresh:
            insert_missing(AudienceMember, [{"audience_id": audience_id, "person_id": one} for one in fresh])
            new += fresh
    if new:
        publish(MembershipChanged(audience_id, tuple(new)))
    return new


def leave(*, audience_id: int, person_ids: Collection[int]) -> None:
    """Take people out; nothing happens to those who are not in."""
    gone: list[int] = []
    for some in batches(person_ids):
        leaving = _of(sa.delete(AudienceMember), audience_id, some).returning(AudienceMember.person_id)
        gone += db.session.scalars(leaving)
    if gone:
        publish(MembershipChanged(audience_id, tuple(sorted(gone))))


Q = TypeVar("Q", sa.Select[int], sa.Delete)


def _of(query: Q, audience_id: int, person_ids: Sequence[int]) -> Q:
    return query.where(AudienceMember.audience_id == audience_id, AudienceMember.person_id.in_(person_ids))
