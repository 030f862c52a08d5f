"""Somebody asks, somebody knows who can, somebody helps: on each one's own pages, down to the thanks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import violations
from tests.journeys.conftest import Visits

QUESTION = "What do we call the boat that nobody rows?"
ANSWER = "A paperweight, says the club in Ghent."


def fine(page: Page, js: bool) -> None:
    """Nothing that axe finds in either theme; nothing to scroll sideways."""
    size = page.viewport_size
    assert size
    page.wait_for_load_state()  # a page that only begins has no element yet
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if js:
        assert violations(page) == []
        page.set_viewport_size(size)


@pytest.mark.parametrize(
    ("js", "width", "theme"),
    [(True, 1280, "light"), (False, 390, "dark")],
    ids=["js-wide-light", "no-js-narrow-dark"],
)
def test_one_asks_one_names_one_promises_and_is_thanked(fresh: Visits, js: bool, width: int, theme: str) -> None:
    asker, introducer, helper = (
        fresh.by(who, js=js, width=width, theme=theme, bypass_csp=js) for who in ("leila", "tomas", "hana")
    )
    # The asker: one field is enough.
    asker.goto("/help")
    fine(asker, js)
    asker.get_by_role("link", name="Ask for help").click()
    asker.get_by_label("What do you need?").fill(QUESTION)
    fine(asker, js)
    asker.get_by_role("button", name="Ask", exact=True).click()
    expect(asker.locator("h1")).to_have_text(QUESTION)
    expect(asker.locator("main")).to_contain_text("Posted.")
    fine(asker, js)
    path = asker.url.partition("?")[0]
    # The introducer: a name and a line.
    introducer.goto(path)
    introducer.get_by_role("link", name="I know who can").click()
    fine(introducer, js)
    introducer.locator("#who").fill("Hana Kim")
    introducer.get_by_label("A line for them").fill("You named the last one.")
    introducer.get_by_role("button", name="Tell them").click()
    expect(introducer.locator(".toast")).to_contain_text("If it suits them, they say so themselves.")
    # The helper: from what they owe, one click to look, one to say by when.
    helper.goto("/")
    helper.get_by_role("link", name=re.compile(f"Look.*{re.escape(QUESTION)}")).click()
    expect(helper.locator("main")).to_contain_text("Tomás Rivera thinks you can help.")
    expect(helper.locator("main")).to_contain_text("You named the last one.")
    fine(helper, js)
    helper.get_by_label("Write something").fill(ANSWER)
    helper.get_by_role("button", name="Write").click()
    expect(helper.locator("main ol")).to_contain_text(ANSWER)
    helper.get_by_role("link", name="I can help").click()
    fine(helper, js)
    helper.get_by_role("button", name="Promise it").click()
    expect(helper).to_have_url(re.compile(r"/me/promises/[0-9a-f]+"))
    fine(helper, js)
    promised = helper.url
    # Kept: the asker says what was useful, and thanks with the words filled in. Nobody else sees the promise.
    asker.goto(path)
    expect(asker.locator("main")).to_contain_text("Hana Kim promised to help")
    asker.get_by_role("button", name="This answers it").click()
    expect(asker.locator("main")).to_contain_text("Useful")
    asker.goto("/me/promises")
    fine(asker, js)
    asker.get_by_role("link", name=f"Help with: {QUESTION}").click()
    asker.get_by_role("button", name="It is done").click()
    asker.get_by_role("button", name="Say thanks").click()
    expect(asker).to_have_url(re.compile(r"/kudos/new"))
    expect(asker.locator("#why")).to_have_value(re.compile(re.escape(QUESTION)))
    fresh.expect(404)
    introducer.goto(promised)
    expect(introducer.locator("h1")).not_to_contain_text(QUESTION)
    # The helper lets it be found: in search it stands with its question.
    helper.goto(path)
    helper.get_by_role("button", name="Yes").click()
    introducer.goto("/find?q=boat+nobody+rows")
    expect(introducer.locator("main")).to_contain_text(QUESTION)


def test_an_offer_from_the_intro_is_taken_up(fresh: Visits) -> None:
    """Made by one tick in the intro's form, on the profile, on home, and with whoever takes it up."""
    owner, other = fresh.by("amara"), fresh.by("maya")
    owner.goto("/me/intro/work")
    owner.get_by_label(re.compile("I am happy to help with")).fill("Half an hour on any awkward letter")
    owner.get_by_label("Colleagues may take it up").check()
    owner.get_by_role("button", name="Save and go on").click()
    owner.get_by_role("button", name=re.compile("Publish")).click()
    other.goto("/")
    expect(other.locator("main")).to_contain_text("Half an hour on any awkward letter")
    other.get_by_role("link", name="Half an hour on any awkward letter").first.click()
    other.get_by_role("link", name=re.compile("Take it up")).click()
    other.get_by_label("What do you need?").fill("Would you look at my letter to the lake district?")
    other.get_by_role("button", name="Ask", exact=True).click()
    expect(other.locator("main")).to_contain_text("About the offer: Half an hour on any awkward letter")
    owner.goto("/")
    expect(owner.locator("main")).to_contain_text("Would you look at my letter to the lake district?")
