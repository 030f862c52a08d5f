"""Whom each of many people might meet: signals that rank the others, fused by rank. Pure Python, no training.

People are numbers from 0 on. Each signal gives scores of others for one person; of the scores only the order counts:
place p of a signal with weight w is worth w / (SOFTENS + p), places from 0 on, equals share the better place. A list
is cut so that at least half of it is from other departments where enough exist (`balanced`), and in the end whoever
stands in nobody's list is put at the end of a fitting one (`spread`).
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import accumulate
from operator import itemgetter
from typing import NamedTuple, TypeAlias

Scores: TypeAlias = dict[int, float]

TEN = 10
KEPT = 30  # places that a list is made with, so that there is something to fall back on
SOFTENS = 8.0
# weight of each signal, and the family that a person turns off as a whole
SIGNALS: dict[str, tuple[float, str]] = {
    "mutual": (0.5, "contacts"),  # contacts in common
    "together": (0.5, "contacts"),  # in touch with the same person at the same moment
    "alike": (0.5, "contacts"),  # in touch with the same people, whatever their number
    "circle": (0.25, "contacts"),  # whom those who are alike are in touch with
    "farther": (0.25, "contacts"),  # three steps away
    "lively": (0.4, "contacts"),  # getting to know many of late
    "pull": (0.5, "department"),  # how much each is in touch with the other's department
    "teams": (0.5, "teams"),
    "goals": (0.4, "goals"),
    "topics": (0.5, "topics"),
    "work": (0.4, "work"),
    "new": (0.25, "newcomers"),
    "manager": (1.0, "manager"),  # whom their manager named when they asked
}
FAMILIES = ("contacts", "department", "teams", "goals", "topics", "work", "newcomers", "manager")
COMMON_CONTACTS = ("mutual", "together")  # at most half of any score
THROUGH = 150  # ties of one person that are followed, the strongest
WIDE = 200  # others that are looked at more closely
OWN, WELL_KNOWN = 30, 60  # of the own department, and of those whom many know
ALIKE, MIDWAY = 30, 60  # of whom "circle" and "farther" are made
LARGEST_GROUP = 200  # members of a larger one are no reason to look at each other
SPREAD_TO = 0.75  # the share of people who stand in somebody's ten
SMOOTH = 3.0  # a department counts as this many people more


class Weighted:
    """For each of so many people some others with a weight, the heaviest first, packed: 12 bytes each."""

    def __init__(self, people: int, pairs: Iterable[tuple[int, int, float]] = ()) -> None:
        """pairs: (one, other, weight), each pair once; it holds for both."""
        ones, others, weights = array("i"), array("i"), array("d")
        counts = array("q", bytes(8 * (people + 1)))
        for one, other, weight in pairs:
            ones.append(one)
            others.append(other)
            weights.append(weight)
            counts[one + 1] += 1
            counts[other + 1] += 1
        self._start = array("q", accumulate(counts))
        self._others = array("i", bytes(4 * 2 * len(ones)))
        self._weights = array("d", bytes(8 * 2 * len(ones)))
        place = self._start[:]
        for one, other, weight in zip(ones, others, weights, strict=True):
            for mine, theirs in ((one, other), (other, one)):
                self._others[place[mine]], self._weights[place[mine]] = theirs, weight
                place[mine] += 1
        for one in range(people):
            first, end = self._start[one], self._start[one + 1]
            row = sorted(
                zip(self._weights[first:end], self._others[first:end], strict=True),
                key=lambda item: (-item[0], item[1]),
            )
            self._weights[first:end] = array("d", [weight for weight, _other in row])
            self._others[first:end] = array("i", [other for _weight, other in row])

    def of(self, person: int, most: int | None = None) -> Iterator[tuple[int, float]]:
        """(other, weight), at most so many of the heaviest."""
        first, end = self._start[person], self._start[person + 1]
        end = end if most is None else min(end, first + most)
        return zip(self._others[first:end], self._weights[first:end], strict=True)

    def others(self, person: int, most: int | None = None) -> array[int]:
        """The others alone."""
        first, end = self._start[person], self._start[person + 1]
        return self._others[first : end if most is None else min(end, first + most)]


@dataclass
class Groups:
    """What people have in common: for each person the groups they are in; the smaller a group, the more it says."""

    members: list[list[int]] = field(default_factory=list)
    of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, people: Collection[int]) -> None:
        """Another group; one alone, or too many, say nothing."""
        if 2 <= len(people) <= LARGEST_GROUP:
            for person in people:
                self.of[person].append(len(self.members))
            self.members.append(sorted(people))

    def scores(self, person: int) -> Scores:
        found: Scores = defaultdict(float)
        for group in self.of.get(person, ()):
            worth = 1 / math.log(1 + len(self.members[group]))
            for other in self.members[group]:
                found[other] += worth
        return found


@dataclass
class Topics:
    """Who can be asked about a topic, and who is learning it."""

    known_by: list[list[int]] = field(default_factory=list)
    learnt_by: list[list[int]] = field(default_factory=list)
    knows: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    learns: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, known_by: Collection[int], learnt_by: Collection[int]) -> None:
        """Another topic."""
        for people, of in ((known_by, self.knows), (learnt_by, self.learns)):
            for person in people:
                of[person].append(len(self.known_by))
        self.known_by.append(sorted(known_by))
        self.learnt_by.append(sorted(learnt_by))

    def scores(self, person: int) -> Scores:
        """Who could help them counts most, then whom they could help, then who knows the same."""
        found: Scores = defaultdict(float)
        for mine, theirs, worth in (
            (self.learns, self.known_by, 1.0),
            (self.knows, self.learnt_by, 0.7),
            (self.knows, self.known_by, 0.4),
        ):
            for topic in mine.get(person, ()):
                people = theirs[topic]
                if len(people) <= LARGEST_GROUP:
                    for other in people:
                        found[other] += worth / math.log(2 + len(people))
        return found


@dataclass
class World:
    """What is known about everybody, and who may be suggested to whom.

    department: -1 for none; open: may be suggested at all; apart: never to be brought together (both ways); tied:
    know each other already, whether or not `ties` has them; off: families that a person turned off; lively: how many
    somebody got to know of late; new: who began lately, the more lately the more; named: whom
    the manager of somebody named; weights: of the signals.
    """

    department: Sequence[int]
    ties: Weighted
    together: Weighted
    open: Sequence[bool]
    tied: Mapping[int, Collection[int]] = field(default_factory=dict)
    apart: Mapping[int, Collection[int]] = field(default_factory=dict)
    off: Mapping[int, Collection[str]] = field(default_factory=dict)
    teams: Groups = field(default_factory=Groups)
    goals: Groups = field(default_factory=Groups)
    work: Groups = field(default_factory=Groups)
    topics: Topics = field(default_factory=Topics)
    lively: Mapping[int, float] = field(default_factory=dict)
    new: Mapping[int, float] = field(default_factory=dict)
    named: Mapping[int, Collection[int]] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=lambda: {name: one for name, (one, _) in SIGNALS.items()})

    def __post_init__(self) -> None:
        people = range(len(self.department))
        sums = [sum(weight for _other, weight in self.ties.of(one)) for one in people]
        self.ease = [1 / math.sqrt(one) if one > 0 else 0.0 for one in sums]
        # As "alike" sees them: a contact with somebody who knows everybody says little.
        self.length = [
            math.sqrt(sum(weight * weight * self.ease[other] for other, weight in self.ties.of(one))) or 1.0
            for one in people
        ]
        self.is_small = len(people) <= WIDE
        self.degree = [len(self.ties.others(one)) for one in people]
        self.size: dict[int, int] = defaultdict(int)
        self.of_department: dict[int, list[int]] = defaultdict(list)
        for one in people:
            if self.degree[one] or self.open[one]:
                self.size[self.department[one]] += 1
            if self.open[one]:
                self.of_department[self.department[one]].append(one)
        self.into: list[Scores] = []  # for each person: how much they are in touch with each department
        for one in people:
            row: Scores = defaultdict(float)
            for other, weight in self.ties.of(one):
                row[self.department[other]] += weight
            self.into.append({there: sum_ / (self.size[there] + SMOOTH) for there, sum_ in row.items()})
        # Whom to fall back on: the best connected of each department in turn.
        best = [sorted(some, key=lambda one: (-self.degree[one], one))[:KEPT] for some in self.of_department.values()]
        self.well_known = [some[turn] for turn in range(KEPT) for some in best if turn < len(some)][:WELL_KNOWN]


class Ranked(NamedTuple):
    """Somebody to meet. signal: the one that says most for them."""

    person: int
    score: float
    signal: str


def order(world: World, person: int, most: int = TEN) -> list[Ranked]:
    """Whom this one might meet, the best first: at most `KEPT`, and the first `most` of them balanced."""
    signals = signals_of(world, person)
    scores, worth = fused(signals, world.weights)
    salt = person * 2_654_435_761
    # Equals stand in an order that differs from person to person, and is the same each time.
    turns = sorted((-score, (salt ^ one * 2_246_822_519) & 0xFFFFFFFF, one) for one, score in scores.items())
    best = [one for _score, _turn, one in turns]
    own = world.department[person]
    elsewhere = [one for one in best if world.department[one] != own][: half_of(most)]
    chosen = balanced(best[: max(KEPT, 2 * most)], elsewhere, most)[: max(KEPT, most)]
    return [Ranked(one, scores[one], max(worth, key=lambda name: worth[name].get(one, 0.0))) for one in chosen]


def half_of(most: int) -> int:
    """At least so many of a list are from elsewhere."""
    return (most + 1) // 2


def balanced(best: Sequence[int], elsewhere: Sequence[int], most: int) -> list[int]:
    """The same people, so that at least half of the first `most` are from elsewhere, or as many as there are.

    elsewhere: the best of them, enough for half of the list.
    """
    place = {one: number for number, one in enumerate([*best, *(one for one in elsewhere if one not in set(best))])}
    first = list(place)[:most]
    there = set(elsewhere)
    missing = min(half_of(most), len(elsewhere)) - len(there.intersection(first))
    more = [one for one in elsewhere if one not in first][: max(missing, 0)]
    gone = [one for one in reversed(first) if one not in there][: max(len(first) + len(more) - most, 0)]
    first = sorted([*(one for one in first if one not in gone), *more], key=place.__getitem__)
    return [*first, *(one for one in place if one not in set(first))]


def for_the_week(
    world: World, person: int, ranked: Sequence[Ranked], kept: Sequence[int], most: int
) -> tuple[list[Ranked], set[int]]:
    """The same list with this week's `most` first, and who those are: whoever was among them stays (`kept`), as long
    as they may be suggested; the best others take the places that are free."""
    there = {one.person: one for one in ranked}
    gone = {person, *world.ties.others(person), *world.tied.get(person, ()), *world.apart.get(person, ())}
    first = [one for one in kept if world.open[one] and one not in gone] if ranked else []
    people = [*first, *(one for one in there if one not in set(first))]
    own = world.department[person]
    people = balanced(people, [one for one in people if world.department[one] != own], most)
    return [there.get(one, Ranked(one, 0.0, "")) for one in people], set(people[:most])


def fused(signals: Mapping[str, Scores], weights: Mapping[str, float]) -> tuple[Scores, dict[str, Scores]]:
    """The score of everybody with a signal, and what each signal gives for it."""
    worth: dict[str, Scores] = {}
    for name, scores in signals.items():
        weight, mine = weights[name], worth.setdefault(name, {})
        last, adds = math.inf, 0.0
        for place, (one, score) in enumerate(sorted(scores.items(), key=itemgetter(1), reverse=True)):
            if score < last:  # equals share the better place
                last, adds = score, weight / (SOFTENS + place)
            mine[one] = adds
    return summed(worth), worth


def summed(worth: Mapping[str, Scores], weights: Mapping[str, float] | None = None) -> Scores:
    """The score of everybody: what each signal gives (times its weight), where common contacts count for as much as
    all others together at most."""
    total: Scores = {}
    common: Scores = {}
    for name, scores in worth.items():
        weight = weights[name] if weights else 1.0
        into = common if name in COMMON_CONTACTS else total
        for one, adds in scores.items():
            into[one] = into.get(one, 0.0) + weight * adds
    for one, adds in common.items():
        others = total.get(one, 0.0)
        total[one] = others + min(adds, others)
    return total


def signals_of(world: World, person: int) -> dict[str, Scores]:
    """What each signal that they did not turn off says about those who may be suggested."""
    off = world.off.get(person, ())
    wanted = {name for name, (_weight, family) in SIGNALS.items() if family not in off}
    if not wanted:
        return {}
    never = {person, *world.ties.others(person), *world.tied.get(person, ()), *world.apart.get(person, ())}
    found: dict[str, Scores] = {
        "teams": world.teams.scores(person),
        "goals": world.goals.scores(person),
        "work": world.work.scores(person),
        "topics": world.topics.scores(person),
        "manager": dict.fromkeys(world.named.get(person, ()), 1.0),
    }
    if "mutual" in wanted:
        found |= _by_contacts(world, person)
    others = [one for one in _looked_at(world, person, found, wanted) if world.open[one] and one not in never]
    found["pull"] = _pull(world, person, others)
    found["lively"], found["new"] = world.lively, world.new  # type: ignore[assignment]
    kept: dict[str, Scores] = {}
    for name in SIGNALS:
        if name in wanted and found.get(name):
            scores = found[name]
            kept[name] = {one: scores[one] for one in others if scores.get(one, 0.0) > 0}
    return {name: scores for name, scores in kept.items() if scores}


def _by_contacts(world: World, person: int) -> dict[str, Scores]:
    """The signals that contacts give."""
    ease, length = world.ease, world.length
    mutual: Scores = defaultdict(float)
    for friend, weight in world.ties.of(person, THROUGH):
        through = weight * ease[friend]
        for other, further in world.ties.of(friend, THROUGH):
            mutual[other] += through * further
    mutual.pop(person, None)
    mine = length[person]
    alike = {one: score / (mine * length[one]) for one, score in mutual.items()}
    circle: Scores = defaultdict(float)
    for twin, much in nlargest(ALIKE, alike.items(), key=itemgetter(1)):
        for other in world.ties.others(twin, THROUGH):
            circle[other] += much
    near = {one: score * ease[one] for one, score in mutual.items()}
    farther: Scores = defaultdict(float)
    for midway, much in nlargest(MIDWAY, near.items(), key=itemgetter(1)):
        onward = much * ease[midway]
        for other, weight in world.ties.of(midway, THROUGH):
            farther[other] += onward * weight * ease[other]
    together = dict(world.together.of(person, WIDE))
    return {"mutual": mutual, "together": together, "alike": alike, "circle": circle, "farther": farther}


def _looked_at(world: World, person: int, found: Mapping[str, Scores], wanted: Collection[str]) -> Collection[int]:
    """Those who are looked at more closely: the first by each signal, some of the own department, and whoever many
    know, so that there is somebody from elsewhere."""
    if world.is_small:
        return range(len(world.department))
    others: set[int] = set()
    for name, scores in found.items():
        # Who is three steps away matters to whoever has few within two.
        if name in wanted and (name not in ("circle", "farther") or len(found["mutual"]) < WIDE):
            most = WIDE if name == "mutual" else WIDE // 3
            if len(scores) <= most:
                others.update(scores)
            else:
                others.update(one for one, _score in nlargest(most, scores.items(), key=itemgetter(1)))
    own = world.of_department.get(world.department[person], [])
    turn = person * 2_654_435_761 % max(len(own), 1)
    others.update(own[turn : turn + OWN] + own[: max(0, turn + OWN - len(own))])
    others.update(world.well_known)
    return others


def _pull(world: World, person: int, others: Collection[int]) -> Scores:
    """How much each of the two is in touch with the department of the other."""
    into, department = world.into, world.department
    mine, own = into[person], department[person]
    return {one: mine.get(department[one], 0.0) + into[one].get(own, 0.0) for one in others}


# ---- nobody is left out ------------------------------------------------------------------------------------------


def spread(world: World, lists: Mapping[int, list[Ranked]], most: int = TEN) -> dict[int, list[Ranked]]:
    """The same lists, so that `SPREAD_TO` of those who may be suggested and have a contact stand in the first `most`
    of somebody's: whoever stands in none takes the last place from somebody who stands in several."""
    made = {person: list(its) for person, its in lists.items()}
    counts: dict[int, int] = defaultdict(int)
    for its in made.values():
        for one in its[:most]:
            counts[one.person] += 1
    meant = [one for one in range(len(world.department)) if world.open[one] and world.degree[one]]
    missing = {one for one in meant if not counts[one]}
    wanted = len(missing) - int(len(meant) * (1 - SPREAD_TO))
    if wanted <= 0:
        return made
    # (how far back they stand there, whose list)
    stands: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for person, its in made.items():
        for place, one in enumerate(its[most:]):
            if one.person in missing:
                stands[one.person].append((place, person))
    for left_out in sorted(missing, key=lambda one: (min(stands[one])[0] if stands[one] else KEPT, one)):
        if wanted <= 0:
            break
        if any(_put_in(world, made[to], left_out, to, counts, most) for _place, to in sorted(stands[left_out])):
            wanted -= 1
    return made


def _put_in(world: World, its: list[Ranked], one: int, person: int, counts: dict[int, int], most: int) -> bool:
    """Let somebody take the last place of this list, where that leaves it balanced and the other in another list."""
    last = its[most - 1].person
    own = world.department[person]
    stays = world.department[one] != own or world.department[last] == own
    if counts[last] < 2 or not stays:
        return False
    place = next(number for number, ranked in enumerate(its) if ranked.person == one)
    its[most - 1], its[place] = its[place], its[most - 1]
    counts[last] -= 1
    counts[one] += 1
    return True
