"""How the mail of invitations is written."""

from __future__ import annotations

from flask import url_for

from portal.accounts.queries import reader
from portal.core import links
from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.mail import Letter
from portal.people import names

from . import queries
from .models import MAIL, Invitation


def invitation(invitation_id: int, occasion: int) -> Letter | None:
    """The link to come in, while it is good and none was sent after it."""
    row = db.session.get(Invitation, invitation_id, populate_existing=True)
    if row is None or row.times_sent != occasion:
        return None
    token = links.token_for("welcome", row.id, row.nonce)
    found = queries.welcome(token)
    if not found.is_good:
        return None
    invitee = found.invitee
    known = reader(invitee.person_id) if invitee else None
    inviter = found.inviter
    if found.because:
        subject = found.because[0]
    elif found.team and inviter:
        subject = _("%(name)s invites you to %(team)s", name=inviter, team=found.team)
    else:
        subject = _("You are invited to %(team)s", team=found.team) if found.team else _("You are invited")
    return Letter(
        # What the staff list says today: an address that was wrong has been put right there.
        to=(invitee.email if invitee else None) or row.email,
        name=invitee.name if invitee else row.name,
        locale=known.locale if known else "",
        subject=subject,
        template="invitation",
        context={
            "first_name": names.first_name(invitee.name) if invitee else "",
            "team": found.team,
            "inviter": inviter,
            "because": found.because[1] if found.because else "",
            "link": url_for("invitations.welcome", token=token, _external=True),
            "until": found.until,
        },
        person_id=invitee.person_id if invitee else None,
    )


MAILS = {MAIL: invitation}
