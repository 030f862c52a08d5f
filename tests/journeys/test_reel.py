"""The kick-off: walking through the intros by keys, buttons, swipes, by itself, and without JavaScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.checks import wrong
from tests.journeys.conftest import Visits

TEAM = "/t/lighthouse"
FIRST, SECOND, LAST = "Tomás Rivera", "Priya Raman", "Hana Kim"


def name(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def slide(handle: str) -> str:
    return f"{TEAM}/intros/{handle}"


def shows(page: Page, text: str) -> None:
    """That slide, and its script listens: a key that comes before that is nobody's."""
    expect(name(page)).to_have_text(text)
    page.wait_for_load_state()


def open_first(page: Page, *, plays: bool = False) -> None:
    """The first slide; with `plays` motion is welcome and the clock stands still until it is told to run."""
    if plays:
        page.emulate_media(reduced_motion="no-preference")
        page.clock.install()
    page.goto(slide("tomas-rivera"))
    shows(page, FIRST)


# ---- by hand -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_keys_lead_through_all_of_it(fresh: Visits, width: int) -> None:
    page = fresh.by("maya", width=width)
    page.goto(f"{TEAM}/intros")
    page.get_by_role("link", name="Start").click()
    shows(page, FIRST)
    page.keyboard.press("ArrowRight")
    shows(page, SECOND)
    page.keyboard.press("ArrowLeft")
    shows(page, FIRST)
    page.keyboard.press("ArrowLeft")  # nothing stands before the first
    page.keyboard.press("End")
    shows(page, LAST)
    page.keyboard.press("Home")
    shows(page, FIRST)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("Space")
    shows(page, SECOND)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.keyboard.press("PageDown")
    shows(page, "Ben Achterberg")
    page.evaluate("scrollTo(0, 0)")
    page.keyboard.press("PageUp")
    shows(page, SECOND)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(f"{TEAM}$"))


def test_the_last_one_leads_to_who_to_ask_and_seen_is_kept(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.goto(slide("hana-kim"))
    with page.expect_response(lambda r: r.request.method == "POST" and r.url.endswith("/seen")):
        page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"{TEAM}#who-to-ask$"))
    expect(page.get_by_role("heading", name="Who to ask")).to_be_in_viewport()
    page.goto(f"{TEAM}/intros")
    expect(page.get_by_text("You have seen 1 of 6.")).to_be_visible()


def test_a_button_with_the_focus_has_its_keys_for_itself(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.goto(slide("priya-raman"))
    page.get_by_role("link", name="Leave").focus()
    page.keyboard.press("Space")  # a link does nothing with it, and nor does the reel
    page.wait_for_timeout(150)
    shows(page, SECOND)
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Space")
    shows(page, "Ben Achterberg")
    page.keyboard.press("Control+ArrowRight")
    page.wait_for_timeout(150)
    shows(page, "Ben Achterberg")


def test_each_way_to_leave_marks_only_what_was_gone_through(fresh: Visits) -> None:
    page = fresh.by("maya")
    open_first(page)
    page.get_by_role("button", name="Next").click()
    shows(page, SECOND)
    page.get_by_role("link", name="Back").click()
    shows(page, FIRST)
    page.go_back()
    shows(page, SECOND)
    page.get_by_role("link", name="Leave").click()
    page.goto(f"{TEAM}/intros")
    expect(page.get_by_text("You have seen 1 of 6.")).to_be_visible()
    expect(page.get_by_role("link", name="Tomás Rivera")).to_contain_text("seen")


def swipe(page: Page, *steps: tuple[int, int]) -> None:
    """One finger, from the first point over the others."""
    touch = page.context.new_cdp_session(page)

    def send(kind: str, points: list[dict[str, Any]]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    for number, (x, y) in enumerate(steps):
        send("touchMove" if number else "touchStart", [{"x": x, "y": y}])
    send("touchEnd", [])


def test_swipes_on_a_phone(fresh: Visits) -> None:
    page = fresh.by("maya", width=390)
    page.goto(slide("oskar-nilsen"))  # a short one: nothing to scroll
    swipe(page, (300, 300), (200, 305), (100, 310))
    shows(page, "Jonas Weber")
    swipe(page, (100, 300), (200, 300), (300, 300))
    shows(page, "Oskar Nilsen")
    swipe(page, (200, 400), (170, 200))  # down the page
    swipe(page, (200, 300), (170, 300))  # too short to be meant
    page.wait_for_timeout(150)
    shows(page, "Oskar Nilsen")


# ---- by itself -----------------------------------------------------------------------------------------------------


def test_it_goes_on_by_itself_only_when_started(fresh: Visits) -> None:
    page = fresh.by("maya")
    open_first(page, plays=True)
    page.clock.run_for(40_000)
    shows(page, FIRST)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status")).to_have_text("Plays by itself, 15 seconds a slide.")
    page.clock.run_for(14_000)
    shows(page, FIRST)
    page.clock.run_for(1_500)
    shows(page, SECOND)
    # It goes on over the slides …
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(15_500)
    shows(page, "Ben Achterberg")
    # … until it is paused.
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("status")).to_have_text("Paused.")
    page.clock.run_for(40_000)
    shows(page, "Ben Achterberg")


def test_a_key_or_another_window_pauses_it(fresh: Visits) -> None:
    page = fresh.by("maya")
    open_first(page, plays=True)
    page.get_by_role("button", name="Play").click()
    page.mouse.click(640, 200)
    page.keyboard.press("ArrowRight")
    shows(page, SECOND)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.clock.run_for(40_000)
    shows(page, SECOND)


def test_it_ends_and_does_not_begin_again(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.emulate_media(reduced_motion="no-preference")
    page.clock.install()
    page.goto(slide("hana-kim"))
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(15_500)
    expect(page).to_have_url(re.compile("#who-to-ask$"))
    open_first(page)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_where_motion_is_not_wanted_it_waits(fresh: Visits) -> None:
    page = fresh.by("maya")  # reduced motion is what the visits ask for
    open_first(page)
    expect(page.locator(".playbtn")).to_be_hidden()
    page.emulate_media(reduced_motion="no-preference")
    page.get_by_role("button", name="Play").click()
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(".playbtn")).to_be_hidden()
    assert page.evaluate("Object.keys(sessionStorage).length") == 0


# ---- without JavaScript, and for everyone --------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_without_javascript_it_is_the_same_sequence(fresh: Visits, width: int) -> None:
    page = fresh.by("maya", js=False, width=width)
    page.goto(f"{TEAM}/intros")
    names = [text.strip() for text in page.locator(".reel-list b").all_inner_texts()]
    page.get_by_role("link", name="Start").click()
    for number, each in enumerate(names):
        shows(page, each)
        expect(page.locator(".playbtn")).to_be_hidden()
        last = number == len(names) - 1
        page.get_by_role("button", name="Who to ask" if last else "Next").click()
    expect(page).to_have_url(re.compile("#who-to-ask$"))
    page.goto(f"{TEAM}/intros")
    expect(page.get_by_text("You have seen 6 of 6.")).to_be_visible()  # Oskar's is on its way


PAGES = {
    "start": ("maya", f"{TEAM}/intros"),
    "slide": ("maya", slide("amara-okafor")),
    "words": ("maya", slide("oskar-nilsen")),
    "last": ("tomas", slide("hana-kim")),
    "sheet": ("tomas", f"{TEAM}/sheet"),
    "team": ("tomas", TEAM),
    "georgian": ("amara", "/t/timetable/intros/nino-beridze"),
    "arabic": ("amara", "/t/night-desk/intros/slma-lmnswry"),
}


@pytest.mark.parametrize("which", PAGES)
def test_no_violation_and_no_sideways_scroll(shared: Visits, which: str) -> None:
    who, address = PAGES[which]
    page = shared.by(who, bypass_csp=True)
    page.goto(address)
    found = wrong(page)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [1280, 1920, 3840])
def test_names_and_facts_are_read_from_the_back_of_the_room(shared: Visits, width: int) -> None:
    page = shared.by("maya", width=width)
    page.goto(slide("amara-okafor"))
    sizes = page.evaluate(
        """['.reel h1', '.reel-facts', '.reel-ask'].map(
            s => parseFloat(getComputedStyle(document.querySelector(s)).fontSize))"""
    )
    assert sizes[0] >= 0.04 * width and sizes[1] >= 0.0175 * width - 0.01


def test_the_sheet_prints_from_its_button(shared: Visits) -> None:
    page = shared.by("tomas")
    page.goto(f"{TEAM}/sheet")
    page.evaluate("window.print = () => { window.printed = true }")
    page.get_by_role("button", name="Print").click()
    assert page.evaluate("window.printed")
    page.emulate_media(media="print")
    expect(page.locator(".sheet-bar")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet-pic')).printColorAdjust") == "exact"
