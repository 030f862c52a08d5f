"""`hallway run`: what it prints, what it refuses, and how it stops."""

from __future__ import annotations

import http.client
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.commands.conftest import HOUSE, Ran, environ_of

Hallway = Callable[..., Ran]


class Server:
    """A running `hallway run` on a port of its own choice."""

    def __init__(self, instance: Path, *words: str, **environ: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the server
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.cli", *(words or ("run",))],
            cwd=HOUSE,
            env=environ_of(instance, **({"PORT": "0"} | environ)),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self.process.stdout
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Hallway is at "):
                break
        assert self.said, self._logged()
        self.url = self.said[-1].removeprefix("Hallway is at ").strip()
        self.address = urlsplit(self.url)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(str(self.address.hostname), int(self.address.port or 0), timeout=30)

    def get(self, path: str) -> tuple[int, str]:
        connection = self.connection()
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """The code it ends with, once told to stop; a second signal would meet a Python that is closing down."""
        code = self.process.wait(40)
        assert self.process.stdout
        self.out, self.err = self.process.stdout.read(), self._logged()
        return code

    def _logged(self) -> str:
        self._log.seek(0)
        return self._log.read()

    def close(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()
        self._log.close()


@pytest.fixture
def serve(instance: Path) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(*words: str, **environ: str) -> Server:
        started.append(Server(instance, *words, **environ))
        return started[-1]

    yield start
    for server in started:
        server.close()


def mark_as_demo(database: Path) -> None:
    connection = sqlite3.connect(database)
    connection.execute("INSERT INTO setting (key, value) VALUES ('demo', 'true')")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_serves_and_stops(serve: Callable[..., Server], migrated: Path, number: int) -> None:
    server = serve()
    assert server.address.hostname == "127.0.0.1"
    assert server.address.port
    assert server.get("/healthz") == (200, "ok\n")
    assert server.get("/readyz") == (200, "ok\n")
    status, page = server.get("/sign-in")
    assert status == 200
    assert "@hallway.example" not in page
    assert server.stop(number) == 0
    assert "Traceback" not in server.err
    assert '"event": "request"' in server.err, "the log is JSON lines on standard error"


def test_stopping_finishes_the_request_under_way(serve: Callable[..., Server], migrated: Path) -> None:
    """A sign-in whose database is locked when the signal comes is answered before the process ends."""
    server = serve()
    connection = server.connection()
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    page = answer.read().decode()
    cookie = str(answer.getheader("Set-Cookie")).split(";")[0]
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    lock = sqlite3.connect(migrated, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    body = f"csrf_token={token}&email=a@b.example&password=wrong"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sign-in", body=body, headers=headers)
    # Another request that is answered shows that the first one, sent before it, is under way by now.
    for _ in range(3):
        assert server.get("/healthz")[0] == 200
    server.process.send_signal(signal.SIGTERM)
    released = threading.Event()

    def release() -> None:
        # The port closes as soon as the signal is heard; only then does the lock go.
        while True:
            try:
                socket.create_connection((str(server.address.hostname), int(server.address.port or 0)), 1).close()
            except OSError:
                break
        released.set()
        lock.execute("ROLLBACK")

    thread = threading.Thread(target=release)
    thread.start()
    answer = connection.getresponse()
    assert answer.status == 422
    assert "do not go together" in answer.read().decode()
    assert released.is_set(), "it waited for the lock, so it was under way when the signal came"
    thread.join()
    lock.close()
    assert server.ended() == 0


def test_a_port_in_use(hallway: Hallway, migrated: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = hallway("run", PORT=str(port))
    assert ran.code == 1
    assert f"Port {port} on 127.0.0.1 is in use" in ran.err
    assert f"PORT={port + 1}" in ran.err


def test_an_address_this_machine_has_not(hallway: Hallway, migrated: Path) -> None:
    ran = hallway("run", HOST="192.0.2.1", BASE_URL="http://h.example", SECRET_KEY="x" * 32)
    assert ran.code == 1
    assert "cannot listen on 192.0.2.1" in ran.err


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"BASE_URL": "https://h.example"},
        {"SECRET_KEY": "x" * 32},
        {"BASE_URL": "https://h.example", "SECRET_KEY": "x"},
    ],
)
def test_off_loopback_it_needs_an_address_and_a_key(
    hallway: Hallway, migrated: Path, environ: dict[str, str]
) -> None:
    ran = hallway("run", HOST="0.0.0.0", **environ)
    assert ran.code == 1
    assert "SECRET_KEY" in ran.err


@pytest.mark.parametrize(("marked", "demo"), [(True, ""), (True, "1"), (False, "1")])
def test_a_demo_stays_on_loopback(hallway: Hallway, migrated: Path, marked: bool, demo: str) -> None:
    if marked:
        mark_as_demo(migrated)
    ran = hallway("run", HOST="0.0.0.0", PORT="0", BASE_URL="http://h.example", SECRET_KEY="x" * 32, DEMO=demo)
    assert ran.code == 1
    assert "DEMO=anywhere" in ran.err
    assert ran.out == ""


def test_a_demo_anywhere_when_told_so(serve: Callable[..., Server], migrated: Path) -> None:
    mark_as_demo(migrated)
    server = serve(HOST="0.0.0.0", BASE_URL="http://127.0.0.1:1", SECRET_KEY="x" * 32, DEMO="anywhere")
    assert server.stop() == 0


def test_an_installation_that_is_marked_is_served_as_a_demo(serve: Callable[..., Server], migrated: Path) -> None:
    mark_as_demo(migrated)
    server = serve()
    assert "Sign in as Maya" in server.get("/sign-in")[1]
    assert server.stop() == 0
    assert 'password is "demo"' in server.out
    server = serve(DEMO="0")
    assert "Sign in as Maya" not in server.get("/sign-in")[1]
    assert server.stop() == 0


def test_an_empty_installation_says_how_to_begin(hallway: Hallway, instance: Path) -> None:
    ran = hallway("run")
    assert ran.code == 1
    assert "hallway init" in ran.err
    assert "hallway demo" in ran.err
