"""Writes of audiences."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.core.events import publish

from .events import MembershipChanged
from .models import Audience, AudienceMember


def make_team_audience() -> int:
    """A new audience for a team, empty."""
    audience = Audience(kind="team")
    db.session.add(audience)
    db.session.flush()
    return audience.id


def join(*, audience_id: int, person_id: int) -> None:
    """Put a person into a team's audience; nothing happens when they are in."""
    there = db.session.get(AudienceMember, (audience_id, person_id))
    if audience_id == EVERYONE or there is not None:
        return
    db.session.add(AudienceMember(audience_id=audience_id, person_id=person_id))
    db.session.flush()
    publish(MembershipChanged(audience_id, person_id))


def leave(*, audience_id: int, person_id: int) -> None:
    """Take a person out; nothing happens when they are not in."""
    gone = db.session.execute(
        sa.delete(AudienceMember).where(
            AudienceMember.audience_id == audience_id, AudienceMember.person_id == person_id
        )
    )
    if gone.rowcount:  # type: ignore[attr-defined]
        publish(MembershipChanged(audience_id, person_id))
