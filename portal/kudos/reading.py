"""Pages: the wall, one kudos, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.auth import Viewer, safe_next, viewer
from portal.core.error_pages import error_page
from portal.core.errors import NotVisible
from portal.core.forms import Form, act
from portal.goals.queries import goal, goal_choices

from . import giving, queries, services, walls
from .blueprint import bp
from .forms import EditForm
from .models import CHEERS
from .queries import KudosView, Named, ValueLine
from .walls import TABS, Tab


def _is_part() -> bool:
    """Is a part of a page asked for, and not the whole?"""
    return request.headers.get("HX-Request") == "true"


# ---- the wall ----------------------------------------------------------------------------------------------


class Narrowed:
    """What part of the wall is asked for: the tab, a value, a goal. What is not there narrows nothing."""

    def __init__(self, who: Viewer) -> None:
        tab = request.args.get("tab", "everyone")
        self.tab: Tab = tab if tab in TABS else "everyone"
        slug = request.args.get("value", "")
        self.value: ValueLine | None = queries.value_by_slug(slug) if slug else None
        self.goal: Named | None = None
        self.goal_id: int | None = None
        slug = request.args.get("goal", "")
        if slug:
            try:
                found = goal(who, slug)
            except NotVisible:
                return
            self.goal, self.goal_id = Named(found.slug, found.title), found.id

    @property
    def kept(self) -> dict[str, Any]:
        """The same in an address."""
        said = {
            "tab": self.tab if self.tab != "everyone" else "",
            "value": self.value.slug if self.value else "",
            "goal": self.goal.slug if self.goal else "",
        }
        return {name: value for name, value in said.items() if value}

    @property
    def rows(self) -> dict[str, Any]:
        """The same for a query."""
        return {"tab": self.tab, "value_id": self.value.id if self.value else None, "goal_id": self.goal_id}


@bp.get("/kudos")
def wall() -> str:
    """Thanks, the newest first; beside them the composer."""
    who = viewer()
    narrowed = Narrowed(who)
    after = request.args.get("after")
    page = walls.wall(who, **narrowed.rows, cursor=after)
    shown = {
        "page": page.items,
        "more": url_for("kudos.wall", after=page.next, **narrowed.kept) if page.next else None,
        "narrowed": narrowed,
        "first_page": not after,
        "newer": _newer_url(narrowed, page.items) if not after and narrowed.tab != "from-me" else None,
    }
    if _is_part():
        return render_template("kudos/_page.html" if after else "kudos/_list.html", **shown)
    return render_template(
        "kudos/wall.html",
        values=_choices(narrowed.value),
        goals=_goals_to_pick(who, narrowed.goal),
        **shown,
        **giving.composer(who),
    )


def _choices(chosen: ValueLine | None) -> list[ValueLine]:
    """The values of today, and a retired one that is looked at."""
    found = queries.open_values()
    return found if chosen is None or chosen.id in {one.id for one in found} else [*found, chosen]


def _goals_to_pick(who: Viewer, chosen: Named | None) -> list[Named]:
    """The open goals, and a closed one that is looked at."""
    found = walls.goals_to_pick(who)
    return found if chosen is None or chosen in found else [*found, chosen]


def _newer_url(narrowed: Narrowed, shown: list[KudosView]) -> str:
    """Where to ask what came after the newest that stands here."""
    since = shown[0].at if shown else clock.now()
    return url_for("kudos.newer", since=since.isoformat(), **narrowed.kept)


@bp.get("/kudos/newer")
def newer() -> str:
    """How many came since a page was made: a quiet line, or nothing."""
    who = viewer()
    narrowed = Narrowed(who)
    try:
        since = datetime.fromisoformat(request.args.get("since", ""))
    except ValueError:
        abort(400)
    if since.tzinfo is None:
        abort(400)
    count = walls.how_many_newer(who, since, **narrowed.rows)
    return render_template("kudos/_newer.html", count=count, url=url_for("kudos.wall", **narrowed.kept))


# ---- one kudos ---------------------------------------------------------------------------------------------


@bp.errorhandler(NotVisible)
def _not_here(_error: NotVisible) -> Response | tuple[str, int]:
    """The same for what was taken back, what is for others, and what never was."""
    if _is_part():
        return render_template("kudos/_gone.html"), 404
    words = gettext("These thanks were taken back, or they are not for you to see. The wall has those that are.")
    return error_page(404, gettext("There is nothing here"), words)


@bp.get("/k/<public_id>")
def one(public_id: str) -> str:
    """One thank-you, who sees it, who was glad, and what the viewer can do with it."""
    who = viewer()
    return _page(who, queries.kudos_for(who, public_id))


def _page(who: Viewer, found: KudosView) -> str:
    return render_template(
        "kudos/one.html",
        k=found,
        form=Form(),
        report=None if found.is_mine else url_for("kudos.report", public_id=found.public_id),
        just_posted=request.args.get("posted") == "1",
    )


def _at(public_id: str) -> str:
    return url_for("kudos.one", public_id=public_id)


def _said(form: Form) -> str:
    return " ".join(words for _id, words in form.wrong)


@bp.post("/k/<public_id>/cheer")
def cheer(public_id: str) -> Response | str:
    """Be glad with somebody (`cheer`), or take that back (`uncheer`)."""
    who = viewer()
    kind, work = request.form.get("cheer", ""), services.cheer
    if "uncheer" in request.form:
        kind, work = request.form["uncheer"], services.uncheer
    if kind not in CHEERS:
        abort(400)
    act(Form(), lambda: work(viewer=who, public_id=public_id, kind=kind))
    back = safe_next(request.form.get("next")) or _at(public_id)
    if _is_part():
        whole = "whole" in request.form
        return render_template("kudos/_cheers.html", k=queries.kudos_for(who, public_id), whole=whole, back=back)
    return redirect(f"{back}#k-{public_id}", 303)


@bp.post("/k/<public_id>/undo")
def undo(public_id: str) -> Response:
    """As if it had not been said; the composer opens with the words in it."""
    who = viewer()
    form = Form()
    done = act(form, lambda: giving.kept_url(who, services.undo(viewer=who, public_id=public_id)))
    if done is None:
        flash(_said(form), "error")
        return redirect(_at(public_id), 303)
    flash(gettext("Undone. Nobody was told. Your words are below."))
    return redirect(done.result, 303)


@bp.route("/k/<public_id>/edit", methods=["GET", "POST"])
def edit(public_id: str) -> Response | tuple[str, int]:
    """Other words, within 15 minutes, by whoever gave it."""
    who = viewer()
    found = _mine(who, public_id)
    form = EditForm(data={"version": str(found.version), **_words(found)})
    if form.sent():
        value = queries.value_by_slug(str(form.value.data)) if form.value.data else None
        done = act(
            form,
            lambda: services.edit_kudos(
                viewer=who,
                public_id=public_id,
                why=form.why.data,
                value_id=(value.id if value else 0) if form.value.data else None,
                goal_id=form.goal_id,
                topic_id=giving.topic_id(who, form),
                version=form.opened_on,
            ),
        )
        if done:
            flash(gettext("Saved."))
            return redirect(_at(public_id), 303)
        found = _mine(who, public_id)
    elif request.method == "GET" and not found.may_be_edited:
        flash(gettext("It can be changed for 15 minutes. You can still take it back."), "error")
        return redirect(_at(public_id), 303)
    values = _choices(found.value)
    form.offer([(one.slug, one.name) for one in values], goal_choices(who, found.goal_id))
    if form.form_errors:
        form.set_beside(_words(found))
        form.version.data = str(found.version)
    return render_template("kudos/edit.html", k=found, form=form), form.status


def _mine(who: Viewer, public_id: str) -> KudosView:
    found = queries.kudos_for(who, public_id)
    if not found.is_mine:
        raise NotVisible
    return found


def _words(found: KudosView) -> dict[str, Any]:
    """What the form of a kudos begins with."""
    return {
        "why": found.why,
        "value": found.value.slug if found.value else "",
        "goal": str(found.goal_id or ""),
        "topic": found.topic.name if found.topic else "",
    }


@bp.route("/k/<public_id>/take-back", methods=["GET", "POST"])
def take_back(public_id: str) -> Response | str:
    """It is asked once, on a page."""
    who = viewer()
    form = Form()
    if request.method == "POST":
        act(form, lambda: services.take_back(viewer=who, public_id=public_id))
        flash(gettext("Taken back. It is gone for everybody."))
        return redirect(url_for("kudos.wall"), 303)
    return render_template("kudos/take_back.html", k=_mine(who, public_id), form=form)


@bp.post("/k/<public_id>/place")
def place(public_id: str) -> Response:
    """Where thanks for me stand: a tick each for the wall, my profile, the screen."""
    who = viewer()
    ticked: Callable[[str], bool] = lambda name: name in request.form.getlist("on")  # noqa: E731
    act(
        Form(),
        lambda: services.place_mine(
            viewer=who,
            public_id=public_id,
            off_wall=not ticked("wall"),
            off_profile=not ticked("profile"),
            off_screen=not ticked("screen"),
        ),
    )
    flash(gettext("Saved. Nobody is told."))
    return redirect(_at(public_id), 303)
