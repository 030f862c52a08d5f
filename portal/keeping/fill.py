"""Filling an empty database from somewhere else: an archive, or another database.

On SQLite it is filled aside and takes its place when it is whole. On PostgreSQL it is filled where it is, under a
mark (`schema.RESTORING`) that makes every command and every server refuse it until it is whole; whatever was stopped
half way is begun anew.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from portal.config import Config
from portal.core import schema
from portal.core.db import Base, db
from portal.core.errors import Refused

from . import tables
from .archive import sync_folder
from .places import another_app
from .progress import Progress
from .tables import Sum, Table, Unfit


class Source(Protocol):
    """Where rows come from."""

    revision: str

    def table_names(self) -> set[str]:
        """Every table."""
        ...

    def columns(self, table: str) -> list[str]:
        """In the order of its rows."""
        ...

    def rows(self, table: str) -> Iterable[list[Any]]:
        """All of them, as `tables` writes them."""
        ...

    def sum(self, table: str) -> Sum:
        """What it comes to; asked when its rows have been read."""
        ...

    def last_id(self, table: str) -> int | None:
        """The highest id it ever gave away."""
        ...


class DatabaseSource:
    """One moment of a database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables.tables_of(connection)}
        self._sums: dict[str, Sum] = {}
        self.revision = schema.revision_of(connection) or ""
        self.total = sum(tables.count_of(connection, table) for table in self._tables.values())

    def table_names(self) -> set[str]:
        return set(self._tables)

    def columns(self, table: str) -> list[str]:
        return self._tables[table].names

    def rows(self, table: str) -> Iterator[list[Any]]:
        digest, count = hashlib.sha256(tables.line(self.columns(table))), 0
        for row in tables.rows_of(self._connection, self._tables[table]):
            digest.update(tables.line(row))
            count += 1
            yield row
        self._sums[table] = Sum(count, digest.hexdigest())

    def sum(self, table: str) -> Sum:
        return self._sums[table]

    def last_id(self, table: str) -> int | None:
        return tables.last_id(self._connection, self._tables[table])


def fill(source: Source, progress: Progress) -> dict[str, Sum]:
    """Make the tables as they are at the source, put every row in, compare, and bring them to this version's shape.
    `Unfit` when something does not fit."""
    schema.upgrade(source.revision)
    with _without_keys() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        sums = _load(connection, source, progress)
    schema.upgrade()
    return sums


@contextlib.contextmanager
def _without_keys() -> Iterator[Connection]:
    """A connection that lets rows come in any order (on SQLite it has to be said before the transaction)."""
    with db.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            yield connection
            return
        raw: Any = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            yield connection.execution_options(hallway_write=True)
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


def _load(connection: Connection, source: Source, progress: Progress) -> dict[str, Sum]:
    here = tables.tables_of(connection)
    if {table.name for table in here} != source.table_names():
        raise Unfit("the tables are not those of its version")
    for table in reversed(here):
        connection.exec_driver_sql(f"DELETE FROM {tables.quoted(table.name)}")  # noqa: S608 - what the schema begins with
    sums: dict[str, Sum] = {}
    try:
        with tables.keys_at_the_end(connection, here):
            for table in here:
                if source.columns(table.name) != table.names:
                    raise Unfit(f"{table.name}: the columns are not those of its version")
                tables.load(connection, table, _counted(source.rows(table.name), progress))
                tables.set_last_id(connection, table, source.last_id(table.name))
                sums[table.name] = _compared(connection, table, source.sum(table.name))
    except DBAPIError as error:
        raise Unfit(_first_line(error.orig)) from None
    except Exception as error:
        if not isinstance(error, connection.dialect.loaded_dbapi.Error):
            raise
        raise Unfit(_first_line(error)) from None
    return sums


def _first_line(error: object) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _counted(rows: Iterable[list[Any]], progress: Progress) -> Iterator[list[Any]]:
    count = 0
    for row in rows:
        count += 1
        if count % tables.ROWS == 0:
            progress.step(tables.ROWS)
        yield row
    progress.step(count % tables.ROWS)


def _compared(connection: Connection, table: Table, wanted: Sum) -> Sum:
    found = tables.sum_of(connection, table)
    if found != wanted:
        raise Unfit(f"{table.name}: {found.rows} rows arrived, and they are not the {wanted.rows} that were sent")
    return found


# ---- the empty database ------------------------------------------------------------------------------------


def is_sqlite(config: Config) -> bool:
    return config.database_url.startswith("sqlite")


def file_of(config: Config) -> Path:
    """The file of a SQLite database."""
    name = sa.make_url(config.database_url).database or ""
    if not name or name.startswith(("file:", ":")):
        raise Refused("For this, DATABASE_URL must name a plain file: sqlite:////folder/hallway.sqlite3")
    return Path(name).absolute()


@contextlib.contextmanager
def empty_database(config: Config) -> Iterator[None]:
    """In the context of an app on an empty database, which takes its place when all went well, and of which nothing
    is left when not. `Refused` when the installation is not empty."""
    with _aside(config) if is_sqlite(config) else _marked(config):
        yield


def _refuse_unless_empty() -> None:
    with db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        if inspector.has_table(schema.RESTORING):
            return  # stopped half way: nobody has used it
        people = inspector.has_table("person") and connection.exec_driver_sql("SELECT 1 FROM person LIMIT 1").scalar()
        if people:
            raise Refused(
                "There are people in this installation already; that would be lost. Use an empty one: another "
                "INSTANCE_PATH (and DATABASE_URL)."
            )
        others = {
            name
            for name in inspector.get_table_names()
            if name not in Base.metadata.tables and not name.startswith(tables.NOT_OURS)
        }
        current = schema.revision_of(connection)
        ours = current is not None and schema.is_known(current)
        if others or (inspector.get_table_names() and not ours):
            raise Refused("There is something else in this database. Use an empty one.")


@contextlib.contextmanager
def app_on(config: Config) -> Iterator[Flask]:
    """Another app, and its context; its connections are closed at the end."""
    app = another_app(config)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


@contextlib.contextmanager
def _aside(config: Config) -> Iterator[None]:
    path = file_of(config)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        with app_on(config):
            _refuse_unless_empty()
    aside = path.with_name(f"{path.name}.filling")
    _remove(aside)
    try:
        with app_on(replace(config, database_url=f"sqlite:///{aside}")):
            yield
            _fold_in()
        log = aside.with_name(f"{aside.name}-wal")
        if log.exists() and log.stat().st_size:
            raise OSError(errno.ENOSPC, "No room for the whole database")
        if path.exists():
            db.session.remove()
            db.engine.dispose()  # ours, should we be the app that is on it
            with app_on(config):
                _close_for_all()
        handle = os.open(aside, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        os.replace(aside, path)
        sync_folder(path.parent)
    finally:
        _remove(aside)


def _fold_in() -> None:
    """All that was written into the one file, or an error: SQLite says nothing when the disk is full as it closes."""
    db.session.remove()
    with db.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        try:
            busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except connection.dialect.loaded_dbapi.OperationalError as error:
            raise OSError(errno.ENOSPC, str(error)) from None
        if busy:
            raise OSError(errno.EBUSY, "Somebody else has the new database open")


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _close_for_all() -> None:
    """Fold the log of an empty database into it: a log that is left behind would be taken for that of the new one."""
    _refuse_unless_empty()  # somebody may have begun with it meanwhile
    with db.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        try:
            raw.execute("PRAGMA journal_mode = DELETE")
        except connection.dialect.loaded_dbapi.OperationalError:
            raise Refused(
                "Another program has the database open. Stop Hallway (and its worker), then again."
            ) from None


@contextlib.contextmanager
def _marked(config: Config) -> Iterator[None]:
    with app_on(config), db.engine.connect() as lock:
        if not lock.exec_driver_sql("SELECT pg_try_advisory_lock(727273)").scalar():
            raise Refused("Another restore or move is filling this database. Wait for it to end.")
        lock.rollback()  # the lock is the connection's
        _refuse_unless_empty()
        with db.engine.begin() as connection:
            _drop_tables(connection)
            connection.exec_driver_sql(f"CREATE TABLE {schema.RESTORING} (id integer)")
        try:
            yield
        except BaseException:
            db.session.remove()
            with db.engine.begin() as connection:
                _drop_tables(connection)
            raise
        db.session.remove()
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"DROP TABLE {schema.RESTORING}")


def _drop_tables(connection: Connection) -> None:
    there = set(sa.inspect(connection).get_table_names())
    ours = (set(Base.metadata.tables) | {"alembic_version", schema.RESTORING}) & there
    if ours:
        connection.exec_driver_sql(f"DROP TABLE {', '.join(map(tables.quoted, sorted(ours)))} CASCADE")
