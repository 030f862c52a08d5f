"""A filled installation on each database, and empty ones to put it into."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.config import Config, from_environ
from portal.core import settings
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
    ada = make.member("Ada Okoye", role="admin", starts_on=date(2020, 2, 29))
    bo = make.member("Bo “Łukasz” 山田 \N{GRINNING FACE}")
    guest = make.guest("Gita Rao")
    make.intro(ada, headline='Says "no", and\nmeans it\t\\ 100 %')
    team = make.project("Elm", ada, bo, guest, purpose="Half the forms")
    make.kudos(bo, ada, why="You said *no*, and it saved us the week. @gita-rao saw it.")
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
