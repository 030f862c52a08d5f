"""Made-up contacts, ties and suggestions for `hallway bench fill`: as many for each person in any organization."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from portal.core import clock
from portal.core.db import Base, db
from portal.meet.models import Suggestion
from portal.meet.queries import NEW_ONES
from portal.meet.ranking import KEPT
from portal.meet.services import week_of
from portal.ties.models import Contact, KnownColleague, Tie
from portal.ties.state import that_matter

from .bench_kudos import moment, pour

BATCH = 2_000  # people
TIES = 30  # of each person
SPAN = 400  # days over which two were in touch
KNOWN = 20  # the first people can sign in: they are suggested each other
POURED: dict[type[Base], tuple[str, ...]] = {
    Contact: ("person_id", "other_id", "medium", "subject_id", "at"),
    Tie: ("person_id", "other_id", "first_at", "last_at", "days"),
    KnownColleague: ("person_id", "other_id", "at"),
    Suggestion: ("person_id", "other_id", "place", "score", "week"),
}


def fill(people: Sequence[int]) -> int:
    """Let everybody keep up with `TIES` others, two contacts each, and be suggested `KEPT` more (inside a unit of
    work); how many ties there are.

    people: numbers of who is here. Who is a tie or a suggestion of whom follows from how far apart they stand in this
    row, which goes round. Half of the ties are cooling or quiet by now.
    """
    rng = random.Random("ties")  # noqa: S311 - the same ones each time
    count, now = len(people), clock.now()
    far = list(range(KNOWN + 1, count - KNOWN)) if count > 3 * KNOWN else list(range(1, count))
    near = [step for step in far if 2 * step < count]
    steps = rng.sample(near, min(TIES // 2, len(near)))
    taken = {step for one in steps for step in (one, count - one)}
    others = [step for step in far if step not in taken]
    suggested = rng.sample(others, min(KEPT, len(others)))
    indexes = [index for table in POURED for index in table.metadata.tables[table.__tablename__].indexes]
    connection = db.session.connection()
    for index in indexes:  # quicker made once than kept in step with each row
        index.drop(connection)
    for start in range(0, count, BATCH):
        places = range(start, min(start + BATCH, count))
        pour(Contact, POURED[Contact], _contacts(people, places, steps, now))
        pour(Tie, POURED[Tie], _ties(people, places, steps, now))
        pour(KnownColleague, POURED[KnownColleague], _known(people, places, steps, now))
        pour(Suggestion, POURED[Suggestion], _suggestions(people, places, suggested))
    for index in indexes:
        index.create(connection)
    return 2 * len(steps) * count


def _both_ways(people: Sequence[int], places: range, steps: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    """(person, other, days ago first, days ago last), the same days for both."""
    count = len(people)
    for place in places:
        for turn, step in enumerate(steps):
            for low, other in ((place, (place + step) % count), ((place - step) % count, (place - step) % count)):
                last = 1 + (low * 31 + turn * 53) % (SPAN // 2)
                yield people[place], people[other], last + SPAN // 2, last


def _contacts(people: Sequence[int], places: range, steps: Sequence[int], now: datetime) -> Iterator[tuple[Any, ...]]:
    driven = moment()
    for one, other, first, last in _both_ways(people, places, steps):
        for ago in (first, last):
            at = now - timedelta(days=ago)
            yield one, other, "talked", at.toordinal(), driven(at)


def _ties(people: Sequence[int], places: range, steps: Sequence[int], now: datetime) -> Iterator[tuple[Any, ...]]:
    driven = moment()
    for one, other, *ago in _both_ways(people, places, steps):
        first, last = (now - timedelta(days=days) for days in ago)
        days = [day.isoformat() for day in that_matter([first.date(), last.date()])]
        yield one, other, driven(first), driven(last), json.dumps(days)


def _known(people: Sequence[int], places: range, steps: Sequence[int], now: datetime) -> Iterator[tuple[Any, ...]]:
    at = moment()(now)
    for place in places:
        for step in steps[:1]:
            yield people[place], people[(place + step) % len(people)], at


def _suggestions(people: Sequence[int], places: range, steps: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    count, week = len(people), week_of(clock.today())
    for place in places:
        whom = [one for one in range(min(KNOWN, count)) if one != place] if place < KNOWN else []
        whom += [(place + step) % count for step in steps if (place + step) % count not in {*whom, place}]
        for number, other in enumerate(whom[:KEPT], start=1):
            yield people[place], people[other], number, 1 / number, week if number <= NEW_ONES else None
