"""The page on which thanks are reported."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, viewer
from portal.core.errors import NotVisible
from portal.core.forms import Form, WordsField, act
from portal.core.i18n import lazy as _
from portal.moderation.services import MAX_WORDS

from . import queries, reporting
from .blueprint import bp


class ReportForm(Form):
    why = WordsField(_("Why?"), most=MAX_WORDS, needed=_("Say why, in a few words"))


@bp.route("/k/<public_id>/report", methods=["GET", "POST"])
def report(public_id: str) -> Response | tuple[str, int]:
    """Say why it should not stand there."""
    form = ReportForm()
    try:
        return _report(viewer(), public_id, form)
    except NotVisible:
        if not form.why.data:
            raise
        # Taken back while somebody wrote (or never theirs to see, which reads the same): their words are theirs.
        return render_template("kudos/report_gone.html", why=form.why.data), 404


def _report(who: Viewer, public_id: str, form: ReportForm) -> Response | tuple[str, int]:
    kudos = queries.kudos_for(who, public_id)
    if kudos.is_mine:
        raise NotVisible
    if form.sent() and act(form, lambda: reporting.report(viewer=who, public_id=public_id, why=form.why.data)):
        flash(gettext("Thank you. A moderator looks at it; nobody else learns that it was you."))
        return redirect(url_for("kudos.one", public_id=public_id), 303)
    settles = reporting.somebody_settles(kudos.id)
    return render_template("kudos/report.html", form=form, kudos=kudos, settles=settles), form.status
