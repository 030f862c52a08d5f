"""A real `hallway run` on a real installation, and a small browser that talks to it over loopback."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import lxml.html

HOUSE = Path(__file__).resolve().parents[2]


class Server:
    """`hallway run` (or another command that serves) as a process of our own."""

    def __init__(self, env: dict[str, str], log: Path, command: str = "run") -> None:
        self.log = log
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "portal.cli", command],
                cwd=HOUSE,
                env={**os.environ, "PORT": "0", "WORKER": "0", **env},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout is not None
        self.url = ""
        for line in self.process.stdout:
            if found := re.search(r"Hallway is at (http://\S+)", line):
                self.url = found[1]
                break
        if not self.url:
            raise RuntimeError(f"it does not serve: {log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As when the power goes: no goodbye."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        """As when told to."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)

    def trouble(self) -> list[str]:
        """The lines of the log that are about more than requests."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if '"event": "request"' not in line]


class Browser:
    """Cookies, forms, one connection; no JavaScript."""

    def __init__(self, url: str, cookies: dict[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._cookies = {} if cookies is None else cookies  # those of somebody who was here before

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, cookie in SimpleCookie(line).items():
                self._cookies[name] = cookie.value
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, path: str) -> tuple[int, str]:
        status, _location, text = self._ask("GET", path)
        return status, text

    def form(self, path: str, containing: str) -> tuple[str, list[tuple[str, Any]]]:
        """Where the form with that field goes, and what it would send as it stands."""
        status, text = self.get(path)
        assert status == 200, f"{path}: {status}"
        for form in lxml.html.document_fromstring(text).xpath("//form[translate(@method, 'POST', 'post')='post']"):
            if containing in {element.get("name") for element in form.iter("input", "select", "textarea")}:
                return form.get("action") or path, list(form.form_values())
        raise AssertionError(f"no form with {containing} on {path}")

    def send(self, action: str, fields: list[tuple[str, Any]], data: dict[str, str]) -> int:
        """Send a form with these fields changed; the status."""
        kept = [(name, value) for name, value in fields if name not in data]
        status, _location, _text = self._ask("POST", action, urlencode([*kept, *data.items()]))
        return status

    def fill_in(self, path: str, containing: str, data: dict[str, str]) -> int:
        """Open a form, fill it in, send it; the status."""
        action, fields = self.form(path, containing)
        return self.send(action, fields, data)

    def sign_in(self, email: str, password: str) -> None:
        status = self.fill_in("/sign-in", "password", {"email": email, "password": password})
        assert status == 303, f"{email} cannot sign in: {status}"


def run(env: dict[str, str], *arguments: str) -> None:
    """Run a command to its good end."""
    command = [sys.executable, "-m", "portal.cli", *arguments]
    done = subprocess.run(
        command, cwd=HOUSE, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr


def seconds_until_up(env: dict[str, str], log: Path, command: str) -> tuple[float, Server]:
    """From the start of the command to its first answer."""
    started = time.perf_counter()
    server = Server(env, log, command)
    while True:
        try:
            if Browser(server.url).get("/healthz")[0] == 200:
                return time.perf_counter() - started, server
        except OSError:
            time.sleep(0.02)
