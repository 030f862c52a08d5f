"""Whom each of many people might meet: pure reckoning over made-up worlds."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.meet import learning, ranking
from portal.meet.ranking import COMMON_CONTACTS, FAMILIES, KEPT, SIGNALS, TEN, Groups, Topics, Weighted, World


def world(department: Sequence[int], pairs: Sequence[tuple[int, int]] = (), **more: Any) -> World:
    size = len(department)
    more.setdefault("open", [True] * size)
    together = Weighted(size, more.pop("together", ()))
    return World(department, Weighted(size, [(one, other, 1.0) for one, other in pairs]), together, **more)


def people(world: World, person: int, most: int = TEN) -> list[int]:
    return [one.person for one in ranking.order(world, person, most)]


def random_world(seed: int, size: int, departments: int) -> World:
    draw = random.Random(seed)
    pairs = {tuple(sorted(draw.sample(range(size), 2))) for _ in range(size * draw.randrange(4))}
    return world(
        [draw.randrange(departments) for _ in range(size)],
        sorted(pairs),  # type: ignore[arg-type]
        open=[draw.random() < 0.9 for _ in range(size)],
        apart={draw.randrange(size): {draw.randrange(size)} for _ in range(5)},
        tied={draw.randrange(size): {draw.randrange(size)} for _ in range(5)},
        lively={one: draw.random() for one in range(size)},
    )


@given(st.integers(0, 10_000), st.integers(2, 60), st.integers(1, 6))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_who_may_not_be_suggested_ever_is(seed: int, size: int, departments: int) -> None:
    made = random_world(seed, size, departments)
    lists = {one: ranking.order(made, one) for one in range(size)}
    for spread in (lists, ranking.spread(made, lists)):
        for person, its in spread.items():
            others = [one.person for one in its]
            never = {person, *made.ties.others(person), *made.tied.get(person, ()), *made.apart.get(person, ())}
            assert len(set(others)) == len(others) <= KEPT
            assert not never.intersection(others) and all(made.open[one] for one in others)
            free = [one for one in range(size) if made.open[one] and one not in never]
            assert len(others) == min(len(free), KEPT), "small enough that everybody is looked at"
            elsewhere = [one for one in free if made.department[one] != made.department[person]]
            there = [one for one in others[:TEN] if made.department[one] != made.department[person]]
            assert len(there) >= min(5, len(elsewhere))


def test_a_common_contact_speaks_for_somebody_and_two_for_another_more() -> None:
    made = world([0] * 6, [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4)])
    assert people(made, 0) == [3, 4, 5][: len(people(made, 0))]
    assert ranking.order(made, 0)[0].signal == "mutual"


def test_each_fact_speaks_for_whoever_shares_it() -> None:
    teams, goals, work, topics = Groups(), Groups(), Groups(), Topics()
    teams.add([0, 1])
    goals.add([0, 2])
    work.add([0, 3])
    topics.add(known_by=[4], learnt_by=[0])
    facts = {"teams": teams, "goals": goals, "work": work, "topics": topics, "new": {5: 0.9}}
    made = world([0] * 9, **facts)
    assert {one.signal: one.person for one in ranking.order(made, 0)} == {
        "teams": 1, "goals": 2, "work": 3, "topics": 4, "new": 5,
    }  # fmt: skip
    without = world([0] * 9, off={0: ["teams", "newcomers"]}, **facts)
    assert set(people(without, 0)) == {2, 3, 4}
    assert people(world([0] * 9, off={0: FAMILIES}, **facts), 0) == [], "everything is turned off"
    assert people(world([0] * 9), 0) == [], "nothing speaks for anybody"


def test_who_helps_counts_more_than_who_is_helped() -> None:
    topics = Topics()
    topics.add(known_by=[1, 3], learnt_by=[0])
    topics.add(known_by=[0, 3], learnt_by=[2])
    assert topics.scores(0)[1] > topics.scores(0)[2] > 0
    assert topics.scores(0)[3] > topics.scores(0)[1], "both at once"


def test_a_group_of_one_or_of_hundreds_says_nothing() -> None:
    groups = Groups()
    groups.add([1])
    groups.add(range(ranking.LARGEST_GROUP + 1))
    assert groups.members == []


def test_in_touch_at_the_same_moment_speaks_for_two() -> None:
    teams = Groups()
    teams.add(range(5))
    made = world([0] * 5, together=[(0, 3, 0.5), (0, 2, 1.0)], teams=teams)
    assert people(made, 0)[:2] == [2, 3]


def test_common_contacts_are_at_most_half_of_any_score() -> None:
    few, many = {1: 1.0}, {1: 1.0, 2: 2.0}
    scores, worth = ranking.fused({"mutual": many, "together": many, "new": few}, learning.plain_weights())
    assert scores[1] == 2 * worth["new"][1] < sum(one[1] for one in worth.values())
    assert scores[2] == 0, "nothing else speaks for them"
    # So it is of every score that comes of random signals, with any weights.
    rng = random.Random(5)
    for _turn in range(200):
        signals = {
            name: {one: rng.random() for one in range(9) if rng.random() < 0.5}
            for name in SIGNALS
            if rng.random() < 0.7
        }
        weights = {name: rng.choice([0.1, 1.0, 9.0]) for name in SIGNALS}
        scores, worth = ranking.fused(signals, weights)
        for one, score in scores.items():
            rest = sum(some.get(one, 0.0) for name, some in worth.items() if name not in COMMON_CONTACTS)
            assert rest <= score <= 2 * rest + 1e-12
    assert {family for _weight, family in SIGNALS.values()} == set(FAMILIES)


def test_equals_share_a_place_and_take_turns() -> None:
    scores, worth = ranking.fused({"alike": {1: 2.0, 2: 2.0, 3: 1.0}, "new": {3: 1.0}}, learning.plain_weights())
    assert scores[1] == scores[2] and worth["alike"][3] < scores[1]
    assert scores[3] == worth["alike"][3] + worth["new"][3]
    teams = Groups()
    teams.add(range(60))
    made = world([0] * 60, teams=teams)
    assert len({people(made, one)[0] for one in range(60)}) > 10


def test_half_of_any_list_is_from_elsewhere_where_enough_are() -> None:
    best, elsewhere = list(range(20)), [12, 15, 17, 18, 19, 21]
    assert ranking.balanced(best, elsewhere, 10)[:10] == [0, 1, 2, 3, 4, 12, 15, 17, 18, 19]
    assert ranking.balanced(best, [12, 15], 10)[:10] == [0, 1, 2, 3, 4, 5, 6, 7, 12, 15]
    assert ranking.balanced(best, [], 10) == best
    assert ranking.balanced([0, 1], [2], 10) == [0, 1, 2]
    assert set(ranking.balanced(best, elsewhere, 3)[:3]) == {0, 12, 15}


def test_whoever_stands_in_no_list_is_put_into_one() -> None:
    # One circle in the middle that everybody knows of, and many at its edge.
    size, draw = 120, random.Random(5)
    core = range(15)
    pairs = {(one, other) for one in core for other in core if one < other and draw.random() < 0.3}
    pairs |= {(draw.choice(core), one) for one in range(15, size)}
    made = world([one % 4 for one in range(size)], sorted(pairs), lively=dict.fromkeys(core, 1.0))
    lists = {one: ranking.order(made, one) for one in range(size)}

    def reached(lists: dict[int, list[ranking.Ranked]]) -> float:
        return len({one.person for its in lists.values() for one in its[:TEN]}) / size

    spread = ranking.spread(made, lists)
    assert reached(spread) >= max(0.7, reached(lists))
    for one, its in spread.items():
        assert {ranked.person for ranked in its} == {ranked.person for ranked in lists[one]}
        assert sum(made.department[ranked.person] != made.department[one] for ranked in its[:TEN]) >= 5


@pytest.mark.parametrize("size", [2, 12])
def test_a_small_organization_has_suggestions(size: int) -> None:
    teams = Groups()
    teams.add(range(size))
    made = world([0] * size, teams=teams)
    assert all(len(people(made, one)) == min(size - 1, KEPT) for one in range(size))


def test_the_heaviest_come_first() -> None:
    packed = Weighted(4, [(0, 1, 0.5), (2, 0, 2.0), (3, 0, 1.0)])
    assert list(packed.of(0)) == [(2, 2.0), (3, 1.0), (1, 0.5)] and list(packed.of(0, 1)) == [(2, 2.0)]
    assert list(packed.others(1)) == [0]
