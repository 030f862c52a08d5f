"""What holds on every page: no accessibility violation in either theme, no sideways scroll, no complaint."""

from __future__ import annotations

import pytest

from tests.journeys.checks import wrong
from tests.journeys.conftest import Visits
from tools.look import PAGES

AT_A_TIME = 7
ROUNDS = [
    (who, theirs[start : start + AT_A_TIME])
    for who in sorted({who for who, _address in PAGES.values()})
    for theirs in [[name for name, (whose, _address) in PAGES.items() if whose == who]]
    for start in range(0, len(theirs), AT_A_TIME)
]


@pytest.mark.parametrize(("who", "names"), ROUNDS, ids=[f"{who or 'nobody'}-{names[0]}" for who, names in ROUNDS])
def test_no_violation_in_either_theme_and_no_sideways_scroll(shared: Visits, who: str, names: list[str]) -> None:
    """Some pages that this person is shown, one after the other in one tab."""
    if "not-found" in names:
        shared.expect(404)
    page = shared.by(who, bypass_csp=True)
    found = {}
    for name in names:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(PAGES[name][1])
        if seen := wrong(page):
            found[name] = seen
    assert not found


@pytest.mark.parametrize("name", ["home-maya", "people", "person-priya", "intro-facts", "details"])
def test_text_of_twice_the_size_fits(shared: Visits, name: str) -> None:
    """Zoomed to 200 % in a window of 1280."""
    who, address = PAGES[name]
    page = shared.by(who, width=640, zoom=2)
    page.goto(address)
    page.wait_for_load_state()  # a page that only begins has no element yet
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    # What is cut off without a way to scroll to it cannot be read. (The steps' names are meant to: the h1 says it.)
    cut = page.evaluate(
        """[...document.querySelectorAll('main h1, main h2, main p, main a, main button, main label')]
           .filter(e => e.checkVisibility() && !e.closest('.vh') && getComputedStyle(e).overflowX === 'hidden'
                        && !e.matches('.steps-label') && e.scrollWidth > e.clientWidth + 1)
           .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert not cut
