"""How topics, claims and vouches get into the index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core.auth import EVERYONE
from portal.core.db import Base, db
from portal.core.findable import Source
from portal.core.paging import Rows
from portal.people.models import PersonListing
from portal.search.services import Entry, put_many

from . import queries
from .models import Topic, TopicClaim, TopicVouch, root_of

ROLES = {"learning": "learner", "helping": "helper", "expert": "expert"}


def _ids(table: type[Base], after: int, most: int) -> Sequence[int]:
    column = table.metadata.tables[table.__tablename__].c.id
    return list(db.session.scalars(sa.select(column).where(column > after).order_by(column).limit(most)))


def put_topics(topic_ids: Sequence[int]) -> None:
    """Everyone who works here finds a topic by each of its names; one that was merged or retired nobody does."""
    rows = db.session.execute(
        sa.select(Topic.id, Topic.name, Topic.created_at).where(
            Topic.id.in_(topic_ids), Topic.merged_into_id.is_(None), Topic.retired_at.is_(None)
        )
    ).tuples()
    aliases = queries.aliases_of(topic_ids)
    entries = [
        Entry(topic_id, EVERYONE, " · ".join((name, *aliases.get(topic_id, ()))), at=created_at, is_name=True)
        for topic_id, name, created_at in rows
    ]
    put_many(kind="topic", subject_ids=topic_ids, entries=entries)


def _audiences(person_ids: Sequence[int]) -> dict[int, set[int]]:
    """Who sees each of these people."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = db.session.execute(
        sa.select(PersonListing.person_id, PersonListing.audience_id).where(PersonListing.person_id.in_(person_ids))
    )
    for person_id, audience_id in rows.tuples():
        found[person_id].add(audience_id)
    return found


def _rows(query: Rows) -> list[Any]:
    return list(db.session.execute(query).all())


def put_claims(claim_ids: Sequence[int]) -> None:
    """Whoever sees somebody finds their claims by the names of the topic and their own line."""
    root = aliased(Topic)
    rows = _rows(
        sa.select(TopicClaim.id, TopicClaim.person_id, TopicClaim.level, TopicClaim.line, TopicClaim.changed_at,
                  root.id.label("root_id"), root.name)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .join(root, root.id == root_of())
        .where(TopicClaim.id.in_(claim_ids))
    )  # fmt: skip
    audiences = _audiences(sorted({row.person_id for row in rows}))
    aliases = queries.aliases_of({row.root_id for row in rows})
    entries = [
        Entry(
            row.id,
            audience_id,
            row.name,
            " \n ".join((*aliases.get(row.root_id, ()), row.line)),
            [(row.person_id, ROLES[row.level])],
            row.changed_at,
        )
        for row in rows
        for audience_id in sorted(audiences[row.person_id])
    ]
    put_many(kind="claim", subject_ids=claim_ids, entries=entries)


def put_vouches(vouch_ids: Sequence[int]) -> None:
    """Whoever sees both finds a vouch for what somebody claims."""
    root, claimed = aliased(Topic), aliased(Topic)
    claim = (
        sa.select(TopicClaim.id)
        .join(claimed, claimed.id == TopicClaim.topic_id)
        .where(TopicClaim.person_id == TopicVouch.person_id, root_of(claimed) == root_of())
    )
    rows = _rows(
        sa.select(TopicVouch.id, TopicVouch.person_id, TopicVouch.voucher_id, TopicVouch.why, TopicVouch.at,
                  root.id.label("root_id"), root.name)
        .join(Topic, Topic.id == TopicVouch.topic_id)
        .join(root, root.id == root_of())
        .where(TopicVouch.id.in_(vouch_ids), TopicVouch.voucher_id != TopicVouch.person_id, claim.exists())
    )  # fmt: skip
    audiences = _audiences(sorted({one for row in rows for one in (row.person_id, row.voucher_id)}))
    aliases = queries.aliases_of({row.root_id for row in rows})
    entries = [
        Entry(
            row.id,
            audience_id,
            row.name,
            " \n ".join((*aliases.get(row.root_id, ()), row.why)),
            [(row.person_id, "receiver")],
            row.at,
        )
        for row in rows
        for audience_id in sorted(audiences[row.person_id] & audiences[row.voucher_id])
    ]
    put_many(kind="vouch", subject_ids=vouch_ids, entries=entries)


SOURCES = [
    Source("topic", lambda after, most: _ids(Topic, after, most), put_topics),
    Source("claim", lambda after, most: _ids(TopicClaim, after, most), put_claims),
    Source("vouch", lambda after, most: _ids(TopicVouch, after, most), put_vouches),
]
