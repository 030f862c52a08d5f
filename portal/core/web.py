"""What every answer carries: headers, compression, a line in the log; static files; is it up?"""

from __future__ import annotations

import logging
import mimetypes
import secrets
import time
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from flask_compress import Compress
from sqlalchemy.exc import SQLAlchemyError

from . import error_pages
from .auth import public
from .static_files import StaticFiles

log = logging.getLogger("hallway.web")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

pages = Blueprint("web", __name__)


# ---- static files ------------------------------------------------------------------------------------------


@pages.get("/static/<version>/<path:path>")
@public
def static(version: str, path: str) -> Response:
    """A static file. An old version's address answers with today's file, but not for a year."""
    files: StaticFiles = current_app.extensions["hallway.static"]
    data = files.read(path)
    if data is None:
        abort(404)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if path.endswith(".js"):
        kind = "text/javascript"
    response = Response(data, mimetype=kind)
    is_text = kind.startswith("text/") or kind in ("image/svg+xml", "application/json")
    if is_text and request.accept_encodings["gzip"] > 0:
        response.set_data(files.packed(path, data))
        response.headers["Content-Encoding"] = "gzip"
    if is_text:
        response.vary.add("Accept-Encoding")
    fresh = version == files.version
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return response


@pages.get("/favicon.ico")
@public
def favicon() -> Response:
    """Browsers ask for it by themselves."""
    files: StaticFiles = current_app.extensions["hallway.static"]
    return Response(files.read("favicon.svg") or b"", mimetype="image/svg+xml")


# ---- is it up? ---------------------------------------------------------------------------------------------


@pages.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@pages.get("/readyz")
@public
def readyz() -> Response:
    """The database answers and is as new as this code."""
    from .schema import schema_state  # Alembic takes a tenth of a second to import

    try:
        state = schema_state()
    except SQLAlchemyError:
        state = "no database"
    return Response(f"{state}\n", status=200 if state == "ok" else 503, mimetype="text/plain")


# ---- around each request -----------------------------------------------------------------------------------


def _start() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()
    if "\x00" in request.path:
        abort(404)  # no database keeps it, so nothing has such an address


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = CSP
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["X-Request-Id"] = g.get("request_id", "")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache"
    if response.mimetype == "text/html":
        response.vary.update(["Cookie", "Accept-Language", "HX-Request"])
    if request.endpoint != "web.static":
        took = round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1)
        log.info(
            "request",
            extra={
                "method": request.method,
                "endpoint": request.endpoint or "-",
                "status": response.status_code,
                "ms": took,
            },
        )
    return response


def init_app(app: Flask, static_folder: Path) -> None:
    """Hook all of this up."""
    files = app.extensions["hallway.static"] = StaticFiles(static_folder)
    app.jinja_env.globals["static"] = files.url
    app.config.update(
        COMPRESS_ALGORITHM=["zstd", "br", "gzip"],
        COMPRESS_MIMETYPES=["text/html", "application/json"],
        COMPRESS_MIN_SIZE=600,
        COMPRESS_BR_LEVEL=4,
    )
    app.before_request(_start)
    app.after_request(_finish)
    Compress(app)
    app.register_blueprint(pages)
    error_pages.init_app(app)
    logging.captureWarnings(True)
