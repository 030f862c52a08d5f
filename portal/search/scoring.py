"""What candidates are worth, and whom they speak for. Pure functions: the same numbers on every database.

First each item by BM25, over our own statistics; then each person by the sum of their best items, each next one worth
less. Two uses: who is the expert (hardly fades), and who can answer now (fades, and who is active counts more).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Mode = Literal["expert", "answer"]

K1, B = 1.2, 0.6
IN_TITLE = 2.0  # as often as in the text
COVERAGE = 2  # what holds all that was asked for beats what holds one word often
BEST_ITEMS = 1_000
ACTIVITY_HALF_LIFE = 20  # days

ROLE_WEIGHTS: Mapping[str, float] = {
    "author": 1.0, "reviewer": 1.0, "receiver": 1.0, "expert": 1.5, "helper": 1.0, "learner": 0.0,
}  # fmt: skip
KIND_WEIGHTS: Mapping[str, float] = {
    "claim": 3.0, "vouch": 2.0, "intro": 2.0, "kudos": 1.5, "answer": 2.0, "work": 1.0,
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """How people are ranked for one of the two questions. half_life: days; sharpness: how much more the best items
    count than the rest; next_one: how much less each next item of a person counts; active: how much it counts that
    somebody is active at all; answered: how much that they answered whoever asks before."""

    half_life: float
    sharpness: float
    next_one: float
    active: float
    answered: float


USES: Mapping[Mode, Use] = {
    "expert": Use(half_life=2000, sharpness=2.0, next_one=0.15, active=0.0, answered=0.0),
    "answer": Use(half_life=365, sharpness=1.0, next_one=0.0, active=0.25, answered=0.3),
}


def day_of(moment: datetime) -> int:
    return moment.date().toordinal()


@dataclass(frozen=True)
class Wanted:
    """One word that was asked for, and what may stand for it: (word, how nearly it is the same, up to 1)."""

    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Statistics:
    """items: how many there are; size: how many words they have together; holding: word -> how many items hold it."""

    items: int
    size: int
    holding: Mapping[str, int]

    def rarity(self, word: str) -> float:
        """The weight of a word: the fewer items hold it the more."""
        holding = min(max(self.holding.get(word, 0), 1), max(self.items, 1))
        return math.log(1 + (max(self.items, holding) - holding + 0.5) / (holding + 0.5))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that the engine found. words: its bag."""

    id: int
    kind: str
    subject_id: int | None
    day: int
    size: int
    words: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate and what it is worth; matched: which of the wanted words it holds, by their number."""

    item: Candidate
    score: float
    matched: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """Whose knowledge an item shows."""

    item_id: int
    person_id: int
    role: str


@dataclass(frozen=True)
class Ranked:
    """Somebody, what speaks for them, and by which items, the best first."""

    person_id: int
    score: float
    item_ids: tuple[int, ...]


_MARKS = {"": 1.0, "*": 2.5, "**": 5.0, "=": IN_TITLE, "=*": IN_TITLE + 2.5, "=**": IN_TITLE + 5.0}


def _often(bag: str, word: str) -> float:
    """How often a word stands in a bag (which begins and ends with a space); what stands in the title counts more."""
    at = bag.find(f" {word}")
    end = len(word) + 1
    while at >= 0:
        stop = bag.index(" ", at + end)
        found = _MARKS.get(bag[at + end : stop])
        if found is not None:
            return found
        at = bag.find(f" {word}", stop)
    return 0.0


def score_items(found: Iterable[Candidate], wanted: Sequence[Wanted], statistics: Statistics) -> list[Scored]:
    """The candidates with what they are worth, the best first; equals by day and id."""
    average = max(statistics.size / statistics.items, 1.0) if statistics.items else 1.0
    telling = [[(word, near * statistics.rarity(word), near) for word, near in one.alternatives] for one in wanted]
    known = statistics.holding
    most = [max((worth for word, worth, _near in some if known.get(word)), default=0.0) for some in telling]
    every = sum(most)  # without words that stand in nothing that everyone may see
    scored = []
    for item in found:
        bag = f" {item.words} "
        length = K1 * (1 - B + B * item.size / average)
        total = covered = 0.0
        matched = []
        for number, some in enumerate(telling):
            best = share = 0.0
            for word, worth, near in some:
                often = _often(bag, word)
                if often:
                    value = worth * often * (K1 + 1) / (often + length)
                    if value > best:
                        best, share = value, near
            if best:
                total += best
                covered += most[number] * share
                matched.append(number)
        if matched:
            scored.append(Scored(item, total * ((covered / every) ** COVERAGE if every else 1.0), tuple(matched)))
    scored.sort(key=lambda one: (-one.score, -one.item.day, -one.item.id))
    return scored


def rank_people(
    scored: Sequence[Scored],
    links: Iterable[Link],
    mode: Mode,
    activity: Mapping[int, int] | None = None,
    today: int | None = None,
    answers: Mapping[int, Sequence[int]] | None = None,
) -> list[Ranked]:
    """Whom these items (the best first) speak for, the best first; equals by id. today: as a number of days; else the
    newest item's. answers: the days on which each of them answered whoever asks."""
    best = scored[:BEST_ITEMS]
    if not best or best[0].score <= 0:
        return []
    use = USES[mode]
    newest = max(one.item.day for one in best) if today is None else today
    worth = {
        one.item.id: (one.score / best[0].score) ** use.sharpness
        * 0.5 ** (max(newest - one.item.day, 0) / use.half_life)
        * KIND_WEIGHTS.get(one.item.kind, 1.0)
        for one in best
    }  # fmt: skip
    own: dict[int, dict[int, float]] = {}
    for link in links:
        value = worth.get(link.item_id, 0.0) * ROLE_WEIGHTS[link.role]
        if value > 0:
            mine = own.setdefault(link.person_id, {})
            mine[link.item_id] = max(value, mine.get(link.item_id, 0.0))
    top = max((activity or {}).values(), default=0) or 1
    answered = _answered(answers or {}, use)
    ranked = []
    for person_id, mine in own.items():
        ordered = sorted(mine.items(), key=lambda one: (-one[1], -one[0]))
        total = sum(value * (number + 1) ** -use.next_one for number, (_item, value) in enumerate(ordered))
        if use.active and activity is not None:
            total *= (activity.get(person_id, 0) / top + 0.01) ** use.active
        if answered:
            total *= (answered.get(person_id, 0.0) + 0.05) ** use.answered
        ranked.append(Ranked(person_id, total, tuple(item_id for item_id, _value in ordered)))
    ranked.sort(key=lambda one: (-round(one.score, 12), one.person_id))
    return ranked


def _answered(answers: Mapping[int, Sequence[int]], use: Use) -> dict[int, float]:
    """How much each of them answered, fading; 1 is the most."""
    if not answers or not use.answered:
        return {}
    last = max(max(days) for days in answers.values())
    worth = {one: sum(0.5 ** ((last - day) / use.half_life) for day in days) for one, days in answers.items()}
    most = max(worth.values())
    return {one: value / most for one, value in worth.items()}
