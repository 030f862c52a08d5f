"""What happened around somebody: thanks in their teams, intros of people near them, who joined their teams.

Two halves: `chosen` picks the ids once, `told` says what is left of them for their reader today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.db import db
from portal.infomercials.models import InfomercialListing
from portal.infomercials.queries import headlines
from portal.kudos.models import Kudos, KudosPerson
from portal.kudos.queries import KudosView, views
from portal.people.models import Person
from portal.people.queries import Card, cards
from portal.teams.models import Team, TeamMember
from portal.teams.queries import TeamName, names_by_id, still_here

MOST = 6  # lines of each part
JOINED = 24  # people who came into teams
WITH_ME = timedelta(minutes=1)


@dataclass(frozen=True)
class Joined:
    """Who came into one of my teams."""

    team: TeamName
    people: tuple[Card, ...]


@dataclass(frozen=True)
class Around:
    thanks: list[KudosView]
    intros: list[Card]
    joined: list[Joined]

    @property
    def is_empty(self) -> bool:
        return not (self.thanks or self.intros or self.joined)


def _my_teams(viewer: Viewer) -> sa.Select[int]:
    mine = sa.select(TeamMember.team_id).join(Team, Team.id == TeamMember.team_id)
    return mine.where(TeamMember.person_id == viewer.person_id, Team.closed_at.is_(None))


def chosen(viewer: Viewer, since: datetime, until: datetime) -> dict[str, Any]:
    """What happened between two moments, by part: lists of ids, and (team, person) of who joined. Four queries."""
    return {
        "thanks": _thanks(viewer, since, until),
        "intros": _intros(viewer, since, until),
        "joined": _joined(viewer, since, until),
    }


def _thanks(viewer: Viewer, since: datetime, until: datetime) -> list[int]:
    """On the walls of my teams, and not about me: those are notices of mine."""
    named = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.kudos_id == Kudos.id, KudosPerson.person_id == viewer.person_id
    )
    on_wall: sa.ColumnElement[Any] = Kudos.wall_audience_id.expression
    query = sa.select(Kudos.id).where(
        Kudos.team_id.in_(_my_teams(viewer)),
        visible_to(viewer, on_wall),
        Kudos.at > since,
        Kudos.at <= until,
        Kudos.hidden_at.is_(None),
        ~named.exists(),
    )
    return list(db.session.scalars(query.order_by(Kudos.at.desc(), Kudos.id.desc()).limit(MOST)))


def _intros(viewer: Viewer, since: datetime, until: datetime) -> list[int]:
    """Of people in my teams and in my department."""
    listing = InfomercialListing
    mates = sa.select(TeamMember.person_id).where(TeamMember.team_id.in_(_my_teams(viewer)))
    mine = sa.select(Person.department_id).where(Person.id == viewer.person_id).scalar_subquery()
    newest = sa.func.max(listing.published_at)
    query = (
        sa.select(listing.person_id)
        .join(Person, Person.id == listing.person_id)
        .where(
            visible_to(viewer, listing.audience_id),
            listing.published_at > since,
            listing.published_at <= until,
            listing.person_id != viewer.person_id,
            still_here(viewer),
            sa.or_(Person.department_id == mine, Person.id.in_(mates)),
        )
        .group_by(listing.person_id)
    )
    return list(db.session.scalars(query.order_by(newest.desc(), listing.person_id.desc()).limit(MOST)))


def _joined(viewer: Viewer, since: datetime, until: datetime) -> list[list[int]]:
    """Who came after me. Whoever was added with me has a place in the same second."""
    mine = sa.select(TeamMember.team_id, TeamMember.joined_at).where(
        TeamMember.person_id == viewer.person_id, TeamMember.team_id.in_(_my_teams(viewer))
    )
    came_later = [
        sa.and_(TeamMember.team_id == team_id, TeamMember.joined_at > max(since, joined_at + WITH_ME))
        for team_id, joined_at in db.session.execute(mine)
    ]
    if not came_later:
        return []
    query = (
        sa.select(TeamMember.team_id, TeamMember.person_id)
        .join(Person, Person.id == TeamMember.person_id)
        .where(sa.or_(*came_later), TeamMember.joined_at <= until, still_here(viewer))
    )
    rows = db.session.execute(query.order_by(TeamMember.joined_at, TeamMember.person_id).limit(JOINED))
    return [[team_id, person_id] for team_id, person_id in rows]


def told(viewer: Viewer, ids: Mapping[str, Any]) -> Around:
    """What the viewer may still see of that, in the order in which it was chosen."""
    intros = [int(one) for one in ids.get("intros", [])]
    pairs = [(int(team_id), int(person_id)) for team_id, person_id in ids.get("joined", [])]
    people = {card.id: card for card in cards(viewer, sorted({*intros, *(person for _team, person in pairs)}))}
    lines = headlines(viewer, intros) if intros else {}
    mine = set(db.session.scalars(_my_teams(viewer))) if pairs else set()
    teams = names_by_id(mine & {team_id for team_id, _person in pairs})
    joined: dict[int, list[Card]] = {}
    for team_id, person_id in pairs:
        if team_id in teams and person_id in people:
            joined.setdefault(team_id, []).append(people[person_id])
    return Around(
        thanks=views(viewer, [int(one) for one in ids.get("thanks", [])]),
        intros=[people[one].with_line(lines[one]) for one in intros if one in people and one in lines],
        joined=[Joined(teams[team_id], tuple(some)) for team_id, some in joined.items()],
    )
