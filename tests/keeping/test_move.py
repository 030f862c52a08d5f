"""Moving to another database and back: the same rows on both sides."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.config import from_environ
from portal.core import schema
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.storage import storage
from portal.keeping import fill, tables
from portal.keeping.archive import Archive
from portal.keeping.backup import backup
from portal.keeping.move import move
from tests.keeping.conftest import Filled, Place, add_somebody, app_of, names_here


def test_there_and_back_gives_equal_exports(on_sqlite: Filled, place: Place, tmp_path: Path) -> None:
    own = str(on_sqlite.config.instance_path)
    there = {"INSTANCE_PATH": own, "DATABASE_URL": place("postgresql")["DATABASE_URL"]}
    back = {"INSTANCE_PATH": own, "DATABASE_URL": f"sqlite:///{tmp_path / 'back.sqlite3'}"}
    with on_sqlite.app.app_context():
        first = backup(tmp_path / "1.zip")
        sums, results = move(from_environ(there))
        assert {name: entry.sum for name, entry in first.tables.items()} == sums
        assert not [result for result in results if result.found]
    with app_of(there):
        second = backup(tmp_path / "2.zip")
        assert storage().names() is not None and second.files == 2, "files stay where they are"
        move(from_environ(back))
    with app_of(back):
        third = backup(tmp_path / "3.zip")
        assert schema.schema_state() == "ok"
        assert add_somebody() > on_sqlite.guest
    assert first.tables == second.tables == third.tables
    with Archive(tmp_path / "1.zip") as one, Archive(tmp_path / "3.zip") as other:
        for table in first.tables:
            assert one.columns(table) == other.columns(table)
            assert list(one.rows(table)) == list(other.rows(table))


def test_only_into_an_empty_database_that_is_another(on_sqlite: Filled, place: Place) -> None:
    environ = place("postgresql")
    with on_sqlite.app.app_context():
        with pytest.raises(Refused, match="is on already"):
            move(on_sqlite.config)
        with app_of(environ):
            schema.upgrade()
            add_somebody()
        with pytest.raises(Refused, match="people in this installation already"):
            move(from_environ(environ))
    with app_of(environ):
        assert names_here() == ["Esi Mensah"]


def test_nobody_writes_meanwhile(filled: Filled, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = fill.fill
    locked = []

    def look(*args: object) -> object:
        with filled.app.app_context(), db.engine.connect() as other:
            if other.dialect.name == "sqlite":
                raw = sqlite3.connect(db.engine.url.database or "", timeout=0)
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    raw.execute("DELETE FROM old_handle")
                raw.close()
            else:
                other.exec_driver_sql("SET lock_timeout = '50ms'")
                with pytest.raises(sa.exc.OperationalError):
                    other.exec_driver_sql("DELETE FROM old_handle")
            locked.append(True)
        return plain(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("portal.keeping.move.fill", look)
    with filled.app.app_context():
        move(from_environ(place("sqlite")))
    assert locked


def test_a_target_that_takes_something_else_is_noticed(
    on_sqlite: Filled, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(connection: sa.Connection, table: tables.Table, rows: object) -> int:
        rows = list(rows)  # type: ignore[call-overload]
        return load(connection, table, rows[:-1] if table.name == "setting" else rows)

    load = tables.load
    environ = place("postgresql")
    with on_sqlite.app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(fill.tables, "load", forgetful)
            with pytest.raises(Refused, match=r"setting: \d+ rows arrived"):
                move(from_environ(environ))
        move(from_environ(environ))


def test_a_target_that_is_no_plain_file(on_sqlite: Filled) -> None:
    with on_sqlite.app.app_context(), pytest.raises(Refused, match="plain file"):
        move(
            from_environ({"INSTANCE_PATH": str(on_sqlite.config.instance_path), "DATABASE_URL": "sqlite:///:memory:"})
        )


def test_another_programs_database_is_left_alone(on_sqlite: Filled, tmp_path: Path) -> None:
    """Its tables may be called as ours are, and its migrations may be Alembic's as well."""
    target = tmp_path / "theirs.sqlite3"
    with sqlite3.connect(target) as theirs:
        theirs.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('abc');"
            "CREATE TABLE account (id INTEGER); INSERT INTO account VALUES (7);"
        )
    environ = {"INSTANCE_PATH": str(tmp_path / "elsewhere"), "DATABASE_URL": f"sqlite:///{target}"}
    with on_sqlite.app.app_context(), pytest.raises(Refused, match="something else in this database"):
        move(from_environ(environ))
    with sqlite3.connect(target) as theirs:
        assert theirs.execute("SELECT id FROM account").fetchall() == [(7,)]
        assert theirs.execute("SELECT version_num FROM alembic_version").fetchall() == [("abc",)]
