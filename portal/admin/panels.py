"""What the admin's rooms lend to home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel
from portal.kudos.reporting import how_many_open

from .outbox import trouble_line
from .start import steps


def first_hour(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what an admin owes, until every step of the first hour is settled."""
    if not viewer.is_admin:
        return None
    found = steps()
    left = sum(not step.is_settled for step in found)
    return {"left": left, "all": len(found)} if left else None


def mail_trouble(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """A line in what an admin owes: mail that did not arrive."""
    return trouble_line() if viewer.is_admin else None


def words_wait(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """How many reports about words wait for this moderator."""
    waiting = how_many_open(viewer)
    return {"waiting": waiting} if waiting else None


PANELS = [
    Panel("admin", 22, "admin/_words_wait.html", words_wait),
    Panel("home_owed", 16, "admin/_words_owed.html", words_wait),
    Panel("home_owed", 18, "admin/_mail_owed.html", mail_trouble),
    Panel("home_owed", 20, "admin/_first_hour_owed.html", first_hour),
]
