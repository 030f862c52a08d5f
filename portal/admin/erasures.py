"""Erasing people who asked for it, and for how long each kind of data is kept."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired

from portal.accounts.roster import entry
from portal.core import audit, personal
from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID, unit_of_work
from portal.core.errors import RuleBroken
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.goals.queries import owned_by
from portal.people import erasing
from portal.people.histories import requests
from portal.teams.queries import led_by

from .blueprint import bp


@bp.get("/erasures")
@for_role("admin")
def erasures() -> str:
    """Who asked to be erased."""
    return render_template("admin/erasures.html", requests=requests())


class EraseForm(Form):
    """A tick, so that nobody is erased by a slip."""

    asked = HiddenField()
    sure = BooleanField(
        _("I know that this cannot be undone"), validators=[InputRequired(_("Tick this, so that it is no slip"))]
    )


@bp.route("/people/<handle>/erase", methods=["GET", "POST"])
@for_role("admin")
def erase(handle: str) -> Response | tuple[str, int]:
    """What will be gone, then the button."""
    who = viewer()
    found = entry(who, handle)
    asked = erasing.open_request(found.id)
    form = EraseForm(data={"asked": str(asked.id) if asked else ""})
    text = form.asked.data or ""
    as_asked = int(text) if text.isascii() and text.isdigit() and int(text[:19]) <= MAX_ID else None

    def work() -> bool:
        erasing.erase_person(person_id=found.id, actor_id=who.person_id, as_asked=as_asked)
        return True

    if form.sent() and act(form, work):
        flash(gettext("Erased. An empty entry stays, which leads to nobody."))
        return redirect(url_for("admin.people"), 303)
    page = render_template(
        "admin/erase.html", person=found, form=form, asked=asked, leads=led_by(found.id), owns=owned_by(found.id)
    )
    return page, form.status


@bp.route("/retention", methods=["GET", "POST"])
@for_role("admin")
def retention() -> Response | tuple[str, int]:
    """After how many days each kind of data is forgotten."""
    who = viewer()
    form = Form()
    kinds = personal.everything_kept()
    typed = {kind.kind: _shown(kind.kind) for kind in kinds}
    wrong: dict[str, str] = {}
    if form.sent():
        typed = {kind.kind: request.form.get(kind.kind, typed[kind.kind]).strip()[:20] for kind in kinds}
        try:
            chosen = {kind.kind: _number(kind, typed[kind.kind]) for kind in kinds}

            def work() -> None:
                personal.choose_days(chosen)
                audit.record("retention_changed", actor_id=who.person_id)

            unit_of_work(work)
        except RuleBroken as broken:
            wrong[broken.field] = broken.message
        else:
            flash(gettext("Saved."))
            return redirect(url_for("admin.retention"), 303)
    page = render_template("admin/retention.html", form=form, kinds=kinds, typed=typed, wrong=wrong)
    return page, 422 if wrong else form.status


def _shown(kind: str) -> str:
    days = personal.days_of(kind)
    return "" if days == personal.FOR_EVER else str(days)


def _number(kind: Any, text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        words = gettext("A number from %(least)s to %(most)s", least=kind.least, most=kind.most)
        raise RuleBroken(kind.kind, words)
    return int(text)
