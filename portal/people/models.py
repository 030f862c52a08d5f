"""Tables of people."""

from __future__ import annotations

import zlib
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.core.db import Base, Key, one_of

from . import names

HUES = ("coral", "amber", "lemon", "leaf", "lagoon", "sky", "iris", "orchid")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OFFICE_DAYS = WEEK[:5]  # on which somebody works who says nothing
# Fields that a person may fill in, and show to everyone, their teams or nobody.
OPTIONAL = ("place", "time_zone", "pronouns", "say_name", "languages", "working_days", "links", "reach_me_by")
NEW_FOR = timedelta(days=30)


def hue_of(person_id: int) -> str:
    """The hue of whoever chose none."""
    return HUES[zlib.crc32(str(person_id).encode()) % len(HUES)]


class Department(Base):
    __tablename__ = "department"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(Key, unique=True)


class Place(Base):
    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(Key, unique=True)
    time_zone: Mapped[str | None] = mapped_column(Key)


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (one_of("kind", "member", "guest"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    external_id: Mapped[str | None] = mapped_column(Key, unique=True)
    name: Mapped[str]
    preferred_name: Mapped[str | None]
    handle: Mapped[str] = mapped_column(Key, unique=True)
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(Key, unique=True)
    email_refused_at: Mapped[datetime | None]  # a mail server would not take mail for this address
    login: Mapped[str | None]  # what somebody without an address signs in with
    login_key: Mapped[str | None] = mapped_column(Key, unique=True)
    kind: Mapped[str] = mapped_column(Key, default="member")
    title: Mapped[str | None]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    place_detail: Mapped[str | None]
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    left_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # an empty tombstone since then
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    time_zone: Mapped[str | None] = mapped_column(Key)
    pronouns: Mapped[str | None]
    say_name: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    working_days: Mapped[list[str]] = mapped_column(JSON, default=list)
    links: Mapped[list[Any]] = mapped_column(JSON, default=list)  # [{"label": …, "url": …}]
    reach_me_by: Mapped[str | None]
    away_until: Mapped[date | None]
    stand_in_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    hue: Mapped[str | None] = mapped_column(Key)
    portrait: Mapped[str | None] = mapped_column(Key)  # content name in storage
    square: Mapped[str | None] = mapped_column(Key)
    cutout: Mapped[bool] = mapped_column(default=False)
    shown: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # field: "teams" or "nobody"
    locked: Mapped[list[str]] = mapped_column(JSON, default=list)  # fields that the staff list keeps
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    department: Mapped[Department | None] = relationship(lazy="raise")
    place: Mapped[Place | None] = relationship(lazy="raise")

    @property
    def first_name(self) -> str:
        return names.first_name(self.name, self.preferred_name)

    @property
    def colour(self) -> str:
        """One of eight hues: the one chosen, else one that follows from the id."""
        return self.hue or hue_of(self.id)

    def is_new(self, today: date) -> bool:
        """Started within the last 30 days."""
        return self.starts_on is not None and today - NEW_FOR <= self.starts_on <= today

    def is_away(self, today: date) -> bool:
        return self.away_until is not None and self.away_until >= today

    @validates("email_key")
    def _another_address(self, _name: str, key: str | None) -> str | None:
        """What a mail server said about the address before says nothing about this one."""
        if self.email_refused_at is not None and key != self.email_key:
            self.email_refused_at = None
        return key

    @property
    def zone(self) -> str | None:
        """Their own time zone, else their place's."""
        return self.time_zone or (self.place.time_zone if self.place else None)

    def optional_values(self) -> dict[str, Any]:
        """The optional fields that are filled in, by name; "place" is the detail within the place."""
        values: dict[str, Any] = {name: getattr(self, name) for name in OPTIONAL if name != "place"}
        values["time_zone"] = self.zone
        found = {name: value for name, value in values.items() if value}
        if self.place_id:
            found["place"] = self.place_detail or ""
        return found

    def has_access(self, today: date) -> bool:
        """Not gone, and not past the end date."""
        return self.left_at is None and (self.ends_on is None or self.ends_on >= today)


class PersonListing(Base):
    """What one audience sees of one person. Made anew by `services.relist`, never edited."""

    __tablename__ = "person_listing"
    __table_args__ = (
        # Covers what the directory reads: a rare name is looked for in the index alone.
        Index("ix_person_listing_directory", "audience_id", "sort_key", "person_id", "listed_until", "search_key"),
        Index(None, "audience_id", "department_id", "sort_key", "person_id"),
        Index(None, "audience_id", "place_id", "sort_key", "person_id"),
        Index(None, "audience_id", "started_on", "person_id"),
    )

    audience_id: Mapped[int] = mapped_column(
        ForeignKey("audience.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    sort_key: Mapped[str] = mapped_column(Key)
    search_key: Mapped[str] = mapped_column(Key)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))  # None where it is hidden
    started_on: Mapped[date]
    listed_until: Mapped[date]  # their last day; far ahead for most
    shown: Mapped[dict[str, Any]] = mapped_column(JSON)


class OldHandle(Base):
    """A handle that a person had; it still leads to them."""

    __tablename__ = "old_handle"

    handle: Mapped[str] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)


class PersonMerge(Base):
    """Two entries of one person made one. What was moved is kept for a day, so that it can be undone."""

    __tablename__ = "person_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]
    moved: Mapped[Any] = mapped_column(JSON)  # None once it can no longer be undone


class Erasure(Base):
    """Somebody asked to be erased; an admin (or the command line) confirms it."""

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)


class StaffImport(Base):
    """A staff list: sent in by the page (its file lies in storage until it is settled), or read by the command line.

    draft (columns are being mapped), waiting (for the worker), running, done, refused (see `problems`), dropped.
    """

    __tablename__ = "staff_import"
    __table_args__ = (
        one_of("state", "draft", "waiting", "running", "done", "refused", "dropped"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(Key, default="draft")
    called: Mapped[str]  # the file's name, as it was sent
    file: Mapped[str | None] = mapped_column(Key)  # content name in storage
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # field: number of the column
    is_full: Mapped[bool] = mapped_column(default=False)  # everybody who works here stands in it
    problems: Mapped[list[Any]] = mapped_column(JSON, default=list)  # as `i18n.kept` keeps words
    lines: Mapped[int] = mapped_column(default=0)
    lines_done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    missing: Mapped[list[Any]] = mapped_column(JSON, default=list)  # ids of who stands in no line of a full list
    returned: Mapped[list[Any]] = mapped_column(JSON, default=list)  # ids of who had left and stands in it
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]  # whom it added was created at this moment
    done_at: Mapped[datetime | None]
