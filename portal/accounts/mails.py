"""How the mail of accounts is written."""

from __future__ import annotations

from flask import url_for

from portal.core import clock, links
from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.mail import Letter

from . import queries
from .models import LINK_LASTS, RESET, WayIn


def reset(way_in_id: int, _occasion: int) -> Letter | None:
    """A link to choose a new password, while it is good."""
    row = db.session.get(WayIn, way_in_id, populate_existing=True) if way_in_id else None
    if row is None or row.used_at is not None or row.dead_at is not None:
        return None
    reader = queries.reader(row.person_id)
    if reader is None or clock.now() - row.made_at >= LINK_LASTS:
        return None
    token = links.token_for(RESET, row.id, row.nonce)
    return Letter(
        to=reader.email,
        name=reader.name,
        locale=reader.locale,
        subject=_("Choose a new password"),
        template="reset",
        context={
            "first_name": reader.first_name,
            "link": url_for("accounts.reset_password", token=token, _external=True),
            "email": reader.email,
        },
        person_id=reader.person_id,
    )


MAILS = {RESET: reset}
