"""The list of goals, each goal's page, and keeping them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import for_role, viewer
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.people import names
from portal.people import queries as people
from portal.people.queries import Card

from . import queries, services
from .forms import CloseForm, GoalForm
from .queries import GoalLine

bp = Blueprint("goals", __name__)


@bp.get("/goals")
def goals() -> str:
    """What the organization wants to reach, by title: the open goals, or the closed ones."""
    who = viewer()
    if who.is_guest:
        raise NotVisible
    closed = request.args.get("closed") == "1"
    after = request.args.get("after")
    page = queries.goals(who, closed=closed, cursor=after)
    more = url_for("goals.goals", closed=1 if closed else None, after=page.next) if page.next else None
    return render_template("goals/goals.html", goals=page.items, more=more, closed=closed, first_page=not after)


@bp.route("/goals/new", methods=["GET", "POST"])
@for_role("admin")
def new() -> Response | tuple[str, int]:
    """A new goal."""
    who = viewer()
    form = GoalForm()
    owner_id, choices = _sent_owner(form, None)
    if request.method == "POST" and form.status == 200:
        done = act(form, lambda: services.add_goal(viewer=who, words=_words(form, owner_id)))
        if done:
            flash(gettext("The goal is on the list."))
            added = queries.goal_line(who, done.result)
            return redirect(_url(added) if added else url_for("goals.goals"), 303)
    return render_template("goals/new.html", form=form, choices=choices), form.status


@bp.get("/goals/<slug>")
def goal(slug: str) -> str:
    """A goal: what, why, whom to ask, how it stands; who and what points to it."""
    line = queries.goal(viewer(), slug)
    return _page(line, CloseForm(data=_ending(line)))


@bp.route("/goals/<slug>/edit", methods=["GET", "POST"])
def edit(slug: str) -> Response | tuple[str, int]:
    """What the goal's page says, for its owner and the admins."""
    who = viewer()
    line = queries.goal(who, slug)
    form = GoalForm(data={"version": str(line.version), **_values(line)})
    owner_id, choices = _sent_owner(form, line.owner)
    if request.method == "POST" and form.status == 200:
        # Who may keep it is asked inside: this form sent twice may have handed the goal over the first time.
        wanted, goal_id, version = _words(form, owner_id), line.id, form.opened_on
        work = lambda: services.change_goal(viewer=who, goal_id=goal_id, words=wanted, version=version)  # noqa: E731
        if act(form, work):
            flash(gettext("Saved."))
            return redirect(_url(line), 303)
        line = queries.goal(who, slug)
    if not line.may_keep:
        raise NotVisible
    if form.form_errors:
        form.set_beside(_values(line))
        form.version.data = str(line.version)
    return render_template("goals/edit.html", form=form, goal=line, choices=choices), form.status


@bp.post("/goals/<slug>/close")
def close(slug: str) -> Response | tuple[str, int]:
    """It is reached, or given up."""
    who = viewer()
    line = queries.goal(who, slug)
    form = CloseForm(data=_ending(line))
    if form.sent():
        goal_id, note, version = line.id, form.note.data, form.opened_on
        if act(form, lambda: services.close_goal(viewer=who, goal_id=goal_id, note=note, version=version)):
            flash(gettext("The goal is closed."))
            return redirect(_url(line), 303)
        line = queries.goal(who, slug)
    if not line.may_keep:
        raise NotVisible
    if form.form_errors:
        form.set_beside({"note": line.note})
        form.version.data = str(line.version)
    return _page(line, form), form.status


@bp.post("/goals/<slug>/reopen")
def reopen(slug: str) -> Response:
    """It is pursued again."""
    who = viewer()
    line = queries.goal(who, slug)
    if act(Form(), lambda: services.reopen_goal(viewer=who, goal_id=line.id)):
        flash(gettext("The goal is open again."))
    return redirect(_url(line), 303)


def _url(line: GoalLine) -> str:
    return url_for("goals.goal", slug=line.slug)


def _page(line: GoalLine, form: CloseForm) -> str:
    return render_template("goals/goal.html", goal=line, form=form)


def _values(line: GoalLine) -> dict[str, Any]:
    """What the form's fields hold for a goal."""
    owner = line.owner.name if line.owner else ""
    return {"title": line.title, "why": line.why, "owner": owner, "note": line.note}


def _ending(line: GoalLine) -> dict[str, Any]:
    return {"version": str(line.version), "note": line.note}


def _words(form: GoalForm, owner_id: int | None) -> services.Words:
    return services.Words(title=form.title.data, why=form.why.data, owner_id=owner_id, note=form.note.data)


def _sent_owner(form: GoalForm, before: Card | None) -> tuple[int | None, list[Card]]:
    """Is the shape of what was sent right, and who is meant as the owner? What is wrong stands on its field, and
    `form.status` is 422; whom an unclear name could mean is in the list."""
    if request.method != "POST":
        return None, []
    form.sent()
    if form.owner.errors:
        return None, []
    owner_id, choices = _picked(form, before)
    if form.owner.errors:
        form.status = 422
    return owner_id, choices


def _picked(form: GoalForm, before: Card | None) -> tuple[int | None, list[Card]]:
    who, typed = viewer(), form.owner.data
    handle = request.form.get("owner_handle", "")
    if not handle and not typed:
        return None, []
    if not handle and before is not None and names.fold(before.name) == names.fold(typed):
        return before.id, []
    meant = [] if handle else people.cards(who, people.by_names(who, [typed])[typed])
    working_here = [card for card in meant if not card.is_guest]
    if len(working_here) > 1:
        form.owner.errors = [gettext("Who do you mean? Pick one, or leave it empty.")]
        return None, working_here
    if meant:
        return (working_here or meant)[0].id, []
    picked = people.id_of_handle(who, handle or typed)
    if picked is None:
        form.owner.errors = [gettext("Nobody with that name")]
    elif handle:
        # The choices are not shown again: what was picked stands in the field, should something else be wrong.
        form.owner.data = handle
    return picked, []
