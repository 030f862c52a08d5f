"""How asks and their answers get into the index of search, and what they say there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from portal.core.auth import NAMED, Viewer
from portal.core.db import db
from portal.core.findable import Entry, Shown, Source, Why, ids_of
from portal.core.markup import in_a_line, plain
from portal.kudos import words
from portal.search.services import putter
from portal.topics.models import Topic, root_of

from . import queries
from .models import HelpAsk, HelpAskListing, HelpAskTopic, HelpPost


def key_of(question: str) -> str:
    """The same for questions that read the same."""
    return words.key_of(" ".join(re.sub(r"\W+", " ", question).split()) or question)


def _audiences(ask_ids: Collection[int]) -> dict[int, list[int]]:
    """On whose lists each of these asks stands; nobody's for one that is put to somebody alone."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(HelpAskListing.ask_id, HelpAskListing.audience_id)
        .where(HelpAskListing.ask_id.in_(ask_ids))
        .order_by(HelpAskListing.ask_id, HelpAskListing.audience_id)
    )
    for ask_id, audience_id in rows:
        found[ask_id].append(audience_id)
    return found


def _topic_names(ask_ids: Collection[int]) -> dict[int, list[str]]:
    root = sa.orm.aliased(Topic)
    found: dict[int, list[str]] = defaultdict(list)
    rows = db.session.execute(
        sa.select(HelpAskTopic.ask_id, root.name)
        .join(Topic, Topic.id == HelpAskTopic.topic_id)
        .join(root, root.id == root_of())
        .where(HelpAskTopic.ask_id.in_(ask_ids))
        .order_by(HelpAskTopic.ask_id, root.id)
    )
    for ask_id, name in rows:
        found[ask_id].append(name)
    return found


def ask_entries(ask_ids: Sequence[int]) -> list[Entry]:
    """Whoever reads an ask finds it by its words, its topics, and by answers that may be found."""
    rows = db.session.scalars(sa.select(HelpAsk).where(HelpAsk.id.in_(ask_ids), HelpAsk.state != "closed")).all()
    audiences, topics = _audiences(ask_ids), _topic_names(ask_ids)
    answers: dict[int, list[str]] = defaultdict(list)
    useful = sa.select(HelpPost.ask_id, HelpPost.words).where(
        HelpPost.ask_id.in_(ask_ids), HelpPost.useful_at.is_not(None), HelpPost.may_be_found.is_(True)
    )
    for ask_id, said in db.session.execute(useful.order_by(HelpPost.id)):
        answers[ask_id].append(said)
    return [
        Entry(
            row.id,
            audience_id,
            row.question,
            " \n ".join((row.details, *topics.get(row.id, ()), *answers.get(row.id, ()))),
            at=row.at,
        )
        for row in rows
        for audience_id in audiences.get(row.id, ()) or [NAMED]
    ]


def answer_entries(post_ids: Sequence[int]) -> list[Entry]:
    """An answer that was useful shows what its author knows, to whoever reads the ask, when both agree."""
    rows = db.session.execute(
        sa.select(HelpPost.id, HelpPost.person_id, HelpPost.words, HelpPost.at, HelpAsk.id, HelpAsk.question)
        .join(HelpAsk, HelpAsk.id == HelpPost.ask_id)
        .where(
            HelpPost.id.in_(post_ids),
            HelpPost.useful_at.is_not(None),
            HelpPost.may_be_found.is_(True),
            HelpPost.person_id != HelpAsk.asker_id,
            HelpAsk.state != "closed",
        )
    ).tuples().all()  # fmt: skip
    ask_ids = [ask_id for _post, _person, _words, _at, ask_id, _question in rows]
    audiences, topics = _audiences(ask_ids), _topic_names(ask_ids)
    return [
        Entry(
            post_id,
            audience_id,
            " \n ".join((question, *topics.get(ask_id, ()))),
            words,
            [(person_id, "author")],
            at,
        )
        for post_id, person_id, words, at, ask_id, question in rows
        for audience_id in audiences.get(ask_id, ())
    ]


# ---- as they stand on pages ----------------------------------------------------------------------------------


def named(viewer: Viewer, ask_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that an ask is the viewer's, was put to them, or that they promised to help."""
    return queries.named_in(viewer.person_id, ask_id)


def show_asks(viewer: Viewer, ask_ids: Sequence[int]) -> Mapping[int, Shown]:
    """The question, and how it stands."""
    words = {"open": gettext("Open"), "answered": gettext("Answered"), "closed": gettext("Closed")}
    return {
        one.id: Shown(
            url_for("help.ask", public_id=one.public_id),
            one.question,
            gettext("%(name)s, %(state)s", name=one.asker.name, state=words[one.state])
            if one.asker
            else words[one.state],
        )
        for one in queries.views(viewer, ask_ids)
    }


def why_answers(viewer: Viewer, post_ids: Sequence[int], _looked_for: Collection[str]) -> Mapping[int, Why]:
    """Which question they answered."""
    rows = db.session.execute(
        sa.select(HelpPost.id, HelpPost.words_html, HelpAsk.question, HelpAsk.public_id)
        .join(HelpAsk, HelpAsk.id == HelpPost.ask_id)
        .where(
            HelpPost.id.in_(post_ids),
            HelpPost.useful_at.is_not(None),
            HelpPost.may_be_found.is_(True),
            queries.seen_by(viewer),
        )
    ).tuples()
    return {
        post_id: Why(
            gettext("Answered “%(question)s”", question=question),
            in_a_line(plain(html)),
            url_for("help.ask", public_id=public_id),
        )
        for post_id, html, question, public_id in rows
    }


put_asks = putter(kind="ask", entries=ask_entries)
put_answers = putter(kind="answer", entries=answer_entries)

SOURCES = [
    Source("ask", ids_of(HelpAsk), ask_entries, named=named, show=show_asks),
    Source("answer", ids_of(HelpPost), answer_entries, why=why_answers),
]
