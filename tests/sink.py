"""A real SMTP server on loopback that keeps what it is given, and misbehaves as told."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from flask import Flask

from portal.core import clock, outbox
from portal.core.db import db
from portal.core.outbox import OwedMail


class _AnyPort(Controller):
    """One that finds out which free port it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Sink:
    """`mails` is what it took. Set `recipient` or `data` to answer otherwise: functions of the address, or of the
    number of the mail, to an answer; None is "taken". `hang` and `drop`: numbers of mails (from 1)."""

    def __init__(
        self, port: int = 0, *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.arrived = threading.Condition()
        self.sessions = 0
        self.asked = 0
        self.login = login
        self.recipient: Callable[[str], str | None] = lambda _address: None
        self.data: Callable[[int], str | None] = lambda _number: None
        self.hang: set[int] = set()
        self.drop: set[int] = set()
        self.twice = False
        more: dict[str, Any] = {}
        if tls is not None:
            more["tls_context"] = tls
        if login is not None:
            more |= {"authenticator": self._knows, "auth_require_tls": tls is not None}
        self._controller = _AnyPort(self, hostname="127.0.0.1", port=port, **more)
        self._controller.start()
        self.port = self._controller.port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def _knows(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        user, password = given.login.decode(), given.password.decode()
        return AuthResult(success=(user, password) == self.login, handled=False)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.sessions += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        answer = self.recipient(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.asked += 1
        number = self.asked
        answer = self.data(number)
        if answer is not None and not answer.startswith("2"):
            return answer
        with self.arrived:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.to += envelope.rcpt_tos
            self.arrived.notify_all()
        if number in self.hang:  # taken, and nobody says so in time
            await asyncio.sleep(3600)
        if number in self.drop:
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 OK\r\n250 OK" if self.twice else answer or "250 OK"

    def wait_for(self, fits: Callable[[EmailMessage], bool], seconds: float) -> EmailMessage | None:
        """The first mail of which that is true, as soon as it is here; None when none comes in time."""

        def found() -> EmailMessage | None:
            return next((mail for mail in self.mails if fits(mail)), None)

        with self.arrived:
            self.arrived.wait_for(lambda: found() is not None, seconds)
        return found()

    def stop(self) -> None:
        if self._controller.loop.is_running():
            self._controller.stop(no_assert=True)


def self_signed(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate for 127.0.0.1 that nobody trusts yet, and the file to trust it by."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    key, certificate = folder / "mail.key", folder / "mail.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
         "2", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(certificate)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


class Post:
    """An app whose mail goes to a sink. `go` is what a worker does until nothing more is due."""

    def __init__(self, app: Flask, sink: Sink, **config: Any) -> None:
        self.app, self.sink = app, sink
        app.config["HALLWAY"] = dataclasses.replace(
            app.config["HALLWAY"], smtp_url=sink.url, mail_from="hallway@example.org", **config
        )

    def go(self, after: timedelta = outbox.UNDO_FOR) -> list[EmailMessage]:
        """What arrives when that time has passed."""
        before = len(self.sink.mails)
        with clock.pinned(clock.now() + after), self.app.app_context():
            while outbox.send_due():
                pass
        return self.sink.mails[before:]

    def rows(self, **which: Any) -> list[OwedMail]:
        with self.app.app_context():
            return list(db.session.scalars(sa.select(OwedMail).filter_by(**which).order_by(OwedMail.id)))


def words(message: EmailMessage, kind: str = "plain") -> str:
    """One part of a mail."""
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, path: str) -> str:
    """The path of the link in a mail that begins so."""
    found = re.search(rf"https?://[^/\s]+({re.escape(path)}\S*)", words(message))
    assert found, words(message)
    return found[1]
