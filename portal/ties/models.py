"""Tables of ties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

# By what two people were in touch; "talked" is what one of them says, by whatever means.
MEDIA = ("kudos", "help", "kickoff", "coffee", "introduction", "conversation", "talked")


class Contact(Base):
    """One interaction, as it counts for one of the two: for both it is two rows.

    subject_id: what it came from (a kudos, a team); of "talked" the day's number, so that it counts once a day.
    """

    __tablename__ = "contact"
    __table_args__ = (one_of("medium", *MEDIA), Index(None, "medium", "subject_id"))

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    medium: Mapped[str] = mapped_column(Key, primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class Tie(Base):
    """What a person's contacts with another come to. Made anew by `services.resum`, never edited.

    days: those of the contacts that the state of today may depend on, in order.
    """

    __tablename__ = "tie"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    days: Mapped[list[str]] = mapped_column(JSON)


class KnownColleague(Base):
    """Somebody says that they know somebody already; the other is told nothing."""

    __tablename__ = "known_colleague"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]


class AwaySpan(Base):
    """Days on which somebody was away, as far as they said so: no tie cools by them."""

    __tablename__ = "away_span"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date]


class ImportedContact(Base):
    """Two people were in touch elsewhere. A pair in a fixed order, by what, and when: nothing else."""

    __tablename__ = "imported_contact"
    # The key is all there is of a row, so the table is its index.
    __table_args__: Any = {"sqlite_with_rowid": False}  # noqa: RUF012

    low_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    high_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    medium: Mapped[str] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)


class ImportedContactOff(Base):
    """Somebody wants no part in imported contacts."""

    __tablename__ = "imported_contact_off"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
