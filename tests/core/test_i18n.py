"""Whose language, whose clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from portal.core import clock, i18n
from tests.client import Client
from tests.makers import Make

NOW = datetime(2024, 11, 12, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, None, "en"),
        (None, "de", "de"),
        (None, "de-AT,de;q=0.9,en;q=0.5", "de"),
        (None, "fr,de;q=0.5,en;q=0.9", "en"),
        (None, "fr", "en"),
        (None, "*", "en"),
        (None, "nonsense;;q=x", "en"),
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("fr", "de", "de"),
        ("", "de", "de"),
        ("../../etc", None, "en"),
    ],
)
def test_the_language_is_the_one_chosen_then_the_browsers_then_english(
    sqlite_client: Client, cookie: str | None, header: str | None, language: str
) -> None:
    if cookie is not None:
        sqlite_client.raw.set_cookie("language", cookie)
    page = sqlite_client.get("accounts.sign_in", headers={"Accept-Language": header} if header else {})
    assert page.root.get("lang") == language
    assert page.h1 if language == "en" else page.h1 != sqlite_client.another().get("accounts.sign_in").h1


@pytest.mark.parametrize(
    ("cookie", "theme"), [(None, None), ("dark", "dark"), ("light", "light"), ('x"><script>', None)]
)
def test_the_theme_is_the_one_chosen(sqlite_client: Client, cookie: str | None, theme: str | None) -> None:
    if cookie:
        sqlite_client.raw.set_cookie("theme", cookie)
    assert sqlite_client.get("accounts.sign_in").root.get("data-theme") == theme


def test_outside_a_request_it_is_english(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        assert i18n.chosen_locale() == "en"
        assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        (NOW, "UTC", "Today, 23:30"),
        (NOW, "Asia/Tokyo", "Today, 08:30"),
        (NOW, "America/New_York", "Today, 18:30"),
        (datetime(2024, 11, 12, 16, 0, tzinfo=UTC), "UTC", "Today, 16:00"),
        (datetime(2024, 11, 12, 14, 0, tzinfo=UTC), "Asia/Tokyo", "Yesterday, 23:00"),
        (datetime(2024, 11, 12, 0, 0, tzinfo=UTC), "America/New_York", "Yesterday, 19:00"),
        (datetime(2024, 11, 11, 23, 59, tzinfo=UTC), "UTC", "Yesterday, 23:59"),
        (datetime(2024, 11, 10, 23, 59, tzinfo=UTC), "UTC", "10 November"),
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), "UTC", "31 December 2023"),
        (datetime(2023, 12, 31, 23, 59, tzinfo=UTC), "Asia/Tokyo", "1 January"),
        (NOW, None, "Today, 23:30"),
        (NOW, "Not/A_Zone", "Today, 23:30"),
    ],
)
def test_when_is_said_in_the_readers_zone(sqlite_app: Flask, at: datetime, zone: str | None, said: str) -> None:
    with sqlite_app.test_request_context(), clock.pinned(NOW):
        assert i18n.when(at, zone) == said


def test_a_day_that_the_clocks_change(sqlite_app: Flask) -> None:
    after = datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    with sqlite_app.test_request_context(), clock.pinned(after):
        assert i18n.when(datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "Europe/Berlin") == "Today, 02:30"
        assert i18n.when(after, "Europe/Berlin") == "Today, 02:30"


@pytest.mark.parametrize(
    ("value", "zone", "said", "german"),
    [
        (date(2024, 11, 3), None, "3 November", "3. November"),
        (date(2023, 3, 3), None, "3 March 2023", "3. März 2023"),
        (datetime(2024, 11, 3, 20, 0, tzinfo=UTC), "Asia/Tokyo", "4 November", "4. November"),
        (datetime(2024, 12, 31, 20, 0, tzinfo=UTC), "Asia/Tokyo", "1 January 2025", "1. Januar 2025"),
    ],
)
def test_days_in_both_languages(
    sqlite_app: Flask, value: date | datetime, zone: str | None, said: str, german: str
) -> None:
    for language, expected in (("en", said), ("de", german)):
        with sqlite_app.test_request_context(headers={"Accept-Language": language}), clock.pinned(NOW):
            assert i18n.day(value, zone) == expected


def test_an_hour_is_that_of_the_zone() -> None:
    assert i18n.hour(NOW, "Asia/Kolkata") == "05:00"
    assert i18n.hour(NOW, None) == "23:30"


def test_german_pages_say_german(sqlite_client: Client, sqlite_make: Make) -> None:
    sqlite_client.sign_in(sqlite_make.email(sqlite_make.member("Gita Rao")))
    english = sqlite_client.get("home.settings").h1
    page = sqlite_client.get("home.settings")
    form = page.form("language")
    sent = page.fields("language") | {"language": "de"}
    answer = sqlite_client.raw.post(form.get("action"), data=sent)
    after = sqlite_client.follow(answer)
    assert after.root.get("lang") == "de" and after.h1 != english


@pytest.mark.parametrize("code", i18n.WRITTEN_IN)
def test_languages_have_names_of_their_own(code: str) -> None:
    assert code.islower() and i18n.WRITTEN_IN[code].strip()
    assert set(i18n.LANGUAGES) <= set(i18n.WRITTEN_IN)
