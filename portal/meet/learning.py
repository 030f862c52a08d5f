"""Weights of signals, learned from whom people of this organization in fact got to know. Pure.

Each signal keeps its order of people, so all that is learned is one factor for each, between a quarter of the plain
weight and four times it. Whether it helps is said by a later slice that nothing was learned from.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from . import ranking
from .ranking import SIGNALS, TEN, Scores, World

CASES = 400  # people whose lists are looked at
STEPS = (0.5, 2.0)
LEAST, MOST = 0.25, 4.0  # factors
ROUNDS = 3

Weights = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """Somebody who got to know others: what each signal said before, by a weight of one, and whom they met."""

    worth: Mapping[str, Scores]
    elsewhere: frozenset[int]
    met: frozenset[int]


@dataclass(frozen=True)
class Learned:
    """The weights, and NDCG@10 on the later slice by the plain ones and by these."""

    weights: dict[str, float]
    plain: float
    learned: float
    people: int
    is_better: bool


def plain_weights() -> dict[str, float]:
    """Those that nobody learned."""
    return {name: weight for name, (weight, _family) in SIGNALS.items()}


def cases(before: World, met: Mapping[int, frozenset[int]]) -> list[Case]:
    """Of some who met somebody, the same ones each time."""
    people = sorted(one for one, others in met.items() if others)
    some = random.Random(len(people)).sample(people, min(CASES, len(people)))  # noqa: S311 - no secret
    found = []
    for person in sorted(some):
        signals = ranking.signals_of(before, person)
        _total, worth = ranking.fused(signals, dict.fromkeys(SIGNALS, 1.0))
        others = {one for scores in worth.values() for one in scores}
        own = before.department[person]
        elsewhere = frozenset(one for one in others if before.department[one] != own)
        found.append(Case(worth, elsewhere, met[person]))
    return found


def quality(case: Case, weights: Weights) -> float:
    """NDCG@10 of the list that these weights give."""
    total = ranking.summed(case.worth, weights)
    best = sorted(total, key=lambda one: (-total[one], one))
    elsewhere = [one for one in best if one in case.elsewhere][: ranking.half_of(TEN)]
    ten = ranking.balanced(best[: 2 * TEN], elsewhere, TEN)[:TEN]
    gain = sum(1 / math.log2(place + 2) for place, one in enumerate(ten) if one in case.met)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(TEN, len(case.met))))


def learn(earlier: Sequence[Case], later: Sequence[Case]) -> Learned:
    """Weights that are best for the earlier slice, one factor changed at a time, and what they are worth later."""
    weights = plain_weights()
    best = _mean([quality(case, weights) for case in earlier])
    for _round in range(ROUNDS):
        before = best
        for name in SIGNALS:
            for step in STEPS:
                factor = weights[name] * step / SIGNALS[name][0]
                tried = {**weights, name: weights[name] * step}
                if LEAST <= factor <= MOST and (value := _mean([quality(case, tried) for case in earlier])) > best:
                    weights, best = tried, value
        if best == before:
            break
    plain = [quality(case, plain_weights()) for case in later]
    learned = [quality(case, weights) for case in later]
    gains = [one - other for one, other in zip(learned, plain, strict=True)]
    return Learned(weights, _mean(plain), _mean(learned), len(later), _mean(gains) > _error(gains))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _error(values: Sequence[float]) -> float:
    """How far a mean may be off by chance alone."""
    if len(values) < 2:
        return math.inf
    mean = _mean(values)
    return math.sqrt(sum((one - mean) ** 2 for one in values) / (len(values) - 1) / len(values))
