"""The unit of work on both databases: all or nothing, tried again where that helps; and the column types."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core import db as core
from portal.core import settings as kept
from portal.core.audit import AuditEntry
from portal.core.db import (
    MAX_ID,
    UtcDateTime,
    among,
    batches,
    connect_args,
    db,
    insert_many,
    insert_missing,
    inside_unit_of_work,
    look_anew,
    refuse_unstorable,
    unit_of_work,
    update_many,
)
from portal.core.errors import RuleBroken
from portal.core.settings import Setting
from portal.people import services as people
from portal.people.models import Department, Person
from tests.makers import Make


@pytest.fixture
def there(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def stored(key: str) -> Any:
    """What another connection sees."""
    with db.engine.connect() as connection:
        return connection.scalar(sa.select(Setting.value).where(Setting.key == key))


# ---- all or nothing ----------------------------------------------------------------------------------------


def test_what_work_does_is_there_for_all_and_its_result_comes_back(there: Flask) -> None:
    def work() -> str:
        assert inside_unit_of_work()
        kept.put("a", 1)
        kept.put("b", [2, "ü"])
        return "done"

    assert unit_of_work(work) == "done"
    assert not inside_unit_of_work()
    assert (stored("a"), stored("b")) == (1, [2, "ü"])


@pytest.mark.parametrize("error", [ValueError("x"), RuleBroken("f", "m"), KeyboardInterrupt(), SystemExit(1)])
def test_whatever_is_raised_takes_everything_back(there: Flask, error: BaseException) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        kept.put("a", 1)
        db.session.flush()
        raise error

    with pytest.raises(type(error)):
        unit_of_work(work)
    assert calls == [1], "only what may pass is tried again"
    assert stored("a") is None
    assert not inside_unit_of_work()
    unit_of_work(lambda: kept.put("a", 2))
    assert stored("a") == 2


def test_a_constraint_that_keeps_saying_no_is_raised(there: Flask) -> None:
    calls = []

    def work() -> None:
        calls.append(1)
        kept.put("b", 1)
        db.session.add_all([Department(name="A", key="a"), Department(name="A", key="a")])

    with pytest.raises(sa.exc.IntegrityError):
        unit_of_work(work)
    # SQLite has one writer: nobody can have come between, so it is not tried again.
    assert len(calls) == (1 if is_sqlite() else 3) and stored("b") is None


def test_what_somebody_took_between_look_and_write_is_looked_at_again(make: Make, there: Flask) -> None:
    """Two people of one name at the same moment: the second takes the next handle."""
    if is_sqlite():
        pytest.skip("SQLite has one writer at a time: nobody comes between")
    calls = []

    def work() -> int:
        calls.append(1)
        return people.add_person(name="Ada Twice", email="ada@example.org")

    def add_with_another_between() -> int:
        before = db.session.scalars(sa.select(Person.handle).where(Person.handle.like("ada%"))).all()
        if not before:
            with db.engine.begin() as another:
                another.execute(
                    sa.insert(Person).values(
                        name="Ada Twice", handle="ada-twice", created_at=datetime.now(UTC), kind="member",
                        languages=[], working_days=[], links=[], cutout=False, shown={}, locked=[], version=0,
                    )
                )  # fmt: skip
            # what this transaction has looked up already
            calls.append(0)
            db.session.add(Person(name="Ada Twice", handle="ada-twice", created_at=datetime.now(UTC), kind="member"))
            db.session.flush()
        return work()

    person_id = unit_of_work(add_with_another_between)
    assert db.session.get_one(Person, person_id).handle == "ada-twice-2"
    assert calls == [0, 1]


def test_one_inside_another_is_refused_and_nothing_is_kept(there: Flask) -> None:
    def work() -> None:
        kept.put("a", 1)
        unit_of_work(lambda: kept.put("b", 1))

    with pytest.raises(RuntimeError, match="inside another"):
        unit_of_work(work)
    assert stored("a") is stored("b") is None


def test_two_threads_do_not_take_each_other_for_inside(there: Flask) -> None:
    seen = []

    def other() -> None:
        seen.append(inside_unit_of_work())

    def work() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    unit_of_work(work)
    assert seen == [False]


# ---- the border --------------------------------------------------------------------------------------------


def test_the_read_transaction_ends_and_everything_is_read_again(there: Flask, make: Make) -> None:
    unit_of_work(lambda: kept.put("a", "before"))
    old = db.session.get(Setting, "a")
    assert old is not None and old.value == "before"
    with db.engine.begin() as connection:  # somebody else, meanwhile
        connection.execute(sa.update(Setting).where(Setting.key == "a").values(value="meanwhile"))
    if is_sqlite():
        assert db.session.scalar(sa.select(Setting.value).where(Setting.key == "a")) == "before"

    def work() -> Any:
        again = db.session.get(Setting, "a")
        assert again is not None and again is not old
        return again.value

    assert unit_of_work(work) == "meanwhile"


def test_nothing_of_the_orm_crosses(there: Flask) -> None:
    unit_of_work(lambda: kept.put("a", 1))
    before = db.session.get(Setting, "a")
    assert before in db.session

    def work() -> Setting:
        assert before not in db.session
        found = db.session.get(Setting, "a")
        assert found is not None
        return found

    carried_out = unit_of_work(work)
    assert carried_out not in db.session
    with pytest.raises(sa.orm.exc.DetachedInstanceError):
        _ = carried_out.value  # expired by the commit, and nowhere to read it from


def test_changes_made_before_it_do_not_slip_in(there: Flask) -> None:
    db.session.add(Setting(key="stray", value=1))
    unit_of_work(lambda: kept.put("a", 1))
    assert stored("stray") is None and stored("a") == 1


def test_reading_holds_no_lock_for_writers(there: Flask) -> None:
    kept.get("a")  # a read transaction is open
    with db.engine.connect() as other:
        if is_sqlite():
            other = other.execution_options(hallway_write=True)
        other.execute(sa.insert(Setting).values(key="b", value=1))
        other.commit()
    assert stored("b") == 1


# ---- tried again -------------------------------------------------------------------------------------------


class Meanwhile:
    """Another connection that gets in the way, only the first time."""

    def __init__(self, times: int = 1) -> None:
        self.left, self.calls = times, 0

    def __call__(self) -> bool:
        self.calls += 1
        self.left -= 1
        return self.left >= 0


# What is shown there SQLite cannot do: it has one writer.
only_postgres = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


def serializable() -> None:
    db.session.connection().exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")


@only_postgres
def test_a_serialization_failure_is_tried_again(there: Flask) -> None:
    unit_of_work(lambda: kept.put("a", 1))
    meanwhile = Meanwhile()

    def work() -> int:
        serializable()
        value = int(db.session.scalar(sa.select(Setting.value).where(Setting.key == "a")))
        if meanwhile():
            with db.engine.begin() as other:
                other.execute(sa.update(Setting).where(Setting.key == "a").values(value=10))
        db.session.execute(sa.update(Setting).where(Setting.key == "a").values(value=value + 1))
        return value + 1

    assert unit_of_work(work) == 11, "the second try has read what the other wrote"
    assert meanwhile.calls == 2 and stored("a") == 11


@only_postgres
def test_after_three_failures_it_is_raised(there: Flask) -> None:
    unit_of_work(lambda: kept.put("a", 0))
    meanwhile = Meanwhile(times=9)

    def work() -> None:
        serializable()
        db.session.scalar(sa.select(Setting.value).where(Setting.key == "a"))
        if meanwhile():
            with db.engine.begin() as other:
                other.execute(sa.update(Setting).where(Setting.key == "a").values(value=meanwhile.calls))
        db.session.execute(sa.update(Setting).where(Setting.key == "a").values(value=-1))

    with pytest.raises(sa.exc.OperationalError) as raised:
        unit_of_work(work)
    assert raised.value.orig.sqlstate == "40001"  # type: ignore[union-attr]
    assert meanwhile.calls == 3 and stored("a") == 3
    assert not inside_unit_of_work()


@only_postgres
def test_a_deadlock_is_tried_again(there: Flask) -> None:
    def both() -> None:
        kept.put("a", 0)
        kept.put("b", 0)

    unit_of_work(both)
    first_locks = threading.Barrier(2)
    calls: list[str] = []
    wrong: list[BaseException] = []

    def add(one: str, then: str) -> None:
        tries = 0

        def work() -> None:
            nonlocal tries
            tries += 1
            calls.append(one)
            for key in (one, then):
                row = sa.select(Setting).where(Setting.key == key).with_for_update()
                setting = db.session.scalars(row).one()
                setting.value += 1
                db.session.flush()
                if key == one and tries == 1:
                    first_locks.wait(timeout=20)

        with there.app_context():
            try:
                db.session.connection().exec_driver_sql("SELECT 1")
                unit_of_work(work)
            except BaseException as error:
                wrong.append(error)

    with db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    threads = [threading.Thread(target=add, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    # One was chosen to give way and came again; now and then the database chooses both.
    assert 3 <= len(calls) <= 6
    assert (stored("a"), stored("b")) == (2, 2)


def locked_by_another(sqlite_app: Flask) -> sqlite3.Connection:
    """Somebody else's write transaction on the SQLite file; ours wait almost no time for it."""

    @sa.event.listens_for(db.engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 5")

    db.engine.dispose()
    other = sqlite3.connect(str(db.engine.url.database), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_locked_file_is_tried_again(sqlite_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with sqlite_app.app_context():
        other = locked_by_another(sqlite_app)
        begins = []

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if statement == "BEGIN IMMEDIATE":
                begins.append(1)
                if len(begins) == 2:
                    other.execute("COMMIT")

        calls = []

        def work() -> None:
            calls.append(1)
            kept.put("a", 1)

        unit_of_work(work)
        assert len(begins) == 2 and calls == [1], "without the lock, the work was not even begun"
        assert stored("a") == 1
        other.close()
    assert [record.message for record in caplog.records] == ["unit_of_work_again"]


def test_a_file_that_stays_locked_is_said(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        other = locked_by_another(sqlite_app)
        calls: list[int] = []
        with pytest.raises(sa.exc.OperationalError, match="locked"):
            unit_of_work(lambda: calls.append(1))
        assert calls == [] and not inside_unit_of_work()
        other.execute("ROLLBACK")
        other.close()
        unit_of_work(lambda: kept.put("a", 1))
        assert stored("a") == 1


def test_writers_wait_for_each_other_and_lose_nothing(app: Flask) -> None:
    with app.app_context():
        unit_of_work(lambda: kept.put("count", 0))

    def add_one() -> None:
        row = sa.select(Setting).where(Setting.key == "count").with_for_update()
        db.session.scalars(row).one().value += 1

    wrong: list[BaseException] = []

    def one() -> None:
        with app.app_context():
            try:
                for _ in range(5):
                    unit_of_work(add_one)
            except BaseException as error:
                wrong.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with app.app_context():
        assert wrong == [] and stored("count") == 20


# ---- small helpers -----------------------------------------------------------------------------------------


def test_insert_missing_leaves_what_is_there(there: Flask) -> None:
    unit_of_work(lambda: kept.put("a", "mine"))
    unit_of_work(lambda: insert_missing(Setting, [{"key": "a", "value": "other"}, {"key": "b", "value": "new"}]))
    assert (stored("a"), stored("b")) == ("mine", "new")


DAY, MOMENT = date(1, 1, 1), datetime(2026, 3, 1, 9, 30, 0, 5, UTC)
FULL = {
    "handle": "a",
    "name": "Łukasz \\ \"O'Hara\" {1,2} \n\t\x1f NULL 😀",
    "email": None, "department_id": None, "kind": "member",
    "starts_on": DAY, "ends_on": date.max, "cutout": True, "version": 2**40, "created_at": MOMENT, "left_at": None,
    "languages": ["de", "ł"], "working_days": [], "links": [{"label": "x", "url": None}],
    "shown": {"a": {"b": [1, None]}},
    "locked": [],
}  # fmt: skip
PLAIN = FULL | {"handle": "b", "name": "", "email": "null", "ends_on": None, "cutout": False, "left_at": MOMENT}


def people_as_they_are() -> list[dict[str, Any]]:
    columns = [getattr(Person, name) for name in FULL]
    return [dict(row) for row in db.session.execute(sa.select(*columns).order_by(Person.id)).mappings()]


def test_many_rows_come_back_as_they_were(there: Flask) -> None:
    unit_of_work(lambda: insert_many(Person, [PLAIN, FULL]))
    assert people_as_they_are() == [PLAIN, FULL], "in their order"
    unit_of_work(lambda: insert_many(Person, []))
    assert len(people_as_they_are()) == 2


def test_many_rows_are_changed_each_as_it_says(there: Flask) -> None:
    unit_of_work(lambda: insert_many(Person, [FULL, PLAIN, FULL | {"handle": "c"}]))
    ids = list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))
    new = [
        {"id": ids[1], "name": "B\u00e9", "left_at": None, "links": []},
        {"id": ids[0], "name": "A", "left_at": MOMENT, "links": [1]},
    ]
    unit_of_work(lambda: update_many(Person, [*new, {"id": 10**9, "name": "nobody", "left_at": None, "links": []}]))
    assert people_as_they_are() == [
        FULL | {"name": "A", "left_at": MOMENT, "links": [1]},
        PLAIN | {"name": "B\u00e9", "left_at": None, "links": []},
        FULL | {"handle": "c"},
    ]
    unit_of_work(lambda: update_many(Person, []))


@pytest.mark.parametrize("bad", [{"name": "a\x00b"}, {"name": "\ud800"}, {"created_at": datetime(2026, 3, 1)}])
def test_many_rows_are_refused_for_what_one_is_refused_for(there: Flask, bad: dict[str, Any]) -> None:
    with pytest.raises((ValueError, sa.exc.StatementError)):
        unit_of_work(lambda: insert_many(Person, [PLAIN, FULL | bad]))
    assert people_as_they_are() == []


def test_one_row_too_many_takes_all_back(there: Flask) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        unit_of_work(lambda: insert_many(Person, [FULL, PLAIN, FULL]))
    assert people_as_they_are() == []


def test_a_table_is_looked_at_anew(there: Flask) -> None:
    unit_of_work(lambda: insert_many(Person, [FULL | {"handle": str(number)} for number in range(20)]))
    unit_of_work(lambda: look_anew(Person, Setting))
    if db.engine.dialect.name == "postgresql":
        seen = sa.text("SELECT n_distinct FROM pg_stats WHERE tablename = 'person' AND attname = 'handle'")
        assert db.session.scalar(seen) == -1, "each row has its own"


def test_many_values_are_looked_for_at_once(there: Flask) -> None:
    unit_of_work(lambda: insert_many(Person, [FULL | {"handle": one} for one in ("a", "B", "ł", "it's {1,2}")]))

    def found(column: Any, values: Collection[Any]) -> set[str]:
        return set(db.session.scalars(sa.select(Person.handle).where(among(column, values))))

    assert found(Person.handle, {"a", "b", "it's {1,2}", "ł"}) == {"a", "it's {1,2}", "ł"}
    ids = list(db.session.scalars(sa.select(Person.id).order_by(Person.id)))
    assert found(Person.id, [*ids[:2], 10**9]) == {"a", "B"}
    assert found(Person.handle, []) == found(Person.id, set()) == set()


def test_the_driver_leaves_transactions_to_us() -> None:
    assert connect_args("sqlite:///x")["isolation_level"] is None
    assert connect_args("sqlite:///x")["timeout"] >= 5
    assert connect_args("postgresql+psycopg://x")["connect_timeout"] > 0


def test_ids_fit_both_databases(there: Flask) -> None:
    unit_of_work(lambda: db.session.add(AuditEntry(at=datetime.now(UTC), actor_id=MAX_ID, code="x")))
    assert db.session.scalars(sa.select(AuditEntry.actor_id)).all() == [MAX_ID]


@pytest.mark.parametrize("make_row", [lambda: AuditEntry(code="x"), lambda: Department(key="x")])
def test_what_must_be_there_must_be_there(there: Flask, make_row: Callable[[], Any]) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        unit_of_work(lambda: db.session.add(make_row()))


# ---- column types ------------------------------------------------------------------------------------------

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=11, minutes=30))])
MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES)


@given(moments=st.lists(MOMENTS, min_size=1, max_size=20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moments_come_back_in_utc_and_sort_as_they_are(there: Flask, moments: list[datetime]) -> None:
    def work() -> None:
        db.session.execute(sa.delete(AuditEntry))
        db.session.add_all([AuditEntry(at=moment, actor_id=n, code="t") for n, moment in enumerate(moments)])

    unit_of_work(work)
    rows = db.session.execute(sa.select(AuditEntry.actor_id, AuditEntry.at).order_by(AuditEntry.at)).all()
    assert [row.at for row in rows] == sorted(moments)
    assert all(row.at == moments[row.actor_id] and row.at.tzinfo is UTC for row in rows)
    middle = sorted(moments)[len(moments) // 2]
    count = sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.at >= middle)
    assert db.session.scalar(count) == sum(moment >= middle for moment in moments)


def test_a_moment_without_a_zone_is_refused(there: Flask) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        unit_of_work(lambda: db.session.add(AuditEntry(at=datetime(2024, 5, 1), code="x")))
    with pytest.raises(sa.exc.StatementError, match="without a zone"):
        db.session.scalar(sa.select(AuditEntry.id).where(AuditEntry.at > datetime(2024, 5, 1)))


def test_no_moment_stays_none(there: Flask) -> None:
    assert db.session.scalar(sa.select(sa.cast(sa.null(), UtcDateTime()))) is None


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)


@given(text=WORDS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_words_in_any_script_come_back_as_they_were(there: Flask, text: str) -> None:
    def work() -> None:
        db.session.execute(sa.delete(Department))
        db.session.add(Department(name=text, key="k"))

    unit_of_work(work)
    assert db.session.scalar(sa.select(Department.name)) == text


@pytest.mark.parametrize("bad", ["a\x00b", "\x00", "\ud800", "x\udfffy", "\udc80"])
def test_nul_and_lone_surrogates_are_refused(there: Flask, bad: str) -> None:
    with pytest.raises(ValueError):
        refuse_unstorable(bad)
    with pytest.raises((sa.exc.StatementError, ValueError)):
        unit_of_work(lambda: db.session.add(Department(name=bad, key="k")))
    assert db.session.scalars(sa.select(Department.id)).all() == []


def test_other_control_characters_and_emoji_are_kept() -> None:
    for text in ("", "\n\t\x01\x7f", "👩🏽‍🚀", "\ufffe", "عربي"):
        assert refuse_unstorable(text) == text


def test_keys_sort_by_code_point_on_both(there: Flask) -> None:
    keys = ["b", "B", "a", "ä", "Z", "z", "_", "-", "山", "a b", "ab"]

    def work() -> None:
        db.session.add_all([Department(name=key, key=key) for key in keys])

    unit_of_work(work)
    assert db.session.scalars(sa.select(Department.key).order_by(Department.key)).all() == sorted(keys)


def test_what_may_be_tried_again() -> None:
    def of(original: Exception) -> sa.exc.DBAPIError:
        return sa.exc.OperationalError("", {}, original)

    class State(Exception):
        def __init__(self, sqlstate: str) -> None:
            super().__init__()
            self.sqlstate = sqlstate

    again = core._may_be_tried_again
    assert again(of(State("40001"))) and again(of(State("40P01"))) and again(of(State("23505")))
    assert again(of(sqlite3.OperationalError("database is locked")))
    assert again(of(sqlite3.OperationalError("database table is locked")))
    assert not again(of(State("57014")))
    assert not again(of(sqlite3.OperationalError("no such table: locksmith")))
    assert not again(of(sqlite3.IntegrityError("UNIQUE constraint failed")))


# ---- batches -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "size", "found"),
    [
        ([], 3, []),
        ([5], 3, [[5]]),
        ([3, 1, 2], 3, [[1, 2, 3]]),
        ([4, 3, 1, 2, 4, 1], 3, [[1, 2, 3], [4]]),
        ({9, 8}, 1, [[8], [9]]),
    ],
)
def test_ids_in_batches(ids: Any, size: int, found: list[list[int]]) -> None:
    assert list(batches(ids, size)) == found


@given(st.lists(st.integers(0, 3000), max_size=1500))
def test_batches_hold_each_once_in_order(ids: list[int]) -> None:
    some = list(batches(ids))
    assert [one for batch in some for one in batch] == sorted(set(ids))
    assert all(len(batch) == 500 for batch in some[:-1]) and all(some)
