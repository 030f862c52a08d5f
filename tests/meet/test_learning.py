"""Weights from whom people got to know: better where there is something to learn, and else the plain ones."""

from __future__ import annotations

import random

import pytest

from portal.meet import learning, ranking
from portal.meet.learning import Case, learn, plain_weights, quality
from portal.meet.ranking import Groups, Weighted, World


def slice_where(signal: str, seed: int) -> list[Case]:
    """People who meet the one whom that signal puts first; what another says is chance."""
    draw, found = random.Random(seed), []
    for _ in range(60):
        others = list(range(40))
        worth = {}
        for name in ("mutual", "teams", "pull"):
            draw.shuffle(others)
            worth[name] = {one: 1 / (8 + place) for place, one in enumerate(others)}
        met = frozenset(sorted(worth[signal], key=lambda one: -worth[signal][one])[:3])
        found.append(Case(worth, frozenset(range(0, 40, 2)), met))
    return found


@pytest.mark.parametrize("signal", ["teams", "pull"])
def test_what_tells_the_truth_weighs_more(signal: str) -> None:
    found = learn(slice_where(signal, 1), slice_where(signal, 2))
    assert found.is_better and found.learned > found.plain + 0.05 and found.people == 60
    factors = {name: found.weights[name] / weight for name, weight in plain_weights().items()}
    assert factors[signal] > 1 and factors[signal] == max(factors.values())


def test_what_was_true_once_and_is_not_any_more_is_not_used() -> None:
    assert not learn(slice_where("teams", 1), slice_where("pull", 2)).is_better
    nobody = learn([], [])
    assert not nobody.is_better and nobody.weights == plain_weights()


def test_common_contacts_stay_half_of_a_score_whatever_is_learned() -> None:
    case = Case({"mutual": {1: 1.0}, "teams": {1: 0.1, 2: 0.4}}, frozenset(), frozenset({2}))
    assert quality(case, {**plain_weights(), "mutual": 9.0}) == 1.0


def test_a_case_is_what_was_known_before() -> None:
    teams = Groups()
    teams.add([0, 1, 2])
    world = World([0, 0, 1, 1], Weighted(4), Weighted(4), [True] * 4, teams=teams)
    (case,) = learning.cases(world, {0: frozenset({2}), 3: frozenset()})
    assert set(case.worth) == {"teams"} and case.elsewhere == {2} and case.met == {2}
    assert quality(case, plain_weights()) in (1.0, pytest.approx(0.6309, abs=1e-3))
    assert [one.person for one in ranking.order(world, 0)] and quality(case, plain_weights()) > 0
