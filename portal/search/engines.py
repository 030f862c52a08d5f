"""The two engines that find candidates: FTS5 on SQLite, full text on PostgreSQL. Both know only the words of bags.

An engine answers one question: which items hold this word (and one of those), the newest first. What they are worth
is for `scoring`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from portal.core.db import db

from .models import SearchItem

# Of the migration; they are no models', and Alembic leaves them alone.
FTS_TABLE = "fts_search_item"
_ADD = f"INSERT INTO {FTS_TABLE} (rowid, words) VALUES (?, ?)"  # noqa: S608 - our own name
_TAKE = f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, words) VALUES ('delete', ?, ?)"  # noqa: S608

Kept = tuple[int, str]  # an item's id and its bag


class Engine(Protocol):
    """What a database does for us."""

    def add(self, kept: Sequence[Kept]) -> None:
        """Take these items up."""

    def take(self, kept: Sequence[Kept]) -> None:
        """Forget them; `kept` is what they were taken up with."""

    def rebuild(self) -> None:
        """Make the index anew from the items."""

    def trouble(self) -> str:
        """What is wrong with the index; "" when nothing is."""

    def holding(self, word: str, beside: Sequence[str]) -> sa.Select[Any]:
        """Items that hold the word, and one of those beside it if there are any. One column, `id`; no order yet."""


class Fts5:
    """SQLite. The table holds no text of its own: it is read from `search_item`."""

    def add(self, kept: Sequence[Kept]) -> None:
        if kept:
            db.session.connection().exec_driver_sql(_ADD, [tuple(one) for one in kept])

    def take(self, kept: Sequence[Kept]) -> None:
        if kept:
            db.session.connection().exec_driver_sql(_TAKE, [tuple(one) for one in kept])

    def rebuild(self) -> None:
        db.session.execute(sa.text(f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}) VALUES ('rebuild')"))  # noqa: S608

    def trouble(self) -> str:
        try:
            found: Any = db.session.connection().connection.driver_connection
            found.execute(f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
        except Exception as error:
            return str(error)
        return ""

    def holding(self, word: str, beside: Sequence[str]) -> sa.Select[Any]:
        match = _quoted(word)
        if beside:
            match += f" AND ({' OR '.join(_quoted(one) for one in beside)})"
        fts = sa.table(FTS_TABLE, sa.column("rowid"), sa.column(FTS_TABLE))
        # "+": the way leads from the index to the items, never back.
        return (
            sa.select(fts.c.rowid.label("id"))
            .select_from(fts.join(SearchItem, SearchItem.id == sa.literal_column(f"+{FTS_TABLE}.rowid")))
            .where(sa.literal_column(FTS_TABLE).op("MATCH")(match))
            .order_by(fts.c.rowid.desc())
        )


class PostgresText:
    """PostgreSQL: an index on an expression, so nothing has to be kept in step."""

    def add(self, kept: Sequence[Kept]) -> None:
        """The index has seen them."""

    def take(self, kept: Sequence[Kept]) -> None:
        """The same."""

    def rebuild(self) -> None:
        db.session.execute(sa.text("REINDEX INDEX fts_search_item_words"))

    def trouble(self) -> str:
        there = sa.text(
            "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('fts_search_item_words') AND indisvalid"
        )
        return "" if db.session.scalar(there) else "the index fts_search_item_words is missing"

    def holding(self, word: str, beside: Sequence[str]) -> sa.Select[Any]:
        match = _quoted(word, "'")
        if beside:
            match += f" & ({' | '.join(_quoted(one, chr(39)) for one in beside)})"
        indexed: sa.ColumnElement[Any] = sa.literal_column(
            "array_to_tsvector(string_to_array(translate(search_item.words, '=*', ''), ' '))"
        )
        asked = sa.cast(sa.bindparam(None, match, type_=sa.Text), sa.dialects.postgresql.TSQUERY)
        return sa.select(SearchItem.id).where(indexed.op("@@")(asked)).order_by(SearchItem.id.desc())


def _quoted(word: str, mark: str = '"') -> str:
    return mark + word.replace("\\", "").replace(mark, mark + mark) + mark


_ENGINES: dict[str, Engine] = {"sqlite": Fts5(), "postgresql": PostgresText()}


def engine() -> Engine:
    """That of this database."""
    return _ENGINES[db.engine.dialect.name]
