"""What kudos lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core import brand, clock
from portal.core.auth import Viewer
from portal.core.i18n import lazy as _
from portal.core.panels import Panel, Reason
from portal.teams.queries import team_by_id

from . import meetings, queries, walls


def quick(_viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Who helped you this week?"""
    return {}


def on_home(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Who thanked me this week."""
    thanked_by = walls.who_thanked_me(viewer, clock.ago(days=7))
    return {"thanked_by": thanked_by} if thanked_by else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """What somebody was thanked for."""
    page = walls.thanks_for(viewer, person_id, size=4)
    return {"page": page} if page else None


def thank_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The way to thank somebody, on their profile."""
    return None if person_id == viewer.person_id else {}


def on_team(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """The newest thanks that have to do with a team."""
    page = walls.thanks_around(viewer, team_id, size=4)
    return {"page": page} if page else None


def thank_team(_viewer: Viewer, _team_id: int) -> Mapping[str, Any] | None:
    """The way to thank all of a team, on its page."""
    return {}


def on_goal(viewer: Viewer, goal_id: int) -> Mapping[str, Any] | None:
    """The newest thanks that point to a goal."""
    page = walls.thanks_towards(viewer, goal_id, size=4)
    return {"page": page} if page else None


def on_me(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """What can still be undone, and the thanks of this year."""
    return {"undoable": walls.undoable(viewer)}


def on_screen(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """Thanks in the next meeting, for whoever may host it; the meeting that is running, for all of the team."""
    team = team_by_id(viewer, team_id)
    if not team.i_am_in or not team.is_open:
        return None
    running = meetings.running(team.id)
    return {"running": running} if running or meetings.may_host(team, viewer) else None


def may_be_shown(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what I owe: may thanks for me be shown in a meeting? One at a time."""
    questions = meetings.my_questions(viewer, unanswered=True)
    return {"question": questions[0]} if questions else None


def thanked(person_id: int, by_id: int, by: str) -> tuple[Any, Any] | None:
    """Whoever is invited by being thanked comes to know it."""
    if not queries.has_thanked(by_id, person_id):
        return None
    house = brand.organization().name
    line = _("%(name)s thanked you in %(house)s. You can read what for as soon as you are in.", name=by, house=house)
    return _("%(name)s thanked you", name=by), line


PANELS: list[Panel | Reason] = [
    Reason(thanked),
    Panel("home_top", 10, "kudos/_quick.html", quick),
    Panel("home", 5, "kudos/_on_home.html", on_home),
    Panel("person_acts", 10, "kudos/_thank_person.html", thank_person),
    Panel("person", 30, "kudos/_on_person.html", on_person),
    Panel("team_acts", 40, "kudos/_thank_team.html", thank_team),
    Panel("team", 30, "kudos/_on_team.html", on_team),
    Panel("goal", 30, "kudos/_on_goal.html", on_goal),
    Panel("me", 20, "kudos/_on_me.html", on_me),
    Panel("home_owed", 1, "kudos/_screen_owed.html", may_be_shown),
    Panel("team_acts", 30, "kudos/_screen_act.html", on_screen),
]
