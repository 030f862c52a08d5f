"""Notices are read: with and without JavaScript, wide and on a phone, in both themes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.checks import wrong
from tests.journeys.conftest import Visits


def bell(page: Page, words: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("link", name=words, exact=True)


@pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
def test_a_reader_sees_what_is_new_and_marks_it(fresh: Visits, js: bool) -> None:
    page = fresh.by("maya", js=js)
    page.goto("/")
    bell(page, "Notices, 5 unread").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notices")
    page.get_by_role("button", name=re.compile("Mark as read.*Hana thanked you")).click()
    expect(bell(page, "Notices, 4 unread")).to_be_visible()
    page.get_by_role("button", name="Mark all as read").click()
    expect(bell(page, "Notices")).to_be_visible()
    expect(page.locator(".notices li")).to_have_count(5)


def test_what_is_opened_has_been_read(fresh: Visits) -> None:
    page = fresh.by("maya", js=True)
    page.goto("/notices")
    with page.expect_request(re.compile(r"/notices/\d+/read$")):  # its answer comes to a page that is left by then
        page.get_by_role("link", name="Hana thanked you").click()
    expect(page).to_have_url(re.compile(r"/k/[0-9a-f]{16}$"))
    for _ in range(20):  # until that has arrived
        page.goto("/notices")
        if bell(page, "Notices, 4 unread").is_visible():
            break
    expect(bell(page, "Notices, 4 unread")).to_be_visible()


@pytest.mark.parametrize("path", ["/notices", "/settings/notices"])
def test_the_pages_are_for_everybody(shared: Visits, path: str) -> None:
    for width in (1280, 390):
        page = shared.by("amara", width=width, bypass_csp=True)
        page.goto(path)
        assert wrong(page) == []
