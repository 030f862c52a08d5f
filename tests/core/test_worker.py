"""The worker: what is due is done once, however many look; what fails is tried again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.core import clock, worker
from portal.core.db import db
from portal.core.worker import Duty, Turn

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


class Counted:
    """A duty's work that counts how often it was done, and fails when told to."""

    def __init__(self) -> None:
        self.times = 0
        self.wrong: Exception | None = None
        self.more = 0

    def __call__(self) -> bool:
        self.times += 1
        if self.wrong:
            raise self.wrong
        self.more -= 1
        return self.more > 0


def test_what_recurs_is_done_once_in_its_time(app: Flask) -> None:
    work = Counted()
    duty = Duty("sweep", work, every=timedelta(hours=1))
    with app.app_context():
        for minutes in (0, 1, 59):
            with clock.pinned(NOON + timedelta(minutes=minutes)):
                worker.see_to(duty)
        assert work.times == 1
        with clock.pinned(NOON + timedelta(minutes=60)):
            worker.see_to(duty)
        assert work.times == 2


def test_a_daily_duty_waits_for_its_hour_and_makes_up_for_a_night_without_a_worker(app: Flask) -> None:
    work = Counted()
    duty = Duty("nightly", work, at_hour=2)
    with app.app_context():
        for at in (NOON, NOON + timedelta(hours=13), NOON + timedelta(hours=14), NOON + timedelta(hours=15)):
            with clock.pinned(at):
                worker.see_to(duty)
        assert work.times == 2  # at once, as it never was; then after two o'clock
        with clock.pinned(NOON + timedelta(days=3)):
            worker.see_to(duty)
            worker.see_to(duty)
        assert work.times == 3


def test_nobody_begins_what_another_is_at_until_the_lease_has_run_out(app: Flask) -> None:
    work = Counted()
    duty = Duty("sweep", work, every=timedelta(hours=1))
    with app.app_context(), clock.pinned(NOON):
        assert worker.unit_of_work(lambda: worker._take_turn(duty))  # another worker, killed before it could settle
        worker.see_to(duty)
        assert work.times == 0
        with clock.pinned(NOON + worker.LEASE):
            worker.see_to(duty)
        assert work.times == 1


def test_what_fails_is_noted_by_its_kind_and_tried_again_in_a_while(app: Flask) -> None:
    work = Counted()
    work.wrong = RuntimeError("with a name in it")
    duty = Duty("sweep", work, every=timedelta(hours=1))
    with app.app_context():
        for minutes in (0, 1):
            with clock.pinned(NOON + timedelta(minutes=minutes)):
                assert worker.see_to(duty) is False
        assert work.times == 1
        turn = db.session.get_one(Turn, "sweep")
        assert turn.problem == "RuntimeError" and turn.done_at is None and turn.leased_until is None
        db.session.rollback()
        work.wrong = None
        with clock.pinned(NOON + worker.AGAIN_AFTER):
            worker.see_to(duty)
        db.session.expire_all()
        turn = db.session.get_one(Turn, "sweep")
        assert work.times == 2 and turn.problem is None and turn.done_at == NOON + worker.AGAIN_AFTER


def test_one_that_fails_keeps_no_other_from_being_done(sqlite_app: Flask) -> None:
    bad, good = Counted(), Counted()
    bad.wrong = RuntimeError()
    sqlite_app.extensions["hallway.duties"] = [Duty("bad", bad), Duty("good", good)]
    assert worker.look(sqlite_app) is False
    assert (bad.times, good.times) == (1, 1)


def test_what_says_that_there_is_more_is_looked_at_again_at_once(sqlite_app: Flask) -> None:
    work, stop = Counted(), threading.Event()
    work.more = 3

    def last() -> bool:
        if work.times == 3:
            stop.set()
        return False

    sqlite_app.extensions["hallway.duties"] = [Duty("rows", work), Duty("last", last)]
    worker.work(sqlite_app, stop, every=60)
    assert work.times == 3


@pytest.mark.parametrize("every", [timedelta(minutes=1), None])
def test_the_turn_of_a_duty_is_kept_where_it_recurs(sqlite_app: Flask, every: timedelta | None) -> None:
    with sqlite_app.app_context():
        worker.see_to(Duty("one", Counted(), every=every))
        assert (db.session.get(Turn, "one") is not None) == (every is not None)


def test_whoever_fails_to_take_a_turn_ends_nobody_elses(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    duty = Duty("sweep", Counted(), every=timedelta(hours=1))

    def locked(_duty: Duty) -> bool:
        raise RuntimeError("the database is locked")

    with app.app_context(), clock.pinned(NOON):
        assert worker.unit_of_work(lambda: worker._take_turn(duty))
        monkeypatch.setattr(worker, "_take_turn", locked)
        assert worker.see_to(duty) is False
        assert db.session.get_one(Turn, "sweep").leased_until == NOON + worker.LEASE
