"""Whom to meet: the week's nine, saying hello, what is looked at, and how it is worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import Viewer, safe_next, viewer
from portal.core.buttons import press
from portal.core.forms import act
from portal.core.i18n import lazy as _
from portal.introductions.queries import who_brought_us
from portal.moderation.queries import who_blocked
from portal.people.queries import Card, Profile, cards, directory, profile
from portal.people.queries import me as me_today
from portal.ties.queries import i_know, my_tie_with, week_ends

from . import beginning, calendar, measures, met, pages, queries, services, times
from . import hello as hellos
from . import network as networks
from .forms import MOST_TIMES, CoffeeForm, ColleaguesForm, HelloForm, time_key, times_of
from .news import news_of
from .ranking import FAMILIES

bp = Blueprint("meet", __name__)
FOUND, MOST_TICKED = 24, 500  # people

SIGNALS = {
    "teams": (_("Teams"), _("Who is in a team with you")),
    "topics": (_("Topics"), _("Who knows what you are learning, who is learning what you know, who knows the same")),
    "goals": (_("Goals"), _("Whose work serves the same goal as yours")),
    "work": (_("What you work on"), _("Whose line on it has a word in common with yours")),
    "department": (_("Departments"), _("With whose department you have much to do")),
    "newcomers": (_("New here"), _("Who started a short while ago")),
    "manager": (_("Your manager's names"), _("Whom your manager named when you asked; you alone see that they did")),
    "contacts": (_("Common contacts"), _("Who is in touch with the same people; it orders, and is never named")),
}


def _other(who: Viewer, handle: str) -> Card:
    """Somebody else whom I may see; 404."""
    card = profile(who, handle).card
    if card.id == who.person_id:
        abort(404)
    return card


def _no_guests(who: Viewer) -> None:
    """A guest is suggested nobody: they know their teams."""
    if who.is_guest:
        abort(404)


@bp.get("/meet")
def meet() -> str:
    """Six new ones, three to hear from again, and whom I set aside."""
    who = viewer()
    _no_guests(who)
    new = pages.new_ones(who)
    return render_template(
        "meet/meet.html",
        new=new,
        why_nobody="" if new else queries.why_nobody(who),
        old=pages.old_ones(who),
        hidden=pages.hidden(who),
        facts=[] if pages.has_intros_enough() else pages.facts(who),
    )


@bp.post("/p/<handle>/not-now")
def not_now(handle: str) -> Response:
    """Not for the next 90 days."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: services.not_now(viewer=who, other_id=card.id),
        gettext("%(name)s is not suggested for 90 days. “Meet next” takes it back.", name=card.first_name),
        url_for("meet.meet"),
        undo=url_for("meet.undo_not_now", handle=card.handle),
    )


@bp.post("/p/<handle>/not-now/undo")
def undo_not_now(handle: str) -> Response:
    """Suggest them after all."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: services.take_back_not_now(viewer=who, other_id=card.id),
        gettext("%(name)s may be suggested again.", name=card.first_name),
        url_for("meet.meet"),
    )


@bp.route("/me/colleagues", methods=["GET", "POST"])
def colleagues() -> Response | tuple[str, int]:
    """Whom I know already: one form, in which others can be looked for."""
    who = viewer()
    _no_guests(who)
    form = ColleaguesForm()
    ticked, shown = _ids("know"), _ids("shown")
    finds = request.form.get("do") == "find"
    if form.sent() and not finds:
        done = act(form, lambda: services.say_whom_i_know(viewer=who, shown=shown, ticked=ticked))
        if done:
            flash(gettext("Saved. You alone see it."))
            return redirect(safe_next(request.form.get("next")) or url_for("meet.meet"), 303)
    mine = beginning.colleagues(who)
    there = {card.id for card in mine.everybody}
    q = form.q.data or ""
    found = directory(who, q=q, size=FOUND).items if finds and q else []
    others = [card for card in found if card.id not in there and card.id != who.person_id]
    kept = cards(who, sorted(ticked - there - {card.id for card in others}))
    known = {card.id for card in mine.known}
    page = render_template(
        "meet/colleagues.html",
        form=form,
        groups=[
            (gettext("Found"), [*kept, *others]),
            (gettext("Whom you know, as you said"), mine.known),
            (gettext("In your teams"), mine.teams),
            (gettext("Your manager, and who reports to you"), mine.line),
            (gettext("In your department"), mine.near),
        ],
        ticked=(ticked | (known - shown)) if request.method == "POST" else known,
        nobody=bool(finds and q and not found),
        back=safe_next(request.values.get("next")) or "",
    )
    return page, form.status


def _ids(name: str) -> set[int]:
    """The numbers that were sent by this name."""
    sent = request.form.getlist(name)[:MOST_TICKED]
    return {int(one) for one in sent if one.isascii() and one.isdigit() and len(one) < 19}


# ---- saying hello ----------------------------------------------------------------------------------------------


def _to_reach(who: Viewer, handle: str) -> Profile:
    """Whom I want to write to. Whoever blocked me is reached by nothing from here, and that does not show."""
    found = profile(who, handle)
    if found.is_me:
        abort(404)
    if who_blocked(who.person_id, [found.card.id]):
        return replace(found, reach_me_by=None, links=[])
    return found


def _page(template: str, who: Viewer, found: Profile, form: HelloForm | CoffeeForm, **more: Any) -> tuple[str, int]:
    text = form.words.data or ""
    page = render_template(
        template,
        profile=found,
        card=found.card,
        form=form,
        ways=hellos.ways(found.reach_me_by or "", found.links, text),
        there=found.card.hour_there(who.zone),
        **more,
    )
    return page, form.status


def _first_words(who: Viewer, card: Card) -> str:
    me = cards(who, [who.person_id])[0]
    by = who_brought_us(who, card.id)
    silent = queries.not_heard_from(who, card.id)
    news = news_of(who, {card.id: silent.last_on}).get(card.id) if silent else None
    know: hellos.Know = "no"
    if silent:
        know = "silent"
    elif card.id in i_know(who) or my_tie_with(who, card.id):
        know = "well"
    why = queries.reasons(who, [card.id]).get(card.id, [])
    return hellos.words(card.first_name, me.first_name, why, news=news, by=by.name if by else "", know=know)


@bp.route("/p/<handle>/hello", methods=["GET", "POST"])
def hello(handle: str) -> tuple[str, int]:
    """Words to begin with, to be changed, and the way the other wants to be reached. Nothing is kept."""
    who = viewer()
    found = _to_reach(who, handle)
    form = HelloForm()
    if not form.sent() and not form.words.raw_data:
        form.words.data = _first_words(who, found.card)
    return _page("meet/hello.html", who, found, form)


def _hours(zone: str | None, days: Sequence[str], away_until: date | None, starts_on: date | None) -> times.Hours:
    back = away_until + timedelta(days=1) if away_until else None
    later = max((day for day in (back, starts_on) if day), default=None)
    return times.Hours(clock.zone(zone), tuple(days), later)


@bp.route("/p/<handle>/coffee", methods=["GET", "POST"])
def coffee(handle: str) -> tuple[str, int]:
    """Times within both working hours, up to three to choose; then the words about them. Nothing is kept."""
    who = viewer()
    found = _to_reach(who, handle)
    form = CoffeeForm()
    their_zone = found.time_zone or who.zone
    if form.sent() or (form.has_words and form.times):
        said = [hellos.said_times(at, who.zone, their_zone) for at in form.times]
        if not form.has_words:
            me = cards(who, [who.person_id])[0]
            form.words.data = hellos.coffee_words(found.card.first_name, me.first_name, said)
        keys = [time_key(at) for at in form.times]
        return _page("meet/coffee_words.html", who, found, form, said=said, keys=keys)
    mine, theirs = me_today(who), found.card
    proposed = times.proposals(
        _hours(who.zone, mine.working_days, mine.away_until if mine.is_away(clock.today(who.zone)) else None, None),
        _hours(their_zone, found.working_days, theirs.away_until, theirs.starts_on),
        clock.now(),
    )
    offered = [(time_key(one.at), *hellos.said_times(one.at, who.zone, their_zone)) for one in proposed]
    fits = all(one.fits for one in proposed)
    knows = found.time_zone is not None
    return _page("meet/coffee.html", who, found, form, offered=offered, fits=fits, knows=knows)


@bp.get("/p/<handle>/coffee.ics")
def coffee_ics(handle: str) -> Response:
    """The chosen times for my calendar."""
    who = viewer()
    found = _to_reach(who, handle)
    chosen = times_of(request.args.getlist("at")) or []
    if not 1 <= len(chosen) <= MOST_TIMES:
        abort(404)
    pair = f"{who.person_id} {found.card.id}"
    uids = [(f"coffee-{sha256(f'{pair} {at}'.encode()).hexdigest()[:24]}@hallway", at) for at in chosen]
    data = calendar.coffee_ics(
        uids=uids,
        name=gettext("Coffee with %(name)s", name=found.card.name),
        url=url_for("people.person", handle=found.card.handle, _external=True),
        now=clock.now(),
    )
    answer = make_response(data)
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="coffee.ics"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


# ---- did you meet? ---------------------------------------------------------------------------------------------


@bp.post("/p/<handle>/wrote")
def wrote(handle: str) -> Response:
    """I sent my words: ask me in some days whether we met."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: met.say_hello_was_sent(viewer=who, other_id=card.id, medium=request.form.get("medium", "")),
        gettext(
            "Noted. In some days home asks you whether you met %(name)s. You alone see it.", name=card.first_name
        ),
        url_for("people.person", handle=card.handle),
        undo=url_for("meet.undo_wrote", handle=card.handle),
    )


@bp.post("/p/<handle>/wrote/undo")
def undo_wrote(handle: str) -> Response:
    """I did not, after all."""
    who = viewer()
    card = _other(who, handle)
    back = url_for("people.person", handle=card.handle)
    return press(lambda: met.take_back_hello(viewer=who, other_id=card.id), gettext("Taken back."), back)


@bp.post("/p/<handle>/met")
def met_answer(handle: str) -> Response:
    """Yes, not yet, or no."""
    who = viewer()
    card = _other(who, handle)
    said = next((one for one in met.SAID if one == request.form.get("said")), None)
    if said is None:
        abort(400)
    words = {
        "yes": gettext("Good. You alone see that you and %(name)s met.", name=card.first_name),
        "not-yet": gettext("You are asked again in a week."),
        "no": gettext("You are not asked about %(name)s again.", name=card.first_name),
    }
    return press(
        lambda: met.answer(viewer=who, other_id=card.id, said=said),
        words[said],
        url_for("home.home"),
        undo=url_for("meet.undo_met", handle=card.handle),
    )


@bp.post("/p/<handle>/met/undo")
def undo_met(handle: str) -> Response:
    """What I said last was not so."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: met.take_back(viewer=who, other_id=card.id),
        gettext("Taken back. You are asked once more."),
        url_for("home.home"),
    )


# ---- what is looked at -----------------------------------------------------------------------------------------


@bp.route("/meet/settings", methods=["GET", "POST"])
def settings() -> Response | str:
    """By what I may be suggested people."""
    who = viewer()
    _no_guests(who)
    if request.method == "POST":
        off = set(FAMILIES) - set(request.form.getlist("on"))
        return press(
            lambda: services.choose_signals(viewer=who, off=off),
            gettext("Saved. Your suggestions follow within an hour."),
            url_for("meet.settings"),
        )
    return render_template("meet/settings.html", signals=SIGNALS, on=queries.my_signals(who))


@bp.get("/me/network")
def network() -> str:
    """Whom I keep up with, for my eyes only."""
    who = viewer()
    cursor = request.args.get("after")
    page = networks.lines(who, cursor)
    first: dict[str, Any] = {}
    if not cursor:
        mine = networks.network(who)
        most = max(1, *(people for _monday, people in mine.weeks))
        first = {"mine": mine, "most": most, "old": pages.old_ones(who, queries.NEW_ONES)}
    return render_template(
        "meet/network.html",
        lines=page.items,
        more=url_for("meet.network", after=page.next) if page.next else None,
        ends=week_ends(clock.today(who.zone)),
        words=networks.WORDS,
        size=networks.SIZE,
        **first,
    )


@bp.get("/about/how-we-suggest")
def how() -> str:
    """In plain words."""
    return render_template("meet/how.html", signals=SIGNALS)


@bp.get("/about/measures")
def about_measures() -> str:
    """What suggestions add, for everybody."""
    return render_template("meet/measures.html", counted=measures.measures(), least=measures.LEAST)
