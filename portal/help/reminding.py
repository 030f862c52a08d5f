"""When the two of a promise are reminded of it: the working day before, and on the day, in the zone of each. Pure.

On a day off nobody is reminded: what would fall on one comes on the working day before it. Where both would come on
one day, that on the day is the one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.people.models import WEEK

from .routing import OFFICE_DAYS

AT = time(9)  # on the reader's clock


def moment(on: date, zone: ZoneInfo) -> datetime:
    """Nine o'clock on that day, in UTC; where the clock jumps over it, the first full hour after the jump."""
    wanted = datetime.combine(on, AT, tzinfo=zone)
    return wanted.astimezone(UTC)


def working_day(on: date, days: Collection[str]) -> date:
    """That day, or the last working day before it."""
    for back in range(7):
        if WEEK[(on - timedelta(days=back)).weekday()] in days:
            return on - timedelta(days=back)
    return on


def working_day_after(on: date, days: Collection[str], count: int) -> date:
    """That many working days later; 0 is that day itself, or the next working day."""
    left = max(count, 0)
    if not left and WEEK[on.weekday()] in days:
        return on
    left = left or 1
    while left:
        on += timedelta(days=1)
        left -= WEEK[on.weekday()] in days
    return on


def reminders(due_on: date, *, zone: ZoneInfo, working_days: Collection[str], now: datetime) -> dict[str, datetime]:
    """ "before" and "day" -> moment, of those that are still to come."""
    days = [day for day in WEEK if day in working_days] or list(OFFICE_DAYS)
    last = working_day(due_on, days)
    before = working_day(last - timedelta(days=1), days)
    found = {"before": moment(before, zone), "day": moment(last, zone)}
    return {kind: at for kind, at in found.items() if at > now}
