"""What pages show of whom to meet: people with the thread of reasons, and facts as long as intros are few."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.infomercials.models import Infomercial, InfomercialListing
from portal.moderation.queries import who_keeps_apart
from portal.people.queries import Card, cards

from . import queries
from .beginning import Pick
from .firstday import Purpose
from .models import SetAside
from .news import News, news_of
from .reasons import Reason, gained, said

INTROS_NEEDED = 30  # below that there is too little to suggest anybody by
ON_HOME = 3


@dataclass(frozen=True)
class Knot:
    """A reason on the thread: its words around the name of the team, goal or topic."""

    before: str
    name: str = ""
    after: str = ""


@dataclass(frozen=True)
class ToMeet:
    """Somebody new, why, and what each of the two gains."""

    card: Card
    knots: list[Knot]
    gain: str
    label: str = ""  # what they are to somebody who is new


@dataclass(frozen=True)
class ToHearFrom:
    """Somebody I have not heard from, and something to say, where there is anything."""

    card: Card
    last_on: date
    news: News | None


@dataclass(frozen=True)
class Fact:
    """What somebody says about themselves."""

    card: Card
    words: str
    lang: str


@dataclass(frozen=True)
class Hidden:
    """Somebody to whom I said "not now"."""

    card: Card
    until: datetime


def knot(reason: Reason) -> Knot:
    """The reason as a sentence without its subject: whom it is about stands at the end of the thread."""
    words = said(reason)
    words = words[:1].upper() + words[1:]
    before, name, after = words.partition(reason.name) if reason.name else (words, "", "")
    return Knot(before, name, after)


def new_ones(viewer: Viewer, most: int = queries.NEW_ONES) -> list[ToMeet]:
    """Whom I might get to know; nobody without a reason. A fixed number of queries."""
    found = [one for one in queries.suggestions(viewer) if one.reasons][:most]
    known = _known(viewer, [one.person_id for one in found])
    return [
        ToMeet(known[one.person_id], [knot(reason) for reason in one.reasons], gained(one.reasons[0]))
        for one in found
        if one.person_id in known
    ]


def first_ones(picks: Sequence[Pick]) -> list[ToMeet]:
    """The same of whom to meet in the first days, each with what they are to somebody who is new."""
    return [
        ToMeet(
            pick.card,
            [knot(reason) for reason in pick.reasons],
            gained(pick.reasons[0]) if pick.reasons else "",
            _label(pick.purpose, pick.what, learns=pick.learns),
        )
        for pick in picks
    ]


def _label(purpose: Purpose, what: str, *, learns: bool) -> str:
    if purpose == "asks" and learns:
        return gettext("Is learning %(topic)s, which you know", topic=what)
    return {
        "lead": lambda: gettext("Leads %(team)s", team=what) if what else gettext("Your manager"),
        "mate": lambda: gettext("Works beside you in %(team)s", team=what),
        "asks": lambda: gettext("Asks about %(topic)s, which you know", topic=what),
        "new": lambda: gettext("New here too"),
        "elsewhere": lambda: gettext("From elsewhere"),
    }[purpose]()


def thread(viewer: Viewer, other_id: int) -> list[Knot]:
    """What that person and I have in common, as far as I can open it."""
    return [knot(reason) for reason in queries.reasons(viewer, [other_id]).get(other_id, [])]


def old_ones(viewer: Viewer, most: int = queries.OLD_ONES) -> list[ToHearFrom]:
    """Whom I have not heard from, cooling ties first, the same ones all week."""
    found = queries.to_warm_up(viewer, most)
    known = _known(viewer, [tie.other_id for tie in found])
    news = news_of(viewer, {tie.other_id: tie.last_on for tie in found if tie.other_id in known})
    return [
        ToHearFrom(known[tie.other_id], tie.last_on, news.get(tie.other_id)) for tie in found if tie.other_id in known
    ]


def still_to_meet(viewer: Viewer, other_id: int) -> tuple[Card, Reason] | None:
    """Somebody who was suggested before, and the first reason of today; None when they are not to be any more."""
    known = _known(viewer, queries.not_over(viewer, [other_id]))
    why = queries.reasons(viewer, list(known)).get(other_id)
    return (known[other_id], why[0]) if why else None


def still_to_hear_from(viewer: Viewer, other_id: int) -> ToHearFrom | None:
    """The same of somebody I know; None where we were in touch since."""
    tie = queries.not_heard_from(viewer, other_id)
    card = _known(viewer, [other_id]).get(other_id) if tie else None
    if tie is None or card is None:
        return None
    return ToHearFrom(card, tie.last_on, news_of(viewer, {other_id: tie.last_on}).get(other_id))


def hidden(viewer: Viewer, most: int = 30) -> list[Hidden]:
    """To whom I said "not now", the latest first."""
    rows = db.session.execute(
        sa.select(SetAside.other_id, SetAside.until)
        .where(SetAside.person_id == viewer.person_id, SetAside.until > clock.now())
        .order_by(SetAside.until.desc(), SetAside.other_id)
        .limit(most)
    ).tuples()
    until = dict(rows.all())
    known = _known(viewer, list(until))
    return [Hidden(known[one], moment) for one, moment in until.items() if one in known]


def has_intros_enough() -> bool:
    """Are there enough intros to suggest people by?"""
    return len(db.session.scalars(sa.select(Infomercial.person_id).limit(INTROS_NEEDED)).all()) >= INTROS_NEEDED


def facts(viewer: Viewer, most: int = ON_HOME) -> list[Fact]:
    """Did you know? Of the few intros there are some facts, others each day."""
    readable = sa.select(InfomercialListing.person_id).where(
        InfomercialListing.person_id == Infomercial.person_id, visible_to(viewer, InfomercialListing.audience_id)
    )
    query = sa.select(Infomercial.person_id, Infomercial.facts, Infomercial.lang)
    query = query.where(readable.exists(), Infomercial.person_id != viewer.person_id)
    rows = db.session.execute(query.order_by(Infomercial.person_id).limit(INTROS_NEEDED)).tuples().all()
    written = {one: (words, lang) for one, words, lang in rows if words}
    apart = who_keeps_apart(viewer.person_id, list(written))
    known = _known(viewer, [one for one in written if one not in apart])
    chance = random.Random(f"{viewer.person_id} {clock.today(viewer.zone)}")  # noqa: S311 - no secret
    some = chance.sample(sorted(known), min(most, len(known)))
    return [Fact(known[one], chance.choice(written[one][0])["text"], written[one][1]) for one in some]


def _known(viewer: Viewer, person_ids: list[int]) -> dict[int, Card]:
    return {card.id: card for card in cards(viewer, person_ids)} if person_ids else {}
