"""My own network, for my eyes only: whom I keep up with, how that changed, and a picture of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise

from flask_babel import gettext

from portal.core.auth import Viewer
from portal.core.i18n import lazy as _
from portal.core.paging import Page
from portal.people.queries import Card, cards
from portal.ties.queries import MyTie, my_ties, my_weeks, page_of_ties, talked_with
from portal.ties.state import State

MOST = 200  # ties that the picture and the sums look at, the latest ones
DRAWN = 24  # people in the picture
SIZE = 640  # its side
APART = 46  # the middles of two dots, at least
# The states in the order of the page, with how far out each stands in the picture.
WORDS: dict[State, tuple[str, str, int]] = {
    "strong": (_("Often"), _("in touch in at least 4 of the last 6 fortnights"), 110),
    "new": (_("New"), _("for two weeks at most"), 160),
    "warm": (_("Warm"), _("in touch within four weeks"), 210),
    "quiet": (_("Quiet"), _("a while ago, within three months"), 250),
    "cooling": (_("Cooling"), _("was close, and nothing here for four weeks"), 250),
    "dormant": (_("Asleep"), _("nothing here for three months"), 285),
}


@dataclass(frozen=True)
class Line:
    """One of my ties, as the page shows it. weeks: the state at the end of each of the last weeks; talked: did I note
    today that we talked?"""

    card: Card
    state: State
    last_on: date
    weeks: tuple[State | None, ...]
    talked: bool

    @property
    def changed(self) -> str:
        """How it changed over these weeks, in words: "Quiet, then warm"."""
        states = [WORDS[state][0] for state, _run in groupby(state for state in self.weeks if state)][-3:]
        said = str(states[0]) if states else ""
        for one in states[1:]:
            said = gettext("%(before)s, then %(after)s", before=said, after=str(one).lower())
        return said


@dataclass(frozen=True)
class Dot:
    """Somebody in the picture: where their middle is, 0 to `SIZE`."""

    card: Card
    state: State
    x: int
    y: int


@dataclass(frozen=True)
class Network:
    """All of it at a glance. states: how many are in each; weeks: each Monday and with how many people I was in
    touch; reach: departments and how many I am in touch with there, those asleep not counted."""

    states: list[tuple[State, int]]
    weeks: list[tuple[date, int]]
    reach: list[tuple[str, int]]
    dots: list[Dot]


def network(viewer: Viewer) -> Network:
    """My network as of today. A fixed number of queries."""
    ties = my_ties(viewer, MOST)
    known = {card.id: card for card in cards(viewer, [tie.other_id for tie in ties])} if ties else {}
    ties = [tie for tie in ties if tie.other_id in known]
    states = Counter(tie.state for tie in ties)
    awake = Counter(known[tie.other_id].department for tie in ties if tie.state != "dormant")
    reach = sorted(((name, number) for name, number in awake.items() if name), key=lambda one: (-one[1], one[0]))
    there = [(state, states[state]) for state in WORDS if states[state]]
    return Network(there, my_weeks(viewer), reach, _dots(ties, known))


def lines(viewer: Viewer, cursor: str | None = None) -> Page[Line]:
    """My ties, the latest first, some at a time. A fixed number of queries."""

    def shown(ties: list[MyTie]) -> list[Line]:
        ids = [tie.other_id for tie in ties]
        known = {card.id: card for card in cards(viewer, ids)} if ids else {}
        talked = talked_with(viewer, ids)
        return [
            Line(known[tie.other_id], tie.state, tie.last_on, tie.weeks, talked.get(tie.other_id, False))
            for tie in ties
            if tie.other_id in known
        ]

    return page_of_ties(viewer, cursor=cursor).map(shown)


def _dots(ties: Sequence[MyTie], known: dict[int, Card]) -> list[Dot]:
    """The strongest ties around the middle, the closer the more often."""
    order = list(WORDS)
    some = sorted(ties, key=lambda tie: (-tie.strength, tie.other_id))[:DRAWN]
    some.sort(key=lambda tie: (order.index(tie.state), -tie.strength, tie.other_id))
    where = places([WORDS[tie.state][2] for tie in some])
    return [Dot(known[tie.other_id], tie.state, x, y) for tie, (x, y) in zip(some, where, strict=True)]


def places(radii: Sequence[int]) -> list[tuple[int, int]]:
    """Where dots stand that are so far from the middle, each in a direction of its own, none upon another: those of
    one ring all around it, every other one further out where the ring is too full."""
    rings: dict[int, list[int]] = {}
    for number, radius in enumerate(radii):
        rings.setdefault(radius, []).append(number)
    # How far around its ring each is, 0 to 1: in that order they take the directions, so that a ring is spread.
    turns = {number: (turn + 0.5) / len(ring) for ring in rings.values() for turn, number in enumerate(ring)}
    order = sorted(turns, key=lambda number: (turns[number], number))
    angles = {number: 2 * math.pi * turn / len(order) - math.pi / 2 for turn, number in enumerate(order)}
    found = [(0, 0)] * len(radii)
    for radius, ring in rings.items():
        around = [*(angles[number] for number in ring), angles[ring[0]] + 2 * math.pi]
        nearest = min(after - one for one, after in pairwise(around))
        further = APART if len(ring) > 1 and 2 * radius * math.sin(nearest / 2) < APART else 0
        for place, number in enumerate(ring):
            is_odd_one = place == len(ring) - 1 and place % 2 == 0  # next to the first, and to one further out
            out = radius + further * (2 if is_odd_one else place % 2)
            x, y = out * math.cos(angles[number]), out * math.sin(angles[number])
            found[number] = round(SIZE / 2 + x), round(SIZE / 2 + y)
    return found
