"""Pages: promises I gave and was given, and what the two do with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import Viewer, safe_next, viewer
from portal.core.forms import Form, act
from portal.kudos import naming
from portal.people.models import WEEK

from . import promises, rules
from .asks import said, words_are_kept
from .blueprint import bp
from .forms import CallOffForm, MoveForm, OutcomeForm, PromiseToForm
from .promises import PromiseView


@bp.get("/me/promises")
def promise_list() -> str:
    """Open ones by their day; those that ended, the newest first."""
    ended = "ended" in request.args
    page = promises.promises(viewer(), ended=ended, cursor=request.args.get("after"))
    more = url_for("help.promise_list", ended=1 if ended else None, after=page.next) if page.next else None
    return render_template("help/promises.html", page=page.items, more=more, ended=ended,
                           first_page="after" not in request.args)  # fmt: skip


@bp.route("/me/promises/new", methods=["GET", "POST"])
def new_promise() -> Response | tuple[str, int]:
    """Promise a colleague something, after a meeting say. The query fills the field in: to (a handle)."""
    who = viewer()
    today = clock.today(who.zone)
    form = PromiseToForm(data={"to": request.args.get("to", ""), "due_on": rules.soon(who)})
    meant = naming.read(who, {"did": str(form.to.data or "")}, request.form)
    if form.sent():
        people = meant.people["did"]
        if meant.team is not None or len(people) > 1:
            form.to.errors = [gettext("One colleague at a time")]
        elif not meant.is_clear or not people:
            form.to.errors = [*meant.problems["did"]] or [gettext("Say whom you mean: there is more than one")]
        elif done := act(
            form,
            lambda: promises.make_promise(
                viewer=who, what=form.what.data, due_on=form.due_on.data, to_id=people[0].id
            ),
        ):
            flash(promised_words(who, form.due_on.data))
            return redirect(url_for("help.promise_page", public_id=done.result), 303)
        form.status = 422
    page = render_template("help/promise_to.html", form=form, meant=meant, today=today.isoformat())
    return page, form.status


def promised_words(who: Viewer, due_on: date | None) -> str:
    """What is said of a promise that was made."""
    words = gettext("Promised. Only the two of you see it, and both are reminded.")
    if due_on is None or WEEK[due_on.weekday()] in rules.working_days_of(who.person_id):
        return words
    return " ".join((words, gettext("That is a day off for you: you are reminded before it.")))


@bp.get("/me/promises/<public_id>")
def promise_page(public_id: str) -> str:
    """One promise, for the two of them."""
    return _page(promises.promise_for(viewer(), public_id))[0]


def _page(
    found: PromiseView,
    move: MoveForm | None = None,
    off: CallOffForm | None = None,
    came: OutcomeForm | None = None,
) -> tuple[str, int]:
    given = move or off or came
    page = render_template(
        "help/promise.html",
        promise=found,
        form=given or Form(formdata=None),
        move=move or MoveForm(formdata=None),
        off=off or CallOffForm(formdata=None),
        outcome=came or OutcomeForm(formdata=None, data={"outcome": found.outcome, "shared": found.is_shared}),
        today=clock.today(viewer().zone).isoformat(),
    )
    return page, given.status if given else 200


def _back(public_id: str) -> Response:
    return redirect(safe_next(request.form.get("next")) or url_for("help.promise_page", public_id=public_id), 303)


def _simply(public_id: str, do: Callable[[Viewer, PromiseView], None], words: str = "") -> Response:
    who = viewer()
    found = promises.promise_for(who, public_id)
    form = Form()
    if not act(form, lambda: do(who, found)):
        flash(said(form), "error")
    elif words:
        flash(words)
    return _back(public_id)


@bp.post("/me/promises/<public_id>/done")
def promise_done(public_id: str) -> Response:
    """It is done."""
    return _simply(public_id, lambda who, one: promises.done(viewer=who, promise_id=one.id), gettext("Done."))


@bp.post("/me/promises/<public_id>/not-done")
def promise_not_done(public_id: str) -> Response:
    """It is not done after all."""
    return _simply(public_id, lambda who, one: promises.not_done(viewer=who, promise_id=one.id))


@bp.post("/me/promises/<public_id>/move")
def move_promise(public_id: str) -> Response | tuple[str, int]:
    """Another day would be better."""
    who = viewer()
    found = promises.promise_for(who, public_id)
    form = MoveForm()
    if form.sent() and act(
        form, lambda: promises.propose_move(viewer=who, promise_id=found.id, to=form.move_to.data)
    ):
        flash(gettext("Proposed. It moves when the other agrees."))
        return _back(public_id)
    return _page(promises.promise_for(who, public_id), move=form)


@bp.post("/me/promises/<public_id>/agree")
def agree(public_id: str) -> Response:
    """The proposed day it is."""
    text = request.form.get("version", "")
    version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    return _simply(
        public_id,
        lambda who, one: promises.agree(viewer=who, promise_id=one.id, version=version),
        gettext("Moved."),
    )


@bp.post("/me/promises/<public_id>/keep")
def keep_day(public_id: str) -> Response:
    """The day stays."""
    return _simply(
        public_id,
        lambda who, one: promises.keep_day(viewer=who, promise_id=one.id),
        gettext("The day stays as it is."),
    )


@bp.post("/me/promises/<public_id>/call-off")
@words_are_kept
def call_off(public_id: str) -> Response | tuple[str, int]:
    """It will not be."""
    who = viewer()
    found = promises.promise_for(who, public_id)
    form = CallOffForm()
    if form.sent() and act(form, lambda: promises.call_off(viewer=who, promise_id=found.id, word=form.word.data)):
        flash(gettext("Called off. The other reads your word."))
        return _back(public_id)
    return _page(promises.promise_for(who, public_id), off=form)


@bp.post("/me/promises/<public_id>/thanked")
def settle_thanks(public_id: str) -> Response:
    """Not asked again whether to thank; `thank` leads to the composer."""
    who = viewer()
    found = promises.promise_for(who, public_id)
    form = Form()
    done = act(form, lambda: promises.settle_thanks(viewer=who, promise_id=found.id))
    if done and request.form.get("thank") and found.other is not None:
        return redirect(url_for("kudos.new", to=found.other.handle, why=thanks_for(found)), 303)
    return _back(public_id)


def thanks_for(found: PromiseView) -> str:
    """The words to begin with."""
    if found.ask:
        return gettext("helping with “%(question)s”", question=found.ask[1])
    return gettext("keeping your word: “%(what)s”", what=found.what)


@bp.post("/me/promises/<public_id>/outcome")
@words_are_kept
def outcome(public_id: str) -> Response | tuple[str, int]:
    """What came of it."""
    who = viewer()
    found = promises.promise_for(who, public_id)
    form = OutcomeForm()
    if form.sent() and act(
        form,
        lambda: promises.tell_outcome(
            viewer=who, promise_id=found.id, outcome=form.outcome.data or "", shared=bool(form.shared.data)
        ),
    ):
        flash(gettext("Saved."))
        return _back(public_id)
    return _page(promises.promise_for(who, public_id), came=form)
