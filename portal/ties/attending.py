"""A kick-off makes contacts among those who say that they were there, as long as they are at most 12."""

from __future__ import annotations

from itertools import combinations

import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.teams.models import Team, TeamMember

from . import services
from .models import Contact

MOST_THERE = 12


def note(*, team_id: int, person_id: int, there: bool) -> None:
    """Somebody says that they were there, or were not after all."""
    if not there:
        services.take_back(medium="kickoff", subject_id=team_id, person_id=person_id)
    # Flushed by the query: what they said is on its row already.
    says = sa.select(TeamMember.person_id).where(TeamMember.team_id == team_id, TeamMember.was_there.is_(True))
    noted = sa.select(Contact.person_id).where(Contact.medium == "kickoff", Contact.subject_id == team_id)
    were = set(db.session.scalars(says)) | set(db.session.scalars(noted))  # also who left the team since
    were = were | {person_id} if there else were - {person_id}
    if len(were) > MOST_THERE:
        services.take_back(medium="kickoff", subject_id=team_id)
        return
    at = db.session.scalar(sa.select(Team.kickoff_at).where(Team.id == team_id)) or clock.now()
    services.record(pairs=combinations(sorted(were), 2), medium="kickoff", subject_id=team_id, at=at)
