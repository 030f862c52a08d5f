"""The worker: it asks the tables "what is due?", does it, and marks it. Nothing is the truth but the rows.

A domain lists its duties in `duties.py`, `app.py` registers them. Any number of workers may run; what recurs is done
by one of them at a time (`Turn`), what is owed is claimed row by row by whoever owes it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Key, db, insert_missing, unit_of_work

log = logging.getLogger("hallway.worker")

LOOK_EVERY = 2.0  # seconds
AGAIN_AFTER = timedelta(minutes=5)  # a duty that failed
LEASE = timedelta(hours=1)  # longer than any duty takes: a worker that was killed half way holds it so long

SHOWS_LIFE_EVERY, MISSED_AFTER = timedelta(minutes=1), timedelta(minutes=3)
_LIFE = "worker"  # the turn of all workers together


class Turn(Base):
    """When a duty that recurs was last done, and whether somebody is at it."""

    __tablename__ = "turn"

    name: Mapped[str] = mapped_column(Key, primary_key=True)
    done_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    problem: Mapped[str | None] = mapped_column(Key)  # the kind of error of the last time, None when it went well


@dataclass(frozen=True)
class Duty:
    """Something that the worker sees to.

    do: one piece of it, in units of work of its own; True when there may be more at once. It must come to the same
    whatever the order or the delay of the looks. every: None at each look (rows are claimed one by one); else not
    more often than that, by one worker at a time. at_hour: once a day, after that hour (UTC), in place of `every`.
    lane: the duties of one lane are seen to one after another; another lane does not wait for them.
    """

    name: str
    do: Callable[[], bool]
    every: timedelta | None = None
    at_hour: int | None = None
    lane: str = ""

    @property
    def recurs(self) -> bool:
        return self.every is not None or self.at_hour is not None

    def is_due(self, done_at: datetime | None, now: datetime) -> bool:
        """Is it its time again?"""
        if done_at is None:
            return True
        if self.at_hour is not None:
            latest = now.replace(hour=self.at_hour, minute=0, second=0, microsecond=0)
            if latest > now:
                latest -= timedelta(days=1)
            return done_at < latest
        return self.every is None or now - done_at >= self.every


def register(app: Flask, duties: Iterable[Duty]) -> None:
    """Add a domain's duties."""
    app.extensions.setdefault("hallway.duties", []).extend(duties)


def duties() -> list[Duty]:
    """All of them, in the order of the domains."""
    found: list[Duty] = current_app.extensions.get("hallway.duties", [])
    return found


def _take_turn(duty: Duty) -> bool:
    """Is it due, and is it ours to do? (One at a time: the row is locked while we look.)"""
    now = clock.now()
    insert_missing(Turn, [{"name": duty.name}])
    turn = db.session.scalars(sa.select(Turn).where(Turn.name == duty.name).with_for_update()).one()
    if turn.leased_until is not None and turn.leased_until > now:
        return False
    if turn.failed_at is not None and now - turn.failed_at < AGAIN_AFTER:
        return False
    if not duty.is_due(turn.done_at, now):
        return False
    turn.leased_until = now + LEASE
    return True


def _settle(name: str, problem: str | None) -> None:
    turn = db.session.get_one(Turn, name, with_for_update=True)
    turn.leased_until, turn.problem = None, problem
    if problem is None:
        turn.done_at, turn.failed_at = clock.now(), None
    else:
        turn.failed_at = clock.now()


def _is_perhaps_due(duty: Duty) -> bool:
    """A look without a write: most looks find nothing to do."""
    done_at = db.session.scalar(sa.select(Turn.done_at).where(Turn.name == duty.name))
    return duty.is_due(done_at, clock.now())


def see_to(duty: Duty) -> bool:
    """One look at a duty (inside an app context); True when there may be more to do at once. What goes wrong is
    logged by its kind, and tried again later."""
    ours = False
    try:
        if duty.recurs:
            ours = _is_perhaps_due(duty) and unit_of_work(lambda: _take_turn(duty))
            if not ours:
                return False
        more = duty.do()
    except Exception as error:
        db.session.rollback()
        log.exception("duty_failed", extra={"duty": duty.name})
        if ours:  # else the turn is somebody else's
            problem = type(error).__name__
            unit_of_work(lambda: _settle(duty.name, problem))
        return False
    if duty.recurs:
        unit_of_work(lambda: _settle(duty.name, None))
        return False
    return more


def lanes(app: Flask) -> list[str]:
    """The lanes there are, in the order of their duties."""
    with app.app_context():
        return list(dict.fromkeys(duty.lane for duty in duties()))


def look(app: Flask, lane: str | None = None) -> bool:
    """One look at everything (of one lane); True when there may be more to do at once."""
    busy = False
    with app.app_context():
        every = [duty for duty in duties() if lane is None or duty.lane == lane]
    for duty in every:
        with app.app_context():
            busy = see_to(duty) or busy
    return busy


def work(app: Flask, stop: threading.Event, every: float = LOOK_EVERY, lane: str | None = None) -> None:
    """Look again and again until `stop` is set; what is under way is finished first."""
    while not stop.is_set():
        try:
            with app.app_context():
                show_life()
            busy = look(app, lane)
        except Exception:
            # The database is away for a moment: the rows are still there when it is back.
            log.exception("look_failed")
            busy = False
        if not busy:
            stop.wait(every)


# ---- is anybody at work? -------------------------------------------------------------------------------------


def show_life() -> None:
    """Write down that a worker looks, once a minute at the most."""
    seen, now = last_look(), clock.now()
    if seen is None or now - seen >= SHOWS_LIFE_EVERY:
        unit_of_work(lambda: _note_life(now))


def _note_life(now: datetime) -> None:
    insert_missing(Turn, [{"name": _LIFE, "done_at": now}])
    db.session.execute(sa.update(Turn).where(Turn.name == _LIFE).values(done_at=now))


def last_look() -> datetime | None:
    """When a worker last looked, to the minute; None where none ever did."""
    return db.session.scalar(sa.select(Turn.done_at).where(Turn.name == _LIFE))


def is_alive() -> bool:
    """Does a worker look?"""
    seen = last_look()
    return seen is not None and clock.now() - seen < MISSED_AFTER
