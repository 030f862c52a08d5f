"""What time it is, as tests and the demo company may say."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from portal.core import clock

NOON = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


def test_now_is_aware_and_in_utc() -> None:
    assert clock.now().tzinfo is UTC


def test_pinned_holds_for_everything_inside_and_ends() -> None:
    with clock.pinned(NOON):
        assert clock.now() == NOON
        with clock.pinned(NOON + timedelta(days=1)):
            assert clock.today() == date(2024, 3, 1)
        assert clock.now() == NOON
        assert clock.ago(days=1, hours=1) == datetime(2024, 2, 28, 11, 0, tzinfo=UTC)
    assert clock.now() > NOON


def test_pinned_ends_when_something_breaks() -> None:
    with pytest.raises(ValueError), clock.pinned(NOON):
        raise ValueError
    assert clock.now() > NOON


def test_pinned_may_be_said_in_any_zone_and_is_kept_in_utc() -> None:
    with clock.pinned(NOON.astimezone(timezone(timedelta(hours=9)))):
        assert clock.now() == NOON and clock.now().tzinfo is UTC


def test_pinned_holds_for_this_thread_alone() -> None:
    seen = []
    with clock.pinned(NOON):
        thread = threading.Thread(target=lambda: seen.append(clock.now()))
        thread.start()
        thread.join()
    assert seen[0] > NOON


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [
        ("UTC", 12, 29),
        ("Asia/Tokyo", 21, 29),
        ("Pacific/Kiritimati", 2, 1),
        ("America/New_York", 7, 29),
        (None, 12, 29),
        ("", 12, 29),
        ("Nowhere/At_All", 12, 29),
        ("../../etc/passwd", 12, 29),
        ("/etc/passwd", 12, 29),
        ("a\x00b", 12, 29),
        ("Europe", 12, 29),
        ("x" * 5000, 12, 29),
        ("üñí", 12, 29),
    ],
)
def test_local_time_of_a_zone_and_utc_for_one_that_is_not_known(zone: str | None, hour: int, day: int) -> None:
    with clock.pinned(NOON):
        assert clock.local(zone).hour == hour
        assert clock.today(zone).day == day


def test_zones_that_exist() -> None:
    assert clock.is_zone("Europe/Berlin") and clock.is_zone("America/Argentina/Ushuaia")
    for name in ("", "Berlin", "europe/berlin", "Europe/Berlin ", "../Europe/Berlin"):
        assert not clock.is_zone(name)
