"""An organization's own name, logo and colour: only a colour that can be read."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.core import brand, settings
from portal.core.brand import Organization
from portal.core.db import unit_of_work

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("typed", "colour"),
    [
        ("#3F3ADC", "#3f3adc"),
        (" 3f3adc ", "#3f3adc"),
        ("#06c", "#0066cc"),
        ("red", None),
        ("#12345", None),
        ("", None),
    ],
)
def test_a_colour_is_taken_as_people_write_it(typed: str, colour: str | None) -> None:
    assert brand.colour_of(typed) == colour


@pytest.mark.parametrize(("colour", "ratio"), [("#000000", 19.1), ("#ffffff", 1.0), ("#767676", 4.14)])
def test_the_contrast_is_the_worse_of_the_two(colour: str, ratio: float) -> None:
    assert brand.contrast(colour) == pytest.approx(ratio, abs=0.05)


@given(COLOURS)
def test_there_is_a_readable_one_near_every_colour(colour: str) -> None:
    nearest = brand.nearest_readable(colour)
    assert brand.contrast(nearest) >= brand.LEAST
    if brand.contrast(colour) >= brand.LEAST:
        assert nearest == colour


@given(COLOURS.map(brand.nearest_readable))
def test_all_that_follows_from_a_colour_can_be_read_in_both_themes(colour: str) -> None:
    css = brand.stylesheet(colour)
    tokens = {
        name: (light, dark) for name, light, dark in re.findall(r"--([a-z-]+):light-dark\((.{7}),(.{7})\)", css)
    }
    assert set(tokens) == {"primary", "primary-hover", "on-primary", "primary-soft"}
    inks = ("#171524", "#f0eff5")
    for theme in (0, 1):
        for under in ("primary", "primary-hover"):
            assert ratio(tokens[under][theme], tokens["on-primary"][theme]) >= 4.5
        assert ratio(tokens["primary-soft"][theme], inks[theme]) >= 4.5
        assert ratio(tokens["primary"][theme], ("#ffffff", "#191822")[theme]) >= 4.5


def ratio(one: str, other: str) -> float:
    return brand._ratio(brand._rgb(one), brand._rgb(other))


def test_our_own_colour_needs_no_stylesheet() -> None:
    assert brand.stylesheet("") == ""


def test_what_was_kept_is_there_and_what_is_unknown_does_no_harm(app: Flask) -> None:
    with app.test_request_context():
        assert brand.organization() == Organization()
        unit_of_work(lambda: brand.keep(Organization("Beispiel & Söhne", "#0066cc", "", "de")))
        assert brand.organization().name == "Beispiel & Söhne"
        unit_of_work(lambda: settings.put("organization", {"name": "Later", "of a newer version": 1}))
    with app.test_request_context():
        assert brand.organization() == Organization("Later")


def test_another_look_has_another_version() -> None:
    assert Organization().version != Organization(colour="#0066cc").version
    assert Organization().version == Organization(name="Only the name").version
