"""Addresses of things that have a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import names
from portal.people.slugs import free_slug


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Lighthouse", (), "lighthouse"),
        ("Lighthouse", ("lighthouse",), "lighthouse-2"),
        ("Lighthouse", ("lighthouse", "lighthouse-2", "lighthouse-4"), "lighthouse-3"),
        ("Lighthouse", ("lighthouse-2", "lighthouses"), "lighthouse"),
        ("Lighthouse 2", ("lighthouse", "lighthouse-2"), "lighthouse-2-2"),
        ("new", (), "new-1"),
        ("New", ("new-1",), "new-1-2"),
        ("Café  & Söhne!", (), "cafe-sohne"),
        ("Ольга", (), "olga"),
    ],
)
def test_the_first_that_is_free(name: str, taken: tuple[str, ...], slug: str) -> None:
    assert free_slug(name, set(taken), "team") == slug


@pytest.mark.parametrize("name", ["🎉", "…", "", "   "])
def test_where_no_letter_is_left(name: str) -> None:
    assert re.fullmatch(r"goal-[a-z]{6}", free_slug(name, (), "goal"))


@given(st.text(max_size=120), st.integers(0, 5))
def test_any_name_has_an_address_that_is_free(name: str, others: int) -> None:
    taken: set[str] = set()
    for _ in range(others + 1):
        slug = free_slug(name, taken, "team")
        assert slug not in taken and names.may_be_handle(slug) and slug not in names.RESERVED
        taken.add(slug)
