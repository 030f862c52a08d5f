"""Rules and writes of asks: asking, the rounds, the thread. Promises and offers have rooms of their own."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.accounts.models import Account
from portal.audiences.models import AudienceMember
from portal.audiences.queries import teams_of
from portal.core import clock, links
from portal.core.auth import Viewer
from portal.core.db import at_the_end, batches, db, insert_many, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.markup import safe_html
from portal.moderation.queries import keeps_apart, who_blocked, who_keeps_apart
from portal.people import names
from portal.people.models import Person, Place
from portal.people.queries import listed
from portal.topics.queries import may_be_named

from . import findable, queries, routing, rules
from .events import (
    AnswerConsented,
    AnswerMarked,
    AnswerUnmarked,
    AskChanged,
    AskClosed,
    AskDeclined,
    AskPosted,
    AskRaised,
    AskReopened,
    AskWithdrawn,
    HelperNamed,
    PeopleAsked,
    PostWithdrawn,
    PostWritten,
)
from .models import (
    A_WEEK,
    MINUTES,
    RAISED_AFTER,
    SHOWN_TO,
    HelpAsk,
    HelpAsked,
    HelpAskListing,
    HelpAskTopic,
    HelpOffer,
    HelpPost,
    HelpPromise,
    HelpWish,
)
from .routing import Candidate
from .states import ASK

MAX_QUESTION = 200
MAX_DETAILS = 2_000
MAX_POST = 2_000
MAX_LINE = 200
MOST_TOPICS = 5
MOST_OPEN = 20  # open asks of one person
MOST_POSTS = 1_000  # under one ask
COUNTED = ("found", "named", "direct")  # ways of being asked that a week's limit is for


@dataclass(frozen=True)
class Question:
    """What is asked. minutes: about how long it takes; due_on: a day where the asker is; shown_to: of `SHOWN_TO`."""

    question: str
    details: str = ""
    topic_ids: tuple[int, ...] = ()
    minutes: int | None = None
    due_on: date | None = None
    shown_to: str = "everyone"
    fresh_eyes: bool = False


# ---- asking ------------------------------------------------------------------------------------------------


def ask(
    *,
    viewer: Viewer,
    question: Question,
    able: Sequence[Candidate] = (),
    to_id: int | None = None,
    offer_id: int | None = None,
) -> str:
    """Ask; the public id of the ask. At most three of those who are able are asked at once, or the one it is put to.

    able: who can probably answer, as `able.able` says; what has changed since is looked at again here. to_id: the one
    colleague it is put to. offer_id: the offer that is taken up (its person is asked). Raises `RuleBroken` on
    "question", "details", "topics", "minutes", "due_on", "shown_to", "to".
    """
    by_name = [to_id] if to_id is not None and offer_id is None else []
    asker = rules.held_people([viewer.person_id, *by_name]).get(viewer.person_id)
    if asker is None:
        raise NotVisible
    rules.not_paused(viewer)
    _check(viewer, question)
    key = findable.key_of(question.question)
    _not_again(viewer, key)
    _not_too_many(viewer)
    source = None
    if offer_id is not None:
        to_id, source = _offerer(viewer, offer_id), "offer"
    elif to_id is not None:
        _may_be_asked(viewer, to_id)
        source = "direct"
    now = clock.now()
    row = HelpAsk(
        public_id=secrets.token_hex(8),
        asker_id=viewer.person_id,
        question=question.question,
        question_key=key,
        details=question.details,
        details_html=safe_html(question.details) if question.details else "",
        minutes=question.minutes,
        due_on=question.due_on,
        shown_to=question.shown_to,
        fresh_eyes=question.fresh_eyes,
        offer_id=offer_id,
        at=now,
        raise_at=now + RAISED_AFTER if question.shown_to != "asked" else None,
    )
    db.session.add(row)
    db.session.flush()
    _note_topics(row.id, question.topic_ids)
    _list(row)
    publish(AskPosted(row.id, viewer.person_id, offer_id))
    if to_id is not None and source is not None:
        _put_to(row, [to_id], source)
    else:
        _ask_some(row, able, now)
    at_the_end(findable.put_asks, [row.id])
    return row.public_id


def _check(viewer: Viewer, question: Question) -> None:
    rules.check_words("question", question.question, MAX_QUESTION)
    rules.short("details", question.details, MAX_DETAILS)
    if question.minutes is not None and question.minutes not in MINUTES:
        raise RuleBroken("minutes", gettext("Pick one from the list"))
    if question.shown_to not in SHOWN_TO or (viewer.is_guest and question.shown_to == "everyone"):
        raise RuleBroken("shown_to", gettext("Pick one from the list"))
    rules.check_day(viewer, "due_on", question.due_on)
    if len(set(question.topic_ids)) > MOST_TOPICS:
        over = len(set(question.topic_ids)) - MOST_TOPICS
        raise RuleBroken(
            "topics", ngettext("At most 5 topics: %(num)d too many", "At most 5 topics: %(num)d too many", over)
        )
    if not all(may_be_named(viewer, one) for one in set(question.topic_ids)):
        raise RuleBroken("topics", gettext("We know no topic of that name"))


def _not_again(viewer: Viewer, key: str, *, field: str = "question", ask_id: int = 0) -> None:
    """Nothing else that they ask reads the same. ask_id: the ask itself, where it is there already."""
    if queries.open_already(viewer, key, but=ask_id) is not None:
        raise RuleBroken(field, gettext("You asked this already, and it is still open."))


def _not_too_many(viewer: Viewer) -> None:
    mine = sa.select(sa.func.count()).where(HelpAsk.asker_id == viewer.person_id, HelpAsk.state == "open")
    if (db.session.scalar(mine) or 0) >= MOST_OPEN:
        raise RuleBroken("", gettext("You have 20 open asks. Close one that you do not need any more."))


def _may_be_asked(viewer: Viewer, person_id: int) -> None:
    if person_id == viewer.person_id:
        raise RuleBroken(
            "to", gettext("That is you. Sent once more, your question goes to colleagues who can probably answer.")
        )
    there = sa.select(Person.id).where(Person.id == person_id, listed(viewer, Person.id), Person.left_at.is_(None))
    if db.session.scalar(there) is None:
        raise RuleBroken("to", gettext("Nobody with that name"))
    if _is_asked_enough(person_id, viewer.person_id):
        words = gettext(
            "They are asked as often as they like for now. Sent once more, your question goes to others who can "
            "probably answer."
        )
        raise RuleBroken("to", words)


def _offerer(viewer: Viewer, offer_id: int) -> int:
    """Whose offer is taken up. It is held, so that two at once are not more than it is for."""
    offer = db.session.get(HelpOffer, offer_id, with_for_update=True, populate_existing=True)
    if offer is None:
        raise NotVisible
    if offer.person_id == viewer.person_id:
        raise RuleBroken("", gettext("That is your own offer."))
    seen = db.session.scalar(sa.select(Person.id).where(Person.id == offer.person_id, listed(viewer, Person.id)))
    for_others = offer.shown_to == "teams" and viewer.audience_ids.isdisjoint(teams_of(offer.person_id))
    if seen is None or for_others:
        raise NotVisible
    if offer.state != "open" or rules.taken_of(viewer, [offer_id]).get(offer_id, 0) >= offer.at_once:
        raise RuleBroken("", gettext("This offer is taken up at the moment. You can ask all the same, without it."))
    return offer.person_id


def _note_topics(ask_id: int, topic_ids: Collection[int]) -> None:
    insert_missing(HelpAskTopic, [{"ask_id": ask_id, "topic_id": one} for one in sorted(set(topic_ids))])


# ---- who reads it ------------------------------------------------------------------------------------------


def _list(*rows: HelpAsk) -> None:
    """On whose lists these asks stand, made anew. A fixed number of statements."""
    gone = sa.delete(HelpAskListing).where(HelpAskListing.ask_id.in_([row.id for row in rows]))
    db.session.execute(gone.execution_options(synchronize_session=False))
    insert_missing(HelpAskListing, listings(rows))


def listings(rows: Sequence[HelpAsk]) -> list[dict[str, Any]]:
    """The rows of `HelpAskListing` that there have to be for these asks. Two queries."""
    shown = [row for row in rows if row.state != "closed"]
    audiences = rules.audiences({row.asker_id for row in shown})
    return [
        {"audience_id": one, "ask_id": row.id, "is_open": row.state == "open", "at": row.raised_at or row.at}
        for row in shown
        for one in audiences[row.asker_id, row.shown_to]
    ]


def list_again(ask_ids: Sequence[int]) -> None:
    """Those asks stand on the lists they belong on, whatever was there."""
    _list(*db.session.scalars(sa.select(HelpAsk).where(HelpAsk.id.in_(ask_ids)).order_by(HelpAsk.id)).all())


def _is_guest(person_id: int) -> bool:
    return db.session.scalar(sa.select(Person.kind).where(Person.id == person_id)) == "guest"


def relist(person_ids: Collection[int]) -> None:
    """Their teams, or who they are, changed: their asks are read by whom they are shown to today."""
    for some in batches(person_ids):
        rows = db.session.scalars(
            sa.select(HelpAsk).where(HelpAsk.asker_id.in_(some), HelpAsk.state != "closed").order_by(HelpAsk.id)
        ).all()
        _list(*rows)
        at_the_end(findable.put_asks, [row.id for row in rows])


# ---- rounds ------------------------------------------------------------------------------------------------


def _ask_some(row: HelpAsk, able: Sequence[Candidate], now: datetime) -> None:
    """Ask the next few of those who are able, and say when to look again. Nobody at all: the same, later."""
    asker = db.session.get_one(Person, row.asker_id)
    loaded = _loaded(row, able, now)
    chosen = routing.choose(loaded, seed=row.id * 31 + row.rounds, fresh_eyes=row.fresh_eyes, now=now)
    _put_to(row, [one.person_id for one in chosen], "found")
    row.rounds += 1
    since = row.next_round_at or now
    row.next_round_at = rules.next_round(row, asker, since) if row.rounds < routing.ROUNDS else None


def _loaded(row: HelpAsk, able: Sequence[Candidate], now: datetime) -> list[Candidate]:
    """Those who may be asked, with what they have to do already. Each is held until the end: nobody else counts what
    they are asked meanwhile."""
    by_id = {one.person_id: one for one in able if one.person_id != row.asker_id}
    asked = sa.select(HelpAsked.person_id).where(HelpAsked.ask_id == row.id)
    out = set(db.session.scalars(asked)) | who_keeps_apart(row.asker_id, list(by_id))
    held = rules.held_people(set(by_id) - out)
    ids = _with_account(list(held))
    if row.shown_to == "teams":
        ids &= _in_teams_of(row.asker_id, ids)
    if not ids:
        return []
    waiting, lately, last = _asked_of(ids, now, row.asker_id)
    promised = _open_promises(ids)
    limits = queries.limits(ids)
    zones = _zones(ids)
    return [
        replace(
            by_id[one],
            open_promises=promised.get(one, 0),
            asks_waiting=waiting.get(one, 0),
            asked_lately=lately.get(one, 0),
            limit=limits[one],
            away=held[one].is_away(now.astimezone(clock.zone(zones.get(one))).date()),
            last_asked=last.get(one),
        )
        for one in sorted(ids)
    ]


def _with_account(person_ids: Sequence[int]) -> set[int]:
    """Only people who have signed in are asked."""
    return set(db.session.scalars(sa.select(Account.person_id).where(Account.person_id.in_(person_ids))))


def _in_teams_of(person_id: int, among: Collection[int]) -> set[int]:
    rows = sa.select(AudienceMember.person_id).where(
        AudienceMember.audience_id.in_(teams_of(person_id)), AudienceMember.person_id.in_(among)
    )
    return set(db.session.scalars(rows))


def _zones(person_ids: Collection[int]) -> dict[int, str | None]:
    rows = db.session.execute(
        sa.select(Person.id, sa.func.coalesce(Person.time_zone, Place.time_zone))
        .outerjoin(Place, Place.id == Person.place_id)
        .where(Person.id.in_(person_ids))
    )
    return dict(rows.tuples().all())


def _asked_of(
    person_ids: Collection[int], now: datetime, asker_id: int
) -> tuple[dict[int, int], dict[int, int], dict[int, datetime]]:
    """By person: asks that wait for an answer, how often they were asked in seven days, when last. What never reached
    them (they kept whoever asked apart by then) is no burden; an asker's own counts, so that they do not notice. Two
    queries."""
    apart = keeps_apart(HelpAsked.person_id, HelpAsk.asker_id, HelpAsked.at)
    reached = sa.or_(HelpAsk.asker_id == asker_id, ~apart)
    waiting = db.session.execute(
        sa.select(HelpAsked.person_id, sa.func.count())
        .join(HelpAsk, HelpAsk.id == HelpAsked.ask_id)
        .where(HelpAsked.person_id.in_(person_ids), HelpAsked.said.is_(None), HelpAsk.state == "open", reached)
        .group_by(HelpAsked.person_id)
    )
    recent = sa.case((HelpAsked.at > now - routing.LATELY, 1), else_=0)
    rows = db.session.execute(
        sa.select(HelpAsked.person_id, sa.func.sum(recent), sa.func.max(HelpAsked.at))
        .join(HelpAsk, HelpAsk.id == HelpAsked.ask_id)
        .where(HelpAsked.person_id.in_(person_ids), HelpAsked.source.in_(COUNTED), reached)
        .group_by(HelpAsked.person_id)
    ).all()
    lately = {person_id: int(count) for person_id, count, _last in rows}
    return dict(waiting.tuples().all()), lately, {person_id: last for person_id, _count, last in rows}


def _is_asked_enough(person_id: int, asker_id: int) -> bool:
    """As often in seven days as they like; they are held."""
    _waiting, lately, _last = _asked_of([person_id], clock.now(), asker_id)
    return lately.get(person_id, 0) >= queries.limits([person_id])[person_id]


def _open_promises(person_ids: Collection[int]) -> dict[int, int]:
    rows = db.session.execute(
        sa.select(HelpPromise.giver_id, sa.func.count())
        .where(HelpPromise.giver_id.in_(person_ids), HelpPromise.state == "open")
        .group_by(HelpPromise.giver_id)
    )
    return dict(rows.tuples().all())


def _put_to(row: HelpAsk, person_ids: Sequence[int], source: str, by_id: int | None = None, line: str = "") -> None:
    """Write down who is asked, and tell it to whoever listens."""
    now = clock.now()
    rows = [
        {
            "ask_id": row.id, "person_id": one, "source": source, "by_id": by_id, "line": line, "round": row.rounds,
            "nonce": links.new_nonce(), "at": now, "said": None, "said_at": None,
        }
        for one in person_ids
    ]  # fmt: skip
    insert_many(HelpAsked, rows)
    reached = _reached(row, person_ids)
    if not reached:
        return
    if source == "named":
        publish(HelperNamed(row.id, reached[0], by_id or 0))
    else:
        publish(PeopleAsked(row.id, tuple(reached)))


def _reached(row: HelpAsk, person_ids: Sequence[int]) -> list[int]:
    """Those of these people who are told: whoever keeps the asker apart never is."""
    told = sa.select(Person.id).where(Person.id.in_(person_ids), ~keeps_apart(Person.id, row.asker_id))
    return list(db.session.scalars(told.order_by(Person.id)))


def due_rounds(most: int = 20) -> list[int]:
    """Asks for which it is time to ask the next ones, the longest due first."""
    due = sa.select(HelpAsk.id).where(HelpAsk.next_round_at <= clock.now())
    return list(db.session.scalars(due.order_by(HelpAsk.next_round_at, HelpAsk.id).limit(most)))


def ask_next(*, ask_id: int, able: Sequence[Candidate]) -> None:
    """Ask the next ones, if it still is time: the ask is open, its day is not over, and nobody promised yet. Whoever
    looks at it at the same moment leaves it to us."""
    row = db.session.scalar(sa.select(HelpAsk).where(HelpAsk.id == ask_id).with_for_update(skip_locked=True))
    now = clock.now()
    if row is None or row.next_round_at is None or row.next_round_at > now:
        return
    asker = db.session.get_one(Person, row.asker_id)
    today = now.astimezone(clock.zone(rules.zone_of(asker))).date()
    over = row.due_on is not None and row.due_on < today
    if ASK.verdict("ask people", state=row.state, roles={"worker"}) != "may" or over or rules.has_promise(row.id):
        row.next_round_at = None
        return
    _ask_some(row, able, now)


def raise_due() -> bool:
    """An ask that nobody answered in a week stands on top once more; True when there may be more."""
    due = sa.select(HelpAsk).where(HelpAsk.raise_at <= clock.now()).order_by(HelpAsk.raise_at, HelpAsk.id).limit(1)
    row = db.session.scalar(due.with_for_update(skip_locked=True))
    if row is None:
        return False
    at, row.raise_at = row.raise_at, None
    answered = sa.select(HelpPost.id).where(
        HelpPost.ask_id == row.id, HelpPost.person_id != row.asker_id, HelpPost.muted.is_(False)
    )
    may = ASK.verdict("raise", state=row.state, roles={"worker"}) == "may"
    if may and not rules.has_promise(row.id) and db.session.scalar(answered.limit(1)) is None:
        row.raised_at = at
        _list(row)
        publish(AskRaised(row.id))
    return True


# ---- what its asker does with it ---------------------------------------------------------------------------


def change(*, viewer: Viewer, ask_id: int, question: Question, version: int) -> None:
    """Other words, topics, day or readers; whoever was asked stays so. `ChangedMeanwhile` for another tab."""
    row = rules.held_ask(viewer, ask_id, "change")
    due_on = question.due_on
    _check(viewer, replace(question, due_on=None if due_on == row.due_on else due_on))
    if version != row.version:
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Your words are below: look, then save again.")
        )
    key = findable.key_of(question.question)
    if key != row.question_key:
        _not_again(viewer, key, ask_id=row.id)
    row.question, row.question_key = question.question, key
    row.details = question.details
    row.details_html = safe_html(question.details) if question.details else ""
    row.minutes, row.shown_to, row.fresh_eyes = question.minutes, question.shown_to, question.fresh_eyes
    if due_on != row.due_on:
        row.due_on = due_on
        _look_on(row)
    rules.raise_in_a_week(row)
    row.edited_at = clock.now()
    row.version += 1
    gone = sa.delete(HelpAskTopic).where(HelpAskTopic.ask_id == row.id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    _note_topics(row.id, question.topic_ids)
    _list(row)
    at_the_end(findable.put_asks, [row.id])
    at_the_end(findable.put_answers, _useful(row.id))
    publish(AskChanged(row.id))


def take_back(*, viewer: Viewer, ask_id: int) -> None:
    """It is gone, with what was written under it. What was promised stays between the two."""
    row = rules.held_ask(viewer, ask_id, "take back")
    at_the_end(findable.put_asks, [row.id])
    at_the_end(findable.put_answers, _useful(row.id))
    publish(AskWithdrawn(row.id))
    db.session.delete(row)
    db.session.flush()


def close(*, viewer: Viewer, ask_id: int) -> None:
    """It is not needed any more. Its thread stays, for those who are named in it; it stands on no list."""
    row = rules.held_ask(viewer, ask_id, "close")
    _close(row)


def _close(row: HelpAsk) -> None:
    row.state, row.ended_at, row.next_round_at, row.raise_at = "closed", clock.now(), None, None
    _list(row)
    at_the_end(findable.put_asks, [row.id])
    at_the_end(findable.put_answers, _useful(row.id))
    publish(AskClosed(row.id))


def close_of(person_id: int) -> None:
    """Somebody left: their open asks are closed. What was answered is found as before: it is also whose answer it
    was."""
    rows = db.session.scalars(
        sa.select(HelpAsk).where(HelpAsk.asker_id == person_id, HelpAsk.state == "open").with_for_update()
    ).all()
    for row in rows:
        _close(row)


def open_again(*, viewer: Viewer, ask_id: int) -> None:
    """It is needed after all."""
    rules.held_people([viewer.person_id])
    row = rules.held_ask(viewer, ask_id, "open again")
    _not_again(viewer, row.question_key, field="", ask_id=row.id)
    _not_too_many(viewer)
    row.state, row.ended_at = "open", None
    _look_on(row)
    rules.raise_in_a_week(row)
    _list(row)
    at_the_end(findable.put_asks, [row.id])
    at_the_end(findable.put_answers, _useful(row.id))
    publish(AskReopened(row.id))


def _look_on(row: HelpAsk) -> None:
    """It was opened again, or is needed by another day: when the next ones are asked, where any are."""
    asker = db.session.get_one(Person, row.asker_id)
    if row.next_round_at is not None:
        row.next_round_at = rules.in_time(row, asker, row.next_round_at)
    elif row.rounds and row.rounds < routing.ROUNDS and not rules.has_promise(row.id):
        row.next_round_at = rules.next_round(row, asker, clock.now())


# ---- what others do with it --------------------------------------------------------------------------------


def say_no(*, viewer: Viewer, ask_id: int) -> None:
    """Not me: nobody is told, and nothing happens sooner for it. Twice is once; too late is no harm."""
    asked = db.session.scalar(
        sa.select(HelpAsked)
        .where(HelpAsked.ask_id == ask_id, HelpAsked.person_id == viewer.person_id)
        .with_for_update()
    )
    if asked is None:
        raise NotVisible
    if asked.said is None:
        asked.said, asked.said_at = "no", clock.now()
        publish(AskDeclined(ask_id, viewer.person_id))


def name_helper(*, viewer: Viewer, ask_id: int, person_id: int, line: str) -> None:
    """ "I know who can": that colleague alone is told, once, with a line; they say yes or no. Where they are not told
    (kept apart, asked often enough, asked already, it is not theirs to see) whoever named them learns nothing of
    that. `RuleBroken` on "who" and "line"."""
    row = rules.held_ask(viewer, ask_id, "name somebody")
    rules.not_paused(viewer)
    rules.short("line", line, MAX_LINE)
    if person_id == viewer.person_id:
        raise RuleBroken("who", gettext("That is you. Press “I can help” instead."))
    there = sa.select(Person.id).where(Person.id == person_id, listed(viewer, Person.id), Person.left_at.is_(None))
    if db.session.scalar(there) is None:
        raise RuleBroken("who", gettext("Nobody with that name"))
    if person_id == row.asker_id:
        raise RuleBroken("who", gettext("They ask it themselves. Name somebody who can help them."))
    if row.shown_to == "teams" and not _in_teams_of(row.asker_id, [person_id]):
        raise RuleBroken("who", gettext("This question is for their teams alone. Name somebody who is in one."))
    if person_id not in rules.held_people([person_id]) or person_id not in _with_account([person_id]):
        return
    apart = who_keeps_apart(row.asker_id, [person_id]) | who_keeps_apart(viewer.person_id, [person_id])
    already = sa.select(HelpAsked.id).where(HelpAsked.ask_id == row.id, HelpAsked.person_id == person_id)
    if apart or _is_asked_enough(person_id, row.asker_id):
        return
    if not _sees_asker(row, person_id) or db.session.scalar(already) is not None:
        return
    _put_to(row, [person_id], "named", viewer.person_id, line)


def _sees_asker(row: HelpAsk, person_id: int) -> bool:
    """A guest is asked by people of shared teams alone."""
    if not _is_guest(person_id) and not _is_guest(row.asker_id):
        return True
    return bool(set(teams_of(person_id)) & set(teams_of(row.asker_id)))


def write(*, viewer: Viewer, ask_id: int, words: str) -> int:
    """Write under an ask; the id of the post. `RuleBroken` on "words"."""
    row = rules.held_ask(viewer, ask_id, "write")
    rules.not_paused(viewer)
    if not names.is_visible(words):
        raise RuleBroken("words", gettext("Write a few words"))
    rules.short("words", words, MAX_POST)
    count = db.session.scalar(sa.select(sa.func.count()).where(HelpPost.ask_id == ask_id)) or 0
    if count >= MOST_POSTS:
        raise RuleBroken("words", gettext("This thread is full. Go on where you talk otherwise."))
    muted = bool(who_blocked(viewer.person_id, [row.asker_id]))
    post = HelpPost(
        ask_id=ask_id,
        person_id=viewer.person_id,
        words=words,
        words_html=safe_html(words),
        at=clock.now(),
        muted=muted,
    )
    db.session.add(post)
    db.session.flush()
    if not muted and viewer.person_id != row.asker_id:
        row.raise_at = None
    publish(PostWritten(ask_id, post.id, viewer.person_id, muted))
    return post.id


def take_post_back(*, viewer: Viewer, post_id: int) -> None:
    """My own words under an ask are gone."""
    post = db.session.get(HelpPost, post_id, with_for_update=True, populate_existing=True)
    if post is None or post.person_id != viewer.person_id:
        raise NotVisible
    at_the_end(findable.put_answers, [post.id])
    at_the_end(findable.put_asks, [post.ask_id])
    publish(PostWithdrawn(post.ask_id, post.id))
    db.session.delete(post)
    db.session.flush()


# ---- answers that are found again --------------------------------------------------------------------------


def _useful(ask_id: int) -> list[int]:
    rows = sa.select(HelpPost.id).where(HelpPost.ask_id == ask_id, HelpPost.useful_at.is_not(None))
    return list(db.session.scalars(rows))


def _post_of(row: HelpAsk, post_id: int) -> HelpPost:
    post = db.session.get(HelpPost, post_id, with_for_update=True, populate_existing=True)
    if post is None or post.ask_id != row.id or post.muted:
        raise NotVisible
    return post


def mark_useful(*, viewer: Viewer, ask_id: int, post_id: int, useful: bool) -> None:
    """The asker says that a post answers the question (or does not, after all). It is found as an answer of its
    author's once they agree."""
    row = rules.held_ask(viewer, ask_id, "mark as useful" if useful else "mark as not useful")
    post = _post_of(row, post_id)
    if useful == (post.useful_at is not None):
        return
    now = clock.now()
    post.useful_at = now if useful else None
    if useful:
        if row.state == "open":
            row.state, row.ended_at, row.next_round_at, row.raise_at = "answered", now, None, None
        # What I wrote under my own ask is mine to show.
        if post.person_id == row.asker_id:
            post.may_be_found = True
        publish(AnswerMarked(row.id, post.id, post.person_id))
    else:
        post.may_be_found = None
        publish(AnswerUnmarked(row.id, post.id, post.person_id))
    db.session.flush()
    _list(row)
    at_the_end(findable.put_asks, [row.id])
    at_the_end(findable.put_answers, [post.id])


def let_be_found(*, viewer: Viewer, post_id: int, may: bool) -> None:
    """The author of a useful answer says whether colleagues who may see the ask find it under their name."""
    post = db.session.get(HelpPost, post_id, with_for_update=True, populate_existing=True)
    if post is None or post.person_id != viewer.person_id or post.useful_at is None:
        raise NotVisible
    post.may_be_found = may
    at_the_end(findable.put_answers, [post.id])
    at_the_end(findable.put_asks, [post.ask_id])
    publish(AnswerConsented(post.ask_id, post.id, viewer.person_id))


# ---- how often I am asked ----------------------------------------------------------------------------------


def choose_limit(*, viewer: Viewer, a_week: int) -> None:
    """How often I may be asked in a week; 0 is never."""
    if not 0 <= a_week <= A_WEEK:
        raise RuleBroken("a_week", gettext("Pick one from the list"))
    db.session.merge(HelpWish(person_id=viewer.person_id, a_week=a_week))
    db.session.flush()
