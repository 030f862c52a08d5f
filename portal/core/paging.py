"""Keyset pages: a page starts behind the last row of the one before, so none is slow and none is half empty."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import sqlalchemy as sa

Rows: TypeAlias = "sa.Select[*tuple[Any, ...]]"  # a select of any columns
T = TypeVar("T")
R = TypeVar("R")

PAGE = 24
# SQLite takes 500 terms in a compound select; far fewer are already slower than one sorted read.
_MAX_BRANCHES = 100


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items, and the cursor behind the last one (None on the last page)."""

    items: list[T]
    next: str | None

    def map(self, change: Callable[[list[T]], list[R]]) -> Page[R]:
        """The same page of other things."""
        return Page(change(self.items), self.next)


def cursor_of(*values: str | int) -> str:
    """An opaque cursor for a URL."""
    raw = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read_cursor(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The values in a cursor; None (the first page) for none and for one that is damaged."""
    if not cursor or len(cursor) > 2000:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        return None
    fits = isinstance(values, list) and len(values) == len(types)
    if not fits or any(type(value) is not kind for value, kind in zip(values, types, strict=True)):
        return None
    if any(isinstance(v, int) and abs(v) >= 2**63 for v in values):
        return None
    if any(isinstance(v, str) and ("\x00" in v or any("\ud800" <= c <= "\udfff" for c in v)) for v in values):
        return None
    return tuple(values)


def page_of(rows: Sequence[T], size: int, cursor: Callable[[T], str]) -> Page[T]:
    """A page of at most `size` from `size + 1` rows read."""
    items = list(rows[:size])
    return Page(items, cursor(items[-1]) if len(rows) > size and items else None)


def top_of_audiences(
    audience_ids: Collection[int],
    branch: Callable[[sa.ColumnElement[bool]], Rows],
    audience: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int],
    order: Sequence[str],
    size: int,
    descending: bool = False,
) -> Rows | None:
    """The first `size` distinct rows over all audiences, never scanning what the viewer may not see.

    branch: the select of one audience's rows, given its condition; its columns are the row and hold those named
    in `order` (all NOT NULL, with an index that starts with the audience). None when there are no audiences.
    """

    def ordered(columns: Any) -> list[Any]:
        return [columns[name].desc() if descending else columns[name].asc() for name in order]

    ids = sorted(audience_ids)
    if not ids:
        return None
    if len(ids) > _MAX_BRANCHES:
        one = branch(audience.in_(ids))
        merged = one.subquery()
    else:
        branches: list[Rows] = []
        for audience_id in ids:
            one = branch(audience == audience_id)
            one = one.order_by(*ordered(one.selected_columns)).limit(size)
            # By an asterisk: the columns of each subquery would be made anew, one by one, for every page.
            branches.append(sa.select(sa.literal_column("*")).select_from(one.subquery()))
        merged = (branches[0] if len(branches) == 1 else sa.union_all(*branches)).subquery()
    columns = {str(its.key): sa.column(str(its.key), its.type) for its in one.selected_columns}
    return sa.select(*columns.values()).select_from(merged).distinct().order_by(*ordered(columns)).limit(size)
