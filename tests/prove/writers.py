"""People who save their intros as fast as they can, and what has to be in the database afterwards."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from portal.app import create_app
from portal.commands.bench_fill import PASSWORD
from portal.config import from_environ
from portal.core.db import db
from portal.infomercials.models import Draft, Infomercial
from tests.prove.house import Browser

STEPS = (("facts", "headline"), ("ask", "ask_about"), ("work", "working_on"))


@dataclass
class Writer:
    """One person at one browser. `saved` counts what the server acknowledged, `words` is what it last did."""

    number: int
    saved: Counter[str] = field(default_factory=Counter)
    words: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)  # on its way, not acknowledged
    published: str = ""
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    cut: bool = False  # the connection ended in the middle

    def write(self, url: str, stop: threading.Event) -> None:
        """Save until told to stop, or until the server is gone."""
        try:
            browser = Browser(url)
            browser.sign_in(f"p{self.number}@bench.example", PASSWORD)
            turn = 0
            while not stop.is_set():
                self._save(browser, turn)
                turn += 1
        except (OSError, EOFError, ValueError) as error:
            self.cut = True
            self.wrong.append(type(error).__name__)
        except Exception as error:
            if type(error).__module__.startswith("http.client"):
                self.cut = True
            self.wrong.append(f"{type(error).__name__}: {error}")

    def _save(self, browser: Browser, turn: int) -> None:
        step, name = STEPS[turn % len(STEPS)]
        words = f"{step} {turn} of {self.number}, {time.time_ns()}"
        started = time.perf_counter()
        action, fields = browser.form(f"/me/intro/{step}", name)
        self.sent = {step: words}
        status = browser.send(action, fields, {name: words})
        self.times.append(time.perf_counter() - started)
        if status != 303:
            self.wrong.append(f"{step}: {status}")
            return
        self.saved[step] += 1
        self.words[step] = words
        self.sent = {}
        if turn % 9 == 8 and "facts" in self.words:
            status = browser.fill_in("/me/intro/preview", "shown_to", {"shown_to": "everyone"})
            if status != 303:
                self.wrong.append(f"publish: {status}")
            else:
                self.published = self.words["facts"]


def write_at_once(url: str, numbers: range, seconds: float) -> list[Writer]:
    """All of them for so many seconds."""
    writers, stop, threads = start(url, numbers)
    time.sleep(seconds)
    end(stop, threads)
    return writers


def start(url: str, numbers: range) -> tuple[list[Writer], threading.Event, list[threading.Thread]]:
    writers, stop = [Writer(number) for number in numbers], threading.Event()
    threads = [threading.Thread(target=writer.write, args=(url, stop), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    return writers, stop, threads


def end(stop: threading.Event, threads: list[threading.Thread]) -> None:
    stop.set()
    for thread in threads:
        thread.join(90)
    assert not any(thread.is_alive() for thread in threads)


def kept(env: dict[str, str]) -> dict[int, dict[str, Any]]:
    """Per person: what is in the database, read without the server."""
    app = create_app(from_environ(env))
    found: dict[int, dict[str, Any]] = {}
    with app.app_context():
        rows = db.session.execute(
            sa.select(Draft, Infomercial).join(Infomercial, Infomercial.person_id == Draft.person_id)
        )
        for draft, published in rows:
            found[draft.person_id] = {
                "versions": dict(draft.versions),
                "facts": draft.headline,
                "ask": "\n".join(draft.ask_about),
                "work": draft.working_on,
                "published": published.headline,
            }
        db.session.remove()
        db.engine.dispose()
    return found
