"""The admin's rooms, on one page; each room is a module beside this one."""

from __future__ import annotations

from flask import render_template

from portal.core.auth import for_role
from portal.core.i18n import lazy as _

from . import (
    codes,
    contacts,
    erasures,
    evidence,
    imports,
    invite,
    log,
    moderation,
    outbox,
    people,
    reports,
    start,
    topics,
    values,
)
from .blueprint import bp

# (endpoint, name, icon, what it is for), in the order of the page. A room adds its line with its module.
ROOMS: tuple[tuple[str, object, str, object], ...] = (
    (
        "admin.start",
        _("First hour"),
        "circle-check",
        _("Mail, name and logo, people, a first team, a backup that comes back"),
    ),
    ("admin.values", _("What we stand for"), "heart", _("The values that thanks can point to")),
    ("admin.topics", _("Topics"), "hash", _("One name for one thing: rename, make one, retire")),
    ("admin.imports", _("Import people"), "upload", _("From a staff list, checked line by line first")),
    ("admin.invite", _("Invite people"), "send", _("All, or a department at a time")),
    ("admin.codes", _("Printed codes"), "key-round", _("For people whom no mail reaches")),
    ("admin.people", _("People"), "users", _("Who is here, roles, leaving and coming back, two entries made one")),
    ("admin.reports", _("Something wrong"), "circle-help", _("What colleagues say is not right on profiles")),
    ("admin.moderation", _("Reported words"), "shield", _("What colleagues say should not stand there")),
    ("admin.erasures", _("Asked to be erased"), "x", _("Who wants to be forgotten")),
    ("admin.outbox", _("Mail"), "send", _("What waits, what was sent, and what did not arrive")),
    ("admin.evidence", _("Work from elsewhere"), "briefcase", _("Whether imported work shows what people know")),
    ("admin.contacts", _("Contacts from elsewhere"), "users", _("Whether imported contacts order suggestions")),
    ("admin.log", _("The log"), "book-open", _("Who did what to whom, and when")),
    ("admin.retention", _("For how long"), "clock", _("After how many days each kind of data is forgotten")),
    ("home.about_data", _("What is kept"), "shield", _("Every column about a person, why, and for how long")),
)

__all__ = [
    "bp",
    "codes",
    "contacts",
    "erasures",
    "evidence",
    "imports",
    "invite",
    "log",
    "moderation",
    "outbox",
    "people",
    "reports",
    "start",
    "topics",
    "values",
]


@bp.get("")
@for_role("admin")
def index() -> str:
    """All of them."""
    return render_template("admin/index.html", doors=ROOMS)
