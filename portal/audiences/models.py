"""Tables of audiences."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of


class Audience(Base):
    __tablename__ = "audience"
    __table_args__ = (one_of("kind", "everyone", "team", "named"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Key)


class AudienceMember(Base):
    __tablename__ = "audience_member"
    __table_args__ = (Index(None, "person_id", "audience_id"),)

    audience_id: Mapped[int] = mapped_column(
        ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # By table name: the only key in the house that points up.
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
