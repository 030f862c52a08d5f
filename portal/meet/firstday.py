"""Whom somebody meets first who is new here: one person for each of five purposes. Pure.

Whoever was met counts for one purpose, and no further. No person is chosen twice, and as many purposes are served as
can be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Purpose: TypeAlias = Literal["lead", "mate", "asks", "new", "elsewhere"]
PURPOSES: tuple[Purpose, ...] = ("lead", "mate", "asks", "new", "elsewhere")


@dataclass(frozen=True)
class Candidate:
    """Somebody, and for which purposes they would do."""

    person_id: int
    fits: frozenset[Purpose]


def first_five(candidates: Sequence[Candidate], met: Collection[int]) -> dict[Purpose, int]:
    """Who is left to be met, by purpose, in the order of `PURPOSES`; candidates: the best first."""
    # Whoever was met goes first, and then whoever does for fewer purposes.
    order = sorted(candidates, key=lambda one: (one.person_id not in met, len(one.fits)))
    chosen: dict[Purpose, int] = {}

    def find(purpose: Purpose, tried: set[int]) -> bool:
        for one in order:
            if purpose in one.fits and one.person_id not in tried:
                tried.add(one.person_id)
                taken = next((other for other, who in chosen.items() if who == one.person_id), None)
                if taken is None or find(taken, tried):
                    chosen[purpose] = one.person_id
                    return True
        return False

    for purpose in PURPOSES:
        find(purpose, set())
    return {purpose: chosen[purpose] for purpose in PURPOSES if purpose in chosen and chosen[purpose] not in met}
