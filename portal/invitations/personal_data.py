"""What invitations hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

_COLUMNS = (
    *("id", "person_id", "email", "email_key", "name", "kind", "ends_on", "team_id", "invited_by_id", "nonce"),
    *("times_sent", "created_at", "sent_at", "accepted_at", "withdrawn_at"),
)

HELD = [
    Held(
        "invitation",
        _COLUMNS,
        _("Who was invited to which team, at which address, by whom, and what came of it"),
        _("To let in those who were invited, and nobody else"),
        _("Whoever invited, the team's leads and the admins; whoever holds the link sees who invited"),
        _("90 days after it was accepted, was withdrawn or ran out; removed when somebody is invited after that"),
    ),
]
