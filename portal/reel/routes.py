"""The reel, the sheet to take along, and nudges."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import format_date, gettext, ngettext
from werkzeug.wrappers import Response

from portal.config import HOUSE
from portal.core import clock
from portal.core.auth import viewer
from portal.core.db import db, unit_of_work
from portal.core.error_pages import error_page
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.core.i18n import language
from portal.core.storage import storage
from portal.people.queries import Card, handle_today, id_of_handle
from portal.teams.queries import TeamView, slug_today, team

from . import printing, queries, services
from .queries import Entry, Reel

bp = Blueprint("reel", __name__, url_prefix="/t/<slug>")
ASKS_ON_A_SLIDE = 6
DENSE_FROM = 110  # characters of facts for each person on the sheet: more is set smaller
TICKS = 40  # more slides have one line instead of a tick each


def _elsewhere(**today: str) -> Response:
    """The same address with today's names; a form is sent there again."""
    values = {**(request.view_args or {}), **today, **request.args.to_dict()}
    return redirect(url_for(request.endpoint or "", **values), 308)


def _team(slug: str) -> TeamView:
    """The team at that address, for this viewer; an old address leads on to today's."""
    who = viewer()
    try:
        return team(who, slug)
    except NotVisible:
        abort(_elsewhere(slug=slug_today(who, slug)))


def _reel(slug: str) -> Reel:
    """Its slides: all of them, or those of who came late (`?who=new`)."""
    return queries.reel(viewer(), _team(slug), late=request.args.get("who") == "new")


def _kept(reel: Reel) -> dict[str, Any]:
    """What stays in every address within a reel."""
    return {"slug": reel.team.slug, "who": "new"} if reel.late else {"slug": reel.team.slug}


def _page(found: TeamView, anchor: str | None = None) -> str:
    return url_for("teams.team", slug=found.slug, _anchor=anchor)


def _slide_url(reel: Reel, card: Card | None) -> str | None:
    return url_for("reel.slide", handle=card.handle, **_kept(reel)) if card else None


# ---- the reel ------------------------------------------------------------------------------------------------------


@bp.get("/intros")
def start(slug: str) -> str:
    """The start card: who is in it, how far I am, and the way in."""
    reel = _reel(slug)
    return render_template(
        "reel/start.html",
        team=reel.team,
        reel=reel,
        start=queries.start_card(viewer(), reel),
        kept=_kept(reel),
        form=Form(),
    )


@bp.get("/intros/<handle>")
def slide(slug: str, handle: str) -> str:
    """One person's slide."""
    reel = _reel(slug)
    try:
        found = queries.slide(viewer(), reel, handle)
    except NotVisible:
        abort(_elsewhere(handle=handle_today(viewer(), handle)))
    return render_template(
        "reel/slide.html",
        team=reel.team,
        reel=reel,
        slide=found,
        kept=_kept(reel),
        asks=found.intro.ask_about[:ASKS_ON_A_SLIDE] if found.intro else [],
        ticks=TICKS,
        urls={
            "back": _slide_url(reel, found.back),
            "next": _slide_url(reel, found.next),
            "first": _slide_url(reel, found.first),
            "last": _slide_url(reel, found.last),
            "end": _page(reel.team, "who-to-ask"),
            "leave": _page(reel.team),
        },
    )


@bp.post("/intros/<handle>/seen")
def seen(slug: str, handle: str) -> Response:
    """I have seen this one; on to the next, or to whom to ask."""
    who, reel = viewer(), _reel(slug)
    try:
        found = queries.slide(who, reel, handle)
    except NotVisible:
        abort(_elsewhere(handle=handle_today(who, handle)))
    person_id, team_id = found.card.id, reel.team.id
    # Seen twice is seen: it needs no nonce.
    unit_of_work(lambda: services.mark_seen(viewer=who, team_id=team_id, person_id=person_id))
    return redirect(_slide_url(reel, found.next) or _page(reel.team, "who-to-ask"), 303)


def _button(work: Callable[[], str], back: str) -> Response:
    """Do what a button asks, say what `work` answers, and go back."""
    form = Form()
    done = act(form, work)
    if done:
        flash(done.result)
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(back, 303)


@bp.post("/intros/quiet")
def quiet(slug: str) -> Response:
    """Skip my slide aloud, or speak to it after all."""
    who, reel = viewer(), _reel(slug)
    wanted = request.form.get("quiet") == "yes"
    team_id = reel.team.id

    def work() -> str:
        services.set_quiet(viewer=who, team_id=team_id, quiet=wanted)
        if wanted:
            return gettext("Your slide is read now, and nobody waits for you to speak.")
        return gettext("You speak to your slide.")

    return _button(work, url_for("reel.start", **_kept(reel)))


# ---- nudges --------------------------------------------------------------------------------------------------------


@bp.post("/nudge")
def nudge(slug: str) -> Response:
    """The lead would like an intro that is missing, or all of them."""
    who, found = viewer(), _team(slug)
    if not found.i_lead:
        raise NotVisible
    team_id, handle = found.id, request.form.get("person", "")
    back = f"{_page(found)}#intros-in"
    if request.form.get("everybody"):

        def all_of_them() -> str:
            count = services.nudge_all(viewer=who, team_id=team_id)
            if not count:
                return gettext("Nobody can be nudged today.")
            return ngettext(
                "%(num)s person finds a line about it on their home page.",
                "%(num)s people find a line about it on their home page.",
                count,
            )

        return _button(all_of_them, back)
    person_id = id_of_handle(who, handle)
    if person_id is None:
        flash(gettext("They are not in the team any more"), "error")
        return redirect(back, 303)

    def one() -> str:
        services.nudge(viewer=who, team_id=team_id, person_id=person_id)
        return gettext("Nudged. A line about it stands on their home page.")

    return _button(one, back)


# ---- the sheet -----------------------------------------------------------------------------------------------------


def _printed() -> str:
    """Today with its year: paper is found again years later."""
    form = "d. MMMM y" if language().startswith("de") else "d MMMM y"
    return str(format_date(clock.today(viewer().zone), form))


def _sheet(template: str, found: TeamView, people: list[Entry], **more: object) -> str:
    address = f"{current_app.config['HALLWAY'].base_url}{_page(found)}".partition("://")[2]
    written = sum(len(fact) for one in people for fact in one.facts)
    return render_template(
        template,
        team=found,
        people=people,
        address=address,
        printed=_printed(),
        dense=written > DENSE_FROM * len(people),
        **more,
    )


@bp.get("/sheet")
def sheet(slug: str) -> str:
    """All intros of a team on paper."""
    found = _team(slug)
    people = queries.sheet(viewer(), found)
    return _sheet(
        "reel/sheet.html",
        found,
        people,
        pdf="here" if printing.is_installed() else "missing",
        too_many=len(people) > printing.MOST_PEOPLE,
    )


@bp.get("/sheet.pdf")
def sheet_pdf(slug: str) -> Response:
    """The same as PDF, where WeasyPrint is installed."""
    found = _team(slug)
    people = queries.sheet(viewer(), found)
    if len(people) > printing.MOST_PEOPLE:
        return _no_pdf("too_many")
    page = _sheet("reel/sheet_pdf.html", found, people, photos=_photos(people))
    db.session.rollback()  # nothing more is read: nobody waits for our connection while it is made
    lock = Path(current_app.config["HALLWAY"].instance_path) / "pdf.lock"
    try:
        made = printing.pdf_of(page, lock_path=lock, static=HOUSE / "static")
    except printing.NoPdf as none:
        return _no_pdf(none.code)
    response = make_response(made)
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{found.slug}-intros.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _photos(people: list[Entry]) -> dict[int, str]:
    """Their pictures, to stand within the page: who makes the PDF reaches no storage."""
    found = {}
    for one in people:
        data = storage().get(one.card.portrait_url.rpartition("/")[2]) if one.card.portrait_url else None
        if data:
            found[one.card.id] = f"data:image/webp;base64,{b64encode(data).decode()}"
    return found


def _no_pdf(code: str) -> Response:
    """No PDF, why, and what to do instead."""
    status, title, text = {
        "missing": (
            501,
            gettext("There is no PDF here"),
            gettext("Whoever runs Hallway here can add it: pip install 'hallway[pdf]', and pango on the machine."),
        ),
        "too_many": (
            501,
            gettext("This team is too large for a PDF"),
            gettext("It is made for up to %(most)s people.", most=printing.MOST_PEOPLE),
        ),
        "busy": (
            503,
            gettext("Others are printing just now"),
            gettext("One PDF is made at a time. Try again in a minute."),
        ),
        "too_slow": (503, gettext("That took too long"), gettext("Try again in a minute.")),
        "broken": (503, gettext("The PDF could not be made"), gettext("Try again in a minute.")),
    }[code]
    return error_page(
        status, title, text + " " + gettext("The browser's own print works: go back to the sheet and print it.")
    )
