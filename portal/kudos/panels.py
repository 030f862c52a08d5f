"""What kudos lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel


def quick(_viewer: Viewer, _person_id: int) -> Mapping[str, Any] | None:
    """Who helped you this week?"""
    return {}


PANELS = [Panel("home_top", 10, "kudos/_quick.html", quick)]
