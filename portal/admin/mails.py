"""How the mail of the admin's pages is written."""

from __future__ import annotations

from datetime import timedelta

from flask import url_for

from portal.accounts.queries import reader
from portal.core import clock
from portal.core.i18n import lazy as _
from portal.core.mail import Letter

from .outbox import TEST

GOOD_FOR = timedelta(days=1)  # nobody waits for it any more after that


def test(person_id: int, asked_at: int) -> Letter | None:
    """Does mail arrive? `asked_at` is in milliseconds."""
    to = reader(person_id)
    if to is None or clock.now().timestamp() - asked_at / 1000 > GOOD_FOR.total_seconds():
        return None
    return Letter(
        to=to.email,
        name=to.name,
        locale=to.locale,
        subject=_("Mail arrives"),
        template="mail_test",
        context={"first_name": to.first_name, "link": url_for("admin.outbox", _external=True)},
        person_id=to.person_id,
    )


MAILS = {TEST: test}
