"""The database's shape: is it as new as this code, and making it so."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from .db import db

RESTORING = "restore_under_way"  # a table that is there as long as a database is being filled from elsewhere


def _config() -> Config:
    folder = Path(current_app.root_path).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def schema_state() -> str:
    """ "ok", "empty" (no tables), "behind" (upgrade needed), "ahead" (made by newer code) or "restoring" (half)."""
    with db.engine.connect() as connection:
        if sa.inspect(connection).has_table(RESTORING):
            return "restoring"
        current = revision_of(connection)
    if current is None:
        return "empty"
    if current == head():
        return "ok"
    return "behind" if is_known(current) else "ahead"


def revision_of(connection: sa.Connection) -> str | None:
    """The shape that a database has; None when there is nothing in it."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The shape that this code works with."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def is_known(revision: str) -> bool:
    """Is that the shape of this version or of an earlier one?"""
    script = ScriptDirectory.from_config(_config())
    return revision in {one.revision for one in script.walk_revisions()}


def upgrade(revision: str = "head") -> None:
    """Bring the database to this code's shape (or to an earlier one); several processes may call it at once."""
    config = _config()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # One at a time: the others find the work done.
            connection.execute(sa.text("SELECT pg_advisory_lock(727272)"))
            connection.commit()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        finally:
            if connection.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(sa.text("SELECT pg_advisory_unlock(727272)"))
                connection.commit()


def new_migration(message: str) -> str:
    """Write a migration from what the models have and the database has not; the file's name."""
    script = ScriptDirectory.from_config(_config())
    number = len(list(script.walk_revisions())) + 1
    config = _config()
    with db.engine.connect() as connection:
        config.attributes["connection"] = connection
        made = command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")
    return str(getattr(made, "path", ""))
