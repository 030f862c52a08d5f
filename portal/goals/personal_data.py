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
        whose=("owner_id",),
        beside=("title",),
        erase="unlink",
    ),
    Held(
        "goal",
        ("id", "slug", "audience_id", "title", "sort_key", "why", "note", "noted_at", "closed_at", "version",
         "created_at"),
        _("The goals themselves: title, why, how they stand"),
        _("So that work can point to what it is for"),
        _("Everyone who works here"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
]  # fmt: skip
