"""What goals hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

HELD = [
    Held(
        "goal",
        ("owner_id",),
        _("Which goals you own"),
        _("So that everyone knows whom to ask about a goal"),
        _("Everyone who works here"),
        _("Until somebody else owns it, or you are erased"),
    ),
]
