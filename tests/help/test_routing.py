"""Who is asked, and when the next ones are: pure reckoning."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.help.routing import (
    AT_A_TIME,
    LIMIT,
    RESTED_BY_HALF,
    TIRED,
    Candidate,
    choose,
    next_round,
    worth,
)

NOW = datetime(2026, 3, 11, 10, tzinfo=UTC)
MOMENTS = st.none() | st.integers(0, 60 * 24).map(lambda hours: NOW - timedelta(hours=hours))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        person_id=st.integers(1, 40),
        score=st.floats(0.001, 1000),
        open_promises=st.integers(0, 4),
        asks_waiting=st.integers(0, 4),
        asked_lately=st.integers(0, 3),
        limit=st.integers(0, 2),
        away=st.booleans(),
        elsewhere=st.booleans(),
        last_asked=MOMENTS,
    ),
    unique_by=lambda one: one.person_id,
    max_size=12,
)


def chosen(*candidates: Candidate, seed: int = 1, fresh_eyes: bool = False) -> list[int]:
    return [one.person_id for one in choose(candidates, seed=seed, fresh_eyes=fresh_eyes, now=NOW)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(CANDIDATES, st.randoms(), st.integers(0, 5), st.integers(), st.booleans())
def test_who_is_asked_may_be_asked_and_the_order_of_candidates_says_nothing(
    candidates: list[Candidate], rng: object, count: int, seed: int, fresh_eyes: bool
) -> None:
    found = choose(candidates, count=count, seed=seed, fresh_eyes=fresh_eyes, now=NOW)
    by_id = {one.person_id: one for one in candidates}
    able = [one for one in candidates if not one.away and one.asked_lately < one.limit]
    assert len({one.person_id for one in found}) == len(found) == min(count, len(able))
    assert [one.place for one in found] == list(range(1, len(found) + 1))
    assert {by_id[one.person_id] for one in found} <= set(able)
    if fresh_eyes and count and any(one.elsewhere for one in able):
        assert any(by_id[one.person_id].elsewhere for one in found)
    mixed = list(candidates)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert choose(mixed, count=count, seed=seed, fresh_eyes=fresh_eyes, now=NOW) == found


def test_the_best_are_asked_and_nobody_where_there_is_nobody() -> None:
    some = [Candidate(number, score=2.0**number) for number in range(1, 9)]
    assert chosen(*some) == [8, 7, 6]
    assert chosen(*some[:2]) == [2, 1]
    assert chosen() == []
    assert chosen(*(replace(one, limit=0) for one in some)) == []
    assert chosen(*(replace(one, away=True) for one in some)) == []
    assert chosen(*(replace(one, asked_lately=LIMIT) for one in some)) == []
    assert chosen(replace(some[0], asked_lately=1, limit=1), some[1], replace(some[2], asked_lately=1)) == [3, 2]


def test_what_somebody_has_open_lets_others_go_first() -> None:
    free, busy = Candidate(1, 0.7), Candidate(2, 1.0)
    assert chosen(free, busy) == [2, 1]
    assert chosen(free, replace(busy, open_promises=1)) == [1, 2]
    assert chosen(free, replace(busy, asks_waiting=2)) == [1, 2]
    # Whoever alone knows is asked, however busy.
    assert chosen(Candidate(1, 0.1), replace(busy, open_promises=2, asks_waiting=1))[0] == 2
    opened = [(0, 0), (1, 0), (1, 1)]
    more = [worth(replace(busy, open_promises=one, asks_waiting=other), NOW) for one, other in opened]
    assert more == sorted(more, reverse=True) and len(set(more)) == 3


def test_whoever_was_asked_rests_and_then_counts_as_before() -> None:
    one = Candidate(1, 1.0)
    assert worth(replace(one, last_asked=NOW), NOW) == pytest.approx(1 - TIRED)
    assert worth(replace(one, last_asked=NOW - RESTED_BY_HALF), NOW) == pytest.approx(1 - TIRED / 2)
    assert worth(replace(one, last_asked=NOW + timedelta(days=3)), NOW) == pytest.approx(1 - TIRED)
    assert worth(replace(one, last_asked=NOW - timedelta(days=400)), NOW) == pytest.approx(worth(one, NOW))


def test_near_equals_take_turns() -> None:
    long_ago = NOW - timedelta(days=300)
    never, before, better = Candidate(1, 0.95), Candidate(2, 0.97, last_asked=long_ago), Candidate(3, 1.0)
    assert chosen(before, never, replace(better, last_asked=long_ago + timedelta(days=1))) == [1, 2, 3]
    assert chosen(replace(never, score=0.5), before) == [2, 1]  # not nearly as good
    # Of equals whom nobody asked yet each is the first of about as many asks.
    equals = [Candidate(number, 1.0) for number in range(1, 11)]
    firsts = Counter(chosen(*equals, seed=seed)[0] for seed in range(1000))
    assert len(firsts) == 10 and min(firsts.values()) > 50
    assert chosen(*equals, seed=7) == chosen(*reversed(equals), seed=7)
    # A year of one ask a week about what ten people know equally: each has their turn every three or four weeks.
    asked: Counter[int] = Counter()
    last: dict[int, datetime] = {}
    for week in range(50):
        now = NOW + timedelta(days=7 * week)
        some = [replace(one, last_asked=last.get(one.person_id)) for one in equals]
        for one in choose(some, seed=week, now=now):
            asked[one.person_id] += 1
            last[one.person_id] = now
    assert sum(asked.values()) == 50 * AT_A_TIME
    assert min(asked.values()) >= 50 / 4 and max(asked.values()) <= 50 / 3 + 1


def test_fresh_eyes_bring_the_best_from_elsewhere() -> None:
    here = [Candidate(number, 0.5**number) for number in range(1, 5)]
    there = [Candidate(8, 0.01, elsewhere=True), Candidate(9, 0.02, elsewhere=True)]
    assert chosen(*here, *there) == [1, 2, 3]
    assert chosen(*here, *there, fresh_eyes=True) == [1, 2, 9]
    assert chosen(*here, *there, Candidate(7, 11.0, elsewhere=True), fresh_eyes=True) == [7, 1, 2]
    assert chosen(*here, fresh_eyes=True) == [1, 2, 3]
    assert chosen(*here, *(replace(one, away=True) for one in there), fresh_eyes=True) == [1, 2, 3]


BERLIN, NEPAL, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("zone", "asked", "next_ones"),
    [
        (BERLIN, "2026-03-09 10:00", "2026-03-11 10:00"),  # a Monday, on the hour
        (BERLIN, "2026-03-09 10:00:00.000001", "2026-03-11 11:00"),
        (BERLIN, "2026-03-12 10:20", "2026-03-16 11:00"),  # from Thursday to Monday
        (BERLIN, "2026-03-13 23:59", "2026-03-18 00:00"),  # the hour belongs to the day after
        (BERLIN, "2026-03-14 10:20", "2026-03-17 11:00"),  # from a Saturday to Tuesday
        (BERLIN, "2026-03-27 10:20", "2026-03-31 11:00"),  # the clocks went forward: as late on the clock
        (BERLIN, "2026-10-23 10:20", "2026-10-27 11:00"),  # and back
        (NEPAL, "2026-03-09 10:20", "2026-03-11 11:00"),  # 05:15 in UTC
        (NEPAL, "2026-03-09 10:00", "2026-03-11 10:00"),
        (LORD_HOWE, "2026-04-02 10:20", "2026-04-06 11:00"),  # half an hour of summer time
    ],
)
def test_the_next_ones_are_asked_two_working_days_later(zone: ZoneInfo, asked: str, next_ones: str) -> None:
    at = datetime.fromisoformat(asked).replace(tzinfo=zone).astimezone(UTC)
    found = next_round(at, zone=zone)
    assert found.tzinfo is UTC
    assert found.astimezone(zone).replace(tzinfo=None) == datetime.fromisoformat(next_ones)


def test_working_days_are_those_of_the_asker() -> None:
    at = datetime(2026, 3, 9, 10, tzinfo=UTC)  # a Monday

    def on(*days: str) -> str:
        return next_round(at, zone=ZoneInfo("UTC"), working_days=days).strftime("%a %d")

    assert on("sun", "mon", "tue", "wed", "thu") == "Wed 11"
    assert on("tue", "thu") == "Thu 12"
    assert on("mon") == "Mon 23"
    assert on("sat", "sun") == "Sun 15"
    assert on() == on("mon", "tue", "wed", "thu", "fri") == "Wed 11"
    every = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    # The hour that the clocks skip comes after the jump; of the one that comes twice the first counts.
    march = datetime(2026, 3, 27, 2, 30, tzinfo=BERLIN)
    assert next_round(march, zone=BERLIN, working_days=every) == datetime(2026, 3, 29, 2, tzinfo=UTC)
    march = march.replace(minute=0)
    assert next_round(march, zone=BERLIN, working_days=every) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    october = datetime(2026, 10, 23, 2, 0, tzinfo=BERLIN)
    assert next_round(october, zone=BERLIN, working_days=every) == datetime(2026, 10, 25, 0, tzinfo=UTC)
    spring = datetime(2026, 10, 2, 2, 0, tzinfo=LORD_HOWE)  # on the 4th 02:00 to 02:29 are skipped
    found = next_round(spring, zone=LORD_HOWE, working_days=every).astimezone(LORD_HOWE)
    assert found.strftime("%d %H:%M") == "04 03:00"


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham",
                     "America/St_Johns", "Pacific/Apia", "America/New_York"]),
)  # fmt: skip
def test_it_is_always_a_full_hour_there_within_a_week(at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    found = next_round(at, zone=zone)
    local = found.astimezone(zone)
    assert (local.minute, local.second, local.microsecond) == (0, 0, 0)
    assert timedelta(days=1, hours=22) < found - at < timedelta(days=4, hours=3)
