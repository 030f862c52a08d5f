"""Pages: making an offer, one offer, and what its owner does with it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import safe_next, viewer
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.topics import queries as topics

from . import offers
from .asks import named_topics, said
from .blueprint import bp
from .forms import OfferForm, minutes_of
from .offers import OfferView, Words


@bp.route("/help/offers/new", methods=["GET", "POST"])
def new_offer() -> Response | tuple[str, int]:
    """Offer help, in one short form."""
    who = viewer()
    start: dict[str, Any] = {"at_once": 1}
    if request.args.get("topics"):
        with suppress(NotVisible):
            start["topics"] = topics.topic(who, request.args["topics"]).name
    form = OfferForm(data=start)
    if form.sent() and (words := _words(form)) is not None:
        done = act(form, lambda: offers.make_offer(viewer=who, words=words))
        if done:
            flash(
                gettext("Your offer stands on your page, and on its topics.")
                if words.topic_ids
                else gettext("Your offer stands on your page.")
            )
            return redirect(url_for("help.offer", public_id=done.result), 303)
    return render_template("help/offer_new.html", form=form), form.status


def _words(form: OfferForm) -> Words | None:
    named = named_topics(viewer(), form)
    if named is None:
        return None
    return Words(
        what=form.what.data,
        minutes=minutes_of(form.minutes),
        when=form.when.data or "",
        at_once=form.at_once.data if form.at_once.data is not None else 1,
        topic_ids=tuple(one.id for one in named),
    )


@bp.get("/help/offers/<public_id>")
def offer(public_id: str) -> str:
    """One offer."""
    return render_template("help/offer.html", offer=offers.offer_for(viewer(), public_id))


@bp.route("/help/offers/<public_id>/edit", methods=["GET", "POST"])
def edit_offer(public_id: str) -> Response | tuple[str, int]:
    """Other words for my offer."""
    who = viewer()
    found = offers.offer_for(who, public_id)
    if not found.is_mine or found.state == "closed":
        raise NotVisible
    form = OfferForm(data=_values(found))
    if form.sent() and (words := _words(form)) is not None:
        if act(form, lambda: offers.change(viewer=who, offer_id=found.id, words=words, version=form.opened_on)):
            flash(gettext("Saved."))
            return redirect(url_for("help.offer", public_id=public_id), 303)
        if form.form_errors:
            now = offers.offer_for(who, public_id)
            form.set_beside({"what": now.what, "when": now.when})
            form.version.data = str(now.version)
    return render_template("help/offer_edit.html", form=form, offer=found), form.status


def _values(found: OfferView) -> dict[str, Any]:
    return {
        "version": str(found.version),
        "what": found.what,
        "topics": ", ".join(one.name for one in found.topics),
        "minutes": str(found.minutes or ""),
        "when": found.when,
        "at_once": found.at_once,
    }


@bp.post("/help/offers/<public_id>")
def set_offer(public_id: str) -> Response:
    """Pause it, let it go on, say that it still stands, or close it."""
    who = viewer()
    found = offers.offer_for(who, public_id)
    if not found.is_mine:
        raise NotVisible
    ways = {
        "pause": (offers.pause, gettext("Paused. Only you see it now.")),
        "go-on": (offers.go_on, gettext("It stands again.")),
        "still": (offers.still_stands, gettext("Good. We ask again in three months.")),
        "close": (offers.close, gettext("Closed. What was taken up stays.")),
    }
    way = ways.get(request.form.get("do", ""))
    if way is None:
        raise NotVisible
    do, words = way
    form = Form()
    if act(form, lambda: do(viewer=who, offer_id=found.id)):
        flash(words)
    else:
        flash(said(form), "error")
    back = url_for("help.offer", public_id=public_id)
    return redirect(safe_next(request.form.get("next")) or back, 303)
