"""A worker is killed between claim and mark, a hundred times over: every owed mail arrives, and what arrives twice is
what was under way at a kill, under the same Message-ID."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.app import create_app
from portal.config import from_environ
from portal.core import clock, outbox
from portal.core.db import db, unit_of_work
from portal.core.outbox import OwedMail
from portal.people.models import Person
from tests.prove.house import HOUSE
from tests.sink import Sink

KILLS = 100
MAILS = 300
KIND = "mail_test"
# `hallway worker`, forked from a process that has imported it already: a start takes a fraction of a second.
WARM = """
import os, sys
import portal.app, portal.core.schema
from portal.commands.worker import command
portal.app.create_app()  # every module is imported now; nothing is asked of a database
for _line in sys.stdin:
    child = os.fork()
    if not child:
        command.main([], standalone_mode=False)
        os._exit(0)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Killer(Sink):
    """Kills the worker that talks to it: when it names the recipient, when the mail is taken, or just after."""

    def __init__(self, chance: random.Random) -> None:
        self.pid: int | None = None
        self.kills = 0
        self.until = 0  # mails till the next kill
        self.under_way: set[str] = set()  # what was being sent at a kill
        self.chance = chance
        super().__init__()

    def aim(self, pid: int) -> None:
        self.until = self.chance.randint(1, 3)
        self.pid = pid

    def _kill(self) -> None:
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = None
            self.kills += 1

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.until -= 1
        hit = self.until == 0 and self.kills < KILLS
        moment = self.chance.choice(("before it is taken", "taken", "answered")) if hit else ""
        if hit:
            head = envelope.content.partition(b"\r\n\r\n")[0].decode()
            self.under_way.add(next(one for one in head.split("\r\n") if one.startswith("Message-ID")).split()[1])
        if moment == "before it is taken":
            self._kill()
            return "451 too late"
        answer = await super().handle_DATA(server, session, envelope)
        if moment == "taken":
            self._kill()
        if moment == "answered":
            asyncio.get_running_loop().call_later(self.chance.random() / 200, self._kill)
        return answer


class Workers:
    """One `hallway worker` after another."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with open(log, "ab") as errors:
            self._warm = subprocess.Popen(
                [sys.executable, "-c", WARM],
                cwd=HOUSE,
                env={**os.environ, **env},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def start(self) -> int:
        assert self._warm.stdin and self._warm.stdout
        print(file=self._warm.stdin, flush=True)
        return int(self._warm.stdout.readline())

    def ended(self) -> int:
        assert self._warm.stdout
        return int(self._warm.stdout.readline())

    def close(self) -> None:
        assert self._warm.stdin
        self._warm.stdin.close()
        self._warm.wait(60)


def test_every_owed_mail_arrives_and_only_what_was_under_way_twice(
    installation: dict[str, str], tmp_path: Path
) -> None:
    started = time.monotonic()
    sink = Killer(random.Random(4))
    env = {**installation, "SMTP_URL": sink.url, "MAIL_FROM": "hallway@example.org", "MAIL_PER_MINUTE": "100000"}
    app = create_app(from_environ(env))
    workers = Workers(env, tmp_path / "log")
    try:
        with app.app_context():
            whose = db.session.scalars(sa.select(Person.id).where(Person.email == "p5@bench.example")).one()
            first = int(clock.now().timestamp() * 1000)

            def owe() -> None:
                for occasion in range(first, first + MAILS):
                    outbox.owe_mail(KIND, [whose], occasion=occasion, at_once=True)

            unit_of_work(owe)
        for _ in range(KILLS):
            sink.aim(workers.start())
            assert workers.ended() == -signal.SIGKILL
            with app.app_context():
                # As if a quarter of an hour had passed: nobody else is at work.
                unit_of_work(lambda: db.session.execute(sa.update(OwedMail).values(leased_until=None)) and None)
        assert sink.kills == KILLS
        last = workers.start()
        wait = threading.Event()
        with app.app_context():
            left = sa.select(sa.func.count()).where(OwedMail.sent_at.is_(None))
            deadline = time.monotonic() + 90
            while db.session.scalar(left):
                db.session.rollback()
                assert time.monotonic() < deadline, "the last worker does not come to an end"
                wait.wait(0.2)
            parked = db.session.scalar(sa.select(sa.func.count()).where(OwedMail.parked_at.is_not(None)))
            assert parked == 0
            owed = db.session.scalar(sa.select(sa.func.count()).select_from(OwedMail)) or 0
            db.session.remove()
            db.engine.dispose()
        os.kill(last, signal.SIGTERM)
        assert workers.ended() == 0
    finally:
        workers.close()
        sink.stop()
    arrived: dict[str, int] = defaultdict(int)
    for mail in sink.mails:
        arrived[str(mail["Message-ID"])] += 1
    # What the worker's own duties came to owe meanwhile is mail like any other.
    assert len(arrived) == owed >= MAILS, "each owed mail has one Message-ID, and each of them arrived"
    twice = {one for one, count in arrived.items() if count > 1}
    assert twice <= sink.under_way
    spent = time.monotonic() - started
    print(f"\n{KILLS} kills, {len(sink.mails)} mails for {owed} owed, {len(twice)} more than once, {spent:.0f} s")
