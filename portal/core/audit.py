"""The audit log: who did what to whom, by ids and codes. Never names, addresses or free text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Key, db


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
