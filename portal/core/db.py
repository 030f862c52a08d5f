"""The database: typed Base, column types, and the unit of work.

SQLite and PostgreSQL are both first class. Reads happen in the request's own read transaction; every write
happens in `unit_of_work`, which is the only place in the house that commits.
"""

from __future__ import annotations

import contextvars
import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute

log = logging.getLogger("hallway.db")
T = TypeVar("T")

# Ids: 64 bits on PostgreSQL; SQLite counts up by itself only for a column of type INTEGER.
Id = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
MAX_ID = 2**63 - 1

# Keys for comparing and sorting are computed in Python, so no database's locale may have a say.
Key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def refuse_unstorable(text: str) -> str:
    """NUL cannot be stored in PostgreSQL, lone surrogates in neither: `ValueError` for both."""
    if "\x00" in text:
        raise ValueError("text holds a NUL character")
    text.encode("utf-8")  # UnicodeEncodeError is a ValueError
    return text


class Words(sa.types.TypeDecorator[str]):
    """Text that somebody wrote."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else refuse_unstorable(value)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept in UTC with fixed microseconds, so that text order is time order on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table's base."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it by this name
        int: Id,
        str: Words,
        datetime: UtcDateTime,
        list[str]: sa.JSON,
        dict[str, Any]: sa.JSON,
    }
    # An id that was given away once is never given again.
    __table_args__: Any = {"sqlite_autoincrement": True}  # noqa: RUF012


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """An enum as text with a CHECK."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


# Models subclass Base; the extension gives the engine and a session per app context over the same metadata.
db = SQLAlchemy(metadata=Base.metadata)


def connect_args(url: str) -> dict[str, Any]:
    """What the driver is told at connect."""
    if url.startswith("sqlite"):
        # seconds a writer waits for its turn; the engine starts transactions, not the driver
        return {"timeout": 5, "check_same_thread": False, "isolation_level": None}
    return {"connect_timeout": 10, "prepare_threshold": None}


def prepare_engine(engine: Engine) -> None:
    """Hook up what each database needs: WAL, foreign keys and explicit transactions on SQLite."""
    if engine.dialect.name != "sqlite":

        @event.listens_for(engine, "connect")
        def _bounded(connection: Any, _record: object) -> None:
            # A table that is locked for long (by hand, by a backup) is answered, not waited for without end.
            connection.autocommit = True
            connection.execute("SET lock_timeout = '15s'")
            connection.autocommit = False

        return

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        except sqlite3.OperationalError:
            # A read-only or locked file: reading goes on, and the write that follows says so.
            log.warning("sqlite_without_wal")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.close()

    seen = {"file": False}

    @event.listens_for(engine, "do_connect")
    def _make_none(_dialect: Dialect, _record: object, _args: object, _kwargs: object) -> None:
        # Opening a file that is not there would make an empty one; once there was one, that is no help.
        if seen["file"] and _file_of(engine) is None:
            raise sqlite3.OperationalError("unable to open database file: it is gone")

    @event.listens_for(engine, "connect")
    def _which_file(_connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = _file_of(engine)
        seen["file"] = True

    @event.listens_for(engine, "checkout")
    def _same_file(_connection: sqlite3.Connection, record: Any, _proxy: object) -> None:
        # A file that was moved away or replaced is still open here: what is written there is lost to everyone.
        now = _file_of(engine)
        if now is None and record.info["file"] is not None:
            raise sa.exc.OperationalError("the database file is gone", None, sqlite3.OperationalError("gone"))
        if now != record.info["file"]:
            raise sa.exc.DisconnectionError("the database file was replaced")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        write = connection.get_execution_options().get("hallway_write")
        # Taking the write lock at the start means that a writer never has to upgrade a stale read.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _file_of(engine: Engine) -> tuple[int, int] | None:
    """Which file lies at the engine's path; None when there is none."""
    try:
        found = Path(engine.url.database or "").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("inside_unit_of_work", default=False)
# Serialization failure, deadlock, and a unique value that somebody else took between our look and our write: tried
# again, the service sees it and takes another (a handle) or says so in words (an address).
_RETRY_SQLSTATES = {"40001", "40P01", "23505"}
_TRIES = 3


def inside_unit_of_work() -> bool:
    """Is a unit of work under way here?"""
    return _inside.get()


def _may_be_tried_again(error: DBAPIError) -> bool:
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate in _RETRY_SQLSTATES:
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def unit_of_work(work: Callable[[], T]) -> T:
    """Run `work` in one write transaction and commit it.

    It may run up to three times (serialization failure, deadlock, a lock that did not come free), so it takes
    ids and words and gives ids back: no ORM object crosses this border. What it raises rolls everything back.
    """
    if _inside.get():
        raise RuntimeError("a unit of work inside another")
    for attempt in range(1, _TRIES + 1):
        db.session.rollback()  # ends the request's read transaction: what was read is read again inside
        db.session.expunge_all()
        token = _inside.set(True)
        try:
            if db.engine.dialect.name == "sqlite":
                db.session.connection(execution_options={"hallway_write": True})
            db.session.info["after_commit"], db.session.info["at_the_end"] = [], {}
            result = work()
            while owed := db.session.info["at_the_end"]:
                db.session.info["at_the_end"] = {}
                for do, subjects in owed.items():
                    for some in batches(subjects):
                        do(some)
            db.session.commit()
        except DBAPIError as error:
            db.session.rollback()
            if attempt == _TRIES or not _may_be_tried_again(error):
                raise
            log.warning("unit_of_work_again", extra={"attempt": attempt})
        except BaseException:
            db.session.rollback()
            raise
        else:
            _settle(db.session.info.pop("after_commit"))
            return result
        finally:
            _inside.reset(token)
            db.session.expunge_all()
    raise AssertionError("unreachable")


def _settle(steps: list[Callable[[], None]]) -> None:
    """Do what waited for the commit. It is committed: what fails here is written down and takes nothing back."""
    for step in steps:
        try:
            step()
        except Exception:
            db.session.rollback()
            log.exception("after_commit_failed")


def after_commit(work: Callable[[], None]) -> None:
    """Do this when the unit of work is committed, and not at all when it is not: what cannot be taken back
    (removing a file) waits for what can."""
    db.session.info.setdefault("after_commit", []).append(work)


def at_the_end(do: Callable[[list[int]], None], subjects: Collection[int]) -> None:
    """Do this for all of these at the end of the unit of work, in it, some at a time: once for each, however often it
    was asked."""
    db.session.info["at_the_end"].setdefault(do, set()).update(subjects)


def alone(what: str) -> None:
    """From here to the end of the unit of work nobody else does `what` (on SQLite there is one writer anyway)."""
    if db.engine.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(what.encode()).digest()[:7])
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def insert_missing(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert those rows whose key is not there yet; two writers at once do no harm. One statement. All have the same
    columns; the others get their default, made once for all of them."""
    if not rows:
        return
    table = model.metadata.tables[model.__tablename__]
    if db.engine.dialect.name == "postgresql":
        sent = _sent(table, rows)
        made = postgresql.insert(table).from_select(list(rows[0]), sa.select(*sent.c))
        db.session.execute(made.on_conflict_do_nothing())
    else:
        db.session.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)


def among(column: InstrumentedAttribute[Any] | sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """The condition that a column holds one of many values. PostgreSQL gets them as one array: hundreds of
    parameters, each by itself, keep the driver busy for longer than the query takes."""
    if db.engine.dialect.name == "postgresql":
        return column == sa.any_(sa.literal(list(values), postgresql.ARRAY(column.type)))
    return column.in_(values)


def insert_many(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, as they are: no default is filled in. One statement."""
    if not rows:
        return
    table = model.metadata.tables[model.__tablename__]
    if db.engine.dialect.name == "postgresql":
        sent = _sent(table, rows)
        db.session.execute(sa.insert(table).from_select(list(rows[0]), sa.select(*sent.c), include_defaults=False))
        return
    # Column by column, and past SQLAlchemy's own look at each row, which takes longer than SQLite does.
    dialect = db.engine.dialect
    made = sa.insert(table).compile(dialect=dialect, column_keys=list(rows[0]))
    columns = []
    for name in made.positiontup or ():
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        values = [row[name] for row in rows]
        columns.append(values if process is None else [process(value) for value in values])
    db.session.connection().exec_driver_sql(str(made), list(zip(*columns, strict=True)))


def update_many(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write each row's columns to the one with its "id"; all have the same columns. One statement."""
    if not rows:
        return
    table = model.metadata.tables[model.__tablename__]
    names = [name for name in rows[0] if name != "id"]
    if db.engine.dialect.name == "postgresql":
        sent = _sent(table, rows)
        meant = sa.update(table).where(table.c.id == sent.c.id)
        db.session.execute(meant.values({name: sent.c[name] for name in names}))
    else:
        # A parameter may not be called as a column that is set.
        new = {name: sa.bindparam(f"to_{name}", type_=table.c[name].type) for name in names}
        meant = sa.update(table).where(table.c.id == sa.bindparam("to_id")).values(new)
        db.session.execute(meant, [{f"to_{name}": value for name, value in row.items()} for row in rows])


def look_anew(*models: type[Base]) -> None:
    """PostgreSQL plans by what it last saw of a table. Where many rows come into one that was nearly empty it would
    read all of it for each few rows, until it looks by itself, a minute later."""
    if db.engine.dialect.name == "postgresql":
        for model in models:
            db.session.execute(sa.text(f'ANALYZE "{model.__tablename__}"'))


def _sent(table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> sa.TableValuedAlias:
    """These rows as a table that goes to PostgreSQL as one value: many at once, it would plan each row by itself."""
    dialect, columns = db.engine.dialect, [table.c[name] for name in rows[0]]
    # What is empty comes out empty all the same, and need not be sent.
    made = [{name: value for name, value in row.items() if value is not None} for row in rows]
    for column in columns:
        process = column.type.dialect_impl(dialect).bind_processor(dialect)
        if process is None or isinstance(column.type, sa.JSON):  # JSON goes as it is
            continue
        for row in made:  # what a type refuses (NUL, a moment without a zone) it refuses here as well
            if column.name in row:
                row[column.name] = process(row[column.name])
    text = json.dumps(made, default=str, ensure_ascii=False, check_circular=False)  # the check takes half of the time
    sent = sa.func.json_to_recordset(sa.cast(sa.literal(text, sa.Text()), sa.JSON))
    typed = [sa.column(column.name, column.type) for column in columns]
    return sent.table_valued(*typed).render_derived("sent", with_types=True)


def batches(ids: Collection[int], size: int = 500) -> Iterator[list[int]]:
    """Ids in order, each once, as many at a time as one statement takes well."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
