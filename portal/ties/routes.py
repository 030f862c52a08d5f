"""What I say about a colleague and me: we talked today, I know them already; and whether I take part in contacts from
elsewhere. Nobody is told."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, viewer
from portal.core.buttons import press
from portal.people.queries import Card, profile

from . import queries, services

bp = Blueprint("ties", __name__)


def _other(who: Viewer, handle: str) -> Card:
    """Somebody else whom I may see; 404."""
    card = profile(who, handle).card
    if card.id == who.person_id:
        abort(404)
    return card


def _back(card: Card) -> str:
    return url_for("people.person", handle=card.handle)


@bp.post("/p/<handle>/talked")
def talked(handle: str) -> Response:
    """We talked today, by whatever means."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: services.say_we_talked(viewer=who, other_id=card.id),
        gettext("Noted: you and %(name)s talked today. You alone see it.", name=card.first_name),
        _back(card),
        undo=url_for("ties.undo_talked", handle=card.handle),
    )


@bp.post("/p/<handle>/talked/undo")
def undo_talked(handle: str) -> Response:
    """Not today after all."""
    who = viewer()
    card = _other(who, handle)
    return press(lambda: services.unsay_we_talked(viewer=who, other_id=card.id), gettext("Taken back."), _back(card))


@bp.post("/p/<handle>/known")
def known(handle: str) -> Response:
    """I know them already."""
    who = viewer()
    card = _other(who, handle)
    return press(
        lambda: services.say_known(viewer=who, other_ids=[card.id]),
        gettext("You two know each other: %(name)s is not suggested.", name=card.first_name),
        _back(card),
        undo=url_for("ties.undo_known", handle=card.handle),
    )


@bp.post("/p/<handle>/known/undo")
def undo_known(handle: str) -> Response:
    """I do not know them after all."""
    who = viewer()
    card = _other(who, handle)
    return press(lambda: services.unsay_known(viewer=who, other_id=card.id), gettext("Taken back."), _back(card))


@bp.route("/me/elsewhere", methods=["GET", "POST"])
def elsewhere() -> Response | str:
    """Contacts that are brought in from elsewhere: without me, or with me again (field `part`)."""
    who = viewer()
    if request.method == "GET":
        return render_template("ties/elsewhere.html", takes_part=queries.takes_part(who))
    if request.form.get("part") == "1":
        words = gettext("You take part again, from the next time on.")
        return press(lambda: services.take_part(viewer=who), words, url_for("ties.elsewhere"))
    words = gettext("You are left out, and what there was of you is gone.")
    return press(lambda: services.leave_out(viewer=who), words, url_for("ties.elsewhere"))
