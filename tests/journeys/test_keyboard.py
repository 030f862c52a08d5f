"""Everything by keyboard alone: reach it, see where one is, and no bar in front of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NEWCOMER, Visits

# (who looks, address): the pages where one does most.
MAIN_PAGES = {
    "home": ("maya", "/"),
    "directory": ("amara", "/people"),
    "profile": ("maya", "/p/priya-raman"),
    "facts": ("maya", "/me/intro/facts"),
    "preview": ("amara", "/me/intro/preview"),
    "details": ("amara", "/me/details"),
    "sign-in": ("", "/sign-in"),
    "help": ("maya", "/help"),
    "meet": ("maya", "/meet"),
    "introductions": ("maya", "/introductions"),
}

# Of what can have the focus: one for a group of radio buttons, as Tab sees it.
REACHABLE = """() => {
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility());
  const groups = new Set();
  return all.filter(e => {
    if (e.type !== 'radio') return true;
    const group = e.form && [...e.form.elements].filter(o => o.name === e.name);
    const lead = group.find(o => o.checked) ?? group[0];
    if (e !== lead || groups.has(lead)) return false;
    groups.add(lead);
    return true;
  }).map((e, number) => { e.dataset.stop = number; return e.outerHTML.slice(0, 110); });
}"""

# Where the focus is now: which of those, can one see it, does anything lie in front of it?
HERE = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  // The ring may be drawn around what shows the field: a chip around its radio button, the box around a search.
  const ring = [e, e.closest('label, .pcard'), e.closest('.quick'), e.parentElement].some(x => {
    if (!x) return false;
    const style = getComputedStyle(x);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  const shown = e.matches('.chip input, .vh') ? e.closest('label') ?? e : e;
  const box = shown.getBoundingClientRect();
  const inside = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  // Of its corners and middle, how many are seen (not behind a bar, not outside the window)?
  const points = [[.5, .5], [.15, .2], [.85, .2], [.15, .8], [.85, .8]]
    .map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
  const hits = points.filter(([x, y]) => {
    if (!inside(x, y)) return false;
    const top = document.elementFromPoint(x, y);
    return top && (shown.contains(top) || top.contains(shown) && !top.closest('.topbar, .tabbar, .wizard-foot')
                   || top.control === e || shown.closest('.topbar, .tabbar, .wizard-foot')?.contains(top)
                   || top.closest('label')?.control === e || top.closest('.pcard, .linkcard')?.contains(e));
  }).length;
  return {stop: e.dataset.stop ?? null, what: e.outerHTML.slice(0, 110), ring, hits,
          size: [Math.round(box.width), Math.round(box.height)]};
}"""


# What is not in sight yet has a moment to come there.
SETTLED = f"""async () => {{
  const look = {HERE};
  for (let frame = 0; frame < 60; frame++) {{
    const here = look();
    if (!here || here.hits >= 3) return here;
    await new Promise(requestAnimationFrame);
  }}
  return look();
}}"""


def where(page: Page) -> dict[str, Any] | None:
    """Where the focus is; None when it has left the page."""
    here: dict[str, Any] | None = page.evaluate(SETTLED)
    return here


def tab_through(page: Page, most: int = 150) -> list[dict[str, Any]]:
    """Press Tab from the top until the focus leaves the page."""
    found = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = where(page)
        if here is None:
            return found
        found.append(here)
    raise AssertionError("Tab never came to an end")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", MAIN_PAGES)
def test_tab_reaches_everything_in_order_and_in_sight(shared: Visits, name: str, width: int) -> None:
    who, address = MAIN_PAGES[name]
    page = shared.by(who, width=width)
    page.goto(address)
    there = page.evaluate(REACHABLE)
    stops = tab_through(page)
    reached = [int(stop["stop"]) for stop in stops if stop["stop"] is not None]
    missed = [what for number, what in enumerate(there) if number not in reached]
    assert not missed, "Tab does not reach:\n" + "\n".join(missed)
    assert reached == sorted(reached), "Tab does not follow the page"
    unseen = [stop["what"] for stop in stops if not stop["ring"]]
    assert not unseen, "no focus ring:\n" + "\n".join(unseen)
    covered = [f"{stop['hits']} of 5: {stop['what']}" for stop in stops if stop["hits"] < 3]
    assert not covered, "covered:\n" + "\n".join(covered)


@pytest.mark.parametrize("width", [1280, 390])
def test_back_with_shift_tab_nothing_lies_in_front_either(shared: Visits, width: int) -> None:
    """Backwards the focus comes from below: the bar at the top is what could cover it."""
    page = shared.by("amara", width=width)
    page.goto("/people")
    page.get_by_role("link", name="Show more people").focus()
    covered = []
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        here = where(page)
        assert here
        if here["hits"] < 3:
            covered.append(here["what"])
    assert not covered


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_the_skip_link_skips(shared: Visits, js: bool) -> None:
    page = shared.by("maya", js=js)
    page.goto("/people")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("main").get_by_role("link", name="By topic")).to_be_focused()


def test_slash_goes_to_the_finder_but_not_while_writing(fresh: Visits) -> None:
    page = fresh.by("maya")
    finder = page.get_by_role("dialog").get_by_role("combobox")
    page.goto("/guide")
    page.get_by_role("link", name="Kudos", exact=True).first.focus()
    page.keyboard.type("/a/b")  # nobody waits for the dialog
    expect(finder).to_be_focused()
    expect(finder).to_have_value("a/b")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Kudos", exact=True).first).to_be_focused()
    page.keyboard.type("/c")
    expect(finder).to_have_value("c")
    page.goto("/me/intro/facts")
    page.get_by_label("First fact").focus()
    page.keyboard.press("End")
    page.keyboard.type("/")
    expect(page.get_by_label("First fact")).to_be_focused()
    expect(page.get_by_label("First fact")).to_have_value(re.compile("/$"))
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def test_single_keys_can_be_turned_off(shared: Visits) -> None:
    page = shared.by("maya")
    page.goto("/settings")
    page.get_by_label("Off").check()
    page.get_by_role("button", name="Keep this", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.goto("/guide")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Find people, topics")).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".finder kbd")).to_be_hidden()


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
def test_ctrl_enter_sends(fresh: Visits, keys: str) -> None:
    page = fresh.by(NEWCOMER)
    page.goto("/me/intro/facts")
    page.get_by_label("First fact").fill("I can fold a map.")
    page.keyboard.press(keys)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    page.goto("/me/intro/facts")
    expect(page.get_by_label("First fact")).to_have_value("I can fold a map.")


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_after_an_error_the_summary_has_the_focus_and_leads_to_the_field(fresh: Visits, js: bool) -> None:
    fresh.expect(422)
    page = fresh.by(NEWCOMER, js=js)
    page.goto("/me/intro/facts")
    page.get_by_label("Second fact").fill("x" * 201)
    page.get_by_role("button", name="Save and go on").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(summary.get_by_role("link", name="1 character over")).to_be_focused()
    page.keyboard.press("Enter")
    field = page.get_by_label("Second fact")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-describedby", re.compile("fact2-error"))
    expect(page.locator("#fact2-error")).to_contain_text("1 character over")


def test_an_intro_without_a_mouse(fresh: Visits) -> None:
    """From signed in to published by Tab, Enter, Space and letters."""
    page = fresh.by(NEWCOMER)

    def to(role: str, name: str) -> None:
        target = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
        for _ in range(60):
            if target.evaluate("e => e === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"Tab did not come to {name}")

    page.goto("/")
    to("link", "Begin")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("A photo, or your initials")
    to("button", "Use my initials")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", level=1)).to_have_text("Headline and facts")
    to("textbox", "Your headline")
    page.keyboard.type("Nothing but keys.")
    to("textbox", "First fact")
    page.keyboard.type("My mouse has a tail.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    page.goto("/me/intro/preview")
    to("button", "Publish")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Your intro is out.")).to_be_visible()
