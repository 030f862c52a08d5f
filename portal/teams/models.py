"""Tables of teams."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key

JOIN_LINK_LASTS = timedelta(days=30)  # after the kick-off


class Team(Base):
    __tablename__ = "team"
    __table_args__ = (
        Index(None, "sort_key", "id"),
        Index(None, "created_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id"), unique=True)
    name: Mapped[str]
    sort_key: Mapped[str] = mapped_column(Key)
    purpose: Mapped[str] = mapped_column(default="")
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("goal.id", ondelete="SET NULL"), index=True)
    talks_at: Mapped[str] = mapped_column(default="")  # a link, or words
    kickoff_at: Mapped[datetime | None]
    kickoff_zone: Mapped[str | None] = mapped_column(Key)
    kickoff_place: Mapped[str] = mapped_column(default="")
    calendar_uid: Mapped[str] = mapped_column(Key, unique=True)
    calendar_sequence: Mapped[int] = mapped_column(default=0)  # grows when the kick-off moves
    join_nonce: Mapped[str | None] = mapped_column(Key)  # None: the link is switched off
    join_made_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    closed_at: Mapped[datetime | None]
    learned: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def join_until(self) -> datetime:
        """30 days after the kick-off, or after it was made or renewed, whichever is later."""
        return max(self.kickoff_at or self.join_made_at, self.join_made_at) + JOIN_LINK_LASTS

    def may_be_joined(self, now: datetime) -> bool:
        return self.is_open and self.join_nonce is not None and now < self.join_until

    def has_met(self, now: datetime) -> bool:
        """The kick-off has begun."""
        return self.kickoff_at is not None and self.kickoff_at <= now


class TeamMember(Base):
    __tablename__ = "team_member"
    __table_args__ = (Index(None, "team_id", "joined_at", "person_id"),)

    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    is_lead: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    was_there: Mapped[bool | None]  # at the kick-off; None: not answered


class OldTeamSlug(Base):
    """An address that a team had; it still leads to it."""

    __tablename__ = "old_team_slug"

    slug: Mapped[str] = mapped_column(Key, primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)


class TeamBuddy(Base):
    """Somebody was asked to be a newcomer's buddy; nothing is told to the newcomer before a yes."""

    __tablename__ = "team_buddy"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    newcomer_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    buddy_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    said_yes: Mapped[bool | None]


class TeamKeep(Base):
    """Whom somebody wants to keep in touch with after a team; nobody else ever sees it."""

    __tablename__ = "team_keep"

    team_id: Mapped[int] = mapped_column(
        ForeignKey("team.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]
