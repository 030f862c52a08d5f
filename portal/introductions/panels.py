"""What introductions lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel

from . import queries

ON_HOME = 3


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Lines in what I owe: whom somebody would like me to meet, and who asks me whom to meet."""
    sides = queries.my_sides(viewer, only_asked=True, most=ON_HOME)
    asks = queries.asks_of_me(viewer, most=ON_HOME)
    return {"sides": sides, "asks": asks} if sides or asks else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """The way to bring somebody together with a colleague, on their profile."""
    return None if person_id == viewer.person_id else {}


PANELS = [
    Panel("home_owed", 7, "introductions/_owed.html", owed),
    Panel("person_aside", 80, "introductions/_on_person.html", on_person),
]
