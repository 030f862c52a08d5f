"""Thanks are read, cheered, taken off the wall, taken back: with and without JavaScript, by keyboard, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import wrong
from tests.journeys.conftest import Visits

NAPKIN = "The sketch on the napkin is now the sketch on the wall."


def card(page: Page, words: str = NAPKIN):  # type: ignore[no-untyped-def]
    return page.locator(".kudos", has_text=words)


def open_one(page: Page, words: str = NAPKIN) -> None:
    page.goto("/kudos")
    card(page, words).get_by_role("link", name="open these thanks").click()
    expect(page).to_have_url(re.compile(r"/k/[0-9a-f]{16}$"))


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_cheer_is_there_by_name_and_goes_again(fresh: Visits, js: bool) -> None:
    page = fresh.by("maya", js=js)
    page.goto("/kudos")
    heart = card(page).get_by_role("button", name="Warms my heart")
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.focus()
    page.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    expect(heart).to_contain_text("Maya and Leila")
    if js:
        expect(heart).to_be_focused()  # only the buttons were exchanged
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "false")
    expect(heart).not_to_contain_text("Maya")


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_the_receiver_takes_it_off_the_wall(fresh: Visits, js: bool) -> None:
    page = fresh.by("hana", js=js)
    open_one(page)
    page.get_by_label("On the wall").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("Nobody is told")
    other = fresh.by("maya", js=js)
    other.goto("/kudos")
    expect(other.locator(".kudos").first).to_be_visible()
    expect(card(other)).to_have_count(0)
    page.goto("/kudos?tab=to-me")
    expect(card(page)).to_have_count(1)


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_posted_changed_and_taken_back(fresh: Visits, js: bool) -> None:
    page = fresh.by("maya", js=js)
    page.goto("/kudos/new?to=hana-kim&why=You+showed+me+where+the+old+sketches+are.")
    page.get_by_role("button", name="Post thanks").click()
    expect(page.get_by_role("status").filter(has_text="Posted.")).to_be_visible()
    page.get_by_role("link", name="Change the words").click()
    page.locator("#why").fill("too short")
    fresh.expect(422)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator("#why")).to_have_value("too short")
    page.locator("#why").fill("You showed me where the old sketches lie.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("edited Today")
    page.get_by_role("link", name="Take it back").click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator(".toast")).to_contain_text("Taken back")
    expect(card(page, "old sketches")).to_have_count(0)


def test_a_new_one_is_announced_and_jumps_in_on_a_click_alone(fresh: Visits) -> None:
    page, other = fresh.by("maya"), fresh.by("ben")
    page.goto("/kudos")
    there = page.locator(".kudos").count()
    other.goto("/kudos/new?to=tomas-rivera&why=You+found+the+invoice+that+nobody+could+find.")
    other.get_by_role("button", name="Post thanks").click()
    expect(other.locator("h1")).to_contain_text("Ben thanked Tomás Rivera")
    page.evaluate("document.querySelector('[data-poll]').dispatchEvent(new Event('poll'))")  # a minute is long
    expect(page.get_by_role("link", name="1 new")).to_be_visible()
    assert page.locator(".kudos").count() == there
    page.get_by_role("link", name="1 new").click()
    expect(card(page, "the invoice that nobody could find")).to_be_visible()


def test_by_value_and_goal_without_leaving_the_page(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.goto("/kudos")
    page.get_by_label("Goal", exact=True).select_option(label="Cut sign-up time in half")
    expect(page).to_have_url(re.compile(r"goal=cut-sign-up-time-in-half"))
    expect(page.locator(".kudos")).to_have_count(1)
    page.reload()
    expect(page.locator(".kudos")).to_have_count(1)


@pytest.mark.parametrize("who", ["maya", "hana", "amara"], ids=["reader", "receiver", "giver"])
def test_one_kudos_has_no_violation_and_no_sideways_scroll(shared: Visits, who: str) -> None:
    page = shared.by(who, bypass_csp=True)
    open_one(page)
    assert not wrong(page)
