"""Printed codes for people whom no mail reaches: choosing whom, the sheet of cards, what is open."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import segno
from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.accounts import codes
from portal.accounts.roster import Entry
from portal.core import clock
from portal.core.auth import Viewer, for_role, viewer
from portal.core.brand import organization
from portal.core.db import MAX_ID, batches, unit_of_work
from portal.core.errors import NotVisible
from portal.core.forms import Form, WordsField, act
from portal.core.i18n import lazy as _

from .blueprint import bp
from .people import meant

CARDS_A_SHEET = 96  # 12 pages: a QR code takes a hundredth of a second to draw; more is another sheet
MOST_NAMES = 50
STAMP = "%Y%m%d%H%M%S%f"


class WhoForm(Form):
    """Departments by tick (field `department`), others by name."""

    names = WordsField(_("Others, by name"), most=5000)


@bp.route("/codes", methods=["GET", "POST"], endpoint="codes")
@for_role("admin")
def page() -> Response | tuple[str, int]:
    """Who waits, who else, and the codes that are good."""
    who = viewer()
    form = WhoForm(data={"names": request.args.get("names", "")[:200].replace("\x00", "")})
    groups = codes.without_mail(who)
    ticked = _ticked()
    if form.sent():
        made = _make(form, ticked)
        if made is not None:
            return redirect(made, 303)
    opened = codes.open_codes(who, request.args.get("after"))
    page = render_template(
        "admin/codes.html",
        form=form,
        groups=groups,
        ticked=ticked,
        opened=opened.items,
        more=url_for("admin.codes", after=opened.next) if opened.next else None,
        first_page=not request.args.get("after"),
    )
    return page, form.status


def _ticked() -> set[int | None]:
    """The departments whose boxes were ticked; "none": people of no department."""
    texts = request.values.getlist("department")
    ids: set[int | None] = {int(text) for text in texts if _is_number(text)}
    return ids | ({None} if "none" in texts else set())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID


def _make(form: WhoForm, ticked: set[int | None]) -> str | None:
    """Make the codes; where their sheet is. None: the form says what is wrong."""
    who = viewer()
    named = _named(form)
    if form.status != 200:
        return None
    ids = {one.id for one in named} | set(codes.waiting_in(who, ticked) if ticked else [])
    if not ids:
        form.status = 422
        form.form_errors.append(gettext("Choose whom the codes are for: a department, or people by name"))
        return None
    at = clock.now()  # one name for the sheet of all of them
    first, *rest = batches(ids)
    done = act(form, lambda: _made(who, first, at))
    if done is None:
        return None
    stamp, count, logins = done.result
    if not done.again:  # sent twice, it makes no second set of codes
        for some in rest:
            _stamp, more, more_logins = unit_of_work(partial(_made, who, some, at))
            count, logins = count + more, logins + more_logins
        _say(count, logins, len(ids))
    return url_for("admin.code_sheet", made=stamp)


def _made(who: Viewer, ids: list[int], at: datetime) -> list[Any]:
    """What is kept of it: the name of the sheet, how many codes, how many new login names."""
    made = codes.make_codes(viewer=who, person_ids=ids, at=at)
    return [at.strftime(STAMP), made.count, made.logins]


def _named(form: WhoForm) -> list[Entry]:
    """Whom the lines mean; what is unclear stands beside the field."""
    lines = [line.strip() for line in form.names.data.replace(",", "\n").split("\n") if line.strip()]
    if len(lines) > MOST_NAMES:
        form.status = 422
        form.names.errors = [gettext("At most %(most)d names at a time", most=MOST_NAMES)]
        return []
    found, wrong = [], []
    for line in dict.fromkeys(lines):
        one = meant(line)
        if isinstance(one, str):
            wrong.append(f"{line}: {one}")
        elif one.is_gone:
            wrong.append(gettext("%(name)s: they are not here any more", name=line))
        else:
            found.append(one)
    if wrong:
        form.status = 422
        form.names.errors = ["; ".join(wrong)]
    return found


def _say(count: int, logins: int, asked: int) -> None:
    flash(ngettext("%(num)d code is made.", "%(num)d codes are made.", count))
    if logins:
        words = ngettext(
            "%(num)d person had no name to sign in with: the end of the address of their page is theirs now.",
            "%(num)d people had no name to sign in with: the end of the address of their page is theirs now.",
            logins,
        )
        flash(words, "info")
    if count < asked:
        words = ngettext(
            "%(num)d person got none: they are not here any more.",
            "%(num)d people got none: they are not here any more.",
            asked - count,
        )
        flash(words, "info")


# ---- the sheet ------------------------------------------------------------------------------------------------


def _stamped(text: str) -> datetime:
    """When a set of codes was made, from its name in an address."""
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        abort(404)


@bp.get("/codes/sheet")
@for_role("admin")
def code_sheet() -> Response:
    """Cards to print: those made at once (`made`), one (`code`), or all that are good. Kept in no cache."""
    made, code, skip = (request.args.get(name, "")[:30] for name in ("made", "code", "skip"))
    if (code and not _is_number(code)) or (skip and not (_is_number(skip) and len(skip) < 9)):
        abort(404)
    cards, more = codes.cards(
        viewer(),
        made_at=_stamped(made) if made else None,
        code_id=int(code) if code else None,
        skip=int(skip or 0),
        most=CARDS_A_SHEET,
    )
    door = url_for("accounts.sign_in", _external=True)
    sheet = render_template(
        "admin/code_sheet.html",
        cards=[(card, _qr(url_for("accounts.reset_password", token=card.token, _external=True))) for card in cards],
        more=url_for("admin.code_sheet", made=made or None, skip=int(skip or 0) + CARDS_A_SHEET) if more else None,
        address=door.split("://", 1)[1],
        called=organization().name,
    )
    response = make_response(sheet)
    response.headers["Cache-Control"] = "no-store"
    return response


def _qr(link: str) -> Markup:
    """The link as an SVG that is part of the page: no inline style, no file."""
    drawn = segno.make(link, error="m", micro=False)
    svg = drawn.svg_inline(omitsize=True, svgclass="code-qr", lineclass=None, border=2)
    return Markup(svg)  # noqa: S704 - drawn by segno from a link of our own


@bp.post("/codes/<int:code_id>/withdraw")
@for_role("admin")
def withdraw_code(code_id: int) -> Response:
    """Not good any more, as of now."""
    if code_id > MAX_ID:
        abort(404)
    who = viewer()
    try:
        act(Form(), lambda: codes.withdraw_code(viewer=who, code_id=code_id))
        flash(gettext("The code is not good any more."))
    except NotVisible:
        flash(gettext("That code was used, withdrawn or run out meanwhile."), "info")
    return redirect(url_for("admin.codes"), 303)
