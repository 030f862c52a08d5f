"""Happening now: what every domain has to say of late, in one order, the newest first. Nothing is ranked.

Of one day, what is alike is one line: all new intros, or several thanks of one person. It is folded from what the
viewer may see, so it counts nobody else. Above the first page stand a few that are close to the viewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock, happening
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import MAX_ID, db
from portal.core.happening import Asked, Source
from portal.core.paging import cursor_of, read_cursor
from portal.moderation.queries import who_keeps_apart
from portal.teams.queries import mates
from portal.ties.queries import my_ties

ON_HOME, ON_PAGE = 6, 20  # lines
AT_A_TIME = 4  # things of one kind that are looked at for each line
IN_ONE = 200  # of a kind of which all of one day are one line
FACES = 8  # of those are shown
NONE = 0  # an id that nothing has
LAST = 1_000  # behind the numbers of all sources
NEAR, NEAR_FOR = 5, timedelta(days=14)
MATES, TIES = 200, 100  # people who count as close
_Place = tuple[datetime, int, int]


@dataclass(frozen=True)
class Thing:
    """One thing that happened: `number` is its source's place among them, `by` is whose it is (0: nobody's)."""

    at: datetime
    number: int
    id: int
    by: int


@dataclass(frozen=True)
class Line:
    """Things that are alike, the newest first, as their template shows them. more: that are alike as well, and not
    among them; others: there may be even more."""

    template: str
    is_one: bool
    some: list[Any]
    more: int
    others: bool


@dataclass(frozen=True)
class Happening:
    """A page of it. days: each day and its lines; next: the cursor behind the last line, None on the last page."""

    near: list[Line]
    days: list[tuple[date, list[Line]]]
    next: str | None


def happening_now(
    viewer: Viewer,
    *,
    only_teams: bool = False,
    cursor: str | None = None,
    lines: int = ON_PAGE,
    with_near: bool = True,
) -> Happening:
    """A page of what the viewer may see. A fixed number of queries for each kind of thing."""
    start = _read(cursor)
    with_near = with_near and not only_teams and start is None
    audience_ids = viewer.audience_ids - {EVERYONE} if only_teams else viewer.audience_ids
    people = _close(viewer) if with_near else []
    since = clock.now() - NEAR_FOR
    found: list[Thing] = []
    near: set[Thing] = set()
    end: _Place | None = None
    flooded: set[tuple[Any, ...]] = set()
    for number, source in enumerate(happening.sources()):
        size = IN_ONE if source.is_one else lines * AT_A_TIME
        before = _before(source, start, number) if start else None
        asked = Asked(size + 1, audience_ids, before, people, since)
        mine = []
        for is_near, thing in _read_both(viewer, source, number, asked, with_near):
            if is_near:
                near.add(thing)
            else:
                mine.append(thing)
        mine = sorted(set(mine), key=_order)
        if len(mine) > size:
            mine, until, more = _as_far_as(viewer, source, mine[:size])
            flooded |= more
            if end is None or _order_of(until) < _order_of(end):
                end = until
        found += mine
    close = sorted(near, key=_order)[:NEAR]
    whole = [one for one in sorted(found, key=_order) if end is None or _order(one) <= _order_of(end)]
    folded, last = _folded(viewer, [one for one in whole if one not in close], lines)
    end = last or end
    shown = _shown(viewer, [*close, *(one for things in folded.values() for one in _first(things))])
    days: dict[date, list[Line]] = {}
    for alike, things in folded.items():
        line = _line(things, shown, others=alike in flooded)
        if line is not None:
            days.setdefault(alike[0], []).append(line)
    near_lines = [_line(things, shown) for things in _folded(viewer, close, NEAR)[0].values()]
    return Happening(
        [line for line in near_lines if line is not None],
        list(days.items()),
        cursor_of(end[0].isoformat(), end[1], end[2]) if end else None,
    )


def _close(viewer: Viewer) -> list[int]:
    """Who is close to the viewer: in their teams, and with whom they keep up; whoever is kept apart is not."""
    ties = [tie.other_id for tie in my_ties(viewer, TIES) if tie.state != "dormant"]
    found = dict.fromkeys([*ties, *mates(viewer, MATES)])
    apart = who_keeps_apart(viewer.person_id, list(found))
    return [one for one in found if one not in apart]


# ---- reading ---------------------------------------------------------------------------------------------------


def _read(cursor: str | None) -> _Place | None:
    found = read_cursor(cursor, str, int, int)
    if found is None:
        return None
    try:
        at = datetime.fromisoformat(found[0])
    except ValueError:
        return None
    return (at, found[1], found[2]) if at.tzinfo is not None else None


def _before(source: Source, start: _Place, number: int) -> tuple[Any, int]:
    """Where the page begins among what a source has: of one moment, the sources stand in their order."""
    at, last, key = start
    return source.place((at, key if number == last else MAX_ID if number > last else 0))


def _read_both(
    viewer: Viewer, source: Source, number: int, asked: Asked, with_near: bool
) -> list[tuple[bool, Thing]]:
    """(is it close to the viewer?, thing) of one source, in one query."""
    latest = source.latest(viewer, asked)
    near = (
        source.near(viewer, Asked(NEAR, asked.audience_ids, None, asked.people, asked.since)) if with_near else None
    )
    parts = []
    for is_near, rows in enumerate((latest, near)):
        if rows is not None:
            found = rows.subquery()
            parts.append(sa.select(sa.literal(is_near), found.c.at, found.c.id, found.c.by))
    if not parts:
        return []
    query = sa.union_all(*parts) if len(parts) > 1 else parts[0]
    return [
        (bool(is_near), Thing(source.moment(at), number, key, by))
        for is_near, at, key, by in db.session.execute(query).tuples()
    ]


def _order_of(place: _Place) -> tuple[float, int, int]:
    return -place[0].timestamp(), place[1], -place[2]


def _order(one: Thing) -> tuple[float, int, int]:
    return _order_of((one.at, one.number, one.id))


# ---- folding ---------------------------------------------------------------------------------------------------


def _day(viewer: Viewer, one: Thing) -> date:
    return one.at.astimezone(clock.zone(viewer.zone)).date()


def _alike(viewer: Viewer, one: Thing) -> tuple[Any, ...]:
    """The same for things that are one line, its day first."""
    source = happening.sources()[one.number]
    return _day(viewer, one), one.number, "" if source.is_one else one.by or -one.id


def _as_far_as(
    viewer: Viewer, source: Source, things: list[Thing]
) -> tuple[list[Thing], _Place, set[tuple[Any, ...]]]:
    """Of a source that has more than these: which of them to take, as far as where the page may go for it, and which
    line stands for more than it counts. A day that is one line is taken whole: the next page begins with it, unless
    there is nothing but that day."""
    last = things[-1]
    if not source.is_one:
        return things, (last.at, last.number, last.id), set()
    on = _day(viewer, last)
    midnight = datetime.combine(on, time(0), clock.zone(viewer.zone))
    earlier = [one for one in things if _day(viewer, one) != on]
    if earlier:
        return earlier, (midnight + timedelta(days=1), -1, 0), set()
    return things, (midnight, LAST, 0), {_alike(viewer, last)}


def _folded(
    viewer: Viewer, things: Sequence[Thing], most: int
) -> tuple[dict[tuple[Any, ...], list[Thing]], _Place | None]:
    """At most so many lines of things, and the place of the last one in them; None where they are all in them."""
    found: dict[tuple[Any, ...], list[Thing]] = {}
    last = None
    for one in things:
        alike = _alike(viewer, one)
        if alike not in found and len(found) == most:
            return found, last
        found.setdefault(alike, []).append(one)
        last = one.at, one.number, one.id
    return found, None


# ---- showing ---------------------------------------------------------------------------------------------------


def _shown(viewer: Viewer, things: Sequence[Thing]) -> dict[Thing, Any]:
    """Each as its template shows it, without what the viewer may not see after all. Every source is asked, so that a
    page costs the same number of queries whatever happened."""
    found: dict[Thing, Any] = {}
    for number, source in enumerate(happening.sources()):
        mine = [one for one in things if one.number == number]
        known = source.show(viewer, [one.id for one in mine] or [NONE])
        found |= {one: known[one.id] for one in mine if one.id in known}
    return found


def _first(things: Sequence[Thing]) -> Sequence[Thing]:
    """Those of a line that are shown."""
    return things[:FACES] if happening.sources()[things[0].number].is_one else things


def _line(things: Sequence[Thing], shown: Mapping[Thing, Any], others: bool = False) -> Line | None:
    source = happening.sources()[things[0].number]
    first = _first(things)
    some = [shown[one] for one in first if one in shown]
    return Line(source.template, source.is_one, some, len(things) - len(first), others) if some else None
