"""What the reel lends to other pages. A team's page shows its panels with `team`, its TeamView."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g

from portal.core.auth import Viewer
from portal.core.panels import CardLine, Panel
from portal.infomercials.queries import headlines, my_intro
from portal.teams.queries import Member, TeamView, came_late, members, team_by_id

from . import queries
from .nudging import in_short

MISSING_NAMED = 12


@dataclass(frozen=True)
class _Known:
    """What all panels of a team's page start from, asked for once."""

    team: TeamView
    people: list[Member]
    ready: Mapping[int, tuple[str, str]]


def _known(viewer: Viewer, team_id: int) -> _Known:
    known: dict[int, _Known] = g.setdefault("reel_known", {})
    if team_id not in known:
        team = team_by_id(viewer, team_id)
        people = members(viewer, team)
        known[team_id] = _Known(team, people, headlines(viewer, [one.person_id for one in people]))
    return known[team_id]


def acts(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """Play the intros, print the sheet."""
    known = _known(viewer, team_id)
    if not known.people:
        return None
    return {"newcomers": len(came_late(known.team, known.people))}


def who_to_ask(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """Topics, and the person to ask."""
    known = _known(viewer, team_id)
    rows = queries.who_to_ask(viewer, known.team, people=known.people, ready=known.ready)
    return {"rows": rows} if rows else None


def intros_in(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """How many intros are in; mine, if it is missing; for the lead, whose are."""
    known = _known(viewer, team_id)
    if not known.people:
        return None
    found = queries.intros_in(viewer, known.team, people=known.people, ready=known.ready)
    return {
        "intros": found,
        "mine_is_begun": found.mine_is_missing and my_intro(viewer).is_begun,
        "named": [
            (one.card, in_short(one.obstacle, viewer.zone) if one.obstacle else "")
            for one in found.missing[:MISSING_NAMED]
        ],
        "more": max(0, len(found.missing) - MISSING_NAMED),
    }


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what I owe: a lead would like my intro."""
    nudged = queries.nudged_me(viewer)
    return {"nudged": nudged} if nudged else None


PANELS: list[Panel | CardLine] = [
    Panel("team_acts", 10, "reel/_on_team_acts.html", acts),
    Panel("team", 10, "reel/_on_team.html", who_to_ask),
    Panel("team_aside", 10, "reel/_on_team_aside.html", intros_in),
    Panel("home_owed", 5, "reel/_owed.html", owed),
]
