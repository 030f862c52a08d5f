"""My own topics: claiming them, changing a claim, office hours; and vouching for a colleague's."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import safe_next, viewer
from portal.core.errors import NotVisible, RuleBroken
from portal.core.forms import Form, act
from portal.people import queries as people

from . import naming, queries, services
from .blueprint import bp
from .forms import LEVEL_WORDS, AddForm, ClaimForm, HoursForm, VouchForm
from .models import MOST_CLAIMS
from .queries import Claimed, Meant

bp.add_app_template_global(lambda level: LEVEL_WORDS[level], "level_words")


@bp.route("/me/topics", methods=["GET", "POST"])
def mine() -> Response | tuple[str, int]:
    """What I can be asked about, and room for more. `add`: a name to begin with."""
    form = AddForm(data={"topics": request.args.get("add", "")[: naming.LONGEST_NAME], "level": "helping"})
    if not form.sent():
        return _mine(form)
    wanted = naming.split(str(form.topics.data))
    meant = _meant(form, wanted)
    if meant is None or form.topics.errors or meant.unclear:
        if meant is not None and meant.unclear:
            form.status = 422
            form.topics.errors = [gettext("Is it one of these? Pick, or keep your own name.")]
        return _mine(form, meant)
    who, level = viewer(), str(form.level.data)
    names = [one.name for one in meant.topics] + meant.new
    if act(form, lambda: services.claim_topics(viewer=who, names=names, level=level)):
        flash(gettext("Added. Say in a line how others can tell."))
        return redirect(url_for("topics.mine"), 303)
    return _mine(form, meant)


def _meant(form: AddForm, wanted: list[str]) -> Meant | None:
    """What the names mean; None where there are so many, or such, that nobody has to look."""
    if len(wanted) > MOST_CLAIMS:
        form.lands(services.too_many(len(wanted) - MOST_CLAIMS))
        return None
    try:
        for name in wanted:
            services.checked_key(name)
    except RuleBroken as broken:
        form.lands(broken)
        return None
    return queries.meant(viewer(), wanted, {name: value for name, value in request.form.items() if name[:2] == "t-"})


def _mine(form: AddForm, meant: Meant | None = None, hours: HoursForm | None = None) -> tuple[str, int]:
    who = viewer()
    said = queries.hours_of([who.person_id]).get(who.person_id, "")
    shown = hours or HoursForm(formdata=None, data={"hours": said})
    page = render_template(
        "topics/mine.html",
        form=form if hours is None else hours,
        adding=form,
        hours=shown,
        claims=queries.my_claims(who),
        most=MOST_CLAIMS,
        unclear=[(queries.mark_of(name), name, choices) for name, choices in meant.unclear] if meant else [],
        asks=queries.asks_still_right(who),
    )
    return page, shown.status if hours else form.status


@bp.post("/me/topics/hours")
def hours() -> Response | tuple[str, int]:
    """When I am easily asked."""
    who = viewer()
    form = HoursForm(data={"hours": queries.hours_of([who.person_id]).get(who.person_id, "")})
    if form.sent() and act(form, lambda: services.set_hours(viewer=who, words=form.hours.data)):
        flash(gettext("Saved."))
        return redirect(url_for("topics.mine"), 303)
    return _mine(AddForm(formdata=None, data={"level": "helping"}), hours=form)


@bp.post("/me/topics/confirm")
def confirm() -> Response:
    """All of it is still right, whatever my title is now."""
    who = viewer()
    if act(Form(), lambda: services.confirm(viewer=who)):
        flash(gettext("Good. We will ask again when your title changes."))
    return redirect(safe_next(request.form.get("next")) or url_for("topics.mine"), 303)


@bp.route("/me/topics/<slug>", methods=["GET", "POST"])
def claim(slug: str) -> Response | tuple[str, int]:
    """One of my claims: level, line, open for questions; or taking it back."""
    who = viewer()
    one = queries.my_claim(who, slug)
    form = ClaimForm(data=_values(one))
    if "drop" in request.form:
        if act(Form(), lambda: services.drop_claim(viewer=who, topic_id=one.topic.id)):
            flash(gettext("It is off your list."))
        return redirect(url_for("topics.mine"), 303)
    if form.sent():

        def work() -> None:
            services.change_claim(
                viewer=who,
                claim_id=one.id,
                level=str(form.level.data),
                line=form.line.data,
                is_open=bool(form.is_open.data),
                version=form.opened_on,
            )

        if act(form, work):
            flash(gettext("Saved."))
            return redirect(url_for("topics.mine"), 303)
        one = queries.my_claim(who, slug)
        if form.form_errors:
            form.set_beside({"line": one.line})
            form.version.data = str(one.version)
    return render_template("topics/claim.html", form=form, claim=one), form.status


def _values(one: Claimed) -> dict[str, Any]:
    return {"version": str(one.version), "level": one.level, "line": one.line, "is_open": one.is_open}


@bp.get("/topics/search")
def complete() -> str:
    """Topics that go on from `q`, as options of a list; `known`: only those that are there."""
    typed = naming.tidy(request.args.get("q", ""))
    found, may_be_new = queries.completions(viewer(), typed)
    may_be_new = may_be_new and "known" not in request.args
    return render_template("topics/_names.html", found=found, new=typed if may_be_new else "")


@bp.route("/topics/<slug>/vouch/<handle>", methods=["GET", "POST"])
def vouch(slug: str, handle: str) -> Response | tuple[str, int]:
    """One line of why somebody can be relied on for a topic; or taking mine back."""
    who = viewer()
    topic = queries.topic(who, slug)
    person = people.profile(who, handle).card
    claimed = next((one for one in queries.claims_of(who, person.id) if one.topic.id == topic.id), None)
    if claimed is None:
        raise NotVisible
    said = queries.my_vouches_for(who, person.id).get(topic.id)
    back = safe_next(request.form.get("next")) or url_for("people.person", handle=handle)
    form = VouchForm(data={"why": said.why if said else ""})
    if "drop" in request.form:
        if act(Form(), lambda: services.withdraw_vouch(viewer=who, topic_id=topic.id, person_id=person.id)):
            flash(gettext("Taken back."))
        return redirect(back, 303)
    if form.sent():
        why = form.why.data
        if act(form, lambda: services.vouch(viewer=who, topic_id=topic.id, person_id=person.id, why=why)):
            flash(gettext("Your word stands beside it."))
            return redirect(back, 303)
    return render_template(
        "topics/vouch.html", form=form, topic=topic, card=person, claim=claimed, said=said
    ), form.status
