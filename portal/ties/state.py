"""In which state a tie is, and how strong: pure functions of days and today.

The states, first that fits: dormant (the last contact is over 90 days ago), cooling (was strong within 90 days, and
the last contact is over 28 days ago, days away not counted), strong (contact in at least 4 of the last 6 fortnights),
new (first within 14 days), warm (last within 28 days), else quiet.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Literal, TypeAlias

State: TypeAlias = Literal["dormant", "cooling", "strong", "new", "warm", "quiet"]
STATES: tuple[State, ...] = ("dormant", "cooling", "strong", "new", "warm", "quiet")
Span: TypeAlias = tuple[date, date]  # first and last day

DORMANT_AFTER, COOLING_AFTER, NEW_FOR, WARM_FOR = 90, 28, 14, 28  # days
FORTNIGHT, LOOKED_AT, NEEDED = 14, 6, 4
# Contacts older than this before the last one change no state, now or later.
MATTER_FOR = timedelta(days=DORMANT_AFTER + FORTNIGHT * LOOKED_AT)
HALF_LIFE = 180  # days: after so many a contact weighs half


def is_strong(ages: Collection[int]) -> bool:
    """Are there contacts in enough of the last fortnights? Ages in days; what lies ahead (below 0) does not count."""
    return len({age // FORTNIGHT for age in ages if 0 <= age < FORTNIGHT * LOOKED_AT}) >= NEEDED


def days_away(after: date, until: date, spans: Iterable[Span]) -> int:
    """How many days after `after`, up to and with `until`, lie in one of these spans."""
    away: set[int] = set()
    for first, last in spans:
        away.update(range(max(first, after + timedelta(days=1)).toordinal(), min(last, until).toordinal() + 1))
    return len(away)


def state_of(days: Sequence[date], today: date, *, first: date | None = None, away: Iterable[Span] = ()) -> State:
    """The state of a tie with contacts on these days, at least one and none ahead of today.

    first: the day of the first contact of all, where `days` holds only the later ones; away: when one of the two was.
    """
    ages = sorted({(today - day).days for day in days})
    last = ages[0]
    if last > DORMANT_AFTER:
        return "dormant"
    silent = last > COOLING_AFTER and last - days_away(max(days), today, away) > COOLING_AFTER
    # Which fortnight a contact falls in depends on the day that one counts from, so each day is looked at.
    if silent and any(is_strong([age - ago for age in ages]) for ago in range(DORMANT_AFTER + 1)):
        return "cooling"
    if is_strong(ages):
        return "strong"
    if (today - (first or min(days))).days <= NEW_FOR:
        return "new"
    return "warm" if last <= WARM_FOR else "quiet"


def states_at(
    ends: Iterable[date], days: Sequence[date], *, first: date | None = None, away: Collection[Span] = ()
) -> list[State | None]:
    """In which state it was on each of these days; None before the first contact. Whatever `days` leave out is long
    before all of them."""
    found: list[State | None] = []
    for end in ends:
        until = [day for day in days if day <= end]
        if until:
            found.append(state_of(until, end, first=first, away=away))
        else:
            found.append("dormant" if first is not None and first <= end else None)
    return found


def strength(ages: Iterable[float], half_life: float = HALF_LIFE) -> float:
    """How much contact there is, the later the more: 0 for none. Ages in days, one for each day with a contact."""
    return math.log1p(sum(0.5 ** (age / half_life) for age in ages))


def that_matter(days: Iterable[date]) -> list[date]:
    """Those that a state may depend on, each once, in order."""
    ordered = sorted(set(days))
    return [day for day in ordered if day >= ordered[-1] - MATTER_FOR]
