"""My data: take it with me, ask to be erased."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from portal.core import clock
from portal.core.auth import viewer
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.core.outbox import sent_to
from portal.notifications.kinds import KINDS
from portal.people import erasing
from portal.people.exporting import export
from portal.people.queries import me

from .blueprint import bp

# Kinds of mail in plain words; one that is new stands as its code until it has some.
MAIL_WORDS = {
    "invitation": _("An invitation"),
    "reset": _("A link to choose a password"),
    "nudge": _("That your intro would be welcome"),
    "still_right": _("Whether your intro is still right"),
    "test": _("A test of the mail"),
    **{code: kind.name for code, kind in KINDS.items() if kind.about or code == "digest"},
}


@bp.get("/me/export")
def my_export() -> Response:
    """Everything that is kept about me, as a file."""
    who = viewer()
    name = f"hallway-{me(who).handle}-{clock.today(who.zone).isoformat()}.zip"
    answer = Response(export(who), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.route("/me/erase", methods=["GET", "POST"])
def erase() -> AnyResponse | tuple[str, int]:
    """Ask to be erased, or take that back."""
    who = viewer()
    form = Form()
    back = request.form.get("do") == "back"
    work = erasing.take_back if back else erasing.ask
    if form.sent() and act(form, lambda: work(viewer=who)):
        flash(gettext("Good that you stay.") if back else gettext("You asked to be erased. An admin confirms it."))
        return redirect(url_for("home.erase"), 303)
    asked = erasing.open_request(who.person_id)
    sent = sent_to(who.person_id)
    page = render_template("home/erase.html", form=form, asked=asked, sent=sent, mail_words=MAIL_WORDS)
    return page, form.status
