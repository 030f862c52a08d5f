"""Every table as lines of text that mean the same on SQLite and PostgreSQL, and back.

A value is JSON: numbers, words, true and false as they are; a moment "2026-01-02T03:04:05.000006Z"; a day
"2026-01-02"; bytes in base64; of a JSON column the text that stands there, as a string. Rows come in the order
of the primary key. So equal tables are equal lines, whichever database they came from.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from portal.core.db import MAX_ID

ROWS = 1_000  # in memory at a time
# Alembic's own, SQLite's own, and the index of the full-text search, which is made anew from the tables.
NOT_OURS = ("alembic_version", "sqlite_", "fts_", "restore_under_way")

# What a column holds, by the type that the database says. The first that fits.
_KINDS: tuple[tuple[type[sa.types.TypeEngine[Any]], str], ...] = (
    (sa.JSON, "json"),
    (sa.Boolean, "flag"),
    (sa.DateTime, "moment"),
    (sa.Date, "day"),
    (sa.Integer, "number"),
    (sa.Float, "number"),
    (sa.LargeBinary, "bytes"),
    (sa.Text, "words"),
    (sa.String, "words"),
)


@dataclass(frozen=True, order=True)
class Column:
    name: str
    kind: str


@dataclass(frozen=True)
class Table:
    """A table as it is in the database. key: the columns of its primary key; counted: the database gives its ids."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    counted: bool
    # (column, table) of foreign keys
    points_to: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def tables_of(connection: Connection) -> list[Table]:
    """All of them, those that others point to first."""
    inspector = sa.inspect(connection)
    names = [name for name in inspector.get_table_names() if not name.startswith(NOT_OURS)]
    # All at once: PostgreSQL answers in one question what it would be asked for each table.
    columns_of = inspector.get_multi_columns(filter_names=names)
    key_of = inspector.get_multi_pk_constraint(filter_names=names)
    foreign_of = inspector.get_multi_foreign_keys(filter_names=names)
    found = {}
    for name in sorted(names):
        # By name: the order in the database tells of its upgrades, not of what is in it.
        columns = tuple(sorted(Column(one["name"], _kind(name, one)) for one in columns_of[None, name]))
        key = tuple(key_of[None, name]["constrained_columns"])
        points_to = tuple((one["constrained_columns"][0], one["referred_table"]) for one in foreign_of[None, name])
        counted = key == ("id",) and Column("id", "number") in columns
        found[name] = Table(name, columns, key, counted, tuple(sorted(points_to)))
    return _in_order(found)


def _kind(table: str, column: Any) -> str:
    for of_type, kind in _KINDS:
        if isinstance(column["type"], of_type):
            return kind
    raise TypeError(f"{table}.{column['name']}: nobody knows how to keep a {column['type']!r}")


def _in_order(tables: dict[str, Table]) -> list[Table]:
    """By what points to what; where they point in a circle, by name."""
    ordered: list[Table] = []
    waiting = dict(tables)
    while waiting:
        ready = [
            table
            for table in waiting.values()
            if not any(other in waiting and other != table.name for _column, other in table.points_to)
        ] or [next(iter(waiting.values()))]
        ordered += [waiting.pop(table.name) for table in ready]
    return ordered


@contextmanager
def snapshot(engine: Engine, *, locked: bool = False) -> Iterator[Connection]:
    """One moment of the database for as long as this lasts; others write on meanwhile, unless it is `locked`."""
    with engine.connect() as plain:
        if plain.dialect.name == "sqlite":
            connection = plain.execution_options(hallway_write=locked)
            with connection.begin():
                connection.exec_driver_sql(
                    "SELECT count(*) FROM sqlite_master"
                )  # the moment is that of the first read
                yield connection
            return
        connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=not locked)
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
            if locked:
                every = ", ".join(quoted(name) for name in sorted(sa.inspect(engine).get_table_names()))
                connection.exec_driver_sql(f"LOCK TABLE {every} IN SHARE MODE")
            yield connection


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def count_of(connection: Connection, table: Table) -> int:
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {quoted(table.name)}").scalar_one())  # noqa: S608


# ---- out ---------------------------------------------------------------------------------------------------


def _moment(value: Any) -> str:
    if isinstance(value, str):  # SQLite's; written by hand it may lack the microseconds
        value = datetime.fromisoformat(value)
    if value.tzinfo is not None:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return f"{value.isoformat(timespec='microseconds')}Z"


def _json(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if text[:1] in "-0123456789":
        # A lone number is one on SQLite, however it was written: 1.0 is 1 there, and so it is everywhere.
        number = json.loads(text)
        if isinstance(number, float) and number.is_integer() and abs(number) < MAX_ID:
            number = int(number)
        text = json.dumps(number)
    return text


_OUT: dict[str, Callable[[Any], Any]] = {
    "json": _json,
    "flag": bool,
    "moment": _moment,
    "day": str,
    "bytes": lambda value: base64.b64encode(bytes(value)).decode(),
}


def rows_of(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Every row, as values of JSON, a bounded number in memory."""
    casts = {"json": "CAST({} AS TEXT)"} if connection.dialect.name == "postgresql" else {}
    columns = ", ".join(casts.get(one.kind, "{}").format(quoted(one.name)) for one in table.columns)
    ordered = ", ".join(quoted(name) for name in table.key)
    changed = [(place, _OUT[one.kind]) for place, one in enumerate(table.columns) if one.kind in _OUT]
    result = connection.exec_driver_sql(
        f"SELECT {columns} FROM {quoted(table.name)} ORDER BY {ordered}",  # noqa: S608 - names of our own tables
        execution_options={"stream_results": True},
    )
    for some in result.partitions(ROWS):
        for found in some:
            row = list(found)
            for place, out in changed:
                if row[place] is not None:
                    row[place] = out(row[place])
            yield row


def line(row: list[Any]) -> bytes:
    """A row (or the names of the columns) as it stands in an archive."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def lines_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """The names of the columns, in their order in the alphabet of the table, then every row."""
    yield line(table.names)
    for row in rows_of(connection, table):
        yield line(row)


def last_id(connection: Connection, table: Table) -> int | None:
    """The highest id that was ever given away; None when none was, or when the database gives none."""
    if not table.counted:
        return None
    highest: int | None = connection.exec_driver_sql(f"SELECT max(id) FROM {quoted(table.name)}").scalar()  # noqa: S608
    if connection.dialect.name == "sqlite":
        has = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").scalar()
        given = (
            connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).scalar()
            if has
            else None
        )
    else:
        sequence = _sequence(connection, table)
        given = (
            connection.exec_driver_sql(f"SELECT CASE WHEN is_called THEN last_value END FROM {sequence}").scalar()  # noqa: S608
            if sequence
            else None
        )
    return max((one for one in (highest, given) if one), default=None)


def _sequence(connection: Connection, table: Table) -> str | None:
    name: str | None = connection.exec_driver_sql(
        "SELECT pg_get_serial_sequence(%s, 'id')", (quoted(table.name),)
    ).scalar()
    return name


# ---- in ----------------------------------------------------------------------------------------------------


class Unfit(ValueError):
    """What should go into a table cannot."""


def _into_sqlite(value: Any) -> Any:
    return f"{value[:10]} {value[11:-1]}"


_CHECKED: dict[str, tuple[type, ...]] = {
    "json": (str,), "flag": (bool,), "moment": (str,), "day": (str,), "number": (int, float), "bytes": (str,),
    "words": (str,),
}  # fmt: skip


def _looked_at(table: Table, rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """The same rows; `Unfit` for one that cannot be of this table."""
    kinds = [_CHECKED[one.kind] for one in table.columns]
    for row in rows:
        if len(row) != len(kinds):
            raise Unfit(f"{table.name}: a row of {len(row)} values, not of {len(kinds)}")
        for value, fits, column in zip(row, kinds, table.columns, strict=True):
            if value is not None and type(value) not in fits:
                raise Unfit(f"{table.name}.{column.name}: no {column.kind}")
        yield row


def load(connection: Connection, table: Table, rows: Iterable[list[Any]]) -> int:
    """Put rows into an empty table; how many."""
    put = _load_sqlite if connection.dialect.name == "sqlite" else _load_postgres
    return put(connection, table, _looked_at(table, rows))


def _load_sqlite(connection: Connection, table: Table, rows: Iterator[list[Any]]) -> int:
    names = ", ".join(quoted(name) for name in table.names)
    words = f"INSERT INTO {quoted(table.name)} ({names}) VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608
    into: list[tuple[int, Callable[[Any], Any]]] = []
    for place, column in enumerate(table.columns):
        if column.kind == "moment":
            into.append((place, _into_sqlite))
        elif column.kind == "bytes":
            into.append((place, base64.b64decode))
    count = 0
    while some := list(islice(rows, ROWS)):
        for row in some:
            for place, change in into:
                if row[place] is not None:
                    row[place] = change(row[place])
        connection.exec_driver_sql(words, [tuple(row) for row in some])
        count += len(some)
    return count


def _load_postgres(connection: Connection, table: Table, rows: Iterator[list[Any]]) -> int:
    names = ", ".join(quoted(name) for name in table.names)
    raw = [place for place, column in enumerate(table.columns) if column.kind == "bytes"]
    driver: Any = connection.connection.driver_connection
    count = 0
    with driver.cursor() as cursor, cursor.copy(f"COPY {quoted(table.name)} ({names}) FROM STDIN") as copy:
        for row in rows:
            for place in raw:
                if row[place] is not None:
                    row[place] = base64.b64decode(row[place])
            copy.write_row(row)
            count += 1
    return count


def set_last_id(connection: Connection, table: Table, last: int | None) -> None:
    """No id up to this one is ever given away again."""
    if last is None:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))
        return
    sequence = _sequence(connection, table)
    if sequence:
        connection.exec_driver_sql("SELECT setval(CAST(%s AS regclass), %s)", (sequence, last))


@contextmanager
def keys_at_the_end(connection: Connection, tables: list[Table]) -> Iterator[None]:
    """Rows may point to rows that come later; at the end everything has to be there. (On SQLite the caller has
    switched the checks off before the transaction began.)"""
    if connection.dialect.name == "sqlite":
        yield
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise Unfit(f"{len(broken)} rows point to rows that are not there")
        return
    place = {table.name: number for number, table in enumerate(tables)}
    inspector = sa.inspect(connection)
    later = [
        (table.name, str(key["name"]))
        for table in tables
        for key in inspector.get_foreign_keys(table.name)
        if place[key["referred_table"]] >= place[table.name]
    ]
    for table_name, key_name in later:
        words = f"ALTER TABLE {quoted(table_name)} ALTER CONSTRAINT {quoted(key_name)} DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql(words)
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for table_name, key_name in later:
        words = f"ALTER TABLE {quoted(table_name)} ALTER CONSTRAINT {quoted(key_name)} NOT DEFERRABLE"
        connection.exec_driver_sql(words)


# ---- comparing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    """What a table comes to: equal sums are equal tables."""

    rows: int
    sha256: str


def sum_of(connection: Connection, table: Table) -> Sum:
    """Read the whole table once more."""
    digest, count = hashlib.sha256(), -1
    for one in lines_of(connection, table):
        digest.update(one)
        count += 1
    return Sum(count, digest.hexdigest())
