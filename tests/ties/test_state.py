"""States and strengths of ties, from days alone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.ties.state import MATTER_FOR, STATES, days_away, state_of, states_at, strength, that_matter

TODAY = date(2030, 6, 28)


def ago(*days: int) -> list[date]:
    return [TODAY - timedelta(days=one) for one in days]


FORTNIGHTLY = (1, 15, 29, 43)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        ((91,), "dormant"),
        ((91, 105, 119, 133, 147), "dormant"),  # however strong it was
        ((90,), "quiet"),
        ((29, 43, 57, 71), "cooling"),  # strong four weeks ago
        ((90, 104, 118, 132), "cooling"),
        ((28, 42, 56, 70), "strong"),
        (FORTNIGHTLY, "strong"),
        ((1, 15, 29), "warm"),  # three fortnights of six
        ((1, 2, 3, 4), "new"),  # four days in one fortnight
        ((14,), "new"),
        ((15,), "warm"),
        ((0,), "new"),
        ((28, 200), "warm"),
        ((29,), "quiet"),
    ],
)
def test_the_first_that_fits(days: tuple[int, ...], state: str) -> None:
    assert state_of(ago(*days), TODAY) == state


def test_days_away_are_not_counted() -> None:
    days, away = ago(40, 54, 68, 82), (TODAY - timedelta(days=30), TODAY - timedelta(days=10))
    assert state_of(days, TODAY) == "cooling"
    assert state_of(days, TODAY, away=[away]) == "strong"
    assert days_away(days[0], TODAY, [away, away, (TODAY - timedelta(days=99), TODAY - timedelta(days=38))]) == 23


def test_what_is_older_than_what_matters_changes_only_what_is_new() -> None:
    days = ago(5, 20, 200, 400)
    assert that_matter([*days, days[0]]) == ago(20, 5)
    assert state_of(ago(5), TODAY, first=TODAY - timedelta(days=400)) == "warm"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.integers(0, 60))
def test_the_days_that_are_kept_say_the_same_later(days: list[int], later: int) -> None:
    every, today = ago(*days), TODAY + timedelta(days=later)
    state = state_of(every, today)
    assert state in STATES
    assert state_of(that_matter(every), today, first=min(every)) == state


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_each_week_says_what_its_own_end_said(days: list[int]) -> None:
    """Nothing that came later changes it, and what is long over need not be there."""
    every, ends = ago(*days), [TODAY - timedelta(weeks=one) for one in reversed(range(12))]
    late = [day for day in every if day >= ends[0] - MATTER_FOR]
    for end, state in zip(ends, states_at(ends, late, first=min(every)), strict=True):
        known = [day for day in every if day <= end]
        assert state == (state_of(known, end) if known else None)


def test_the_later_the_stronger() -> None:
    assert strength([]) == 0
    assert strength([0]) > strength([180]) > strength([360]) > 0
    assert strength([0, 1]) > strength([0])
