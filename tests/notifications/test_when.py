"""Quiet hours and the moment of the digest, in zones of the world and through summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.core.clock import moment_of
from portal.notifications.when import Hours, digest_at, next_digest, out_of_quiet, week_of, weeks_between
from portal.people.models import WEEK

AMSTERDAM, NEW_YORK, KATHMANDU = (
    ZoneInfo(name) for name in ("Europe/Amsterdam", "America/New_York", "Asia/Kathmandu")
)
ALWAYS = WEEK  # works every day, so that only hours count


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def said(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("zone", "day", "minute", "utc"),
    [
        (AMSTERDAM, date(2026, 7, 1), 450, "2026-07-01 05:30"),
        (AMSTERDAM, date(2026, 12, 1), 450, "2026-12-01 06:30"),
        (KATHMANDU, date(2026, 7, 1), 450, "2026-07-01 01:45"),
        # 02:00 to 03:00 does not exist: the jump itself
        (AMSTERDAM, date(2026, 3, 29), 150, "2026-03-29 01:00"),
        (AMSTERDAM, date(2026, 3, 29), 120, "2026-03-29 01:00"),
        (AMSTERDAM, date(2026, 3, 29), 180, "2026-03-29 01:00"),
        (NEW_YORK, date(2026, 3, 8), 150, "2026-03-08 07:00"),
        # comes twice: the first
        (AMSTERDAM, date(2026, 10, 25), 150, "2026-10-25 00:30"),
        (NEW_YORK, date(2026, 11, 1), 90, "2026-11-01 05:30"),
        (AMSTERDAM, date(2026, 10, 25), 24 * 60, "2026-10-25 23:00"),
        # a day that a country left out as a whole
        (ZoneInfo("Pacific/Apia"), date(2011, 12, 30), 600, "2011-12-30 10:00"),
    ],
)
def test_a_minute_of_a_day_is_one_moment(zone: ZoneInfo, day: date, minute: int, utc: str) -> None:
    assert said(moment_of(day, minute, zone)) == utc


@pytest.mark.parametrize(
    ("zone", "moment", "leaves"),
    [
        (AMSTERDAM, "2026-06-03 08:00", "2026-06-03 08:00"),
        (AMSTERDAM, "2026-06-03 16:59", "2026-06-03 16:59"),
        (AMSTERDAM, "2026-06-03 17:00", "2026-06-04 05:30"),
        (AMSTERDAM, "2026-06-04 05:29", "2026-06-04 05:30"),
        (AMSTERDAM, "2026-12-03 17:30", "2026-12-03 17:30"),  # the same hour in winter is before the evening
        (AMSTERDAM, "2026-12-03 18:00", "2026-12-04 06:30"),
        (KATHMANDU, "2026-06-03 13:14", "2026-06-03 13:14"),  # 18:59 there
        (KATHMANDU, "2026-06-03 13:15", "2026-06-04 01:45"),
        # over the night in which the clocks change
        (AMSTERDAM, "2026-03-28 18:00", "2026-03-29 05:30"),
        (AMSTERDAM, "2026-10-24 17:00", "2026-10-25 06:30"),
        (NEW_YORK, "2026-03-08 00:30", "2026-03-08 11:30"),
        (NEW_YORK, "2026-11-01 00:30", "2026-11-01 12:30"),
    ],
)
def test_mail_waits_for_the_end_of_the_quiet_hours(zone: ZoneInfo, moment: str, leaves: str) -> None:
    assert said(out_of_quiet(at(moment), Hours(zone, working_days=ALWAYS))) == leaves


@pytest.mark.parametrize(
    ("quiet", "moment", "leaves"),
    [
        ((0, 150), "2026-03-29 00:30", "2026-03-29 01:00"),  # ends in the hour that does not exist
        ((0, 150), "2026-10-25 00:10", "2026-10-25 00:30"),  # ends in the hour that comes twice: the first time
        ((0, 150), "2026-10-25 01:10", "2026-10-25 01:10"),  # and has ended when it comes again
        ((150, 300), "2026-10-25 01:10", "2026-10-25 04:00"),  # began the first time
        ((720, 840), "2026-06-03 10:30", "2026-06-03 12:00"),  # at noon
        ((720, 840), "2026-06-03 12:30", "2026-06-03 12:30"),
        ((480, 480), "2026-06-03 02:00", "2026-06-03 02:00"),  # no hour at all
    ],
)
def test_quiet_hours_of_any_kind_through_summer_time(quiet: tuple[int, int], moment: str, leaves: str) -> None:
    hours = Hours(AMSTERDAM, quiet_from=quiet[0], quiet_to=quiet[1], working_days=ALWAYS)
    assert said(out_of_quiet(at(moment), hours)) == leaves


def test_days_off_are_quiet_unless_somebody_wants_otherwise() -> None:
    friday_evening = at("2026-06-05 18:00")
    assert said(out_of_quiet(friday_evening, Hours(AMSTERDAM))) == "2026-06-08 05:30"
    assert said(out_of_quiet(friday_evening, Hours(AMSTERDAM, days_off=False))) == "2026-06-06 05:30"
    assert said(out_of_quiet(friday_evening, Hours(AMSTERDAM, is_quiet=False))) == said(friday_evening)
    assert said(out_of_quiet(friday_evening, Hours(AMSTERDAM, working_days=["thu"]))) == "2026-06-11 05:30"
    assert said(out_of_quiet(friday_evening, Hours(AMSTERDAM, working_days=[]))) == "2026-06-08 05:30"


@pytest.mark.parametrize("zone", [AMSTERDAM, NEW_YORK, KATHMANDU, ZoneInfo("Australia/Lord_Howe")])
def test_what_leaves_never_leaves_in_a_quiet_minute(zone: ZoneInfo) -> None:
    """Every quarter of an hour over both changes of the clock."""
    hours = Hours(zone, working_days=ALWAYS)
    for first in (
        datetime(2026, 3, 6, tzinfo=UTC),
        datetime(2026, 3, 27, tzinfo=UTC),
        datetime(2026, 10, 23, tzinfo=UTC),
    ):
        before = first
        for quarter in range(4 * 24 * 4):
            moment = first + timedelta(minutes=15 * quarter)
            leaves = out_of_quiet(moment, hours)
            assert leaves >= moment and leaves >= before, "what came first leaves first"
            assert time(7, 30) <= leaves.astimezone(zone).time().replace(tzinfo=None) < time(19)
            assert leaves - moment <= timedelta(hours=13, minutes=30)
            before = leaves


# ---- the digest ----------------------------------------------------------------------------------------------


def test_a_digest_comes_in_the_hour_that_was_chosen_and_each_at_a_second_of_its_own() -> None:
    week = week_of(date(2026, 6, 1))
    moments = {digest_at(week, Hours(AMSTERDAM), person_id) for person_id in range(1, 400)}
    assert at("2026-06-01 07:00") <= min(moments) and max(moments) < at("2026-06-01 08:00")
    assert len(moments) > 300
    assert digest_at(week, Hours(AMSTERDAM), 7) == digest_at(week, Hours(AMSTERDAM), 7)


def test_it_comes_on_the_first_day_somebody_works_or_on_the_day_they_chose() -> None:
    week = week_of(date(2026, 6, 1))
    days = {
        digest_at(week, hours, 7).date()
        for hours in (Hours(AMSTERDAM, working_days=["wed", "thu"]), Hours(AMSTERDAM, digest_day="wed"))
    }
    assert days == {date(2026, 6, 3)}


def test_the_hour_stays_the_hour_when_the_clock_changes() -> None:
    hours = Hours(NEW_YORK, digest_hour=9)
    local = [digest_at(week_of(date(2026, 3, 2)) + n, hours, 7).astimezone(NEW_YORK) for n in range(3)]
    assert len({moment.time() for moment in local}) == 1 and local[0].hour == 9
    assert local[1] - local[0] == timedelta(days=7)
    assert local[1].astimezone(UTC) - local[0].astimezone(UTC) == timedelta(days=7, hours=-1)


def test_an_hour_that_does_not_exist_is_the_next_one() -> None:
    hours = Hours(AMSTERDAM, digest_day="sun", digest_hour=2)
    assert digest_at(week_of(date(2026, 3, 29)), hours, 7).astimezone(AMSTERDAM).hour == 3


def test_the_next_one_is_never_in_a_week_that_had_one() -> None:
    monday, hours = at("2026-06-01 06:00"), Hours(AMSTERDAM)
    week, due = next_digest(monday, hours, 7, None, 0) or (0, monday)
    assert week == week_of(date(2026, 6, 1)) and due > monday
    later = Hours(AMSTERDAM, digest_day="fri")
    again = next_digest(due, later, 7, week, 0)
    assert again and again[0] == week + 1 and again[1].date() == date(2026, 6, 12)


def test_three_without_an_act_make_it_monthly_and_six_end_it() -> None:
    assert [weeks_between(n) for n in range(7)] == [1, 1, 1, 4, 4, 4, None]
    now, hours = at("2026-06-01 12:00"), Hours(AMSTERDAM)
    week = week_of(date(2026, 6, 1))
    monthly = next_digest(now, hours, 7, week, 3)
    assert monthly and monthly[0] == week + 4
    assert next_digest(now, hours, 7, week, 6) is None
