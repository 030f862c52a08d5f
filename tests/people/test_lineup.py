"""The order of a line-up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people.lineup import side_by_side
from portal.people.models import HUES


@dataclass(frozen=True)
class One:
    hue: str
    number: int


def people(hues: list[str]) -> list[One]:
    return [One(hue, number) for number, hue in enumerate(hues)]


def touching(placed: list[One]) -> int:
    return sum(left.hue == right.hue for left, right in pairwise(placed))


@given(st.lists(st.sampled_from(HUES), max_size=40))
def test_everybody_is_there_once_and_neighbours_differ_where_that_can_be_had(hues: list[str]) -> None:
    placed = side_by_side(people(hues))
    assert sorted(p.number for p in placed) == list(range(len(hues)))
    most = max(Counter(hues).values(), default=0)
    # One hue more than half (rounded up) has to touch itself; that often and not once more.
    assert touching(placed) == max(0, 2 * most - len(hues) - 1)


@pytest.mark.parametrize(
    "hues", [[], ["coral"], ["coral", "sky"], ["coral", "sky", "coral"], ["sky", "leaf", "iris"]]
)
def test_an_order_that_is_right_already_stays(hues: list[str]) -> None:
    assert [p.number for p in side_by_side(people(hues))] == list(range(len(hues)))


def test_the_newest_stays_in_front() -> None:
    assert side_by_side(people(["coral", "coral", "sky", "leaf"]))[0].number == 0
