"""The page that an invitation opens, and what whoever invited does about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.accounts import passwords
from portal.accounts import services as accounts
from portal.accounts.routes import let_in
from portal.core.auth import Viewer, public, safe_next, viewer, viewer_or_none
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import Form, act
from portal.people.names import fold
from portal.teams.queries import silhouettes, slug_of

from . import queries, services
from .forms import WelcomeForm
from .queries import Welcome

bp = Blueprint("invitations", __name__)
_NOBODY_TRIED = accounts.Try("", "", 0)  # whoever holds a link has not tried any password


# ---- the link --------------------------------------------------------------------------------------------------


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@public
def welcome(token: str) -> Response:
    """First who is in the team, then the question. Only a POST changes anything, so that opening it is harmless."""
    who = viewer_or_none()
    try:
        found = queries.welcome(token)
    except NotVisible:
        return _answer("invitations/unknown.html", 404)
    if not found.is_good:
        return _no_good(found)
    if who is None:
        return _for_somebody(found, token) if found.state == "open" else _page(found, "sign_in", _or_409())
    return _for_me(found, token, who) if found.is_for(who) else _page(found, "other", _or_409())


def _for_somebody(found: Welcome, token: str) -> Response:
    """Nobody is signed in: a password, and a name where the staff list knows none."""
    form = WelcomeForm(data={"name": found.suggested})
    if found.invitee is not None:
        del form.name
    if _sent(form, found):
        name = form.name.data if found.invitee is None else ""
        hashed = passwords.hashed(form.password.data or "")
        done = act(form, lambda: services.accept(token=token, name=name, password_hash=hashed))
        if done:
            email_key = found.invitee.email_key if found.invitee else fold(found.email)
            return _unkept(let_in(done.result, email_key or "", _NOBODY_TRIED, url_for("infomercials.begin")))
        found = queries.welcome(token)
        if found.state != "open":  # somebody was quicker
            return _no_good(found) if not found.is_good else _page(found, "sign_in", 409)
    form.password.data = None
    return _page(found, "form", form.status, form)


def _sent(form: WelcomeForm, found: Welcome) -> bool:
    """Was it sent, and may the password be kept? What is wrong with either is said at once."""
    good = form.sent()
    if form.password.data and not form.password.errors:
        try:
            accounts.check_password(form.password.data, email=found.email)
        except RuleBroken as broken:
            form.lands(broken)
            return False
    return good


def _for_me(found: Welcome, token: str, who: Viewer) -> Response:
    """I am signed in, and it is my invitation."""
    form = Form()
    if form.sent():
        done = act(form, lambda: services.join(viewer=who, token=token))
        if done is None:
            return _no_good(queries.welcome(token))
        flash(gettext("You are in."))
        to = url_for("teams.team", slug=slug_of(done.result)) if done.result else url_for("home.home")
        return _unkept(redirect(to, 303))
    return _page(found, "join", form.status, form)


def _or_409() -> int:
    """What a page answers that has nothing to send."""
    return 409 if request.method == "POST" else 200


def _page(found: Welcome, what: str, status: int, form: Form | None = None) -> Response:
    """The line-up, and below it: "form", "sign_in", "join" or "other" (somebody else is signed in)."""
    line_up = silhouettes(found.team_id) if found.team_id else []
    more: dict[str, Any] = {"form": form} if form is not None else {}
    return _answer("invitations/welcome.html", status, found=found, what=what, line_up=line_up, **more)


def _no_good(found: Welcome) -> Response:
    return _answer("invitations/no_good.html", 410, found=found)


def _answer(template: str, status: int, **shown: Any) -> Response:
    return _unkept(make_response(render_template(template, **shown), status))


def _unkept(response: Response) -> Response:
    """Its address is a secret: no cache keeps it."""
    response.headers["Cache-Control"] = "no-store"
    return response


# ---- for whoever invited -----------------------------------------------------------------------------------------


def _button(work: Callable[[], object], said: str) -> Response:
    form = Form()
    if act(form, work):
        flash(said)
    else:
        flash(" ".join(words for _id, words in form.wrong), "error")
    return redirect(safe_next(request.form.get("next")) or url_for("home.home"), 303)


@bp.post("/invitations/<int:invitation_id>/again")
def again(invitation_id: int) -> Response:
    """A new link."""
    who = viewer()
    return _button(
        lambda: services.send_again(viewer=who, invitation_id=invitation_id),
        gettext("Here is a new link. The one before does not work any more."),
    )


@bp.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    """Take an invitation back."""
    who = viewer()
    return _button(
        lambda: services.withdraw(viewer=who, invitation_id=invitation_id),
        gettext("The invitation is taken back. Its link does not work any more."),
    )
