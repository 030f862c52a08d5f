"""Reads of asks: who may see one, and one as they see it. What a viewer may not see is not in the answer.

Promises and offers have rooms of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal.audiences.models import AudienceMember
from portal.audiences.queries import visible_to
from portal.core import clock, links
from portal.core.auth import Viewer
from portal.core.db import among, db
from portal.core.errors import NotVisible
from portal.core.paging import Page, Rows, cursor_of, page_of, read_cursor, top_of_audiences
from portal.kudos.queries import former_and_present
from portal.moderation.queries import keeps_apart
from portal.people.models import Person
from portal.people.queries import Card
from portal.topics.models import Topic, TopicClaim, root_of
from portal.topics.queries import TopicName, names_of

from .models import (
    A_WEEK,
    HelpAsk,
    HelpAsked,
    HelpAskListing,
    HelpAskTopic,
    HelpOffer,
    HelpPost,
    HelpPromise,
    HelpWish,
)
from .states import ASK

ON_PAGE = 20
POSTS = 50
ANSWER = "help answer"  # what the links in mail are for
FOR_ME = 6  # asks that I could answer, above the others
FEW = 500  # of one topic: quickly read by itself


# ---- who may see it ----------------------------------------------------------------------------------------


def named_in(person_id: int, ask_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """The condition that an ask (a column of ids) is by somebody, was put to them, or that they promised to help."""
    mine = sa.select(HelpAsk.id).where(HelpAsk.id == ask_id, HelpAsk.asker_id == person_id)
    asked = sa.select(HelpAsked.id).where(HelpAsked.ask_id == ask_id, HelpAsked.person_id == person_id)
    promised = sa.select(HelpPromise.id).where(HelpPromise.ask_id == ask_id, HelpPromise.giver_id == person_id)
    return sa.or_(mine.exists(), asked.exists(), promised.exists())


def seen_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may see a `HelpAsk`: by its audiences today, or because it names them, or because
    they wrote under it before it was closed."""
    asked = sa.select(HelpAsked.id).where(HelpAsked.ask_id == HelpAsk.id, HelpAsked.person_id == viewer.person_id)
    promised = sa.select(HelpPromise.id).where(
        HelpPromise.ask_id == HelpAsk.id, HelpPromise.giver_id == viewer.person_id
    )
    listed = sa.select(HelpAskListing.ask_id).where(
        HelpAskListing.ask_id == HelpAsk.id, visible_to(viewer, HelpAskListing.audience_id + 0)
    )
    return sa.or_(
        HelpAsk.asker_id == viewer.person_id, listed.exists(), asked.exists(), promised.exists(), _stays_for(viewer)
    )


def _stays_for(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that a `HelpAsk` is closed, and the viewer wrote under it and is among those it was for."""
    wrote = sa.select(HelpPost.id).where(HelpPost.ask_id == HelpAsk.id, HelpPost.person_id == viewer.person_id)
    team = sa.select(AudienceMember.audience_id).where(
        AudienceMember.person_id == HelpAsk.asker_id, AudienceMember.audience_id.in_(sorted(viewer.audience_ids))
    )
    here = sa.select(Person.id).where(
        Person.id == HelpAsk.asker_id, Person.kind != "guest", sa.literal(not viewer.is_guest)
    )
    wrote, team, here = (one.correlate(HelpAsk) for one in (wrote, team, here))  # whatever stands around
    for_them = sa.or_(
        sa.and_(HelpAsk.shown_to == "everyone", here.exists()), sa.and_(HelpAsk.shown_to != "asked", team.exists())
    )
    return sa.and_(HelpAsk.state == "closed", wrote.exists(), for_them)


def read_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may read a `HelpPost` of an ask that they see."""
    return sa.or_(HelpPost.muted.is_(False), HelpPost.person_id == viewer.person_id)


def _told(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may read which `HelpOffer` an ask takes up: one for teams the two alone."""
    two = sa.or_(HelpAsk.asker_id == viewer.person_id, HelpOffer.person_id == viewer.person_id)
    return sa.or_(HelpOffer.shown_to == "everyone", two)


# ---- one, or several ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WasAsked:
    """How I came to be asked. by: who named me, as far as I may see them; line: their word."""

    id: int
    source: str
    by: Card | None
    line: str
    said: str | None
    at: datetime


@dataclass(frozen=True)
class AskView:
    """One ask, as this viewer may see it. asker: None for somebody whom the viewer does not see.

    asked_count, next_round_at: for its asker alone; asked: how I came to be asked; may: the actions of `states.ASK`
    that the viewer may do now; my_promise: the public id of an open promise of mine on it.
    """

    id: int
    public_id: str
    asker_id: int
    asker: Card | None
    question: str
    details: str
    details_html: str
    topics: tuple[TopicName, ...]
    minutes: int | None
    due_on: date | None
    is_past_due: bool
    shown_to: str
    fresh_eyes: bool
    state: str
    at: datetime
    edited_at: datetime | None
    version: int
    is_mine: bool
    asked: WasAsked | None
    may: frozenset[str]
    my_promise: str
    has_promise: bool
    asked_count: int
    next_round_at: datetime | None
    offer: str

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def ask_id_of(viewer: Viewer, public_id: str) -> int:
    """The number of the ask at that address. `NotVisible` when there is none for this viewer."""
    if not public_id.isascii() or not public_id.isalnum() or len(public_id) > 40:
        raise NotVisible
    ask_id = db.session.scalar(sa.select(HelpAsk.id).where(HelpAsk.public_id == public_id, seen_by(viewer)))
    if ask_id is None:
        raise NotVisible
    return ask_id


def ask_for(viewer: Viewer, public_id: str) -> AskView:
    """The ask at that address. `NotVisible` when there is none for this viewer."""
    found = views(viewer, [ask_id_of(viewer, public_id)])
    if not found:
        raise NotVisible
    return found[0]


def views(viewer: Viewer, ask_ids: Sequence[int]) -> list[AskView]:
    """Those asks, in that order, without what the viewer may not see. A fixed number of queries."""
    if not ask_ids:
        return []
    rows = {
        row.id: (row, offer)
        for row, offer in db.session.execute(
            sa.select(HelpAsk, HelpOffer.what)
            .outerjoin(HelpOffer, sa.and_(HelpOffer.id == HelpAsk.offer_id, _told(viewer)))
            .where(HelpAsk.id.in_(ask_ids), seen_by(viewer))
        ).tuples()
    }
    ids = list(rows)
    mine = {
        row.ask_id: row
        for row in db.session.scalars(
            sa.select(HelpAsked).where(HelpAsked.ask_id.in_(ids), HelpAsked.person_id == viewer.person_id)
        )
    }
    people = {row.asker_id for row, _offer in rows.values()} | {one.by_id for one in mine.values() if one.by_id}
    known = former_and_present(viewer, sorted(people))
    topics = topics_of(viewer, ids)
    promises = _promises(viewer, ids)
    counts = _asked_counts([one for one, (row, _offer) in rows.items() if row.asker_id == viewer.person_id])
    today = clock.today(viewer.zone)
    return [
        _view(viewer, *rows[one], mine.get(one), known, topics.get(one, ()), promises.get(one, []), counts, today)
        for one in ask_ids
        if one in rows
    ]


def topics_of(viewer: Viewer, ask_ids: Collection[int]) -> dict[int, tuple[TopicName, ...]]:
    """The topics of each of these asks that the viewer may know of. One query."""
    return names_of(viewer, HelpAskTopic.ask_id, HelpAskTopic.topic_id, ask_ids)


def _promises(viewer: Viewer, ask_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """(giver, public id) of the open promises on each ask that the viewer may know of: those of the two they are
    between."""
    rows = db.session.execute(
        sa.select(HelpPromise.ask_id, HelpPromise.giver_id, HelpPromise.public_id)
        .where(
            HelpPromise.ask_id.in_(ask_ids),
            HelpPromise.state == "open",
            sa.or_(
                HelpPromise.giver_id == viewer.person_id,
                sa.and_(HelpPromise.receiver_id == viewer.person_id, HelpPromise.muted.is_(False)),
            ),
        )
        .order_by(HelpPromise.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for ask_id, giver_id, public_id in rows.tuples():
        found.setdefault(ask_id or 0, []).append((giver_id, public_id))
    return found


def _asked_counts(ask_ids: Collection[int]) -> dict[int, int]:
    """How many were found and asked. Whom colleagues named are not among them: the asker would learn of it."""
    if not ask_ids:
        return {}
    rows = db.session.execute(
        sa.select(HelpAsked.ask_id, sa.func.count())
        .where(HelpAsked.ask_id.in_(ask_ids), HelpAsked.source != "named")
        .group_by(HelpAsked.ask_id)
    )
    return dict(rows.tuples().all())


def roles_in(viewer: Viewer, row: HelpAsk, asked: HelpAsked | None) -> set[str]:
    """The roles of `states.ASK` that the viewer, who may see it, has."""
    if row.asker_id == viewer.person_id:
        return {"asker"}
    return {"reader", "asked"} if asked is not None and asked.said is None else {"reader"}


def _view(
    viewer: Viewer,
    row: HelpAsk,
    offer: str | None,
    asked: HelpAsked | None,
    known: dict[int, Card],
    topics: tuple[TopicName, ...],
    promises: list[tuple[int, str]],
    counts: dict[int, int],
    today: date,
) -> AskView:
    is_mine = row.asker_id == viewer.person_id
    roles = roles_in(viewer, row, asked)
    may = {step.action for step in ASK.steps if ASK.verdict(step.action, state=row.state, roles=roles) == "may"}
    mine = next((public_id for giver_id, public_id in promises if giver_id == viewer.person_id), "")
    if mine:
        may.discard("promise")
    return AskView(
        id=row.id,
        public_id=row.public_id,
        asker_id=row.asker_id,
        asker=known.get(row.asker_id),
        question=row.question,
        details=row.details,
        details_html=row.details_html,
        topics=topics,
        minutes=row.minutes,
        due_on=row.due_on,
        is_past_due=row.due_on is not None and row.due_on < today,
        shown_to=row.shown_to,
        fresh_eyes=row.fresh_eyes,
        state=row.state,
        at=row.at,
        edited_at=row.edited_at,
        version=row.version,
        is_mine=is_mine,
        asked=WasAsked(asked.id, asked.source, known.get(asked.by_id or 0), asked.line, asked.said, asked.at)
        if asked is not None
        else None,
        may=frozenset(may),
        my_promise=mine,
        has_promise=bool(promises),
        asked_count=counts.get(row.id, 0) if is_mine else 0,
        next_round_at=row.next_round_at if is_mine else None,
        offer=offer or "",
    )


def token_of(asked: HelpAsked) -> str:
    """The secret part of the two links in the mail to whoever was asked."""
    return links.token_for(ANSWER, asked.id, asked.nonce)


# ---- the thread --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PostView:
    """Something written under an ask. by: None for somebody whom the viewer does not see."""

    id: int
    by: Card | None
    words: str
    words_html: str
    at: datetime
    is_mine: bool
    is_useful: bool
    may_be_found: bool | None


def posts(viewer: Viewer, ask_id: int, *, cursor: str | None = None, size: int = POSTS) -> Page[PostView]:
    """A page of what was written under an ask that the viewer sees, the oldest first."""
    query = sa.select(HelpPost).where(HelpPost.ask_id == ask_id, read_by(viewer))
    start = read_cursor(cursor, int)
    if start:
        query = query.where(HelpPost.id > start[0])
    rows = db.session.scalars(query.order_by(HelpPost.id).limit(size + 1)).all()
    page = page_of(rows, size, lambda row: cursor_of(row.id))

    def shown(some: list[HelpPost]) -> list[PostView]:
        known = former_and_present(viewer, sorted({row.person_id for row in some}))
        return [
            PostView(
                row.id,
                known.get(row.person_id),
                row.words,
                row.words_html,
                row.at,
                row.person_id == viewer.person_id,
                row.useful_at is not None,
                row.may_be_found,
            )
            for row in some
        ]

    return page.map(shown)


def page_with(viewer: Viewer, ask_id: int, post_id: int, size: int = POSTS) -> str | None:
    """The cursor of the page of a thread on which a post stands; None for the first page."""
    thread = sa.select(HelpPost.id).where(HelpPost.ask_id == ask_id, read_by(viewer))
    before = db.session.scalar(sa.select(sa.func.count()).select_from(thread.where(HelpPost.id < post_id).subquery()))
    pages = (before or 0) // size
    if not pages:
        return None
    last = db.session.scalar(thread.order_by(HelpPost.id).offset(pages * size - 1).limit(1))
    return cursor_of(last) if last is not None else None


# ---- lists -------------------------------------------------------------------------------------------------


def asks(
    viewer: Viewer,
    *,
    answered: bool = False,
    topic_id: int | None = None,
    team_audience_id: int | None = None,
    cursor: str | None = None,
    size: int = ON_PAGE,
) -> Page[AskView]:
    """A page of open asks (or of those that were answered) that stand on the viewer's lists, the newest first."""
    if team_audience_id is not None and team_audience_id not in viewer.audience_ids and viewer.is_guest:
        return Page([], None)
    start = read_cursor(cursor, int)
    row, other = HelpAskListing, sa.orm.aliased(HelpAskListing)
    where: list[sa.ColumnElement[bool]] = []
    if team_audience_id is not None:
        # The team's rows give the order; what may be seen stands in the viewer's own.
        mine = sa.orm.aliased(HelpAskListing)
        seen_ = sa.select(mine.ask_id).where(mine.ask_id == row.ask_id, visible_to(viewer, mine.audience_id + 0))
        where.append(seen_.exists())
    if start:
        last = sa.select(sa.func.max(other.at)).where(other.ask_id == start[0])
        where.append(sa.tuple_(row.at, row.ask_id) < sa.tuple_(last.scalar_subquery(), start[0]))
    audience_ids = viewer.audience_ids if team_audience_id is None else [team_audience_id]
    about = [topic_id] if topic_id is not None else None
    rows = _newest(audience_ids, size + 1, about=about, answered=answered, where=where)
    return page_of(rows, size, cursor_of).map(lambda some: views(viewer, some))


def _newest(
    audience_ids: Collection[int],
    size: int,
    *,
    about: Collection[int] | sa.Select[int] | None = None,
    answered: bool = False,
    where: Sequence[sa.ColumnElement[bool]] = (),
) -> Sequence[int]:
    """The newest asks that stand on the lists of these audiences, about one of these topics at least."""
    row = HelpAskListing

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        return sa.select(row.ask_id, row.at).where(audience, row.is_open.is_(not answered), *where)

    query = newest_about(branch, row.audience_id, row.ask_id, audience_ids, size, about, HelpAskTopic.ask_id)
    return db.session.scalars(query).all() if query is not None else []


def for_each(found: sa.Select[int]) -> sa.ColumnElement[bool]:
    """Is there one, asked of each row by itself? `EXISTS` says the same, but PostgreSQL makes a join of it and reads
    all that stands under a topic, where the first few rows of a list are enough."""
    return found.limit(1).scalar_subquery().is_not(None)


def newest_about(
    branch: Callable[[sa.ColumnElement[bool]], Rows],
    audience: InstrumentedAttribute[int],
    listed_id: InstrumentedAttribute[int],
    audience_ids: Collection[int],
    size: int,
    about: Collection[int] | sa.Select[int] | None,
    linked_id: InstrumentedAttribute[int],
) -> Rows | None:
    """`top_of_audiences` by `at`, of those about one of these topics (None: of all). Where little stands under the
    topics, that is where it begins; else along the lists, where enough of it comes soon. linked_id: of the table that
    says what is about which topic. None where there is nothing. One query beside."""
    order = ("at", listed_id.key)
    if about is None:
        return top_of_audiences(audience_ids, branch, audience, order, size, descending=True)
    topic_id = linked_id.class_.topic_id
    same = sa.select(Topic.id).where(sa.or_(Topic.id.in_(about), Topic.merged_into_id.in_(about)))
    under = sa.select(linked_id).where(topic_id.in_(same))
    few = db.session.scalars(under.limit(FEW + 1)).all()
    if not few:
        return None
    if len(few) <= FEW:
        # (+ 0: by what it is about, and not by whom it is for)
        rows = branch((audience + 0).in_(sorted(audience_ids))).where(among(listed_id, few))
        return rows.distinct().order_by(*(rows.selected_columns[name].desc() for name in order)).limit(size)
    one = for_each(under.where(linked_id == listed_id))
    return top_of_audiences(
        audience_ids, lambda which: branch(which).where(one), audience, order, size, descending=True
    )


def my_asks(viewer: Viewer, *, cursor: str | None = None, size: int = ON_PAGE) -> Page[AskView]:
    """What I asked, the newest first."""
    query = sa.select(HelpAsk.id).where(HelpAsk.asker_id == viewer.person_id)
    start = read_cursor(cursor, int)
    if start:
        query = query.where(HelpAsk.id < start[0])
    rows = db.session.scalars(query.order_by(HelpAsk.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, cursor_of).map(lambda some: views(viewer, some))


def open_already(viewer: Viewer, key: str, *, but: int = 0) -> str | None:
    """The public id of what I asked in words that read the same (`findable.key_of`) and that is still open. but: an
    ask that is not meant."""
    same = sa.select(HelpAsk.public_id).where(
        HelpAsk.asker_id == viewer.person_id,
        HelpAsk.question_key == key,
        HelpAsk.state == "open",
        HelpAsk.id != but,
    )
    return db.session.scalar(same.limit(1))


def waiting_for_me(viewer: Viewer, most: int = FOR_ME) -> list[AskView]:
    """Open asks that were put to me and that I have not answered, the newest first."""
    ids = db.session.scalars(
        sa.select(HelpAsked.ask_id)
        .join(HelpAsk, HelpAsk.id == HelpAsked.ask_id)
        .where(
            HelpAsked.person_id == viewer.person_id,
            HelpAsked.said.is_(None),
            HelpAsk.state == "open",
            HelpAsk.asker_id != viewer.person_id,
            ~keeps_apart(viewer.person_id, HelpAsk.asker_id),
        )
        .order_by(HelpAsked.id.desc())
        .limit(most)
    ).all()
    return views(viewer, ids)


def i_could_answer(viewer: Viewer, most: int = FOR_ME) -> list[AskView]:
    """Open asks first that were put to me, then those about what I can be asked about, the newest first. A fixed
    number of queries."""
    first = waiting_for_me(viewer, most)
    mine = (
        sa.select(root_of())
        .join(TopicClaim, TopicClaim.topic_id == Topic.id)
        .where(TopicClaim.person_id == viewer.person_id, TopicClaim.level != "learning", TopicClaim.is_open.is_(True))
        .correlate(None)
    )
    left = most - len(first)
    if left <= 0:
        return first
    answered = sa.select(HelpAsked.id).where(
        HelpAsked.ask_id == HelpAsk.id, HelpAsked.person_id == viewer.person_id, HelpAsked.said.is_not(None)
    )
    promised = sa.select(HelpPromise.id).where(
        HelpPromise.ask_id == HelpAsk.id, HelpPromise.giver_id == viewer.person_id, HelpPromise.state == "open"
    )
    for_me = sa.select(HelpAsk.id).where(
        HelpAsk.id == HelpAskListing.ask_id,
        HelpAsk.asker_id != viewer.person_id,
        HelpAsk.id.not_in([one.id for one in first]),
        ~answered.exists(),
        ~promised.exists(),
        ~keeps_apart(viewer.person_id, HelpAsk.asker_id),
    )
    ids = _newest(viewer.audience_ids, left, about=mine, where=[for_me.exists()])
    return first + views(viewer, ids)


# ---- how often I am asked ----------------------------------------------------------------------------------


def open_asks_of(viewer: Viewer, person_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """For each of these people their newest open ask that the viewer may see: its key, the question. One query."""
    rows = db.session.execute(
        sa.select(HelpAsk.asker_id, HelpAsk.public_id, HelpAsk.question)
        .where(HelpAsk.asker_id.in_(list(person_ids)), HelpAsk.state == "open", seen_by(viewer))
        .order_by(HelpAsk.id)
        .limit(200)
    ).tuples()
    return {asker_id: (public_id, question) for asker_id, public_id, question in rows if asker_id is not None}


def my_limit(viewer: Viewer) -> int:
    """How often I may be asked in a week."""
    return limits([viewer.person_id])[viewer.person_id]


def limits(person_ids: Collection[int]) -> dict[int, int]:
    """The same of several people. One query."""
    rows = db.session.execute(
        sa.select(HelpWish.person_id, HelpWish.a_week).where(HelpWish.person_id.in_(sorted(person_ids)))
    )
    chosen = dict(rows.tuples().all())
    return {one: chosen.get(one, A_WEEK) for one in person_ids}


# ---- for the index of search --------------------------------------------------------------------------------


def useful_of(person_ids: Collection[int]) -> list[int]:
    """Their posts that answered a question."""
    rows = sa.select(HelpPost.id).where(HelpPost.person_id.in_(person_ids), HelpPost.useful_at.is_not(None))
    return list(db.session.scalars(rows))


def about_topics(topic_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Asks about these topics, and the posts that answered them."""
    asks_ = sa.select(HelpAskTopic.ask_id).where(HelpAskTopic.topic_id.in_(topic_ids))
    useful = sa.select(HelpPost.id).where(HelpPost.ask_id.in_(asks_), HelpPost.useful_at.is_not(None))
    return list(db.session.scalars(asks_)), list(db.session.scalars(useful))
