"""Who can probably answer a question now, and what says so, told to them alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.accounts.models import Account
from portal.accounts.queries import as_viewer, reader
from portal.audiences.models import AudienceMember
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.findable import Why
from portal.people.models import Person
from portal.search.queries import Reason, what_speaks_for, who_can_answer
from portal.search.scoring import Ranked
from portal.search.telling import reasons_told
from portal.search.words import words_of
from portal.topics.queries import TopicName, not_open_for

from .routing import AT_A_TIME, Candidate

POOL = 40  # people who are looked at for one ask
REASONS = 3


def able(
    viewer: Viewer,
    question: str,
    *,
    details: str = "",
    topics: Sequence[TopicName] = (),
    teams_only: bool = False,
) -> list[Candidate]:
    """Those who can probably answer, the best first, as far as search knows: without what they have open, and without
    asking whether they are away.

    By what the asker (the viewer) may see: colleagues with an account, with `teams_only` of the asker's teams. The
    question and its topics count equally; the details where the question leads to nobody. Whoever takes no questions
    on one of the topics is left out. A fixed number of queries for each topic.
    """

    def comes_into_question(person_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        who = sa.select(Account.person_id).join(Person, Person.id == Account.person_id)
        mine = sa.select(AudienceMember.audience_id).where(AudienceMember.person_id == viewer.person_id)
        mates = sa.select(AudienceMember.person_id).where(AudienceMember.audience_id.in_(mine))
        # A guest sees people of shared teams, so is asked by nobody else.
        near = person_id.in_(mates) if teams_only else sa.or_(Person.kind != "guest", person_id.in_(mates))
        return who.where(Account.person_id == person_id, near).exists()

    def found(text: str) -> list[Ranked]:
        return who_can_answer(viewer, text, comes_into_question)

    scores: defaultdict[int, float] = defaultdict(float)
    _add(scores, found(question) or (found(details) if details else []), 1)
    for topic in topics:
        _add(scores, found(topic.name), 1 / len(topics))
    out = not_open_for([topic.id for topic in topics]) if topics else set()
    ordered = sorted((one for one in scores if one not in out), key=lambda one: (-scores[one], one))
    elsewhere = _elsewhere(viewer, ordered)
    # Somebody for fresh eyes is among them, however far down.
    pool = [*ordered[:POOL], *[one for one in ordered[POOL:] if one in elsewhere][:AT_A_TIME]]
    return [Candidate(one, scores[one], elsewhere=one in elsewhere) for one in pool]


def _add(scores: defaultdict[int, float], ranked: Sequence[Ranked], weight: float) -> None:
    for one in ranked:
        scores[one.person_id] += weight * one.score / ranked[0].score


def _elsewhere(viewer: Viewer, person_ids: Sequence[int]) -> set[int]:
    """Those of them who work in another department; whose is not known, nobody says so of."""
    mine = sa.select(Person.department_id).where(Person.id == viewer.person_id).scalar_subquery()
    others = sa.select(Person.id).where(Person.id.in_(person_ids), Person.department_id != mine)
    return set(db.session.scalars(others)) if person_ids else set()


def why_you(viewer: Viewer, *, asker_id: int, question: str, topics: Sequence[TopicName] = ()) -> list[Why]:
    """Why it was the viewer who was asked, in words for them, by what both they and the asker may see; nothing where
    that is gone by now. A fixed number of queries for each topic."""
    asker = reader(asker_id)
    if asker is None:
        return []
    by = as_viewer(asker)
    texts = [question, *(topic.name for topic in topics)]
    reasons = {one.item_id: one for text in texts for one in what_speaks_for(viewer, text, by)}
    told = reasons_told(viewer, list(reasons.values()), words_of(" ".join(texts)))
    answers = [one for one in reasons.values() if one.kind == "answer" and one.item_id in told]
    lines: dict[int, Why] = {}
    for item_id, one in reasons.items():
        if item_id in told and one not in answers[1:]:
            lines[item_id] = replace(told[item_id], words=_to_you(one, told[item_id], len(answers)))
    return list(lines.values())[:REASONS]


def _to_you(one: Reason, told: Why, answers: int) -> str:
    """The same as is told of them to others, said to themselves."""
    if one.kind == "claim":
        return {
            "helper": gettext("You can help with %(topic)s", topic=one.title),
            "expert": gettext("You are an expert in %(topic)s", topic=one.title),
        }.get(one.role, told.words)
    if one.kind == "answer":
        return ngettext("You answered a question on this", "You answered %(num)d questions on this", answers)
    if one.kind == "work":
        return gettext("You reviewed") if one.role == "reviewer" else gettext("You wrote")
    return {
        "kudos": gettext("You were thanked for this"),
        "intro": gettext("Your intro speaks of this"),
    }.get(one.kind, told.words)
