"""Tables of moderation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

KINDS = ("missing", "wrong", "left", "duplicate")
TO_ADMINS = ("left", "duplicate")  # what the person cannot put right


class Report(Base):
    """Somebody says that a profile is missing something, wrong, of somebody who left, or there twice."""

    __tablename__ = "report"
    __table_args__ = (
        one_of("kind", *KINDS),
        one_of("goes_to", "person", "admins"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(Key)
    goes_to: Mapped[str] = mapped_column(Key)
    words: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
