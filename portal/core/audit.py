"""The audit log: who did what to whom, by ids and codes. Never names, addresses or free text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Key, db
from .paging import Page, cursor_of, page_of, read_cursor

ROWS = 100


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    # Ids without foreign keys: an entry outlives what it speaks of.
    actor_id: Mapped[int | None]
    code: Mapped[str] = mapped_column(Key)
    subject_id: Mapped[int | None]


def record(code: str, *, actor_id: int | None, subject_id: int | None = None) -> None:
    """Add an entry (inside a unit of work). `actor_id` is None for the command line."""
    db.session.add(AuditEntry(at=clock.now(), actor_id=actor_id, code=code, subject_id=subject_id))


def entries(
    *,
    codes: list[str] | None = None,
    person_id: int | None = None,
    about_people: list[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    size: int = ROWS,
) -> Page[AuditEntry]:
    """A page of the log, the newest first.

    person_id: what they did, and what was done to them; about_people says which codes have a person as their subject.
    """
    query = sa.select(AuditEntry)
    if codes is not None:
        query = query.where(AuditEntry.code.in_(codes))
    if person_id is not None:
        done_to = sa.and_(AuditEntry.subject_id == person_id, AuditEntry.code.in_(about_people or []))
        query = query.where(sa.or_(AuditEntry.actor_id == person_id, done_to))
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    start = read_cursor(cursor, int)
    if start:
        query = query.where(AuditEntry.id < start[0])
    rows = db.session.scalars(query.order_by(AuditEntry.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, lambda row: cursor_of(row.id))
