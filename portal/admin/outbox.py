"""Mail: what waits, what was given up and why, what was sent; a test mail; is a worker there?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from portal.accounts.roster import names_of
from portal.core import audit, clock, mail, outbox, worker
from portal.core.auth import for_role, safe_next, viewer
from portal.core.db import MAX_ID, db, unit_of_work
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.notifications.kinds import KINDS as NOTICES
from portal.people.models import Person

from .blueprint import bp

TEST = "mail_test"  # the kind of mail that is owed
REFUSED_SHOWN = 50
KINDS = {
    "invitation": _("Invitation"),
    "reset": _("Link for a new password"),
    "intro_nudge": _("Nudge for an intro"),
    "still_right": _("Is your intro still right?"),
    TEST: _("Test mail"),
    # Whom somebody is introduced to, whom they helped, what they owe: that is theirs. To find out whether a mail has
    # left, its time and for whom it was are enough.
    **{code: _("Notice or digest") for code, kind in NOTICES.items() if kind.about or code == "digest"},
}


def test_state() -> dict[str, str]:
    """How the last test mail went: state "wanted", "sent" or "failed", and the problem; empty when none was asked."""
    fate = outbox.last_fate(TEST)
    if fate is None:
        return {}
    if fate.sent_at is not None:
        return {"state": "sent"}
    return {"state": "failed", "problem": fate.problem} if fate.problem else {"state": "wanted"}


def refused_addresses() -> list[Person]:
    """Whose address takes no mail, the last first."""
    refused = sa.select(Person).where(Person.email_refused_at.is_not(None), Person.left_at.is_(None))
    return list(db.session.scalars(refused.order_by(Person.email_refused_at.desc(), Person.id).limit(REFUSED_SHOWN)))


def _waiting() -> list[outbox.Waiting]:
    """What waits, by the name of its kind."""
    found: dict[str, outbox.Waiting] = {}
    for one in outbox.waiting():
        name = str(KINDS.get(one.kind, one.kind))
        was = found.get(name, outbox.Waiting(name, 0, one.oldest, 0))
        found[name] = outbox.Waiting(name, was.count + one.count, min(was.oldest, one.oldest), was.tried + one.tried)
    return list(found.values())


def _named(lines: Iterable[outbox.MailLine]) -> list[tuple[outbox.MailLine, str]]:
    """Each with the name of whom it is for, "" where nobody here is known by that mail."""
    lines = list(lines)
    names = names_of(viewer(), [line.person_id for line in lines if line.person_id is not None])
    return [(line, names.get(line.person_id or 0, ("", ""))[1]) for line in lines]


@bp.get("/outbox", endpoint="outbox")
@for_role("admin")
def page() -> str:
    """All of it."""
    parked, sent = outbox.parked(request.args.get("parked")), outbox.sent(request.args.get("sent"))
    config = current_app.config["HALLWAY"]
    return render_template(
        "admin/outbox.html",
        is_set_up=mail.is_set_up(),
        sender=config.mail_from,
        per_minute=config.mail_per_minute,
        waiting=_waiting(),
        trouble=_named(outbox.in_trouble()),
        parked=_named(parked.items),
        parked_count=outbox.count_parked(),
        more_parked=url_for("admin.outbox", parked=parked.next) if parked.next else None,
        sent=_named(sent.items),
        more_sent=url_for("admin.outbox", sent=sent.next) if sent.next else None,
        refused=refused_addresses(),
        test=outbox.last_fate(TEST, viewer().person_id),
        seen=worker.last_look(),
        is_alive=worker.is_alive(),
        kinds=KINDS,
        now=clock.now(),
    )


@bp.post("/outbox/test")
@for_role("admin")
def test_mail() -> Response:
    """Send me a test mail, at once. One that still waits gives way to it."""
    who = viewer()

    def work() -> None:
        outbox.forget_mail(TEST, [who.person_id])
        outbox.owe_mail(TEST, [who.person_id], occasion=int(clock.now().timestamp() * 1000), at_once=True)

    if not mail.is_set_up():
        flash(gettext("Mail is not set up yet: say which mail server first."), "error")
    elif act(Form(), work):
        flash(gettext("A test mail is on its way. This page says how it went."))
    return _back()


@bp.post("/outbox/again")
@for_role("admin")
def send_again() -> Response:
    """Another chance for one mail (field `mail`), or for all that were given up."""
    text = request.form.get("mail", "")
    is_id = text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID
    if text and not is_id:
        flash(gettext("This mail is not waiting any more."), "error")
        return _back()
    who = viewer()

    def work() -> int:
        count = outbox.send_again(int(text) if text else None)
        if count:
            audit.record("mail_sent_again", actor_id=who.person_id)
        return count

    count = unit_of_work(work)
    if count:
        flash(ngettext("%(num)d mail is sent again.", "%(num)d mails are sent again.", count))
    else:
        flash(gettext("This mail is not waiting any more."), "error")
    return _back()


def _back() -> Response:
    return redirect(safe_next(request.form.get("next")) or url_for("admin.outbox"), 303)


def trouble_line() -> dict[str, Any] | None:
    """What an admin should look at: mail that was given up, and addresses that take none."""
    parked = sa.select(sa.func.count()).where(outbox.OwedMail.parked_at.is_not(None)).scalar_subquery()
    gone = Person.email_refused_at.is_not(None) & Person.left_at.is_(None)
    refused = sa.select(sa.func.count(Person.id)).where(gone).scalar_subquery()
    counts = db.session.execute(sa.select(parked, refused)).one()
    return {"parked": counts[0], "refused": counts[1]} if any(counts) else None
