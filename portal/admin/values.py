"""What the organization stands for: adding, renaming, ordering, retiring, bringing back."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import RadioField

from portal.core.auth import for_role, viewer
from portal.core.errors import NotVisible
from portal.core.forms import Form, LineField, VersionedForm, act
from portal.core.i18n import lazy as _
from portal.kudos import values
from portal.kudos.values import ICONS, MAX_LINE, MAX_NAME, KeptValue, Words

from .blueprint import bp


class ValueForm(VersionedForm):
    name = LineField(_("Name"), most=MAX_NAME, needed=_("Say what you stand for, in a few words"))
    line = LineField(_("In a line"), most=MAX_LINE)
    icon = RadioField(_("Icon"), choices=list(ICONS.items()), default="sparkles")

    @property
    def words(self) -> Words:
        return Words(self.name.data, self.line.data, self.icon.data)


def _page(form: Form | None = None, adding: ValueForm | None = None) -> tuple[str, int]:
    """All of them. form: what was pressed and could not be done; adding: what was typed."""
    sent = adding or form
    page = render_template(
        "admin/values.html",
        kept=values.all_values(viewer()),
        adding=adding or ValueForm(formdata=None),
        icons=ICONS,
        least=values.LEAST,
        most=values.MOST,
        **({"form": sent} if sent else {}),
    )
    return page, sent.status if sent else 200


@bp.route("/values", methods=["GET", "POST"], endpoint="values")
@for_role("admin")
def all_of_them() -> Response | tuple[str, int]:
    """The open ones in their order, the retired ones, and room for another."""
    form = ValueForm()
    who = viewer()
    if not form.sent():
        return _page(adding=form)
    if act(form, lambda: values.add_value(viewer=who, words=form.words)):
        flash(gettext("Added. Whoever thanks can say it from now on."))
        return redirect(url_for("admin.values"), 303)
    return _page(adding=form)


def _of_slug(slug: str) -> KeptValue:
    for one in values.all_values(viewer()):
        if one.slug == slug:
            return one
    raise NotVisible


@bp.route("/values/<slug>", methods=["GET", "POST"])
@for_role("admin")
def value(slug: str) -> Response | tuple[str, int]:
    """Other words, on old thanks as well."""
    who = viewer()
    one = _of_slug(slug)
    form = ValueForm(data={"version": str(one.version), **vars(one.words)})

    def work() -> bool:
        values.change_value(viewer=who, slug=slug, words=form.words, version=form.opened_on)
        return True

    if form.sent():
        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("admin.values"), 303)
        if form.form_errors:
            now = _of_slug(slug)
            form.set_beside(vars(now.words))
            form.version.data = str(now.version)
    return render_template("admin/value.html", form=form, value=one, icons=ICONS), form.status


def _do(work: Callable[[], None], words: str) -> Response | tuple[str, int]:
    form = Form()
    if form.sent() and act(form, work):
        if words:
            flash(words)
        return redirect(url_for("admin.values"), 303)
    return _page(form)


@bp.post("/values/<slug>/move")
@for_role("admin")
def move_value(slug: str) -> Response | tuple[str, int]:
    """One place up or down (field `by`: -1 or 1)."""
    by = request.form.get("by", "")
    if by not in ("-1", "1"):
        abort(400)
    who = viewer()
    return _do(lambda: values.move_value(viewer=who, slug=slug, by=int(by)), "")


@bp.post("/values/<slug>/retire")
@for_role("admin")
def retire_value(slug: str) -> Response | tuple[str, int]:
    """Offered no more; old thanks keep it."""
    who = viewer()
    return _do(lambda: values.retire_value(viewer=who, slug=slug), gettext("Retired. Old thanks keep it."))


@bp.post("/values/<slug>/back")
@for_role("admin")
def bring_value_back(slug: str) -> Response | tuple[str, int]:
    """Offered again."""
    who = viewer()
    return _do(lambda: values.bring_back(viewer=who, slug=slug), gettext("It is back, at the end."))
