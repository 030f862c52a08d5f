"""The admin's room of contacts from elsewhere: may they order whom somebody is suggested? And bringing them in."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.file import FileField
from werkzeug.wrappers import Response

from portal.core import audit
from portal.core.auth import for_role, viewer
from portal.core.db import unit_of_work
from portal.core.errors import RuleBroken
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.people.staff_list import MAX_BYTES, StaffListRefused
from portal.ties import importing
from portal.ties.queries import contacts_order
from portal.ties.services import let_contacts_order

from .blueprint import bp

PACKED = b"\x1f\x8b"


class FileForm(Form):
    file = FileField(_("Contacts"))


@dataclass(frozen=True)
class Brought:
    """What came of a file. read: its contacts, whether or not they were taken in: of a file with one line that would
    tell who takes no part. problems: what is wrong with lines that were passed over, the first ones whole."""

    read: int
    untaken: int
    problems: list[str]


@bp.route("/contacts", methods=["GET", "POST"])
@for_role("admin")
def contacts() -> Response | tuple[str, int]:
    """On or off (field `order`)."""
    who, form = viewer(), FileForm()
    if form.sent():
        order = request.form.get("order") == "1"

        def work() -> None:
            if order != contacts_order():
                let_contacts_order(order=order)
                audit.record("contacts_order" if order else "contacts_rest", actor_id=who.person_id)

        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.contacts"), 303)
    return _page(form)


@bp.post("/contacts/file")
@for_role("admin")
def send_contacts() -> tuple[str, int]:
    """Bring in the contacts of a file; what came of it stands on the page. The same file again adds nothing."""
    form = FileForm()
    refused: list[str] = []
    brought = None
    if form.sent():
        try:
            brought = _bring(form)
        except RuleBroken as broken:
            form.lands(broken)
        except StaffListRefused as problem:
            form.lands(RuleBroken("file", gettext("This file cannot be read")))
            refused = problem.lines()
    return _page(form, brought, refused)


def _page(form: Form, brought: Brought | None = None, refused: list[str] | None = None) -> tuple[str, int]:
    page = render_template(
        "admin/contacts.html",
        form=form,
        order=contacts_order(),
        brought=brought,
        refused=refused or [],
        most=MAX_BYTES // 1024 // 1024,
    )
    return page, form.status


def _bring(form: FileForm) -> Brought:
    upload = form.file.data
    data = upload.stream.read(MAX_BYTES + 1) if upload else b""
    if not contacts_order():
        raise RuleBroken("", gettext("This was turned off meanwhile; nothing was brought in"))
    if not data:
        words = gettext("This file is empty") if upload and upload.filename else gettext("Pick a file")
        raise RuleBroken("file", words)
    if len(data) > MAX_BYTES or data.startswith(PACKED):
        most = MAX_BYTES // 1024 // 1024
        raise RuleBroken(
            "file", gettext("Here at most %(num)s MB, and not packed; the terminal takes more, and .gz", num=most)
        )
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        found = importing.read(Path(file.name))
    importing.write(found)
    who = viewer()
    unit_of_work(lambda: audit.record("contacts_imported", actor_id=who.person_id))
    problems = [str(problem.said()) for problem in found.problems.first]
    return Brought(len(found) + found.apart, found.untaken, problems)
