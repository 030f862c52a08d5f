"""Tables of whom to meet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

NOT_NOW_FOR = timedelta(days=90)


class Suggestion(Base):
    """Somebody whom a person might meet. Made anew by `services.refresh`, never edited; why is told when it is read,
    from what the reader may see then."""

    __tablename__ = "suggestion"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    place: Mapped[int]  # 1 is first
    score: Mapped[float]
    week: Mapped[int | None]  # the number of the week (from Monday, UTC) in which they are among the six new ones


class SetAside(Base):
    """Somebody said "not now" to meeting somebody; nobody else learns of it."""

    __tablename__ = "set_aside"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    until: Mapped[datetime]


class MeetWish(Base):
    """By which signals somebody does not want to be suggested people (no row: by all of them), and when they last
    said whom they know already (None: not yet)."""

    __tablename__ = "meet_wish"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    off: Mapped[list[Any]] = mapped_column(JSON, default=list)
    known_at: Mapped[datetime | None]


class MeetDue(Base):
    """Whose suggestions are to be made anew: something changed for them since (`services.TAKEN`: it is under way)."""

    __tablename__ = "meet_due"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Mapped[datetime]


class SuggestionDraw(Base):
    """Two of whom one would have seen the other, and whether the lot left them out; from then on for 60 days."""

    __tablename__ = "suggestion_draw"
    __table_args__ = (Index(None, "high_id", "low_id"), Index(None, "until"))

    low_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    high_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    is_left_out: Mapped[bool]


class MetQuestion(Base):
    """Whether somebody met somebody, and later met them again: asked of one of the two, and answered by them alone.

    medium: by what it began; due_at: asked from then on, None for no more; before: what stood here before the last
    answer, so that it can be taken back.
    """

    __tablename__ = "met_question"
    __table_args__ = (
        one_of("medium", "hello", "coffee", "introduction", "talked"),
        one_of("stage", "met", "again"),
        Index(None, "person_id", "due_at"),
    )

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    medium: Mapped[str] = mapped_column(Key)
    stage: Mapped[str] = mapped_column(Key)
    times: Mapped[int] = mapped_column(default=0)  # "not yet" was said
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    again_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
