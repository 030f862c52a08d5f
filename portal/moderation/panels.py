"""What moderation lends to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel

from . import queries
from .forms import KIND_WORDS


def owed(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A colleague says that something on my page is not right. One at a time."""
    asked = queries.asked_of_me(viewer, most=1)
    return {"asked": asked[0], "kinds": KIND_WORDS} if asked else None


def on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """A quiet link, for colleagues."""
    return None if viewer.is_guest or viewer.person_id == person_id else {}


def apart_on_person(viewer: Viewer, person_id: int) -> Mapping[str, Any] | None:
    """A quiet menu, for guests as well: never suggest, block; or what I set."""
    return None if viewer.person_id == person_id else {"apart": queries.boundary_of(viewer, person_id)}


def for_admins(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """How many reports wait."""
    waiting = queries.how_many_open(viewer)
    return {"waiting": waiting} if viewer.is_admin and waiting else None


PANELS = [
    Panel("home_owed", 6, "moderation/_owed.html", owed),
    Panel("person_aside", 90, "moderation/_on_person.html", on_person),
    Panel("person_aside", 91, "moderation/_apart_on_person.html", apart_on_person),
    Panel("admin", 20, "moderation/_for_admins.html", for_admins),
]
