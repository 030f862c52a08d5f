"""How likely a typed word is a slip of another one."""

from __future__ import annotations

import pytest

from portal.search.slips import LIKELY, TWICE, UNLIKELY, likelihood


@pytest.mark.parametrize(
    ("typed", "word", "likely"),
    [
        ("pythn", "python", LIKELY),  # left out
        ("ython", "python", LIKELY),
        ("pythhon", "python", LIKELY),  # twice
        ("pythonn", "python", LIKELY),
        ("pyhton", "python", LIKELY),  # changed places
        ("yppthon"[1:], "python", UNLIKELY),
        ("pythob", "python", LIKELY),  # the key beside it
        ("oython", "python", LIKELY),
        ("pythox", "python", UNLIKELY),
        ("pythzon", "python", UNLIKELY),
        ("pkthon", "python", UNLIKELY),
    ],
)
def test_one_slip(typed: str, word: str, likely: float) -> None:
    assert likelihood(typed, word, 1) == likely


def test_two_slips_are_unlikely() -> None:
    assert likelihood("pyhtno", "python", 2) == TWICE
