"""The list of topics, each topic's page, and "does someone come to mind?"."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import safe_next, viewer
from portal.core.errors import RuleBroken
from portal.core.forms import Form, act
from portal.people import names
from portal.people import queries as people
from portal.people.queries import Card

from . import asking, naming, queries, services
from .blueprint import bp
from .forms import WhoForm
from .queries import TopicName


@bp.get("/topics")
def topics() -> str:
    """Every topic by name, a page at a time, or those that go on from what was typed."""
    who, after = viewer(), request.args.get("after")
    q = naming.tidy(request.args.get("q", "").replace("\x00", ""))[: naming.LONGEST_NAME]
    page = queries.topics(who, q=q, cursor=after)
    more = url_for("topics.topics", after=page.next) if page.next else None
    partial = request.headers.get("HX-Request") == "true"
    return render_template(
        "topics/_results.html" if partial else "topics/topics.html",
        topics=page.items,
        more=more,
        q=q,
        first_page=not after,
    )


@bp.get("/topics/<slug>")
def topic(slug: str) -> Response | str:
    """A topic: whom to ask, each with why; who is learning it; what it goes together with. `all`: everybody."""
    who = viewer()
    found = queries.topic(who, slug)
    if found.slug != slug:
        return redirect(url_for("topics.topic", slug=found.slug), 308)
    if request.args.get("all") == "1":
        page = asking.everybody(who, found.id, request.args.get("after"))
        more = url_for("topics.topic", slug=slug, all=1, after=page.next) if page.next else None
        return render_template("topics/everybody.html", topic=found, asked=page.items, more=more)
    return _topic(found, WhoForm(formdata=None), [])


def _topic(found: TopicName, form: WhoForm, choices: list[Card]) -> str:
    who = viewer()
    line = queries.lines_by_id(who, [found.id])[0]
    asked, more = asking.who_to_ask(who, found.id)
    learning, more_learn = asking.learners(who, found.id)
    return render_template(
        "topics/topic.html",
        topic=line,
        asked=asked,
        more=more,
        also=asking.also_know(who, found),
        learners=learning,
        more_learn=more_learn,
        related=asking.related(who, found.id),
        mine=next((one for one in queries.my_topics(who) if one.topic.id == found.id), None),
        said=queries.vouched_by_me(who, found.id),
        form=form,
        choices=choices,
    )


@bp.post("/topics/<slug>/who")
def know_who(slug: str) -> Response | tuple[str, int]:
    """A colleague comes to mind: they alone are told, and may claim it."""
    who = viewer()
    found = queries.topic(who, slug)
    form = WhoForm()
    person_id, choices = _picked(form)
    if person_id is not None and act(
        form, partial(services.name_somebody, viewer=who, topic_id=found.id, person_id=person_id)
    ):
        flash(gettext("Thank you. They are told, and choose for themselves."))
        return redirect(url_for("topics.topic", slug=found.slug), 303)
    return _topic(found, form, choices), form.status


@bp.post("/topics/<slug>/not-me")
def not_me(slug: str) -> Response:
    """Whoever named me is not told."""
    who = viewer()
    found = queries.topic(who, slug)
    act(Form(), lambda: services.answer_no(viewer=who, topic_id=found.id))
    return redirect(safe_next(request.form.get("next")) or url_for("home.home"), 303)


@bp.route("/topics/new", methods=["GET", "POST"])
def someone() -> Response | tuple[str, int]:
    """Nobody lists what was looked for (`q`): I do, or I know who."""
    who = viewer()
    typed = naming.tidy(request.values.get("q", "").replace("\x00", ""))[: naming.LONGEST_NAME]
    form = WhoForm()
    choices: list[Card] = []
    if request.method == "POST":
        person_id, choices = _picked(form)
        if person_id is not None and act(form, partial(_named_for, typed, person_id)):
            flash(gettext("Thank you. They are told, and choose for themselves."))
            known = queries.called(who, typed)
            return redirect(url_for("topics.topic", slug=known.slug) if known else url_for("topics.topics"), 303)
    known = queries.called(who, typed) if typed else None
    near, _new = queries.completions(who, typed)
    page = render_template("topics/someone.html", form=form, q=typed, choices=choices, known=known, near=near)
    return page, form.status


def _named_for(name: str, person_id: int) -> None:
    """The topic is made where there is none, so that whoever was named can claim it."""
    who = viewer()
    try:
        topic_id = services.topic_for(viewer=who, name=name)
    except RuleBroken as broken:
        raise RuleBroken("", broken.message) from None
    services.name_somebody(viewer=who, topic_id=topic_id, person_id=person_id)


def _picked(form: WhoForm) -> tuple[int | None, list[Card]]:
    """Who is meant by a typed name or a picked handle; else whom it could mean, and what is wrong stands on the
    field."""
    who, handle = viewer(), request.form.get("who_handle", "")
    if handle:
        form.sent()
        form.who.errors, form.status = [], 200
        person_id = people.id_of_handle(who, handle)
        if person_id is None:
            form.lands(RuleBroken("who", gettext("Nobody with that name")))
        return person_id, []
    if not form.sent():
        return None, []
    typed = form.who.data.lstrip("@")
    by_handle = people.id_of_handle(who, typed) if names.may_be_handle(typed) else None
    found = people.cards(who, [by_handle] if by_handle else people.by_names(who, [typed])[typed])
    if len(found) == 1:
        return found[0].id, []
    words = gettext("Who do you mean? Pick one.") if found else gettext("Nobody with that name")
    form.lands(RuleBroken("who", words))
    return None, found
