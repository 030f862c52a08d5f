"""The two links in the mail about an ask: "I can help" and "not me". Each opens a page with one button, signed in or
not; looking changes nothing, so a scanner that follows every link does no harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response as FlaskResponse
from flask import make_response, render_template, request
from flask_babel import gettext

from portal.accounts.queries import as_viewer, reader
from portal.core import clock, links
from portal.core.auth import Viewer, public
from portal.core.db import db, unit_of_work
from portal.core.errors import ChangedMeanwhile, RuleBroken

from . import promises, queries, rules, services
from .blueprint import bp
from .models import HelpAsk, HelpAsked
from .queries import AskView

LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Opened:
    """What a link opens. ask: None when it is over."""

    viewer: Viewer
    ask: AskView | None
    by: date


def _opened(token: str) -> Opened | None:
    """None for a link that leads nowhere: its ask was taken back, or it never was one."""
    row_id = links.row_of(token)
    row = db.session.get(HelpAsked, row_id, populate_existing=True) if row_id else None
    if row is None or not links.fits(token, queries.ANSWER, row.id, row.nonce):
        return None
    to = reader(row.person_id)
    if to is None:
        return None
    who = as_viewer(to)
    ask = db.session.get_one(HelpAsk, row.ask_id)
    found = queries.views(who, [ask.id])
    is_over = ask.state != "open" or row.said is not None or row.at < clock.now() - LASTS
    today = clock.today(who.zone)
    by = ask.due_on if ask.due_on and ask.due_on >= today else rules.soon(who)
    return Opened(who, None if is_over or not found else found[0], by)


@bp.route("/help/answer/<token>/yes", methods=["GET", "POST"])
@public
def answer_yes(token: str) -> FlaskResponse:
    """A page with one button that promises help."""
    opened = _opened(token)
    if request.method != "POST" or opened is None or opened.ask is None:
        return _page("yes", opened)
    ask, by = opened.ask, opened.by
    what = gettext("Help with: %(question)s", question=ask.question)[: promises.MAX_WHAT]
    try:
        unit_of_work(lambda: promises.make_promise(viewer=opened.viewer, what=what, due_on=by, ask_id=ask.id))
    except (RuleBroken, ChangedMeanwhile) as broken:
        return _page("yes", opened, problem=broken.message, status=422)
    return _page("yes", opened, done=True)


@bp.route("/help/answer/<token>/no", methods=["GET", "POST"])
@public
def answer_no(token: str) -> FlaskResponse:
    """A page with one button that says no. Nobody is told."""
    opened = _opened(token)
    if request.method != "POST" or opened is None or opened.ask is None:
        return _page("no", opened)
    ask = opened.ask
    unit_of_work(lambda: services.say_no(viewer=opened.viewer, ask_id=ask.id))
    return _page("no", opened, done=True)


def _page(
    what: str, opened: Opened | None, *, done: bool = False, problem: str = "", status: int = 200
) -> FlaskResponse:
    ask, by = (opened.ask, opened.by) if opened is not None else (None, None)
    page = render_template("help/answer.html", what=what, ask=ask, by=by, done=done, problem=problem)
    response = make_response(page, status if opened is not None else 404)
    response.headers["Cache-Control"] = "no-store"
    return response
