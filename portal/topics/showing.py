"""What others see of me: per topic what shows that I know it, what I hide, and what would make it clearer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.auth import Viewer, viewer
from portal.core.db import MAX_ID, db
from portal.core.findable import Why
from portal.core.forms import Form, act
from portal.core.i18n import lazy as _
from portal.search import services as search
from portal.search import words
from portal.search.queries import OwnItem, Reason, shows_work, what_shows, work_is_shown
from portal.search.telling import reasons_told

from . import queries, services
from .blueprint import bp
from .models import Topic, TopicAlias, root_of
from .queries import MOST_KNOWN, Claimed, TopicName

ITEMS = 500  # the newest that are looked at
TOPICS = 20
OF_A_TOPIC = 6
REST = 20  # that fit no topic
KIND_WORDS = {
    "intro": _("Your intro"), "vouch": _("A colleague vouches for you"), "kudos": _("Thanks you got"),
    "work": _("Work from elsewhere"),
}  # fmt: skip


@dataclass(frozen=True)
class TopicShown:
    """A topic, and what shows that I know it. off: I am not listed for it."""

    topic: TopicName
    claim: Claimed | None
    items: tuple[OwnItem, ...]
    more: int
    off: bool
    clearer: str


def clearer(claim: Claimed | None, items: Sequence[OwnItem], off: bool) -> str:
    """One sentence on what would make it clearer to others that I know it."""
    open_items = [one for one in items if not one.hidden]
    if off:
        return gettext("You are not listed for this, whatever shows it.")
    if claim is None:
        return gettext("Claim it, and colleagues know that they may ask you.")
    if claim.level == "learning":
        return gettext("You are learning it, so nobody is sent to you with questions.")
    if not claim.line:
        return gettext("Say in a line how others can tell.")
    if not claim.vouches:
        return gettext("Somebody you helped with it could vouch for you.")
    if not claim.is_open:
        return gettext("Say that you are open for questions, and you are found sooner.")
    if not [one for one in open_items if one.kind != "vouch"]:
        return gettext("Name it in your intro, and it is found there as well.")
    return gettext("This is clear: you say it, colleagues say it, and it can be seen.")


def what_others_see(viewer: Viewer) -> tuple[list[TopicShown], list[OwnItem]]:
    """By topic, my own first; and what fits no topic. A fixed number of queries."""
    items = what_shows(viewer, ITEMS)
    bags = [set(words.bare(one.bag)) for one in items]
    every = set().union(*bags) if bags else set()
    claims, off = {one.topic.id: one for one in queries.my_claims(viewer)}, queries.my_off(viewer)
    told: dict[int, set[int]] = {topic_id: set() for topic_id in (*claims, *off)}
    for topic_id, name in _all_names():
        wanted = set(words.words_of(name)) - words.STOP
        if wanted and wanted <= every:
            fitting = {place for place, bag in enumerate(bags) if wanted <= bag}
            if fitting:
                told.setdefault(topic_id, set()).update(fitting)
    order = sorted(told, key=lambda one: (one not in claims, -len(told[one]), one))[: max(TOPICS, len(claims))]
    known = queries.names_by_id(order)
    used = {place for one in order for place in told[one]}
    found = []
    for topic_id in order:
        some = [items[place] for place in sorted(told[topic_id])]
        claim, is_off = claims.get(topic_id), topic_id in off
        found.append(
            TopicShown(
                known[topic_id], claim, tuple(some[:OF_A_TOPIC]), max(len(some) - OF_A_TOPIC, 0), is_off,
                clearer(claim, some, is_off),
            )
        )  # fmt: skip
    return found, [one for place, one in enumerate(items) if place not in used]


def _all_names() -> list[tuple[int, str]]:
    """(the topic as which it is read, a name of it), of topics that are offered."""
    own = sa.select(root_of().label("root"), Topic.name).where(Topic.retired_at.is_(None))
    other = (
        sa.select(root_of(), TopicAlias.name)
        .join(Topic, Topic.id == TopicAlias.topic_id)
        .where(Topic.retired_at.is_(None))
    )
    rows = db.session.execute(sa.union_all(own, other).limit(MOST_KNOWN))
    return [(root_id, name) for root_id, name in rows]


def _told(viewer: Viewer, items: Sequence[OwnItem], looked_for: Collection[str]) -> dict[int, Why]:
    """By the first id of an item: what others read of it."""
    reasons = [
        Reason(one.item_ids[0], one.kind, one.subject_id, "", one.title, one.url, one.at)
        for one in items
        if one.kind != "intro"  # it stands beside several topics, and says something else about each
    ]
    told = reasons_told(viewer, reasons, looked_for)
    mine = Why(gettext("It names this"), "", url_for("people.me"))
    return {**{one.item_ids[0]: mine for one in items if one.kind == "intro"}, **told}


# ---- pages ---------------------------------------------------------------------------------------------------


@bp.get("/me/evidence")
def evidence() -> str:
    """What others see of me, and why I am found."""
    who = viewer()
    by_topic, rest = what_others_see(who)
    items = [one for some in by_topic for one in some.items] + rest[:REST]
    looked_for = {word for one in by_topic for word in words.words_of(one.topic.name)}
    return render_template(
        "topics/evidence.html",
        by_topic=by_topic,
        rest=rest[:REST],
        more=max(len(rest) - REST, 0),
        told=_told(who, items, looked_for),
        kinds=KIND_WORDS,
        work_is_shown=work_is_shown(),
        shows_work=shows_work(who.person_id),
    )


@bp.post("/me/evidence/items")
def hide_items() -> Response:
    """Hide what shows something of me (fields `item`, several), or show it again (`show`)."""
    ids = [int(one) for one in request.form.getlist("item") if one.isascii() and one.isdigit() and len(one) < 19]
    hidden = "show" not in request.form
    person_id = viewer().person_id
    ids = [one for one in ids if one <= MAX_ID]
    said = gettext("Hidden. Nobody finds you by it.") if hidden else gettext("It shows again.")
    return _do(lambda: search.hide_from_others(person_id=person_id, item_ids=ids, hidden=hidden), said)


@bp.post("/me/evidence/topics/<slug>")
def list_for(slug: str) -> Response:
    """Do not list me for this (field `off`), or do again."""
    who = viewer()
    found = queries.topic(who, slug)
    off = "off" in request.form
    said = gettext("You are not listed for it any more.") if off else gettext("You are listed again where it shows.")
    return _do(lambda: services.set_off(viewer=who, topic_id=found.id, off=off), said)


@bp.post("/me/evidence/work")
def work_shows() -> Response:
    """Work from elsewhere speaks for me (field `show`), or not at all."""
    person_id, shows = viewer().person_id, "show" in request.form
    return _do(lambda: search.show_work(person_id=person_id, shows=shows), gettext("Saved."))


def _do(work: Callable[[], Any], said: str) -> Response:
    if act(Form(), work):
        flash(said)
    return redirect(url_for("topics.evidence"), 303)
