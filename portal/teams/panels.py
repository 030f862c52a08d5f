"""What teams lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.errors import NotVisible
from portal.core.i18n import lazy as _
from portal.core.panels import Narrowed, Narrowing, Panel

from . import queries


def mine_on_home(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """My teams, the next kick-off first."""
    teams = queries.my_teams(viewer, most=6)
    return {"teams": teams} if teams else None


def kickoff_question(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Were you there? One at a time."""
    questions = queries.my_kickoff_questions(viewer)
    return {"question": questions[0]} if questions else None


def buddy_question(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Will you be somebody's buddy? One at a time."""
    questions = queries.my_buddy_questions(viewer)
    return {"question": questions[0]} if questions else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The teams that somebody is in."""
    teams = queries.teams_of_person(viewer, person_id)
    return {"teams": teams} if teams else None


def for_goal(viewer: Viewer, goal_id: int) -> Mapping[str, Any] | None:
    """The teams that work for a goal."""
    teams = queries.teams_for_goal(viewer, goal_id)
    return {"teams": teams} if teams else None


def _choices(viewer: Viewer) -> list[tuple[str, str]]:
    return queries.my_team_names(viewer)


def _find(viewer: Viewer, slug: str) -> Narrowed | None:
    try:
        team = queries.team(viewer, slug)
    except NotVisible:
        return None
    return Narrowed(team.name, team.audience_id)


PANELS: list[Panel | Narrowing] = [
    Panel("home", 10, "teams/_mine_on_home.html", mine_on_home),
    Panel("home_owed", 2, "teams/_was_there_owed.html", kickoff_question),
    Panel("home_owed", 3, "teams/_buddy_owed.html", buddy_question),
    Panel("person_aside", 20, "teams/_on_person.html", on_person),
    Panel("goal", 10, "teams/_for_goal.html", for_goal),
    Narrowing("team", _("Team"), _("All teams"), _choices, _find),
]
