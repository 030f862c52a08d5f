"""Tables of introductions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

STATES = ("waiting", "made", "over")  # one that was taken back is no row any more
ASK_STATES = ("waiting", "answered", "over")
LASTS = timedelta(days=14)
NOT_AGAIN_FOR = timedelta(days=90)  # nobody is asked about the same colleague twice
MOST_WAITING = 3  # that one person is asked about at a time
MOST_OPEN = 10  # that one person brought about
ASK_LASTS = timedelta(days=10)
ASK_AGAIN_AFTER = timedelta(days=30)
MOST_NAMED = 3
NAMED_FOR = timedelta(days=180)  # a manager's names order whom to meet


class ManagerAsk(Base):
    """Somebody asks their manager whom to meet. passed_at: the manager would rather not; the asker sees a silence."""

    __tablename__ = "manager_ask"
    __table_args__ = (
        one_of("state", *ASK_STATES),
        Index(None, "person_id", "id"),
        Index(None, "manager_id", "state"),
        Index(None, "state", "ends_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)  # in its address
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    manager_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    line: Mapped[str] = mapped_column(default="")  # what they would like to find
    state: Mapped[str] = mapped_column(Key, default="waiting")
    at: Mapped[datetime]
    ends_at: Mapped[datetime]
    passed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Introduction(Base):
    """Somebody brings two people together; each of them is one `IntroductionSide`."""

    __tablename__ = "introduction"
    __table_args__ = (
        one_of("state", *STATES),
        Index(None, "by_id", "id"),
        Index(None, "state", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("manager_ask.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(Key, default="waiting")
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class IntroductionSide(Base):
    """One of the two. line: what they read about the other; told_at: None as long as they were not asked."""

    __tablename__ = "introduction_side"
    __table_args__ = (
        one_of("answer", "yes", "no"),
        Index(None, "person_id", "other_id"),
        Index(None, "other_id"),
    )

    introduction_id: Mapped[int] = mapped_column(
        ForeignKey("introduction.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    line: Mapped[str]
    told_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(Key)
    answered_at: Mapped[datetime | None]
