"""Finding people, reading their profiles, and the settings that the server writes into the page."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Visits

with_and_without_js = pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
narrow_and_wide = pytest.mark.parametrize("width", [1280, 390])


def cards(page: Page) -> Locator:
    return page.locator("#results .pcard")


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


@narrow_and_wide
def test_the_directory_finds_while_one_types(shared: Visits, width: int) -> None:
    page = shared.by("amara", width=width)
    page.goto("/people")
    expect(cards(page)).not_to_have_count(0)
    page.evaluate("window.same = true")
    page.get_by_role("main").get_by_label("Name").press_sequentially("kovac")
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Ana Kovačević")
    expect(page).to_have_url(re.compile(r"q=kovac"))
    assert page.evaluate("window.same"), "the page was loaded anew"
    expect(page.get_by_role("main").get_by_label("Name")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="1 person on this page")).to_be_attached()
    # A step back is a step back in the search.
    page.go_back()
    expect(cards(page)).not_to_have_count(1)
    # Nobody: said in words, with a way out.
    page.goto("/people")
    page.get_by_role("main").get_by_label("Name").press_sequentially("zzzz")
    expect(page.get_by_role("heading", name="Nobody with that name")).to_be_visible()
    page.get_by_role("link", name="Show everyone").click()
    expect(cards(page)).not_to_have_count(0)


@narrow_and_wide
def test_the_directory_finds_by_a_plain_form(shared: Visits, width: int) -> None:
    page = shared.by("amara", js=False, width=width)
    page.goto("/people")
    page.get_by_role("main").get_by_label("Name").fill("dvorak")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(cards(page)).to_have_count(1)
    expect(cards(page)).to_contain_text("Marek Dvořák")
    assert asked(page)["q"] == ["dvorak"]


@with_and_without_js
def test_filters_narrow_and_add_up(shared: Visits, js: bool) -> None:
    page = shared.by("amara", js=js)
    page.goto("/people")
    page.get_by_label("Department").select_option(label="Design")
    if not js:
        page.get_by_role("button", name="Show", exact=True).click()
    expect(cards(page).filter(has_text="Hana Kim")).to_have_count(1)
    expect(cards(page).filter(has_text="Amara Okafor")).to_have_count(0)
    page.get_by_label("Place").select_option(label="Berlin")
    if not js:
        page.get_by_role("button", name="Show", exact=True).click()
    expect(cards(page).filter(has_text="Utrecht")).to_have_count(0)
    expect(cards(page)).not_to_have_count(0)
    expect(page).to_have_url(re.compile(r"department=[^&]+&place=[^&]+"))
    here = page.url
    found = cards(page).count()
    # The address holds it all: another tab shows the same.
    page.goto(here)
    expect(cards(page)).to_have_count(found)
    expect(page.get_by_label("Department").locator("option:checked")).to_have_text("Design")
    # New here keeps the filters.
    page.get_by_role("main").get_by_role("link", name="New here").click()
    assert {"department", "place", "new"} <= set(asked(page))


def test_what_was_typed_stays_when_one_asks_who_is_new(shared: Visits) -> None:
    page = shared.by("amara")
    page.goto("/people")
    page.get_by_role("main").get_by_label("Name").press_sequentially("lind")
    expect(cards(page)).to_have_count(1)
    page.get_by_role("main").get_by_role("link", name="New here").click()
    expect(page).to_have_url(re.compile("new=1"))
    expect(page.get_by_role("main").get_by_label("Name")).to_have_value("lind")
    expect(cards(page)).to_have_count(1)


@with_and_without_js
def test_new_here_shows_the_newest(shared: Visits, js: bool) -> None:
    page = shared.by("amara", js=js)
    page.goto("/people")
    page.get_by_role("main").get_by_role("link", name="New here").click()
    expect(cards(page).filter(has_text="Maya Lindqvist")).to_have_count(1)
    expect(cards(page).filter(has_text="Saskia van Dijk")).to_have_count(0)
    expect(page.get_by_role("main").get_by_role("link", name="New here")).to_have_attribute("aria-current", "true")


@with_and_without_js
def test_everybody_is_on_one_page_or_the_next(shared: Visits, js: bool) -> None:
    page = shared.by("amara", js=js)
    page.goto("/people")
    seen: list[str] = []
    while True:
        names = cards(page).locator(".pcard-name").all_inner_texts()
        seen += names
        more = page.get_by_role("link", name="Show more people")
        if not more.count():
            break
        more.click()
        expect(cards(page).filter(has_text=names[0])).to_have_count(0)
    assert len(seen) == len(set(seen)) > 55
    assert {"Amara Okafor", "سلمى المنصوري", "田中 葵", "Tomás Rivera"} <= set(seen)
    assert "Willem Janssen" not in seen  # he left


def test_a_guest_sees_who_shares_a_team(shared: Visits) -> None:
    page = shared.by("imogen")
    page.goto("/people")
    expect(cards(page)).not_to_have_count(0)
    assert cards(page).count() < 20
    expect(cards(page).filter(has_text="Saskia van Dijk")).to_have_count(0)
    shared.expect(404)
    answer = page.goto("/p/saskia-van-dijk")
    assert answer and answer.status == 404


# ---- a profile ---------------------------------------------------------------------------------------------


def test_a_profile_says_where_when_and_how_to_reach_somebody(fresh: Visits) -> None:
    """Everything that can be said about oneself is typed in, saved, and read by somebody else."""
    page = fresh.by("priya")
    page.goto("/me")
    page.get_by_role("link", name="About me", exact=True).click()
    page.get_by_role("textbox", name="How to say your name").fill("PREE-yah RAH-man")
    page.get_by_role("textbox", name="Pronouns, in your words").fill("they")
    page.get_by_role("textbox", name="Where to find you there").fill("2nd floor, by the plants")
    page.get_by_role("combobox", name="Time zone").select_option("Asia/Tokyo")
    page.get_by_role("textbox", name="Languages you speak").fill("Tamil, English, Dutch")
    page.get_by_role("textbox", name="How to reach you best").fill("Chat before ten, then in person")
    page.get_by_role("textbox", name="Links").fill("Code https://example.org/priya")
    page.get_by_label("Lagoon").check()
    for day in ("Monday", "Tuesday", "Wednesday"):
        page.get_by_label(day).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(page.get_by_role("textbox", name="How to reach you best")).to_have_value("Chat before ten, then in person")

    other = fresh.by("ben", js=False)
    other.goto("/p/priya-raman")
    main = other.get_by_role("main")
    for words in ("PREE-yah RAH-man, they", "2nd floor, by the plants", "Chat before ten, then in person"):
        expect(main.get_by_text(words)).to_be_visible()
    expect(main.get_by_text("Tamil, English, Dutch")).to_be_visible()
    expect(main.get_by_role("link", name="Code")).to_have_attribute("href", "https://example.org/priya")
    expect(other.locator(".hero")).to_have_class(re.compile("hue-lagoon"))
    there = other.locator(".hero-meta").get_by_text("there now").inner_text()
    shown = re.search(r"(\d\d):(\d\d)", there)
    assert shown
    now = datetime.now(UTC)
    minutes = (int(shown[1]) * 60 + int(shown[2]) - (now.hour + 9) * 60 - now.minute) % 1440
    assert minutes in (0, 1439, 1438)  # the same minute, or just before it turned


@with_and_without_js
def test_away_with_a_stand_in_and_back_again(fresh: Visits, js: bool) -> None:
    fresh.expect(422)
    page, other = fresh.by("jonas", js=js), fresh.by("ben", js=js)
    until = (date.today() + timedelta(days=20)).isoformat()
    page.goto("/me")
    page.get_by_role("link", name="Away", exact=True).click()
    page.get_by_label("Last day away").fill(until)
    page.get_by_label("Who stands in").fill("mar")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Who do you mean?")
    expect(page.get_by_label("Last day away")).to_have_value(until)
    page.get_by_label("Who stands in").fill("kovacevic")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    other.goto("/p/jonas-weber")
    expect(other.locator(".hero")).to_contain_text("Away until")
    expect(other.locator(".hero").get_by_role("link", name="Ana Kovačević")).to_be_visible()
    page.get_by_role("button", name="I am back").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    other.reload()
    expect(other.locator(".hero")).not_to_contain_text("Away until")


@with_and_without_js
def test_what_is_shown_to_nobody_is_seen_by_nobody(fresh: Visits, js: bool) -> None:
    page, other = fresh.by("priya", js=js), fresh.by("ben", js=js)
    page.goto("/me/details")
    page.get_by_role("textbox", name="How to reach you best").fill("By pigeon")
    page.get_by_label("Who sees how to reach you").select_option("nobody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    other.goto("/p/priya-raman")
    expect(other.get_by_role("heading", level=1)).to_have_text("Priya Raman")
    expect(other.get_by_text("By pigeon")).to_have_count(0)


# ---- settings ----------------------------------------------------------------------------------------------


@with_and_without_js
def test_theme_and_language_come_from_the_server(shared: Visits, js: bool) -> None:
    page = shared.by("maya", js=js, theme="light")
    page.goto("/settings")
    page.get_by_label("Dark").check()
    page.get_by_role("button", name="Keep this theme").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_label("Dark")).to_be_checked()
    # It stands in the very HTML: nothing flashes.
    answer = page.goto("/people")
    assert answer and '<html lang="en" dir="ltr" data-theme="dark">' in answer.text()
    expect(page.locator("body")).to_have_css("background-color", "rgb(16, 15, 22)")
    page.goto("/settings")
    page.get_by_label("Deutsch").check()
    page.get_by_role("button", name="Keep this language").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto("/settings")
    page.locator("input[name=theme][value=system]").check()
    page.locator("form[action='/settings/theme'] button").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", re.compile("."))


def test_the_language_of_the_browser_is_spoken(shared: Visits) -> None:
    page = shared.by(locale="de-AT")
    page.goto("/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page = shared.by(locale="fr-FR")
    page.goto("/sign-in")
    expect(page.locator("html")).to_have_attribute("lang", "en")
