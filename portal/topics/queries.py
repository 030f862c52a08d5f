"""Reads of topics. What a viewer may not see is not in the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.core.auth import Viewer
from portal.core.db import among, db
from portal.core.errors import NotVisible
from portal.core.paging import PAGE, Page, cursor_of, page_of, read_cursor
from portal.moderation.queries import blocks
from portal.people import names
from portal.people.models import Person
from portal.people.queries import Card, cards, listed

from . import naming
from .models import (
    LEVELS,
    READ_AS,
    OldTopicSlug,
    Topic,
    TopicAlias,
    TopicClaim,
    TopicHours,
    TopicNamed,
    TopicOff,
    TopicVouch,
    root_of,
)

MOST_KNOWN = 20_000  # names that are compared with what somebody types
VOUCHES_SHOWN = 6
ASKED_FROM = 300  # claims of a topic that whom to ask is chosen from
WHO_TO_ASK = 12


@dataclass(frozen=True)
class TopicName:
    """A topic in a word."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True)
class TopicLine(TopicName):
    """A topic in a list. to_ask: how many can be asked, of those whom the viewer may see; learning: who learns it."""

    to_ask: int = 0
    learning: int = 0
    aliases: tuple[str, ...] = ()
    is_retired: bool = False


@dataclass(frozen=True)
class Vouched:
    """A colleague's word, of somebody whom the viewer may see."""

    id: int
    by: Card
    why: str
    at: datetime


@dataclass(frozen=True)
class Claimed:
    """A claim as the viewer may see it. person: None on the person's own pages."""

    id: int
    topic: TopicName
    person_id: int
    level: str
    line: str
    is_open: bool
    version: int
    at: datetime
    changed_at: datetime
    vouches: tuple[Vouched, ...] = ()
    more_vouches: bool = False
    is_retired: bool = False

    @property
    def to_ask(self) -> bool:
        return self.level != "learning"


@dataclass(frozen=True)
class Reach:
    """Whether somebody can be reached with a question. is_open: about some topic that they claim."""

    is_open: bool = False
    hours: str = ""


# ---- topics --------------------------------------------------------------------------------------------------


def seen(viewer: Viewer, topic_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """The condition that the viewer may know of a topic: guests know those of people they see."""
    if not viewer.is_guest:
        return sa.true()
    theirs, of = aliased(TopicClaim), aliased(Topic)
    claimed = (
        sa.select(theirs.id)
        .join(of, of.id == theirs.topic_id)
        .where(root_of(of) == topic_id, listed(viewer, theirs.person_id))
    )
    return claimed.exists()


def known_keys(viewer: Viewer, *, retired: bool = False) -> dict[str, int]:
    """Every name that a topic has, as a key, and the id of the topic as which it is read. One query."""
    wanted = [seen(viewer, root_of()), *([] if retired else [Topic.retired_at.is_(None)])]
    own = sa.select(Topic.key, root_of(), Topic.id).where(*wanted)
    other = sa.select(TopicAlias.key, root_of(), Topic.id).join(Topic, Topic.id == TopicAlias.topic_id).where(*wanted)
    both = sa.union_all(own, other).subquery()
    rows = db.session.execute(sa.select(both).order_by(both.c.id.desc()).limit(MOST_KNOWN))
    return {key: root_id for key, root_id, _id in rows}


def names_by_id(topic_ids: Collection[int]) -> dict[int, TopicName]:
    """These topics by id, each as which it is read."""
    root = READ_AS
    rows = db.session.execute(
        sa.select(Topic.id, root.id, root.slug, root.name)
        .join(root, root.id == root_of())
        .where(Topic.id.in_(sorted(set(topic_ids))))
    )
    return {asked: TopicName(root_id, slug, name) for asked, root_id, slug, name in rows.tuples()}


def names_of(
    viewer: Viewer, of: InstrumentedAttribute[int], topic_id: InstrumentedAttribute[int], ids: Collection[int]
) -> dict[int, tuple[TopicName, ...]]:
    """The topics of each of these things that the viewer may know of, each as which it is read and once: `of` and
    `topic_id` are the columns of the table that ties them. One query."""
    root = READ_AS
    rows = db.session.execute(
        sa.select(of, root.id, root.slug, root.name)
        .join(Topic, Topic.id == topic_id)
        .join(root, root.id == root_of())
        .where(among(of, ids), seen(viewer, root.id.expression))
        .order_by(of, topic_id)
    )
    found: dict[int, dict[TopicName, None]] = defaultdict(dict)
    for one, root_id, slug, name in rows.tuples():
        found[one][TopicName(root_id, slug, name)] = None
    return {one: tuple(names) for one, names in found.items()}


def topic(viewer: Viewer, slug: str) -> TopicName:
    """The topic at that address today, whatever it was called before. `NotVisible` when there is none."""
    if not names.may_be_handle(slug):
        raise NotVisible
    root = aliased(Topic)
    old = sa.select(OldTopicSlug.topic_id).where(OldTopicSlug.slug == slug).scalar_subquery()
    row = db.session.execute(
        sa.select(root.id, root.slug, root.name)
        .select_from(Topic)
        .join(root, root.id == root_of())
        .where(sa.or_(Topic.slug == slug, Topic.id == old), seen(viewer, root_of()))
        .order_by(sa.case((Topic.slug == slug, 0), else_=1))
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotVisible
    return TopicName(*row)


def may_be_named(viewer: Viewer, topic_id: int) -> bool:
    """Is that topic offered, and may the viewer know of it?"""
    root = aliased(Topic)
    found = (
        sa.select(Topic.id)
        .join(root, root.id == root_of())
        .where(Topic.id == topic_id, root.retired_at.is_(None), seen(viewer, root.id.expression))
    )
    return db.session.scalar(found) is not None


def called(viewer: Viewer, name: str) -> TopicName | None:
    """The topic of that name, or with that other name, if the viewer may know of it (retired ones as well)."""
    root = aliased(Topic)
    key = naming.key_of(name)
    alias = sa.select(TopicAlias.topic_id).where(TopicAlias.key == key).scalar_subquery()
    row = db.session.execute(
        sa.select(root.id, root.slug, root.name)
        .select_from(Topic)
        .join(root, root.id == root_of())
        .where(sa.or_(Topic.key == key, Topic.id == alias), seen(viewer, root_of()))
        .limit(1)
    ).one_or_none()
    return TopicName(*row) if row else None


def called_many(viewer: Viewer, written: Sequence[str]) -> dict[str, TopicName]:
    """Which of these words are names of topics, of those that are offered and that the viewer may know of. One
    query."""
    keys = {text: naming.key_of(text) for text in written}
    wanted = sorted({key for key in keys.values() if key})
    if not wanted:
        return {}
    root = aliased(Topic)
    own = sa.select(Topic.key.label("key"), root_of().label("root_id")).where(Topic.key.in_(wanted))
    other = (
        sa.select(TopicAlias.key, root_of())
        .join(Topic, Topic.id == TopicAlias.topic_id)
        .where(TopicAlias.key.in_(wanted))
    )
    both = sa.union_all(own, other).subquery()
    rows = db.session.execute(
        sa.select(both.c.key, root.id, root.slug, root.name)
        .join(root, root.id == both.c.root_id)
        .where(root.retired_at.is_(None), seen(viewer, root.id.expression))
    )
    known = {key: TopicName(topic_id, slug, name) for key, topic_id, slug, name in rows.tuples()}
    return {text: known[key] for text, key in keys.items() if key in known}


def completions(viewer: Viewer, typed: str) -> tuple[list[TopicName], bool]:
    """Topics that go on from what was typed, or are nearly it, the likeliest first; and could it be a new one? Two
    queries."""
    key = naming.key_of(typed)
    if not key or len(typed) > naming.LONGEST_NAME:
        return [], False
    known = known_keys(viewer)
    ids = naming.completing(typed, known)
    found = names_by_id(ids)
    return [found[one] for one in ids if one in found], key not in known


@dataclass
class Meant:
    """What names in a field mean. topics: that are there; new: names of topics to be made; unclear: (name, what it
    may mean) to be asked about."""

    topics: list[TopicName] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    unclear: list[tuple[str, list[TopicName]]] = field(default_factory=list)


def meant(viewer: Viewer, texts: Sequence[str], picked: Mapping[str, str]) -> Meant:
    """Which topics these names mean. picked: `mark_of(name)` -> the slug that was picked, or "new". Two queries."""
    found = Meant()
    known = known_keys(viewer)
    by_id: dict[int, list[str]] = {}
    near: dict[str, list[int]] = {}
    for text in texts:
        key = naming.key_of(text)
        if key in known:
            by_id.setdefault(known[key], []).append(text)
        elif picked.get(mark_of(text)) != "new":
            near[text] = list(dict.fromkeys(known[other] for other in naming.near(key, known)))
    topics = names_by_id([*by_id, *(one for some in near.values() for one in some)])
    chosen: dict[int, TopicName] = {one: topics[one] for one in by_id if one in topics}
    for text in texts:
        if naming.key_of(text) in known:
            continue
        choices = [topics[one] for one in near.get(text, ()) if one in topics]
        pick = next((one for one in choices if one.slug == picked.get(mark_of(text))), None)
        if pick is not None:
            chosen.setdefault(pick.id, pick)
        elif choices:
            found.unclear.append((text, choices))
        else:
            found.new.append(text)
    found.topics = list(chosen.values())
    return found


def mark_of(name: str) -> str:
    """What the field is called in which an unclear name is settled."""
    return "t-" + names.mark(naming.key_of(name))


def aliases_of(topic_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Other names by topic: those that were given, and what was merged into it. One query."""
    given = (
        sa.select(root_of().label("root"), TopicAlias.name, TopicAlias.key)
        .join(Topic, Topic.id == TopicAlias.topic_id)
        .where(root_of().in_(sorted(set(topic_ids))))
    )
    merged = sa.select(Topic.merged_into_id, Topic.name, Topic.key).where(
        Topic.merged_into_id.in_(sorted(set(topic_ids)))
    )
    found: dict[int, tuple[str, ...]] = {}
    both = sa.union_all(given, merged).subquery()
    for root_id, name, _key in db.session.execute(sa.select(both).order_by(both.c.key)).tuples():
        found[root_id] = (*found.get(root_id, ()), name)
    return found


def _counts(viewer: Viewer, topic_ids: Collection[int]) -> dict[int, dict[bool, int]]:
    """By topic: how many learn it (True), and how many can be asked (False). One query."""
    learns = TopicClaim.level == "learning"
    rows = db.session.execute(
        sa.select(root_of(), learns, sa.func.count(TopicClaim.person_id.distinct()))
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(
            sa.or_(Topic.id.in_(topic_ids), Topic.merged_into_id.in_(topic_ids)), listed(viewer, TopicClaim.person_id)
        )
        .group_by(root_of(), learns)
    )
    found: dict[int, dict[bool, int]] = {}
    for root_id, is_learning, count in rows.tuples():
        found.setdefault(root_id, {})[bool(is_learning)] = count
    return found


def _lines(viewer: Viewer, rows: Sequence[Topic]) -> list[TopicLine]:
    ids = [row.id for row in rows]
    counts, aliases = (_counts(viewer, ids), aliases_of(ids)) if ids else ({}, {})
    return [
        TopicLine(
            row.id,
            row.slug,
            row.name,
            counts.get(row.id, {}).get(False, 0),
            counts.get(row.id, {}).get(True, 0),
            aliases.get(row.id, ()),
            row.retired_at is not None,
        )
        for row in rows
    ]


def topics(
    viewer: Viewer, *, q: str = "", retired: bool = False, cursor: str | None = None, size: int = PAGE
) -> Page[TopicLine]:
    """A page of topics by name; with q those that go on from it, or are nearly it, the likeliest first."""
    if q.strip():
        keys = known_keys(viewer, retired=retired)
        ids = naming.completing(q[: naming.LONGEST_NAME], keys, size)
        by_id = {row.id: row for row in db.session.scalars(sa.select(Topic).where(Topic.id.in_(ids)))}
        return Page(_lines(viewer, [by_id[one] for one in ids if one in by_id]), None)
    start = read_cursor(cursor, str, int)
    query = sa.select(Topic).where(Topic.merged_into_id.is_(None), seen(viewer, Topic.id.expression))
    query = query.where(Topic.retired_at.is_not(None) if retired else Topic.retired_at.is_(None))
    if start:
        query = query.where(sa.tuple_(Topic.sort_key, Topic.id) > sa.tuple_(sa.literal(start[0]), start[1]))
    rows = db.session.scalars(query.order_by(Topic.sort_key, Topic.id).limit(size + 1)).all()
    return page_of(rows, size, lambda row: cursor_of(row.sort_key, row.id)).map(lambda some: _lines(viewer, some))


# ---- claims --------------------------------------------------------------------------------------------------


def _claims(viewer: Viewer, *conditions: sa.ColumnElement[bool], most: int | None = None) -> list[Claimed]:
    """Claims of people whom the viewer may see, each person once for a topic, at their best; without vouches."""
    root = aliased(Topic)
    rank = sa.case({level: place for place, level in enumerate(LEVELS)}, value=TopicClaim.level)
    query = (
        sa.select(TopicClaim, root.id, root.slug, root.name, root.retired_at)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .join(root, root.id == root_of())
        .where(*conditions)
        .order_by(rank.desc(), TopicClaim.is_open.desc(), TopicClaim.changed_at.desc(), TopicClaim.id)
        .limit(most)
    )
    found: dict[tuple[int, int], Claimed] = {}
    for claim, topic_id, slug, name, retired_at in db.session.execute(query).tuples():
        found.setdefault(
            (topic_id, claim.person_id),
            Claimed(
                id=claim.id,
                topic=TopicName(topic_id, slug, name),
                person_id=claim.person_id,
                level=claim.level,
                line=claim.line,
                is_open=claim.is_open,
                version=claim.version,
                at=claim.at,
                changed_at=claim.changed_at,
                is_retired=retired_at is not None,
            ),
        )
    return list(found.values())


def speaks() -> sa.ColumnElement[bool]:
    """The condition that a vouch says something to others: of another person, who did not block whoever says it."""
    # Two entries of one person may have been made one.
    of_another = TopicVouch.voucher_id != TopicVouch.person_id
    return sa.and_(of_another, ~blocks(TopicVouch.person_id, TopicVouch.voucher_id))


def _read_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The same; whoever was blocked sees their own word, and does not learn it."""
    mine = sa.and_(TopicVouch.voucher_id == viewer.person_id, TopicVouch.person_id != viewer.person_id)
    return sa.or_(mine, speaks())


def with_vouches(viewer: Viewer, claims: Sequence[Claimed]) -> list[Claimed]:
    """The same with what colleagues say whom the viewer may see, the newest first. Three queries."""
    if not claims:
        return []
    rows = (
        db.session.execute(
            sa.select(TopicVouch, root_of())
            .join(Topic, Topic.id == TopicVouch.topic_id)
            .where(
                root_of().in_(sorted({one.topic.id for one in claims})),
                TopicVouch.person_id.in_(sorted({one.person_id for one in claims})),
                _read_by(viewer),
                listed(viewer, TopicVouch.voucher_id),
            )
            .order_by(TopicVouch.at.desc(), TopicVouch.id.desc())
        )
        .tuples()
        .all()
    )
    by_claim: dict[tuple[int, int], list[TopicVouch]] = {}
    for vouch, root_id in rows:
        some = by_claim.setdefault((root_id, vouch.person_id), [])
        if all(other.voucher_id != vouch.voucher_id for other in some):
            some.append(vouch)
    shown = {key: some[:VOUCHES_SHOWN] for key, some in by_claim.items()}
    vouchers = sorted({vouch.voucher_id for some in shown.values() for vouch in some})
    by_id = {card.id: card for card in cards(viewer, vouchers)}
    told = []
    for one in claims:
        key = (one.topic.id, one.person_id)
        vouches = tuple(
            Vouched(vouch.id, by_id[vouch.voucher_id], vouch.why, vouch.at)
            for vouch in shown.get(key, ())
            if vouch.voucher_id in by_id
        )
        more = len(by_claim.get(key, ())) > VOUCHES_SHOWN
        told.append(replace(one, vouches=vouches, more_vouches=more))
    return told


def claims_of(viewer: Viewer, person_id: int) -> list[Claimed]:
    """What somebody can be asked about, then what they are learning, with who vouches. Four queries."""
    found = _claims(viewer, TopicClaim.person_id == person_id, listed(viewer, TopicClaim.person_id))
    found.sort(key=lambda one: (-LEVELS.index(one.level), names.fold(one.topic.name)))
    return with_vouches(viewer, found)


def my_topics(viewer: Viewer) -> list[Claimed]:
    """My own without vouches, by level and name. One query."""
    found = _claims(viewer, TopicClaim.person_id == viewer.person_id)
    return sorted(found, key=lambda one: (-LEVELS.index(one.level), names.fold(one.topic.name)))


def my_claims(viewer: Viewer) -> list[Claimed]:
    """My own, by level and name."""
    return claims_of(viewer, viewer.person_id)


def my_claim(viewer: Viewer, slug: str) -> Claimed:
    """My claim of that topic. `NotVisible` when there is none."""
    meant_ = topic(viewer, slug)
    found = _claims(viewer, root_of() == meant_.id, TopicClaim.person_id == viewer.person_id)
    if not found:
        raise NotVisible
    return with_vouches(viewer, found)[0]


def hours_of(person_ids: Collection[int]) -> dict[int, str]:
    """Office hours in their words, by person, of those who say so (of people whom the viewer may see already)."""
    rows = db.session.execute(
        sa.select(TopicHours.person_id, TopicHours.words).where(TopicHours.person_id.in_(sorted(set(person_ids))))
    )
    return dict(rows.tuples().all())


def reach_of(person_ids: Collection[int]) -> dict[int, Reach]:
    """Who of these people (whom the viewer may see already) is open for questions, and when. Two queries."""
    ids = sorted(set(person_ids))
    rows = db.session.scalars(
        sa.select(TopicClaim.person_id)
        .where(TopicClaim.person_id.in_(ids), TopicClaim.is_open.is_(True), TopicClaim.level != "learning")
        .distinct()
    )
    is_open, hours = set(rows), hours_of(ids)
    return {one: Reach(one in is_open, hours.get(one, "")) for one in ids}


def plain_claims_by_id(viewer: Viewer, claim_ids: Collection[int]) -> dict[int, Claimed]:
    """These claims, of people whom the viewer may see, without vouches. One query."""
    if not claim_ids:
        return {}
    found = _claims(viewer, TopicClaim.id.in_(sorted(set(claim_ids))), listed(viewer, TopicClaim.person_id))
    return {one.id: one for one in found}


def claims_on(viewer: Viewer, topic_id: int, *, learning: bool, most: int) -> list[Claimed]:
    """Claims of a topic by people whom the viewer may see: who can be asked, experts first, or who is learning it;
    without vouches. One query."""
    level = TopicClaim.level == "learning" if learning else TopicClaim.level != "learning"
    return _claims(viewer, root_of() == topic_id, level, listed(viewer, TopicClaim.person_id), most=most)


def lines_by_id(viewer: Viewer, topic_ids: Collection[int]) -> list[TopicLine]:
    """These topics as in a list. Three queries."""
    rows = db.session.scalars(sa.select(Topic).where(Topic.id.in_(sorted(set(topic_ids))))).all()
    return _lines(viewer, rows)


def vouches_by_id(viewer: Viewer, vouch_ids: Collection[int]) -> list[Vouched]:
    """These vouches, of colleagues whom the viewer may see. Three queries."""
    rows = db.session.scalars(
        sa.select(TopicVouch).where(TopicVouch.id.in_(sorted(set(vouch_ids))), _read_by(viewer))
    ).all()
    known = {card.id: card for card in cards(viewer, sorted({row.voucher_id for row in rows}))}
    return [Vouched(row.id, known[row.voucher_id], row.why, row.at) for row in rows if row.voucher_id in known]


def my_vouches_for(viewer: Viewer, person_id: int) -> dict[int, TopicVouch]:
    """By topic: what I said of somebody."""
    rows = db.session.execute(
        sa.select(root_of(), TopicVouch)
        .join(Topic, Topic.id == TopicVouch.topic_id)
        .where(TopicVouch.person_id == person_id, TopicVouch.voucher_id == viewer.person_id)
    )
    return dict(rows.tuples().all())


def vouched_by_me(viewer: Viewer, topic_id: int) -> set[int]:
    """For whom I vouch in a topic."""
    rows = db.session.scalars(
        sa.select(TopicVouch.person_id)
        .join(Topic, Topic.id == TopicVouch.topic_id)
        .where(root_of() == topic_id, TopicVouch.voucher_id == viewer.person_id)
    )
    return set(rows)


def title_mark(title: str | None) -> str:
    """What tells one title from another, without keeping it."""
    return names.mark(names.fold(title or ""))


def asks_still_right(viewer: Viewer) -> list[TopicName]:
    """My topics that I claimed under another title. One query."""
    rows = db.session.execute(
        sa.select(TopicClaim.title_mark, Person.title, TopicClaim.topic_id)
        .join(Person, Person.id == TopicClaim.person_id)
        .where(TopicClaim.person_id == viewer.person_id)
        .order_by(TopicClaim.id)
    )
    stale = [topic_id for mark, title, topic_id in rows.tuples() if mark != title_mark(title)]
    known = names_by_id(stale) if stale else {}
    return list(dict.fromkeys(known[one] for one in stale if one in known))


def not_listed_for(words: str) -> set[int]:
    """Who does not want to be listed for the topic of that name."""
    key = naming.key_of(words)
    alias = sa.select(TopicAlias.topic_id).where(TopicAlias.key == key)
    own = sa.select(root_of()).where(sa.or_(Topic.key == key, Topic.id.in_(alias)))
    return off_for_ids(own) if key else set()


def off_for_ids(topic_ids: sa.Select[int] | Collection[int]) -> set[int]:
    rows = db.session.scalars(
        sa.select(TopicOff.person_id).join(Topic, Topic.id == TopicOff.topic_id).where(root_of().in_(topic_ids))
    )
    return set(rows)


def not_open_for(topic_ids: Collection[int]) -> set[int]:
    """Who claims one of these topics and takes no questions about it now, or does not want to be listed for it."""
    closed = (
        sa.select(TopicClaim.person_id)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(root_of().in_(sorted(set(topic_ids))), TopicClaim.is_open.is_(False))
    )
    return set(db.session.scalars(closed)) | off_for_ids(topic_ids)


def who_claims(topic_id: int, person_ids: Collection[int]) -> set[int]:
    """Those of these people who claim it, learners as well."""
    rows = db.session.scalars(
        sa.select(TopicClaim.person_id)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(root_of() == topic_id, TopicClaim.person_id.in_(sorted(set(person_ids))))
    )
    return set(rows)


def ids_of_claimers(topic_id: int) -> sa.Select[int]:
    """Who claims it, learners as well, but for those who do not want to be listed: as a query."""
    claimed, off = aliased(Topic), aliased(Topic)
    unlisted = sa.select(TopicOff.person_id).join(off, off.id == TopicOff.topic_id).where(root_of(off) == topic_id)
    return (
        sa.select(TopicClaim.person_id)
        .join(claimed, claimed.id == TopicClaim.topic_id)
        .where(sa.or_(claimed.id == topic_id, claimed.merged_into_id == topic_id))
        .where(TopicClaim.person_id.not_in(unlisted))
    )


def my_off(viewer: Viewer) -> set[int]:
    """The topics for which I am not listed."""
    rows = db.session.scalars(
        sa.select(root_of())
        .join(TopicOff, TopicOff.topic_id == Topic.id)
        .where(TopicOff.person_id == viewer.person_id)
    )
    return set(rows)


@dataclass(frozen=True)
class Naming:
    """Somebody named me as one who knows. by: None where I may not see them any longer."""

    id: int
    topic: TopicName
    by: Card | None
    at: datetime


def named(viewer: Viewer, most: int = 3) -> list[Naming]:
    """Topics for which colleagues named me, and that I have not answered, the newest first."""
    rows = db.session.scalars(
        sa.select(TopicNamed)
        .where(
            TopicNamed.person_id == viewer.person_id,
            TopicNamed.by_id != viewer.person_id,
            TopicNamed.answered_at.is_(None),
        )
        .order_by(TopicNamed.id.desc())
        .limit(most)
    ).all()
    if not rows:
        return []
    by = {card.id: card for card in cards(viewer, sorted({row.by_id for row in rows}))}
    known = names_by_id([row.topic_id for row in rows])
    return [Naming(row.id, known[row.topic_id], by.get(row.by_id), row.at) for row in rows if row.topic_id in known]
