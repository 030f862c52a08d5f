"""What is asked of every page: nothing that axe finds in either theme, and nothing to scroll sideways."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

Theme = Literal["light", "dark"]
AXE_SCRIPT = Axe().axe_script
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "preload": False,
}
LOOKS: tuple[tuple[Theme, int], ...] = (("light", 1280), ("dark", 390))
WIDTHS = (320, 390, 768, 1024, 1280)


def violations(page: Page) -> list[str]:
    """What axe finds in each of the looks, without loading the page anew. Its tab was opened with `bypass_csp`."""
    page.evaluate(AXE_SCRIPT)
    # From the one look to the other colours do not fade.
    page.add_style_tag(content="*, ::before, ::after { transition-property: none !important }")
    found: list[str] = []
    for theme, width in LOOKS:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
        # Only what is wrong comes over: the whole report is large.
        found += page.evaluate(
            """async ([rules, look]) => (await axe.run(rules)).violations.flatMap(v => v.nodes.map(
                n => `${look} ${v.id}: ${n.html.slice(0, 150)} ${n.failureSummary.slice(0, 300)}`))""",
            [RULES, f"{theme} {width}"],
        )
    return found[:20]


def too_wide(page: Page, widths: tuple[int, ...] = WIDTHS) -> dict[int, list[str]]:
    """The widths at which the page scrolls sideways, and what stands out there."""
    found = {}
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        # The browser lays out anew in its own time: what is measured before that is of the width before.
        page.wait_for_function("width => innerWidth === width && document.fonts.status === 'loaded'", arg=width)
        out = page.evaluate(
            """async width => {
                 await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
                 if (document.documentElement.scrollWidth <= width) return [];
                 return [...document.querySelectorAll('body *')]
                   .filter(e => e.getBoundingClientRect().right > width + 1)
                   .map(e => `${Math.round(e.getBoundingClientRect().right)} ${e.outerHTML.slice(0, 120)}`)
                   .concat(`${document.documentElement.scrollWidth} in all`);
               }""",
            width,
        )
        if out:
            found[width] = out
    return found
