"""Reads of the index. What a viewer may not see is not among the candidates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import TypeVar

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core import clock, settings
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.core.findable import sources
from portal.people.models import Person
from portal.people.queries import listed

from .engines import engine
from .models import NAMED, SearchItem, SearchLink, SearchPerson
from .scoring import (
    BEST_ITEMS,
    KIND_WEIGHTS,
    Candidate,
    Link,
    Mode,
    Ranked,
    Scored,
    rank_people,
    score_items,
)
from .vocabulary import Asked, understand
from .words import bare

T = TypeVar("T")

WORK_SHOWN = "search_work_shown"  # the setting: does work from elsewhere show what people know?
EVIDENCE = tuple(KIND_WEIGHTS)  # kinds of items that show what people know
LISTED = ("topic", "team", "goal", "kudos", "ask")  # kinds that stand by themselves among what was found
CANDIDATES = 1_500  # items looked at for one question, about
LEAST = 150  # of each word
OWN_ITEMS = 500  # of whoever asks, to see who answered them before
REASONS = 3
GUESSES = 3  # of what may have been meant


@dataclass(frozen=True)
class Reason:
    """An item that the viewer may open and that speaks for somebody. role: theirs in it."""

    item_id: int
    kind: str
    subject_id: int | None
    role: str
    title: str
    url: str | None
    at: datetime


@dataclass(frozen=True)
class PersonHit:
    """Somebody who was found: by what they are called (all words of the question), or by what they know."""

    person_id: int
    is_called_so: bool
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Hit:
    """Something else that was found."""

    kind: str
    subject_id: int
    title: str
    at: datetime


@dataclass(frozen=True)
class Found:
    """What a question led to. hits: by kind (topic, team, goal, kudos), the best first; words: those that were looked
    for, what may have been meant among them."""

    people: list[PersonHit]
    hits: dict[str, list[Hit]]
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.people or self.hits)


def work_is_shown() -> bool:
    """Does work from elsewhere show what people know? (Off at first.)"""
    return bool(settings.get(WORK_SHOWN, False))


# ---- candidates ----------------------------------------------------------------------------------------------


def _candidates(asked: Asked, conditions: Sequence[sa.ColumnElement[bool]]) -> list[Candidate]:
    """Items that hold some of the words: all that hold a rare one; of common ones the newest, and the newest that
    hold a rarer one as well. What was typed comes before what may stand for it. One statement, whose cost does not
    grow with the number of items."""
    holding = asked.statistics.holding
    typed = {one.alternatives[0][0] for one in asked.wanted if one.alternatives}
    ordered = sorted(asked.words, key=lambda word: (word not in typed, holding.get(word, 0), word))
    if not ordered:
        return []
    branches = []
    left = CANDIDATES
    for number, word in enumerate(ordered):
        most = max(left, LEAST)
        left = max(left - holding.get(word, 0), 0)
        beside = [()] if holding.get(word, 0) <= most or not number else [(), tuple(ordered[:number])]
        for others in beside:
            one = engine().holding(word, others).where(*conditions).limit(most)
            branches.append(sa.select(one.subquery().c.id))
    ids = sa.union(*branches) if len(branches) > 1 else branches[0]
    item = SearchItem
    rows = db.session.execute(
        sa.select(item.id, item.kind, item.subject_id, item.day, item.size, item.words).where(item.id.in_(ids))
    )
    return [Candidate(*row) for row in rows.tuples()]


def _shows_work() -> sa.ColumnElement[bool]:
    return sa.or_(SearchPerson.shows_work.is_(None), SearchPerson.shows_work.is_(True))


def _is_shown() -> sa.ColumnElement[bool]:
    return sa.or_(SearchLink.shown_from.is_(None), SearchLink.shown_from <= clock.now())


def _links(
    scored: Sequence[Scored], who: sa.ColumnElement[bool], *, preview: bool
) -> tuple[list[Link], dict[int, int]]:
    """Whose knowledge the best items show, and how active these people are. One statement."""
    ids = [one.item.id for one in scored[:BEST_ITEMS]]
    if not ids:
        return [], {}
    query = (
        sa.select(SearchLink.item_id, SearchLink.person_id, SearchLink.role, SearchPerson.activity)
        .join(SearchItem, SearchItem.id == SearchLink.item_id)
        .outerjoin(SearchPerson, SearchPerson.person_id == SearchLink.person_id)
        .where(SearchLink.item_id.in_(ids), SearchLink.hidden.is_(False), who)
        .where(sa.or_(SearchItem.kind != "work", _shows_work()))
    )
    if not preview:
        query = query.where(_is_shown())
    links, activity = [], {}
    for item_id, person_id, role, active in db.session.execute(query).tuples():
        links.append(Link(item_id, person_id, role))
        activity[person_id] = active or 0
    return links, activity


def _answers_to(person_id: int | None, *, preview: bool) -> dict[int, list[int]]:
    """Who reviewed the newest of what this person wrote, and on which days. One statement."""
    if person_id is None:
        return {}
    own = sa.select(SearchLink.item_id).where(SearchLink.person_id == person_id, SearchLink.role == "author")
    own = own.order_by(SearchLink.item_id.desc()).limit(OWN_ITEMS)
    query = (
        sa.select(SearchLink.person_id, SearchItem.day)
        .join(SearchItem, SearchItem.id == SearchLink.item_id)
        .outerjoin(SearchPerson, SearchPerson.person_id == SearchLink.person_id)
        .where(
            SearchLink.item_id.in_(own), SearchLink.role == "reviewer", SearchLink.hidden.is_(False), _shows_work()
        )
        .order_by(SearchLink.person_id, SearchItem.day)
    )
    if not preview:
        query = query.where(_is_shown())
    found: dict[int, list[int]] = {}
    for other, day in db.session.execute(query).tuples():
        found.setdefault(other, []).append(day)
    return found


def _found_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that a `SearchItem` may be found by the viewer: by its audience, or since it names them."""
    named = [
        sa.and_(SearchItem.kind == source.kind, source.named(viewer, SearchItem.subject_id.expression))
        for source in sources()
        if source.named
    ]
    return sa.or_(visible_to(viewer, SearchItem.audience_id), *named)


def _kinds(every: Collection[str]) -> sa.ColumnElement[bool]:
    kinds = [kind for kind in sorted(every) if kind != "work" or work_is_shown()]
    return SearchItem.kind.in_(kinds)


# ---- who knows -----------------------------------------------------------------------------------------------


def who_knows(viewer: Viewer, question: str, *, mode: Mode, most: int = 10) -> list[PersonHit]:
    """Who knows about it ("expert"), or can answer it now ("answer"), each with why; not the viewer. A fixed number
    of statements."""
    others = sa.and_(listed(viewer, SearchLink.person_id), SearchLink.person_id != viewer.person_id)
    ranked, links = _ranked(question, mode, [_found_by(viewer)], others, viewer.person_id)
    return _with_reasons(ranked[:most], links, called_so=set())


def who_can_answer(
    viewer: Viewer, question: str, among: Callable[[sa.ColumnElement[int]], sa.ColumnElement[bool]]
) -> list[Ranked]:
    """Who can answer it now, by what the viewer may see, the best first; not the viewer. among: the condition that
    somebody (a column of ids) comes into question. A fixed number of statements."""
    person_id = SearchLink.person_id.expression
    others = sa.and_(listed(viewer, person_id), person_id != viewer.person_id, among(person_id))
    return _ranked(question, "answer", [_found_by(viewer)], others, viewer.person_id)[0]


def what_speaks_for(viewer: Viewer, question: str, asker: Viewer) -> tuple[Reason, ...]:
    """Why the asker's question was put to the viewer: what speaks for them, of what both may see, the best first. A
    fixed number of statements."""
    both = [_found_by(asker), _found_by(viewer)]
    ranked, links = _ranked(question, "answer", both, SearchLink.person_id == viewer.person_id, None)
    hits = _with_reasons(ranked, links, called_so=())
    return hits[0].reasons if hits else ()


def _ranked(
    question: str,
    mode: Mode,
    seen: Sequence[sa.ColumnElement[bool]],
    who: sa.ColumnElement[bool],
    asker_id: int | None,
) -> tuple[list[Ranked], list[Link]]:
    """These people by what shows that they know it, and by what that is; for an answer, by whether they answered the
    asker before."""
    asked = understand(question)
    scored = score_items(_candidates(asked, [*seen, _kinds(EVIDENCE)]), asked.wanted, asked.statistics)
    links, activity = _links(scored, who, preview=False)
    answers = _answers_to(asker_id, preview=False) if mode == "answer" and work_is_shown() else {}
    return rank_people(scored, links, mode, activity, answers=answers), links


def _with_reasons(ranked: Iterable[Ranked], links: Iterable[Link], called_so: Collection[int]) -> list[PersonHit]:
    """The same people with the items that speak most for each. One statement."""
    ranked = list(ranked)
    role = {(link.item_id, link.person_id): link.role for link in links}
    named = {item_id for one in ranked for item_id in one.item_ids[: REASONS + 1]}
    query = sa.select(
        SearchItem.id, SearchItem.kind, SearchItem.subject_id, SearchItem.title, SearchItem.url, SearchItem.at
    ).where(SearchItem.id.in_(named), SearchItem.kind != "person")
    rows = {row.id: row for row in db.session.execute(query)} if named else {}
    hits = []
    for one in ranked:
        reasons: list[Reason] = []
        for item_id in one.item_ids:
            row = rows.get(item_id)
            if row is not None and len(reasons) < REASONS:
                mine = role.get((item_id, one.person_id), "author")
                reasons.append(Reason(row.id, row.kind, row.subject_id, mine, row.title, row.url, row.at))
        hits.append(PersonHit(one.person_id, one.person_id in called_so, one.score, tuple(reasons)))
    return hits


# ---- what shows what I know ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnItem:
    """Something that shows what I know, in all forms in which others may find it. bag: its words; shown_from: until
    then only I see it."""

    item_ids: tuple[int, ...]
    kind: str
    subject_id: int | None
    title: str
    url: str | None
    at: datetime
    bag: str
    to_everyone: bool
    hidden: bool
    shown_from: datetime | None


def bags_of(item_ids: Collection[int]) -> dict[int, set[str]]:
    """The words of these items (of those that the viewer found). One query."""
    rows = db.session.execute(
        sa.select(SearchItem.id, SearchItem.words).where(SearchItem.id.in_(sorted(set(item_ids))))
    )
    return {item_id: set(bare(bag)) for item_id, bag in rows.tuples()}


def shows_work(person_id: int) -> bool:
    """Does work from elsewhere speak for this person?"""
    said = db.session.scalar(sa.select(SearchPerson.shows_work).where(SearchPerson.person_id == person_id))
    return said is not False


def what_shows(viewer: Viewer, most: int) -> list[OwnItem]:
    """What shows what I know, the newest first; hidden things as well. One query."""
    rows = db.session.execute(
        sa.select(SearchItem, SearchLink.hidden, SearchLink.shown_from)
        .join(SearchLink, SearchLink.item_id == SearchItem.id)
        .where(SearchLink.person_id == viewer.person_id, _kinds(set(EVIDENCE) - {"claim"}))
        .order_by(SearchItem.at.desc(), SearchItem.id.desc())
        .limit(most)
    )
    now = clock.now()
    found: dict[tuple[str, int], OwnItem] = {}
    for item, hidden, shown_from in rows.tuples():
        key = (item.kind, item.subject_id if item.subject_id is not None else -item.id)
        before = found.get(key)
        waits = shown_from if shown_from is not None and shown_from > now else None
        found[key] = OwnItem(
            (*(before.item_ids if before else ()), item.id),
            item.kind,
            item.subject_id,
            item.title,
            item.url,
            item.at,
            item.words,
            item.audience_id == EVERYONE or bool(before and before.to_everyone),
            hidden,
            waits,
        )
    return list(found.values())


# ---- everything that can be found ----------------------------------------------------------------------------


def find(viewer: Viewer, text: str, *, as_typed: bool = False, most: int = 10) -> Found:
    """People, topics, teams, goals and thanks that the viewer may see, the best first. A fixed number of statements.

    as_typed: the last word may be the beginning of one.
    """
    asked = understand(text, as_typed=as_typed)
    if not asked.meant:
        return _found(viewer, asked, most)
    # Nobody knows which word was meant: what the likeliest ones lead to takes turns.
    found = [_found(viewer, one, most) for one in asked.guesses(GUESSES)]
    people = list({hit.person_id: hit for hit in _in_turn([one.people for one in found])}.values())
    kinds = dict.fromkeys(kind for one in found for kind in one.hits)
    hits = {kind: list(dict.fromkeys(_in_turn([one.hits.get(kind, []) for one in found]))) for kind in kinds}
    return Found(people[:most], {kind: some[:most] for kind, some in hits.items()}, tuple(asked.words))


def _in_turn(lists: Sequence[Sequence[T]]) -> list[T]:
    """The first of each, then the second of each …"""
    return [one for some in zip_longest(*lists) for one in some if one is not None]


def _found(viewer: Viewer, asked: Asked, most: int) -> Found:
    scored = score_items(
        _candidates(asked, [_found_by(viewer), _kinds({*NAMED, *EVIDENCE, "ask"})]),
        asked.wanted,
        asked.statistics,
    )
    scored = _each_once(scored)
    links, activity = _links(scored, listed(viewer, SearchLink.person_id), preview=False)
    by_name = [one for one in scored if one.item.kind == "person"][:BEST_ITEMS]
    seen = _who_is_seen(viewer, [one.item.subject_id for one in by_name if one.item.subject_id])
    named = [one for one in by_name if one.item.subject_id in seen]
    links += [Link(one.item.id, one.item.subject_id or 0, "author") for one in named]
    every = {number for one in scored for number in one.matched}  # a word that stands nowhere asks for nothing
    called_so = {
        one.item.subject_id or 0: place
        for place, one in enumerate(named)
        if set(one.matched) == every and is_called(one.item.words, asked)
    }
    ranked = rank_people(_best_with(scored, named), links, "expert", activity)
    order = {one.person_id: place for place, one in enumerate(ranked)}
    ranked.sort(key=lambda one: (called_so.get(one.person_id, 1 << 30), order[one.person_id]))
    people = _with_reasons(ranked[:most], links, called_so)
    return Found(people, _hits(scored, most), tuple(asked.words))


def _best_with(scored: Sequence[Scored], named: Sequence[Scored]) -> list[Scored]:
    """The best items, and all people that were found by what is said of them."""
    kept = {one.item.id for one in named}
    best = [one for one in scored if one.item.kind != "person"][:BEST_ITEMS]
    return sorted(
        [*best, *(one for one in named if one.item.id in kept)],
        key=lambda one: (-one.score, -one.item.day, -one.item.id),
    )[:BEST_ITEMS]


def is_called(bag: str, asked: Asked) -> bool:
    """Does every word of the question stand in the title?"""
    marked = f" {bag} "
    return all(any(f" {word}=" in marked for word, _near in one.alternatives) for one in asked.wanted)


def _each_once(scored: Iterable[Scored]) -> list[Scored]:
    """What several audiences may find, in the form that fits best."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for one in scored:
        if one.item.subject_id is not None:
            key = (one.item.kind, one.item.subject_id)
            if key in seen:
                continue
            seen.add(key)
        kept.append(one)
    return kept


def _who_is_seen(viewer: Viewer, person_ids: Sequence[int]) -> set[int]:
    query = sa.select(Person.id).where(Person.id.in_(person_ids), listed(viewer, Person.id))
    return set(db.session.scalars(query)) if person_ids else set()


def _hits(scored: Sequence[Scored], most: int) -> dict[str, list[Hit]]:
    best: dict[str, list[Scored]] = {}
    for one in scored:
        if one.item.kind in LISTED and len(best.setdefault(one.item.kind, [])) < most:
            best[one.item.kind].append(one)
    ids = [one.item.id for some in best.values() for one in some]
    query = sa.select(SearchItem.id, SearchItem.title, SearchItem.at).where(SearchItem.id.in_(ids))
    told = {item_id: (title, at) for item_id, title, at in db.session.execute(query).tuples()} if ids else {}
    return {
        kind: [Hit(kind, one.item.subject_id or 0, *told[one.item.id]) for one in some if one.item.id in told]
        for kind, some in best.items()
    }


# ---- for measuring -------------------------------------------------------------------------------------------


def experts(question: str, *, mode: Mode, leave_out: int | None, most: int) -> list[tuple[Ranked, list[str]]]:
    """Who knows, as the command line measures it: over all evidence, whatever its people have looked at yet; each
    with the titles of the items that speak most for them. leave_out: who asks."""
    asked = understand(question, typos=False)
    scored = score_items(_candidates(asked, [SearchItem.kind.in_(EVIDENCE)]), asked.wanted, asked.statistics)
    here = SearchLink.person_id.in_(
        sa.select(Person.id).where(Person.id == SearchLink.person_id, Person.left_at.is_(None))
    )
    links, activity = _links(scored, here, preview=True)
    answers = _answers_to(leave_out, preview=True) if mode == "answer" else {}
    every = rank_people(scored, links, mode, activity, answers=answers)
    ranked = [one for one in every if one.person_id != leave_out][:most]
    hits = {hit.person_id: hit for hit in _with_reasons(ranked, links, called_so=())}
    return [
        (one, list(dict.fromkeys(" ".join(reason.title.split()) for reason in hits[one.person_id].reasons)))
        for one in ranked
    ]


def staff_ids() -> dict[int, str]:
    """What the staff list calls each person."""
    rows = db.session.execute(sa.select(Person.id, Person.external_id).where(Person.external_id.is_not(None)))
    return {person_id: staff_id for person_id, staff_id in rows.tuples() if staff_id}
