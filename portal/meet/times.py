"""When two people could have a coffee: within the working hours of both, by the clock on each one's wall. Pure.

Nobody says their hours here, so 9 to 17 o'clock on the days they work counts. Where the two share none, what is least
outside for both: an hour too early for each is better than two for one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.core import clock
from portal.people.models import OFFICE_DAYS, WEEK

BEGINS, ENDS = 9 * 60, 17 * 60  # minutes of the day
LASTS = timedelta(minutes=30)
AHEAD = 14  # days that are looked at
AT_MOST = 6  # times
APART = timedelta(hours=1)  # two times of one day
STEP = 30  # minutes
_EARLY, _LATE, _LUNCH = 10 * 60, 14 * 60 + 30, range(12 * 60, 13 * 60)
_DAY_OFF = 6 * 60  # as bad as so many minutes outside


@dataclass(frozen=True)
class Hours:
    """When somebody works. days: of `WEEK`, none for those of an office; from_on: not before that day."""

    zone: ZoneInfo
    days: Collection[str] = OFFICE_DAYS
    from_on: date | None = None

    def outside(self, at: datetime) -> int:
        """By how many minutes a coffee then lies outside their hours; 0 within."""
        local = at.astimezone(self.zone)
        begins = local.hour * 60 + local.minute
        ends = begins + int(LASTS.total_seconds()) // 60
        off = 0 if WEEK[local.weekday()] in (self.days or OFFICE_DAYS) else _DAY_OFF
        return off + max(0, BEGINS - begins, ends - ENDS)


@dataclass(frozen=True)
class Time:
    """A moment in UTC; fits: is it within the hours of both?"""

    at: datetime
    fits: bool


def proposals(mine: Hours, theirs: Hours, now: datetime, most: int = AT_MOST) -> list[Time]:
    """Some times from tomorrow on, on different days where that is possible, now earlier and now later in the day."""
    days = list(_days(mine, theirs, now))
    fitting = [[at for at in day if not mine.outside(at) and not theirs.outside(at)] for day in days]
    if any(fitting):
        return [Time(at, fits=True) for at in sorted(_spread(fitting, mine, theirs, most))]

    def bad(at: datetime) -> tuple[int, datetime]:
        return mine.outside(at) ** 2 + theirs.outside(at) ** 2, at

    least = sorted((min(day, key=bad) for day in days if day), key=bad)[:most]
    return [Time(at, fits=False) for at in sorted(least)]


def _days(mine: Hours, theirs: Hours, now: datetime) -> Iterator[list[datetime]]:
    """For each of my days the moments that could be one, each once, also where the clock is changed."""
    tomorrow = now.astimezone(mine.zone).date() + timedelta(days=1)
    first = max(day for day in (tomorrow, mine.from_on, theirs.from_on) if day is not None)
    for ahead in range(AHEAD):
        day = first + timedelta(days=ahead)
        moments = dict.fromkeys(clock.moment_of(day, minute, mine.zone) for minute in range(0, 24 * 60, STEP))
        yield [at for at in moments if theirs.from_on is None or at.astimezone(theirs.zone).date() >= theirs.from_on]


def _spread(fitting: list[list[datetime]], mine: Hours, theirs: Hours, most: int) -> list[datetime]:
    """One of each day first, then further ones that lie apart."""
    chosen: list[datetime] = []
    left = True
    while left and len(chosen) < most:
        left = False
        for day in fitting:
            wanted = _LATE if len(chosen) % 2 else _EARLY
            free = [at for at in day if all(abs(at - other) >= APART for other in chosen)]
            if free and len(chosen) < most:
                left = True
                chosen.append(min(free, key=lambda at: (_unlike(at, wanted, mine, theirs), at)))
    return chosen


def _unlike(at: datetime, wanted: int, mine: Hours, theirs: Hours) -> int:
    """How far that is from the minute of the day that is wanted; nobody gives up their lunch."""
    minutes = [local.hour * 60 + local.minute for local in (at.astimezone(mine.zone), at.astimezone(theirs.zone))]
    return sum(abs(minute - wanted) + (120 if minute in _LUNCH else 0) for minute in minutes)
