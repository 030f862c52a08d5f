"""Alembic's environment: run by `portal.core.schema` with a connection, never by itself."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from portal.core.db import Base, UtcDateTime, Words

# Full-text tables belong to their engine, not to the models (they come with search).
IGNORED_PREFIXES = ("fts_",)


def include_object(_object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object) -> bool:
    return not (kind in ("table", "index") and (name or "").startswith(IGNORED_PREFIXES))


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """A landed migration stands by itself: plain types, nothing of today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Words):
        return "sa.Text()"
    return False


def migrate(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Batch migrations drop and rebuild tables; with foreign keys on, the drop would take child rows along.
        # It has to be said before the transaction begins.
        connection.rollback()
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys = OFF")
    try:
        if sqlite:
            connection = connection.execution_options(hallway_write=True)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=sqlite,
            include_object=include_object,
            render_item=render_item,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration left {len(broken)} rows without what they point to")
        connection.commit()
    finally:
        if sqlite:
            raw.execute("PRAGMA foreign_keys = ON")


migrate(context.config.attributes["connection"])
