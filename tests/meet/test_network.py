"""The picture of my network: where people stand in it."""

from __future__ import annotations

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from portal.meet.network import DRAWN, SIZE, WORDS, places


@given(st.lists(st.sampled_from([radius for _name, _what, radius in WORDS.values()]), max_size=DRAWN))
def test_nobody_stands_upon_another_and_all_are_in_it(radii: list[int]) -> None:
    there = places(sorted(radii))
    assert all(abs(x - SIZE / 2) <= 295 >= abs(y - SIZE / 2) for x, y in there)
    assert all(math.dist(one, other) > 40 for one, other in combinations(there, 2))
