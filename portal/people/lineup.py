"""The order of a line-up: neighbours differ in colour where that can be had. Pure function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar


class Coloured(Protocol):
    """Anything with one of the eight hues."""

    @property
    def hue(self) -> str: ...


C = TypeVar("C", bound=Coloured)


def side_by_side(people: Sequence[C]) -> list[C]:
    """The same people in nearly the same order, no two of one hue beside each other where avoidable.

    Whoever would stand beside their own hue lets the next one of another hue go first; what is left over at the
    end (more than half of one hue) stands together.
    """
    waiting: list[C] = list(people)
    placed: list[C] = []
    while waiting:
        last = placed[-1].hue if placed else ""
        counts = {hue: sum(p.hue == hue for p in waiting) for hue in {p.hue for p in waiting}}
        most = max(counts, key=lambda hue: counts[hue])
        # A hue that fills more than half of what is left has to go now, or it stands together at the end.
        forced = [i for i, p in enumerate(waiting) if p.hue == most != last and counts[most] * 2 > len(waiting)]
        other = [i for i, p in enumerate(waiting) if p.hue != last]
        placed.append(waiting.pop((forced or other or [0])[0]))
    return placed
