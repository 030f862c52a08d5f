"""Languages, zones, and words for times."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from babel.numbers import format_decimal
from flask import Flask, has_request_context, request
from flask_babel import Babel, get_locale, gettext
from flask_babel import format_date as babel_date
from flask_babel.speaklater import LazyString

from . import clock

LANGUAGES = {"en": "English", "de": "Deutsch"}
# Languages somebody may have written an intro in, by their own names; the order is by name.
WRITTEN_IN = {
    "id": "Bahasa Indonesia", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "en": "English",
    "es": "Español", "fr": "Français", "it": "Italiano", "hu": "Magyar", "nl": "Nederlands",
    "nb": "Norsk bokmål", "pl": "Polski", "pt": "Português", "ro": "Română", "fi": "Suomi",
    "sv": "Svenska", "vi": "Tiếng Việt", "tr": "Türkçe", "el": "Ελληνικά", "bg": "Български",
    "ru": "Русский", "sr": "Српски", "uk": "Українська", "he": "עברית", "ar": "العربية",
    "fa": "فارسی", "ur": "اردو", "hi": "हिन्दी", "bn": "বাংলা", "ta": "தமிழ்", "th": "ไทย",
    "ka": "ქართული", "ko": "한국어", "zh": "中文", "ja": "日本語", "am": "አማርኛ", "sw": "Kiswahili",
}  # fmt: skip


class Words(LazyString):
    """Words that become text when they are shown, in the language of whoever reads them then."""

    def __init__(self, words: str, /, **values: Any) -> None:
        super().__init__(gettext, words, **values)  # type: ignore[no-untyped-call]
        self.words, self.values = words, values


lazy: Any = Words  # as `_` in every module


def kept(words: Any) -> Any:
    """Words as data for a column of JSON: ["%(num)s columns", {"num": 3}]; what is no `Words` as it is."""
    if isinstance(words, Words):
        return [words.words, {name: kept(value) for name, value in words.values.items()}]
    return words if isinstance(words, str | int) else str(words)


def again(data: Any) -> str:
    """What was `kept`, in the reader's language. (Plain text, as it was kept once, stays as it is.)"""
    if not isinstance(data, list):
        return str(data)
    words, values = data
    return gettext(words, **{name: again(value) for name, value in values.items()})


def chosen_locale() -> str:
    """The reader's language: their cookie, else what the browser asks for, else English."""
    if not has_request_context():
        return "en"
    cookie = request.cookies.get("language", "")
    if cookie in LANGUAGES:
        return cookie
    return request.accept_languages.best_match(list(LANGUAGES), default="en") or "en"


def chosen_theme() -> str | None:
    """light, dark, or None to follow the system."""
    cookie = request.cookies.get("theme", "")
    return cookie if cookie in ("light", "dark") else None


def language() -> str:
    """The language this page is in, as a BCP 47 tag."""
    return str(get_locale() or "en").replace("_", "-")


def day(value: date | datetime, zone: str | None = None) -> str:
    """ "12 November", with the year when it is another one."""
    on = value.astimezone(clock.zone(zone)).date() if isinstance(value, datetime) else value
    same_year = on.year == clock.today(zone).year
    if same_year:
        # skeletons differ by locale in ways this does not need
        return str(babel_date(on, "d. MMMM" if language().startswith("de") else "d MMMM"))
    return str(babel_date(on, "d. MMMM y" if language().startswith("de") else "d MMMM y"))


def long_day(on: date) -> str:
    """ "Thursday 26 November", with the year when it is another one."""
    german = language().startswith("de")
    form = "EEEE, d. MMMM" if german else "EEEE d MMMM"
    return str(babel_date(on, form if on.year == clock.today().year else f"{form} y"))


def near_day(on: date, zone: str | None = None) -> str:
    """ "Today", "Yesterday", "Thursday 26 November"."""
    today = clock.today(zone)
    if on == today:
        return gettext("Today")
    return gettext("Yesterday") if on == today - timedelta(days=1) else long_day(on)


def share(value: float) -> str:
    """ "2.5 %", of 0.025."""
    return f"{format_decimal(value * 100, '0.0', locale=get_locale() or 'en')} %"


def points(value: float) -> str:
    """ "+0.6", of 0.006."""
    return str(format_decimal(value * 100, "+0.0;-0.0", locale=get_locale() or "en"))


def hour(value: datetime, zone: str | None) -> str:
    """ "09:52" in that zone."""
    return value.astimezone(clock.zone(zone)).strftime("%H:%M")


def when(value: datetime, zone: str | None) -> str:
    """ "Today, 08:40", "Yesterday, 16:05", "12 November"."""
    local, today = value.astimezone(clock.zone(zone)), clock.today(zone)
    if local.date() == today:
        return gettext("Today, %(time)s", time=local.strftime("%H:%M"))
    if local.date() == today - timedelta(days=1):
        return gettext("Yesterday, %(time)s", time=local.strftime("%H:%M"))
    return day(local.date(), zone)


def init_app(app: Flask, locale_selector: Any = chosen_locale) -> None:
    """Set up gettext; the catalogues lie in portal/translations."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", "translations")
    Babel(app, locale_selector=locale_selector)
