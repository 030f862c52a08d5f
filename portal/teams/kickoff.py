"""When a kick-off is: a day and an hour on the wall, in a zone. Pure functions."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from portal.core import clock

LASTS = timedelta(hours=1)


def moment(day: date, hour: time, zone: str) -> datetime | None:
    """That moment in UTC; None for an hour that the clocks skip there that day. Of an hour that comes twice, the
    first."""
    there = clock.zone(zone)
    local = datetime.combine(day, hour.replace(tzinfo=None, fold=0), there)
    try:
        utc = local.astimezone(UTC)
    except OverflowError:  # the first or the last day that can be written: past, or too far ahead, all the same
        return (datetime.min if day.year == 1 else datetime.max).replace(tzinfo=UTC)
    return utc if utc.astimezone(there).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def is_today(at: datetime | None, zone: str | None) -> bool:
    """Is it the day of the kick-off, on the wall where it is?"""
    return at is not None and at.astimezone(clock.zone(zone)).date() == clock.today(zone)
