"""Tables of topics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, aliased, mapped_column

from portal.core.db import Base, Key, one_of

LEVELS = ("learning", "helping", "expert")  # each more than the one before
MOST_CLAIMS = 15
UNDO_FOR = timedelta(days=30)


class Topic(Base):
    """A subject. `merged_into_id`: the topic as which it is read since; that one was never merged itself."""

    __tablename__ = "topic"
    __table_args__ = (Index(None, "sort_key", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Key, unique=True)
    name: Mapped[str]
    key: Mapped[str] = mapped_column(Key, unique=True)  # see `naming.key_of`
    sort_key: Mapped[str] = mapped_column(Key)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id", ondelete="SET NULL"), index=True)
    retired_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class TopicAlias(Base):
    """Another name of a topic; no other topic is called so."""

    __tablename__ = "topic_alias"

    key: Mapped[str] = mapped_column(Key, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]


class OldTopicSlug(Base):
    """An address that a topic had; it still leads there."""

    __tablename__ = "old_topic_slug"

    slug: Mapped[str] = mapped_column(Key, primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)


class TopicClaim(Base):
    """Somebody can be asked about a topic, or is learning it."""

    __tablename__ = "topic_claim"
    __table_args__ = (
        one_of("level", *LEVELS),
        UniqueConstraint("topic_id", "person_id"),
        Index(None, "topic_id", "level", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    level: Mapped[str] = mapped_column(Key)
    line: Mapped[str] = mapped_column(default="")
    is_open: Mapped[bool] = mapped_column(default=True)  # for questions
    title_mark: Mapped[str] = mapped_column(Key, default="")  # of the title they had when they last said so
    version: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    changed_at: Mapped[datetime]


class TopicVouch(Base):
    """A colleague's word for a claim. It stays when the claim goes, and counts when it comes back."""

    __tablename__ = "topic_vouch"
    __table_args__ = (UniqueConstraint("topic_id", "person_id", "voucher_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    why: Mapped[str]
    at: Mapped[datetime]


class TopicHours(Base):
    """When somebody is easily asked, in their words."""

    __tablename__ = "topic_hours"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str]


class TopicOff(Base):
    """Somebody does not want to be listed for a topic, whatever shows that they know it."""

    __tablename__ = "topic_off"

    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topic.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Mapped[datetime]


class TopicNamed(Base):
    """Somebody was named as one who knows; they alone are told, and may claim it or not."""

    __tablename__ = "topic_named"
    __table_args__ = (UniqueConstraint("topic_id", "person_id", "by_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class TopicMerge(Base):
    """Two topics made one. moved: ids of the topics that are read as the kept one since."""

    __tablename__ = "topic_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("topic.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]
    moved: Mapped[list[Any]] = mapped_column(JSON, default=list)


READ_AS = aliased(Topic)  # joined by `root_of`: the topic as which another is read


def root_of(table: type[Topic] = Topic) -> sa.ColumnElement[int]:
    """The id of the topic as which one is read."""
    return sa.func.coalesce(table.merged_into_id, table.id)
