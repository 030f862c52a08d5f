"""The first day of somebody new, in the demo company and in one of twelve where nobody has written anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.checks import violations
from tests.journeys.conftest import NEW_PASSWORD, NEWCOMER, Visits, env_of
from tools.serving import hallway, served

ways = pytest.mark.parametrize(
    ("js", "width", "theme"),
    [(True, 390, "dark"), (False, 1280, "light")],
    ids=["js-narrow-dark", "no-js-wide-light"],
)


def fine(page: Page, js: bool) -> None:
    """Nothing that axe finds in either theme; nothing to scroll sideways."""
    size = page.viewport_size
    assert size
    page.wait_for_load_state()  # a page that only begins has no element yet
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if js:
        assert violations(page) == []
        page.set_viewport_size(size)


@ways
def test_a_first_day(fresh: Visits, js: bool, width: int, theme: str) -> None:
    page = fresh.by("maya", js=js, width=width, theme=theme, bypass_csp=js)
    # Whom one knows already, on one page.
    page.goto("/me/colleagues?next=/")
    page.get_by_label("Find somebody else").fill("Priya")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("checkbox", name=re.compile("Priya Raman")).check()
    fine(page, js)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Whom to meet first")).to_be_visible()
    cards = page.locator(".meet")
    assert 1 <= cards.count() <= 5
    expect(cards.filter(has_text="Priya Raman")).to_have_count(0)
    fine(page, js)
    name = cards.first.locator("h3").inner_text()
    # Hello: words to begin with, changed before they go.
    cards.first.get_by_role("link", name="Say hello").click()
    words = page.get_by_role("textbox", name="Your words")
    assert words.input_value().startswith("Hi ")
    words.fill("Hi, I sit by the window on the second floor. Which table is yours?")
    fine(page, js)
    # Coffee: times within both working hours, a file for the calendar.
    page.get_by_role("link", name="Ask for a coffee").click()
    page.get_by_role("checkbox").first.check()
    fine(page, js)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("textbox", name="Your words")).to_have_value(re.compile("coffee"))
    fine(page, js)
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("calendar", re.I)).click()
    calendar = waiting.value.path().read_text(encoding="utf-8")
    assert calendar.count("BEGIN:VEVENT") == 1 and "BEGIN:VCALENDAR" in calendar
    # "Not now", and taken back.
    page.goto("/meet")
    card = page.locator(".meet").filter(has_text=name)
    card.get_by_role("button", name=re.compile("^Not now")).click()
    expect(page.locator(".meet").filter(has_text=name)).to_have_count(0)
    expect(page.locator("main")).to_contain_text(name)  # among those who were put aside
    page.get_by_role("button", name=re.compile(f"^Undo|{re.escape(name)}")).first.click()
    expect(page.locator(".meet").filter(has_text=name)).to_have_count(1)


# ---- twelve people, nobody of whom has written anything ----------------------------------------------------------

NAMES = (
    "Ada Eze", "Bo Lind", "Cy Stone", "田中 葵", "Eve Ek", "Fay Hall", "Gus Ray", "Hal Orr", "Ida Lund", "Jo Pak",
    "Kim Roe",
)  # fmt: skip


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house with twelve people in it, none of a department; Noor came today."""
    folder: Path = tmp_path_factory.mktemp("twelve") / "instance"
    env = env_of(folder)
    staff = folder.parent / "staff.csv"
    rows = [f"N{number},{name},n{number}@hallway.example" for number, name in enumerate(NAMES, start=2)]
    staff.write_text(
        f"id,name,email\nN1,Noor Adeyemi,{NEWCOMER}@hallway.example\n" + "\n".join(rows), encoding="utf-8"
    )
    for arguments, typed in (
        (("import", "people", str(staff), "--yes"), None),
        (("reset-password", f"{NEWCOMER}@hallway.example", "--password-stdin"), f"{NEW_PASSWORD}\n"),
        (("meet", "refresh"), None),
    ):
        done = hallway(*arguments, env=env, input=typed)
        assert done.returncode == 0, done.stderr
    with served(env) as url:
        yield url


@ways
def test_in_an_organization_of_twelve(chromium: Browser, twelve: str, js: bool, width: int, theme: str) -> None:
    visits = Visits(chromium, twelve)
    try:
        page = visits.by(NEWCOMER, js=js, width=width, theme=theme, bypass_csp=js)
        page.goto("/")
        expect(page.get_by_text("Write your intro")).to_be_visible()
        fine(page, js)
        for path in ("/meet", "/me/colleagues", "/me/network", "/meet/settings", "/about/how-we-suggest"):
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            fine(page, js)
        # Whom one knows is found by name, in any script.
        page.goto("/me/colleagues")
        page.get_by_label("Find somebody else").fill("田中")
        page.get_by_role("button", name="Find", exact=True).click()
        page.get_by_role("checkbox", name=re.compile("田中")).check()
        page.get_by_role("button", name="Save", exact=True).click()
        page.goto("/me/colleagues")
        expect(page.get_by_role("checkbox", name=re.compile("田中"))).to_be_checked()
    finally:
        visits.leave()
    assert not visits.troubles
