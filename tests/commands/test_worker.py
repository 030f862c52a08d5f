"""`hallway worker` as a process of its own, and beside `hallway run`."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import from_environ
from portal.core import clock, outbox
from portal.core.db import unit_of_work
from tests.commands.conftest import HOUSE, Ran, environ_of
from tests.commands.test_run import Server
from tests.makers import Make
from tests.sink import Sink, words

PATIENCE = 30  # seconds for what takes a moment


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.stop()


class Arrivals:
    """Wait until so many more mails have arrived."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.seen = 0

    def wait(self, count: int = 1) -> None:
        self.seen += count
        with self.sink.arrived:
            came = self.sink.arrived.wait_for(lambda: len(self.sink.mails) >= self.seen, PATIENCE)
        assert came, "no mail came"


def owing(instance: Path, sink: Sink) -> Flask:
    """An app on that installation; Ada asked for a test mail."""
    app = create_app(from_environ(environ_of(instance, SMTP_URL=sink.url)))
    ada = Make(app).member("Ada Okoye", role="admin", email="ada@example.org")
    ask(app, ada)
    return app


def ask(app: Flask, person_id: int) -> None:
    occasion = int(clock.now().timestamp() * 1000)
    with app.app_context():
        unit_of_work(lambda: outbox.owe_mail("mail_test", [person_id], occasion=occasion, at_once=True))


def test_it_sends_what_is_owed_and_stops_when_told(instance: Path, migrated: Path, sink: Sink) -> None:
    owing(instance, sink)
    arrivals = Arrivals(sink)
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "worker"],
        cwd=HOUSE,
        env=environ_of(instance, SMTP_URL=sink.url, BASE_URL="https://hallway.example.org"),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        arrivals.wait()
    finally:
        process.send_signal(signal.SIGTERM)
        _out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert "https://hallway.example.org/admin/outbox" in words(sink.mails[0])
    events = [json.loads(line) for line in err.splitlines()]
    assert "mail_sent" in [event["event"] for event in events], "what was under way was finished"
    assert "ada@" not in err and "Okoye" not in err


def test_it_needs_an_installation(hallway: Callable[..., Ran], instance: Path) -> None:
    ran = hallway("worker")
    assert ran.code == 1 and "hallway init" in ran.err


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("SMTP_URL", "mail.example.org", "SMTP_URL must start with"), ("WORKER", "yes", "WORKER must be")],
)
def test_what_is_set_wrong_is_refused(
    hallway: Callable[..., Ran], migrated: Path, name: str, value: str, said: str
) -> None:
    ran = hallway("worker", **{name: value})
    assert ran.code == 1 and said in ran.err


def test_beside_the_web_process_it_is_started_again_and_ends_with_it(
    instance: Path, migrated: Path, sink: Sink
) -> None:
    app = owing(instance, sink)
    arrivals = Arrivals(sink)
    server = Server(instance, WORKER="1", SMTP_URL=sink.url)
    try:
        arrivals.wait()
        assert f"{server.url}/admin/outbox" in words(sink.mails[0]), "the port that was found stands in links"
        first = pids(server)[-1]
        os.kill(first, signal.SIGKILL)
        ask(app, 1)
        arrivals.wait()
        second = pids(server)[-1]
        assert second != first
        server.process.kill()  # no goodbye
        server.process.wait(PATIENCE)
        wait_for_the_end_of(second)
    finally:
        server.close()


def test_it_ends_with_a_web_process_that_is_told_to_stop(instance: Path, migrated: Path, sink: Sink) -> None:
    owing(instance, sink)
    arrivals = Arrivals(sink)
    server = Server(instance, WORKER="1", SMTP_URL=sink.url)
    try:
        arrivals.wait()
        child = pids(server)[-1]
        assert server.stop() == 0
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
        assert "Traceback" not in server.err
    finally:
        server.close()


WITHOUT_FILES = """
import logging, resource, sys
from portal.commands import _beside
logging.basicConfig(format="%(message)s", level=logging.INFO)
least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))  # no pipe to a child can be made
beside = _beside.Beside()
sys.stdin.readline()
resource.setrlimit(resource.RLIMIT_NOFILE, (least, most))
sys.stdin.readline()
beside.end()
"""


def test_a_start_that_fails_is_tried_again(instance: Path, migrated: Path) -> None:
    """The machine has no room for another process just then; the web process goes on, and has its worker later."""
    web = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_FILES], cwd=HOUSE, env=environ_of(instance), text=True,
        stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert web.stdin and web.stderr
    try:
        said = iter(web.stderr)
        assert next(line for line in said if "worker_" in line) == "worker_not_started\n"
        print(file=web.stdin, flush=True)
        assert "worker_started\n" in said
        print(file=web.stdin, flush=True)
        assert web.wait(PATIENCE) == 0
    finally:
        web.kill()
        web.wait()
        web.stdin.close()
        web.stderr.close()


def pids(server: Server) -> list[int]:
    """The workers that it says it started."""
    found = re.findall(r'"worker_started"[^}]*"pid": (\d+)', server._logged())
    return [int(one) for one in found]


def wait_for_the_end_of(pid: int) -> None:
    """It is nobody's child of ours: ask until it is gone."""
    pause = threading.Event()
    for _ in range(PATIENCE * 10):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        pause.wait(0.1)
    raise AssertionError("it is still there")
