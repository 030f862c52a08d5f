"""People as the admins keep them: who is here, what they may do, leaving, coming back, two entries made one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response
from wtforms import DateField, HiddenField, SelectField
from wtforms.validators import Optional

from portal.accounts import services as accounts
from portal.accounts.roster import SHOWN, Entry, entry, roster
from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import Form, LineField, act
from portal.core.i18n import lazy as _
from portal.goals.queries import owned_by
from portal.people import erasing, merging, services
from portal.people.histories import merges
from portal.teams.queries import led_by

from .blueprint import bp

FILTERS = {
    "here": _("Here"),
    "admins": _("Admins and moderators"),
    "guests": _("Guests"),
    "never": _("Never signed in"),
    "refused": _("Mail refused"),
    "left": _("Has left"),
}
ROLES = {"member": _("No role"), "moderator": _("Moderator"), "admin": _("Admin")}


@bp.get("/people")
@for_role("admin")
def people() -> str:
    """Everybody, by filter and search."""
    q = " ".join(request.args.get("q", "").replace("\x00", "").split())[:100]
    shown = request.args.get("show", "here")
    shown = shown if shown in SHOWN else "here"
    page = roster(viewer(), q=q, shown=shown, cursor=request.args.get("after"))
    more = url_for("admin.people", q=q or None, show=shown, after=page.next) if page.next else None
    return render_template(
        "admin/people.html", people=page.items, more=more, q=q, shown=shown, filters=FILTERS, roles=ROLES,
        first_page=not request.args.get("after"),
    )  # fmt: skip


class LifeForm(Form):
    """One field for each thing that can be done; each button sends its own."""

    ends_on = DateField(_("Last day"), validators=[Optional()])
    guest_until = DateField(_("Guest until"), validators=[Optional()])
    role = SelectField(_("Role"), choices=list(ROLES.items()), validators=[Optional()])


@bp.route("/people/<handle>", methods=["GET", "POST"])
@for_role("admin")
def person(handle: str) -> Response | tuple[str, int]:
    """One person, and what can be done."""
    who = viewer()
    found = entry(who, handle)
    if found.handle != handle and request.method == "GET":
        return redirect(url_for("admin.person", handle=found.handle), 303)
    form = LifeForm(data={"ends_on": found.ends_on, "guest_until": None, "role": found.role or "member"})
    if request.method == "POST":
        work = _work(found, request.form.get("do", ""), form)
        if work is None:
            abort(404)
        if form.sent() and act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.person", handle=found.handle), 303)
    page = render_template(
        "admin/person.html", person=found, form=form, roles=ROLES, leads=led_by(found.id), owns=owned_by(found.id),
        asked=erasing.open_request(found.id),
    )  # fmt: skip
    return page, form.status


def _work(found: Entry, do: str, form: LifeForm) -> Callable[[], bool] | None:
    """What a button asks for."""
    who = viewer()
    day: date | None = form.ends_on.data

    def kind(to: str) -> None:
        try:
            services.change_kind(person_id=found.id, kind=to, actor_id=who.person_id, ends_on=form.guest_until.data)
        except RuleBroken as broken:
            field = "guest_until" if broken.field == "ends_on" else broken.field
            raise RuleBroken(field, broken.message) from None

    works: dict[str, Callable[[], Any]] = {
        "left": lambda: services.mark_left(person_id=found.id, actor_id=who.person_id),
        "last_day": lambda: services.plan_last_day(person_id=found.id, ends_on=day, actor_id=who.person_id),
        "back": lambda: services.come_back(person_id=found.id, actor_id=who.person_id, ends_on=day),
        "role": lambda: accounts.set_role(viewer=who, person_id=found.id, role=form.role.data or ""),
        "member": lambda: kind("member"),
        "guest": lambda: kind("guest"),
    }
    work = works.get(do)
    return None if work is None else lambda: work() is None


# ---- two entries of one person ---------------------------------------------------------------------------------


class PickForm(Form):
    """Which two: an address of a page, a mail address or a whole name."""

    kept = LineField(_("The entry to keep"), most=254, needed=_("Say which entry stays"))
    gone = LineField(_("The entry that becomes part of it"), most=254, needed=_("Say which entry goes"))
    seen = HiddenField()


@bp.route("/people/merge", methods=["GET", "POST"])
@for_role("admin")
def merge() -> Response | tuple[str, int]:
    """Pick two, look what would happen, do it."""
    who = viewer()
    form = PickForm(data={"kept": request.args.get("keep", "")[:254], "gone": request.args.get("other", "")[:254]})
    pair: tuple[Entry, Entry] | None = None
    plan: merging.Plan | None = None
    if form.sent():
        pair = _pair(form)
        if pair is not None:
            kept, gone = pair
            # What was looked at is what is done: with other names in the fields it is looked at again.
            if form.seen.data == f"{kept.id}-{gone.id}":
                done = act(
                    form,
                    lambda: merging.merge_people(kept_id=kept.id, gone_id=gone.id, actor_id=who.person_id),
                )
                if done:
                    flash(gettext("They are one entry now. It can be undone for a day, below."))
                    return redirect(url_for("admin.merge"), 303)
            else:
                try:
                    plan = merging.plan(kept.id, gone.id)
                    form.seen.data = f"{kept.id}-{gone.id}"
                except RuleBroken as broken:
                    form.lands(broken)
    page = render_template(
        "admin/merge.html", form=form, pair=pair, plan=plan, merges=merges(), roles=ROLES, taken=TAKEN_WORDS
    )
    return page, form.status


TAKEN_WORDS = {
    "email": _("the mail address"),
    "login": _("the name to sign in with"),
    "external_id": _("the number in the staff list"),
}


def _pair(form: PickForm) -> tuple[Entry, Entry] | None:
    """Whom the two fields mean; what is unclear stands beside its field."""
    found = []
    for field in (form.kept, form.gone):
        one = meant(field.data)
        if isinstance(one, str):
            field.errors = [*field.errors, one]
            form.status = 422
        else:
            found.append(one)
    return (found[0], found[1]) if len(found) == 2 else None


def meant(typed: str) -> Entry | str:
    """The one person meant by what was typed, else words."""
    who = viewer()
    text = typed.rsplit("/", 1)[-1].strip()  # a whole address of a page will do
    try:
        return entry(who, text.lower())
    except NotVisible:
        pass
    here = [one for shown in ("here", "left") for one in roster(who, q=typed, shown=shown, size=5).items]
    exact = [one for one in here if typed.casefold() in _called(one)]
    some = exact or here
    if len(some) == 1:
        return some[0]
    if not some:
        return gettext("Nobody with that name")
    names = ", ".join(one.handle for one in some)
    return gettext("Several people could be meant. Say one of: %(names)s", names=names)


def _called(one: Entry) -> tuple[str, ...]:
    return one.name.casefold(), (one.email or "").casefold(), (one.login or "").casefold()


@bp.post("/people/merge/<int:merge_id>/undo")
@for_role("admin")
def undo_merge(merge_id: int) -> Response:
    """Two entries again."""
    if merge_id > MAX_ID:
        abort(404)
    who = viewer()
    form = Form()
    done = act(form, lambda: merging.undo_merge(merge_id=merge_id, actor_id=who.person_id))
    if done is None:
        flash(str(form.form_errors[0]), "error")
    elif done.result:
        words = ngettext(
            "They are two entries again. %(num)d row was changed since and stays where it is.",
            "They are two entries again. %(num)d rows were changed since and stay where they are.",
            done.result,
        )
        flash(words, "info")
    else:
        flash(gettext("They are two entries again, as before."))
    return redirect(url_for("admin.merge"), 303)
