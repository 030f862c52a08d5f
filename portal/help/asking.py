"""What helps while somebody asks: who is able, topics that the words name, a like question that was answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from portal.accounts.queries import as_viewer, reader
from portal.core.auth import Viewer
from portal.core.db import db
from portal.search.queries import find
from portal.search.words import STOP, words_of
from portal.topics import naming
from portal.topics.queries import TopicName, known_keys, names_by_id

from . import queries
from .able import able
from .models import HelpAsk, HelpPost
from .queries import AskView
from .routing import Candidate
from .services import Question

SUGGESTED = 5
ALIKE = 3
LOOKED_AT = 12  # questions that share words
LONGEST_NAME = 4  # words of a topic's name
SAME = 0.6  # of the words of the shorter question


def able_now(viewer: Viewer, question: Question, topics: Sequence[TopicName]) -> list[Candidate]:
    """Who can probably answer now, of those whom the asker may see. Nothing is locked."""
    teams_only = question.shown_to == "teams"
    return able(viewer, question.question, details=question.details, topics=topics, teams_only=teams_only)


def able_for(ask_id: int) -> list[Candidate]:
    """The same for an ask that is there, for its asker."""
    row = db.session.get(HelpAsk, ask_id)
    asker = reader(row.asker_id) if row is not None else None
    if row is None or asker is None:
        return []
    viewer = as_viewer(asker)
    topics = queries.topics_of(viewer, [ask_id]).get(ask_id, ())
    return able_now(viewer, Question(row.question, row.details, shown_to=row.shown_to), topics)


def suggested(viewer: Viewer, text: str) -> list[TopicName]:
    """Topics whose name, or another name of theirs, stands in the words, the longest names first. Two queries."""
    pieces = [piece for piece in (naming.key_of(one) for one in text[:4_000].split()) if piece]
    known = known_keys(viewer)
    found: dict[int, int] = {}
    for size in range(LONGEST_NAME, 0, -1):
        for start in range(len(pieces) - size + 1):
            key = " ".join(pieces[start : start + size])
            if key in known and key not in STOP:
                found.setdefault(known[key], size)
    names = names_by_id(list(found)[:SUGGESTED])
    return [names[one] for one in list(found)[:SUGGESTED] if one in names]


def alike(viewer: Viewer, text: str) -> list[AskView]:
    """Questions that ask nearly the same and were answered, the likest first."""
    wanted = _telling(text)
    if not wanted:
        return []
    hits = find(viewer, text[:2_000], most=LOOKED_AT).hits.get("ask", [])
    useful = sa.select(HelpPost.id).where(HelpPost.ask_id == HelpAsk.id, HelpPost.useful_at.is_not(None))
    answered = sa.select(HelpAsk.id).where(HelpAsk.state == "answered", useful.exists())
    ids = db.session.scalars(answered.where(HelpAsk.id.in_([hit.subject_id for hit in hits]))).all()
    near = [(likeness(wanted, _telling(one.question)), one) for one in queries.views(viewer, ids)]
    near = [pair for pair in near if pair[0] >= SAME]
    return [one for _near, one in sorted(near, key=lambda pair: (-pair[0], -pair[1].id))[:ALIKE]]


def _telling(text: str) -> set[str]:
    return set(words_of(text)) - STOP


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """How much of the shorter question stands in the other, 0 to 1; one word alone says nothing. Pure."""
    both = set(one) & set(other)
    shorter = min(len(set(one)), len(set(other)))
    return len(both) / shorter if len(both) > 1 or shorter == 1 == len(both) else 0.0
