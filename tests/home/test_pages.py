"""Home and the small rooms: settings kept by cookie, menu, guide, what is kept about whom, every component."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from portal.core import clock
from portal.core.db import Base
from portal.core.personal import everything_held
from portal.shell import ROOMS, weekdays
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def client(sqlite_client: Client) -> Client:
    return sqlite_client


@pytest.fixture
def make(sqlite_make: Make) -> Make:
    return sqlite_make


@pytest.fixture
def priya(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Priya Raman", email="priya@example.org")
    client.sign_in("priya@example.org")
    return person_id


def keep(client: Client, setting: str, value: str, **more: str) -> Any:
    """Choose a setting on its page."""
    return client.submit("home.settings", {setting: value, **more}, containing=setting)


# ---- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_theme_is_written_by_the_server(client: Client, make: Make, signed_in: bool) -> None:
    if signed_in:
        client.sign_in(make.email(make.member()))
    assert client.get("home.settings").root.get("data-theme") is None
    for theme in ("dark", "light"):
        page = client.follow(keep(client, "theme", theme))
        assert page.flashes == ["Saved."]
        assert page.root.get("data-theme") == theme
        assert page.all(f"[name=theme][value={theme}]")[0].get("checked") is not None
        assert client.get("/sign-in" if not signed_in else "/").root.get("data-theme") == theme
    assert client.follow(keep(client, "theme", "system")).root.get("data-theme") is None
    assert client.raw.get_cookie("theme") is None


def test_the_language_is_written_by_the_server(client: Client, priya: int) -> None:
    page = client.follow(keep(client, "language", "de"))
    assert page.root.get("lang") == "de"
    assert page.h1 == "Einstellungen"
    page = client.get("home.home", headers={"Accept-Language": "en"})
    assert page.root.get("lang") == "de", "what was chosen comes before what the browser asks for"
    client.follow(keep(client, "language", "browser"))
    assert client.get("home.home", headers={"Accept-Language": "de-AT,de;q=0.9"}).root.get("lang") == "de"
    assert client.get("home.home", headers={"Accept-Language": "tlh"}).root.get("lang") == "en"
    assert client.get("home.home", headers={"Accept-Language": "\x7f;q=x,,;;"}).root.get("lang") == "en"


def test_single_keys_can_be_turned_off(client: Client, priya: int) -> None:
    assert client.get("home.home").root.get("data-keys") is None
    page = client.follow(keep(client, "keys", "off"))
    assert page.root.get("data-keys") == "off"
    assert client.follow(keep(client, "keys", "on")).root.get("data-keys") is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [("theme", "blue"), ("theme", ""), ("theme", "dark\r\nSet-Cookie: x=y"), ("language", "tlh"), ("language", ""),
     ("keys", "maybe"), ("keys", "\x00")],
)  # fmt: skip
def test_settings_that_are_not_offered(client: Client, setting: str, value: str) -> None:
    answer = keep(client, setting, value)
    assert answer.status_code == 400
    assert client.raw.get_cookie(setting) is None


@pytest.mark.parametrize(
    ("cookie", "value"), [("theme", "blue"), ("theme", '"><script>'), ("language", "../de"), ("keys", "x")]
)
def test_cookies_of_somebody_elses_making_are_not_believed(client: Client, cookie: str, value: str) -> None:
    client.raw.set_cookie(cookie, value)
    page = client.get("home.settings")
    assert page.root.get("data-theme") is None
    assert page.root.get("lang") == "en"
    assert "<script>" not in page.html


def test_setting_cookies_last_and_are_out_of_reach(client: Client) -> None:
    keep(client, "theme", "dark")
    cookie = client.raw.get_cookie("theme")
    assert cookie
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.max_age == 365 * 86400


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/people?q=x", "/people?q=x"),
        ("https://evil.example", "/settings"),
        ("//evil.example", "/settings"),
        ("/\\evil.example", "/settings"),
        ("/\n/evil.example", "/settings"),
        ("javascript:alert(1)", "/settings"),
        ("", "/settings"),
    ],
)
@pytest.mark.parametrize("setting", ["theme", "language", "keys"])
def test_settings_lead_back_to_this_site_alone(client: Client, setting: str, target: str, leads_to: str) -> None:
    value = {"theme": "dark", "language": "de", "keys": "off"}[setting]
    assert keep(client, setting, value, next=target).headers["Location"] == leads_to


@pytest.mark.parametrize("setting", ["theme", "language", "keys"])
def test_settings_need_their_token_and_a_post(client: Client, setting: str) -> None:
    assert client.raw.post(f"/settings/{setting}", data={setting: "off"}).status_code == 400
    assert client.raw.get(f"/settings/{setting}").status_code == 405


# ---- home, menu, guide -------------------------------------------------------------------------------------


def test_hello_goes_with_the_hour_where_one_is(client: Client, make: Make) -> None:
    make.member("Priya Raman", email="p@example.org", place="Bengaluru", place_time_zone="Asia/Kolkata")
    client.sign_in("p@example.org")
    day = clock.now().replace(hour=0, minute=0)
    said = {}
    for hour in (3, 7, 14):  # in India 8:30, 12:30 and 19:30
        with clock.pinned(day + timedelta(hours=hour)):
            said[hour] = client.get("home.home").h1
    assert said == {3: "Morning, Priya.", 7: "Hello, Priya.", 14: "Evening, Priya."}


def test_home_shows_whose_intro_is_new(client: Client, make: Make, priya: int) -> None:
    make.intro(make.member("Bo Lindgren"))
    page = client.get("home.home")
    assert "/p/bo-lindgren" in page.links()
    assert "/p/noise-a" in page.links()
    assert "/p/noise-c" not in page.links(), "no intro, no line"


def test_an_empty_house(client: Client, make: Make) -> None:
    make.member("Priya Raman", email="p@example.org")
    client.sign_in("p@example.org")
    assert "Nothing has happened here yet" in client.get("home.home").main


def test_the_menu_leads_to_every_room(client: Client, priya: int) -> None:
    page = client.get("home.menu")
    for room in ROOMS:
        assert client.url(room.endpoint) in page.links()
        client.get(room.endpoint)
    for link in page.links():
        if link.startswith("/"):
            client.get(link)


def test_my_pages_lead_where_they_say(client: Client, priya: int) -> None:
    for link in client.get("home.me").links():
        if link.startswith("/"):
            assert client.raw.get(link).status_code in (200, 303), link


@pytest.mark.parametrize("language", ["en", "de"])
def test_guide(client: Client, priya: int, language: str) -> None:
    client.raw.set_cookie("language", language)
    assert len(client.get("home.guide").main) > 500


# ---- what is kept ------------------------------------------------------------------------------------------


def test_about_data_lists_every_claim(app_of: Flask, client: Client, priya: int) -> None:
    page = client.get("home.about_data")
    claims = everything_claimed(app_of)
    with app_of.test_request_context():
        long = {(held.table, held.columns): str(held.how_long) for held in claims}
    rows = [" ".join(code.text_content().split()) for code in page.all("tbody code")]
    assert rows == [f"{held.table}: {', '.join(held.columns)}" for held in claims]
    for held in claims:
        for words in (held.title, held.purpose, held.viewers, long[held.table, held.columns]):
            assert str(words).strip()
            assert str(words) in page.main
    assert "Whoever runs the machine can read the database" in page.main


@pytest.fixture
def app_of(sqlite_app: Flask) -> Flask:
    return sqlite_app


def everything_claimed(app: Flask) -> list[Any]:
    with app.test_request_context():
        return everything_held()


def test_claims_name_tables_and_columns_that_exist_and_none_twice(app_of: Flask) -> None:
    claimed = [(held.table, column) for held in everything_claimed(app_of) for column in held.columns]
    there = {(table.name, column.name) for table in Base.metadata.sorted_tables for column in table.columns}
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= there


def test_about_data_in_german(client: Client, priya: int) -> None:
    client.raw.set_cookie("language", "de")
    page = client.get("home.about_data")
    assert page.root.get("lang") == "de"
    assert "Whoever runs the machine" not in page.main


# ---- every component ---------------------------------------------------------------------------------------


def test_the_styleguide_is_shown_in_demo_and_development_alone(sqlite_app: Flask, client: Client, priya: int) -> None:
    client.get("/styleguide", status=404)
    client.another().get("/styleguide", status=404)
    sqlite_app.config["HALLWAY_DEMO"] = True
    for theme in (None, "dark"):
        if theme:
            client.raw.set_cookie("theme", theme)
        page = client.get("/styleguide")
        assert "山田 花子" in page.main
    client.another().get("/styleguide")
    sqlite_app.config["HALLWAY_DEMO"] = False
    sqlite_app.debug = True
    client.get("/styleguide")


# ---- the frame ---------------------------------------------------------------------------------------------


def test_who_is_not_in_is_offered_the_door(client: Client) -> None:
    page = client.get("home.settings")
    assert "/sign-in" in page.links()
    assert not page.all(".tabbar")


def test_a_page_that_is_not_there(client: Client, priya: int) -> None:
    page = client.get("/nothing/here", status=404)
    assert page.h1 == "There is nothing here"


def test_days_of_the_week_in_words(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        assert weekdays(["mon", "tue", "wed", "thu", "fri"]) == "Monday to Friday"
        assert weekdays(["mon", "tue"]) == "Monday, Tuesday"
        assert weekdays(["mon", "wed", "fri"]) == "Monday, Wednesday, Friday"
        assert weekdays(["fri", "sat", "sun"]) == "Friday to Sunday"
        assert weekdays(["sun"]) == "Sunday"
        assert weekdays([]) == ""
