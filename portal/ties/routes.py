"""What I say about a colleague and me: we talked today, I know them already. They are told nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, safe_next, viewer
from portal.core.db import unit_of_work
from portal.people.queries import Card, profile

from . import services

bp = Blueprint("ties", __name__)


def _say(handle: str, work: Callable[[Viewer, Card], Any], told: Callable[[Card], str]) -> Response:
    who = viewer()
    card = profile(who, handle).card
    if card.id == who.person_id:
        abort(404)
    unit_of_work(lambda: work(who, card))
    flash(told(card))
    back = url_for("people.person", handle=card.handle)
    return redirect(safe_next(request.form.get("next")) or back, 303)


@bp.post("/p/<handle>/talked")
def talked(handle: str) -> Response:
    """We talked today, by whatever means."""
    return _say(
        handle,
        lambda who, card: services.say_we_talked(viewer=who, other_id=card.id),
        lambda card: gettext("Noted: you and %(name)s talked today. You alone see it.", name=card.first_name),
    )


@bp.post("/p/<handle>/talked/undo")
def undo_talked(handle: str) -> Response:
    """Not today after all."""
    return _say(
        handle,
        lambda who, card: services.unsay_we_talked(viewer=who, other_id=card.id),
        lambda _card: gettext("Taken back."),
    )


@bp.post("/p/<handle>/known")
def known(handle: str) -> Response:
    """I know them already."""
    return _say(
        handle,
        lambda who, card: services.say_known(viewer=who, other_ids=[card.id]),
        lambda card: gettext("You two know each other: %(name)s is not suggested.", name=card.first_name),
    )


@bp.post("/p/<handle>/known/undo")
def undo_known(handle: str) -> Response:
    """I do not know them after all."""
    return _say(
        handle,
        lambda who, card: services.unsay_known(viewer=who, other_id=card.id),
        lambda _card: gettext("Taken back."),
    )
