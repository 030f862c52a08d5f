"""Reads of ties. A person's own are for their eyes only; what is read for ranking leaves no page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.auth import Viewer
from portal.core.db import among, db
from portal.core.paging import PAGE, Page, cursor_of, page_of, read_cursor
from portal.people.queries import listed

from .models import AwaySpan, Contact, ImportedContact, ImportedContactOff, KnownColleague, Tie
from .state import MATTER_FOR, State, state_of, states_at, strength

CONTACTS_ORDER = "imported_contacts_order"  # the setting: may imported contacts order suggestions?
MOST = 1_000
WEEKS = 12
TAKEN_BACK_FOR = timedelta(days=1)  # that we talked
Row: TypeAlias = tuple[int, int, str]


@dataclass(frozen=True)
class MyTie:
    """One of my ties, as of today in my zone."""

    other_id: int
    state: State
    strength: float
    first_on: date
    last_on: date
    weeks: tuple[State | None, ...] = ()  # at the end of each of the last ones, where that was asked


def my_ties(viewer: Viewer, most: int = MOST, *, until: date | None = None) -> list[MyTie]:
    """Whom I was in touch with and may still see, the latest first; only those without a contact after that day, in
    the state of that day, where one is given. Two queries."""
    found = _made(viewer, _rows(viewer, sa.true(), most), until or clock.today(viewer.zone))
    return [tie for tie in found if until is None or tie.last_on <= until]


def my_tie_with(viewer: Viewer, other_id: int) -> MyTie | None:
    """What is between that person and me; None when Hallway knows of no contact."""
    found = _made(viewer, _rows(viewer, Tie.other_id == other_id, 1), clock.today(viewer.zone))
    return found[0] if found else None


def page_of_ties(viewer: Viewer, *, cursor: str | None = None, size: int = PAGE) -> Page[MyTie]:
    """The same some at a time, and in which state each was at the end of the last weeks. Three queries."""
    start = read_cursor(cursor, str, int)
    behind: sa.ColumnElement[bool] = sa.true()
    if start and (at := _moment(start[0])):
        later = sa.and_(Tie.last_at == at, Tie.other_id > start[1])
        behind = sa.or_(Tie.last_at < at, later)
    rows = _rows(viewer, behind, size + 1)
    page = page_of(rows, size, lambda row: cursor_of(row.last_at.isoformat(), row.other_id))
    today = clock.today(viewer.zone)
    return page.map(lambda some: _made(viewer, some, today, ends=week_ends(today)))


def week_ends(today: date, weeks: int = WEEKS) -> list[date]:
    """The Sundays of the last weeks, the oldest first, and today."""
    sunday = today - timedelta(days=today.weekday() + 1)
    return [sunday - timedelta(weeks=ago) for ago in reversed(range(weeks - 1))] + [today]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _rows(viewer: Viewer, condition: sa.ColumnElement[bool], most: int) -> Sequence[Tie]:
    return db.session.scalars(
        sa.select(Tie)
        .where(Tie.person_id == viewer.person_id, condition, listed(viewer, Tie.other_id))
        .order_by(Tie.last_at.desc(), Tie.other_id)
        .limit(most)
    ).all()


def _made(viewer: Viewer, rows: Sequence[Tie], today: date, *, ends: Sequence[date] = ()) -> list[MyTie]:
    """What these rows come to on that day, and on each day of `ends`."""
    now = clock.today(viewer.zone)
    since = min([today, *ends]) - MATTER_FOR
    spans = _spans([viewer.person_id, *(row.other_id for row in rows)], since) if rows else {}
    further = _days(viewer, [row.other_id for row in rows], since) if ends and rows else {}
    mine = spans.get(viewer.person_id, [])
    found = []
    for row in rows:
        # A day ahead in UTC is today at the latest.
        days = [min(date.fromisoformat(day), today) for day in row.days]
        first = min(row.first_at.date(), today)
        away = [*mine, *spans.get(row.other_id, [])]
        weight = strength((today - day).days for day in days)
        earlier = [min(day, today) for day in further.get(row.other_id, [])]
        weeks = tuple(states_at(ends, sorted({*earlier, *days}), first=first, away=away))
        state = state_of(days, today, first=first, away=away)
        found.append(MyTie(row.other_id, state, weight, first, min(row.last_at.date(), now), weeks))
    return found


def _days(viewer: Viewer, other_ids: Collection[int], since: date) -> dict[int, list[date]]:
    """On which days since then I was in touch with each: a tie holds those alone that its state of today needs."""
    rows = db.session.execute(
        sa.select(Contact.other_id, Contact.at).where(
            Contact.person_id == viewer.person_id, among(Contact.other_id, other_ids),
            Contact.at >= datetime(since.year, since.month, since.day, tzinfo=UTC),
        )
    )  # fmt: skip
    days: dict[int, list[date]] = {}
    for other_id, at in rows.tuples():
        days.setdefault(other_id, []).append(at.date())
    return days


def _spans(person_ids: Collection[int], since: date) -> dict[int, list[tuple[date, date]]]:
    rows = db.session.execute(
        sa.select(AwaySpan.person_id, AwaySpan.from_on, AwaySpan.until_on).where(
            among(AwaySpan.person_id, sorted(set(person_ids))), AwaySpan.until_on >= since
        )
    )
    spans: dict[int, list[tuple[date, date]]] = {}
    for person_id, first, last in rows.tuples():
        spans.setdefault(person_id, []).append((first, last))
    return spans


def my_weeks(viewer: Viewer, weeks: int = WEEKS) -> list[tuple[date, int]]:
    """For each of the last weeks, the oldest first: its Monday, and with how many people I was in touch."""
    today = clock.today(viewer.zone)
    monday = today - timedelta(days=today.weekday())
    first = monday - timedelta(weeks=weeks - 1)
    rows = db.session.execute(
        sa.select(Contact.other_id, Contact.at).where(
            Contact.person_id == viewer.person_id,
            # A day more: which day it was depends on the zone.
            Contact.at >= clock.now() - timedelta(weeks=weeks, days=1),
            listed(viewer, Contact.other_id),
        )
    ).tuples()
    people: dict[date, set[int]] = {first + timedelta(weeks=number): set() for number in range(weeks)}
    for other_id, at in rows:
        day = at.astimezone(clock.zone(viewer.zone)).date()
        week = day - timedelta(days=day.weekday())
        if week in people:
            people[week].add(other_id)
    return [(week, len(met)) for week, met in people.items()]


def talked_with(viewer: Viewer, other_ids: Collection[int]) -> dict[int, bool]:
    """With whom of these I said that we talked, as long as I can take it back; was it today?"""
    mine = sa.select(Contact.other_id, sa.func.max(Contact.subject_id)).where(
        Contact.person_id == viewer.person_id, Contact.medium == "talked", among(Contact.other_id, other_ids),
        Contact.at > clock.now() - TAKEN_BACK_FOR,
    )  # fmt: skip
    today = clock.today(viewer.zone).toordinal()
    rows = db.session.execute(mine.group_by(Contact.other_id)).tuples()
    return {other_id: day == today for other_id, day in rows}


def i_know(viewer: Viewer) -> set[int]:
    """Whom I said I know already."""
    mine = sa.select(KnownColleague.other_id).where(KnownColleague.person_id == viewer.person_id)
    return set(db.session.scalars(mine))


def takes_part(viewer: Viewer) -> bool:
    """May imported contacts hold me?"""
    return db.session.get(ImportedContactOff, viewer.person_id) is None


def contacts_order() -> bool:
    """May imported contacts order whom somebody is suggested?"""
    return bool(settings.get(CONTACTS_ORDER, False))


# ---- for ranking ---------------------------------------------------------------------------------------------


def known_pairs(until: datetime) -> list[tuple[int, int]]:
    """(who said so, whom) of those who know each other already."""
    rows = sa.select(KnownColleague.person_id, KnownColleague.other_id).where(KnownColleague.at <= until)
    return list(db.session.execute(rows).tuples())


def tied_among(person_id: int, others: Collection[int]) -> set[int]:
    """Who of these was in touch with that person here, or is known, whichever of the two said so."""
    found: set[int] = set()
    for table in (Tie, KnownColleague):
        mine = sa.select(table.other_id).where(table.person_id == person_id, table.other_id.in_(others))
        theirs = sa.select(table.person_id).where(table.other_id == person_id, table.person_id.in_(others))
        found.update(db.session.scalars(sa.union(mine, theirs)))
    return found


def contacts_here(until: datetime) -> Iterator[Row]:
    """(person, other, when) of every contact until then, each pair the lower id first, in the order of pairs. What
    counts for both comes twice. When is text in UTC, "2030-12-31 23:59:59.000000": millions of them are read."""
    low, high = _ordered(Contact.person_id, Contact.other_id)
    query = sa.select(low.label("low"), high.label("high"), _text(Contact.at)).where(Contact.at <= until)
    return _streamed(query.order_by(low, high))


def contacts_elsewhere(until: datetime) -> Iterator[Row]:
    """The same of imported contacts."""
    table = ImportedContact
    query = sa.select(table.low_id, table.high_id, _text(table.at)).where(table.at <= until)
    return _streamed(query.order_by(table.low_id, table.high_id))


def contacts_elsewhere_by_moment(until: datetime) -> Iterator[Row]:
    """The same, in the order of time."""
    table = ImportedContact
    query = sa.select(table.low_id, table.high_id, _text(table.at)).where(table.at <= until)
    return _streamed(query.order_by(table.at))


def _ordered(one: Any, other: Any) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    return sa.case((one < other, one), else_=other), sa.case((one < other, other), else_=one)


def _text(at: Any) -> sa.ColumnElement[str]:
    if db.engine.dialect.name == "postgresql":
        return sa.func.to_char(sa.func.timezone("UTC", at), "YYYY-MM-DD HH24:MI:SS.US")
    return sa.type_coerce(at, sa.Text())  # as it is kept


def _streamed(query: sa.Select[int, int, str]) -> Iterator[Row]:
    yield from db.session.execute(query, execution_options={"yield_per": 10_000}).tuples()
