"""What invitations hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core import outbox
from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept, Whom

from .models import KEPT_FOR, Invitation

_COLUMNS = (
    *("id", "person_id", "email", "email_key", "name", "kind", "ends_on", "team_id", "invited_by_id", "nonce"),
    *("times_sent", "created_at", "sent_at", "accepted_at", "withdrawn_at"),
)


def _forget(whom: Whom) -> None:
    """Invitations of theirs, and to an address of theirs; mail about them is not owed any more."""
    theirs = sa.or_(Invitation.person_id == whom.person_id, Invitation.email_key.in_(whom.email_keys))
    gone = db.session.scalars(
        sa.delete(Invitation).where(theirs).returning(Invitation.id).execution_options(synchronize_session=False)
    )
    outbox.forget_mail("invitation", list(gone))


HELD = [
    Held(
        "invitation",
        _COLUMNS,
        _("Who was invited to which team, at which address, by whom, and what came of it"),
        _("To let in those who were invited, and nobody else"),
        _("Whoever invited, the team's leads and the admins; whoever holds the link sees who invited"),
        _("%(days)s after it was accepted, was withdrawn or ran out"),
        keeps="invitations",
        named=("invited_by_id",),
        secret=("nonce",),
        erase=_forget,
    ),
]

KEPT = [Kept("invitations", _("Invitations that are settled"), KEPT_FOR.days, 14, 365)]
