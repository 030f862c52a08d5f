"""Tables of goals."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.auth import EVERYONE, Viewer
from portal.core.db import Base, Key


class Goal(Base):
    __tablename__ = "goal"
    __table_args__ = (Index(None, "audience_id", "sort_key", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)  # made from the first title, and kept
    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id"), default=EVERYONE)
    title: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Key)
    why: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(default="")  # how it stands, in words
    noted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]  # reached, or given up: the note says which
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    def is_kept_by(self, viewer: Viewer) -> bool:
        """The owner and the admins keep it."""
        return viewer.is_admin or viewer.person_id == self.owner_id
