"""What is reported about words: settled by moderators and admins."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import RadioField

from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.errors import RuleBroken
from portal.core.forms import Form, WordsField, act
from portal.core.i18n import lazy as _
from portal.kudos import reporting
from portal.moderation import queries, services

from .blueprint import bp

OUTCOMES = {"hidden": _("Hidden"), "kept": _("Left as it is"), "gone": _("Taken back by its writer")}
SHOWN = ("open", "settled", "paused")


class PauseForm(Form):
    days = RadioField(
        _("For how long?"), choices=[("1", _("1 day")), ("7", _("1 week")), ("28", _("4 weeks"))], default="7"
    )
    why = WordsField(_("Why?"), most=services.MAX_WORDS, needed=_("Say why. They read it."))


@bp.get("/moderation")
@for_role("moderator", "admin")
def moderation() -> str:
    """Open reports, settled ones, or who is paused."""
    who, after = viewer(), request.args.get("after")
    shown = request.args.get("show", "open")
    shown = shown if shown in SHOWN else "open"
    paused = queries.paused(who, cursor=after) if shown == "paused" else None
    page = reporting.reports(who, settled=shown == "settled", cursor=after) if paused is None else None
    following = page.next if page else paused.next if paused else None
    more = url_for("admin.moderation", show=shown, after=following) if following else None
    return render_template(
        "admin/moderation.html",
        reports=page.items if page else [],
        paused=paused.items if paused else [],
        more=more,
        shown=shown,
        outcomes=OUTCOMES,
        first_page=not after,
    )


@bp.post("/moderation/<int:report_id>")
@for_role("moderator", "admin")
def decide(report_id: int) -> Response:
    """Hide it, or let it stand (field `do`). `seen`: what had been decided when the page was shown."""
    wanted, seen = request.form.get("do"), request.form.get("seen") or None
    if report_id > MAX_ID:
        abort(404)
    who = viewer()
    reporting.report_for(who, report_id)
    if wanted not in ("hide", "keep"):
        abort(400)
    try:
        came = unit_of_work(
            lambda: reporting.decide(viewer=who, report_id=report_id, seen=seen, hide=wanted == "hide")
        )
    except RuleBroken as broken:
        flash(broken.message)
        return redirect(url_for("admin.moderation", show="settled"), 303)
    words = {
        "hidden": gettext("Hidden. Its people are told."),
        "kept": gettext("It stands there again. Its people are told.")
        if seen == "hidden"
        else gettext("Left as it is."),
        "gone": gettext("It was taken back meanwhile. The report is settled."),
    }
    flash(words[came])
    return redirect(url_for("admin.moderation", show="settled" if seen else None), 303)


@bp.route("/moderation/<int:report_id>/pause", methods=["GET", "POST"])
@for_role("moderator", "admin")
def pause(report_id: int) -> Response | tuple[str, int]:
    """For how long, and why."""
    if report_id > MAX_ID:
        abort(404)
    who = viewer()
    one = reporting.report_for(who, report_id)
    form = PauseForm()

    def work() -> bool:
        reporting.pause_giver(viewer=who, report_id=report_id, days=int(form.days.data), why=form.why.data)
        return True

    if form.sent() and act(form, work):
        flash(gettext("Paused. They are told, with your reason."))
        return redirect(url_for("admin.moderation", show="paused"), 303)
    return render_template("admin/pause.html", form=form, report=one), form.status


@bp.post("/moderation/pauses/<int:person_id>/end")
@for_role("moderator", "admin")
def end_pause(person_id: int) -> Response:
    """They may thank again."""
    if person_id > MAX_ID:
        abort(404)
    who = viewer()
    unit_of_work(lambda: services.end_pause(viewer=who, person_id=person_id))
    flash(gettext("The pause is over. They are told."))
    return redirect(url_for("admin.moderation", show="paused"), 303)
