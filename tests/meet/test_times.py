"""Times for a coffee: inside both working hours, through summer time, and the calendar file of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from portal.core.clock import available_zones
from portal.meet.calendar import coffee_ics
from portal.meet.times import AHEAD, AT_MOST, Hours, proposals
from portal.people.models import WEEK

AMSTERDAM, NEW_YORK, SYDNEY, HONOLULU = (
    ZoneInfo(name) for name in ("Europe/Amsterdam", "America/New_York", "Australia/Sydney", "Pacific/Honolulu")
)
MONDAY = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def said(moments: list[datetime], zone: ZoneInfo) -> list[str]:
    return [at.astimezone(zone).strftime("%a %H:%M") for at in moments]


def test_times_lie_within_both_hours_on_days_that_both_work() -> None:
    here = [one.at for one in proposals(Hours(AMSTERDAM), Hours(AMSTERDAM), MONDAY)]
    assert said(here, AMSTERDAM) == [
        "Tue 10:00", "Wed 14:30", "Thu 10:00", "Fri 14:30", "Mon 10:00", "Tue 14:30",
    ]  # fmt: skip
    over_there = proposals(Hours(AMSTERDAM), Hours(NEW_YORK), MONDAY)
    assert all(one.fits for one in over_there)
    assert {at.astimezone(NEW_YORK).hour for at in (one.at for one in over_there)} <= {9, 10}
    # One common day a week, and somebody who comes back next week.
    few = proposals(Hours(AMSTERDAM, ("mon", "wed")), Hours(AMSTERDAM, ("wed", "fri")), MONDAY)
    assert {at.astimezone(AMSTERDAM).strftime("%a") for at in (one.at for one in few)} == {"Wed"}
    assert len(few) == AT_MOST and all(other.at - one.at >= timedelta(hours=1) for one, other in pairwise(few))
    later = proposals(Hours(AMSTERDAM, from_on=date(2026, 6, 9)), Hours(AMSTERDAM), MONDAY)
    assert min(one.at for one in later).date() == date(2026, 6, 9)


def test_no_common_hours_are_said_and_shared_fairly() -> None:
    found = proposals(Hours(AMSTERDAM), Hours(HONOLULU), MONDAY)  # 12 hours apart in summer
    assert len(found) == AT_MOST and not any(one.fits for one in found)
    for one in found:
        assert {Hours(AMSTERDAM).outside(one.at), Hours(HONOLULU).outside(one.at)} <= set(range(120, 300))
    never = proposals(Hours(AMSTERDAM, ("mon", "tue")), Hours(AMSTERDAM, ("thu", "fri")), MONDAY)
    assert len(never) == AT_MOST and not any(one.fits for one in never)
    assert all(9 <= one.at.astimezone(AMSTERDAM).hour < 17 for one in never)


@pytest.mark.parametrize("now", [datetime(2026, 3, 25, 9, tzinfo=UTC), datetime(2026, 10, 21, 9, tzinfo=UTC)])
def test_the_clock_on_the_wall_counts_when_it_is_changed(now: datetime) -> None:
    """In those two weeks Amsterdam and New York are five hours apart, before and after them six."""
    found = proposals(Hours(AMSTERDAM), Hours(NEW_YORK), now)
    for one in found:
        assert one.fits and 9 <= one.at.astimezone(AMSTERDAM).hour < 17 and 9 <= one.at.astimezone(NEW_YORK).hour < 17
    assert len({one.at for one in found}) == len(found) == AT_MOST


zones = st.sampled_from(sorted(available_zones())).map(ZoneInfo)
workdays = st.lists(st.sampled_from(WEEK), max_size=7, unique=True)
moments = st.integers(0, 3_000_000).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(zones, zones, workdays, workdays, moments)
def test_something_is_proposed_whatever_the_zones_and_days(
    one: ZoneInfo, other: ZoneInfo, mine: list[str], theirs: list[str], now: datetime
) -> None:
    me, them = Hours(one, mine), Hours(other, theirs)
    found = proposals(me, them, now)
    assert 1 <= len(found) <= AT_MOST and found == sorted(found, key=lambda time: time.at)
    assert all(now < time.at < now + timedelta(days=AHEAD + 3) for time in found)
    assert all(time.fits is (me.outside(time.at) == 0 == them.outside(time.at)) for time in found)


@pytest.mark.parametrize(
    "name", ["Coffee, cake; \\ and more\nwith you", "Kaffee mit Ünal " * 9, "咖啡与山田花子" * 12]
)
def test_the_calendar_file_is_one_that_calendars_read(name: str) -> None:
    at = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    data = coffee_ics(uids=[("a@x", at), ("b@x", at + timedelta(days=1))], name=name, url="https://x/p/a", now=MONDAY)
    assert all(len(line) <= 75 for line in data.split(b"\r\n")) and b"\n" not in data.replace(b"\r\n", b"")
    assert b"DTSTART:20260701T083000Z" in data and b"DTEND:20260701T090000Z" in data
    events = Calendar.from_ical(data).walk("VEVENT")
    assert [str(event["uid"]) for event in events] == ["a@x", "b@x"] and str(events[0]["summary"]) == name
