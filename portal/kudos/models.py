"""Tables of kudos."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

UNDO_FOR = timedelta(seconds=60)
EDIT_FOR = timedelta(minutes=15)
ROLES = ("did", "helped", "unblocked")
SHOWN_TO = ("everyone", "team", "us")  # from wide to narrow
WISHES = ("wall", "team", "me")
ON_SCREEN = ("yes", "ask", "no")
CHEERS = ("celebrate", "heart", "me_too")
SCREEN_LASTS = timedelta(hours=4)  # a meeting whose host forgot to end it


class CompanyValue(Base):
    """Something that the organization stands for. Retired ones stay on old kudos."""

    __tablename__ = "company_value"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str]
    line: Mapped[str] = mapped_column(default="")
    icon: Mapped[str] = mapped_column(Key)
    position: Mapped[int]
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Kudos(Base):
    """One thank-you. Taken back it is an empty row that only counts."""

    __tablename__ = "kudos"
    __table_args__ = (
        one_of("shown_to", *SHOWN_TO),
        Index(None, "wall_audience_id", "at", "id"),
        Index(None, "wall_audience_id", "value_id", "at", "id"),
        Index(None, "wall_audience_id", "goal_id", "at", "id"),
        Index(None, "wall_audience_id", "team_id", "at", "id"),
        Index(None, "giver_id", "at"),
        Index(None, "value_id"),
        Index(None, "goal_id"),
        Index(None, "topic_id", "at"),
        Index(None, "team_id", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)  # in its address
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    why: Mapped[str]
    why_html: Mapped[str]
    why_key: Mapped[str] = mapped_column(Key)  # the same for what reads the same
    value_id: Mapped[int | None] = mapped_column(ForeignKey("company_value.id", ondelete="SET NULL"))
    goal_id: Mapped[int | None] = mapped_column(ForeignKey("goal.id", ondelete="SET NULL"))
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    to_team: Mapped[bool] = mapped_column(default=False)  # the team itself is thanked, by its name
    shown_to: Mapped[str] = mapped_column(Key)  # as the giver chose and the receivers like it
    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id"), index=True)
    wall_audience_id: Mapped[int | None] = mapped_column(ForeignKey("audience.id"))  # None: on no wall
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    taken_back_at: Mapped[datetime | None]
    hidden_at: Mapped[datetime | None]  # by a moderator

    def may_be_undone_by(self, person_id: int, now: datetime) -> bool:
        return self.giver_id == person_id and self.taken_back_at is None and now < self.at + UNDO_FOR

    def may_be_edited_by(self, person_id: int, now: datetime) -> bool:
        open_still = self.taken_back_at is None and self.hidden_at is None
        return self.giver_id == person_id and open_still and now < self.at + EDIT_FOR


class KudosPerson(Base):
    """Who is named in a kudos: its giver (side "from") and whoever was thanked (side "to")."""

    __tablename__ = "kudos_person"
    __table_args__ = (
        one_of("side", "from", "to"),
        one_of("role", "gave", *ROLES),
        Index(None, "person_id", "side", "at", "kudos_id"),
    )

    kudos_id: Mapped[int] = mapped_column(
        ForeignKey("kudos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    side: Mapped[str] = mapped_column(Key)
    role: Mapped[str] = mapped_column(Key)
    at: Mapped[datetime]  # the kudos' own, for the order
    place: Mapped[int] = mapped_column(default=0)  # in which order the giver named them
    off_wall: Mapped[bool] = mapped_column(default=False)
    off_profile: Mapped[bool] = mapped_column(default=False)
    off_screen: Mapped[bool] = mapped_column(default=False)
    # They had blocked the giver: to everybody but the giver it is as if they were not named.
    muted: Mapped[bool] = mapped_column(default=False)


class KudosCheer(Base):
    """A one-click "me too", by name."""

    __tablename__ = "kudos_cheer"
    __table_args__ = (one_of("kind", *CHEERS),)

    kudos_id: Mapped[int] = mapped_column(
        ForeignKey("kudos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    kind: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]


class KudosMention(Base):
    """Whom the words of a kudos name, so that they can be written anew when that person is erased."""

    __tablename__ = "kudos_mention"

    kudos_id: Mapped[int] = mapped_column(
        ForeignKey("kudos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class ThanksWish(Base):
    """How somebody likes to be thanked. No row: on the wall, and to be asked before a screen."""

    __tablename__ = "thanks_wish"
    __table_args__ = (one_of("shown", *WISHES), one_of("on_screen", *ON_SCREEN))

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    shown: Mapped[str] = mapped_column(Key, default="wall")
    on_screen: Mapped[str] = mapped_column(Key, default="ask")


class KudosScreen(Base):
    """A meeting in which thanks are shown. Its link works until it ends."""

    __tablename__ = "kudos_screen"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    host_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    since: Mapped[datetime]  # thanks from here on are offered
    nonce: Mapped[str] = mapped_column(Key)  # part of the link
    started_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # moved to the moment at which the host ends it
    sent_round_at: Mapped[datetime | None]
    at_position: Mapped[int] = mapped_column(default=0, server_default="0")  # the card that the host is at

    def is_open(self, now: datetime) -> bool:
        return now < self.ends_at


class KudosScreenPick(Base):
    """A kudos that the host picked, or that came in live."""

    __tablename__ = "kudos_screen_pick"
    __table_args__ = (UniqueConstraint("screen_id", "position"),)

    screen_id: Mapped[int] = mapped_column(
        ForeignKey("kudos_screen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kudos_id: Mapped[int] = mapped_column(
        ForeignKey("kudos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    position: Mapped[int]
    is_live: Mapped[bool] = mapped_column(default=False)


class KudosScreenAnswer(Base):
    """A receiver who likes to be asked was asked; `said` is None until they answer."""

    __tablename__ = "kudos_screen_answer"
    __table_args__ = (one_of("said", "yes", "no"),)

    screen_id: Mapped[int] = mapped_column(
        ForeignKey("kudos_screen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kudos_id: Mapped[int] = mapped_column(
        ForeignKey("kudos.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    said: Mapped[str | None] = mapped_column(Key)
    asked_at: Mapped[datetime]


class KudosScreenPerson(Base):
    """Who was in the meeting: came in by its link, or was named by the host."""

    __tablename__ = "kudos_screen_person"

    screen_id: Mapped[int] = mapped_column(
        ForeignKey("kudos_screen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]
