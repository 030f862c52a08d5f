"""What people lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel

from . import histories


def erasures_waiting(viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """How many asked to be erased."""
    waiting = len(histories.requests()) if viewer.is_admin else 0
    return {"waiting": waiting} if waiting else None


PANELS = [Panel("admin", 25, "people/_erasures_waiting.html", erasures_waiting)]
