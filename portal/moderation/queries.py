"""Reads of moderation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.paging import PAGE, Page, cursor_of, page_of, read_cursor
from portal.people.models import Person

from .models import Boundary, Pause, Report


@dataclass(frozen=True)
class Asked:
    """A colleague says that something on my page is not right. Who it was is not said."""

    id: int
    kind: str
    words: str
    at: datetime


def asked_of_me(viewer: Viewer, most: int = 5) -> list[Asked]:
    """What I have not settled, the oldest first."""
    rows = db.session.scalars(
        sa.select(Report)
        .where(Report.person_id == viewer.person_id, Report.goes_to == "person", Report.settled_at.is_(None))
        .order_by(Report.at, Report.id)
        .limit(most)
    )
    return [Asked(row.id, row.kind, row.words, row.at) for row in rows]


@dataclass(frozen=True)
class ReportLine:
    """A report as the admins read it. Names are those of today, "" for who was erased."""

    id: int
    kind: str
    words: str
    at: datetime
    settled_at: datetime | None
    handle: str
    name: str
    by_handle: str | None
    by_name: str


def reports(
    viewer: Viewer, *, settled: bool = False, cursor: str | None = None, size: int = PAGE
) -> Page[ReportLine]:
    """What was sent to the admins, the newest first. `NotVisible` for everybody else."""
    if not viewer.is_admin:
        raise NotVisible
    about, by = aliased(Person), aliased(Person)
    query = (
        sa.select(Report, about.handle, about.name, by.handle.label("by_handle"), by.name.label("by_name"))
        .join(about, about.id == Report.person_id)
        .outerjoin(by, by.id == Report.by_id)
        # Whoever it is about does not learn of it, not as an admin either.
        .where(Report.goes_to == "admins", Report.person_id != viewer.person_id)
        .where(Report.settled_at.is_not(None) if settled else Report.settled_at.is_(None))
    )
    start = read_cursor(cursor, int)
    if start:
        query = query.where(Report.id < start[0])
    rows = db.session.execute(query.order_by(Report.id.desc()).limit(size + 1)).all()
    lines = [
        ReportLine(r.id, r.kind, r.words, r.at, r.settled_at, handle, name, by_handle, by_name or "")
        for r, handle, name, by_handle, by_name in rows
    ]
    return page_of(lines, size, lambda line: cursor_of(line.id))


def how_many_open(viewer: Viewer) -> int:
    """Reports that wait for this admin."""
    waiting = sa.select(sa.func.count()).select_from(Report).where(Report.person_id != viewer.person_id)
    return db.session.scalar(waiting.where(Report.goes_to == "admins", Report.settled_at.is_(None))) or 0


def who_blocked(person_id: int, among: Collection[int]) -> set[int]:
    """Who of these blocked that person. For rules only: no answer may let them notice."""
    # By whom, not of whom: few ever block somebody, and `among` may be a whole company.
    rows = sa.select(Boundary.person_id).where(Boundary.other_id == person_id, Boundary.kind == "block")
    return set(db.session.scalars(rows)).intersection(among) if among else set()


def blocks(person_id: Any, other_id: Any) -> sa.ColumnElement[bool]:
    """The condition that one person (a column of ids) blocked another."""
    return _said(person_id, other_id).where(Boundary.kind == "block").exists()


def keeps_apart(person_id: Any, other_id: Any, by: Any = None) -> sa.ColumnElement[bool]:
    """The condition that one person (a column of ids) said "never" of another, or blocked them; by that moment, where
    one is given."""
    said = _said(person_id, other_id)
    return (said if by is None else said.where(Boundary.at <= by)).exists()


def _said(person_id: Any, other_id: Any) -> sa.Select[int]:
    return sa.select(Boundary.person_id).where(Boundary.person_id == person_id, Boundary.other_id == other_id)


def who_keeps_apart(person_id: int, among: Collection[int]) -> set[int]:
    """Who of these is never to be brought together with that person, whichever of the two said so."""
    by_them = sa.select(Boundary.person_id).where(Boundary.other_id == person_id)
    by_me = sa.select(Boundary.other_id).where(Boundary.person_id == person_id)
    return set(db.session.scalars(sa.union(by_them, by_me))).intersection(among) if among else set()


def everybody_apart() -> list[tuple[int, int]]:
    """All who are never to be brought together, whoever of the two said so. For rules only."""
    return list(db.session.execute(sa.select(Boundary.person_id, Boundary.other_id)).tuples())


def boundary_of(viewer: Viewer, other_id: int) -> str | None:
    """What I set between us: "never", "block", or None. What they set I never learn."""
    row = db.session.get(Boundary, (viewer.person_id, other_id))
    return row.kind if row else None


@dataclass(frozen=True)
class Apart:
    """Somebody whom I keep apart from me, under their name of today, whether I still see them or not."""

    person_id: int
    name: str
    kind: str
    at: datetime


def kept_apart(viewer: Viewer, *, cursor: str | None = None, size: int = PAGE) -> Page[Apart]:
    """My own list. It is short, so its order is that of its key."""
    query = (
        sa.select(Boundary, Person.name)
        .join(Person, Person.id == Boundary.other_id)
        .where(Boundary.person_id == viewer.person_id, Person.erased_at.is_(None))
    )
    start = read_cursor(cursor, int)
    if start:
        query = query.where(Boundary.other_id > start[0])
    rows = db.session.execute(query.order_by(Boundary.other_id).limit(size + 1))
    lines = [Apart(row.other_id, name, row.kind, row.at) for row, name in rows]
    return page_of(lines, size, lambda line: cursor_of(line.person_id))


def pause_of(person_id: int) -> Pause | None:
    """Until when, and why, they may not write to colleagues; None when they may."""
    found = sa.select(Pause).where(Pause.person_id == person_id, Pause.until > clock.now())
    return db.session.scalar(found)


@dataclass(frozen=True)
class Paused:
    """Somebody who is paused, as the moderators read it. by_name is "" for who was erased."""

    person_id: int
    name: str
    until: datetime
    why: str
    by_name: str


def paused(viewer: Viewer, *, cursor: str | None = None, size: int = PAGE) -> Page[Paused]:
    """Who is paused now, but for the viewer. `NotVisible` for who is no moderator."""
    if not viewer.is_moderator:
        raise NotVisible
    by = aliased(Person)
    query = (
        sa.select(Pause, Person.name, by.name)
        .join(Person, Person.id == Pause.person_id)
        .outerjoin(by, by.id == Pause.by_id)
        .where(Pause.until > clock.now(), Pause.person_id != viewer.person_id)
    )
    start = read_cursor(cursor, int)
    if start:
        query = query.where(Pause.person_id > start[0])
    rows = db.session.execute(query.order_by(Pause.person_id).limit(size + 1))
    lines = [Paused(row.person_id, name, row.until, row.why, by_name or "") for row, name, by_name in rows]
    return page_of(lines, size, lambda line: cursor_of(line.person_id))
