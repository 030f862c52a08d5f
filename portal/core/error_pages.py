"""What is shown when something went wrong: plain words, what was typed, and no way to fail itself."""

from __future__ import annotations

import logging

from flask import Flask, Response, g, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from .auth import viewer_or_none
from .db import db
from .errors import NotVisible
from .forms import author_of
from .logs import trace_of

log = logging.getLogger("hallway.web")
_NO_WORDS = {"once", "next", "seen", "version", "started"}  # hidden fields that may be long
_SECRET_FIELDS = {"csrf_token", "password", "new_password", "again", "current"}


def _typed() -> list[tuple[str, str]]:
    """What a failed form had in it, so that nothing typed is lost."""
    if request.method != "POST" or not request.form:
        return []
    try:
        if any(name in _SECRET_FIELDS - {"csrf_token"} for name in request.form):
            return []
        return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    except Exception:  # the body itself may be what is broken
        return []


def error_page(status: int, title: str, text: str, *, keep: bool = False, again: bool = True) -> Response:
    """An error page. It asks no database, and if its template fails, a few plain words remain. keep: what was typed
    is on it; again: to be sent once more."""
    typed = _typed() if keep else []
    if "viewer" not in g:
        g.viewer = None  # the frame asks for it, and the database may be what is broken
    try:
        page = render_template(
            "errors/error.html", status=status, title=title, text=text, typed=typed, again=again, no_words=_NO_WORDS
        )
    except Exception:
        log.exception("error_page_failed")
        page = f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1><p>{escape(text)}</p>"
    response = Response(page, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _not_found(_error: Exception) -> Response:
    return error_page(
        404,
        gettext("There is nothing here"),
        gettext("The page was moved, or it is not for you to see. Check the address, or start from home."),
        # What somebody wrote under something that went away meanwhile. (Where there is no such address, nobody asked
        # whether they sent it.)
        keep=request.endpoint is not None and g.get("viewer") is not None,
        again=False,
    )


def _csrf(_error: CSRFError) -> Response:
    """The page was made before the last sign-in, or the browser sent no cookie."""
    who = viewer_or_none()
    mine = who is not None and author_of(request.form.get("once")) == who.person_id
    return error_page(
        400,
        gettext("This page was too old to send"),
        gettext("You have signed in again since it was opened, or your browser did not send our cookie.")
        + (" " + gettext("Your words are still here. Send them again.") if mine else ""),
        keep=mine,
    )


def _database(error: SQLAlchemyError) -> Response:
    db.session.rollback()
    code = type(getattr(error, "orig", None) or error).__name__
    log.error("database_error", extra={"error": code, "trace": trace_of(error)})
    return error_page(
        503,
        gettext("That did not go through"),
        gettext("Hallway cannot reach its database just now, or it is busy.")
        + (" " + gettext("Your text is still here. Send it again.") if request.method == "POST" else ""),
        keep=True,
    )


def _http(error: HTTPException) -> Response:
    titles = {
        400: gettext("We could not read that"),
        405: gettext("That cannot be done here"),
        413: gettext("That is too large to send"),
        429: gettext("That was too quick"),
    }
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    response = error_page(
        status,
        titles.get(status, gettext("That did not work")),
        gettext("Go back and try once more. If it stays like this, tell whoever runs Hallway here."),
        keep=status not in (405, 413),
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    original = getattr(error, "original_exception", None) or error
    log.error("unexpected", extra={"error": type(original).__name__, "trace": trace_of(original)})
    return error_page(
        500,
        gettext("Something broke on our side"),
        gettext("It was written down without your words. Whoever runs Hallway here can find it by the number")
        + f" {g.get('request_id', '')}.",
        keep=True,
    )


def init_app(app: Flask) -> None:
    """Answer for each kind of error."""
    app.register_error_handler(NotVisible, _not_found)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)
