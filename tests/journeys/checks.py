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
WIDTHS = (1280, 1024, 768, 390, 320)
# At these widths axe looks, in this theme. All of its rules in both: what is only there on a narrow page (a menu, a
# button) needs its name as well as its colours.
LOOKS: dict[int, Theme] = {1280: "light", 390: "dark"}


# To judge a text by its colours takes axe most of its time, and most texts are like one that it has judged: the same
# tags, classes, colours, grounds, sizes and weights from the root down, so of another kind in another look. Those of
# a kind whose contrast was measured and found good are not judged again; all others are judged, and told, each time.
GOOD: set[str] = set()
JUDGE_ONCE = """known => {
    const hashed = text => {
        let a = 0xdeadbeef, b = 0x41c6ce57;
        for (let i = 0; i < text.length; i++) {
            a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
            b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
        }
        return (a >>> 0).toString(36) + '.' + (b >>> 0).toString(36);
    };
    const kindOf = e => {
        if (!e || e.nodeType !== Node.ELEMENT_NODE) return '';
        if (!judging.kinds.has(e)) {
            const s = getComputedStyle(e);
            judging.kinds.set(e, hashed([
                kindOf(e.parentNode), e.tagName, e.getAttribute('class'), s.color, s.backgroundColor,
                s.backgroundImage, s.opacity, s.fontSize, s.fontWeight, s.textShadow, s.filter, s.mixBlendMode,
                s.position,
            ].join()));
        }
        return judging.kinds.get(e);
    };
    const good = new Set(known), check = axe._audit.checks['color-contrast'], judge = check.evaluate;
    window.judging = {kinds: new Map(), found: []};
    check.evaluate = function (e, ...more) {
        const kind = kindOf(e);
        if (good.has(kind)) return true;
        let ratio = 0;
        const data = facts => {
            ratio = facts?.contrastRatio ?? 0;
            this.data(facts);
        };
        const verdict = judge.call({...this, data}, e, ...more);
        if (verdict === true && ratio) {
            good.add(kind);
            judging.found.push(kind);
        }
        return verdict;
    };
}"""
# Only what is wrong comes over (the whole report is large), and the kinds of text that were found good.
RUN = """async ([rules, look]) => {
    judging.kinds.clear();
    const wrong = (await axe.run(rules)).violations.flatMap(v => v.nodes.map(
        n => `${look} ${v.id}: ${n.html.slice(0, 150)} ${n.failureSummary.slice(0, 300)}`));
    return [wrong, judging.found.splice(0)];
}"""


def violations(page: Page) -> list[str]:
    """What axe finds in each of the looks, without loading the page anew. Its tab was opened with `bypass_csp`."""
    return _seen(page, tuple(LOOKS), sideways=False)[:20]


def too_wide(page: Page, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """The widths at which the page scrolls sideways, and what stands out there."""
    return _seen(page, widths, axe=False)


def wrong(page: Page, widths: tuple[int, ...] = WIDTHS) -> list[str]:
    """Both, and each width only once: to be laid out anew takes a page as long as to be read by axe."""
    return _seen(page, widths)[:20]


def _seen(page: Page, widths: tuple[int, ...], *, axe: bool = True, sideways: bool = True) -> list[str]:
    found: list[str] = []
    if axe:
        page.evaluate(AXE_SCRIPT)
        page.evaluate(JUDGE_ONCE, list(GOOD))
        # From the one look to the other colours do not fade.
        page.add_style_tag(content="*, ::before, ::after { transition-property: none !important }")
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900 if width > 600 else 844})
        if sideways:
            found += page.evaluate(STANDS_OUT, width)
        if axe and width in LOOKS:
            page.emulate_media(color_scheme=LOOKS[width])
            bad, good = page.evaluate(RUN, [RULES, f"{LOOKS[width]} {width}"])
            found += bad
            GOOD.update(good)
    return found


# The browser lays out anew in its own time: what is measured before that is of the width before.
STANDS_OUT = """async width => {
    const drawn = () => new Promise(requestAnimationFrame);
    for (let frames = 0; innerWidth !== width; frames++) {
        if (frames === 600) return [`${width}: it stayed ${innerWidth} wide`];
        await drawn();
    }
    await document.fonts.ready;
    await drawn();
    await drawn();
    if (document.documentElement.scrollWidth <= width) return [];
    return [`${width}: ${document.documentElement.scrollWidth} in all`].concat(
        [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => `${width}: ${Math.round(e.getBoundingClientRect().right)} ${e.outerHTML.slice(0, 120)}`));
}"""
