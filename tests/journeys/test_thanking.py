"""Thanking somebody from anywhere: three clicks at the most, with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Clicks, Visits

MOST_CLICKS = 3
WHY = "drawing the refund flow on a napkin for us."  # 43 letters


def test_from_home_by_three_letters_and_two_keys(fresh: Visits) -> None:
    page, clicks = fresh.by("maya"), Clicks()
    page.goto("/")
    clicks.on(page.locator("#quick"))
    page.keyboard.type("han")
    expect(page.get_by_role("option").first).to_contain_text("Hana Kim")
    page.keyboard.press("Enter")
    expect(page.locator("#why")).to_be_focused()
    expect(page.locator(".token")).to_have_text(re.compile("Hana Kim"))
    page.keyboard.type(WHY)
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/k/[0-9a-f]+"))
    expect(page.locator("main")).to_contain_text(WHY)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert clicks.done <= MOST_CLICKS


def test_by_mouse_alone_from_a_profile(fresh: Visits) -> None:
    page, clicks = fresh.by("maya"), Clicks()
    page.goto("/p/hana-kim")
    clicks.on(page.get_by_role("link", name="Thank Hana"))
    expect(page.locator("#why")).to_be_focused()
    page.keyboard.type(WHY)
    clicks.on(page.get_by_role("button", name="Post thanks"))
    expect(page).to_have_url(re.compile(r"/k/"))
    assert clicks.done <= MOST_CLICKS


def test_by_the_key_and_the_keyboard_alone(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.goto("/people")
    page.locator("h1").click()
    page.keyboard.press("k")
    expect(page).to_have_url(re.compile(r"/kudos/new"))
    expect(page.locator("#to")).to_be_focused()
    page.keyboard.type("tom")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.locator("#to")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#to")).to_have_attribute("aria-activedescendant", re.compile("to-list-0"))
    page.keyboard.press("Escape")
    expect(page.locator("#to-list")).to_be_hidden()
    page.keyboard.type("á")
    expect(page.get_by_role("option").first).to_contain_text("Tomás")
    page.keyboard.press("Enter")
    page.keyboard.press("Backspace")
    expect(page.locator(".token")).to_have_count(0)
    page.keyboard.type("Tomás Rivera")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.type(WHY)
    page.keyboard.press("Control+Enter")
    expect(page.locator("main")).to_contain_text(WHY)


def test_single_keys_can_be_turned_off(fresh: Visits) -> None:
    page = fresh.by("maya")
    page.goto("/settings")
    keys = page.locator("form[action='/settings/keys']")
    keys.locator("label", has_text="Off").click()
    keys.get_by_role("button").click()
    page.goto("/people")
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.locator("h1").click()
    page.keyboard.press("k")
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile(r"/people"))


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_name_of_two_is_chosen_and_nothing_is_lost(fresh: Visits, js: bool) -> None:
    fresh.expect(422)
    page = fresh.by("maya", js=js)
    page.goto("/kudos/new")
    page.locator("#to").fill("a")  # nobody's whole name
    page.locator("#why").fill(WHY)
    page.get_by_role("button", name="Post thanks").click()
    expect(page.locator(".errors")).to_be_visible()
    expect(page.locator("#why")).to_have_value(WHY)
    page.locator("#to").fill("Hana Kim")
    page.get_by_role("button", name="Post thanks").click()
    expect(page.locator("main")).to_contain_text(WHY)
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(r"/kudos/new"))
    expect(page.locator("#why")).to_have_value(WHY)
