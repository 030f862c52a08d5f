"""Signing in and out, my sessions, my password: with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visits

with_and_without_js = pytest.mark.parametrize("js", [True, False], ids=["js", "no-js"])
SIGN_IN = re.compile(r"/sign-in")


def type_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


@with_and_without_js
@pytest.mark.parametrize("width", [1280, 390])
def test_in_by_typing_and_out_again(shared: Visits, js: bool, width: int) -> None:
    page = shared.by(js=js, width=width)
    page.goto("/me")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    type_in(page, "Priya@Hallway.example ", "demo")
    expect(page).to_have_url(f"{shared.url}/me")
    expect(page.get_by_role("heading", level=1)).to_have_text("Priya Raman")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(SIGN_IN)
    page.goto("/people")
    expect(page).to_have_url(SIGN_IN)


@with_and_without_js
@pytest.mark.parametrize(
    ("who", "hello"), [("Maya", "Maya Lindqvist"), ("Tomás", "Tomás Rivera"), ("Amara", "Amara Okafor")]
)
def test_in_by_one_click_in_a_demo(shared: Visits, js: bool, who: str, hello: str) -> None:
    page = shared.by(js=js)
    page.goto("/")
    page.get_by_role("button", name=f"Sign in as {who}").click()
    expect(page).to_have_url(f"{shared.url}/")
    page.get_by_role("link", name="Your pages").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(hello)


@with_and_without_js
def test_a_wrong_password_says_so_and_keeps_the_address(shared: Visits, js: bool) -> None:
    shared.expect(422)
    page = shared.by(js=js)
    page.goto("/sign-in")
    type_in(page, "jonas@hallway.example", "not this one")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Address and password do not go together")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Mail address")).to_have_value("jonas@hallway.example")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(summary).to_be_focused()  # without JavaScript too: the browser's own autofocus


@with_and_without_js
def test_end_a_session_elsewhere(fresh: Visits, js: bool) -> None:
    here, there = fresh.by("tomas", js=js), fresh.by("tomas", js=js)
    there.goto("/people")
    here.goto("/me")
    here.get_by_role("link", name="Where you are signed in").click()
    lines = here.locator(".sessions li")
    expect(lines).to_have_count(2)
    expect(lines.filter(has_text="In use now")).to_have_count(1)
    lines.filter(has_not_text="In use now").get_by_role("button", name="Sign out").click()
    expect(here.get_by_role("status")).to_contain_text("1 session ended.")
    expect(lines).to_have_count(1)
    there.reload()
    expect(there).to_have_url(SIGN_IN)
    here.goto("/people")
    expect(here).to_have_url(f"{fresh.url}/people")


def test_end_all_others_at_once(fresh: Visits) -> None:
    here, others = fresh.by("tomas"), [fresh.by("tomas"), fresh.by("tomas")]
    here.goto("/me/sessions")
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.get_by_role("status")).to_contain_text("2 sessions ended.")
    for other in others:
        other.goto("/")
        expect(other).to_have_url(SIGN_IN)


@with_and_without_js
def test_change_the_password(fresh: Visits, js: bool) -> None:
    fresh.expect(422)
    here, there = fresh.by("priya", js=js), fresh.by("priya", js=js)
    here.goto("/me")
    here.get_by_role("link", name="Password").click()
    here.get_by_label("Your password now").fill("demo")
    here.get_by_label("The new one").fill("short")
    here.get_by_role("button", name="Change it").click()
    expect(here.get_by_role("alert")).to_contain_text("5 more characters, please")
    here.get_by_label("Your password now").fill("demo")
    here.get_by_label("The new one").fill("a walk along the canal")
    here.get_by_role("button", name="Change it").click()
    expect(here.get_by_role("status")).to_contain_text("Your password is changed.")
    there.goto("/")
    expect(there).to_have_url(SIGN_IN)
    type_in(there, "priya@hallway.example", "demo")
    expect(there.get_by_role("alert")).to_contain_text("do not go together")
    type_in(there, "priya@hallway.example", "a walk along the canal")
    expect(there).to_have_url(f"{fresh.url}/")
