"""Notices, read marks, preferences, and turning mail off by the link in it."""

from __future__ import annotations

from datetime import datetime, time

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock, links
from portal.core.auth import public, safe_next, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.forms import act

from . import mails, queries, services
from .forms import PreferencesForm
from .kinds import CHOICES, KINDS, WAY_WORDS

bp = Blueprint("notifications", __name__)


@bp.get("/notices")
def notices() -> str:
    """What others did that concerns me, the newest first."""
    who = viewer()
    page = queries.notices(who, cursor=request.args.get("after"))
    days = queries.by_day(page.items, who.zone)
    return render_template("notifications/notices.html", page=page, days=days, until=clock.now().isoformat())


def _back() -> Response:
    return redirect(safe_next(request.form.get("next")) or url_for("notifications.notices"), 303)


@bp.post("/notices/read")
def read_all() -> Response:
    """Everything that stood on the page has been read."""
    who = viewer()
    until = _moment(request.form.get("until"))
    unit_of_work(lambda: services.mark_all_read(viewer=who, until=until))
    return _back()


def _moment(text: str | None) -> datetime:
    """A moment that one of our pages wrote; now for anything else."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return clock.now()
    return found if found.tzinfo is not None else clock.now()


@bp.post("/notices/<int:notice_id>/read")
def read(notice_id: int) -> Response:
    """I have read this one."""
    who = viewer()
    if notice_id > MAX_ID:
        abort(404)
    unit_of_work(lambda: services.mark_read(viewer=who, notice_id=notice_id))
    return _back()


@bp.route("/settings/notices", methods=["GET", "POST"])
def preferences() -> Response | tuple[str, int]:
    """How each kind comes, and when."""
    who = viewer()
    hours = queries.my_hours(who.person_id)
    ways = {f"way-{code}": way for code, way in queries.my_ways(who.person_id).items()}
    form = PreferencesForm(
        data={
            **ways,
            "is_quiet": hours.is_quiet,
            "quiet_from": time(*divmod(hours.quiet_from, 60)),
            "quiet_to": time(*divmod(hours.quiet_to, 60)),
            "days_off": hours.days_off,
            "digest_day": hours.digest_day or "",
            "digest_hour": str(hours.digest_hour),
        }
    )
    if form.sent() and act(form, lambda: services.choose(viewer=who, ways=form.ways(), hours=form.hours())):
        flash(gettext("Saved."))
        return redirect(url_for("notifications.preferences"), 303)
    return render_template(
        "notifications/preferences.html", form=form, kinds=CHOICES, zone=hours.zone.key
    ), form.status


@bp.route("/unsubscribe/<code>/<token>", methods=["GET", "POST"])
@public
def unsubscribe(code: str, token: str) -> str:
    """Turn one kind of mail off by the link in it: a page with one button, and the same by one POST of a mail program
    (RFC 8058), which has neither a session nor a token of ours. The link itself is what allows it."""
    kind, person_id = KINDS.get(code), links.row_of(token)
    if kind is None or person_id is None or not mails.is_token(token, code, person_id):
        abort(404)
    if not queries.is_anybody(person_id):
        abort(404)
    done = ""
    if request.method == "POST":
        on = request.form.get("do") == "undo"
        unit_of_work(lambda: services.turn_mail(person_id=person_id, code=code, on=on))
        done = "on" if on else "off"
    chosen = KINDS[kind.chosen_by]
    way = WAY_WORDS[kind.mailed_as]
    return render_template("notifications/unsubscribe.html", kind=chosen, way=way, done=done)


def init_app(app: Flask) -> None:
    """Letters are shown to us before they leave; a mail program has no CSRF token."""
    mails.init_app(app)
    app.extensions["csrf"].exempt(unsubscribe)
