"""What goes wrong while somebody writes: each has a clear answer, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import NEWCOMER, Visits

with_and_without_js = pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
WORDS = "I keep the boats dry and the lists short."
ARABIC, JAPANESE, EMOJI = "عبد الرحمن بن الحسن", "山田 太郎", "Zoë 🦉 Brandt"
LONG = (
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschafers "
    + "Hubert Blaine Adolph Kenneth Lloyd Martinson"
)
assert len(LONG) == 120


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Save and go on").click()


def sign_in_by_hand(page: Page, who: str, password: str = "demo") -> None:
    page.get_by_label("Mail address").fill(f"{who}@hallway.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def end_elsewhere(visits: Visits, who: str) -> None:
    other = visits.by(who)
    other.goto("/me/sessions")
    other.get_by_role("button", name="Sign out everywhere else").click()
    expect(other.get_by_role("status")).to_contain_text("ended.")


# ---- a session that ends while somebody writes -------------------------------------------------------------


@with_and_without_js
def test_words_that_arrive_after_the_session_ended_are_kept(fresh: Visits, js: bool) -> None:
    page = fresh.by("fatima", js=js)
    page.goto("/me/intro/work")
    end_elsewhere(fresh, "fatima")
    page.get_by_label("I am working on").fill(WORDS)
    go_on(page)
    expect(page).to_have_url(re.compile("/sign-in"))
    expect(page.get_by_text("Your words are kept: sign in and they are back.")).to_be_visible()
    sign_in_by_hand(page, "fatima")
    expect(page).to_have_url(re.compile(r"/me/intro/work\?kept="))
    expect(page.get_by_label("I am working on")).to_have_value(WORDS)
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Look it over")
    page.goto("/me/intro/work")
    expect(page.get_by_label("I am working on")).to_have_value(WORDS)


def test_a_page_that_saves_itself_says_that_the_session_ended(fresh: Visits) -> None:
    page = fresh.by("fatima")
    page.goto("/me/intro/work")
    end_elsewhere(fresh, "fatima")
    page.get_by_label("I am working on").press_sequentially(WORDS)
    expect(page.locator("[data-saved]")).to_have_text("Not saved yet. Your words are still here.")
    expect(page.get_by_label("I am working on")).to_have_value(WORDS)
    go_on(page)
    sign_in_by_hand(page, "fatima")
    expect(page.get_by_label("I am working on")).to_have_value(WORDS)


@with_and_without_js
def test_another_person_who_signs_in_does_not_get_the_words(fresh: Visits, js: bool) -> None:
    page = fresh.by("fatima", js=js)
    page.goto("/me/intro/work")
    end_elsewhere(fresh, "fatima")
    page.get_by_label("I am working on").fill(WORDS)
    go_on(page)
    sign_in_by_hand(page, "nadia")
    expect(page).not_to_have_url(re.compile("kept="))
    page.goto("/me/intro/work")
    expect(page.get_by_label("I am working on")).to_have_value("")
    assert WORDS not in page.content()


# ---- two tabs, two clicks ----------------------------------------------------------------------------------


@with_and_without_js
def test_two_tabs_on_one_step(fresh: Visits, js: bool) -> None:
    """The second save is refused in plain words, its own words stay, and sent again they are saved."""
    fresh.expect(422)
    first = fresh.by("fatima", js=js)
    second = first.context.new_page()
    first.goto("/me/intro/facts")
    second.goto("/me/intro/facts")
    first.get_by_label("Your headline").fill("From the first tab")
    go_on(first)
    expect(first.get_by_role("heading", level=1)).to_have_text("Ask me about")
    second.get_by_label("Your headline").fill("From the second tab")
    go_on(second)
    expect(second.get_by_role("alert")).to_contain_text("This was changed in another tab meanwhile.")
    expect(second.get_by_label("Your headline")).to_have_value("From the second tab")
    first.goto("/me/intro/facts")
    expect(first.get_by_label("Your headline")).to_have_value("From the first tab")
    go_on(second)
    expect(second.get_by_role("heading", level=1)).to_have_text("Ask me about")
    second.goto("/me/intro/facts")
    expect(second.get_by_label("Your headline")).to_have_value("From the second tab")


def test_two_tabs_when_the_second_saves_itself(fresh: Visits) -> None:
    fresh.expect(422)
    first = fresh.by("fatima")
    second = first.context.new_page()
    first.goto("/me/intro/facts")
    second.goto("/me/intro/facts")
    first.get_by_label("Your headline").fill("From the first tab")
    expect(first.locator("[data-saved]")).to_contain_text("Saved")
    second.get_by_label("Your headline").fill("From the second tab")
    expect(second.locator("[data-saved]")).to_contain_text("This was changed in another tab meanwhile.")
    expect(second.get_by_label("Your headline")).to_have_value("From the second tab")


@with_and_without_js
def test_a_double_click_sends_once(fresh: Visits, js: bool) -> None:
    page = fresh.by("amara", js=js)
    page.goto("/me/intro/preview")
    page.get_by_role("button", name="Publish the changes").dblclick()
    expect(page).to_have_url(re.compile("/(p/amara-okafor|me)$"))
    expect(page.get_by_role("status").filter(has_text="Your changes are out.")).to_have_count(1)
    page.goto("/me/details")
    page.get_by_role("textbox", name="How to reach you best").fill("By bell")
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("textbox", name="How to reach you best")).to_have_value("By bell")


@with_and_without_js
def test_the_back_button_after_publishing(fresh: Visits, js: bool) -> None:
    """Back to the preview, sent again from there: the same intro, said as a change or as done, no error."""
    page = fresh.by("grace", js=js)
    page.goto("/me/intro/preview")
    page.get_by_role("button", name="Publish the changes").click()
    expect(page.get_by_role("status").filter(has_text="Your changes are out.")).to_be_visible()
    out = page.url
    page.go_back()
    expect(page).to_have_url(re.compile("/me/intro/preview$"))
    page.get_by_role("button", name="Publish").click()
    expect(page).to_have_url(out)
    expect(page.get_by_role("alert")).to_have_count(0)
    # Back over a step: its words are the saved ones, and saving again is no quarrel with oneself.
    page.goto("/me/intro/facts")
    page.get_by_label("Your headline").fill("Second thoughts")
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    page.go_back()
    expect(page.get_by_label("Your headline")).to_have_value("Second thoughts")
    page.get_by_label("Your headline").fill("Third thoughts")
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")
    page.goto("/me/intro/facts")
    expect(page.get_by_label("Your headline")).to_have_value("Third thoughts")


# ---- too much, too long, in other scripts ------------------------------------------------------------------


def test_far_too_much_in_a_small_field(fresh: Visits) -> None:
    fresh.expect(422)
    page = fresh.by(NEWCOMER)
    page.goto("/me/intro/facts")
    headline = page.get_by_label("Your headline")
    headline.fill("a" * 130)
    expect(page.locator("#headline-count")).to_have_text("10 characters left")
    headline.fill("🦉" * 3000)
    expect(page.locator("#headline-count")).to_have_text("2860 characters over")
    expect(page.locator("[data-announce]")).to_have_text("2860 characters over")
    expect(page.locator("[data-saved]")).to_contain_text("over")  # saving quietly says it too
    go_on(page)
    expect(page.get_by_role("alert")).to_contain_text("characters over")
    expect(headline).to_have_value("🦉" * 3000)
    expect(headline).to_have_attribute("aria-invalid", "true")
    headline.fill("🦉" * 140)
    go_on(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ask me about")


def test_far_too_much_without_javascript(fresh: Visits) -> None:
    fresh.expect(422)
    page = fresh.by(NEWCOMER, js=False)
    page.goto("/me/intro/facts")
    page.get_by_label("Your headline").fill("a" * 3000)
    page.get_by_label("First fact").fill("b" * 3000)
    go_on(page)
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(2)
    expect(page.get_by_label("Your headline")).to_have_value("a" * 3000)
    expect(page.get_by_label("First fact")).to_have_value("b" * 3000)


@pytest.mark.parametrize(
    "name", [LONG, ARABIC, JAPANESE, EMOJI, "Suryani" * 17], ids=["long", "arabic", "japanese", "emoji", "unbroken"]
)
def test_names_of_all_kinds_fit_everywhere(fresh: Visits, name: str) -> None:
    page = fresh.by("grace")
    page.goto("/me/details")
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    page.goto("/p/me")
    profile = page.url.removeprefix(fresh.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page).to_have_title(re.compile(re.escape(name[:40])))
    other = fresh.by("hugo")
    other.goto("/me/away")
    other.get_by_label("Who stands in").fill(name)
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    shown = (
        "/",
        "/me",
        "/me/intro/photo",
        "/me/intro/preview",
        "/me/details",
        profile,
        "/people?new=1",
        "/p/hugo-leblanc",
    )
    for address in shown:
        page.goto(address)
        for width in (320, 390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            needs = page.evaluate("document.documentElement.scrollWidth")
            assert needs <= width, f"{address} is {needs} wide at {width}"
    # Found by any part of it.
    other.goto("/people?q=" + name.split()[-1][:7])
    expect(other.locator("#results .pcard-name").filter(has_text=name)).to_have_count(1)
    other.goto("/")
    expect(other.locator(f".feed a[href='{profile}']").first).to_be_visible()


@with_and_without_js
def test_html_in_every_field_is_only_text(fresh: Visits, js: bool) -> None:
    nasty = "<img src=x onerror=alert(1)><b>bold</b>\"'&amp;"
    page = fresh.by(NEWCOMER, js=js)
    page.goto("/me/intro/facts")
    for label in ("Your headline", "First fact", "Second fact"):
        page.get_by_label(label).fill(nasty)
    go_on(page)
    page.get_by_label("Ask me about").fill(nasty)
    go_on(page)
    page.get_by_label("I am working on").fill(f"{nasty} [go](javascript:alert(1)) <script>alert(1)</script>")
    page.get_by_label("I am happy to help with").fill(f"{nasty} ![](http://127.0.0.1:9/x.png)")
    go_on(page)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("status").filter(has_text="Your intro is out.")).to_be_visible()
    other = fresh.by("ben")
    other.on("dialog", lambda dialog: pytest.fail("a script ran"))
    other.goto("/p/noor-adeyemi")
    expect(other.locator(".hero-role")).to_have_text(nasty)
    expect(other.locator(".facts li").first).to_have_text(nasty)
    assert other.locator("main").locator("script, [onerror], a[href^='javascript'], img[src*='x.png']").count() == 0
