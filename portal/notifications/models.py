"""Tables of notices."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of
from portal.people.models import WEEK

WAYS = ("mail", "digest", "here", "off")
QUIET_FROM, QUIET_TO = 19 * 60, 7 * 60 + 30  # minutes of the day, in the reader's zone
DIGEST_HOUR = 9
MONTHLY_AFTER, ENDS_AFTER = 3, 6  # digests without an act
GOOD_FOR = timedelta(days=7)  # nobody wants mail about what is older than that

_UNREAD = "read_at IS NULL"


class Notice(Base):
    """One line for one person. `at` is the newest of what it tells (the last cheer)."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject_id", "occasion"),
        Index(None, "person_id", "at", "id"),
        Index(None, "subject_id", "kind"),
        Index(
            "ix_notice_unread",
            "person_id",
            sqlite_where=sa.text(_UNREAD),
            postgresql_where=sa.text(_UNREAD),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Key)  # of `kinds.KINDS`
    subject_id: Mapped[int]  # what it is about, as its kind says
    occasion: Mapped[int]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeFanOut(Base):
    """A kudos for more people than a transaction tells: the worker goes through them by id, and takes the row
    away."""

    __tablename__ = "notice_fan_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(unique=True)  # the kudos
    at: Mapped[datetime]
    told_to_id: Mapped[int] = mapped_column(default=0)  # everybody up to this id has been told


class NoticeWish(Base):
    """How somebody wants a kind of notice. No row: as the kind begins."""

    __tablename__ = "notice_wish"
    __table_args__ = (one_of("way", *WAYS),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    way: Mapped[str] = mapped_column(Key)


class NoticeHours(Base):
    """When somebody wants no mail, and when their digest. No row: as below. Minutes and hours are of their zone."""

    __tablename__ = "notice_hours"
    __table_args__ = (one_of("digest_day", *WEEK),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_quiet: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[int] = mapped_column(default=QUIET_FROM)
    quiet_to: Mapped[int] = mapped_column(default=QUIET_TO)
    days_off: Mapped[bool] = mapped_column(default=True)  # quiet on days that they do not work
    digest_day: Mapped[str | None] = mapped_column(Key)  # None: the first day that they work
    digest_hour: Mapped[int] = mapped_column(default=DIGEST_HOUR)


class Digest(Base):
    """The digest of one person and week, owed until it is chosen what stands in it."""

    __tablename__ = "digest"
    __table_args__ = (
        UniqueConstraint("person_id", "week"),
        Index(
            "ix_digest_open",
            "due_at",
            "id",
            sqlite_where=sa.text("frozen_at IS NULL"),
            postgresql_where=sa.text("frozen_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    week: Mapped[int]  # counted from the first Monday of the calendar
    due_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    number: Mapped[int] = mapped_column(default=0)  # of those without an act in between
    chosen: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # ids alone; {} for an empty one


class DigestPace(Base):
    """How many digests came since somebody last did something here, and the day of that."""

    __tablename__ = "digest_pace"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    unanswered: Mapped[int] = mapped_column(default=0)
    acted_on: Mapped[date | None]
