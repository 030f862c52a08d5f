"""What invitations lend to other pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.auth import Viewer
from portal.core.panels import Panel

from . import queries


def on_invite(viewer: Viewer, team_id: int) -> Mapping[str, Any] | None:
    """Who was invited, with the links to pass on; who is in of late."""
    found = queries.invitations_of(viewer, team_id)
    return {"invitations": found} if found.lines or found.in_lately else None


PANELS = [Panel("team_invite", 10, "invitations/_on_invite.html", on_invite)]
