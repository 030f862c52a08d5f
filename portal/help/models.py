"""Tables of help."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

from .routing import LIMIT

ASK_STATES = ("open", "answered", "closed")  # one that was taken back is no row any more
PROMISE_STATES = ("open", "done", "off")
OFFER_STATES = ("open", "paused", "closed")
SHOWN_TO = ("everyone", "teams", "asked")
OFFERED_TO = ("everyone", "teams")  # teams: of an intro that is for them
SOURCES = ("found", "named", "offer", "direct")  # how somebody came to be asked
MINUTES = (5, 15, 30, 60, 120)  # about how long
A_WEEK = LIMIT
MOST_PROMISES = 3  # open ones on one ask
STILL_AFTER = timedelta(days=90)  # an offer is asked whether it still stands
RAISED_AFTER = timedelta(days=7)
OUTCOME_AFTER = timedelta(days=14)


class HelpOffer(Base):
    """Something that somebody helps with."""

    __tablename__ = "help_offer"
    __table_args__ = (
        one_of("state", *OFFER_STATES),
        one_of("shown_to", *OFFERED_TO),
        CheckConstraint("at_once BETWEEN 1 AND 9", name="at_once"),
        Index(None, "person_id", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)  # in its address
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    what: Mapped[str]
    minutes: Mapped[int | None]
    when_words: Mapped[str] = mapped_column(default="")
    at_once: Mapped[int] = mapped_column(default=1)  # asks at a time
    state: Mapped[str] = mapped_column(Key, default="open")
    shown_to: Mapped[str] = mapped_column(Key, default="everyone", server_default="everyone")
    intro_words: Mapped[str | None]  # what their intro said as it was taken over from there; None: not from there
    at: Mapped[datetime]
    confirmed_at: Mapped[datetime]  # when it last was said that it stands
    version: Mapped[int] = mapped_column(default=0)


class HelpOfferListing(Base):
    """An audience that reads an open offer. Made anew from whom its person is seen by."""

    __tablename__ = "help_offer_listing"
    __table_args__ = (Index(None, "audience_id", "at", "offer_id"),)

    audience_id: Mapped[int] = mapped_column(
        ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    offer_id: Mapped[int] = mapped_column(
        ForeignKey("help_offer.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]


class HelpOfferTopic(Base):
    __tablename__ = "help_offer_topic"

    offer_id: Mapped[int] = mapped_column(
        ForeignKey("help_offer.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class HelpAsk(Base):
    """One question."""

    __tablename__ = "help_ask"
    __table_args__ = (
        one_of("state", *ASK_STATES),
        one_of("shown_to", *SHOWN_TO),
        Index(None, "asker_id", "at", "id"),
        Index(None, "asker_id", "question_key"),
        Index(
            "ix_help_ask_next_round",
            "next_round_at",
            "id",
            sqlite_where=sa.text("next_round_at IS NOT NULL"),
            postgresql_where=sa.text("next_round_at IS NOT NULL"),
        ),
        Index(
            "ix_help_ask_raise",
            "raise_at",
            "id",
            sqlite_where=sa.text("raise_at IS NOT NULL"),
            postgresql_where=sa.text("raise_at IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    question: Mapped[str]
    question_key: Mapped[str] = mapped_column(Key)  # the same for what reads the same
    details: Mapped[str] = mapped_column(default="")
    details_html: Mapped[str] = mapped_column(default="")
    minutes: Mapped[int | None]
    due_on: Mapped[date | None]
    shown_to: Mapped[str] = mapped_column(Key)
    fresh_eyes: Mapped[bool] = mapped_column(default=False)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("help_offer.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(Key, default="open")
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(default=0)
    next_round_at: Mapped[datetime | None]  # None: nobody is asked any more
    raise_at: Mapped[datetime | None]  # None: it was, or was answered before
    raised_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)


class HelpAskListing(Base):
    """An audience that reads an ask. Made anew from the asker's teams."""

    __tablename__ = "help_ask_listing"
    __table_args__ = (Index(None, "audience_id", "is_open", "at", "ask_id"),)

    audience_id: Mapped[int] = mapped_column(
        ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ask_id: Mapped[int] = mapped_column(
        ForeignKey("help_ask.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    is_open: Mapped[bool]
    at: Mapped[datetime]  # when it was asked, or raised


class HelpAskTopic(Base):
    __tablename__ = "help_ask_topic"

    ask_id: Mapped[int] = mapped_column(
        ForeignKey("help_ask.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class HelpAsked(Base):
    """Somebody was asked. Only they learn of it; the asker learns how many there are.

    said: "yes" (a promise), "no"; None is silence. why: codes of what speaks for them, told to them alone.
    """

    __tablename__ = "help_asked"
    __table_args__ = (
        one_of("source", *SOURCES),
        one_of("said", "yes", "no"),
        UniqueConstraint("ask_id", "person_id"),
        Index(None, "person_id", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("help_ask.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(Key)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    line: Mapped[str] = mapped_column(default="")  # of whoever named them
    round: Mapped[int] = mapped_column(default=0)
    nonce: Mapped[str] = mapped_column(Key)  # part of the links in their mail
    at: Mapped[datetime]
    said: Mapped[str | None] = mapped_column(Key)
    said_at: Mapped[datetime | None]


class HelpPost(Base):
    """Something written under an ask."""

    __tablename__ = "help_post"
    __table_args__ = (Index(None, "ask_id", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    ask_id: Mapped[int] = mapped_column(ForeignKey("help_ask.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    words: Mapped[str]
    words_html: Mapped[str]
    at: Mapped[datetime]
    muted: Mapped[bool] = mapped_column(default=False)  # the asker blocked them: read by its author alone
    useful_at: Mapped[datetime | None]  # the asker said so
    may_be_found: Mapped[bool | None]  # its author said so; None: not asked, or not answered


class HelpPromise(Base):
    """ "I will do X for you by Friday." Only the two see it."""

    __tablename__ = "help_promise"
    __table_args__ = (
        one_of("state", *PROMISE_STATES),
        Index(None, "giver_id", "state", "due_on", "id"),
        Index(None, "receiver_id", "state", "due_on", "id"),
        Index(None, "ask_id", "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(Key, unique=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    ask_id: Mapped[int | None] = mapped_column(ForeignKey("help_ask.id", ondelete="SET NULL"))
    what: Mapped[str]
    due_on: Mapped[date]  # a day where the giver is
    state: Mapped[str] = mapped_column(Key, default="open")
    muted: Mapped[bool] = mapped_column(default=False)  # the receiver blocked the giver, and never learns of it
    at: Mapped[datetime]
    move_to: Mapped[date | None]
    move_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    word: Mapped[str] = mapped_column(default="")  # why it was called off
    thanks_settled: Mapped[bool] = mapped_column(default=False)  # the receiver was asked whether to thank
    outcome: Mapped[str] = mapped_column(default="")
    outcome_settled: Mapped[bool] = mapped_column(default=False)
    outcome_shared_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=0)


class HelpReminder(Base):
    """A reminder of a promise that one of the two is owed, once: the working day before, and on the day."""

    __tablename__ = "help_reminder"
    __table_args__ = (
        one_of("kind", "before", "day"),
        UniqueConstraint("promise_id", "person_id", "kind"),
        Index(
            "ix_help_reminder_due",
            "due_at",
            "id",
            sqlite_where=sa.text("told_at IS NULL"),
            postgresql_where=sa.text("told_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    promise_id: Mapped[int] = mapped_column(ForeignKey("help_promise.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Key)
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class HelpWish(Base):
    """How often somebody may be asked in a week. No row: `A_WEEK`."""

    __tablename__ = "help_wish"
    __table_args__ = (CheckConstraint("a_week BETWEEN 0 AND 2", name="a_week"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    a_week: Mapped[int] = mapped_column(default=A_WEEK)
