"""Every word of ours goes through gettext.

The pages are read in a made-up language that puts ⟦ ⟧ around each translated text. Words of people carry a §.
What is left, in text or in an attribute that is read out, was never given to a translator.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from babel import Locale
from babel.support import NullTranslations
from flask import Flask, Response, abort
from flask_babel import Domain
from lxml import etree
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.test import TestResponse as Answer

from portal.core import clock
from portal.core.clock import available_zones
from portal.core.i18n import LANGUAGES, WRITTEN_IN
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import Make

OPEN, CLOSE, MARK = "⟦", "⟧", "§"
READ_OUT = {"aria-label", "aria-description", "aria-roledescription", "placeholder", "title", "alt", "label"}
# Attributes that hold several words and are read by machines.
TECHNICAL = {
    *("class", "d", "content", "viewbox", "points", "rel", "aria-describedby", "aria-labelledby", "aria-controls"),
    *("autocomplete", "accept", "media", "headers", "href", "src", "value", "datetime", "transform", "sizes"),
    *("hx-trigger", "hx-target", "hx-select", "hx-swap", "hx-include", "pattern", "for", "id", "action", "srcset"),
}
_MONTHS = "|".join(Locale("en").months["format"]["wide"].values())
# What needs no translator: our name, dates by Babel, names of languages and zones, a request's number.
FREE = re.compile(
    rf"\d{{1,2}} ({_MONTHS})( \d{{4}})?|\b[0-9a-f]{{16}}\b|\bHallway\b|\b(JPEG|PNG|WebP|HEIC)\b|https?://\S+"
)
NAMES = set(WRITTEN_IN.values()) | set(LANGUAGES.values()) | {z.replace("_", " ") for z in available_zones()}


class Pseudo(NullTranslations):
    """⟦every text⟧"""

    def _wrapped(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def gettext(self, message: str) -> str:
        return self._wrapped(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self._wrapped(one if n == 1 else many)

    def pgettext(self, _context: str, message: str) -> str:
        return self._wrapped(message)

    ugettext, ungettext, upgettext = gettext, ngettext, pgettext


class PseudoDomain(Domain):
    def get_translations(self) -> Pseudo:
        return Pseudo()


@pytest.fixture
def pseudo(sqlite_app: Flask) -> Flask:
    sqlite_app.extensions["babel"].instance.domain_instance = PseudoDomain()
    return sqlite_app


def texts(page: Page) -> Iterator[str]:
    """Its text in order; a translated text may hold markup, so brackets open in one piece and close in another."""
    for event, element in etree.iterwalk(page.root, events=("start", "end")):
        if not isinstance(element.tag, str):
            if event == "end":
                yield element.tail or ""
            continue
        hidden = element.tag in ("script", "style", "code", "textarea") or element.get("translate") == "no"
        if event == "start" and not hidden and not element.xpath("ancestor::*[@translate='no'] | ancestor::code"):
            yield element.text or ""
        if event == "end":
            yield element.tail or ""


def outside(pieces: Iterator[str]) -> list[str]:
    """What stands outside all brackets, piece by piece."""
    depth, found = 0, []
    for piece in pieces:
        left = []
        for letter in piece:
            depth += (letter == OPEN) - (letter == CLOSE)
            left.append(letter if depth == 0 and letter != CLOSE else " ")
        found.append("".join(left))
    assert depth == 0
    return found


def bare(text: str) -> str:
    """The words in it that neither a translator nor a person gave."""
    if " ".join(text.split()) in NAMES:
        return ""
    words = FREE.sub(" ", text).split()
    return " ".join(w for w in words if MARK not in w and any(c.isalpha() for c in w))


def bare_words(page: Page) -> list[str]:
    found = [bare(text) for text in outside(texts(page))]
    for element in page.root.iter():
        if not isinstance(element.tag, str) or element.xpath("ancestor-or-self::*[@translate='no']"):
            continue
        for name, value in element.attrib.items():
            sentence = name not in TECHNICAL and re.search(r"[^\W\d] +[^\W\d]", value)
            if (name in READ_OUT or sentence) and element.tag != "html":
                found.append(" ".join(f"{name}={word}" for word in [bare("".join(outside(iter([value]))))] if word))
    return [words for words in found if words]


@pytest.fixture
def seen() -> Iterator[Callable[[Page], None]]:
    """Look at each page; all that was found is said at the end."""
    found: dict[str, list[str]] = {}

    def look(page: Page) -> None:
        words = bare_words(page)
        if words:
            found[f"{page.response.request.method} {page.path} {page.status}"] = words

    yield look
    assert found == {}


def company(make: Make) -> dict[str, int]:
    """Two colleagues with everything that a page can show; each of their words has a mark, and no initials."""
    made = {}
    for number, key in enumerate(("other", "boss", "newcomer", "plain"), start=1):
        made[key] = make.member(
            f"{MARK}{number} {MARK}9{number}",
            email=f"{MARK}{number}@9.9",
            title=f"{MARK}Engineer",
            department=f"{MARK}Sky",
            place=f"{MARK}Utrecht",
            place_time_zone="Europe/Amsterdam",
            starts_on=clock.today() - timedelta(days=3 if key == "newcomer" else 900),
        )
    make.intro(made["newcomer"], **INTRO)
    make.intro(made["other"], **INTRO)
    viewer = make.viewer(made["other"])
    make.do(lambda: people.change_details(viewer=viewer, details=DETAILS(MARK + "1 " + MARK + "91")))
    make.do(lambda: people.set_manager(person_id=made["other"], manager_id=made["boss"]))
    until = clock.today() + timedelta(days=9)
    make.do(lambda: people.set_away(viewer=viewer, until=until, stand_in_id=made["boss"]))
    return made


INTRO: dict[str, Any] = {
    "headline": f"{MARK}Keeps",
    "facts": (f"{MARK}Repairs", f"{MARK}Second", f"{MARK}Third"),
    "ask": (f"{MARK}Queues", f"{MARK}Tea"),
    "working_on": f"{MARK}export",
    "so_that": f"{MARK}leave",
    "offer": f"{MARK}minutes",
}


def DETAILS(name: str) -> people.Details:  # noqa: N802 - made of constants alone
    return people.Details(
        name=name,
        preferred_name=None,
        pronouns=f"{MARK}they",
        say_name=f"{MARK}say",
        place_detail=f"{MARK}floor",
        time_zone="Europe/Berlin",
        languages=[f"{MARK}English", f"{MARK}Dutch"],
        working_days=["mon", "wed"],
        links=[{"label": f"{MARK}site", "url": "https://9.9/"}],
        reach_me_by=f"{MARK}phone",
        hue="sky",
        shown={},
    )


READ = (
    *("home.home", "home.me", "home.menu", "home.guide", "home.about_data", "home.settings", "people.directory"),
    *("people.details", "people.away", "infomercials.photo", "infomercials.facts", "infomercials.ask"),
    *("infomercials.work", "infomercials.preview", "accounts.sessions", "accounts.password"),
)
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.mark.parametrize("state", ["no intro", "draft", "published", "changed"])
@pytest.mark.parametrize("who", ["member", "guest", "admin"])
def test_no_page_has_a_bare_word(
    pseudo: Flask,
    sqlite_client: Client,
    sqlite_make: Make,
    seen: Callable[[Page], None],
    who: str,
    state: str,
) -> None:
    make, client = sqlite_make, sqlite_client
    made = company(make)
    more: dict[str, Any] = {"email": f"{MARK}7@9.9", "place": f"{MARK}Utrecht", "title": f"{MARK}Lead"}
    me = make.guest(f"{MARK}7 {MARK}8", **more) if who == "guest" else make.member(f"{MARK}7 {MARK}8", who, **more)
    make.team(me, *made.values())
    if state != "no intro":
        make.intro(me, publish=state != "draft", **INTRO)
    if state == "changed":
        make.intro(me, publish=False, **(INTRO | {"headline": f"{MARK}Changed"}))
    client.raw.environ_base["HTTP_USER_AGENT"] = FIREFOX["User-Agent"]
    client.sign_in(make.email(me))
    for endpoint in READ:
        seen(client.get(endpoint))
    for key in made:
        seen(client.get("people.person", handle=make.handle(made[key])))
    seen(client.get("people.person", handle=make.handle(me)))
    for query in ("q=nobody%C2%A7", "new=1", "department=%C2%A7sky", "q=%C2%A7&place=%C2%A7utrecht"):
        seen(client.get(f"/people?{query}"))
    seen(client.get("/nothing-here", status=404))


def test_no_error_and_no_message_has_a_bare_word(
    pseudo: Flask, sqlite_client: Client, sqlite_make: Make, seen: Callable[[Page], None]
) -> None:
    make, client = sqlite_make, sqlite_client
    company(make)
    me = make.member(f"{MARK}7 {MARK}8", email=f"{MARK}7@9.9")
    seen(client.get("accounts.sign_in"))
    door = client.get("accounts.sign_in")
    seen(client.read(door.submit({"email": "", "password": ""}, containing="password"), 422))
    for _ in range(7):
        answer = door.submit({"email": f"{MARK}7@9.9", "password": f"{MARK}wrong"}, containing="password")
        seen(client.read(answer, answer.status_code))
    client = client.another()
    client.raw.environ_base["REMOTE_ADDR"] = "10.9.9.9"
    client.sign_in(f"{MARK}7@9.9")
    bad: dict[str, dict[str, str]] = {
        "infomercials.facts": {"headline": MARK + "x" * 3000, "fact1": f"{MARK}\x00"},
        "infomercials.ask": {"ask_about": "\n".join(f"{MARK}{n}" for n in range(40))},
        "infomercials.work": {"working_on": MARK + "x" * 3000},
        "people.details": {"name": "", "links": f"{MARK} javascript:alert(1)", "time_zone": "Nowhere/At_All"},
        "people.away": {"until": "some day", "stand_in": ""},
        "accounts.password": {"current": "", "new_password": ""},
    }
    for endpoint, data in bad.items():
        field = next(iter(data))
        answer = client.get(endpoint).submit(data, containing=field)
        seen(client.read(answer, 422))
    photo = {"photo": (io.BytesIO(b"%PDF-1.4"), "a.jpg")}
    answer = client.get("infomercials.photo").submit(photo, containing="photo", content_type="multipart/form-data")
    seen(client.read(answer, 422))
    wrong = {"current": f"{MARK}wrong", "new_password": f"{MARK}longer-than-ten"}
    seen(client.read(client.get("accounts.password").submit(wrong, containing="current"), 422))
    # Another tab was quicker.
    old = client.get("infomercials.facts")
    facts = {"headline": INTRO["headline"], "fact1": f"{MARK}One"}
    assert client.get("infomercials.facts").submit(facts, containing="headline").status_code == 303
    others = facts | {"headline": f"{MARK}Another"}
    seen(client.read(old.submit(others, containing="headline"), 422))
    past = client.get("people.away").submit({"until": "2001-01-01", "stand_in": MARK}, containing="until")
    seen(client.read(past, 422))
    preview = client.get("infomercials.preview")
    seen(client.read(preview.submit({"shown_to": "everybody"}, containing="shown_to"), 422))
    # Words of success.
    seen(client.follow(client.raw.get(preview.submit(containing="shown_to").headers["Location"])))
    seen(client.follow(client.get("people.details").submit(containing="reach_me_by")))
    until = (clock.today() + timedelta(days=5)).isoformat()
    seen(client.follow(client.get("people.away").submit({"until": until}, containing="until")))
    elsewhere = client.another()
    elsewhere.raw.environ_base["REMOTE_ADDR"] = "10.9.9.8"
    elsewhere.sign_in(f"{MARK}7@9.9")
    sessions = client.get("accounts.sessions")
    seen(sessions)
    seen(client.follow(sessions.submit({"session": None}, action="/me/sessions/end")))
    saved = client.get("infomercials.work").submit(
        {"working_on": f"{MARK}export"}, containing="working_on", headers={"X-Autosave": "1"}
    )
    assert bare("".join(outside(iter([saved.json["saved"]])))) == ""
    # What went wrong.
    seen(client.read(client.raw.delete("/people"), 405))
    seen(client.read(client.raw.post("/settings/theme"), 400))
    for status in (400, 413, 429, 500, 503):
        pseudo.view_functions["home.guide"] = refusing(status)
        seen(client.get("home.guide", status=status))
    pseudo.view_functions["home.guide"] = broken
    seen(client.get("home.guide", status=500))
    assert make.read(lambda: me)


def refusing(status: int) -> Callable[[], str]:
    def view() -> str:
        abort(status)

    return view


def broken() -> str:
    raise ValueError("swordfish")


def page_of(html: str, app: Flask) -> Page:
    environ = EnvironBuilder("/made-up").get_environ()
    response = Answer(*run_wsgi_app(Response(html), environ), request=EnvironBuilder("/made-up").get_request())
    return Page(Client(app), response)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>⟦All is well⟧</p>", []),
        ("<p>⟦Read <b>this</b> now⟧, §Gita</p>", []),
        ("<p>⟦Hello⟧ you</p>", ["you"]),
        ("<p>⟦Read ⟦nested⟧ words⟧<b>Bare</b></p>", ["Bare"]),
        ('<a aria-label="⟦Close⟧">⟦x⟧</a>', []),
        ('<a aria-label="Close">⟦x⟧</a>', ["aria-label=Close"]),
        ('<input placeholder="Search" title="⟦a⟧">', ["placeholder=Search"]),
        ('<img alt="Face of §Gita">', ["alt=Face of"]),
        ('<p data-left="characters left">12</p>', ["data-left=characters left"]),
        ("<p>Berlin</p><p>12 November 2024, 09:30</p><p>Europe/Berlin</p>", ["Berlin"]),
        ("<script>var x</script><code>table</code> tail", ["tail"]),
    ],
)
def test_bare_words_are_found(sqlite_app: Flask, html: str, found: list[str]) -> None:
    assert bare_words(page_of(f"<html><body>{html}</body></html>", sqlite_app)) == found
