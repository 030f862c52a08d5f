"""What Hallway owes to the outside: one row for each mail, written together with the fact that it is about.

A row says what kind of mail is owed about which row of which domain; whoever owes it renders it anew from that row,
so nothing usable stands here. `occasion` tells a second mail about the same thing from the first one sent twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, Key, batches, db, insert_missing

UNDO_FOR = timedelta(seconds=60)  # what leaves the house waits so long, for whoever takes it back


class OwedMail(Base):
    __tablename__ = "owed_mail"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "occasion"),
        Index(None, "due_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Key)
    subject_id: Mapped[int]  # no foreign key: core knows no domain
    occasion: Mapped[int]
    due_at: Mapped[datetime]


def owe_mail(kind: str, subject_ids: list[int], *, occasion: int = 1) -> None:
    """Owe one mail for each subject (inside a unit of work); what is owed already stays as it is."""
    due = clock.now() + UNDO_FOR
    rows = [{"kind": kind, "subject_id": one, "occasion": occasion, "due_at": due} for one in subject_ids]
    if rows:
        insert_missing(OwedMail, rows)


def forget_mail(kind: str, subject_ids: Collection[int]) -> None:
    """What was owed about these is not owed any more."""
    for some in batches(subject_ids):
        db.session.execute(sa.delete(OwedMail).where(OwedMail.kind == kind, OwedMail.subject_id.in_(some)))
