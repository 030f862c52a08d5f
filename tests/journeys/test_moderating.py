"""Reported words, from whoever reads them to the moderator and back; and keeping somebody apart."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import wrong
from tests.journeys.conftest import Visits

WHY = "telling the whole club what their lawyer said to you in private."


def _thanked(fresh: Visits) -> str:
    """Maya thanks Hana in words that had better not stand there; their address."""
    page = fresh.by("maya", js=False)
    page.goto("/kudos/new?to=hana-kim")
    page.locator("#why").fill(WHY)
    page.get_by_role("button", name="Post thanks").click()
    return re.sub(r"\?.*", "", page.url)


def _fine(page: Page) -> None:
    assert not wrong(page)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("js", [True, False])
def test_reported_hidden_paused_and_shown_again(fresh: Visits, js: bool) -> None:
    fresh.expect(404)
    address = _thanked(fresh)
    priya = fresh.by("priya", js=js)
    priya.goto(address)
    priya.get_by_role("link", name="Something is not right here").click()
    priya.get_by_label("Why?").fill("It was said in private.")
    priya.get_by_role("button", name="Report").click()
    expect(priya.get_by_text("nobody else learns that it was you")).to_be_visible()

    # The moderator has one page of the admins', and finds it in the menu.
    paulina = fresh.by("paulina", js=js, bypass_csp=True)
    paulina.goto("/menu")
    paulina.get_by_role("link", name="Reported words").click()
    expect(paulina.locator("main")).to_contain_text(WHY)
    if js:
        _fine(paulina)
    paulina.get_by_role("button", name="Hide it").click()
    expect(paulina.get_by_text("Hidden. Its people are told.")).to_be_visible()
    assert priya.goto(address).status == 404  # type: ignore[union-attr]

    paulina.goto("/admin/moderation?show=settled")
    paulina.get_by_role("link", name="Pause the writer").click()
    paulina.get_by_label("1 day").check(force=True)
    paulina.get_by_label("Why?").fill("What is said in private stays there.")
    if js:
        _fine(paulina)
    paulina.get_by_role("button", name="Pause").click()
    expect(paulina.locator("main")).to_contain_text("Maya")
    maya = fresh.by("maya", js=js)
    maya.goto("/kudos/new?to=hana-kim")
    expect(maya.locator("main")).to_contain_text("What is said in private stays there.")
    if js:
        _fine(paulina)

    paulina.get_by_role("button", name="End the pause").click()
    paulina.goto("/admin/moderation?show=settled")
    paulina.get_by_role("button", name="Show it again").click()
    expect(paulina.get_by_text("It stands there again. Its people are told.")).to_be_visible()
    priya.goto(address)
    expect(priya.locator("main")).to_contain_text(WHY)


@pytest.mark.parametrize("js", [True, False])
def test_kept_apart_and_undone(fresh: Visits, js: bool) -> None:
    page = fresh.by("maya", js=js, bypass_csp=True)
    page.goto("/p/hugo-leblanc")
    page.get_by_text("Keep apart", exact=True).click()
    if js:
        _fine(page)
    page.get_by_role("link", name="Block …").click()
    page.get_by_role("button", name="Block").click()
    expect(page.locator("main")).to_contain_text("You blocked Hugo.")
    page.get_by_role("link", name="Whom you keep apart").click()
    if js:
        _fine(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. Nobody is told.")).to_be_visible()
    page.goto("/p/hugo-leblanc")
    page.get_by_text("Keep apart", exact=True).click()
    page.get_by_role("button", name="Never suggest").click()
    expect(page.locator("main")).to_contain_text("Hugo is never suggested to you.")
