"""hallway bench help: is it better to spread asks than to ask the three best? A year of asks, made up.

The people: each knows some of the topics (how many is lognormal, 20 in the middle, and a few know ten times as many;
well-known topics more often), each to a depth between 0 and 1: how good they are at all, times how far they got with
this one. How ready somebody is to help differs as well. Each is away now and then, a tenth of the days in all. What
anybody who chooses sees is no depth but a score: the depth with an error (lognormal, 0.3) that stays the same.

The asks: in the office hours of a year's working days, each about one topic (the busiest gets 4 % of them), from
somebody at random. They go to three people, where nobody answers to three others two working days later, and once
more: `choose`, `next_round` and `ROUNDS` as shipped, from the 40 best by score.

The answers: whoever is asked says "I can help" before the next round with the chance

    readiness * depth / (1 + promises open / 2 + other asks waiting / 4)

at a moment at random; the first to say so ends the ask for the others, and has a promise open for one to seven days.
Who has more open answers less, and this is all that speaks for spreading.

Beside it, with the very same people, asks and chances: always the three best by score, and three of the best 15 by
lot. Both leave out who is away and who was asked before, go on for as many rounds, and know of no load and no turns.
The limit of two a week is part of the routing: nobody lowered theirs here, and the two others have none (with
--all-limited they have it too).

answered: asks that somebody answered, of all. burden_top1: what goes to the 1 % of people who were asked most often,
of all that was sent. gini: how unevenly it is spread over everybody, 0 to 1.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import random
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import click

from portal.help.routing import AT_A_TIME, LATELY, LIMIT, OFFICE_DAYS, ROUNDS, Candidate, choose, next_round

from ._progress import Bar

PEOPLE, TOPICS, ASKS = 2_000, 500, 10_000
POOL = 40  # candidates for one ask, by score
BEST = 15  # that the lot is drawn among
TOPICS_EACH, SPREAD = 20, 0.9  # topics that somebody knows: the middle, and sigma of the lognormal
ERROR = 0.3  # sigma of the score's
PER_PROMISE, PER_WAITING = 0.5, 0.25  # what each thing open takes from the chance
DEPARTMENTS = 40
ZONE = ZoneInfo("Europe/Berlin")
FIRST, DAYS = date(2025, 1, 1), 365
FIGURES = ("answered", "burden_top1", "gini")


@dataclass
class World:
    """Who is there, what they know, and what is asked. away: days by person; pool: the best by score, by topic."""

    ready: list[float] = field(default_factory=list)
    depth: dict[tuple[int, int], float] = field(default_factory=dict)
    away: list[set[date]] = field(default_factory=list)
    pool: list[list[tuple[float, int]]] = field(default_factory=list)
    asks: list[tuple[datetime, int, int]] = field(default_factory=list)  # moment, topic, asker


def make_world(seed: int, people: int, topics: int, asks: int) -> World:
    """The same for the same numbers."""
    rng = random.Random(f"help-{seed}")  # noqa: S311 - the same ones each time
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    known = list(accumulate((number + 1) ** -0.5 for number in range(topics)))
    wanted = list(accumulate((number + 1) ** -0.6 for number in range(topics)))
    world = World()
    scores: list[list[tuple[float, int]]] = [[] for _ in range(topics)]
    for person in range(people):
        world.ready.append(rng.uniform(0.3, 0.9))
        good = rng.betavariate(4, 3)
        many = min(round(rng.lognormvariate(0, SPREAD) * TOPICS_EACH), topics // 2)
        for topic in sorted(set(rng.choices(range(topics), cum_weights=known, k=many))):
            depth = good * rng.uniform(0.2, 1)
            world.depth[person, topic] = depth
            scores[topic].append((depth * rng.lognormvariate(0, ERROR), person))
        away: set[date] = set()
        for _ in range(4):
            first = rng.randrange(DAYS)
            away.update(days[first : first + rng.randrange(2, 17)])
        world.away.append(away)
    world.pool = [sorted(some, key=lambda one: (-one[0], one[1])) for some in scores]
    working = [day for day in days if day.weekday() < len(OFFICE_DAYS)]
    for _ in range(asks):
        moment = datetime.combine(rng.choice(working), time(9), ZONE) + timedelta(seconds=rng.randrange(8 * 3600))
        topic = rng.choices(range(topics), cum_weights=wanted)[0]
        world.asks.append((moment.astimezone(UTC), topic, rng.randrange(people)))
    world.asks.sort()
    return world


@dataclass(frozen=True)
class Able:
    """Somebody who is there and was not asked yet, as whoever chooses may know them."""

    person: int
    score: float
    promises: int
    waiting: int
    lately: int
    last: datetime | None


Way = Callable[[Sequence[Able], int, datetime], Sequence[int]]  # the best first, a number of the ask and round, now


def as_shipped(able: Sequence[Able], number: int, now: datetime) -> Sequence[int]:
    candidates = [
        Candidate(one.person, one.score, one.promises, one.waiting, one.lately, last_asked=one.last) for one in able
    ]
    return [one.person_id for one in choose(candidates, seed=number, now=now)]


def the_three_best(able: Sequence[Able], _number: int, _now: datetime) -> Sequence[int]:
    return [one.person for one in able[:AT_A_TIME]]


def by_lot(able: Sequence[Able], number: int, _now: datetime) -> Sequence[int]:
    best = able[:BEST]
    drawn = random.Random(number).sample(best, min(AT_A_TIME, len(best)))  # noqa: S311 - the same ones each time
    return [one.person for one in drawn]


WAYS: dict[str, Way] = {"": as_shipped, "_naive": the_three_best, "_random": by_lot}


class Year:
    """What happens in a year under one way to choose. sent: asks by person; limited: who is at the limit is left out
    before it chooses."""

    def __init__(self, world: World, way: Way, seed: int, *, limited: bool) -> None:
        self.world, self.way, self.seed, self.limited = world, way, seed, limited
        self.sent: defaultdict[int, int] = defaultdict(int)
        self.answered: set[int] = set()
        self._asked: defaultdict[int, deque[datetime]] = defaultdict(deque)  # the last week's, by person
        self._waiting: defaultdict[int, set[int]] = defaultdict(set)
        self._promises: defaultdict[int, int] = defaultdict(int)
        self._tried: defaultdict[int, set[int]] = defaultdict(set)  # people by ask
        self._queue: list[tuple[datetime, int, Callable[..., None], tuple[int, ...]]] = []
        self._number = 0

    def live(self, tell: Callable[[], None]) -> None:
        """From the first ask to the last promise kept; tell: each ask once."""
        for ask, (moment, _topic, _asker) in enumerate(self.world.asks):
            self._at(moment, self._round, ask, 1)
        while self._queue:
            now, _number, act, numbers = heapq.heappop(self._queue)
            act(now, *numbers)
            if act == self._round and numbers[1] == 1:
                tell()

    def _at(self, moment: datetime, act: Callable[..., None], *numbers: int) -> None:
        self._number += 1
        heapq.heappush(self._queue, (moment, self._number, act, numbers))

    def _chance(self, what: str, ask: int, person: int) -> float:
        """From 0 to 1: the same for the same ask and person whoever chooses."""
        digest = hashlib.blake2b(f"{self.seed} {what} {ask} {person}".encode(), digest_size=7).digest()
        return int.from_bytes(digest, "big") / 2**56

    def _round(self, now: datetime, ask: int, number: int) -> None:
        if ask in self.answered:
            return
        if number > ROUNDS:
            self._end(ask)
            return
        _moment, topic, asker = self.world.asks[ask]
        due = next_round(now, zone=ZONE)
        able = self._able(topic, now, self._tried[ask] | {asker})
        for person in self.way(able, ask * ROUNDS + number, now):
            self.sent[person] += 1
            self._tried[ask].add(person)
            self._waiting[person].add(ask)
            self._asked[person].append(now)
            self._at(now + (due - now) * self._chance("when", ask, person), self._decide, ask, person)
        self._at(due, self._round, ask, number + 1)

    def _able(self, topic: int, now: datetime, out: set[int]) -> list[Able]:
        found: list[Able] = []
        for score, person in self.world.pool[topic]:
            asked = self._asked[person]
            while len(asked) > 1 and now - asked[0] >= LATELY:
                asked.popleft()
            lately = len(asked) if asked and now - asked[0] < LATELY else 0
            if person in out or now.date() in self.world.away[person] or (self.limited and lately >= LIMIT):
                continue
            waiting = len(self._waiting[person])
            last = asked[-1] if asked else None
            found.append(Able(person, score, self._promises[person], waiting, lately, last))
            if len(found) == POOL:
                break
        return found

    def _decide(self, now: datetime, ask: int, person: int) -> None:
        if ask in self.answered:
            return
        waiting = len(self._waiting[person]) - 1
        load = 1 + PER_PROMISE * self._promises[person] + PER_WAITING * waiting
        depth = self.world.depth[person, self.world.asks[ask][1]]
        if self._chance("answers", ask, person) < self.world.ready[person] * depth / load:
            self.answered.add(ask)
            self._end(ask)
            self._promises[person] += 1
            self._at(now + timedelta(days=1 + 6 * self._chance("keeps", ask, person)), self._keep, person)

    def _keep(self, _now: datetime, person: int) -> None:
        self._promises[person] -= 1

    def _end(self, ask: int) -> None:
        """It waits with nobody any more."""
        for person in self._tried[ask]:
            self._waiting[person].discard(ask)

    def figures(self) -> dict[str, float]:
        people = len(self.world.ready)
        sent = sorted(self.sent[person] for person in range(people))
        total = sum(sent) or 1
        top = sent[-max(people // 100, 1) :]
        uneven = sum((2 * place - people - 1) * number for place, number in enumerate(sent, start=1))
        found = (len(self.answered) / (len(self.world.asks) or 1), sum(top) / total, uneven / (people * total))
        return {name: round(number, 4) for name, number in zip(FIGURES, found, strict=True)}


def measure(
    world: World, seed: int, *, all_limited: bool = False, tell: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """The figures of each way to choose: as shipped, `_naive`, `_random`."""
    found: dict[str, float] = {}
    for suffix, way in WAYS.items():
        year = Year(world, way, seed, limited=all_limited)
        year.live(tell)
        found |= {f"{name}{suffix}": number for name, number in year.figures().items()}
    return found


@click.command(
    "help",
    help="A year of asks among made-up people: who is asked, and how many asks are answered, as shipped, by always "
    "asking the three best, and by asking three of the best 15 by lot. Needs no database. The last line of standard "
    "output is one JSON object with --json.",
)
@click.option("--json", "as_json", is_flag=True, help="The figures as one JSON object.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other people and asks.")
@click.option("--all-limited", is_flag=True, help="The two others, too, ask nobody more than twice a week.")
def command(as_json: bool, seed: int, all_limited: bool) -> None:
    world = make_world(seed, PEOPLE, TOPICS, ASKS)
    with Bar("A year of asks") as bar:
        bar.begin(ASKS * len(WAYS))
        found = measure(world, seed, all_limited=all_limited, tell=bar.step)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name in FIGURES:
        shipped, naive, lot = (found[f"{name}{suffix}"] for suffix in WAYS)
        click.echo(f"{name:<13}{shipped:.4f}   the three best {naive:.4f}   by lot {lot:.4f}")
