""" "Something wrong here?" on a profile, and the answer of whom it is about."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.forms import act
from portal.people.queries import profile

from . import services
from .forms import ReportForm

bp = Blueprint("moderation", __name__)


@bp.route("/p/<handle>/wrong", methods=["GET", "POST"])
def wrong(handle: str) -> Response | tuple[str, int]:
    """Say what is not right on a colleague's page."""
    who = viewer()
    if who.is_guest:
        abort(404)
    card = profile(who, handle).card
    if card.id == who.person_id:
        return redirect(url_for("people.details"), 303)
    form = ReportForm()

    def work() -> int:
        return services.report(
            viewer=who,
            person_id=card.id,
            kind=form.kind.data,
            words=form.words.data,
            goes_to=form.goes_to.data or "person",
        )

    if form.sent() and act(form, work):
        flash(gettext("Thank you. It was passed on."))
        return redirect(url_for("people.person", handle=card.handle), 303)
    return render_template("moderation/wrong.html", form=form, card=card), form.status


@bp.post("/reports/<int:report_id>/settle")
def settle(report_id: int) -> Response:
    """It is done, or right as it is."""
    who = viewer()
    if report_id > MAX_ID:
        abort(404)
    unit_of_work(lambda: services.settle(viewer=who, report_id=report_id))
    flash(gettext("Thank you."))
    return redirect(url_for("home.home"), 303)
