"""What holds on every page: no accessibility violation in either theme, no sideways scroll, no complaint."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.checks import too_wide, violations
from tests.journeys.conftest import Visits
from tools.look import PAGES


def _open(visits: Visits, name: str, **how: object) -> Page:
    who, address = PAGES[name]
    if name == "not-found":
        visits.expect(404)
    page = visits.by(who, **how)  # type: ignore[arg-type]
    page.goto(address)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_no_violation_in_either_theme(shared: Visits, name: str) -> None:
    found = violations(_open(shared, name, bypass_csp=True))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("who", sorted({who for who, _address in PAGES.values()}), ids=lambda who: who or "nobody")
def test_no_sideways_scroll_at_any_width(shared: Visits, who: str) -> None:
    """On each page that this person is shown."""
    shared.expect(404)
    page = shared.by(who)
    wide = {}
    for name, (whose, address) in PAGES.items():
        if whose == who:
            page.goto(address)
            wide[name] = too_wide(page)
    assert not {name: widths for name, widths in wide.items() if widths}


@pytest.mark.parametrize("name", ["home-maya", "people", "person-priya", "intro-facts", "details"])
def test_text_of_twice_the_size_fits(shared: Visits, name: str) -> None:
    """Zoomed to 200 % in a window of 1280."""
    page = _open(shared, name, width=640, zoom=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    # What is cut off without a way to scroll to it cannot be read. (The steps' names are meant to: the h1 says it.)
    cut = page.evaluate(
        """[...document.querySelectorAll('main h1, main h2, main p, main a, main button, main label')]
           .filter(e => e.checkVisibility() && !e.closest('.vh') && getComputedStyle(e).overflowX === 'hidden'
                        && !e.matches('.steps-label') && e.scrollWidth > e.clientWidth + 1)
           .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert not cut
