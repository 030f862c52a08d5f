"""Promises: "I will do X for you by Friday". Rules, writes and reads. Only the two of them see one."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock, personal
from portal.core.auth import Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.paging import Page, cursor_of, page_of, read_cursor
from portal.kudos.queries import former_and_present
from portal.moderation.queries import who_blocked
from portal.people import names
from portal.people.models import Person, Place
from portal.people.queries import Card, cards, listed

from . import queries, reminding, rules
from .events import (
    OutcomeNoted,
    PromiseDropped,
    PromiseFulfilled,
    PromiseMade,
    PromiseMoved,
    PromiseMoveDropped,
    PromiseMoveProposed,
    PromiseReminded,
    PromiseReopened,
)
from .models import MOST_PROMISES, OUTCOME_AFTER, HelpAsk, HelpAsked, HelpPromise, HelpReminder
from .routing import OFFICE_DAYS
from .states import PROMISE

MAX_WHAT, MAX_WORD, MAX_OUTCOME = 200, 200, 200
ON_PAGE = 20
LATELY_SHARED = 3  # lines on home

# ---- making one --------------------------------------------------------------------------------------------


def make_promise(
    *, viewer: Viewer, what: str, due_on: date | None, ask_id: int | None = None, to_id: int | None = None
) -> str:
    """Promise something by a day, to whoever asks or to a colleague; the public id. `RuleBroken` on "what", "due_on",
    "to"."""
    rules.short("what", what, MAX_WHAT)
    if not names.is_visible(what):
        raise RuleBroken("what", gettext("Say in a few words what you will do"))
    if due_on is None:
        raise RuleBroken("due_on", gettext("Pick a day"))
    rules.check_day(viewer, "due_on", due_on)
    ask = rules.held_ask(viewer, ask_id, "promise") if ask_id is not None else None
    receiver_id = ask.asker_id if ask is not None else to_id
    if receiver_id is None or receiver_id == viewer.person_id:
        raise RuleBroken("to", gettext("Say whom you promise it"))
    rules.not_paused(viewer)
    if ask is None:
        there = sa.select(Person.id).where(Person.id == receiver_id, listed(viewer, Person.id))
        if db.session.scalar(there.where(Person.left_at.is_(None))) is None:
            raise RuleBroken("to", gettext("Nobody with that name"))
    else:
        _room_on(ask.id, viewer.person_id)
    muted = bool(who_blocked(viewer.person_id, [receiver_id]))
    row = HelpPromise(
        public_id=secrets.token_hex(8),
        giver_id=viewer.person_id,
        receiver_id=receiver_id,
        ask_id=ask_id,
        what=what,
        due_on=due_on,
        at=clock.now(),
        muted=muted,
    )
    db.session.add(row)
    db.session.flush()
    if ask is not None:
        _answered_yes(ask.id, viewer.person_id)
        if not muted:
            ask.next_round_at, ask.raise_at = None, None  # somebody is on it
    plan_reminders([row])
    publish(PromiseMade(row.id, viewer.person_id, receiver_id, ask_id, muted))
    return row.public_id


def _room_on(ask_id: int, giver_id: int) -> None:
    """An ask takes a few promises at a time, and one of each; the ask is held."""
    mine = sa.select(HelpPromise.id).where(
        HelpPromise.ask_id == ask_id, HelpPromise.state == "open", HelpPromise.giver_id == giver_id
    )
    if db.session.scalar(mine.limit(1)) is not None:
        raise RuleBroken("", gettext("You promised to help already."))
    count = sa.select(sa.func.count()).where(
        HelpPromise.ask_id == ask_id, HelpPromise.state == "open", HelpPromise.muted.is_(False)
    )
    if (db.session.scalar(count) or 0) >= MOST_PROMISES:
        raise RuleBroken("", gettext("This ask has as much help as it can take for now. Thank you."))


def _answered_yes(ask_id: int, person_id: int) -> None:
    db.session.execute(
        sa.update(HelpAsked)
        .where(HelpAsked.ask_id == ask_id, HelpAsked.person_id == person_id)
        .values(said="yes", said_at=clock.now())
        .execution_options(synchronize_session=False)
    )


# ---- reminders ---------------------------------------------------------------------------------------------


def plan_reminders(rows: Sequence[HelpPromise]) -> None:
    """What each of the two is owed from now on. What was told already is not told again."""
    if not rows:
        return
    ids = [row.id for row in rows]
    open_rows = [row for row in rows if row.state == "open"]
    waiting = sa.delete(HelpReminder).where(HelpReminder.promise_id.in_(ids), HelpReminder.told_at.is_(None))
    db.session.execute(waiting.execution_options(synchronize_session=False))
    people = {one for row in open_rows for one in _reminded(row)}
    if not people:
        return
    found = db.session.execute(
        sa.select(Person.id, Person.working_days, sa.func.coalesce(Person.time_zone, Place.time_zone))
        .outerjoin(Place, Place.id == Person.place_id)
        .where(Person.id.in_(people), Person.left_at.is_(None))
    ).tuples()
    hours = {person_id: (clock.zone(zone), days) for person_id, days, zone in found}
    now = clock.now()
    owed = []
    for row in open_rows:
        for person_id in _reminded(row):
            if person_id in hours:
                zone, days = hours[person_id]
                moments = reminding.reminders(row.due_on, zone=zone, working_days=days, now=now)
                owed += [
                    {"promise_id": row.id, "person_id": person_id, "kind": kind, "due_at": at, "told_at": None}
                    for kind, at in moments.items()
                ]
    insert_missing(HelpReminder, owed)


def _reminded(row: HelpPromise) -> tuple[int, ...]:
    return (row.giver_id,) if row.muted else (row.giver_id, row.receiver_id)


def plan_again(person_ids: Collection[int]) -> None:
    """Their zone or their days may be others."""
    theirs = sa.or_(HelpPromise.giver_id.in_(person_ids), HelpPromise.receiver_id.in_(person_ids))
    plan_reminders(db.session.scalars(sa.select(HelpPromise).where(theirs, HelpPromise.state == "open")).all())


def remind_next() -> bool:
    """Remind of what is due the longest; True when there may be more. Somebody who is away is reminded the first
    morning that they work again, if the day is not over by then."""
    now = clock.now()
    due = sa.select(HelpReminder).where(HelpReminder.told_at.is_(None), HelpReminder.due_at <= now)
    row = db.session.scalar(
        due.order_by(HelpReminder.due_at, HelpReminder.id).limit(1).with_for_update(skip_locked=True)
    )
    if row is None:
        return False
    promise, person = db.session.get_one(HelpPromise, row.promise_id), db.session.get_one(Person, row.person_id)
    zone = clock.zone(rules.zone_of(person))
    today = now.astimezone(zone).date()
    back = person.away_until + timedelta(days=1) if person.away_until else today
    there = reminding.working_day_after(max(back, today), person.working_days or OFFICE_DAYS, 0)
    if promise.state == "open" and today < there <= promise.due_on:
        row.due_at = reminding.moment(there, zone)
        return True
    row.told_at = now
    may = PROMISE.verdict("remind", state=promise.state, roles={"worker"}) == "may"
    if may and person.left_at is None and today <= promise.due_on and not _is_the_day(row, today, zone):
        publish(PromiseReminded(promise.id, person.id, row.kind == "before"))
    return True


def _is_the_day(row: HelpReminder, today: date, zone: ZoneInfo) -> bool:
    """Would this say the working day before what is said on the day (it waited for somebody away, or the worker is
    late)?"""
    if row.kind == "day":
        return False
    at = db.session.scalar(
        sa.select(HelpReminder.due_at).where(
            HelpReminder.promise_id == row.promise_id,
            HelpReminder.person_id == row.person_id,
            HelpReminder.kind == "day",
        )
    )
    return at is not None and at.astimezone(zone).date() <= today


def drop_own() -> None:
    """Two entries of one person are one: nobody promises themselves anything, nor is asked by themselves."""
    own = sa.delete(HelpPromise).where(HelpPromise.giver_id == HelpPromise.receiver_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def forget_old() -> None:
    """Promises that ended, after the days that the admins chose."""
    cut = personal.forgotten_before("promises")
    if cut is not None:
        old = sa.delete(HelpPromise).where(HelpPromise.ended_at < cut)
        db.session.execute(old.execution_options(synchronize_session=False))


# ---- what the two do with it -------------------------------------------------------------------------------


def _roles(viewer: Viewer, row: HelpPromise) -> set[str]:
    roles = {"giver"} if row.giver_id == viewer.person_id else {"receiver"}
    if row.move_by_id is not None and row.move_by_id != viewer.person_id:
        roles.add("other")
    return roles


def seen_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer is one of the two of a `HelpPromise`, as far as they know."""
    mine = HelpPromise.giver_id == viewer.person_id
    return sa.or_(mine, sa.and_(HelpPromise.receiver_id == viewer.person_id, HelpPromise.muted.is_(False)))


def _held(viewer: Viewer, promise_id: int, action: str, version: int | None = None) -> HelpPromise:
    row = db.session.scalar(
        sa.select(HelpPromise)
        .where(HelpPromise.id == promise_id, seen_by(viewer))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotVisible
    verdict = PROMISE.verdict(action, state=row.state, roles=_roles(viewer, row))
    if verdict == "not theirs" and action != "agree":
        raise NotVisible
    if verdict != "may" or (version is not None and version != row.version):
        raise ChangedMeanwhile("", gettext("This changed meanwhile. Look at how it stands now."))
    row.version += 1
    return row


def _other(viewer: Viewer, row: HelpPromise) -> int:
    return row.receiver_id if row.giver_id == viewer.person_id else row.giver_id


def propose_move(*, viewer: Viewer, promise_id: int, to: date | None) -> None:
    """Another day would be better; the other one agrees, or does not. `RuleBroken` on "move_to"."""
    if to is None:
        raise RuleBroken("move_to", gettext("Pick a day"))
    rules.check_day(viewer, "move_to", to)
    row = _held(viewer, promise_id, "propose another day")
    if to == row.due_on:
        raise RuleBroken("move_to", gettext("That is the day it stands at. Pick another one."))
    row.move_to, row.move_by_id = to, viewer.person_id
    publish(PromiseMoveProposed(row.id, viewer.person_id, _other(viewer, row)))


def agree(*, viewer: Viewer, promise_id: int, version: int) -> None:
    """The proposed day is the day. `ChangedMeanwhile` where it is another one by now."""
    row = _held(viewer, promise_id, "agree", version)
    if row.move_to is None:
        raise ChangedMeanwhile("", gettext("This changed meanwhile. Look at how it stands now."))
    rules.check_day(viewer, "", row.move_to)
    row.due_on, row.move_to, row.move_by_id = row.move_to, None, None
    # Another day is another day to be reminded of.
    db.session.execute(sa.delete(HelpReminder).where(HelpReminder.promise_id == row.id))
    plan_reminders([row])
    publish(PromiseMoved(row.id))


def keep_day(*, viewer: Viewer, promise_id: int) -> None:
    """The day stays."""
    row = _held(viewer, promise_id, "keep the day")
    if row.move_to is not None:
        row.move_to, row.move_by_id = None, None
        publish(PromiseMoveDropped(row.id))


def done(*, viewer: Viewer, promise_id: int) -> None:
    """It is done, whoever of the two says so."""
    row = _held(viewer, promise_id, "say it is done")
    row.state, row.ended_at, row.ended_by_id = "done", clock.now(), viewer.person_id
    row.move_to, row.move_by_id = None, None
    plan_reminders([row])
    publish(PromiseFulfilled(row.id, row.giver_id, row.receiver_id, viewer.person_id))


def not_done(*, viewer: Viewer, promise_id: int) -> None:
    """It is not done after all."""
    row = _held(viewer, promise_id, "say it is not done")
    row.state, row.ended_at, row.ended_by_id = "open", None, None
    row.thanks_settled, row.outcome_settled = False, False
    plan_reminders([row])
    publish(PromiseReopened(row.id, row.giver_id, row.receiver_id))


def call_off(*, viewer: Viewer, promise_id: int, word: str) -> None:
    """It will not be; a word of why helps the other. `RuleBroken` on "word"."""
    rules.short("word", word, MAX_WORD)
    if not names.is_visible(word):
        raise RuleBroken("word", gettext("A word of why, for the other"))
    row = _held(viewer, promise_id, "call off")
    row.word = word
    _off(row, viewer.person_id, _other(viewer, row))


def _off(row: HelpPromise, by_id: int | None, other_id: int | None) -> None:
    row.state, row.ended_at, row.ended_by_id = "off", clock.now(), by_id
    row.move_to, row.move_by_id = None, None
    plan_reminders([row])
    _ask_others(row)
    publish(PromiseDropped(row.id, by_id, None if row.muted and other_id == row.receiver_id else other_id))


def _ask_others(row: HelpPromise) -> None:
    """The ask is without help again: the next ones are asked, in their time."""
    if row.ask_id is None or row.muted:
        return
    ask = db.session.get(HelpAsk, row.ask_id, with_for_update=True, populate_existing=True)
    if ask is not None and ask.state == "open" and not rules.has_promise(ask.id):
        asker = db.session.get_one(Person, ask.asker_id)
        if ask.rounds and ask.next_round_at is None and asker.left_at is None:
            ask.next_round_at = rules.next_round(ask, asker, clock.now())
        rules.raise_in_a_week(ask)


def call_off_between(person_id: int, other_id: int | None = None) -> None:
    """Somebody left (or blocked another): their open promises (those between the two) will not be. Whoever was
    promised something by a leaver is told; nobody is told of a block."""
    theirs = sa.or_(HelpPromise.giver_id == person_id, HelpPromise.receiver_id == person_id)
    query = sa.select(HelpPromise).where(theirs, HelpPromise.state == "open").order_by(HelpPromise.id)
    if other_id is not None:
        query = query.where(sa.or_(HelpPromise.giver_id == other_id, HelpPromise.receiver_id == other_id))
    for row in db.session.scalars(query.with_for_update()).all():
        row.version += 1
        other = row.receiver_id if row.giver_id == person_id else row.giver_id
        _off(row, None, None if other_id is not None else other)


# ---- afterwards --------------------------------------------------------------------------------------------


def settle_thanks(*, viewer: Viewer, promise_id: int) -> None:
    """I thanked them, or would rather not: home does not ask again."""
    row = _mine_done(viewer, promise_id)
    row.thanks_settled = True


def _mine_done(viewer: Viewer, promise_id: int) -> HelpPromise:
    row = db.session.get(HelpPromise, promise_id, with_for_update=True, populate_existing=True)
    if row is None or row.receiver_id != viewer.person_id or row.muted or row.state != "done":
        raise NotVisible
    return row


def tell_outcome(*, viewer: Viewer, promise_id: int, outcome: str, shared: bool) -> None:
    """What came of it: for the two alone, or as a line on home. "" says nothing, and home does not ask again."""
    rules.short("outcome", outcome, MAX_OUTCOME)
    row = _mine_done(viewer, promise_id)
    row.outcome = outcome if names.is_visible(outcome) else ""
    row.outcome_settled = True
    row.outcome_shared_at = clock.now() if shared and row.outcome else None
    publish(OutcomeNoted(row.id))


# ---- reads -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PromiseView:
    """A promise as one of the two sees it. other: None for somebody whom they do not see any more."""

    id: int
    public_id: str
    is_mine: bool  # I gave it
    other: Card | None
    what: str
    due_on: date
    is_late: bool
    state: str
    at: datetime
    move_to: date | None
    is_my_move: bool
    ended_at: datetime | None
    word: str
    ask: tuple[str, str, str] | None  # public id, question and state, where the viewer sees it
    outcome: str
    is_shared: bool
    thanks_settled: bool
    may: frozenset[str]
    version: int


def promise_for(viewer: Viewer, public_id: str) -> PromiseView:
    """The promise at that address. `NotVisible` for everybody but the two."""
    if not public_id.isascii() or not public_id.isalnum() or len(public_id) > 40:
        raise NotVisible
    row = db.session.scalar(sa.select(HelpPromise).where(HelpPromise.public_id == public_id, seen_by(viewer)))
    if row is None:
        raise NotVisible
    return _views(viewer, [row])[0]


def views_of(viewer: Viewer, promise_ids: Sequence[int]) -> list[PromiseView]:
    """Those promises, in that order, without what is not the viewer's."""
    rows = {
        row.id: row
        for row in db.session.scalars(sa.select(HelpPromise).where(HelpPromise.id.in_(promise_ids), seen_by(viewer)))
    }
    return _views(viewer, [rows[one] for one in promise_ids if one in rows])


def _views(viewer: Viewer, rows: Sequence[HelpPromise]) -> list[PromiseView]:
    if not rows:
        return []
    known = former_and_present(viewer, sorted({_other(viewer, row) for row in rows}))
    asks = {
        ask_id: (public_id, question, state)
        for ask_id, public_id, question, state in db.session.execute(
            sa.select(HelpAsk.id, HelpAsk.public_id, HelpAsk.question, HelpAsk.state).where(
                HelpAsk.id.in_([row.ask_id for row in rows if row.ask_id]), queries.seen_by(viewer)
            )
        ).tuples()
    }
    today = clock.today(viewer.zone)
    return [_view(viewer, row, known, asks, today) for row in rows]


def _view(
    viewer: Viewer, row: HelpPromise, known: dict[int, Card], asks: dict[int, tuple[str, str, str]], today: date
) -> PromiseView:
    roles = _roles(viewer, row)
    may = {one.action for one in PROMISE.steps if PROMISE.verdict(one.action, state=row.state, roles=roles) == "may"}
    if row.move_to is None:
        may -= {"agree", "keep the day"}
    elif row.move_to < today:
        may -= {"agree"}
    return PromiseView(
        id=row.id,
        public_id=row.public_id,
        is_mine=row.giver_id == viewer.person_id,
        other=known.get(_other(viewer, row)),
        what=row.what,
        due_on=row.due_on,
        is_late=row.state == "open" and row.due_on < today,
        state=row.state,
        at=row.at,
        move_to=row.move_to,
        is_my_move=row.move_by_id == viewer.person_id,
        ended_at=row.ended_at,
        word=row.word,
        ask=asks.get(row.ask_id or 0),
        outcome=row.outcome if row.receiver_id == viewer.person_id else "",
        is_shared=row.outcome_shared_at is not None,
        thanks_settled=row.thanks_settled,
        may=frozenset(may),
        version=row.version,
    )


def promised_on(viewer: Viewer, ask_id: int) -> list[PromiseView]:
    """What was promised to the viewer on that ask and is open."""
    mine = sa.select(HelpPromise).where(HelpPromise.ask_id == ask_id, HelpPromise.receiver_id == viewer.person_id)
    rows = db.session.scalars(mine.where(HelpPromise.state == "open", seen_by(viewer)).order_by(HelpPromise.id)).all()
    return _views(viewer, rows)


def promises(
    viewer: Viewer, *, ended: bool = False, cursor: str | None = None, size: int = ON_PAGE
) -> Page[PromiseView]:
    """A page of promises that I gave or was given: open ones by their day, those that ended the newest first."""
    query = sa.select(HelpPromise).where(seen_by(viewer))
    start = read_cursor(cursor, str, int)
    if ended:
        query = query.where(HelpPromise.state != "open")
        if start:
            query = query.where(HelpPromise.id < start[1])
        query = query.order_by(HelpPromise.id.desc())
    else:
        query = query.where(HelpPromise.state == "open")
        day = _day(start[0]) if start else None
        if start and day:
            query = query.where(sa.tuple_(HelpPromise.due_on, HelpPromise.id) > sa.tuple_(sa.literal(day), start[1]))
        query = query.order_by(HelpPromise.due_on, HelpPromise.id)
    rows = db.session.scalars(query.limit(size + 1)).all()
    page = page_of(rows, size, lambda row: cursor_of(row.due_on.isoformat(), row.id))
    return page.map(lambda some: _views(viewer, some))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


Owed = Literal["late", "due", "move", "thank", "outcome"]


def owed(viewer: Viewer, most: int = 3) -> list[tuple[Owed, PromiseView]]:
    """What I owe about promises: mine that are due within three days or late, days to agree on, thanks to say, and
    what came of it. A fixed number of queries."""
    soon = date.fromordinal(clock.today(viewer.zone).toordinal() + 3)
    mine = sa.and_(HelpPromise.giver_id == viewer.person_id, HelpPromise.state == "open", HelpPromise.due_on <= soon)
    move = sa.and_(
        HelpPromise.state == "open", HelpPromise.move_by_id.is_not(None), HelpPromise.move_by_id != viewer.person_id
    )
    received = sa.and_(
        HelpPromise.receiver_id == viewer.person_id, HelpPromise.state == "done", HelpPromise.muted.is_(False)
    )
    thank = sa.and_(received, HelpPromise.thanks_settled.is_(False))
    outcome = sa.and_(
        received,
        HelpPromise.thanks_settled.is_(True),
        HelpPromise.outcome_settled.is_(False),
        HelpPromise.ended_at <= clock.now() - OUTCOME_AFTER,
    )
    rows = db.session.scalars(
        sa.select(HelpPromise)
        .where(seen_by(viewer), sa.or_(mine, move, thank, outcome))
        .order_by(HelpPromise.state != "open", HelpPromise.due_on, HelpPromise.id)
        .limit(most)
    ).all()
    found: list[tuple[Owed, PromiseView]] = []
    for view in _views(viewer, rows):
        if view.state == "open" and view.move_to is not None and not view.is_my_move:
            found.append(("move", view))
        elif view.state == "open":
            found.append(("late" if view.is_late else "due", view))
        else:
            found.append(("outcome" if view.thanks_settled else "thank", view))
    return found


@dataclass(frozen=True)
class Outcome:
    """What came of help, as its receiver shared it. Who helped is not said."""

    by: Card
    words: str
    at: datetime


def shared_outcomes(viewer: Viewer, most: int = LATELY_SHARED) -> list[Outcome]:
    """What people shared in the last four weeks, of those the viewer may see, the newest first."""
    rows = db.session.execute(
        sa.select(HelpPromise.receiver_id, HelpPromise.outcome, HelpPromise.outcome_shared_at)
        .where(
            HelpPromise.outcome_shared_at > clock.ago(days=28),
            HelpPromise.state == "done",
            listed(viewer, HelpPromise.receiver_id),
        )
        .order_by(HelpPromise.outcome_shared_at.desc(), HelpPromise.id.desc())
        .limit(most)
    ).all()
    known = {card.id: card for card in cards(viewer, sorted({row[0] for row in rows}))} if rows else {}
    return [Outcome(known[by], words, at) for by, words, at in rows if by in known and at is not None]
