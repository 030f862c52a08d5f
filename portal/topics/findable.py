"""How topics, claims and vouches get into the index of search, and what they say there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import aliased

from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.core.findable import Entry, Shown, Source, Why, ids_of
from portal.core.paging import Rows
from portal.people.models import PersonListing
from portal.search.services import putter

from . import queries
from .models import Topic, TopicClaim, TopicVouch, root_of

ROLES = {"learning": "learner", "helping": "helper", "expert": "expert"}


def topic_entries(topic_ids: Sequence[int]) -> list[Entry]:
    """Everyone who works here finds a topic by each of its names; one that was merged or retired nobody does."""
    rows = db.session.execute(
        sa.select(Topic.id, Topic.name, Topic.created_at).where(
            Topic.id.in_(topic_ids), Topic.merged_into_id.is_(None), Topic.retired_at.is_(None)
        )
    ).tuples()
    aliases = queries.aliases_of(topic_ids)
    return [
        Entry(topic_id, EVERYONE, " · ".join((name, *aliases.get(topic_id, ()))), at=created_at, is_name=True)
        for topic_id, name, created_at in rows
    ]


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


def claim_entries(claim_ids: Sequence[int]) -> list[Entry]:
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
    return [
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


def vouch_entries(vouch_ids: Sequence[int]) -> list[Entry]:
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
        .where(TopicVouch.id.in_(vouch_ids), queries.speaks(), claim.exists())
    )  # fmt: skip
    audiences = _audiences(sorted({one for row in rows for one in (row.person_id, row.voucher_id)}))
    aliases = queries.aliases_of({row.root_id for row in rows})
    return [
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


# ---- as they stand on pages ----------------------------------------------------------------------------------


def show_topics(viewer: Viewer, topic_ids: Sequence[int]) -> Mapping[int, Shown]:
    """A topic by its name, with how many can be asked."""
    return {
        one.id: Shown(
            url_for("topics.topic", slug=one.slug),
            one.name,
            ngettext("%(num)d person to ask", "%(num)d people to ask", one.to_ask) if one.to_ask else "",
        )
        for one in queries.lines_by_id(viewer, topic_ids)
    }


def why_claims(viewer: Viewer, claim_ids: Sequence[int], _looked_for: Collection[str]) -> Mapping[int, Why]:
    """How well they say they know it, and their line."""
    words = {
        "learning": gettext("Is learning %(topic)s"),
        "helping": gettext("Can help with %(topic)s"),
        "expert": gettext("Expert in %(topic)s"),
    }
    return {
        one.id: Why(
            words[one.level] % {"topic": one.topic.name}, one.line, url_for("topics.topic", slug=one.topic.slug)
        )
        for one in queries.plain_claims_by_id(viewer, claim_ids).values()
    }


def why_vouches(viewer: Viewer, vouch_ids: Sequence[int], _looked_for: Collection[str]) -> Mapping[int, Why]:
    """Who vouches for them, where the viewer may see who that is."""
    return {
        one.id: Why(
            gettext("%(name)s vouches", name=one.by.name), one.why, url_for("people.person", handle=one.by.handle)
        )
        for one in queries.vouches_by_id(viewer, vouch_ids)
    }


put_topics = putter(kind="topic", entries=topic_entries)
put_claims = putter(kind="claim", entries=claim_entries)
put_vouches = putter(kind="vouch", entries=vouch_entries)

SOURCES = [
    Source("topic", ids_of(Topic), topic_entries, show=show_topics),
    Source("claim", ids_of(TopicClaim), claim_entries, why=why_claims),
    Source("vouch", ids_of(TopicVouch), vouch_entries, why=why_vouches),
]
