"""Curating topics, by admins and moderators: names, other names, making two one and undoing it, retiring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import aliased

from portal.core import audit, clock
from portal.core.auth import Viewer
from portal.core.db import alone, at_the_end, db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish

from . import naming, queries, services
from .events import TopicsRenamed
from .findable import put_claims, put_topics, put_vouches
from .models import UNDO_FOR, OldTopicSlug, Topic, TopicAlias, TopicClaim, TopicMerge, TopicVouch, root_of
from .queries import TopicLine

COMPARED = 5_000  # the newest topics among which duplicates are looked for
LIKELY = 20


@dataclass(frozen=True)
class Curated:
    """A topic as curators see it."""

    line: TopicLine
    given: tuple[tuple[str, str], ...]  # (key, name) of its other names
    merged: tuple[str, ...]  # names of the topics that are read as it
    version: int


@dataclass(frozen=True)
class Merged:
    """Two topics that were made one lately."""

    id: int
    kept: str
    gone: str
    at: datetime
    may_undo: bool


def _for_curators(viewer: Viewer) -> None:
    if not viewer.is_moderator:
        raise NotVisible


def _alone(viewer: Viewer) -> None:
    """One curator at a time, and nobody who makes a topic meanwhile."""
    _for_curators(viewer)
    alone("topic names")


def _root(topic_id: int) -> Topic:
    """The topic as which it is read, locked."""
    row = db.session.get(Topic, topic_id, with_for_update=True, populate_existing=True)
    if row is not None and row.merged_into_id is not None:
        row = db.session.get(Topic, row.merged_into_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotVisible
    return row


def _put_anew(topic_ids: Sequence[int]) -> None:
    """Everything that is found by the names of these topics."""
    family = sa.or_(Topic.id.in_(topic_ids), Topic.merged_into_id.in_(topic_ids))
    ids = db.session.scalars(sa.select(Topic.id).where(family)).all()
    at_the_end(put_topics, ids)
    claims, vouches = TopicClaim, TopicVouch
    at_the_end(put_claims, db.session.scalars(sa.select(claims.id).where(claims.topic_id.in_(ids))).all())
    at_the_end(put_vouches, db.session.scalars(sa.select(vouches.id).where(vouches.topic_id.in_(ids))).all())
    publish(TopicsRenamed(tuple(ids)))


# ---- names ---------------------------------------------------------------------------------------------------


def rename(*, viewer: Viewer, topic_id: int, name: str, version: int | None = None) -> None:
    """Another name. The one before stays as another name, and its address leads on. Raises `RuleBroken` on "name"."""
    _alone(viewer)
    row = _root(topic_id)
    key = services.checked_key(name, "name")
    shown = naming.tidy(name)
    if shown == row.name:
        return
    if version is not None and version != row.version:
        raise ChangedMeanwhile(
            "", gettext("Somebody else changed this meanwhile. Your words are below: look, then save again.")
        )
    _check_free(key, row.id, "name")
    if key != row.key:
        db.session.execute(sa.delete(TopicAlias).where(TopicAlias.key == key))  # its own, which is its name now
        db.session.add(TopicAlias(key=row.key, topic_id=row.id, name=row.name))
        db.session.add(OldTopicSlug(slug=row.slug, topic_id=row.id))
        row.slug = services.free(shown)
    row.name, row.key, row.sort_key = shown, key, key[:200]
    row.version += 1
    db.session.flush()
    _put_anew([row.id])
    audit.record("topic_renamed", actor_id=viewer.person_id, subject_id=row.id)


def _check_free(key: str, topic_id: int, field: str) -> None:
    """No other topic is called so."""
    other = services.find(key)
    if other is not None and other != topic_id:
        raise RuleBroken(field, gettext("Another topic is called so. Make the two one instead."))
    merged = db.session.scalar(sa.select(Topic.id).where(Topic.key == key, Topic.id != topic_id))
    if merged is not None:
        raise RuleBroken(field, gettext("A topic that was made one with this is called so already"))


def add_alias(*, viewer: Viewer, topic_id: int, name: str) -> None:
    """Another name under which it is found. Raises `RuleBroken` on "alias"."""
    _alone(viewer)
    row = _root(topic_id)
    key = services.checked_key(name, "alias")
    _check_free(key, row.id, "alias")
    if key == row.key or services.find(key) is not None:
        return  # it is called so already
    db.session.add(TopicAlias(key=key, topic_id=row.id, name=naming.tidy(name)))
    db.session.flush()
    _put_anew([row.id])
    audit.record("topic_alias_added", actor_id=viewer.person_id, subject_id=row.id)


def drop_alias(*, viewer: Viewer, topic_id: int, key: str) -> None:
    """It is not called so any more."""
    _alone(viewer)
    row = _root(topic_id)
    family = sa.select(Topic.id).where(root_of() == row.id)
    mine = sa.and_(TopicAlias.key == key, TopicAlias.topic_id.in_(family))
    if db.session.scalar(sa.select(TopicAlias.key).where(mine)) is None:
        return
    db.session.execute(sa.delete(TopicAlias).where(mine))
    _put_anew([row.id])
    audit.record("topic_alias_dropped", actor_id=viewer.person_id, subject_id=row.id)


def retire(*, viewer: Viewer, topic_id: int, back: bool = False) -> None:
    """Not offered, listed or found any more; whoever claims it keeps it. `back`: offered again."""
    _alone(viewer)
    row = _root(topic_id)
    if (row.retired_at is None) != back:
        row.retired_at = None if back else clock.now()
        db.session.flush()
        at_the_end(put_topics, [row.id])
        audit.record("topic_brought_back" if back else "topic_retired", actor_id=viewer.person_id, subject_id=row.id)


# ---- two are one ---------------------------------------------------------------------------------------------


def merge(*, viewer: Viewer, kept_id: int, gone_id: int) -> int:
    """Read one topic as another from now on; the number of the merge, by which it is undone for a month. Raises
    `RuleBroken` on "into"."""
    _alone(viewer)
    if kept_id == gone_id:
        raise RuleBroken("into", gettext("This is the topic itself. Pick the other one."))
    gone = db.session.get(Topic, gone_id, with_for_update=True, populate_existing=True)
    if gone is None:
        raise NotVisible
    if gone.merged_into_id is not None:
        raise RuleBroken("into", gettext("This topic was made one with another already"))
    kept = _root(kept_id)
    if kept.id == gone.id:
        raise RuleBroken("into", gettext("That one was made one with this already. Undo that first."))
    if kept.retired_at is not None:
        raise RuleBroken("into", gettext("That one is retired. Bring it back first, or pick another."))
    moved = [gone.id, *db.session.scalars(sa.select(Topic.id).where(Topic.merged_into_id == gone.id))]
    db.session.execute(sa.update(Topic).where(Topic.id.in_(moved)).values(merged_into_id=kept.id))
    made = TopicMerge(kept_id=kept.id, gone_id=gone.id, by_id=viewer.person_id, at=clock.now(), moved=sorted(moved))
    db.session.add(made)
    db.session.flush()
    db.session.expire_all()
    _put_anew([kept.id])
    audit.record("topics_merged", actor_id=viewer.person_id, subject_id=kept.id)
    return made.id


def undo_merge(*, viewer: Viewer, merge_id: int) -> None:
    """Two topics again, each with what was said of it. `RuleBroken` says why not."""
    _alone(viewer)
    made = db.session.get(TopicMerge, merge_id, with_for_update=True, populate_existing=True)
    if made is None:
        raise NotVisible
    if made.undone_at is not None:
        return
    if clock.now() - made.at >= UNDO_FOR:
        raise RuleBroken("", gettext("This is more than a month ago and cannot be undone any more"))
    gone = db.session.get_one(Topic, made.gone_id, with_for_update=True, populate_existing=True)
    if gone.merged_into_id != made.kept_id:
        raise RuleBroken("", gettext("One of them was made one with another since. Undo that one first."))
    others = [one for one in made.moved if one != gone.id]
    still = sa.and_(Topic.id.in_(others), Topic.merged_into_id == made.kept_id)
    db.session.execute(sa.update(Topic).where(still).values(merged_into_id=gone.id))
    gone.merged_into_id = None
    made.undone_at = clock.now()
    db.session.flush()
    db.session.expire_all()
    _put_anew([made.kept_id, made.gone_id])
    audit.record("topic_merge_undone", actor_id=viewer.person_id, subject_id=made.kept_id)


# ---- what curators see ---------------------------------------------------------------------------------------


def curated(viewer: Viewer, slug: str) -> Curated:
    """One topic, with all of its names."""
    _for_curators(viewer)
    found = queries.topic(viewer, slug)
    line = queries.lines_by_id(viewer, [found.id])[0]
    given = db.session.execute(
        sa.select(TopicAlias.key, TopicAlias.name)
        .join(Topic, Topic.id == TopicAlias.topic_id)
        .where(root_of() == found.id)
        .order_by(TopicAlias.key)
    ).tuples()
    merged = db.session.scalars(sa.select(Topic.name).where(Topic.merged_into_id == found.id).order_by(Topic.key))
    version = db.session.scalar(sa.select(Topic.version).where(Topic.id == found.id)) or 0
    return Curated(line, tuple(given), tuple(merged), version)


def merges(viewer: Viewer, most: int = 30) -> list[Merged]:
    """What was made one within a month, the newest first."""
    _for_curators(viewer)
    kept, gone = aliased(Topic), aliased(Topic)
    rows = db.session.execute(
        sa.select(TopicMerge, kept.name, gone.name, gone.merged_into_id)
        .join(kept, kept.id == TopicMerge.kept_id)
        .join(gone, gone.id == TopicMerge.gone_id)
        .where(TopicMerge.at > clock.now() - UNDO_FOR, TopicMerge.undone_at.is_(None))
        .order_by(TopicMerge.id.desc())
        .limit(most)
    )
    return [
        Merged(made.id, kept_name, gone_name, made.at, into == made.kept_id)
        for made, kept_name, gone_name, into in rows.tuples()
    ]


def likely_duplicates(viewer: Viewer) -> list[tuple[TopicLine, TopicLine]]:
    """Pairs whose names are nearly the same, the nearest first: (the one that more people claim, the other)."""
    _for_curators(viewer)
    rows = db.session.execute(
        sa.select(Topic.key, Topic.id)
        .where(Topic.merged_into_id.is_(None), Topic.retired_at.is_(None))
        .order_by(Topic.id.desc())
        .limit(COMPARED)
    )
    pairs = naming.pairs_alike(rows.tuples().all())[:LIKELY]
    lines = {one.id: one for one in queries.lines_by_id(viewer, {one for pair in pairs for one in pair})}

    def weight(one: TopicLine) -> tuple[int, int]:
        return -(one.to_ask + one.learning), one.id

    found = []
    for left, right in pairs:
        first, second = sorted((lines[left], lines[right]), key=weight)
        found.append((first, second))
    return found
