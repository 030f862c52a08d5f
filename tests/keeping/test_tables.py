"""Values come out as they went in, on either database, at their limits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core.db import db
from portal.keeping import tables
from portal.keeping.tables import Column, Table, Unfit

EVERY = sa.MetaData()
ODD = sa.Table(
    "odd", EVERY,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("words", sa.Text), sa.Column("flag", sa.Boolean), sa.Column("day", sa.Date),
    sa.Column("at", sa.DateTime(timezone=True)), sa.Column("json", sa.JSON), sa.Column("share", sa.Float),
    sa.Column("raw", sa.LargeBinary),
)  # fmt: skip
ROWS: list[list[Any]] = [
    # in the order of the names: at, day, flag, id, json, raw, share, words
    ["0001-01-01T00:00:00.000000Z", "0001-01-01", False, 1, "null", "", 0.1, ""],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31", True, 2**63 - 1, '{"b": 1, "a": [1e5, "\\u2028"]}', "AAH/", 1e300,
     'tab\t back\\slash\n"quote" \\N é 山 \U0001f600 \u2028 NULL'],
]  # fmt: skip
NULLS: list[list[Any]] = [[None, None, None, 2, None, None, None, None]]


def made(connection: sa.Connection) -> Table:
    EVERY.create_all(connection)
    return next(table for table in tables.tables_of(connection) if table.name == "odd")


def test_every_kind_of_value_at_its_limits(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        table = made(connection)
        assert [column.kind for column in table.columns] == [
            "moment", "day", "flag", "number", "json", "bytes", "number", "words"
        ]  # fmt: skip
        rows = [ROWS[0], *NULLS, ROWS[1]]
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'Asia/Kathmandu'")  # whatever the server's is
        assert tables.load(connection, table, [list(row) for row in rows]) == 3
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        assert list(tables.rows_of(connection, table)) == rows
        assert tables.sum_of(connection, table) == tables.sum_of(connection, table)
        assert tables.last_id(connection, table) == 2**63 - 1
        row = connection.execute(sa.select(ODD).where(ODD.c.id == 1)).mappings().one()
        assert row["flag"] is False and row["day"] == date.min and row["raw"] == b"" and row["json"] is None
        assert row["at"].replace(tzinfo=UTC) == datetime(1, 1, 1, tzinfo=UTC)
        connection.rollback()


def test_what_does_not_fit_is_refused(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        table = made(connection)
        for place, value in ((0, 5), (2, 1), (3, "1"), (4, {}), (7, 3)):
            row = list(ROWS[0])
            row[place] = value
            with pytest.raises(Unfit, match=r"odd\."), connection.begin_nested():
                tables.load(connection, table, [row])
        with pytest.raises(Unfit, match="a row of 2 values"), connection.begin_nested():
            tables.load(connection, table, [[1, 2]])
        connection.rollback()


def test_a_type_that_nobody_knows_is_an_error_and_no_loss(sqlite_app: Flask) -> None:
    with sqlite_app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE later (id INTEGER PRIMARY KEY, span TIME)")
        with pytest.raises(TypeError, match=r"later\.span"):
            tables.tables_of(connection)
        connection.rollback()


def test_those_that_others_point_to_come_first() -> None:
    def table(name: str, *others: str) -> Table:
        return Table(name, (Column("id", "number"),), ("id",), True, tuple((o, o) for o in others))

    found = tables._in_order({t.name: t for t in (table("a", "b"), table("b", "b", "c"), table("c"))})
    assert [one.name for one in found] == ["c", "b", "a"]
    circle = tables._in_order({t.name: t for t in (table("x", "y"), table("y", "x"), table("z", "x"))})
    assert [one.name for one in circle] == ["x", "y", "z"]


def test_every_table_of_the_house_can_be_kept(app: Flask) -> None:
    with app.app_context(), tables.snapshot(db.engine) as connection:
        found = tables.tables_of(connection)
    place = {table.name: number for number, table in enumerate(found)}
    for table in found:
        for _column, other in table.points_to:
            assert other == table.name or place[other] < place[table.name]
    assert "person" in place and "alembic_version" not in place
