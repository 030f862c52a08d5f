"""Tables of accounts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Base, Key, one_of

ROLES = ("member", "moderator", "admin")
SESSION_LASTS = timedelta(days=30)  # without use
LAST_USE_GRAIN = timedelta(minutes=10)
WORDS_KEPT_FOR = timedelta(days=1)
RESET = "reset"  # the purpose of a mailed link, and the kind of its mail
CODE = "code"  # the purpose and kind of a printed one
LINK_LASTS = timedelta(hours=1)
CODE_LASTS = timedelta(days=14)
LINKS_AN_HOUR = 5  # to one person, whoever asks


class Account(Base):
    __tablename__ = "account"
    __table_args__ = (one_of("role", *ROLES),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    role: Mapped[str] = mapped_column(Key, default="member")
    password_hash: Mapped[str] = mapped_column(Key)
    password_set_at: Mapped[datetime]
    created_at: Mapped[datetime]
    locale: Mapped[str | None] = mapped_column(Key)  # the language of their mail: the one they last chose here


class WayIn(Base):
    """A way to choose a password without the old one: a link by mail (an hour), or a printed code (14 days).

    Neither is stored: both are made from the nonce (`core/links`). One use.
    """

    __tablename__ = "way_in"
    __table_args__ = (one_of("kind", "link", "code"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Key)
    nonce: Mapped[str] = mapped_column(Key)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]  # a newer one took its place, or it was withdrawn


class SignIn(Base):
    """A session. Its cookie holds a random key; only the key's hash is kept."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("account.person_id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(Key, unique=True)
    device: Mapped[str]
    started_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def is_open(self, now: datetime) -> bool:
        return self.ended_at is None and now - self.last_used_at < SESSION_LASTS


class SignInTry(Base):
    """Wrong passwords of late, per bucket: a keyed hash of account and address, never the address itself."""

    __tablename__ = "sign_in_try"

    bucket: Mapped[str] = mapped_column(Key, primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class KeptWords(Base):
    """A form that arrived after its writer's session had ended, kept a day for its writer alone."""

    __tablename__ = "kept_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    key_hash: Mapped[str] = mapped_column(Key, unique=True)
    path: Mapped[str] = mapped_column(Key)
    fields: Mapped[Any] = mapped_column(JSON)
    at: Mapped[datetime]
