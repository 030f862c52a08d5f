"""What whom to meet lends to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel
from portal.ties.queries import i_know, my_tie_with, talked_with

from . import met, pages, queries
from .beginning import beginning, first_days


def on_home(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Whom somebody knows already, as long as they were not asked; the first five of who is new here; else three
    people to meet next, and facts of people as long as there are few intros."""
    if viewer.is_guest:
        return None
    mine = beginning(viewer)
    days = first_days(viewer, mine) if mine.is_new else None
    shown: dict[str, Any] = {
        "asks": mine.asks,
        "buddy": days.buddy if days else None,
        "first": [],
        "new": [],
        "facts": [],
    }
    if days and days.picks:
        return {**shown, "first": pages.first_ones(days.picks), "kind": "first"}
    if pages.has_intros_enough():
        new = pages.new_ones(viewer, pages.ON_HOME)
        return {**shown, "new": new, "why_nobody": "" if new else queries.why_nobody(viewer), "kind": "new"}
    facts = pages.facts(viewer)
    if not (facts or mine.asks or shown["buddy"]):
        return None
    return {**shown, "facts": facts, "kind": "facts"}


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


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what I owe: did you meet, did you meet again? One at a time."""
    question = met.question(viewer)
    return {"question": question} if question else None


PANELS = [
    Panel("home_owed", 8, "meet/_met_owed.html", owed),
    Panel("home_wide", 10, "meet/_on_home.html", on_home),
    Panel("person_acts", 5, "meet/_say_hello.html", say_hello),
    Panel("person_us", 5, "meet/_on_person.html", on_person),
]
