"""Whom to meet: the week's nine, saying hello, what is looked at, and how it is worked out."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import Viewer, safe_next, viewer
from portal.core.db import unit_of_work
from portal.core.i18n import lazy as _
from portal.people.queries import Card, cards, profile

from . import hello as hellos
from . import network as networks
from . import pages, queries, services
from .ranking import FAMILIES

bp = Blueprint("meet", __name__)

SIGNALS = {
    "teams": (_("Teams"), _("Who is in a team with you")),
    "topics": (_("Topics"), _("Who knows what you are learning, who is learning what you know, who knows the same")),
    "goals": (_("Goals"), _("Whose work serves the same goal as yours")),
    "work": (_("What you work on"), _("Whose line on it has a word in common with yours")),
    "department": (_("Departments"), _("With whose department you have much to do")),
    "newcomers": (_("New here"), _("Who started a short while ago")),
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
    return render_template(
        "meet/meet.html",
        new=pages.new_ones(who),
        old=pages.old_ones(who),
        hidden=pages.hidden(who),
        facts=[] if pages.has_intros_enough() else pages.facts(who),
    )


@bp.post("/p/<handle>/not-now")
def not_now(handle: str) -> Response:
    """Not for the next 90 days."""
    who = viewer()
    card = _other(who, handle)
    unit_of_work(lambda: services.not_now(viewer=who, other_id=card.id))
    flash(gettext("%(name)s is not suggested for 90 days. “Meet next” takes it back.", name=card.first_name))
    return _back()


@bp.post("/p/<handle>/not-now/undo")
def undo_not_now(handle: str) -> Response:
    """Suggest them after all."""
    who = viewer()
    card = _other(who, handle)
    unit_of_work(lambda: services.take_back_not_now(viewer=who, other_id=card.id))
    flash(gettext("%(name)s may be suggested again.", name=card.first_name))
    return _back()


def _back() -> Response:
    return redirect(safe_next(request.form.get("next")) or url_for("meet.meet"), 303)


@bp.get("/p/<handle>/hello")
def hello(handle: str) -> str:
    """Words to begin with, and the way the other wants to be reached."""
    who = viewer()
    found = profile(who, handle)
    if found.is_me:
        abort(404)
    me = cards(who, [who.person_id])[0]
    why = queries.reasons(who, [found.card.id]).get(found.card.id, [])
    text = hellos.words(found.card.first_name, me.first_name, why)
    there = clock.local(found.time_zone).strftime("%H:%M") if found.time_zone else None
    ways = hellos.ways(found.reach_me_by or "", found.links, text)
    return render_template("meet/hello.html", profile=found, card=found.card, text=text, ways=ways, there=there)


@bp.route("/meet/settings", methods=["GET", "POST"])
def settings() -> Response | str:
    """By what I may be suggested people."""
    who = viewer()
    _no_guests(who)
    if request.method == "POST":
        off = set(FAMILIES) - set(request.form.getlist("on"))
        unit_of_work(lambda: services.choose_signals(viewer=who, off=off))
        flash(gettext("Saved. Your suggestions follow within an hour."))
        return redirect(url_for("meet.settings"), 303)
    return render_template("meet/settings.html", signals=SIGNALS, on=queries.my_signals(who))


@bp.get("/me/network")
def network() -> str:
    """Whom I keep up with, for my eyes only."""
    who = viewer()
    mine = networks.network(who)
    return render_template(
        "meet/network.html",
        mine=mine,
        most=max(1, *(people for _monday, people in mine.weeks)),
        old=pages.old_ones(who),
        words=networks.WORDS,
        size=networks.SIZE,
    )


@bp.get("/about/how-we-suggest")
def how() -> str:
    """In plain words."""
    return render_template("meet/how.html", signals=SIGNALS)
