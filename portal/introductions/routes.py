"""Pages: introductions around me, bringing two together, asking my manager, naming colleagues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, safe_next, viewer
from portal.core.forms import Form, act
from portal.kudos import naming
from portal.kudos.models import ROLES
from portal.people.queries import Card

from . import managers, queries, services
from .forms import AskManagerForm, IntroduceForm, NamePeopleForm
from .models import MOST_NAMED

bp = Blueprint("introductions", __name__)


@bp.get("/introductions")
def index() -> str:
    """What waits for my yes or no, what I said yes to, whom I brought together, and what I asked my manager."""
    who = viewer()
    after = request.args.get("after")
    page = queries.brought(who, cursor=after)
    first = not after
    return render_template(
        "introductions/index.html",
        sides=queries.my_sides(who) if first else [],
        asks=queries.asks_of_me(who) if first else [],
        mine=queries.my_ask(who) if first and not who.is_guest else None,
        brought=page.items,
        more=url_for("introductions.index", after=page.next) if page.next else None,
        first_page=first,
    )


# ---- bringing two together ---------------------------------------------------------------------------------


@bp.route("/introductions/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int]:
    """Two colleagues, and a line for each. The query fills a field in: one (a handle)."""
    who = viewer()
    form = IntroduceForm(data={"one": request.args.get("one", "")})
    meant, problems, found = _meant(who, form, ("one", "other"))
    if _is_clear(form, problems) and act(
        form,
        lambda: services.propose(
            viewer=who,
            one_id=found["one"].id,
            other_id=found["other"].id,
            line_one=form.line_one.data,
            line_other=form.line_other.data,
        ),
    ):
        # The same words whoever was asked, and whatever stands between the two.
        flash(gettext("Done. If both say yes, they hear of each other and you see it here."))
        return redirect(url_for("introductions.index"), 303)
    return render_template("introductions/new.html", form=form, meant=meant, people=_tokens(found)), form.status


def _meant(who: Viewer, form: Form, names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, str], dict[str, Card]]:
    """Whom these fields mean: what there is to choose among, what is to be mended, and who is clear, by field."""
    roles = dict(zip(names, ROLES, strict=False))
    read = naming.read(who, {role: str(form[name].data or "") for name, role in roles.items()}, request.form)
    meant, problems, found = {}, {}, {}
    for name, role in roles.items():
        people = read.people[role]
        meant[name] = {"unclear": read.unclear[role], "unread": read.unread[role]}
        if read.problems[role]:
            problems[name] = read.problems[role][0]
        elif read.unclear[role]:
            problems[name] = gettext("Say whom you mean: there is more than one")
        elif len(people) > 1 or (role == ROLES[0] and read.team is not None):
            problems[name] = gettext("One colleague at a time")
        elif not people and form[name].data:
            problems[name] = gettext("Name one colleague here, and nobody twice")
        elif people:
            found[name] = people[0]
    return meant, problems, found


def _is_clear(form: Form, problems: Mapping[str, str]) -> bool:
    """Was it sent, is its shape right, and is it clear who is meant?"""
    right = form.sent()
    if problems and form.is_submitted():  # type: ignore[no-untyped-call]
        for name, words in problems.items():
            form[name].errors = [words]
        form.status = 422
    return right and not problems


def _tokens(found: Mapping[str, Card]) -> dict[str, list[dict[str, str]]]:
    return {name: [{"value": f"@{c.handle}", "name": c.name, "hue": c.hue}] for name, c in found.items()}


def _simply(do: Callable[[Viewer], Any], words: Callable[[Any], str]) -> Response:
    """Do it, say so, and go back."""
    form = Form()
    done = act(form, lambda: do(viewer()))
    if done:
        flash(words(done.result))
    else:
        flash(" ".join(text for _field, text in form.wrong), "error")
    return redirect(safe_next(request.form.get("next")) or url_for("introductions.index"), 303)


@bp.post("/introductions/<public_id>/yes")
def yes(public_id: str) -> Response:
    """Yes, bring us together."""
    return _simply(
        lambda who: services.answer(viewer=who, public_id=public_id, yes=True),
        lambda made: gettext("You both said yes. Say hello when it suits you.") if made else gettext(
            "You said yes. If the other does too, you both hear of it."
        ),
    )  # fmt: skip


@bp.post("/introductions/<public_id>/no")
def no(public_id: str) -> Response:
    """Not this time. Nobody is told."""
    return _simply(
        lambda who: services.answer(viewer=who, public_id=public_id, yes=False),
        lambda _done: gettext("Fine. Nobody is told."),
    )


@bp.post("/introductions/<public_id>/known")
def known(public_id: str) -> Response:
    """We know each other already. Nobody is told."""
    return _simply(
        lambda who: services.say_known(viewer=who, public_id=public_id),
        lambda _done: gettext("Good. Nobody is told."),
    )


@bp.post("/introductions/<public_id>/take-back")
def take_back(public_id: str) -> Response:
    """I did not bring them together after all."""
    return _simply(
        lambda who: services.take_back(viewer=who, public_id=public_id), lambda _done: gettext("Taken back.")
    )


# ---- asking a manager --------------------------------------------------------------------------------------


@bp.route("/introductions/manager", methods=["GET", "POST"])
def ask_manager() -> Response | tuple[str, int]:
    """Ask my manager whom to meet; or why that is not possible."""
    who = viewer()
    if who.is_guest:
        abort(404)
    form = AskManagerForm()
    if form.sent() and act(form, lambda: managers.ask(viewer=who, line=form.line.data or "")):
        flash(gettext("Asked."))
        return redirect(url_for("introductions.index"), 303)
    mine, last = queries.my_manager(who), queries.my_ask(who)
    return render_template("introductions/manager.html", form=form, manager=mine, last=last), form.status


@bp.post("/introductions/manager/<public_id>/take-back")
def take_back_ask(public_id: str) -> Response:
    """I need no names after all."""
    return _simply(
        lambda who: managers.take_back(viewer=who, public_id=public_id), lambda _done: gettext("Taken back.")
    )


@bp.route("/introductions/asked/<public_id>", methods=["GET", "POST"])
def name_people(public_id: str) -> Response | tuple[str, int]:
    """As a manager: one to three colleagues, each with a reason."""
    who = viewer()
    ask = queries.ask_of_me(who, public_id)
    form = NamePeopleForm()
    fields = tuple(f"name_{number}" for number in range(1, MOST_NAMED + 1))
    meant, problems, found = _meant(who, form, fields)
    named = []
    for number, field in enumerate(fields, start=1):
        why = str(form[f"reason_{number}"].data or "")
        if field in found:
            named.append((number, found[field].id, why))
        elif why and not form[field].data:
            problems[field] = gettext("Say whom you mean: a colleague")
    if _is_clear(form, problems) and act(
        form, lambda: managers.name_people(viewer=who, public_id=public_id, named=named)
    ):
        flash(gettext("Thank you. %(name)s reads it, and each colleague is asked.", name=ask.asker.first_name))
        return redirect(url_for("introductions.index"), 303)
    people = _tokens(found)
    return render_template("introductions/name.html", form=form, ask=ask, meant=meant, people=people), form.status


@bp.post("/introductions/asked/<public_id>/pass")
def pass_on(public_id: str) -> Response:
    """Nobody comes to mind. The asker sees a silence."""
    return _simply(
        lambda who: managers.pass_on(viewer=who, public_id=public_id),
        lambda _done: gettext("Fine. Nobody is told."),
    )
