"""How the mail of intros is written."""

from __future__ import annotations

from flask import url_for

from portal.accounts.queries import reader
from portal.core import clock
from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.mail import Letter

from .duties import MAIL, occasion_of
from .models import Infomercial


def still_right(person_id: int, occasion: int) -> Letter | None:
    """Is my intro still right? Asked once in 180 days, while nobody has said so."""
    intro = db.session.get(Infomercial, person_id, populate_existing=True)
    now = clock.now()
    if intro is None or not intro.asks_still_right(now) or occasion_of(intro.confirmed_at, now) != occasion:
        return None
    to = reader(person_id)
    if to is None:
        return None
    return Letter(
        to=to.email,
        name=to.name,
        locale=to.locale,
        subject=_("Is your intro still right?"),
        template="still_right",
        context={
            "first_name": to.first_name,
            "headline": intro.headline,
            "lang": intro.lang,
            "link": url_for("home.home", _external=True),
        },
        person_id=to.person_id,
    )


MAILS = {MAIL: still_right}
