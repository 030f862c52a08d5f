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


def _config() -> Config:
    folder = Path(current_app.root_path).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def schema_state() -> str:
    """ "ok", "empty" (no tables), "behind" (upgrade needed) or "ahead" (made by newer code)."""
    script = ScriptDirectory.from_config(_config())
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return "empty"
    if current == script.get_current_head():
        return "ok"
    known = {revision.revision for revision in script.walk_revisions()}
    return "behind" if current in known else "ahead"


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
