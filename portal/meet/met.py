"""Did you meet? Asked in one tap, some days after a hello, a coffee or an introduction; later, did you meet again?

What somebody answers is theirs alone: the other is told nothing, and is asked for themselves. A yes is a contact for
whoever said it. A question that stays unanswered goes away by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.moderation.queries import who_keeps_apart
from portal.people.queries import Card, cards, listed
from portal.ties import services as ties

from .models import MetQuestion

ASKED_AFTER = {"hello": timedelta(days=5), "coffee": timedelta(days=7), "introduction": timedelta(days=7)}
AGAIN_AFTER = timedelta(days=30)
NOT_YET_FOR = timedelta(days=7)
TIMES = 3  # a question is put, at most
STANDS = timedelta(days=21)
APART_BY = timedelta(days=7)  # two talks that are two meetings
KEPT = timedelta(days=400)
Said = Literal["yes", "not-yet", "no"]
SAID: tuple[Said, ...] = ("yes", "not-yet", "no")


@dataclass(frozen=True)
class Question:
    """Did I meet that person, or meet them again?"""

    card: Card
    again: bool


def expect(*, person_id: int, other_id: int, medium: str) -> None:
    """The two may meet: that person is asked in some days whether they did. What is asked already stays as it is."""
    row = _row(person_id, other_id)
    if row is not None and row.due_at is not None:
        return
    now = clock.now()
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    db.session.add(
        MetQuestion(
            person_id=person_id, other_id=other_id, medium=medium, stage="met", times=0, at=now,
            due_at=now + ASKED_AFTER[medium], before={},
        )
    )  # fmt: skip


def say_hello_was_sent(*, viewer: Viewer, other_id: int, medium: str) -> None:
    """I wrote to them: ask me in some days."""
    if medium not in ASKED_AFTER or other_id == viewer.person_id or not _sees(viewer, other_id):
        raise NotVisible
    expect(person_id=viewer.person_id, other_id=other_id, medium=medium)


def take_back_hello(*, viewer: Viewer, other_id: int) -> None:
    """I did not write after all; what was answered since stays."""
    row = _row(viewer.person_id, other_id)
    if row is not None and row.met_at is None and row.times == 0:
        db.session.delete(row)


def note_talked(*, person_id: int, other_id: int) -> None:
    """They said of themselves that they talked: nobody has to ask that again."""
    now = clock.now()
    row = _row(person_id, other_id)
    if row is None:
        db.session.add(
            MetQuestion(
                person_id=person_id, other_id=other_id, medium="talked", stage="again", times=0, at=now,
                due_at=now + AGAIN_AFTER, met_at=now, before={},
            )
        )  # fmt: skip
    elif row.met_at is None:
        row.before = _kept(row)
        row.stage, row.met_at, row.times, row.due_at = "again", now, 0, now + AGAIN_AFTER
    elif row.again_at is None and now - row.met_at >= APART_BY:
        row.before = _kept(row)
        row.again_at, row.due_at = now, None


def note_not_talked(*, person_id: int, other_id: int) -> None:
    """They take back that they talked today."""
    row = _row(person_id, other_id)
    now = clock.now()
    if row is None or now - max(row.again_at or row.at, row.met_at or row.at) > timedelta(days=2):
        return
    if row.before:
        _restore(row)
    elif row.medium == "talked":
        db.session.delete(row)


def answer(*, viewer: Viewer, other_id: int, said: Said) -> None:
    """What I say to the question that is put to me. `NotVisible` where none is, `RuleBroken` where it is answered."""
    row = _row(viewer.person_id, other_id)
    now = clock.now()
    if row is None or not _sees(viewer, other_id):
        raise NotVisible
    if row.due_at is None or row.due_at > now:
        raise RuleBroken("", gettext("This is answered or over by now."))
    row.before = _kept(row)
    if said == "yes":
        ties.say_met(viewer=viewer, other_id=other_id, medium=_medium(row))
        if row.stage == "met":
            row.stage, row.met_at, row.times, row.due_at = "again", now, 0, now + AGAIN_AFTER
        else:
            row.again_at, row.due_at = now, None
    elif said == "not-yet" and row.times + 1 < TIMES:
        row.times, row.due_at = row.times + 1, now + NOT_YET_FOR
    else:
        row.due_at = None


def take_back(*, viewer: Viewer, other_id: int) -> None:
    """What I said last: it is asked again, and is no contact. Nothing happens where that is so already."""
    row = _row(viewer.person_id, other_id)
    if row is None:
        raise NotVisible
    if not row.before:
        return
    was = row.again_at or row.met_at
    _restore(row)
    if was is not None and was != (row.again_at or row.met_at):
        ties.unsay_met(viewer=viewer, other_id=other_id, medium=_medium(row), at=was)


def question(viewer: Viewer) -> Question | None:
    """The one that is put to me now; at most one at a time, the oldest first. Three queries."""
    now = clock.now()
    rows = db.session.scalars(
        sa.select(MetQuestion)
        .where(
            MetQuestion.person_id == viewer.person_id,
            MetQuestion.due_at <= now,
            MetQuestion.due_at > now - STANDS,
            listed(viewer, MetQuestion.other_id),
        )
        .order_by(MetQuestion.due_at, MetQuestion.other_id)
        .limit(5)
    ).all()
    apart = who_keeps_apart(viewer.person_id, [row.other_id for row in rows])
    known = {card.id: card for card in cards(viewer, [row.other_id for row in rows])}
    fit = [row for row in rows if row.other_id in known and row.other_id not in apart]
    return Question(known[fit[0].other_id], fit[0].stage == "again") if fit else None


def forget_old() -> None:
    """What nobody needs any more."""
    old = sa.delete(MetQuestion).where(MetQuestion.at < clock.now() - KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))


# ---- a row -----------------------------------------------------------------------------------------------------


def _row(person_id: int, other_id: int) -> MetQuestion | None:
    return db.session.get(MetQuestion, (person_id, other_id))


def _sees(viewer: Viewer, other_id: int) -> bool:
    return bool(cards(viewer, [other_id]))


def _medium(row: MetQuestion) -> str:
    return "coffee" if row.medium == "coffee" else "talked"


_MOMENTS = ("due_at", "met_at", "again_at")


def _kept(row: MetQuestion) -> dict[str, Any]:
    moments = {name: getattr(row, name) for name in _MOMENTS}
    return {
        "stage": row.stage,
        "times": row.times,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def _restore(row: MetQuestion) -> None:
    was, row.before = row.before, {}
    row.stage, row.times = was["stage"], was["times"]
    for name in _MOMENTS:
        setattr(row, name, datetime.fromisoformat(was[name]) if was[name] else None)
