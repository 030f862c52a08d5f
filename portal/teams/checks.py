"""What has to be so about teams."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from portal.audiences import services as audiences
from portal.audiences.models import Audience, AudienceMember
from portal.core.checks import Check, said
from portal.core.db import db, unit_of_work
from portal.people.models import Person

from .models import Team, TeamMember


def _wanted() -> sa.Select[int, int]:
    """(audience, person): the people of each team who are here; without guests once it is closed."""
    return (
        sa.select(Team.audience_id, TeamMember.person_id)
        .join(Team, Team.id == TeamMember.team_id)
        .join(Person, Person.id == TeamMember.person_id)
        .where(Person.left_at.is_(None), sa.or_(Team.closed_at.is_(None), Person.kind != "guest"))
    )


def _there() -> sa.Select[int, int]:
    """(audience, person): who is in the audiences of teams, leavers apart (they see nothing)."""
    return (
        sa.select(AudienceMember.audience_id, AudienceMember.person_id)
        .join(Team, Team.audience_id == AudienceMember.audience_id)
        .join(Person, Person.id == AudienceMember.person_id)
        .where(Person.left_at.is_(None))
    )


def _differences() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Who is missing, and who is too many."""
    missing = db.session.execute(sa.except_(_wanted(), _there())).all()
    too_many = db.session.execute(sa.except_(_there(), _wanted())).all()
    return sorted((row[0], row[1]) for row in missing), sorted((row[0], row[1]) for row in too_many)


def _members() -> list[str]:
    missing, too_many = _differences()
    return [
        *said("people of teams are not in the audience of their team (audience, person)", missing),
        *said("people are in the audience of a team that they are not in (audience, person)", too_many),
    ]


def _mend_members() -> None:
    def mend() -> None:
        for change, pairs in zip((audiences.join, audiences.leave), _differences(), strict=True):
            by_audience: dict[int, list[int]] = defaultdict(list)
            for audience_id, person_id in pairs:
                by_audience[audience_id].append(person_id)
            for audience_id, person_ids in sorted(by_audience.items()):
                change(audience_id=audience_id, person_ids=person_ids)

    unit_of_work(mend)


def _of_no_team() -> list[int]:
    used = sa.select(Team.audience_id)
    return list(
        db.session.scalars(
            sa.select(Audience.id).where(Audience.kind == "team", Audience.id.not_in(used)).order_by(Audience.id)
        )
    )


def _drop_unused() -> None:
    unit_of_work(lambda: db.session.execute(sa.delete(Audience).where(Audience.id.in_(_of_no_team()))))


CHECKS = [
    Check("audiences of teams are of a team", lambda: said("audiences are of no team", _of_no_team()), _drop_unused),
    Check("teams see what is meant for their people", _members, _mend_members),
]
