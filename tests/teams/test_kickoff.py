"""When a kick-off is: hours that the clocks skip or show twice, zones on both sides of the date line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import clock
from portal.teams.kickoff import moment


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "hour", "zone", "at"),
    [
        (date(2027, 1, 12), time(10), "Europe/Berlin", utc(2027, 1, 12, 9)),
        (date(2027, 7, 12), time(10), "Europe/Berlin", utc(2027, 7, 12, 8)),
        (date(2027, 1, 12), time(10), "Asia/Kolkata", utc(2027, 1, 12, 4, 30)),
        (date(2027, 1, 12), time(10), "Asia/Kathmandu", utc(2027, 1, 12, 4, 15)),
        (date(2027, 1, 12), time(10), "UTC", utc(2027, 1, 12, 10)),
        # The same moment, on two days: west and east of the date line.
        (date(2027, 1, 12), time(12), "Pacific/Pago_Pago", utc(2027, 1, 12, 23)),
        (date(2027, 1, 13), time(13), "Pacific/Kiritimati", utc(2027, 1, 12, 23)),
        (date(2027, 1, 12), time(0), "Pacific/Kiritimati", utc(2027, 1, 11, 10)),
        # No such zone on this machine: as UTC (the form asks before).
        (date(2027, 1, 12), time(10), "Nowhere/Else", utc(2027, 1, 12, 10)),
    ],
)
def test_a_day_and_an_hour_on_the_wall(day: date, hour: time, zone: str, at: datetime) -> None:
    assert moment(day, hour, zone) == at


@pytest.mark.parametrize(
    ("day", "hour", "zone"),
    [
        (date(2027, 3, 28), time(2, 0), "Europe/Berlin"),
        (date(2027, 3, 28), time(2, 59), "Europe/Berlin"),
        (date(2027, 3, 14), time(2, 30), "America/New_York"),
        (date(2027, 10, 3), time(2, 15), "Australia/Lord_Howe"),  # half an hour only
        (date(2011, 12, 30), time(12), "Pacific/Apia"),  # a whole day
    ],
)
def test_an_hour_that_the_clocks_skip_is_none(day: date, hour: time, zone: str) -> None:
    assert moment(day, hour, zone) is None


def test_around_the_skipped_hour() -> None:
    assert moment(date(2027, 3, 28), time(1, 59), "Europe/Berlin") == utc(2027, 3, 28, 0, 59)
    assert moment(date(2027, 3, 28), time(3, 0), "Europe/Berlin") == utc(2027, 3, 28, 1)
    assert moment(date(2027, 3, 28), time(2, 30), "Europe/London") == utc(2027, 3, 28, 1, 30), "elsewhere it is there"


@pytest.mark.parametrize("fold", [0, 1])
def test_of_an_hour_that_comes_twice_the_first(fold: int) -> None:
    assert moment(date(2027, 10, 31), time(2, 30, fold=fold), "Europe/Berlin") == utc(2027, 10, 31, 0, 30)
    assert moment(date(2027, 11, 7), time(1, 30, fold=fold), "America/New_York") == utc(2027, 11, 7, 5, 30)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin", "Pacific/Kiritimati", "UTC"])
def test_the_first_and_the_last_day_that_can_be_written(zone: str) -> None:
    for hour in (time(0), time(23, 59)):
        first, last = moment(date.min, hour, zone), moment(date.max, hour, zone)
        assert first is not None and first.year == 1
        assert last is not None and last.year == 9999


@given(st.dates(), st.times(), st.sampled_from(sorted(clock.available_zones())))
def test_any_moment_is_that_hour_there_or_none(day: date, hour: time, zone: str) -> None:
    at = moment(day, hour, zone)
    if at is not None and 1 < day.year < 9999:
        assert at.astimezone(clock.zone(zone)).replace(tzinfo=None) == datetime.combine(day, hour)
