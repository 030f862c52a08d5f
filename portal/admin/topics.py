"""Curating topics: their names, other names, two that are one, retiring. For admins and moderators."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import for_role, viewer
from portal.core.db import MAX_ID
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import Form, LineField, VersionedForm, act
from portal.core.i18n import lazy as _
from portal.topics import curating, naming, queries
from portal.topics.naming import LONGEST_NAME

from .blueprint import bp


class TopicForm(VersionedForm):
    name = LineField(_("Name"), most=LONGEST_NAME, needed=_("Say what it is called"))


class AliasForm(Form):
    alias = LineField(_("Another name"), most=LONGEST_NAME, needed=_("Say what else it is called"))


class MergeForm(Form):
    into = LineField(_("The topic that stays"), most=LONGEST_NAME, needed=_("Say which topic stays"))


@bp.get("/topics")
@for_role("moderator", "admin")
def topics() -> str:
    """Every topic, likely duplicates, and what was made one lately."""
    return _topics(Form(formdata=None))


def _topics(form: Form) -> str:
    who, after = viewer(), request.args.get("after")
    q = naming.tidy(request.args.get("q", "").replace("\x00", ""))[:LONGEST_NAME]
    retired = request.args.get("show") == "retired"
    page = queries.topics(who, q=q, retired=retired, cursor=after)
    first = not after and not q and not retired
    return render_template(
        "admin/topics.html",
        topics=page.items,
        more=url_for("admin.topics", show="retired" if retired else None, after=page.next) if page.next else None,
        q=q,
        retired=retired,
        alike=curating.likely_duplicates(who) if first else [],
        merges=curating.merges(who) if first else [],
        form=form,
    )


def _topic(slug: str, form: TopicForm | None, alias: AliasForm | None, into: MergeForm | None) -> tuple[str, int]:
    one = curating.curated(viewer(), slug)
    shown = form or TopicForm(formdata=None, data={"name": one.line.name, "version": str(one.version)})
    sent = form or alias or into
    page = render_template(
        "admin/topic.html",
        topic=one,
        form=sent or shown,
        naming=shown,
        alias=alias or AliasForm(formdata=None),
        into=into or MergeForm(formdata=None),
    )
    return page, sent.status if sent else 200


@bp.route("/topics/<slug>", methods=["GET", "POST"])
@for_role("moderator", "admin")
def topic(slug: str) -> Response | tuple[str, int]:
    """One topic: what it is called."""
    who = viewer()
    found = queries.topic(who, slug)
    if request.method == "GET":
        return _topic(found.slug, None, None, None)
    form = TopicForm()

    def work() -> None:
        curating.rename(viewer=who, topic_id=found.id, name=form.name.data, version=form.opened_on)

    if form.sent() and act(form, work):
        flash(gettext("Saved. Old addresses and the name before lead here."))
        return redirect(url_for("admin.topic", slug=queries.names_by_id([found.id])[found.id].slug), 303)
    if form.form_errors:
        now = curating.curated(who, found.slug)
        form.set_beside({"name": now.line.name})
        form.version.data = str(now.version)
    return _topic(found.slug, form, None, None)


@bp.post("/topics/<slug>/names")
@for_role("moderator", "admin")
def topic_names(slug: str) -> Response | tuple[str, int]:
    """Another name, or one less (field `drop`: its key)."""
    who = viewer()
    found = queries.topic(who, slug)
    key = request.form.get("drop")
    if key is not None:
        if act(Form(), lambda: curating.drop_alias(viewer=who, topic_id=found.id, key=key[:200])):
            flash(gettext("It is not called so any more."))
        return redirect(url_for("admin.topic", slug=found.slug), 303)
    form = AliasForm()
    if form.sent() and act(form, lambda: curating.add_alias(viewer=who, topic_id=found.id, name=form.alias.data)):
        flash(gettext("Added. It is found by that name as well."))
        return redirect(url_for("admin.topic", slug=found.slug), 303)
    return _topic(found.slug, None, form, None)


@bp.post("/topics/<slug>/merge")
@for_role("moderator", "admin")
def merge_topic(slug: str) -> Response | tuple[str, int]:
    """Read it as another topic from now on (field `into`: a name or an address)."""
    who = viewer()
    found = queries.topic(who, slug)
    form = MergeForm()
    if form.sent():
        kept = queries.called(who, form.into.data) or _at(form.into.data)
        if kept is None:
            form.lands(RuleBroken("into", gettext("No topic is called that")))
        elif act(form, lambda: curating.merge(viewer=who, kept_id=kept.id, gone_id=found.id)):
            flash(gettext("They are one. This can be undone for a month."))
            return redirect(url_for("admin.topic", slug=kept.slug), 303)
    return _topic(found.slug, None, None, form)


def _at(slug: str) -> queries.TopicName | None:
    try:
        return queries.topic(viewer(), slug)
    except NotVisible:
        return None


@bp.post("/topics/<slug>/retire")
@for_role("moderator", "admin")
def retire_topic(slug: str) -> Response:
    """Not offered any more, or again (field `back`)."""
    who = viewer()
    found = queries.topic(who, slug)
    back = "back" in request.form
    if act(Form(), lambda: curating.retire(viewer=who, topic_id=found.id, back=back)):
        flash(gettext("It is offered again.") if back else gettext("Retired. Whoever claims it keeps it."))
    return redirect(url_for("admin.topic", slug=found.slug), 303)


@bp.post("/topics/merges/<int:merge_id>/undo")
@for_role("moderator", "admin")
def undo_topic_merge(merge_id: int) -> Response | tuple[str, int]:
    """Two topics again."""
    if merge_id > MAX_ID:
        abort(404)
    who = viewer()
    form = Form()
    if form.sent() and act(form, lambda: curating.undo_merge(viewer=who, merge_id=merge_id)):
        flash(gettext("They are two again, each with what was said of it."))
        return redirect(url_for("admin.topics"), 303)
    return _topics(form), form.status
