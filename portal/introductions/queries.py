"""Reads of introductions. Each of the three sees their own part, and nothing that tells a no from a silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.paging import Page, cursor_of, page_of, read_cursor
from portal.kudos.queries import former_and_present
from portal.moderation.models import Boundary
from portal.moderation.queries import keeps_apart
from portal.people.models import Person
from portal.people.queries import Card, cards, listed

from .models import (
    ASK_AGAIN_AFTER,
    ASK_LASTS,
    LASTS,
    MOST_WAITING,
    NAMED_FOR,
    NOT_AGAIN_FOR,
    Introduction,
    IntroductionSide,
    ManagerAsk,
)
from .states import INTRODUCTION, state_at

ON_PAGE = 10
MINE = 40  # of my own sides on the page
SHOWN_FOR = timedelta(days=30)  # that it was made


# ---- who sees what -----------------------------------------------------------------------------------------


def together(one: Any, other: Any) -> sa.ColumnElement[bool]:
    """The condition that neither of two people (columns of ids) keeps the other apart."""
    return sa.and_(~keeps_apart(one, other), ~keeps_apart(other, one))


_OF, _ASKER = aliased(Introduction), aliased(Person)  # made once: an alias makes its columns anew


def comes_through() -> sa.ColumnElement[bool]:
    """The condition that an `IntroductionSide` may reach its person: nobody among the three is kept apart from
    them."""
    of, me = _OF, IntroductionSide.person_id
    # One select, no other inside it: that one would not know which side it is about.
    between = sa.or_(
        sa.and_(Boundary.person_id == me, Boundary.other_id == of.by_id),
        sa.and_(Boundary.person_id == of.by_id, Boundary.other_id == me),
    )
    by_kept_apart = sa.select(of.id).join(Boundary, between).where(of.id == IntroductionSide.introduction_id)
    return sa.and_(~by_kept_apart.exists(), together(me, IntroductionSide.other_id))


def seen_side(person_id: Any) -> sa.ColumnElement[bool]:
    """The condition that an `IntroductionSide` is of that person, and they have been asked."""
    asked = sa.and_(IntroductionSide.person_id == person_id, IntroductionSide.told_at.is_not(None))
    return sa.and_(asked, comes_through())


def may_be_asked() -> sa.ColumnElement[bool]:
    """The condition that the person of an `IntroductionSide` (joined with its `Introduction`) may be asked now: they
    have an account, nobody is kept apart, they were not asked about that colleague lately, and not too much waits
    for them."""
    before, earlier = aliased(IntroductionSide), aliased(Introduction)
    lately = sa.select(before.person_id).where(
        before.person_id == IntroductionSide.person_id,
        before.other_id == IntroductionSide.other_id,
        before.told_at > clock.now() - NOT_AGAIN_FOR,
    )
    waits = (
        sa.select(sa.func.count())
        .select_from(before)
        .join(earlier, earlier.id == before.introduction_id)
        .where(
            before.person_id == IntroductionSide.person_id,
            before.told_at.is_not(None),
            before.answer.is_(None),
            earlier.state == "waiting",
            together(before.person_id, before.other_id),
        )
    )
    here = (
        sa.select(Account.person_id)
        .join(Person, Person.id == Account.person_id)
        .where(Account.person_id == IntroductionSide.person_id, Person.left_at.is_(None))
    )
    return sa.and_(
        IntroductionSide.told_at.is_(None),
        IntroductionSide.answer.is_(None),
        Introduction.state == "waiting",
        Introduction.at > clock.now() - LASTS,
        here.exists(),
        comes_through(),
        ~lately.exists(),
        waits.scalar_subquery() < MOST_WAITING,
    )


def due_to_be_asked(most: int = 20) -> list[tuple[int, int]]:
    """(introduction, person) of those who may be asked by now, the longest waiting first."""
    rows = (
        sa.select(IntroductionSide.introduction_id, IntroductionSide.person_id)
        .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
        .where(may_be_asked())
        .order_by(IntroductionSide.introduction_id, IntroductionSide.person_id)
        .limit(most)
    )
    return list(db.session.execute(rows).tuples())


def may_be_public_id(text: str) -> bool:
    """Can it be one at all?"""
    return text.isascii() and text.isalnum() and len(text) <= 40


# ---- as one of the two -------------------------------------------------------------------------------------

Stands = Literal["asked", "agreed", "made"]


@dataclass(frozen=True)
class MySide:
    """An introduction as one of the two sees it. by: None for somebody who is not there any more; by_my_manager: I
    asked for it."""

    id: int
    public_id: str
    other: Card
    by: Card | None
    line: str
    stands: Stands
    by_my_manager: bool
    at: datetime
    ends_at: datetime


def my_sides(viewer: Viewer, *, only_asked: bool = False, most: int = MINE) -> list[MySide]:
    """What waits for my answer, what I said yes to, and what was made lately; the newest first. What I said no to is
    not among them. Four queries."""
    now = clock.now()
    waiting = sa.and_(Introduction.state == "waiting", Introduction.at > now - LASTS)
    unanswered = sa.and_(waiting, IntroductionSide.answer.is_(None))
    stands = sa.or_(
        unanswered,
        sa.and_(waiting, IntroductionSide.answer == "yes"),
        sa.and_(Introduction.state == "made", Introduction.ended_at > now - SHOWN_FOR),
    )
    rows = db.session.execute(
        sa.select(Introduction, IntroductionSide, ManagerAsk.person_id)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .outerjoin(ManagerAsk, ManagerAsk.id == Introduction.ask_id)
        .where(
            seen_side(viewer.person_id),
            unanswered if only_asked else stands,
            listed(viewer, IntroductionSide.other_id),
        )
        .order_by(Introduction.id.desc())
        .limit(most)
    ).tuples()
    return _sides(viewer, rows.all())


def sides_of(viewer: Viewer, introduction_ids: Sequence[int]) -> list[MySide]:
    """Those of them that I have a side in and was asked about, whatever I answered."""
    if not introduction_ids:
        return []
    rows = db.session.execute(
        sa.select(Introduction, IntroductionSide, ManagerAsk.person_id)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .outerjoin(ManagerAsk, ManagerAsk.id == Introduction.ask_id)
        .where(
            Introduction.id.in_(introduction_ids),
            seen_side(viewer.person_id),
        )
        .order_by(Introduction.id.desc())
    ).tuples()
    return _sides(viewer, rows.all())


def who_brought_us(viewer: Viewer, other_id: int) -> Card | None:
    """Who brought that person and me together lately; None for nobody, or for somebody who is not there any more."""
    by_id = db.session.scalar(
        sa.select(Introduction.by_id)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .where(
            seen_side(viewer.person_id),
            IntroductionSide.other_id == other_id,
            Introduction.state == "made",
            Introduction.ended_at > clock.now() - SHOWN_FOR,
        )
        .order_by(Introduction.id.desc())
        .limit(1)
    )
    return next(iter(cards(viewer, [by_id])), None) if by_id is not None else None


def _sides(viewer: Viewer, rows: Sequence[tuple[Introduction, IntroductionSide, int | None]]) -> list[MySide]:
    ids = sorted({one for row, side, _asker in rows for one in (side.other_id, row.by_id)})
    known = {card.id: card for card in cards(viewer, ids)} if ids else {}
    return [
        MySide(
            row.id,
            row.public_id,
            known[side.other_id],
            known.get(row.by_id),
            side.line,
            "made" if row.state == "made" else "agreed" if side.answer == "yes" else "asked",
            asker == viewer.person_id,
            row.at,
            row.at + LASTS,
        )
        for row, side, asker in rows
        if side.other_id in known
    ]


# ---- as whoever brought them together ----------------------------------------------------------------------


@dataclass(frozen=True)
class Brought:
    """Two whom I brought together: each with the line that they read, and how it looks to me. state: "waiting" until
    both have said yes or it is over, whoever answered what."""

    public_id: str
    sides: list[tuple[Card | None, str]]
    state: str
    at: datetime
    ends_at: datetime
    may: frozenset[str]


def brought(viewer: Viewer, *, cursor: str | None = None, size: int = ON_PAGE) -> Page[Brought]:
    """Whom I brought together, the newest first. A fixed number of queries."""
    query = sa.select(Introduction).where(Introduction.by_id == viewer.person_id)
    start = read_cursor(cursor, int)
    if start:
        query = query.where(Introduction.id < start[0])
    rows = db.session.scalars(query.order_by(Introduction.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, lambda row: cursor_of(row.id)).map(lambda some: _brought(viewer, some))


def _brought(viewer: Viewer, rows: Sequence[Introduction]) -> list[Brought]:
    if not rows:
        return []
    of = IntroductionSide.introduction_id.in_([row.id for row in rows])
    sides = db.session.scalars(sa.select(IntroductionSide).where(of).order_by(IntroductionSide.person_id)).all()
    known = former_and_present(viewer, sorted({side.person_id for side in sides}))
    now = clock.now()
    found = []
    for row in rows:
        state = state_at(row.state, row.at, now)
        may = (s.action for s in INTRODUCTION.steps
               if INTRODUCTION.verdict(s.action, state=state, roles={"introducer"}) == "may")  # fmt: skip
        both = [(known.get(side.person_id), side.line) for side in sides if side.introduction_id == row.id]
        found.append(Brought(row.public_id, both, state, row.at, row.at + LASTS, frozenset(may)))
    return found


# ---- asking a manager --------------------------------------------------------------------------------------

Trouble = Literal["nobody", "guest", "not here", "away"]


@dataclass(frozen=True)
class MyManager:
    """Whom I can ask whom to meet. trouble: why that is not possible, None where it is; until: how long they are
    away."""

    card: Card | None
    trouble: Trouble | None
    until: date | None


def my_manager(viewer: Viewer) -> MyManager:
    """My manager, as far as I may see them today."""
    me = db.session.execute(
        sa.select(Person.manager_id, Account.person_id)
        .select_from(Person)
        .outerjoin(Account, Account.person_id == Person.manager_id)
        .where(Person.id == viewer.person_id)
    ).one()
    found = cards(viewer, [me.manager_id]) if me.manager_id not in (None, viewer.person_id) else []
    if not found:
        return MyManager(None, "nobody", None)
    card = found[0]
    trouble: Trouble | None = None
    if card.is_guest:
        trouble = "guest"
    elif me.person_id is None:
        trouble = "not here"
    elif card.away_until is not None and card.away_until >= clock.today(viewer.zone) + ASK_LASTS:
        trouble = "away"
    return MyManager(card, trouble, card.away_until)


@dataclass(frozen=True)
class MyAsk:
    """What I asked my manager last. looks: "waiting", "named", or "quiet" where nobody was named; manager: None for
    somebody whom I do not see any more; again_at: from when on I may ask again, None where I may now: a new manager
    once the old one is not waited for."""

    public_id: str
    manager: Card | None
    line: str
    looks: str
    at: datetime
    ends_at: datetime
    again_at: datetime | None


def my_ask(viewer: Viewer) -> MyAsk | None:
    """The last one; None where there is none."""
    mine = sa.select(ManagerAsk).where(ManagerAsk.person_id == viewer.person_id)
    row = db.session.scalar(mine.order_by(ManagerAsk.id.desc()).limit(1))
    if row is None:
        return None
    now = clock.now()
    looks = "waiting" if row.state != "over" and now < row.ends_at else "quiet"
    if row.state == "answered" and db.session.scalar(named_by(row.id, viewer.person_id).limit(1)) is not None:
        looks = "named"
    reports_to = db.session.scalar(sa.select(Person.manager_id).where(Person.id == viewer.person_id))
    is_new = looks != "waiting" and row.manager_id != reports_to
    again_at = None if is_new or row.at + ASK_AGAIN_AFTER <= now else row.at + ASK_AGAIN_AFTER
    manager = former_and_present(viewer, [row.manager_id]).get(row.manager_id)
    return MyAsk(row.public_id, manager, row.line, looks, row.at, row.ends_at, again_at)


def named_by(ask_id: Any, person_id: int) -> sa.Select[int]:
    """The introductions that came of an ask, as far as whoever asked may see them."""
    return (
        sa.select(Introduction.id)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .where(Introduction.ask_id == ask_id, seen_side(person_id))
    )


@dataclass(frozen=True)
class AskOfMe:
    """Somebody asks me, their manager, whom to meet."""

    id: int
    public_id: str
    asker: Card
    line: str
    ends_at: datetime


def put_to(person_id: int) -> sa.ColumnElement[bool]:
    """The condition that a `ManagerAsk` waits for that person."""
    return sa.and_(
        ManagerAsk.manager_id == person_id,
        ManagerAsk.state == "waiting",
        ManagerAsk.passed_at.is_(None),
        ManagerAsk.ends_at > clock.now(),
        together(ManagerAsk.person_id, ManagerAsk.manager_id),
    )


def asks_of_me(viewer: Viewer, *, public_id: str | None = None, most: int = MINE) -> list[AskOfMe]:
    """Who waits for names from me, the longest waiting first."""
    query = sa.select(ManagerAsk).where(put_to(viewer.person_id), listed(viewer, ManagerAsk.person_id))
    if public_id is not None:
        query = query.where(ManagerAsk.public_id == public_id)
    rows = db.session.scalars(query.order_by(ManagerAsk.id).limit(most)).all()
    known = {card.id: card for card in cards(viewer, sorted({row.person_id for row in rows}))} if rows else {}
    return [
        AskOfMe(row.id, row.public_id, known[row.person_id], row.line, row.ends_at)
        for row in rows
        if row.person_id in known
    ]


def ask_of_me(viewer: Viewer, public_id: str) -> AskOfMe:
    """The one at that address. `NotVisible` for everybody else, and once it is over."""
    found = asks_of_me(viewer, public_id=public_id) if may_be_public_id(public_id) else []
    if not found:
        raise NotVisible
    return found[0]


# ---- for whom to meet --------------------------------------------------------------------------------------


def named_by_managers(as_of: datetime) -> list[tuple[int, int]]:
    """(who asked, whom their manager of today named) in the half year before."""
    return list(db.session.execute(_named(as_of)).tuples())


def named_for(person_id: int, other_id: Any, as_of: datetime) -> sa.ColumnElement[bool]:
    """The condition that the manager of that person named somebody (a column of ids) when they asked by then."""
    mine = sa.and_(IntroductionSide.person_id == person_id, IntroductionSide.other_id == other_id)
    return _named(as_of).where(mine, comes_through()).exists()


def _named(as_of: datetime) -> sa.Select[int, int]:
    asker = _ASKER
    return (
        sa.select(IntroductionSide.person_id, IntroductionSide.other_id)
        .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
        .join(
            ManagerAsk,
            sa.and_(ManagerAsk.id == Introduction.ask_id, ManagerAsk.person_id == IntroductionSide.person_id),
        )
        .join(asker, sa.and_(asker.id == IntroductionSide.person_id, asker.manager_id == Introduction.by_id))
        .where(Introduction.at <= as_of, Introduction.at > as_of - NAMED_FOR)
        .order_by(Introduction.id)
    )
