"""Tables of search."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

NAMED = ("person", "team", "goal", "topic")  # kinds whose title is a name
KINDS = ("person", "team", "goal", "topic", "intro", "claim", "vouch", "kudos", "work", "ask", "answer")
ROLES = ("author", "reviewer", "expert", "helper", "learner", "receiver")


class SearchItem(Base):
    """Something that can be found by one audience. `words` is a bag (see `words.bag`), all that is kept of its text.

    subject_id: the row of the domain it is about; None for work from elsewhere, which has a `source_key` instead.
    """

    __tablename__ = "search_item"
    __table_args__ = (
        one_of("kind", *KINDS),
        UniqueConstraint("subject_id", "kind", "audience_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Key)
    subject_id: Mapped[int | None]
    audience_id: Mapped[int] = mapped_column(ForeignKey("audience.id", ondelete="CASCADE"), index=True)
    source_key: Mapped[str | None] = mapped_column(Key, unique=True)  # what the file calls it
    digest: Mapped[str | None] = mapped_column(Key)  # of what the file says about it
    title: Mapped[str] = mapped_column(default="")
    url: Mapped[str | None]
    at: Mapped[datetime]
    day: Mapped[int]  # the same as a number of days, for reckoning
    size: Mapped[int]  # how many different words
    words: Mapped[str]


class SearchLink(Base):
    """Somebody whose knowledge an item shows."""

    __tablename__ = "search_link"
    __table_args__ = (one_of("role", *ROLES), Index(None, "person_id", "item_id"))

    item_id: Mapped[int] = mapped_column(
        ForeignKey("search_item.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(Key)
    hidden: Mapped[bool] = mapped_column(default=False)  # by this person
    shown_from: Mapped[datetime | None]  # until then only this person sees it; None: at once


class SearchWord(Base):
    """A word that stands in what everyone may see, and in about how many items (counted anew now and then)."""

    __tablename__ = "search_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(Key, unique=True)
    items: Mapped[int]
    named: Mapped[int]  # how many people, teams, goals and topics are called so


class SearchPerson(Base):
    """How much somebody did lately that everyone may see (thousandths, fading), and whether they show work from
    elsewhere at all."""

    __tablename__ = "search_person"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    activity: Mapped[int] = mapped_column(default=0)
    shows_work: Mapped[bool] = mapped_column(default=True)
