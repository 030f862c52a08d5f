"""How the mail of the reel is written."""

from __future__ import annotations

from flask import url_for

from portal.accounts.queries import reader
from portal.core import clock
from portal.core.i18n import lazy as _
from portal.core.mail import Letter

from . import queries
from .models import NUDGE_AGAIN_AFTER
from .services import MAIL, occasion_of


def intro_nudge(person_id: int, occasion: int) -> Letter | None:
    """A lead would like an intro; not on the day of the kick-off, not before their first day, not when it is in."""
    found = queries.nudged(person_id)
    to = reader(person_id)
    if found is None or to is None or occasion_of(found.at) != occasion:
        return None
    has_begun = to.starts_on is None or to.starts_on <= clock.today(to.zone)
    if not has_begun or clock.now() - found.at >= NUDGE_AGAIN_AFTER:
        return None
    return Letter(
        to=to.email,
        name=to.name,
        locale=to.locale,
        subject=_("Your intro for %(team)s", team=found.team),
        template="intro_nudge",
        context={
            "first_name": to.first_name,
            "by": found.by,
            "team": found.team,
            "before_kickoff": found.before_kickoff,
            "link": url_for("infomercials.begin", _external=True),
        },
        person_id=to.person_id,
    )


MAILS = {MAIL: intro_nudge}
