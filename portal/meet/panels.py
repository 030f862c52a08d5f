"""What whom to meet lends to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel
from portal.ties.queries import i_know, my_tie_with, talked_with

from . import pages


def on_home(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Three people to meet next; facts of people as long as there are few intros."""
    if viewer.is_guest:
        return None
    if pages.has_intros_enough():
        return {"new": pages.new_ones(viewer, pages.ON_HOME), "facts": []}
    facts = pages.facts(viewer)
    return {"new": [], "facts": facts} if facts else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """What the two of us have in common, and when we were last in touch; for my eyes only."""
    if person_id == viewer.person_id:
        return None
    tie = my_tie_with(viewer, person_id)
    talked = talked_with(viewer, [person_id]) if tie else {}
    return {
        "knots": pages.thread(viewer, person_id),
        "tie": tie,
        "known": person_id in i_know(viewer),
        "may_take_back": person_id in talked,
        "talked_today": talked.get(person_id, False),
    }


def say_hello(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The way to say hello, on a profile."""
    return None if person_id == viewer.person_id else {}


PANELS = [
    Panel("home_wide", 10, "meet/_on_home.html", on_home),
    Panel("person_acts", 5, "meet/_say_hello.html", say_hello),
    Panel("person_aside", 5, "meet/_on_person.html", on_person),
]
