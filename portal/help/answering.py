"""Pages: what others do with an ask: write, promise, name somebody, say no; and answers that are found again."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import Viewer, safe_next, viewer
from portal.core.db import MAX_ID
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.kudos import naming

from . import promises, queries, rules, services
from .asks import at, at_post, page_of_ask, said, words_are_kept
from .blueprint import bp
from .forms import NameForm, PostForm, PromiseForm
from .promising import promised_words


@bp.post("/h/<public_id>")
@words_are_kept
def write(public_id: str) -> Response | tuple[str, int]:
    """A few words under an ask."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    form = PostForm()
    if form.sent():
        done = act(form, lambda: services.write(viewer=who, ask_id=found.id, words=form.words.data))
        if done:
            return redirect(at_post(who, found.id, public_id, done.result), 303)
    return page_of_ask(who, public_id, form)


@bp.post("/h/<public_id>/posts/<int:post_id>/take-back")
def take_post_back(public_id: str, post_id: int) -> Response:
    """My own words are gone."""
    who = viewer()
    post_id = min(post_id, MAX_ID)
    form = Form()
    if act(form, lambda: services.take_post_back(viewer=who, post_id=post_id)):
        flash(gettext("Your words are gone."))
    return redirect(_back(who, public_id, post_id), 303)


def _back(who: Viewer, public_id: str, post_id: int) -> str:
    """To the post, as far as the ask is still there for its author."""
    try:
        return at_post(who, queries.ask_id_of(who, public_id), public_id, post_id)
    except NotVisible:
        return url_for("help.index")


@bp.post("/h/<public_id>/posts/<int:post_id>/useful")
def useful(public_id: str, post_id: int) -> Response:
    """This answers it; or not, after all."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    is_so, post_id = request.form.get("useful") != "no", min(post_id, MAX_ID)
    form = Form()
    if not act(form, lambda: services.mark_useful(viewer=who, ask_id=found.id, post_id=post_id, useful=is_so)):
        flash(said(form), "error")
    return redirect(at_post(who, found.id, public_id, post_id), 303)


@bp.post("/h/<public_id>/posts/<int:post_id>/found")
def let_be_found(public_id: str, post_id: int) -> Response:
    """Whether my answer is found under my name."""
    who = viewer()
    may, post_id = request.form.get("may") == "yes", min(post_id, MAX_ID)
    form = Form()
    if act(form, lambda: services.let_be_found(viewer=who, post_id=post_id, may=may)):
        flash(
            gettext("Colleagues who may see the question find your answer.")
            if may
            else gettext("Your answer stays under the question alone.")
        )
    return redirect(safe_next(request.form.get("next")) or _back(who, public_id, post_id), 303)


@bp.route("/h/<public_id>/promise", methods=["GET", "POST"])
@words_are_kept
def promise(public_id: str) -> Response | tuple[str, int]:
    """ "I can help": what, and by when."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    if found.is_mine:
        raise NotVisible
    if request.method == "GET" and found.my_promise:
        return redirect(url_for("help.promise_page", public_id=found.my_promise), 303)
    if request.method == "GET" and "promise" not in found.may:
        return _too_late(public_id)
    today = clock.today(who.zone)
    by = found.due_on if found.due_on and found.due_on >= today else rules.soon(who)
    form = PromiseForm(data={"due_on": by, "what": gettext("Help with: %(question)s", question=found.question)[:200]})
    if form.sent():
        done = act(
            form,
            lambda: promises.make_promise(viewer=who, what=form.what.data, due_on=form.due_on.data, ask_id=found.id),
        )
        if done:
            flash(promised_words(who, form.due_on.data))
            return redirect(url_for("help.promise_page", public_id=done.result), 303)
    return render_template("help/promise_new.html", form=form, ask=found, today=today.isoformat()), form.status


def _too_late(public_id: str) -> Response:
    flash(gettext("This ask has been closed meanwhile."), "error")
    return redirect(at(public_id), 303)


@bp.route("/h/<public_id>/name", methods=["GET", "POST"])
@words_are_kept
def name(public_id: str) -> Response | tuple[str, int]:
    """ "I know who can": a colleague, and a line for them."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    if found.is_mine:
        raise NotVisible
    if request.method == "GET" and "name somebody" not in found.may:
        return _too_late(public_id)
    form = NameForm()
    meant = naming.read(who, {"did": str(form.who.data or "")}, request.form)
    if form.sent():
        people = meant.people["did"]
        if meant.team is not None or len(people) > 1:
            form.who.errors = [gettext("One colleague at a time")]
        elif not meant.is_clear or not people:
            form.who.errors = [*meant.problems["did"]] or [gettext("Say whom you mean: there is more than one")]
        elif act(
            form,
            lambda: services.name_helper(
                viewer=who, ask_id=found.id, person_id=people[0].id, line=form.line.data or ""
            ),
        ):
            # The same words whether they are told or not: whoever is asked too often, or not at all, stays untold.
            flash(gettext("Thank you. If it suits them, they say so themselves."))
            return redirect(at(public_id), 303)
        form.status = 422
    return render_template("help/name.html", form=form, ask=found, meant=meant), form.status


@bp.post("/h/<public_id>/no")
def no(public_id: str) -> Response:
    """Not me. Nobody is told."""
    who = viewer()
    found = queries.ask_for(who, public_id)
    form = Form()
    if act(form, lambda: services.say_no(viewer=who, ask_id=found.id)):
        flash(gettext("Fine. Nobody is told."))
    return redirect(safe_next(request.form.get("next")) or url_for("help.index"), 303)
