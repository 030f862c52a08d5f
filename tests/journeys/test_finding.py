"""Found and reached: by keyboard alone, by two clicks, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.checks import violations
from tests.journeys.conftest import Visits


def test_by_keyboard_alone(shared: Visits) -> None:
    page = shared.by("maya")
    page.goto("/guide")
    page.keyboard.press("/")
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("combobox")
    expect(field).to_be_focused()
    page.keyboard.type("gdrp")  # two letters have changed places
    options = dialog.get_by_role("option")
    expect(options.filter(has_text="Priya Raman")).to_contain_text("GDPR exports")
    expect(dialog.get_by_role("status")).to_contain_text(re.compile(r"\d found"))
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("raman pri")
    expect(options.first).to_contain_text("Priya Raman")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "finder-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{shared.url}/p/priya-raman")
    # Enter without a choice is the page with everything; what is of no use is said so.
    page.keyboard.press("/")
    page.keyboard.type("zzqx")
    expect(dialog.get_by_role("status")).to_have_text("Nothing found")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nobody lists")).to_be_visible()
    page.get_by_role("main").get_by_label("A name, or what").fill("priya")
    expect(page.locator("#results .foundrow")).not_to_have_count(0)
    expect(page).to_have_url(re.compile("q=priya"))


def test_topics_by_keyboard(shared: Visits) -> None:
    page = shared.by("maya", width=390)
    page.goto("/people")
    field = page.get_by_role("combobox", name="Topic")
    field.focus()
    page.keyboard.type("gdpr ex")
    expect(page.locator(".names-list li").first).to_have_text("GDPR exports")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("GDPR exports")
    expect(page).to_have_url(re.compile("topic=GDPR"))
    expect(page.locator("#results .pcard")).not_to_have_count(0)
    expect(page.locator("#results")).to_contain_text("Priya Raman")
    # The same where thanks are given; what is no topic is not offered as a new one.
    page.goto("/kudos/new")
    page.locator("summary", has_text="which topic").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="topic")
    field.focus()
    page.keyboard.type("gdpr")
    expect(page.locator(".names-list li").first).to_have_text("GDPR exports")
    page.keyboard.press("Enter")
    expect(field).to_have_value("GDPR exports")
    expect(page).to_have_url(re.compile("/kudos/new"))


def test_the_dialog_is_for_everybody(shared: Visits) -> None:
    page = shared.by("maya", bypass_csp=True)
    page.goto("/guide")
    page.keyboard.press("/")
    page.keyboard.type("export")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert violations(page) == []


@pytest.mark.parametrize(("js", "width"), [(True, 1280), (False, 1280), (False, 390)])
def test_two_clicks(shared: Visits, js: bool, width: int) -> None:
    page = shared.by("maya", js=js, width=width)
    page.goto("/guide")
    if js:
        page.get_by_role("searchbox", name="Find people, topics").click()
        page.get_by_role("dialog").get_by_role("combobox").press_sequentially("raman")
        page.get_by_role("option", name="Priya Raman").click()
    else:
        field = page.get_by_role("searchbox", name="Find people, topics")
        if width < 600:
            page.get_by_role("link", name="Find people, topics").click()
            field = page.get_by_role("main").get_by_label("A name, or what")
        field.fill("raman")
        field.press("Enter")
        page.get_by_role("main").get_by_role("link", name="Priya Raman").click()
    expect(page).to_have_url(f"{shared.url}/p/priya-raman")
