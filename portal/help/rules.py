"""Rules that asks, offers and promises have in common."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.audiences.queries import teams_of_many
from portal.core import clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.kudos.words import says_enough
from portal.moderation.queries import keeps_apart, pause_of
from portal.people.models import Person, Place

from . import queries, reminding, routing
from .models import RAISED_AFTER, HelpAsk, HelpAsked, HelpPromise
from .states import ASK

FAR = timedelta(days=366)


def held_people(person_ids: Collection[int]) -> dict[int, Person]:
    """These people, each locked against whoever counts what they are asked or ask at this moment, in the order of
    ids. Rows that name them meanwhile do not wait."""
    rows = db.session.scalars(
        sa.select(Person)
        .where(Person.id.in_(sorted(person_ids)), Person.left_at.is_(None))
        .order_by(Person.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def not_paused(viewer: Viewer) -> None:
    if pause_of(viewer.person_id) is not None:
        raise RuleBroken("", gettext("A moderator asked you to pause writing to colleagues."))


def check_words(field: str, words: str, most: int) -> None:
    """Something is said, in enough letters and not too many. `RuleBroken` on the field."""
    short(field, words, most)
    if not says_enough(words):
        raise RuleBroken(field, gettext("Say it in a few words"))


def check_day(viewer: Viewer, field: str, on: date | None) -> None:
    """A day that is to come, where the viewer is, and not years away. `RuleBroken` on the field."""
    today = clock.today(viewer.zone)
    if on is not None and on < today:
        raise RuleBroken(field, gettext("That day is over. Pick today or a later one."))
    if on is not None and on > today + FAR:
        raise RuleBroken(field, gettext("Pick a day within a year"))


def short(field: str, text: str, most: int) -> None:
    over = len(text) - most
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))


def audiences(person_ids: Collection[int]) -> dict[tuple[int, str], list[int]]:
    """By person, and by whom they show something to ("everyone", "teams", "asked"), the audiences that see it: a
    guest's are those of shared teams. Two queries."""
    kinds = db.session.execute(sa.select(Person.id, Person.kind).where(Person.id.in_(person_ids))).tuples()
    teams = teams_of_many(person_ids)
    found: dict[tuple[int, str], list[int]] = {}
    for person_id, kind in kinds:
        theirs = teams.get(person_id, [])
        found[person_id, "everyone"] = theirs if kind == "guest" else [EVERYONE, *theirs]
        found[person_id, "teams"] = theirs
        found[person_id, "asked"] = []
    return found


def taken_of(viewer: Viewer, offer_ids: Collection[int]) -> dict[int, int]:
    """By offer, how many open asks take it up, as far as the viewer can tell: those of others that reached whoever
    offers and were not answered with a no, and all of the viewer's own (they notice neither). One query."""
    reached = sa.and_(
        sa.or_(HelpAsked.said.is_(None), HelpAsked.said == "yes"), ~keeps_apart(HelpAsked.person_id, HelpAsk.asker_id)
    )
    rows = db.session.execute(
        sa.select(HelpAsk.offer_id, sa.func.count())
        .join(HelpAsked, sa.and_(HelpAsked.ask_id == HelpAsk.id, HelpAsked.source == "offer"))
        .where(
            HelpAsk.offer_id.in_(offer_ids),
            HelpAsk.state == "open",
            sa.or_(HelpAsk.asker_id == viewer.person_id, reached),
        )
        .group_by(HelpAsk.offer_id)
    )
    return {offer_id: count for offer_id, count in rows.tuples() if offer_id is not None}


def has_promise(ask_id: int) -> bool:
    """Is somebody on it, as far as its asker knows?"""
    found = sa.select(HelpPromise.id).where(
        HelpPromise.ask_id == ask_id, HelpPromise.state == "open", HelpPromise.muted.is_(False)
    )
    return db.session.scalar(found.limit(1)) is not None


def next_round(ask: HelpAsk, asker: Person, since: datetime) -> datetime | None:
    """When the next ones are asked, counted from the moment when the last ones were to be (and not from when somebody
    got round to it, unless that was too late for this round as well). None after the day that it is needed by."""
    zone, days = clock.zone(zone_of(asker)), tuple(asker.working_days) or routing.OFFICE_DAYS
    at = routing.next_round(since, zone=zone, working_days=days)
    if at <= clock.now():
        at = routing.next_round(clock.now(), zone=zone, working_days=days)
    return in_time(ask, asker, at)


def in_time(ask: HelpAsk, asker: Person, at: datetime) -> datetime | None:
    """That moment; None where the day that the ask is needed by is over then."""
    on = at.astimezone(clock.zone(zone_of(asker))).date()
    return None if ask.due_on is not None and ask.due_on < on else at


def raise_in_a_week(ask: HelpAsk) -> None:
    """It is without an answer (again): once, a week later, it stands on top."""
    if ask.raised_at is None and ask.raise_at is None and ask.shown_to != "asked":
        ask.raise_at = clock.now() + RAISED_AFTER


def soon(viewer: Viewer) -> date:
    """The day that is proposed for a promise: the viewer's second working day from now."""
    return reminding.working_day_after(clock.today(viewer.zone), working_days_of(viewer.person_id), 2)


def working_days_of(person_id: int) -> list[str]:
    """Of `portal.people.models.WEEK`; Monday to Friday where they said none."""
    found = db.session.scalar(sa.select(Person.working_days).where(Person.id == person_id))
    return found or list(routing.OFFICE_DAYS)


def zone_of(person: Person) -> str | None:
    if person.time_zone or person.place_id is None:
        return person.time_zone
    return db.session.scalar(sa.select(Place.time_zone).where(Place.id == person.place_id))


def held_ask(viewer: Viewer, ask_id: int, action: str) -> HelpAsk:
    """An ask that the viewer sees, held, and on which they may do this now. `NotVisible`, or `RuleBroken` where it is
    too late for it."""
    row = db.session.scalar(
        sa.select(HelpAsk)
        .where(HelpAsk.id == ask_id, queries.seen_by(viewer))
        .with_for_update(of=HelpAsk)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotVisible
    verdict = ASK.verdict(action, state=row.state, roles=queries.roles_in(viewer, row, _asked_row(viewer, ask_id)))
    if verdict == "not theirs":
        raise NotVisible
    if verdict == "not now":
        raise RuleBroken("", gettext("This ask has been closed meanwhile."))
    return row


def _asked_row(viewer: Viewer, ask_id: int) -> HelpAsked | None:
    mine = sa.select(HelpAsked).where(HelpAsked.ask_id == ask_id, HelpAsked.person_id == viewer.person_id)
    return db.session.scalar(mine.execution_options(populate_existing=True))
