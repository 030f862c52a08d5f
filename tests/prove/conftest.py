"""Installations with a few made-up people who can sign in, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import on_server
from tests.prove.house import run


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The environment of an installation with 40 people; p5 to p20@bench.example can sign in."""
    env = {"INSTANCE_PATH": str(tmp_path / "instance"), "DATABASE_URL": "", "DEMO": "0"}
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        name = f"prove_{request.function.__name__}"[:60]
        engine = sa.create_engine(
            sa.make_url(on_server(server, "postgres")).set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(sa.text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
        engine.dispose()
        env["DATABASE_URL"] = on_server(server, name)
    run(env, "bench", "fill", "--people", "40")
    return env
