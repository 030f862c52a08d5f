"""Offers: help that somebody can give. Rules, writes and reads. Whoever sees somebody sees their open offers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext, ngettext
from sqlalchemy.orm import aliased

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import batches, db, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.paging import Page, Rows, cursor_of, page_of, read_cursor
from portal.people import names
from portal.people.queries import Card, cards, listed
from portal.topics.queries import TopicName, may_be_named, names_of

from . import queries, rules
from .events import OfferChanged, OfferClosed, OfferMade
from .models import MINUTES, STILL_AFTER, HelpOffer, HelpOfferListing, HelpOfferTopic
from .states import OFFER

MAX_WHAT, MAX_WHEN = 280, 120  # as much as an intro says of it
MOST_TOPICS, MOST_OFFERS = 5, 10
MOST_AT_ONCE = 9
ON_PAGE = 20
ON_OTHERS = 4  # offers on a page of something else


@dataclass(frozen=True)
class Words:
    """What is offered. minutes: about how long it takes; when: in words; at_once: how many at a time."""

    what: str
    minutes: int | None = None
    when: str = ""
    at_once: int = 1
    topic_ids: tuple[int, ...] = ()


def make_offer(*, viewer: Viewer, words: Words) -> str:
    """Offer something; the public id. `RuleBroken` on "what", "when", "minutes", "at_once", "topics"."""
    rules.held_people([viewer.person_id])
    rules.not_paused(viewer)
    _check(viewer, words)
    return add(viewer.person_id, words).public_id


def add(person_id: int, words: Words, *, shown_to: str = "everyone", intro_words: str | None = None) -> HelpOffer:
    """A new offer of theirs, whose words have been looked at. `RuleBroken` where they have too many."""
    count = sa.select(sa.func.count()).where(HelpOffer.person_id == person_id, HelpOffer.state != "closed")
    if (db.session.scalar(count) or 0) >= MOST_OFFERS:
        raise RuleBroken("", gettext("You have 10 offers. Close one first."))
    now = clock.now()
    row = HelpOffer(
        public_id=secrets.token_hex(8),
        person_id=person_id,
        what=words.what,
        minutes=words.minutes,
        when_words=words.when,
        at_once=words.at_once,
        shown_to=shown_to,
        intro_words=intro_words,
        at=now,
        confirmed_at=now,
    )
    db.session.add(row)
    db.session.flush()
    note_topics(row.id, words.topic_ids)
    list_anew([row])
    publish(OfferMade(row.id))
    return row


def _check(viewer: Viewer, words: Words) -> None:
    rules.check_words("what", words.what, MAX_WHAT)
    rules.short("when", words.when, MAX_WHEN)
    if words.when and not names.is_visible(words.when):
        raise RuleBroken("when", gettext("Say in a few words when it suits you, or leave it empty"))
    if words.minutes is not None and words.minutes not in MINUTES:
        raise RuleBroken("minutes", gettext("Pick one from the list"))
    if not 1 <= words.at_once <= MOST_AT_ONCE:
        raise RuleBroken("at_once", gettext("A number from %(least)s to %(most)s", least=1, most=MOST_AT_ONCE))
    over = len(set(words.topic_ids)) - MOST_TOPICS
    if over > 0:
        raise RuleBroken(
            "topics", ngettext("At most 5 topics: %(num)d too many", "At most 5 topics: %(num)d too many", over)
        )
    if not all(may_be_named(viewer, one) for one in set(words.topic_ids)):
        raise RuleBroken("topics", gettext("We know no topic of that name"))


def note_topics(offer_id: int, topic_ids: Collection[int]) -> None:
    """It is about these topics, too."""
    insert_missing(HelpOfferTopic, [{"offer_id": offer_id, "topic_id": one} for one in sorted(set(topic_ids))])


def _mine(viewer: Viewer, offer_id: int, action: str) -> HelpOffer:
    row = db.session.get(HelpOffer, offer_id, with_for_update=True, populate_existing=True)
    if row is None or row.person_id != viewer.person_id:
        raise NotVisible
    if OFFER.verdict(action, state=row.state, roles={"owner"}) != "may":
        raise ChangedMeanwhile("", gettext("This changed meanwhile. Look at how it stands now."))
    return row


def change(*, viewer: Viewer, offer_id: int, words: Words, version: int) -> None:
    """Other words. `ChangedMeanwhile` where another tab was quicker."""
    row = _mine(viewer, offer_id, "change")
    _check(viewer, words)
    if version != row.version:
        raise ChangedMeanwhile(
            "", gettext("This was changed in another tab meanwhile. Your words are below: look, then save again.")
        )
    row.what, row.minutes, row.when_words, row.at_once = words.what, words.minutes, words.when, words.at_once
    row.confirmed_at = clock.now()
    row.version += 1
    gone = sa.delete(HelpOfferTopic).where(HelpOfferTopic.offer_id == row.id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    note_topics(row.id, words.topic_ids)
    publish(OfferChanged(row.id))


def pause(*, viewer: Viewer, offer_id: int) -> None:
    """Not at the moment: nobody sees it but me."""
    _set(_mine(viewer, offer_id, "pause"), "paused")


def go_on(*, viewer: Viewer, offer_id: int) -> None:
    """It stands again."""
    _set(_mine(viewer, offer_id, "go on"), "open")


def still_stands(*, viewer: Viewer, offer_id: int) -> None:
    """Asked after a while whether it does: yes."""
    _set(_mine(viewer, offer_id, "still stands"), "open")


def _set(row: HelpOffer, state: str) -> None:
    row.state, row.confirmed_at = state, clock.now()
    row.version += 1
    list_anew([row])
    publish(OfferChanged(row.id))


def close(*, viewer: Viewer, offer_id: int) -> None:
    """It is over. What was taken up stays."""
    end(_mine(viewer, offer_id, "close"))


def end(row: HelpOffer) -> None:
    """Nobody takes it up any more."""
    row.state = "closed"
    row.version += 1
    list_anew([row])
    publish(OfferClosed(row.id))


def close_of(person_id: int) -> None:
    """Somebody left: their offers are over."""
    rows = sa.select(HelpOffer).where(HelpOffer.person_id == person_id, HelpOffer.state != "closed")
    for row in db.session.scalars(rows.with_for_update()).all():
        row.intro_words = None  # what an intro says once they are back is said anew
        end(row)


# ---- who reads it ------------------------------------------------------------------------------------------


def list_anew(rows: Sequence[HelpOffer]) -> None:
    """On whose lists these offers stand, made anew: open ones on those of whoever sees their person, or of their
    teams. A fixed number of statements."""
    gone = sa.delete(HelpOfferListing).where(HelpOfferListing.offer_id.in_([row.id for row in rows]))
    db.session.execute(gone.execution_options(synchronize_session=False))
    insert_missing(HelpOfferListing, listings(rows))


def listings(rows: Sequence[HelpOffer]) -> list[dict[str, Any]]:
    """The rows of `HelpOfferListing` that there have to be for these offers. Two queries."""
    shown = [row for row in rows if row.state == "open"]
    audiences = rules.audiences({row.person_id for row in shown})
    return [
        {"audience_id": one, "offer_id": row.id, "at": row.at}
        for row in shown
        for one in audiences[row.person_id, row.shown_to]
    ]


def list_again(offer_ids: Sequence[int]) -> None:
    """Those offers stand on the lists they belong on, whatever was there."""
    rows = sa.select(HelpOffer).where(HelpOffer.id.in_(offer_ids)).order_by(HelpOffer.id)
    list_anew(db.session.scalars(rows).all())


def relist(person_ids: Collection[int]) -> None:
    """Their teams, or who they are, changed."""
    for some in batches(person_ids):
        list_anew(
            db.session.scalars(
                sa.select(HelpOffer)
                .where(HelpOffer.person_id.in_(some), HelpOffer.state != "closed")
                .order_by(HelpOffer.id)
            ).all()
        )


# ---- reads -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfferView:
    """An offer as the viewer sees it. is_free: it can be taken up at the moment."""

    id: int
    public_id: str
    by: Card
    what: str
    minutes: int | None
    when: str
    at_once: int
    topics: tuple[TopicName, ...]
    state: str
    at: datetime
    shown_to: str
    is_mine: bool
    is_free: bool
    asks_still: bool
    version: int


def views(viewer: Viewer, offer_ids: Sequence[int]) -> list[OfferView]:
    """Those offers, in that order: my own, and open ones that are shown to me. Four queries."""
    if not offer_ids:
        return []
    shown = sa.select(HelpOfferListing.offer_id).where(
        HelpOfferListing.offer_id == HelpOffer.id, visible_to(viewer, HelpOfferListing.audience_id + 0)
    )
    may = sa.or_(HelpOffer.person_id == viewer.person_id, shown.exists())
    rows = {
        row.id: row
        for row in db.session.scalars(
            sa.select(HelpOffer).where(HelpOffer.id.in_(offer_ids), may, listed(viewer, HelpOffer.person_id))
        )
    }
    known = {card.id: card for card in cards(viewer, sorted({row.person_id for row in rows.values()}))}
    taken = rules.taken_of(viewer, list(rows))
    topics = names_of(viewer, HelpOfferTopic.offer_id, HelpOfferTopic.topic_id, list(rows))
    now = clock.now()
    return [
        OfferView(
            id=row.id,
            public_id=row.public_id,
            by=known[row.person_id],
            what=row.what,
            minutes=row.minutes,
            when=row.when_words,
            at_once=row.at_once,
            topics=topics.get(row.id, ()),
            state=row.state,
            at=row.at,
            shown_to=row.shown_to,
            is_mine=row.person_id == viewer.person_id,
            is_free=row.state == "open" and taken.get(row.id, 0) < row.at_once,
            asks_still=row.state == "open" and row.confirmed_at <= now - STILL_AFTER,
            version=row.version,
        )
        for row in (rows[one] for one in offer_ids if one in rows)
        if row.person_id in known
    ]


def offer_for(viewer: Viewer, public_id: str) -> OfferView:
    """The offer at that address. `NotVisible` when there is none for this viewer."""
    if not public_id.isascii() or not public_id.isalnum() or len(public_id) > 40:
        raise NotVisible
    offer_id = db.session.scalar(sa.select(HelpOffer.id).where(HelpOffer.public_id == public_id))
    found = views(viewer, [offer_id]) if offer_id is not None else []
    if not found:
        raise NotVisible
    return found[0]


def offers(
    viewer: Viewer, *, topic_id: int | None = None, cursor: str | None = None, size: int = ON_PAGE
) -> Page[OfferView]:
    """A page of open offers of others whom I see, the newest first."""
    start = read_cursor(cursor, int)
    row, offer = HelpOfferListing, aliased(HelpOffer)

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        mine = sa.select(offer.id).where(offer.id == row.offer_id, offer.person_id == viewer.person_id)
        rows: Rows = sa.select(row.offer_id, row.at).where(audience, ~mine.exists())
        if start:
            last = sa.select(offer.at).where(offer.id == start[0]).scalar_subquery()
            rows = rows.where(sa.tuple_(row.at, row.offer_id) < sa.tuple_(last, start[0]))
        return rows

    about = [topic_id] if topic_id is not None else None
    query = queries.newest_about(
        branch, row.audience_id, row.offer_id, viewer.audience_ids, size + 1, about, HelpOfferTopic.offer_id
    )
    rows = db.session.scalars(query).all() if query is not None else []
    return page_of(rows, size, cursor_of).map(lambda some: views(viewer, some))


def offers_of(viewer: Viewer, person_id: int) -> list[OfferView]:
    """What somebody offers; of my own the paused ones as well."""
    states = ("open", "paused") if person_id == viewer.person_id else ("open",)
    ids = db.session.scalars(
        sa.select(HelpOffer.id)
        .where(HelpOffer.person_id == person_id, HelpOffer.state.in_(states))
        .order_by(HelpOffer.id.desc())
        .limit(MOST_OFFERS)
    ).all()
    return views(viewer, ids)


def asks_still(viewer: Viewer, most: int = 2) -> list[OfferView]:
    """Offers of mine of which I am asked whether they still stand."""
    ids = db.session.scalars(
        sa.select(HelpOffer.id)
        .where(
            HelpOffer.person_id == viewer.person_id,
            HelpOffer.state == "open",
            HelpOffer.confirmed_at <= clock.now() - STILL_AFTER,
        )
        .order_by(HelpOffer.confirmed_at, HelpOffer.id)
        .limit(most)
    ).all()
    return views(viewer, ids)
