"""Sign in, sign out, my sessions, my password; and words that arrive after a session has ended."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext, ngettext
from flask_login import LoginManager, UserMixin, login_user, logout_user
from flask_login import current_user as _current_user
from werkzeug.wrappers import Response

from portal.core import mail
from portal.core.auth import Viewer, public, safe_next, viewer, viewer_or_none
from portal.core.db import MAX_ID, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import act, author_of
from portal.core.i18n import chosen_locale

from . import codes, passwords, queries, services
from .devices import device_name
from .forms import EndForm, ForgottenForm, NewPasswordForm, PasswordForm, SignInForm
from .last_use import LastUse, last_use
from .queries import OpenSession

bp = Blueprint("accounts", __name__)
_login = LoginManager()
current_user: Any = _current_user  # flask-login has no types
_KEPT = "kept"  # the cookie that carries the key to kept words over the sign-in
_DEVICE = "device"  # the cookie of a browser that has signed in before
_YEAR = 365 * 86400
_NO_TRY = services.Try("", "", 0)  # whoever holds a link has not tried any password


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


def _checked(form: SignInForm) -> tuple[int, services.Try] | str | None:
    """The person whose password it is; where a printed code leads; None when the form says why not. The same words
    and the same time whether or not the address has an account."""
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
    typed = form.password.data or ""
    found = queries.credentials(email_key)
    if not passwords.fits(typed, found.password_hash if found else None) or found is None:
        token = codes.token_of_typed(email_key, typed)
        if token:
            return url_for("accounts.reset_password", token=token)
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
    if isinstance(checked, str):
        return redirect(checked, 303)
    person_id, tries = checked
    return let_in(person_id, queries.email_key(form.email.data), tries, _way_on(person_id))


def let_in(person_id: int, email_key: str, tries: services.Try, to: str) -> Response:
    """Begin a session in this browser for somebody who has shown who they are, and go on."""
    device, locale = device_name(request.user_agent.string), chosen_locale()
    key = unit_of_work(lambda: services.open_sign_in(person_id=person_id, device=device, tries=tries, locale=locale))
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


# ---- a forgotten password ------------------------------------------------------------------------------------


@bp.route("/reset", methods=["GET", "POST"])
@public
def reset() -> Response | tuple[str, int]:
    """Ask for a link. The same answer in the same time, whether or not the address has an account."""
    form = ForgottenForm()
    if mail.is_set_up() and form.sent() and _asked(form):
        return redirect(url_for("accounts.reset", asked=1), 303)
    page = render_template(
        "accounts/reset.html", form=form, can_mail=mail.is_set_up(), asked=request.args.get("asked") == "1"
    )
    return page, form.status


def _asked(form: ForgottenForm) -> bool:
    """Owe the mail, unless somebody asks too often from one address (of the network)."""
    email_key = queries.email_key(form.email.data)
    address = request.remote_addr or ""

    def work() -> int:
        wait = services.count_try(email_key=f"reset {email_key}", address=address, device=None).wait
        found = queries.credentials(email_key)
        if not wait:
            services.owe_reset_link(person_id=found.person_id if found else None)
        return wait

    wait = unit_of_work(work)
    if wait:
        form.status = 429
        form.form_errors.append(
            ngettext("Wait %(num)d second, then ask again.", "Wait %(num)d seconds, then ask again.", wait)
        )
    return not wait


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset_password(token: str) -> Response:
    """What a mailed link or a printed code opens. Only the POST uses it up."""
    try:
        found = queries.reset_link(token)
    except NotVisible:
        return _secret("accounts/reset_unknown.html", 404)
    form = NewPasswordForm()
    if found.state != "open":
        return _secret("accounts/reset_no_good.html", 410, found=found)
    if form.sent() and _fits_the_rules(form, found):
        hashed = passwords.hashed(form.password.data or "")
        done = act(form, lambda: services.use_reset_link(token=token, password_hash=hashed))
        if done:
            response = let_in(done.result, queries.email_key(found.signs_in_with), _NO_TRY, url_for("home.home"))
            if found.is_first:
                flash(gettext("You are in. From now on you sign in with this password."))
            else:
                flash(gettext("Your password is changed. Everywhere else you are signed out."))
            response.headers["Cache-Control"] = "no-store"
            return response
        return _secret("accounts/reset_no_good.html", 410, found=queries.reset_link(token))  # somebody was quicker
    form.password.data = None
    return _secret("accounts/reset_password.html", form.status, found=found, form=form)


def _fits_the_rules(form: NewPasswordForm, found: queries.ResetLink) -> bool:
    password = form.password.data or ""
    try:
        services.check_password(password, email=found.signs_in_with)
        if found.is_code and codes.is_printed(password, found.id):
            raise RuleBroken("password", gettext("The code stands on paper: choose something that only you know"))
    except RuleBroken as broken:
        form.lands(broken)
        return False
    return True


def _secret(template: str, status: int, **shown: Any) -> Response:
    """Its address lets somebody in: no cache keeps it."""
    response = make_response(render_template(template, **shown), status)
    response.headers["Cache-Control"] = "no-store"
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
