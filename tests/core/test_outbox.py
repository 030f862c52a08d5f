"""What is owed to the outside: one row for each mail, whatever happens twice."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, outbox
from portal.core.db import db, unit_of_work
from portal.core.events import MailAccepted, MailRefused
from portal.core.mail import Letter
from portal.core.outbox import UNDO_FOR, OwedMail, forget_mail, owe_mail
from tests.sink import Post, Sink

NOON = datetime(2030, 5, 20, 12, tzinfo=UTC)


def owed(app: Flask) -> list[tuple[str, int, int, datetime]]:
    with app.app_context():
        rows = db.session.scalars(sa.select(OwedMail).order_by(OwedMail.kind, OwedMail.subject_id, OwedMail.occasion))
        return [(row.kind, row.subject_id, row.occasion, row.due_at) for row in rows]


def test_a_mail_is_due_when_it_cannot_be_taken_back_any_more(app: Flask) -> None:
    with app.app_context(), clock.pinned(NOON):
        unit_of_work(lambda: owe_mail("invitation", [3, 4]))
    due = NOON + UNDO_FOR
    assert timedelta(seconds=60) == UNDO_FOR
    assert owed(app) == [("invitation", 3, 1, due), ("invitation", 4, 1, due)]


def test_what_is_owed_already_stays_as_it_is(app: Flask) -> None:
    with app.app_context():
        for minutes in range(3):
            with clock.pinned(NOON + timedelta(minutes=minutes)):
                unit_of_work(lambda: owe_mail("invitation", [3]))
        with clock.pinned(NOON + timedelta(hours=1)):
            unit_of_work(lambda: owe_mail("invitation", [3], occasion=2))
            unit_of_work(lambda: owe_mail("other", [3]))
            unit_of_work(lambda: owe_mail("other", []))
    hour = timedelta(hours=1)
    assert owed(app) == [
        ("invitation", 3, 1, NOON + UNDO_FOR),
        ("invitation", 3, 2, NOON + hour + UNDO_FOR),
        ("other", 3, 1, NOON + hour + UNDO_FOR),
    ]


def test_what_is_forgotten_is_forgotten_for_every_occasion_of_it_alone(app: Flask) -> None:
    with app.app_context():
        unit_of_work(lambda: owe_mail("invitation", list(range(1, 1201))))
        unit_of_work(lambda: owe_mail("invitation", [3, 1200], occasion=2))
        unit_of_work(lambda: owe_mail("other", [3]))
        unit_of_work(lambda: forget_mail("invitation", []))
        assert len(owed(app)) == 1203
        unit_of_work(lambda: forget_mail("invitation", [3]))
        assert [row[:3] for row in owed(app) if row[1] == 3] == [("other", 3, 1)]
        unit_of_work(lambda: forget_mail("invitation", list(range(2, 1201))))
    assert [row[:3] for row in owed(app)] == [("invitation", 1, 1), ("other", 3, 1)]


def test_what_is_rolled_back_is_not_owed(app: Flask) -> None:
    def half_way() -> None:
        owe_mail("invitation", [3])
        raise RuntimeError("the power goes")

    with app.app_context(), pytest.raises(RuntimeError):
        unit_of_work(half_way)
    assert owed(app) == []


def test_two_at_once_owe_it_once(app: Flask) -> None:
    gate = threading.Barrier(3)
    wrong: list[Exception] = []

    def one() -> None:
        gate.wait()
        try:
            with app.app_context():
                unit_of_work(lambda: owe_mail("invitation", [1, 2, 3]))
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [row[:3] for row in owed(app)] == [("invitation", n, 1) for n in (1, 2, 3)]


# ---- sending -------------------------------------------------------------------------------------------------


@pytest.fixture
def told(app: Flask) -> list[object]:
    """What was published about mail."""
    events: list[object] = []
    for event in (MailAccepted, MailRefused):
        app.extensions["hallway.events"][event].append(events.append)
    return events


@pytest.fixture
def owing(app: Flask, post: Post) -> Post:
    """Mails of the kind "made" go to person<subject>@example.org; 13 is not owed any more, 99 cannot be written."""

    def writer(subject_id: int, occasion: int) -> Letter | None:
        if subject_id == 99:
            raise RuntimeError("with a name in it")
        context = {"first_name": "Ada", "link": "http://h.example/x", "email": "-"}
        to = f"person{subject_id}@example.org"
        letter = Letter(to, "Ada", "en", f"{subject_id}.{occasion}", "reset", context, person_id=subject_id)
        return None if subject_id == 13 else letter

    app.extensions["hallway.mails"]["made"] = writer
    return post


def owe(app: Flask, *ids: int, **more: Any) -> None:
    with app.app_context():
        unit_of_work(lambda: owe_mail("made", list(ids), **more))


def subjects(mails: list[EmailMessage]) -> list[str]:
    return [str(one["Subject"]) for one in mails]


def test_what_is_due_is_sent_once(app: Flask, owing: Post, told: list[object]) -> None:
    owe(app, 1, 2)
    assert owing.go(after=timedelta(seconds=50)) == []
    assert subjects(owing.go()) == ["1.1", "2.1"]
    assert owing.go() == []
    rows = owing.rows()
    assert [(row.person_id, row.tries, row.leased_until, row.problem) for row in rows] == [
        (1, 1, None, None),
        (2, 1, None, None),
    ]
    assert all(row.sent_at for row in rows)
    assert told == [MailAccepted(1), MailAccepted(2)]


def test_what_somebody_waits_for_goes_at_once_and_before_all_else(app: Flask, owing: Post) -> None:
    owe(app, *range(20, 45))
    with clock.pinned(clock.now() + timedelta(minutes=5)):
        owe(app, 1, at_once=True)
        assert subjects(owing.go(after=timedelta()))[0] == "1.1"


def test_without_a_mail_server_it_waits(app: Flask, owing: Post) -> None:
    configured = app.config["HALLWAY"]
    app.config["HALLWAY"] = dataclasses.replace(configured, smtp_url="")
    owe(app, 1)
    assert owing.go(after=timedelta(days=300)) == []
    assert [(row.tries, row.leased_until) for row in owing.rows()] == [(0, None)]
    app.config["HALLWAY"] = configured
    assert subjects(owing.go()) == ["1.1"]


def test_what_is_not_owed_any_more_is_dropped_and_a_kind_of_a_newer_version_waits(app: Flask, owing: Post) -> None:
    owe(app, 13)
    with app.app_context():
        unit_of_work(lambda: owe_mail("of tomorrow", [1]))
    assert owing.go() == []
    assert [row.kind for row in owing.rows()] == ["of tomorrow"]


def test_a_mail_that_cannot_be_written_keeps_no_other_from_going(app: Flask, owing: Post) -> None:
    owe(app, 98, 99, 100)
    assert subjects(owing.go()) == ["98.1", "100.1"]
    (row,) = owing.rows(subject_id=99)
    assert (row.tries, row.problem, row.leased_until) == (1, "It could not be written: RuntimeError", None)


def test_one_of_three_is_refused(app: Flask, owing: Post, told: list[object]) -> None:
    owing.sink.recipient = lambda to: "550 5.1.1 <person2@example.org> unknown" if "person2@" in to else None
    owe(app, 1, 2, 3)
    assert subjects(owing.go()) == ["1.1", "3.1"]
    (row,) = owing.rows(subject_id=2)
    assert row.parked_at and (row.problem, row.person_id) == ("550 5.1.1 [address] unknown", 2)
    assert told == [MailAccepted(1), MailRefused(2), MailAccepted(3)]
    owing.sink.recipient = lambda _to: None
    with app.app_context():
        assert unit_of_work(lambda: outbox.send_again(row.id)) == 1
    assert subjects(owing.go()) == ["2.1"]


def test_the_pauses_grow_and_then_it_is_given_up(app: Flask, owing: Post) -> None:
    owing.sink.data = lambda _number: "451 4.3.0 come back later"
    owe(app, 1)
    at = clock.now() + UNDO_FOR
    for number, pause in enumerate([*outbox.PAUSES, None], start=1):
        with clock.pinned(at):
            owing.go(after=timedelta())
        (row,) = owing.rows()
        assert row.tries == number and row.problem == "451 4.3.0 come back later"
        if pause is None:
            assert row.parked_at == at
        else:
            assert row.parked_at is None and row.due_at == at + pause
            at += pause
    owing.sink.data = lambda _number: None
    assert owing.go(after=timedelta(days=30)) == []
    with app.app_context():
        assert unit_of_work(outbox.send_again) == 1
        assert unit_of_work(outbox.send_again) == 0
    assert subjects(owing.go()) == ["1.1"]


def test_a_server_that_is_away_costs_one_mail_a_try_and_is_left_alone_for_a_while(app: Flask, owing: Post) -> None:
    port = owing.sink.port
    owing.sink.stop()
    owe(app, *range(101, 131))
    with clock.pinned(clock.now() + timedelta(minutes=2)):
        for _ in range(3):
            owing.go(after=timedelta())
        assert [row.tries for row in owing.rows()] == [1] + [0] * 29
        assert all(row.leased_until is None for row in owing.rows())
        assert owing.rows()[0].problem == "Nobody listens at that host and port"
        back = Sink(port)
        try:
            owing.sink = back
            assert len(owing.go(after=timedelta(minutes=1))) == 30
        finally:
            back.stop()


def test_a_mail_after_which_the_line_hangs_or_drops_is_sent_again_under_its_id(app: Flask, owing: Post) -> None:
    owing.sink.drop = {2}
    owe(app, 1, 2, 3)
    assert subjects(owing.go()) == ["1.1", "2.1", "3.1"]
    assert subjects(owing.go(after=timedelta(minutes=3))) == ["2.1"]
    ids = [one["Message-ID"] for one in owing.sink.mails if one["Subject"] == "2.1"]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_no_more_than_so_many_a_minute(app: Flask, owing: Post) -> None:
    app.config["HALLWAY"] = dataclasses.replace(app.config["HALLWAY"], mail_per_minute=7)
    owe(app, *range(1, 13))
    assert len(owing.go()) == 7
    if db_name(app) == "sqlite":  # PostgreSQL keeps the time itself
        assert len(owing.go(after=timedelta(minutes=3))) == 5


def test_no_more_than_so_many_a_minute_however_the_database_goes_about_it(app: Flask, owing: Post) -> None:
    """With the counts of a busy night PostgreSQL joins by looking at one row after the other."""
    app.config["HALLWAY"] = dataclasses.replace(app.config["HALLWAY"], mail_per_minute=7)
    owe(app, *range(1, 13), at_once=True)
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
                unit_of_work(partial(db.session.execute, sa.text(f"SET enable_{way} = off")))
        assert [len(unit_of_work(outbox.claim)) for _ in range(3)] == [7, 0, 0]


def test_two_workers_claim_nothing_twice_and_keep_to_the_minute_together(app: Flask, owing: Post) -> None:
    app.config["HALLWAY"] = dataclasses.replace(app.config["HALLWAY"], mail_per_minute=50)
    owe(app, *range(1, 101), at_once=True)
    claimed: list[int] = []

    def one() -> None:
        with app.app_context():
            for _ in range(4):
                claimed.extend(row.id for row in unit_of_work(outbox.claim))

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 50


def test_what_a_killed_worker_held_is_taken_up_when_its_lease_has_run_out(app: Flask, owing: Post) -> None:
    owe(app, 1, at_once=True)
    with app.app_context():
        assert len(unit_of_work(outbox.claim)) == 1
        assert unit_of_work(outbox.claim) == []

        def run_out() -> None:
            db.session.execute(sa.update(OwedMail).values(leased_until=clock.ago(seconds=1), tried_at=None))

        unit_of_work(run_out)
        assert len(unit_of_work(outbox.claim)) == 1


def test_a_full_queue_is_not_searched_through(app: Flask, owing: Post) -> None:
    """A claim finds what is due in an index, however much waits."""
    later = clock.now() + timedelta(days=1)

    def fill() -> None:
        rows = [{"kind": "made", "subject_id": n, "occasion": 1, "due_at": later} for n in range(1000, 6000)]
        db.session.execute(sa.insert(OwedMail), rows)

    with app.app_context():
        unit_of_work(fill)
        unit_of_work(lambda: owe_mail("made", [1], at_once=True))
        due = (
            sa.select(OwedMail.id)
            .where(outbox._waiting, OwedMail.at_once == sa.false(), OwedMail.due_at <= clock.now())
            .order_by(OwedMail.due_at, OwedMail.id)
            .limit(20)
        )
        words = due.compile(db.engine, compile_kwargs={"literal_binds": True})
        if db_name(app) == "postgresql":
            db.session.execute(sa.text("ANALYZE owed_mail"))
        explain = "EXPLAIN QUERY PLAN" if db_name(app) == "sqlite" else "EXPLAIN"
        plan = " ".join(map(str, db.session.execute(sa.text(f"{explain} {words}")).all()))
        assert "ix_owed_mail_waiting" in plan
        assert len(unit_of_work(outbox.claim)) == 1


def db_name(app: Flask) -> str:
    with app.app_context():
        return db.engine.dialect.name


def test_what_was_sent_stays_written_down_when_it_is_forgotten_and_goes_after_a_year(app: Flask, owing: Post) -> None:
    owe(app, 1)
    owing.go()
    with app.app_context():
        unit_of_work(lambda: forget_mail("made", [1]))
        assert len(owing.rows()) == 1
        outbox.drop_old()
        assert len(owing.rows()) == 1
        with clock.pinned(clock.now() + timedelta(days=366)):
            outbox.drop_old()
    assert owing.rows() == []


def test_what_there_is_to_look_at(app: Flask, owing: Post) -> None:
    owing.sink.recipient = lambda to: "550 no" if "person2@" in to else "450 later" if "person3@" in to else None
    owe(app, 1, 2, 3)
    owing.go()
    owe(app, 4)
    with app.app_context():
        (waits,) = outbox.waiting()
        assert (waits.kind, waits.count, waits.tried) == ("made", 2, 1)
        assert [one.subject_id for one in outbox.in_trouble()] == [3]
        assert [one.subject_id for one in outbox.parked().items] == [2]
        assert [one.subject_id for one in outbox.sent().items] == [1]
        assert outbox.count_parked() == 1
        fates = outbox.fates("made", {1: 1, 2: 1, 3: 2, 5: 1})
        assert set(fates) == {1, 2} and fates[1].sent_at and fates[2].problem == "550 no"
        assert outbox.fates("made", {}) == {}
        found = outbox.last_fate("made")
        assert found is not None and found.tries == 0
        assert outbox.last_fate("made", 9) is None


def test_what_was_sent_is_read_page_by_page(app: Flask, owing: Post) -> None:
    owe(app, 1, 2, 3, 4, 5)
    owing.go()
    with app.app_context():
        first = outbox.sent(size=2)
        second = outbox.sent(first.next, size=2)
        third = outbox.sent(second.next, size=2)
        damaged = outbox.sent("??", size=2)
    pages = [[one.subject_id for one in page.items] for page in (first, second, third, damaged)]
    assert pages == [[5, 4], [3, 2], [1], [5, 4]]
    assert third.next is None
