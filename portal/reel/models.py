"""Tables of the reel."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base

NUDGE_AGAIN_AFTER = timedelta(days=7)
NUDGE_KEPT_FOR = timedelta(days=30)  # so long it stands at home, and then nobody knows of it any more


class IntroSeen(Base):
    """I have seen somebody's intro. Private to me."""

    __tablename__ = "intro_seen"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seen_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]


class IntroNudge(Base):
    """The last time that somebody was nudged for their intro: one row a person, so nobody is nudged twice a week."""

    __tablename__ = "intro_nudge"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime]


class QuietSlide(Base):
    """In this team's reel my slide is read, and nobody waits for me to speak."""

    __tablename__ = "quiet_slide"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
