"""A filled installation on each database, and empty ones to put it into."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.config import Config, from_environ
from portal.core import schema, settings
from portal.core.db import db, unit_of_work
from portal.people import services as people
from portal.people.photos import Pictures
from tests.conftest import on_server
from tests.makers import Make

Place = Callable[[str], dict[str, str]]
DATABASES = ["sqlite", "postgresql"]


@contextmanager
def app_of(environ: dict[str, str]) -> Iterator[Flask]:
    """An app on that installation, in its context."""
    app = create_app(from_environ(environ))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


# How an empty database gets its tables: by database and revision, what takes a connection and makes them there.
MADE: dict[tuple[str, str], Callable[[Any], object]] = {}
_upgrade = schema.upgrade


def _upgraded(revision: str = "head") -> None:
    """As `schema.upgrade`, whose work on an empty database is done once for each shape and then repeated: as a copy
    of the pages, or in the same words. What is not empty is upgraded as ever."""
    with db.engine.connect() as connection:
        shape = connection.dialect.name, revision
        empty = not set(sa.inspect(connection).get_table_names()) - {schema.RESTORING}
        connection.rollback()
        if empty and shape in MADE:
            MADE[shape](connection.connection.dbapi_connection)
            return
    said: list[str] = []

    def note(_connection: object, cursor: Any, statement: str, values: Any, *_more: object) -> None:
        if shape[0] == "postgresql":
            said.append(psycopg.ClientCursor(cursor.connection).mogrify(statement, values))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    _upgrade(revision)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    if empty:
        MADE[shape] = _again(said) if said else _copy()


def _again(said: list[str]) -> Callable[[Any], object]:
    script = ";\n".join(statement for statement in said if "pg_catalog" not in statement)

    def repeat(connection: Any) -> None:
        connection.execute(script)
        connection.commit()

    return repeat


def _copy() -> Callable[[Any], object]:
    kept = sqlite3.connect(":memory:")
    with db.engine.connect() as connection:
        there: Any = connection.connection.dbapi_connection
        there.backup(kept)
    return kept.backup


@pytest.fixture(autouse=True)
def _upgraded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "upgrade", _upgraded)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The environment of an installation that holds nothing, on the database of that name."""
    made: list[tuple[sa.Engine, str]] = []

    def one(database: str) -> dict[str, str]:
        instance = tmp_path / f"place-{uuid.uuid4().hex[:8]}"
        if database == "sqlite":
            return {"INSTANCE_PATH": str(instance)}
        server = request.getfixturevalue("postgres_server")
        name = f"hallway_keeping_{uuid.uuid4().hex[:12]}"
        url = sa.make_url(on_server(server, "postgres")).set(drivername="postgresql+psycopg")
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
        made.append((admin, name))
        return {"INSTANCE_PATH": str(instance), "DATABASE_URL": on_server(server, name)}

    yield one
    for admin, name in made:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        admin.dispose()


@dataclass
class Filled:
    """An installation with people in it: who they are, and their pictures."""

    app: Flask
    make: Make
    ada: int
    bo: int
    guest: int
    team: int
    pictures: Pictures

    @property
    def config(self) -> Config:
        found: Config = self.app.config["HALLWAY"]
        return found


@pytest.fixture
def filled(app: Flask, make: Make) -> Filled:
    return fill_in(app, make)


@pytest.fixture
def on_sqlite(sqlite_app: Flask, sqlite_make: Make) -> Filled:
    """The same, for what has nothing to do with where it comes from."""
    return fill_in(sqlite_app, sqlite_make)


def fill_in(app: Flask, make: Make) -> Filled:
    """Three people with an intro, a picture, a team, a manager who was added later, and what the admin chose."""

    def come() -> tuple[int, int, int, int]:
        ada = make.member("Ada Okoye", role="admin", starts_on=date(2020, 2, 29))
        bo = make.member("Bo “Łukasz” 山田 \N{GRINNING FACE}")
        guest = make.guest("Gita Rao")
        make.intro(ada, headline='Says "no", and\nmeans it\t\\ 100 %')
        team = make.project("Elm", ada, bo, guest, purpose="Half the forms")
        make.kudos(bo, ada, why="You said *no*, and it saved us the week. @gita-rao saw it.")
        return ada, bo, guest, team

    ada, bo, guest, team = make.once("kept", come)
    pictures = Pictures(portrait=b"RIFF portrait", square=b"RIFF square", cutout=True)

    def more() -> None:
        people.set_manager(person_id=ada, manager_id=bo)
        people.set_photo(person_id=bo, pictures=pictures)
        settings.put("odd", {"b": [1.5, None, True, "ü\u2028"], "a": 2**60})
        for key, value in (
            ("nothing", None),
            ("five", 5),
            ("whole", 1.0),
            ("share", 0.1),
            ("large", 1e16),
            ("word", "5"),
        ):
            settings.put(key, value)

    make.do(more)
    return Filled(app, make, ada, bo, guest, team, pictures)


def names_here() -> list[str]:
    """Whoever is in the database of this context."""
    found = [str(name) for name in db.session.scalars(sa.text("SELECT name FROM person ORDER BY id"))]
    db.session.rollback()
    return found


def add_somebody(name: str = "Esi Mensah") -> int:
    return unit_of_work(lambda: people.add_person(name=name, email=None))
