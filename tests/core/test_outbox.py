"""What is owed to the outside: one row for each mail, whatever happens twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.outbox import UNDO_FOR, OwedMail, forget_mail, owe_mail

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
