"""Whom to ask about a topic, who is learning it, and what it goes together with. Near-equals take turns."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.findable import Why
from portal.core.paging import Page, cursor_of, page_of, read_cursor
from portal.people.queries import Card, cards, listed
from portal.search.queries import Reason, bags_of, who_knows
from portal.search.telling import reasons_told
from portal.search.words import STOP, words_of

from . import queries
from .models import Topic, TopicClaim, TopicVouch, root_of
from .queries import ASKED_FROM, WHO_TO_ASK, Claimed, TopicName

RELATED_FROM = 200  # people whose topics are looked at
RELATED = 8
SHARED_BY = 2  # people at least; one alone would say what they know, not what goes together
LEARNERS = 24
ALSO_FROM, ALSO = 24, 6  # who seems to know
PEOPLE = 24  # of a page of everybody


@dataclass(frozen=True)
class Asked:
    """Somebody to ask: what they say, who they are, whether they can be reached. there: "09:52" where they are."""

    claim: Claimed
    card: Card
    hours: str
    there: str


def worth(level: str, vouches: int, is_open: bool, is_away: bool) -> int:
    """In which row of near-equals somebody stands, the highest first. Pure."""
    if is_away:
        return 0
    return 1 + (2 if level == "expert" else 0) + (1 if vouches else 0) + (2 if is_open else 0)


def turn(viewer_id: int, on: date, person_id: int) -> int:
    """Whose turn it is among near-equals: another one for each viewer and day, the same all day. Pure."""
    return zlib.crc32(f"{viewer_id}-{on.isoformat()}-{person_id}".encode())


def who_to_ask(viewer: Viewer, topic_id: int) -> tuple[list[Asked], bool]:
    """Whom to ask, and whether there are more. A fixed number of queries, of a bounded number of claims."""
    found = queries.claims_on(viewer, topic_id, learning=False, most=ASKED_FROM)
    known = {card.id: card for card in cards(viewer, [one.person_id for one in found])}
    vouched = _vouch_counts(topic_id, list(known))
    today = clock.today(viewer.zone)

    def order(one: Claimed) -> tuple[int, int]:
        away = known[one.person_id].away_until is not None
        row = worth(one.level, vouched.get(one.person_id, 0), one.is_open, away)
        return -row, turn(viewer.person_id, today, one.person_id)

    ordered = sorted((one for one in found if one.person_id in known), key=order)
    return _told(viewer, ordered[:WHO_TO_ASK], known), len(ordered) > WHO_TO_ASK


def _told(viewer: Viewer, claims: Sequence[Claimed], known: dict[int, Card]) -> list[Asked]:
    ids = [one.person_id for one in claims]
    hours = queries.hours_of(ids)
    return [
        Asked(
            one,
            known[one.person_id],
            hours.get(one.person_id, ""),
            known[one.person_id].hour_there(viewer.zone),
        )
        for one in queries.with_vouches(viewer, claims)
    ]


def _vouch_counts(topic_id: int, person_ids: Sequence[int]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(TopicVouch.person_id, sa.func.count())
        .join(Topic, Topic.id == TopicVouch.topic_id)
        .where(root_of() == topic_id, TopicVouch.person_id.in_(person_ids), queries.speaks())
        .group_by(TopicVouch.person_id)
    )
    return dict(rows.tuples().all())


def everybody(viewer: Viewer, topic_id: int, cursor: str | None) -> Page[Asked]:
    """Everybody who can be asked, in the order in which they said so."""
    start = read_cursor(cursor, int)
    query = (
        sa.select(TopicClaim.id)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(root_of() == topic_id, TopicClaim.level != "learning", listed(viewer, TopicClaim.person_id))
    )
    if start:
        query = query.where(TopicClaim.id > start[0])
    ids = db.session.scalars(query.order_by(TopicClaim.id).limit(PEOPLE + 1)).all()
    page = page_of(ids, PEOPLE, cursor_of)

    def shown(claim_ids: list[int]) -> list[Asked]:
        claims = sorted(queries.plain_claims_by_id(viewer, claim_ids).values(), key=lambda one: one.id)
        known = {card.id: card for card in cards(viewer, [one.person_id for one in claims])}
        return _told(viewer, [one for one in claims if one.person_id in known], known)

    return page.map(shown)


def learners(viewer: Viewer, topic_id: int) -> tuple[list[Card], bool]:
    """Who is learning it, the newest first, and whether there are more."""
    found = queries.claims_on(viewer, topic_id, learning=True, most=LEARNERS + 1)
    return cards(viewer, [one.person_id for one in found[:LEARNERS]]), len(found) > LEARNERS


@dataclass(frozen=True)
class AlsoKnows:
    """Somebody who claims nothing, and whose intro, thanks or work show it."""

    card: Card
    why: tuple[Why, ...]


def also_know(viewer: Viewer, topic: TopicName) -> list[AlsoKnows]:
    """Who else seems to know, by what the viewer may open: none of those who claim it, and nobody who does not want
    to be listed. A fixed number of queries."""
    hits = who_knows(viewer, topic.name, mode="expert", most=ALSO_FROM)
    out = queries.off_for_ids([topic.id]) | queries.who_claims(topic.id, [hit.person_id for hit in hits])
    hits = [hit for hit in hits if hit.person_id not in out]
    wanted = set(words_of(topic.name)) - STOP
    bags = bags_of({one.item_id for hit in hits for one in hit.reasons})
    fitting: dict[int, list[Reason]] = {}
    for hit in hits:
        # What holds only some of the words ("data" of "data retention") shows nothing.
        some = [one for one in hit.reasons if wanted and wanted <= bags.get(one.item_id, set())]
        if some and len(fitting) < ALSO:
            fitting[hit.person_id] = some
    told = reasons_told(viewer, [one for some in fitting.values() for one in some], wanted)
    found = []
    for card in cards(viewer, list(fitting)):
        why = tuple(told[one.item_id] for one in fitting[card.id] if one.item_id in told)
        if why:
            found.append(AlsoKnows(card, why))
    return found


def related(viewer: Viewer, topic_id: int) -> list[TopicName]:
    """Topics that several of those who claim this one claim as well, the closest first. Three queries, of a bounded
    number of people."""
    same = (
        sa.select(TopicClaim.person_id)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(root_of() == topic_id, listed(viewer, TopicClaim.person_id))
        .order_by(TopicClaim.id.desc())
        .limit(RELATED_FROM)
        .subquery()
    )
    shared = db.session.execute(
        sa.select(root_of(), sa.func.count(TopicClaim.person_id.distinct()).label("people"))
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(
            TopicClaim.person_id.in_(sa.select(same.c.person_id)), root_of() != topic_id, Topic.retired_at.is_(None)
        )
        .group_by(root_of())
        .having(sa.func.count(TopicClaim.person_id.distinct()) >= SHARED_BY)
        .order_by(sa.desc("people"), root_of())
        .limit(5 * RELATED)
    )
    counts = dict(shared.tuples().all())
    if not counts:
        return []
    lines = queries.lines_by_id(viewer, counts)
    # What everybody knows goes together with nothing in particular.
    near = sorted(lines, key=lambda one: (-counts[one.id] / math.sqrt(max(one.to_ask + one.learning, 1)), one.id))
    return list(near[:RELATED])
