"""The audit log: ids and codes, with the rest or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import audit, clock, personal
from portal.core.db import db, unit_of_work
from portal.core.duties import forget_log
from portal.core.forms import FormOnce
from portal.people import services as people
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases

AT = datetime(2024, 5, 1, 12, tzinfo=UTC)


def entries() -> list[tuple[object, ...]]:
    columns = (audit.AuditEntry.at, audit.AuditEntry.actor_id, audit.AuditEntry.code, audit.AuditEntry.subject_id)
    return [tuple(row) for row in db.session.execute(sa.select(*columns).order_by(audit.AuditEntry.id))]


def test_an_entry_says_who_did_what_to_whom_and_when(app: Flask) -> None:
    def work() -> None:
        audit.record("opened", actor_id=1, subject_id=2)
        audit.record("closed", actor_id=None)

    with app.app_context(), clock.pinned(AT):
        unit_of_work(work)
        assert entries() == [(AT, 1, "opened", 2), (AT, None, "closed", None)]


def test_what_was_taken_back_is_not_in_it(app: Flask) -> None:
    def work() -> None:
        audit.record("opened", actor_id=1)
        raise ValueError

    with app.app_context():
        with pytest.raises(ValueError):
            unit_of_work(work)
        assert entries() == []


def test_an_entry_outlives_whom_it_speaks_of(app: Flask, make: Make) -> None:
    person = make.person()
    with app.app_context():
        unit_of_work(lambda: people.mark_left(person_id=person, actor_id=person))
        before = entries()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM person")
        assert entries() == before != []


def test_the_log_holds_codes_alone(app: Flask, client: Client, make: Make) -> None:
    """Everything an account can do, and not one word of a person in the log."""
    person = make.member("Gita Zweistein", email="gita@example.org")
    client.sign_in("gita@example.org")
    client.get("people.details").submit({"name": "Gita Dreistein"}, containing="name")
    client.get("home.me").client.raw.post("/sign-out")
    with app.app_context():
        unit_of_work(lambda: people.mark_left(person_id=person, actor_id=None))
        found = entries()
        assert found
        for _at, actor, code, subject in found:
            assert isinstance(code, str) and code.replace("_", "").isalpha() and code.islower() and len(code) < 40
            assert actor in (None, person) and subject in (None, person)


def test_entries_are_forgotten_after_the_days_in_force_and_kept_where_never_was_chosen(app: Flask) -> None:
    def work() -> None:
        audit.record("opened", actor_id=1)
        db.session.add(FormOnce(person_id=1, nonce="x", at=clock.now(), result=None))

    with app.app_context():
        with clock.pinned(AT):
            unit_of_work(work)
        with clock.pinned(AT + timedelta(days=1094)):
            forget_log()
            assert len(entries()) == 1
            assert db.session.scalars(sa.select(FormOnce.nonce)).all() == []
            unit_of_work(lambda: personal.choose_days({"audit": None}))
        with clock.pinned(AT + timedelta(days=9999)):
            forget_log()
            assert len(entries()) == 1
            unit_of_work(lambda: personal.choose_days({"audit": 1095}))
            forget_log()
            assert entries() == []
