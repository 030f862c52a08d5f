"""Buttons that do one thing and lead back: done once, counted as an act, and said on the next page."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from .auth import safe_next
from .forms import Form, act

UNDO = "undo "  # the category of what can be taken back: this, and where to


def press(work: Callable[[], object], said: str, back: str, *, undo: str = "") -> Response:
    """Do it, say so, and go to the page in `next`, else `back`. undo: the address whose POST takes it back, offered
    beside the words."""
    form = Form()
    if act(form, work):
        flash(said, f"{UNDO}{undo}" if undo else "message")
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(safe_next(request.form.get("next")) or back, 303)
