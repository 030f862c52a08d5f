"""The only place that asks what time it is, so that the demo company and tests can say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError
from zoneinfo import available_timezones as _zones_here

_pinned: ContextVar[datetime | None] = ContextVar("pinned_time", default=None)


def now() -> datetime:
    """The moment, aware, in UTC."""
    return _pinned.get() or datetime.now(UTC)


@contextmanager
def pinned(moment: datetime) -> Iterator[None]:
    """Everything inside happens at `moment` (aware)."""
    token = _pinned.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)


def ago(**parts: float) -> datetime:
    """The moment that lies `timedelta(**parts)` back."""
    return now() - timedelta(**parts)


def zone(name: str | None) -> ZoneInfo:
    """The zone of that IANA name; UTC for none and for a name this machine does not know."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


@cache
def available_zones() -> frozenset[str]:
    """The IANA zones that this machine knows (reading them takes 50 ms, once)."""
    return frozenset(_zones_here())


def is_zone(name: str) -> bool:
    """Is this an IANA zone that this machine knows?"""
    return name in available_zones()


def local(name: str | None) -> datetime:
    """The moment, in that zone."""
    return now().astimezone(zone(name))


def today(name: str | None = None) -> date:
    """The calendar day in that zone."""
    return local(name).date()


def moment_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """That minute of that day (0 to 24 hours) in UTC: the first one where it comes twice; where the clock jumps over
    it, the moment of the jump."""
    naive = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = naive.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == naive:
        return found
    # Before the jump the zone still has the offset that `found` was computed with; the jump lies between these two.
    before = naive.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = found
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == old else (before, middle)
    return after.replace(microsecond=0)
