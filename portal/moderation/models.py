"""Tables of moderation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

KINDS = ("missing", "wrong", "left", "duplicate")
TO_ADMINS = ("left", "duplicate")  # what the person cannot put right
APART = ("never", "block")
PAUSES = (1, 7, 28)  # days


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


class Boundary(Base):
    """One-sided and silent. "never": not suggested, drawn, asked or introduced; "block": nor thanked, greeted,
    mentioned by the other. Only `person_id` ever sees it."""

    __tablename__ = "boundary"
    __table_args__ = (one_of("kind", *APART),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    kind: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]


class WordsReport(Base):
    """Somebody says that what a colleague wrote should not stand there. Moderators read it, its writer does not.

    subject_kind and subject_id: what of which domain ("kudos"); words_then: what it said when it was reported, since
    it may be taken back meanwhile.
    """

    __tablename__ = "words_report"
    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "by_id"),
        one_of("outcome", "hidden", "kept", "gone"),
        Index(None, "settled_at", "at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_kind: Mapped[str] = mapped_column(Key)
    subject_id: Mapped[int]  # no foreign key: moderation knows no domain above it
    about_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    why: Mapped[str]
    words_then: Mapped[str]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    outcome: Mapped[str | None] = mapped_column(Key)


class WordsReportNamed(Base):
    """Who was named in reported words that are gone since: they have no part in that report."""

    __tablename__ = "words_report_named"

    report_id: Mapped[int] = mapped_column(
        ForeignKey("words_report.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class Pause(Base):
    """Somebody may not write to colleagues (thank, ask) until then. One row a person, the last pause."""

    __tablename__ = "pause"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    until: Mapped[datetime]
    why: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]
