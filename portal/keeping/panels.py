"""What keeping lends to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.core import clock, settings
from portal.core.auth import Viewer
from portal.core.panels import Panel

from .backup import LAST, kept
from .places import backups_folder
from .tested import last_test

LATE = timedelta(days=2)


def on_admin(_viewer: Viewer, _subject_id: int) -> Mapping[str, Any]:
    """When the last backup was made, how many there are, and whether one was tested."""
    said: dict[str, Any] = settings.get(LAST, {})
    made = datetime.fromisoformat(said["at"]) if said.get("at") else None
    return {
        "made": made,
        "is_late": made is None or clock.now() - made > LATE,
        "problem": said.get("problem") or "",
        "number": len(kept(backups_folder())),
        "test": last_test(),
    }


PANELS = [Panel("admin", 80, "keeping/_on_admin.html", on_admin)]
