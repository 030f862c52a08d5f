"""Home, my page, settings, menu, guide, what is kept, and every component on one page."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.accounts import services as accounts
from portal.core import brand as brands
from portal.core import clock
from portal.core.auth import public, safe_next, viewer, viewer_or_none
from portal.core.db import unit_of_work
from portal.core.forms import Form
from portal.core.i18n import LANGUAGES
from portal.core.personal import everything_held
from portal.people.models import HUES
from portal.people.queries import cards

from . import my_data, thanks
from .blueprint import bp
from .feed import ON_HOME, happening_now
from .styleguide import icon_names, sample_forms, sample_people

_YEAR = 365 * 86400
__all__ = ["bp", "my_data", "thanks"]


def _hello(hour: int, name: str) -> str:
    if hour < 11:
        return gettext("Morning, %(name)s.", name=name)
    return gettext("Hello, %(name)s.", name=name) if hour < 18 else gettext("Evening, %(name)s.", name=name)


@bp.get("/")
def home() -> str:
    """What I owe, and what happened of late."""
    who = viewer()
    me = cards(who, [who.person_id])[0]
    now = happening_now(who, lines=ON_HOME)
    hello = _hello(clock.local(who.zone).hour, me.first_name)
    return render_template("home/home.html", me=me, hello=hello, now=now)


@bp.get("/feed")
def feed() -> str:
    """More of what happened; of my teams alone with `only=teams`."""
    who = viewer()
    only, after = request.args.get("only") == "teams" and not who.is_guest, request.args.get("after")
    now = happening_now(who, only_teams=only, cursor=after)
    return render_template("home/feed.html", now=now, only=only, first_page=not after)


@bp.get("/me")
def me() -> str:
    """Everything of mine."""
    who = viewer()
    return render_template("home/me.html", me=cards(who, [who.person_id])[0], form=Form())


@bp.get("/menu")
def menu() -> str:
    """All rooms, on a page of its own."""
    return render_template("home/menu.html", form=Form())


@bp.get("/guide")
def guide() -> str:
    """How Hallway is meant."""
    return render_template("home/guide.html")


@bp.get("/about/data")
def about_data() -> str:
    """Every column about a person, with purpose, viewers and retention."""
    return render_template("home/about_data.html", held=everything_held())


@bp.get("/settings")
@public
def settings() -> str:
    """Theme, language, single keys: kept by cookie, so also for those who are not signed in yet."""
    return render_template("home/settings.html", languages=LANGUAGES)


def _keep(name: str, value: str | None) -> Response:
    """Keep a setting in a cookie (None forgets it) and go back."""
    response = redirect(safe_next(request.form.get("next")) or url_for("home.settings"), 303)
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if value is None:
        response.delete_cookie(name)
    else:
        response.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=secure, httponly=True)
    return response


@bp.post("/settings/theme")
@public
def set_theme() -> Response:
    """light, dark, or what the system says."""
    theme = request.form.get("theme", "")
    if theme not in ("light", "dark", "system"):
        abort(400)
    flash(gettext("Saved."))
    return _keep("theme", None if theme == "system" else theme)


@bp.post("/settings/language")
@public
def set_language() -> Response:
    """One of ours, or what the browser asks for. For who is signed in it is the language of their mail as well."""
    language = request.form.get("language", "")
    if language not in LANGUAGES and language != "browser":
        abort(400)
    who = viewer_or_none()
    if who is not None:
        of_browser = request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"
        locale = of_browser if language == "browser" else language
        unit_of_work(lambda: accounts.set_locale(person_id=who.person_id, locale=locale))
    return _keep("language", None if language == "browser" else language)


@bp.post("/settings/keys")
@public
def set_keys() -> Response:
    """Single keys (/) on or off."""
    keys = request.form.get("keys", "")
    if keys not in ("on", "off"):
        abort(400)
    flash(gettext("Saved."))
    return _keep("keys", "off" if keys == "off" else None)


def _for_a_year(data: bytes | str, kind: str) -> Response:
    """Its address holds its version, so that browsers may keep it."""
    response = current_app.response_class(data, mimetype=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@bp.get("/brand/<version>.css")
@public
def brand(version: str) -> Response:
    """The organization's own colour, as the few tokens that change."""
    return _for_a_year(brands.stylesheet(brands.organization().colour), "text/css")


@bp.get("/brand/<version>.webp")
@public
def logo(version: str) -> Response:
    """The organization's logo."""
    data = brands.logo()
    if data is None:
        abort(404)
    return _for_a_year(data, "image/webp")


@bp.get("/styleguide")
@public
def styleguide() -> str:
    """Every component in both themes; in demo and development only."""
    if not (current_app.config["HALLWAY_DEMO"] or current_app.debug):
        abort(404)
    files = current_app.extensions["hallway.static"]
    sample = sample_people(files.url("favicon.svg"), files.url("favicon.svg"))
    icons = icon_names(files.read("icons.svg") or b"")
    return render_template("styleguide/index.html", sample=sample, hues=HUES, icons=icons, **sample_forms())
