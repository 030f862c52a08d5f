"""People who write all kinds of things as fast as they can, each numbered, and what has to be there afterwards.

What somebody writes counts up: what was acknowledged is the least that must be found, what was sent the most.
They stay signed in when the server is killed, and send a form that they have open again and again, with other words.
"""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.commands.bench_fill import PASSWORD
from portal.config import from_environ
from portal.core import clock
from portal.core.db import db
from portal.infomercials.models import Draft
from portal.people.models import Person
from portal.teams.models import Team, TeamMember
from tests.prove.house import Browser

# kind: the page with its form, and a field that only this form has
FORMS = {
    "team": ("/teams/new", "people"),
    "called": ("/me/details", "preferred_name"),
    "headline": ("/me/intro/facts", "headline"),
    "away": ("/me/away", "until"),
}
KINDS = tuple(FORMS)
MATES = ("p5@bench.example", "p6@bench.example", "p7@bench.example")


@dataclass(frozen=True)
class Acknowledged:
    """The last of each kind, and every team."""

    last: Counter[str]
    teams: frozenset[int]


@dataclass
class Writer:
    """One person at one browser. sent and acknowledged: the number of the last of each kind."""

    number: int
    sent: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    teams: set[int] = field(default_factory=set)  # those that were acknowledged
    refused: list[str] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)

    def acknowledged_now(self) -> Acknowledged:
        """What counts as said to this person at this moment."""
        return Acknowledged(Counter(self.acknowledged), frozenset(self.teams))

    def write(self, url: str, stop: threading.Event) -> None:
        """One after the other, until told to stop or until the server is gone."""
        try:
            browser = Browser(url, self.cookies)
            if not self.cookies:
                browser.sign_in(f"p{self.number}@bench.example", PASSWORD)
            open_forms = {kind: browser.form(*FORMS[kind]) for kind in KINDS}
            while not stop.is_set():
                kind = KINDS[sum(self.sent.values()) % len(KINDS)]
                action, fields = open_forms[kind]
                if self._send(browser, kind, action, fields):
                    open_forms[kind] = action, [_one_later(name, value) for name, value in fields]
        except (OSError, EOFError, ValueError, http.client.HTTPException):
            pass  # it was killed

    def _send(self, browser: Browser, kind: str, action: str, fields: list[tuple[str, Any]]) -> bool:
        # What was under way when the server was killed may be there or not; the next is another one.
        turn = self.sent[kind] + 1
        if kind == "team":
            words = {"name": f"Team {self.number} {turn}", "people": "\n".join(MATES)}
        elif kind == "called":
            words = {"preferred_name": f"Called {turn}"}
        elif kind == "headline":
            words = {"headline": f"Headline {turn}"}
        else:
            words = {"until": (clock.today() + timedelta(days=turn % 300)).isoformat()}
        self.sent[kind] = turn
        status = browser.send(action, fields, words)
        if status != 303:
            self.refused.append(f"{kind} {turn}: {status}")
            return False
        self.acknowledged[kind] = turn
        if kind == "team":
            self.teams.add(turn)
        return True


def _one_later(name: str, value: Any) -> tuple[str, Any]:
    """What a form that was saved is opened on from then on: each save counts its version up."""
    return name, str(int(value) + 1) if name == "version" and value else value


def start(url: str, writers: list[Writer]) -> tuple[threading.Event, list[threading.Thread]]:
    stop = threading.Event()
    threads = [threading.Thread(target=writer.write, args=(url, stop), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    return stop, threads


def end(stop: threading.Event, threads: list[threading.Thread]) -> None:
    stop.set()
    for thread in threads:
        thread.join(90)
    assert not any(thread.is_alive() for thread in threads)


@contextmanager
def reading(env: dict[str, str]) -> Iterator[Flask]:
    """An installation, read without its server."""
    app = create_app(from_environ(env))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def found(app: Flask, writers: list[Writer]) -> dict[int, dict[str, Any]]:
    """What an installation holds of each writer: the turns of their teams, and the last of the rest."""
    there: dict[int, dict[str, Any]] = {}
    with app.app_context():
        teams = db.session.execute(
            sa.select(Team.name, sa.func.count(TeamMember.person_id))
            .join(TeamMember, TeamMember.team_id == Team.id)
            .group_by(Team.id, Team.name)
        ).all()
        for writer in writers:
            person = db.session.scalars(
                sa.select(Person).where(Person.email_key == f"p{writer.number}@bench.example")
            ).one()
            draft = db.session.get(Draft, person.id)
            mine = {name: count for name, count in teams if name.startswith(f"Team {writer.number} ")}
            there[writer.number] = {
                "teams": {int(name.split()[2]): count for name, count in mine.items()},
                "called": _turn(person.preferred_name),
                "headline": _turn(draft.headline if draft else None),
                "away": person.away_until,
            }
        db.session.remove()
    return there


def _turn(words: str | None) -> int:
    said = re.fullmatch(r"(?:Called|Headline) (\d+)", words or "")
    return int(said[1]) if said else 0


def compare(there: dict[int, dict[str, Any]], said: dict[int, Acknowledged], writers: list[Writer]) -> None:
    """Everything that was acknowledged is there, nothing is there that nobody sent, and no team is there in half."""
    for writer in writers:
        mine, least = there[writer.number], said[writer.number]
        for kind in ("called", "headline"):
            assert least.last[kind] <= mine[kind] <= writer.sent[kind], (writer.number, kind)
        assert least.teams <= set(mine["teams"]) <= set(range(1, writer.sent["team"] + 1)), writer.number
        assert set(mine["teams"].values()) <= {len({writer.number, 5, 6, 7})}, "a team with all its people"
        if least.last["away"]:
            turns = range(least.last["away"], writer.sent["away"] + 1)
            assert mine["away"] in {clock.today() + timedelta(days=turn % 300) for turn in turns}, writer.number
