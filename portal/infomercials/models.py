"""Tables of intros."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

STILL_RIGHT_AFTER = timedelta(days=180)
WORK_GREYS_AFTER = timedelta(days=60)
WORK_GOES_AFTER = timedelta(days=120)
PITCH = ("lang", "headline", "facts", "ask_about", "working_on", "so_that", "goal_id", "offer",
         "offer_stands", "shown_to")  # fmt: skip


class Pitch:
    """The words of an intro; the working copy and the published one have the same."""

    lang: Mapped[str] = mapped_column(Key, default="en")
    headline: Mapped[str] = mapped_column(default="")
    facts: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [{"prompt": key or "", "text": …}]
    ask_about: Mapped[list[str]] = mapped_column(JSON, default=list)
    working_on: Mapped[str] = mapped_column(default="")
    so_that: Mapped[str] = mapped_column(default="")
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("goal.id", ondelete="SET NULL"), index=True)
    offer: Mapped[str] = mapped_column(default="")
    offer_stands: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # colleagues may take it up
    shown_to: Mapped[str] = mapped_column(Key, default="everyone")

    def words(self) -> dict[str, Any]:
        """All of it, by column."""
        return {name: getattr(self, name) for name in PITCH}


class Draft(Pitch, Base):
    """The working copy. `versions` counts the saves of each step, so that two tabs notice each other."""

    __tablename__ = "draft"
    __table_args__ = (one_of("shown_to", "everyone", "teams"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    versions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    photo_settled: Mapped[bool] = mapped_column(default=False)  # chose initials, which is as good as a photo
    work_changed_at: Mapped[datetime | None]
    saved_at: Mapped[datetime]


class Infomercial(Pitch, Base):
    """What is published. The `_html` columns are rendered from Markdown when it is written."""

    __tablename__ = "infomercial"
    __table_args__ = (one_of("shown_to", "everyone", "teams"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    working_on_html: Mapped[str] = mapped_column(default="")
    offer_html: Mapped[str] = mapped_column(default="")
    work_changed_at: Mapped[datetime | None]
    published_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]

    def asks_still_right(self, now: datetime) -> bool:
        return now - self.confirmed_at >= STILL_RIGHT_AFTER

    def work_is_grey(self, now: datetime) -> bool:
        return self.work_changed_at is not None and now - self.work_changed_at >= WORK_GREYS_AFTER

    def work_is_gone(self, now: datetime) -> bool:
        return self.work_changed_at is not None and now - self.work_changed_at >= WORK_GOES_AFTER


class InfomercialListing(Base):
    """Who may read an intro: one row per audience. Made anew by `services.relist`, never edited."""

    __tablename__ = "infomercial_listing"
    __table_args__ = (Index(None, "audience_id", "published_at", "person_id"),)

    audience_id: Mapped[int] = mapped_column(
        ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("infomercial.person_id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    published_at: Mapped[datetime]
