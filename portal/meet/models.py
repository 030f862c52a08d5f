"""Tables of whom to meet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base

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
    """Whose suggestions are to be made anew: something changed for them since."""

    __tablename__ = "meet_due"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Mapped[datetime]
