"""What intros lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import CardLine, Panel
from portal.topics.queries import called_many

from . import queries, touching

ON_GOAL = 24


def facts_of(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The facts, right below the poster."""
    intro = queries.intro_of(viewer, person_id)
    return {"intro": intro} if intro else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any]:
    """Ask me about, offer, working on; or that there is no intro yet."""
    intro = queries.intro_of(viewer, person_id)
    topics = called_many(viewer, intro.ask_about) if intro else {}
    is_me = person_id == viewer.person_id
    others = touching.touching_mine(viewer) if is_me and intro and intro.working_on_html else None
    return {"intro": intro, "is_me": is_me, "topics": topics, "touching": others}


def touched(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Who else touches what I work on."""
    found = touching.touching_mine(viewer)
    return {"touching": found} if found else None


def mine(viewer: Viewer, _person_id: int) -> Mapping[str, Any]:
    """How far my own intro is."""
    return {"mine": queries.my_intro(viewer)}


def unfinished(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """My own intro, as long as something about it is left to do."""
    mine = queries.my_intro(viewer)
    return {"mine": mine} if mine.missing or mine.has_changes or not mine.is_published else None


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what I owe: an intro to finish, to publish, or to look at after 180 days."""
    mine = queries.my_intro(viewer)
    return {"mine": mine} if not mine.is_published or mine.has_changes or mine.still_right else None


def on_goal(viewer: Viewer, goal_id: int) -> Mapping[str, Any]:
    """Who says that their work serves a goal, in their words."""
    found = queries.who_serves(viewer, goal_id, ON_GOAL + 1)
    return {"people": found[:ON_GOAL], "more": len(found) > ON_GOAL}


PANELS: list[Panel | CardLine] = [
    CardLine(queries.headlines),
    Panel("person_top", 10, "infomercials/_on_person_top.html", facts_of),
    Panel("person", 10, "infomercials/_on_person.html", on_person),
    Panel("home_owed", 10, "infomercials/_owed.html", owed),
    Panel("home_aside", 10, "infomercials/_unfinished.html", unfinished),
    Panel("home_aside", 15, "infomercials/_touching_on_home.html", touched),
    Panel("me", 10, "infomercials/_on_me.html", mine),
    Panel("goal", 20, "infomercials/_on_goal.html", on_goal),
]
