"""When mail leaves: the reader's quiet hours and the moment of their digest, in their zone, through summer time.

Pure functions. A day's times are turned into moments of UTC and compared there. An hour that does not exist ends when
the clock jumps over it; of an hour that comes twice the first one counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.core.clock import moment_of
from portal.people.models import OFFICE_DAYS, WEEK

from .models import DIGEST_HOUR, ENDS_AFTER, MONTHLY_AFTER, QUIET_FROM, QUIET_TO

_DAY = 24 * 60
_FAR = 9  # days to look ahead: a week with one working day has its next one within


@dataclass(frozen=True)
class Hours:
    """When somebody wants no mail, and when their digest. `quiet_from`, `quiet_to` in minutes of the day."""

    zone: ZoneInfo
    is_quiet: bool = True
    quiet_from: int = QUIET_FROM
    quiet_to: int = QUIET_TO
    days_off: bool = True
    working_days: Collection[str] = OFFICE_DAYS
    digest_day: str | None = None
    digest_hour: int = DIGEST_HOUR

    @property
    def days(self) -> list[str]:
        """The days on which they work, in order; where none is said, Monday to Friday."""
        return [day for day in WEEK if day in self.working_days] or list(OFFICE_DAYS)

    @property
    def day_of_digest(self) -> str:
        return self.digest_day or self.days[0]


def _loud(day: date, hours: Hours) -> list[tuple[datetime, datetime]]:
    """From when to when mail may come on that day."""
    if hours.days_off and WEEK[day.weekday()] not in hours.days:
        return []
    start, end = hours.quiet_from, hours.quiet_to
    if start == end:  # no hour of the day is quiet
        spans = [(0, _DAY)]
    elif start > end:  # overnight
        spans = [(end, start)]
    else:
        spans = [(0, start), (end, _DAY)]
    return [(moment_of(day, one, hours.zone), moment_of(day, other, hours.zone)) for one, other in spans]


def out_of_quiet(moment: datetime, hours: Hours) -> datetime:
    """That moment, or the end of the quiet hours in which it lies."""
    if not hours.is_quiet:
        return moment
    first = moment.astimezone(hours.zone).date()
    for ahead in range(_FAR):
        for start, end in _loud(first + timedelta(days=ahead), hours):
            if moment < end and start < end:
                return max(moment, start)
    return moment  # not reached: within nine days somebody works


# ---- the digest ----------------------------------------------------------------------------------------------


def week_of(day: date) -> int:
    """The number of the week, from Monday to Sunday, that a day is in."""
    return (day.toordinal() - 1) // 7


def digest_at(week: int, hours: Hours, person_id: int) -> datetime:
    """When the digest of that week is due: the day and hour they chose, and some seconds of the hour after it that
    are always theirs, so that not all leave at once."""
    day = date.fromordinal(week * 7 + 1 + WEEK.index(hours.day_of_digest))
    return moment_of(day, hours.digest_hour * 60, hours.zone) + timedelta(
        seconds=zlib.crc32(b"%d" % person_id) % 3600
    )


def weeks_between(unanswered: int) -> int | None:
    """How many weeks lie between two digests; None when none comes any more."""
    if unanswered >= ENDS_AFTER:
        return None
    return 4 if unanswered >= MONTHLY_AFTER else 1


def next_digest(
    now: datetime, hours: Hours, person_id: int, last_week: int | None, unanswered: int
) -> tuple[int, datetime] | None:
    """(week, moment) of the next digest; None when none comes any more. last_week: of the one before."""
    apart = weeks_between(unanswered)
    if apart is None:
        return None
    week = week_of(now.astimezone(hours.zone).date()) - 1
    if last_week is not None:
        week = max(week, last_week + apart)
    while (due := digest_at(week, hours, person_id)) <= now:
        week += 1
    return week, due
