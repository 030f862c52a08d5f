"""Who looks, and the rule that every page is closed unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

F = TypeVar("F", bound=Callable[..., Any])

EVERYONE = 1  # the audience of all employees; guests are in nobody's "everyone"
NAMED = 0  # the audience that nobody is in: what carries it is seen by who is named in it alone


@dataclass(frozen=True)
class Viewer:
    """The person who looks, built once per request (or made for a command)."""

    person_id: int
    roles: frozenset[str]
    audience_ids: frozenset[int]
    zone: str = "UTC"
    locale: str = "en"

    @property
    def is_guest(self) -> bool:
        """A guest sees only people of shared teams."""
        return "guest" in self.roles

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_moderator(self) -> bool:
        """They settle what is reported about words; admins do as well."""
        return not self.roles.isdisjoint(("moderator", "admin"))


def public(view: F) -> F:
    """Open to people who are not signed in (the short list is checked by a test)."""
    view.__dict__["hallway_public"] = True
    return view


def for_role(*roles: str) -> Callable[[F], F]:
    """Only for people with one of these roles; for all others it is not there."""

    def mark(view: F) -> F:
        view.__dict__["hallway_roles"] = frozenset(roles)
        return view

    return mark


def viewer() -> Viewer:
    """The signed-in viewer of this request."""
    found = viewer_or_none()
    if found is None:
        raise RuntimeError("no viewer: the page is public or the guard was not asked")
    return found


def viewer_or_none() -> Viewer | None:
    """The viewer, or None when nobody is signed in."""
    if "viewer" not in g:
        load = current_app.extensions.get("hallway.load_viewer")
        g.viewer = load() if load else None
    found: Viewer | None = g.viewer
    return found


def safe_next(target: str | None) -> str | None:
    """A path on this site to go on to; None for anything that leads elsewhere."""
    if not target or len(target) > 2000 or not target.startswith("/"):
        return None
    if target.startswith(("//", "/\\")) or any(ord(c) < 32 or c == "\\" for c in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def guard() -> Response | None:
    """Before each request: closed unless `@public`, hidden unless the role fits."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or getattr(view, "hallway_public", False):
        return None
    who = viewer_or_none()
    if who is None:
        return sign_in_first()
    roles = getattr(view, "hallway_roles", None)
    if roles is not None and roles.isdisjoint(who.roles):
        abort(404)
    return None


def sign_in_first() -> Response:
    """Off to the sign-in page, with the way back; what was being sent is kept for its writer."""
    door = url_for("accounts.sign_in", next=safe_next(_way_back()))
    response: Response = redirect(door, 303)
    if request.headers.get("HX-Request") == "true":
        # A part of a page was asked for: the whole page has to go to the door, not the door into the part.
        response = FlaskResponse("", headers={"HX-Redirect": door})
    keep = current_app.extensions.get("hallway.keep_words")
    if request.method == "POST" and keep:
        keep(response)
    return response


def _way_back() -> str | None:
    """The page to come back to: a form's own page, or the one that the button stood on."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    if adapter and adapter.test(request.path, "GET"):
        return request.path
    try:
        return urlsplit(request.referrer or "").path or None
    except ValueError:  # "http://["
        return None


def init_app(app: Flask) -> None:
    """Put the guard before every request."""
    app.before_request(guard)
