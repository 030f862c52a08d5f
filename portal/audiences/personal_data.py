"""What audiences hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

HELD = [
    Held(
        table="audience_member",
        columns=("audience_id", "person_id"),
        title=_("Which teams you are in"),
        purpose=_("To show what is meant for your teams, and nothing else"),
        viewers=_("People who may see the team"),
        retention=_("Until you leave the team, or are erased"),
    ),
]
