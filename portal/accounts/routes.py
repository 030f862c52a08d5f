"""Sign in, sign out, my sessions, my password; and words that arrive after a session has ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext, ngettext
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as _current_user
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, public, safe_next, viewer, viewer_or_none
from portal.core.db import MAX_ID, unit_of_work
from portal.core.errors import RuleBroken
from portal.core.forms import act, author_of
from portal.core.i18n import chosen_locale

from . import passwords, queries, services
from .devices import device_name
from .forms import EndForm, PasswordForm, SignInForm
from .last_use import LastUse, last_use
from .queries import OpenSession

bp = Blueprint("accounts", __name__)
_login = LoginManager()
current_user: Any = _current_user  # flask-login has no types
_KEPT = "kept"  # the cookie that carries the key to kept words over the sign-in
_DEVICE = "device"  # the cookie of a browser that has signed in before
_YEAR = 365 * 86400


class SignedInUser(UserMixin):
    """What flask-login knows: the session's key is the id, so that sessions can be listed and ended."""

    def __init__(self, key: str, session: OpenSession) -> None:
        self.id = key
        self.session = session


@_login.user_loader  # type: ignore[untyped-decorator]
def _load(key: str) -> SignedInUser | None:
    found = queries.open_session(key) if len(key) < 100 else None
    return SignedInUser(key, found) if found else None


def load_viewer() -> Viewer | None:
    """The viewer of this request, in two queries."""
    if not current_user.is_authenticated:
        return None
    found: OpenSession = current_user.session
    if last_use().note(found.id, found.last_used_at):
        session.modified = True  # the cookie's 30 days begin anew with use
    return queries.viewer_of(found, chosen_locale())


# ---- sign in -----------------------------------------------------------------------------------------------


def _known_device(email_key: str) -> str | None:
    """The device cookie, if this browser has signed in to this account before."""
    value = request.cookies.get(_DEVICE, "")
    device, _dot, mark = value.partition(".")
    return device if hmac.compare_digest(mark, _device_mark(device, email_key)) else None


def _device_mark(device: str, email_key: str) -> str:
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, f"device\x1f{device}\x1f{email_key}".encode(), hashlib.sha256).hexdigest()[:40]


def _checked(form: SignInForm) -> tuple[int, services.Try] | None:
    """The person whose password it is; None when the form says why not. The same words and the same time
    whether or not the address has an account."""
    email_key = queries.email_key(form.email.data)
    device, address = _known_device(email_key), request.remote_addr or ""
    tries = unit_of_work(lambda: services.count_try(email_key=email_key, address=address, device=device))
    if tries.wait:
        form.status = 429
        form.form_errors.append(
            ngettext(
                "That was several wrong passwords. Wait %(num)d second, then try again.",
                "That was several wrong passwords. Wait %(num)d seconds, then try again.",
                tries.wait,
            )
        )
        return None
    found = queries.credentials(email_key)
    if not passwords.fits(form.password.data or "", found.password_hash if found else None) or found is None:
        form.status = 422
        form.form_errors.append(gettext("Address and password do not go together. Check both and try again."))
        return None
    return found.person_id, tries


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response | tuple[str, int]:
    """The door."""
    if viewer_or_none() and request.method == "GET":
        return redirect(safe_next(request.args.get("next")) or url_for("home.home"), 303)
    form = SignInForm()
    checked = _checked(form) if form.sent() else None
    if checked is None:
        form.password.data = None
        page = render_template(
            "accounts/sign_in.html",
            form=form,
            demo=current_app.config["HALLWAY_DEMO"],
            kept=_KEPT in request.cookies,
        )
        return page, form.status
    person_id, tries = checked
    return let_in(person_id, queries.email_key(form.email.data), tries, _way_on(person_id))


def let_in(person_id: int, email_key: str, tries: services.Try, to: str) -> Response:
    """Begin a session in this browser for somebody who has shown who they are, and go on."""
    key = unit_of_work(
        lambda: services.open_sign_in(person_id=person_id, device=device_name(request.user_agent.string), tries=tries)
    )
    session.clear()  # whoever had this cookie before has nothing of the session that begins
    session.permanent = True
    opened = queries.open_session(key)
    if opened is None:
        abort(503)
    login_user(SignedInUser(key, opened))
    response = redirect(to, 303)
    device = secrets.token_urlsafe(12)
    response.set_cookie(
        _DEVICE,
        f"{device}.{_device_mark(device, email_key)}",
        max_age=_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path=url_for("accounts.sign_in"),
    )
    response.delete_cookie(_KEPT)
    return response


def _way_on(person_id: int) -> str:
    """Where to after sign-in: the page whose words were kept, the page that was asked for, else home."""
    key = request.cookies.get(_KEPT, "")
    path = queries.kept_path(person_id, key) if key else None
    if path and safe_next(path):
        return f"{path}?kept={key}"
    return safe_next(request.args.get("next")) or url_for("home.home")


@bp.post("/sign-out")
def sign_out() -> Response:
    """End this session; `next` is where to go without it."""
    who, session_id = viewer(), current_user.session.id
    unit_of_work(lambda: services.end_sessions(person_id=who.person_id, session_id=session_id))
    logout_user()
    session.clear()
    response = redirect(safe_next(request.form.get("next")) or url_for("accounts.sign_in"), 303)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


# ---- my sessions and my password ---------------------------------------------------------------------------


@bp.get("/me/sessions")
def sessions() -> str:
    """Where I am signed in."""
    uses = last_use()
    lines = [(s, uses.of(s.id, s.last_used_at)) for s in queries.my_sessions(viewer())]
    return render_template("accounts/sessions.html", sessions=lines, this=current_user.session.id, form=EndForm())


@bp.app_template_filter()
def device_words(device: str) -> str:
    """ "Firefox on Linux" (see `devices`) in the reader's language."""
    browser, on, system = device.partition(" on ")
    return gettext("%(browser)s on %(system)s", browser=browser, system=system) if on else device


@bp.post("/me/sessions/end")
def end_sessions() -> Response:
    """End one of my sessions (field `session`), or all but this one."""
    who, this = viewer(), current_user.session.id
    text = request.form.get("session", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        abort(404)
    one = int(text) if text else None
    ended = act(
        EndForm(),
        lambda: services.end_sessions(person_id=who.person_id, session_id=one, but=None if one else this),
    )
    if one == this:
        logout_user()
        session.clear()
        return redirect(url_for("accounts.sign_in"), 303)
    count = ended.result if ended else 0
    flash(ngettext("%(num)d session ended.", "%(num)d sessions ended.", count))
    return redirect(url_for("accounts.sessions"), 303)


@bp.route("/me/password", methods=["GET", "POST"])
def password() -> Response | tuple[str, int]:
    """Change my password."""
    who, this = viewer(), current_user.session.id
    form = PasswordForm()
    if form.sent() and _new_password(form, who, this):
        flash(gettext("Your password is changed. Everywhere else you are signed out."))
        return redirect(url_for("accounts.sessions"), 303)
    form.current.data = form.new_password.data = None
    return render_template("accounts/password.html", form=form), form.status


def _new_password(form: PasswordForm, who: Viewer, this: int) -> bool:
    tries = unit_of_work(lambda: services.count_try(email_key=f"id {who.person_id}", address="", device="signed in"))
    wait = tries.wait
    if wait:
        form.status = 429
        form.form_errors.append(
            ngettext("Wait %(num)d second, then try again.", "Wait %(num)d seconds, then try again.", wait)
        )
        return False
    if not passwords.fits(form.current.data or "", queries.password_hash_of(who.person_id)):
        form.status = 422
        form.current.errors = [gettext("This is not the password you have now")]
        return False

    try:
        email = queries.email_of(who.person_id)
        services.check_password(form.new_password.data or "", field="new_password", email=email)
    except RuleBroken as broken:
        form.lands(broken)
        return False
    hashed = passwords.hashed(form.new_password.data or "")

    def change() -> None:
        services.change_password(viewer=who, password_hash=hashed, session_id=this, tries=tries)

    return act(form, change) is not None


# ---- words that arrive late --------------------------------------------------------------------------------


def keep_words(response: Response) -> None:
    """A form arrived and nobody is signed in: keep its words for its writer, and hand the key to this browser."""
    writer = author_of(request.form.get("once"))
    if writer is None:
        return
    fields: Mapping[str, Sequence[str]] = {
        name: values
        for name, values in request.form.lists()
        if name not in ("csrf_token", "once") and "password" not in name and name != "current"
    }
    path = request.path
    key = unit_of_work(lambda: services.keep_words(person_id=writer, path=path, fields=fields))
    if key:
        response.set_cookie(
            _KEPT,
            key,
            max_age=3600,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )


def find_kept_words() -> Mapping[str, Sequence[str]] | None:
    """The words kept for this viewer and page."""
    found: Mapping[str, Sequence[str]] | None
    found = queries.kept_words(viewer(), request.args.get("kept", "")[:100], request.path)
    return found


def init_app(app: Flask) -> None:
    """Tell core who the viewer is, and where late words are kept."""
    # Templates know the viewer; asking for flask-login's user there would ask the database on error pages too.
    _login.init_app(app, add_context_processor=False)
    _login.session_protection = None  # type: ignore[assignment]  # the key in the table is what counts
    app.extensions["hallway.load_viewer"] = load_viewer
    app.extensions["hallway.keep_words"] = keep_words
    app.extensions["hallway.kept_words"] = find_kept_words
    app.extensions["hallway.last_use"] = LastUse()
