"""Bringing people in from a staff list: send it in, say what its columns hold, look what would happen, import."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import BooleanField

from portal.core import i18n, worker
from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID
from portal.core.errors import RuleBroken
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.people import importing
from portal.people.models import StaffImport
from portal.people.staff_export import staff_list
from portal.people.staff_list import FIELDS, MAX_BYTES, Sheet, StaffListRefused, check_mapping, read_sheet
from portal.people.staff_plan import Plan, Step, plan_of

from .blueprint import bp

LINES = 50  # of a page of the dry run
NAMES = 200  # that are shown to be ticked
AT_ONCE = 500  # people who leave or come back by one button
STATES = {
    "draft": _("Not imported yet"),
    "waiting": _("Waits for the worker"),
    "running": _("Is being imported"),
    "done": _("Done"),
    "refused": _("Not imported"),
}
WHAT = {"add": _("Added"), "change": _("Changed"), "same": _("As before"), "pass": _("Passed over")}


class SendForm(Form):
    list = FileField(_("Staff list"))


class ColumnsForm(Form):
    is_full = BooleanField(_("Everybody stands in this list"))


class PeopleForm(Form):
    """People by tick (field `person`), or all (field `all`)."""


# ---- sending it in -------------------------------------------------------------------------------------------


@bp.route("/people/import", methods=["GET", "POST"])
@for_role("admin")
def imports() -> Response | tuple[str, int]:
    """Send a list in; those that are on their way."""
    form = SendForm()
    problems: list[str] = []
    if form.sent():
        sent = _kept(form, problems)
        if sent is not None:
            return redirect(url_for("admin.staff_import", import_id=sent), 303)
    page = render_template(
        "admin/imports.html",
        form=form,
        problems=problems,
        lists=importing.latest(),
        states=STATES,
        most=MAX_BYTES // 1024 // 1024,
    )
    return page, form.status


def _kept(form: SendForm, problems: list[str]) -> int | None:
    upload = form.list.data
    data = upload.stream.read(MAX_BYTES + 1) if upload else b""
    if not data:
        words = gettext("This file is empty") if upload and upload.filename else gettext("Pick the file of your list")
        form.lands(RuleBroken("list", words))
        return None
    if len(data) > MAX_BYTES:
        most = MAX_BYTES // 1024 // 1024
        form.lands(RuleBroken("list", gettext("At most %(num)s MB. Pack it as .gz, then it fits.", num=most)))
        return None
    who, called = viewer(), _called(upload.filename)
    try:
        done = act(form, lambda: importing.keep_draft(data=data, called=called, by_id=who.person_id))
    except StaffListRefused as refused:
        form.status = 422
        problems += refused.lines()
        return None
    return done.result if done else None


def _called(name: str | None) -> str:
    """The file's name, as far as it can be shown."""
    plain = "".join(c for c in (name or "").replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return plain[:100] or gettext("a list")


# ---- what its columns hold, and how far it is ----------------------------------------------------------------


def _row(import_id: int) -> StaffImport:
    if import_id > MAX_ID:
        abort(404)
    return importing.import_of(import_id)


@bp.route("/people/import/<int:import_id>", methods=["GET", "POST"])
@for_role("admin")
def staff_import(import_id: int) -> Response | tuple[str, int]:
    """A draft: what its columns hold. Later: how far it is, and what came of it."""
    row = _row(import_id)
    if row.state == "draft":
        return _columns(row)
    if request.method == "POST":
        return redirect(url_for("admin.staff_import", import_id=row.id), 303)
    partial = request.headers.get("HX-Request") == "true"
    page = render_template(
        "admin/_import_state.html" if partial else "admin/import.html",
        row=row,
        states=STATES,
        problems=[i18n.again(words) for words in row.problems],
        is_alive=worker.is_alive(),
        added=importing.added_by(row, LINES) if row.state == "done" else [],
        missing=importing.people_of(row.missing, have_left=False, most=NAMES + 1),
        returned=importing.people_of(row.returned, have_left=True, most=NAMES + 1),
        names=NAMES,
        form=PeopleForm(formdata=None),
    )
    return page, 200


def _columns(row: StaffImport) -> Response | tuple[str, int]:
    import_id = row.id
    try:
        sheet = importing.sheet_of(row)
    except StaffListRefused as refused:
        return render_template("admin/import_check.html", row=row, problems=refused.lines(), form=Form()), 200
    form = ColumnsForm(data={"is_full": row.is_full})
    chosen = {number: field for field, number in row.mapping.items()}
    twice: set[int] = set()
    wrong: Any = None
    if form.sent():
        chosen = _chosen(sheet)
        mapping, twice = _mapping(chosen)
        wrong = gettext("Two columns say the same. Choose one of them.") if twice else check_mapping(sheet, mapping)
        is_full = bool(form.is_full.data)
        if wrong is None:
            if act(form, lambda: _say(import_id, mapping, is_full)):
                return redirect(url_for("admin.check_import", import_id=import_id), 303)
        else:
            form.lands(RuleBroken("", str(wrong)))
    page = render_template(
        "admin/import_columns.html",
        row=row,
        form=form,
        columns=list(zip(sheet.columns, sheet.samples(), strict=True)),
        chosen=chosen,
        twice=twice,
        fields=FIELDS,
    )
    return page, form.status


def _chosen(sheet: Sheet) -> dict[int, str]:
    """What was chosen for each column (field `column-3`)."""
    found = {}
    for number in range(len(sheet.columns)):
        field = request.form.get(f"column-{number}", "")
        if field in FIELDS:
            found[number] = field
    return found


def _mapping(chosen: Mapping[int, str]) -> tuple[dict[str, int], set[int]]:
    """field -> column; and columns that say what another one says already."""
    mapping: dict[str, int] = {}
    twice: set[int] = set()
    for number, field in chosen.items():
        if field in mapping:
            twice |= {mapping[field], number}
        mapping.setdefault(field, number)
    return mapping, twice


def _say(import_id: int, mapping: Mapping[str, int], is_full: bool) -> bool:
    importing.say_columns(import_id=import_id, mapping=mapping, is_full=is_full)
    return True


# ---- what would happen ---------------------------------------------------------------------------------------


@bp.get("/people/import/<int:import_id>/check")
@for_role("admin")
def check_import(import_id: int) -> Response | str:
    """Line by line; what is wrong comes first."""
    row = _row(import_id)
    if row.state != "draft":
        return redirect(url_for("admin.staff_import", import_id=row.id), 303)
    found = _planned(row)
    if not isinstance(found, Plan):
        return render_template("admin/import_check.html", row=row, problems=found, form=Form())
    show = request.args.get("show", "")
    steps = _shown(found, show)
    pages = max(-(-len(steps) // LINES), 1)
    at = min(_number(request.args.get("page", "")) or 1, pages)
    return render_template(
        "admin/import_check.html",
        row=row,
        problems=[],
        plan=found,
        form=Form(),
        counts={what: found.count(what) for what in WHAT},
        what=WHAT,
        fields=FIELDS,
        show=show,
        steps=steps[(at - 1) * LINES : at * LINES],
        page=at,
        pages=pages,
        missing=importing.people_of(found.missing, have_left=False, most=NAMES),
        returned=importing.people_of(found.returned, have_left=True, most=NAMES),
        names=NAMES,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _planned(row: StaffImport) -> Plan | list[str]:
    """What the list would do, or what is wrong with it."""
    try:
        plan = plan_of(read_sheet(importing.sheet_of(row), row.mapping), is_full=row.is_full)
    except StaffListRefused as refused:
        return refused.lines()
    if plan.problems:
        return StaffListRefused(plan.problems, plan.more_problems).lines()
    return plan


def _shown(plan: Plan, show: str) -> Sequence[Step]:
    if show in WHAT:
        return [step for step in plan.steps if step.what == show]
    # What somebody should look at, then what changes, then the rest; each in the list's order.
    order = {"pass": 0, "change": 1, "add": 2, "same": 3}
    return sorted(plan.steps, key=lambda step: (step.note is None, order[step.what]))


@bp.post("/people/import/<int:import_id>/run")
@for_role("admin")
def run_import(import_id: int) -> Response:
    """Let the worker begin."""
    row = _row(import_id)
    lines = _number(request.form.get("lines", ""))
    form = Form()
    if row.state == "draft" and not act(form, _flag(lambda: importing.let_run(import_id=import_id, lines=lines))):
        flash(str(form.form_errors[0]), "error")
    return redirect(url_for("admin.staff_import", import_id=import_id), 303)


@bp.post("/people/import/<int:import_id>/drop")
@for_role("admin")
def drop_import(import_id: int) -> Response:
    """Away with a draft, and with its file; or look at its columns again (field `again`)."""
    row = _row(import_id)
    again = "again" in request.form
    work = importing.back_to_draft if again else importing.drop
    form = Form()
    if row.state in ("draft", "waiting", "refused") and not act(form, _flag(lambda: work(import_id=import_id))):
        flash(str(form.form_errors[0]), "error")
        return redirect(url_for("admin.staff_import", import_id=import_id), 303)
    if again:
        return redirect(url_for("admin.staff_import", import_id=import_id), 303)
    flash(gettext("Dropped. The file is gone."))
    return redirect(url_for("admin.imports"), 303)


def _flag(work: Callable[[], Any]) -> Callable[[], bool]:
    return lambda: work() is None


# ---- afterwards ----------------------------------------------------------------------------------------------


@bp.post("/people/import/<int:import_id>/left")
@for_role("admin")
def import_left(import_id: int) -> Response:
    """Those who were ticked, of those whom the list misses, have left."""
    row = _row(import_id)
    who = viewer()
    done, stay = importing.say_left(person_ids=_ticked(row.missing, have_left=False), actor_id=who.person_id)
    _say_done(ngettext("%(num)d person has left.", "%(num)d people have left.", done), done, stay)
    return redirect(url_for("admin.staff_import", import_id=import_id), 303)


@bp.post("/people/import/<int:import_id>/back")
@for_role("admin")
def import_back(import_id: int) -> Response:
    """Those who were ticked, of those who had left and stand in the list, are here again."""
    row = _row(import_id)
    who = viewer()
    done, stay = importing.bring_back(person_ids=_ticked(row.returned, have_left=True), actor_id=who.person_id)
    _say_done(ngettext("%(num)d person is here again.", "%(num)d people are here again.", done), done, stay)
    return redirect(url_for("admin.staff_import", import_id=import_id), 303)


def _ticked(of: Sequence[int], *, have_left: bool) -> list[int]:
    """Of these people alone: others have a page of their own for that."""
    if "all" not in request.form:
        ticked = {_number_of(text) for text in request.form.getlist("person")}
        return [one for one in of if one in ticked]
    return [one.id for one in importing.people_of(of, have_left=have_left, most=AT_ONCE)]


def _number_of(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _say_done(words: str, done: int, stay: Sequence[str]) -> None:
    if done:
        flash(words)
    elif not stay:
        flash(gettext("Nobody was ticked."), "error")
    for one in stay[:5]:
        flash(one, "error")


@bp.get("/people/export.csv")
@for_role("admin")
def export_people() -> Response:
    """Everybody who is here, as a list that can be imported again."""
    answer = FlaskResponse(staff_list(viewer()), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="hallway-people.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
