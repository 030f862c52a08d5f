""" "Something wrong here?" on a profile, the answer of whom it is about, and whom I keep apart from me."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import safe_next, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.forms import Form, act
from portal.people.queries import profile

from . import queries, services
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


# ---- whom I keep apart from me -----------------------------------------------------------------------------


@bp.post("/p/<handle>/never")
def never(handle: str) -> Response:
    """Do not bring me together with them."""
    who = viewer()
    card = profile(who, handle).card
    if card.id == who.person_id:
        abort(404)
    unit_of_work(lambda: services.set_boundary(viewer=who, other_id=card.id, kind="never"))
    flash(gettext("%(name)s is never suggested to you. Nobody is told.", name=card.first_name))
    return redirect(safe_next(request.form.get("next")) or url_for("people.person", handle=card.handle), 303)


@bp.route("/p/<handle>/block", methods=["GET", "POST"])
def block(handle: str) -> Response | tuple[str, int]:
    """Says what it does, and asks once."""
    who = viewer()
    card = profile(who, handle).card
    if card.id == who.person_id:
        abort(404)
    form = Form()
    if form.sent():
        unit_of_work(lambda: services.set_boundary(viewer=who, other_id=card.id, kind="block"))
        flash(gettext("%(name)s is blocked. Nobody is told.", name=card.first_name))
        return redirect(url_for("people.person", handle=card.handle), 303)
    return render_template("moderation/block.html", form=form, card=card), form.status


@bp.get("/me/kept-apart")
def kept_apart() -> str:
    """My own list."""
    after = request.args.get("after")
    page = queries.kept_apart(viewer(), cursor=after)
    more = url_for("moderation.kept_apart", after=page.next) if page.next else None
    return render_template("moderation/kept_apart.html", apart=page.items, more=more, first_page=not after)


@bp.post("/me/kept-apart/<int:person_id>/undo")
def undo_apart(person_id: int) -> Response:
    """As if it had never been."""
    if person_id > MAX_ID:
        abort(404)
    who = viewer()
    unit_of_work(lambda: services.undo_boundary(viewer=who, other_id=person_id))
    flash(gettext("Undone. Nobody is told."))
    return redirect(url_for("moderation.kept_apart"), 303)
