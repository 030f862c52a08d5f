"""Reads of goals. What a viewer may not see is not in the answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.paging import PAGE, Page, Rows, cursor_of, page_of, read_cursor, top_of_audiences
from portal.people import names
from portal.people.queries import Card, cards

from .models import Goal


@dataclass(frozen=True)
class GoalLine:
    """A goal, as this viewer may see it. `owner` is None where there is none, or none that the viewer may see."""

    id: int
    slug: str
    title: str
    why: str
    note: str
    noted_at: datetime | None
    is_open: bool
    version: int
    owner: Card | None
    owner_id: int | None
    may_keep: bool
    closed_at: datetime | None = None


def _lines(viewer: Viewer, rows: Collection[Goal]) -> list[GoalLine]:
    owners = {card.id: card for card in cards(viewer, sorted({row.owner_id for row in rows if row.owner_id}))}
    return [
        GoalLine(
            id=row.id,
            slug=row.slug,
            title=row.title,
            why=row.why,
            note=row.note,
            noted_at=row.noted_at,
            is_open=row.closed_at is None,
            version=row.version,
            owner=owners.get(row.owner_id or 0),
            owner_id=row.owner_id,
            may_keep=row.is_kept_by(viewer),
            closed_at=row.closed_at,
        )
        for row in rows
    ]


def goal(viewer: Viewer, slug: str) -> GoalLine:
    """The goal at that address. `NotVisible` when there is none for this viewer."""
    if not names.may_be_handle(slug):
        raise NotVisible
    return _one(viewer, Goal.slug == slug)


def _one(viewer: Viewer, condition: sa.ColumnElement[bool]) -> GoalLine:
    row = db.session.scalar(sa.select(Goal).where(condition, visible_to(viewer, Goal.audience_id)))
    if row is None:
        raise NotVisible
    return _lines(viewer, [row])[0]


def goal_line(viewer: Viewer, goal_id: int) -> GoalLine | None:
    """That goal, if the viewer may see it."""
    try:
        return _one(viewer, Goal.id == goal_id)
    except NotVisible:
        return None


def goals(viewer: Viewer, *, closed: bool = False, cursor: str | None = None, size: int = PAGE) -> Page[GoalLine]:
    """A page of goals by title: the open ones, or the closed ones."""
    start = read_cursor(cursor, str, int)

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        rows: Rows = sa.select(Goal.id, Goal.sort_key).where(
            audience, Goal.closed_at.is_not(None) if closed else Goal.closed_at.is_(None)
        )
        if start:
            rows = rows.where(sa.tuple_(Goal.sort_key, Goal.id) > sa.tuple_(sa.literal(start[0]), start[1]))
        return rows

    query = top_of_audiences(viewer.audience_ids, branch, Goal.audience_id, ("sort_key", "id"), size + 1)
    rows = db.session.execute(query).all() if query is not None else []
    page = page_of(rows, size, lambda row: cursor_of(row.sort_key, row.id))

    def shown(found: list[sa.Row[tuple[int, str]]]) -> list[GoalLine]:
        by_id = {g.id: g for g in db.session.scalars(sa.select(Goal).where(Goal.id.in_([row.id for row in found])))}
        return _lines(viewer, [by_id[row.id] for row in found if row.id in by_id])

    return page.map(shown)


def goal_choices(viewer: Viewer, keep: int | None = None, most: int = 100) -> list[tuple[int, str]]:
    """(id, title) of the open goals to point to, by title; and the one chosen before, open or not."""
    kept = Goal.id == (keep or 0)
    query = sa.select(Goal.id, Goal.title, Goal.sort_key).where(visible_to(viewer, Goal.audience_id))
    query = query.where(sa.or_(Goal.closed_at.is_(None), kept))
    # The one chosen before comes first here, so that it is not cut off where there are more.
    rows = db.session.execute(query.order_by(kept.desc(), Goal.sort_key, Goal.id).limit(most))
    return [(row.id, row.title) for row in sorted(rows, key=lambda row: (row.sort_key, row.id))]


def owned_by(person_id: int) -> list[tuple[str, str]]:
    """(slug, title) of the open goals that somebody owns, by title (for the admins)."""
    query = sa.select(Goal.slug, Goal.title).where(Goal.owner_id == person_id, Goal.closed_at.is_(None))
    return [(slug, title) for slug, title in db.session.execute(query.order_by(Goal.sort_key, Goal.id))]


def titles_by_id(goal_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """(slug, title) of these goals (for the admins)."""
    rows = db.session.execute(sa.select(Goal.id, Goal.slug, Goal.title).where(Goal.id.in_(sorted(goal_ids))))
    return {goal_id: (slug, title) for goal_id, slug, title in rows}
