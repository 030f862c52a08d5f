"""A real server with the demo company, a real browser, and people who visit.

One worker goes on all journeys, with one browser, and one filled folder and two copies of it, each with a server:
`shared` is only read, `fresh` is for tests that write and is as it was in the beginning for each of them. Both are
`Visits`: `visits.by("maya")` opens a tab. Whatever the browser complains about on the way (console, CSP, requests)
fails the test.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, sync_playwright

from tools.serving import BROWSER_FLAGS, hallway, served

NOTED = Path(__file__).resolve().parents[2] / ".venv" / ".chromium"
DATABASE = "hallway.sqlite3"
NEWCOMER, NEW_PASSWORD = "noor", "first day, first door"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _chromium() -> str:
    noted = NOTED.read_text(encoding="utf-8").strip() if NOTED.exists() else ""
    return os.environ.get("CHROMIUM") or noted or "/usr/bin/chromium"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo company, and one who came today: brought by the staff list, let in by a new password. Nobody opens it
    there, so it can be copied at any moment."""
    made = tmp_path_factory.mktemp("demo") / "instance"
    _fill(made)
    return made


def _fill(folder: Path) -> None:
    env = env_of(folder)
    staff = folder.parent / "newcomers.csv"
    staff.write_text(
        f"id,name,email,department\nN1,Noor Adeyemi,{NEWCOMER}@hallway.example,Design\n", encoding="utf-8"
    )
    for arguments, typed in (
        (("demo",), None),
        (("import", "people", str(staff), "--yes"), None),
        (("reset-password", f"{NEWCOMER}@hallway.example", "--password-stdin"), f"{NEW_PASSWORD}\n"),
    ):
        done = hallway(*arguments, env=env, input=typed)
        assert done.returncode == 0, done.stderr


def env_of(folder: Path) -> dict[str, str]:
    return {
        "INSTANCE_PATH": str(folder),
        "DATABASE_URL": "",
        "DEMO": "",
        "BASE_URL": "",
        "HOST": "",
        "SECRET_KEY": "",
    }


@pytest.fixture(scope="session")
def _shared_url(filled: Path) -> Iterator[str]:
    copy = filled.parent / "shared"
    shutil.copytree(filled, copy)
    with served(env_of(copy)) as url:
        yield url


@pytest.fixture(scope="session")
def _signed_in() -> dict[str, list[Any]]:
    """The cookies of those who have been in the shared house."""
    return {}


@pytest.fixture(scope="session")
def _writing(filled: Path) -> Iterator[tuple[str, Path]]:
    copy = filled.parent / "fresh"
    shutil.copytree(filled, copy)
    with served(env_of(copy)) as url:
        yield url, copy / DATABASE


class Clicks:
    """Counts what a hand does."""

    def __init__(self) -> None:
        self.done = 0

    def on(self, target: Locator) -> None:
        target.click()
        self.done += 1


class Visits:
    """People who look at one house, each in a browser of their own. Notes what the browser complains about."""

    def __init__(self, chromium: Browser, url: str, known: dict[str, list[Any]] | None = None) -> None:
        self._chromium, self.url, self._known = chromium, url, known
        self._contexts: list[BrowserContext] = []
        self._expected: set[int] = set()
        self._troubles: list[tuple[int, str]] = []

    def expect(self, *statuses: int) -> None:
        """Answers of this kind are part of the journey."""
        self._expected.update(statuses)

    def by(
        self,
        who: str = "",
        *,
        js: bool = True,
        width: int = 1280,
        theme: str = "light",
        zoom: int = 1,
        bypass_csp: bool = False,
        locale: str = "en-GB",
    ) -> Page:
        """A tab of somebody's ("": not signed in) in a browser of its own."""
        context = self._chromium.new_context(
            base_url=self.url,
            java_script_enabled=js,
            viewport={"width": width, "height": 900 if width > 600 else 844},
            color_scheme=theme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            device_scale_factor=zoom,
            bypass_csp=bypass_csp,
            locale=locale,
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self._troubles.append((0, f"exception: {error.error}")))
        context.on("response", self._on_response)
        context.on(
            "requestfailed",
            # What the browser itself breaks off, because it goes to another page, is no failure.
            lambda r: (
                "ERR_ABORTED" in (r.failure or "") or self._troubles.append((0, f"failed: {r.url} {r.failure}"))
            ),
        )
        if who:
            self._let_in(context, who)
        return context.new_page()

    def _let_in(self, context: BrowserContext, who: str) -> None:
        """Sign in without showing the page: the form itself has its own journeys."""
        if self._known and who in self._known:
            context.add_cookies(self._known[who])
            return
        password = NEW_PASSWORD if who == NEWCOMER else "demo"
        page = context.request.get("/sign-in").text()
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        fields = {"csrf_token": found[1], "email": f"{who}@hallway.example", "password": password}
        answer = context.request.post("/sign-in", form=fields, max_redirects=0)
        assert answer.status == 303, f"{who} was not let in: {answer.status}"
        if self._known is not None:
            self._known[who] = context.cookies()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = re.search(r"responded with a status of (\d+)", message.text)
        if not status:  # the others are seen as responses
            self._troubles.append((0, f"{message.type}: {message.text} ({message.location.get('url')})"))

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._troubles.append((response.status, f"{response.status}: {response.request.method} {response.url}"))

    def leave(self) -> None:
        for context in self._contexts:
            context.close()

    @property
    def troubles(self) -> Sequence[str]:
        return [words for status, words in self._troubles if status not in self._expected]


def _checked(visits: Visits) -> Iterator[Visits]:
    yield visits
    visits.leave()
    assert not visits.troubles, "the browser complained:\n" + "\n".join(visits.troubles)


@pytest.fixture
def shared(chromium: Browser, _shared_url: str, _signed_in: dict[str, list[Any]]) -> Iterator[Visits]:
    """A house to look at, where everybody has one session. Tests that change anything take `fresh`."""
    yield from _checked(Visits(chromium, _shared_url, _signed_in))


@pytest.fixture
def fresh(chromium: Browser, filled: Path, _writing: tuple[str, Path]) -> Iterator[Visits]:
    """A house of this test's own: under the running server its database is as it was in the beginning."""
    url, database = _writing
    with closing(sqlite3.connect(filled / DATABASE)) as first, closing(sqlite3.connect(database, timeout=20)) as now:
        first.backup(now)
    yield from _checked(Visits(chromium, url))
