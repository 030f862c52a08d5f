"""The factory: a table of contents, and the only module that names every domain."""

from __future__ import annotations

import importlib
import sys
from datetime import timedelta
from functools import cache
from types import ModuleType

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from .config import HOUSE, Config, from_environ
from .core import (
    audit,
    auth,
    checks,
    db,
    duties,
    events,
    findable,
    forms,
    happening,
    i18n,
    mail,
    outbox,
    panels,
    personal,
    personal_data,
    settings,
    web,
    worker,
)
from .core.db import connect_args, prepare_engine
from .core.storage import LocalStorage
from .shell import init_app as init_shell

# From low to high; each may look down, none up (the order stands in architecture and in import-linter).
DOMAINS = (
    "audiences", "people", "moderation", "goals", "teams", "accounts", "invitations", "search", "topics",
    "infomercials", "reel", "ties", "kudos", "help", "introductions", "meet", "notifications", "home", "finding",
    "admin",
)  # fmt: skip
BESIDE = ("keeping",)  # no domain, with some of a domain's rooms
CORE_TABLES = (audit.AuditEntry, forms.FormOnce, outbox.OwedMail, settings.Setting, worker.Turn)
ROOMS = (
    "models", "events", "services", "queries", "forms", "subscribers", "panels", "personal_data", "mails", "duties",
    "checks", "findable", "happening", "routes",
)  # fmt: skip


def create_app(config: Config | None = None) -> Flask:
    """Hallway as a WSGI application."""
    config = config or from_environ()
    app = Flask(
        "portal", root_path=str(HOUSE / "portal"), template_folder=str(HOUSE / "templates"), static_folder=None
    )
    _configure(app, config)
    db.db.init_app(app)
    with app.app_context():
        prepare_engine(db.db.engine)
    web.init_app(app, HOUSE / "static")
    auth.init_app(app)
    forms.init_app(app)
    i18n.init_app(app)
    init_shell(app)
    for name in (*DOMAINS, *BESIDE):
        _move_in(app, f"portal.{name}")
    app.extensions["hallway.another"] = create_app  # the same on another database: what a backup is tested in
    worker.register(app, duties.DUTIES)
    personal.register(app, personal_data.HELD, personal_data.KEPT)  # last: it is the least of what is kept
    return app


def _configure(app: Flask, config: Config) -> None:
    secure = config.base_url.startswith("https://")
    app.config.update(
        HALLWAY=config,
        HALLWAY_DEMO=False,  # `hallway run` asks the database
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "connect_args": connect_args(config.database_url),
            "pool_pre_ping": config.database_url.startswith("postgresql"),
            "hide_parameters": True,  # what people wrote stays out of error messages
        },
        SESSION_COOKIE_NAME="hallway",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=24 * 1024 * 1024,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.extensions["hallway.storage"] = LocalStorage(config.instance_path / "files")
    if config.trusted_proxies:
        hops = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def _move_in(app: Flask, package: str) -> None:
    """Hook up whatever rooms a domain has."""
    room = {name: _room(f"{package}.{name}") for name in ROOMS}
    if room["subscribers"]:
        events.subscribe(app, room["subscribers"].SUBSCRIPTIONS)
    if room["panels"]:
        panels.register(app, room["panels"].PANELS)
    if room["personal_data"]:
        personal.register(app, room["personal_data"].HELD, getattr(room["personal_data"], "KEPT", ()))
    if room["mails"]:
        mail.register(app, room["mails"].MAILS)
    if room["duties"]:
        worker.register(app, room["duties"].DUTIES)
    if room["checks"]:
        checks.register(app, room["checks"].CHECKS)
    if room["findable"]:
        findable.register(app, room["findable"].SOURCES)
    if room["happening"]:
        happening.register(app, room["happening"].SOURCES)
    if room["routes"]:
        app.register_blueprint(room["routes"].bp)
        if hasattr(room["routes"], "init_app"):
            room["routes"].init_app(app)


@cache
def _room(name: str) -> ModuleType | None:
    if importlib.util.find_spec(name) is None:
        return None
    importlib.import_module(name)
    return sys.modules[name]
