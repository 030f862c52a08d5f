"""Talking to a mail server: SMTP_URL, one connection for several mails, what went wrong sorted by whom it is about.

What a server says may hold addresses; what is kept of it does not (`words_of`).
"""

from __future__ import annotations

import logging
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from ipaddress import ip_address
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

log = logging.getLogger("hallway.mail")

PATIENCE = 30.0  # seconds for each answer of the server
LONGEST_WORDS = 300
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_ADDRESS = re.compile(r"<?[^\s<>@,;]+@[^\s<>@,;]+>?")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# A mailbox that is not there, is not local, or has a name that cannot be (RFC 5321).
_NO_SUCH_MAILBOX = {550, 551, 553}


class MailTrouble(Exception):
    """This mail did not go; another may. It is tried again later."""


class ServerTrouble(Exception):
    """No mail goes just now: the server is not there, or does not let us in."""


class AddressRefused(Exception):
    """The server will never take mail for this address."""


@dataclass(frozen=True)
class Server:
    """What SMTP_URL says. security: "tls" from the first byte, "starttls" in any case, "offered" where it is."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str


def server_of(url: str) -> Server:
    """Read SMTP_URL. `ValueError` says what is wrong, without repeating any of it."""
    if any(ord(letter) < 33 or ord(letter) == 127 for letter in url):
        raise ValueError("has a space or a control character in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("has a port or a host that cannot be") from None
    if parts.scheme not in _PORTS:
        raise ValueError("must start with smtp://, smtps:// or smtp+starttls://")
    if not parts.hostname:
        raise ValueError("names no host")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("has more behind the host than a port; write # / ? @ : in a password as %23 %2F %3F %40 %3A")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("has a user without a password, or a password without a user")
    if port == 0:
        raise ValueError("has a port or a host that cannot be")
    usual = 587 if parts.scheme == "smtp" and user else _PORTS[parts.scheme]
    security = {"smtps": "tls", "smtp+starttls": "starttls"}.get(parts.scheme, "offered")
    return Server(parts.hostname, port or usual, user, password, security)


def words_of(said: object) -> str:
    """What a server or the network said, trimmed and without addresses."""
    if isinstance(said, bytes):
        said = said.decode("utf-8", "replace")
    plain = "".join(letter if letter.isprintable() else " " for letter in str(said))
    return " ".join(_ADDRESS.sub("[address]", plain).split())[:LONGEST_WORDS]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Line:
    """A connection to the mail server, made at the first mail and made anew when it broke.

    Certificates are checked against those the machine trusts (SSL_CERT_FILE adds one's own).
    """

    def __init__(self, server: Server, hello: str, patience: float = PATIENCE) -> None:
        self._server, self._hello, self._patience = server, hello, patience
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._hang_up()
            self._smtp = None

    def send(self, message: EmailMessage, *, sender: str, to: str) -> None:
        """Hand one mail over. Raises `MailTrouble`, `ServerTrouble` or `AddressRefused`."""
        smtp = self._open()
        try:
            smtp.send_message(message, from_addr=sender, to_addrs=[to])
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            if _is_about_the_address(code, said):
                raise AddressRefused(f"{code} {words_of(said)}") from None
            raise MailTrouble(f"{code} {words_of(said)}") from None
        except smtplib.SMTPSenderRefused as refused:
            self._hang_up()
            raise ServerTrouble(f"{refused.smtp_code} {words_of(refused.smtp_error)}") from None
        except smtplib.SMTPNotSupportedError:
            raise AddressRefused("The mail server takes no address with letters beyond a to z") from None
        except smtplib.SMTPResponseException as refused:
            # smtplib has hung up by itself after some of them.
            if refused.smtp_code == 421:
                self._hang_up()
            raise MailTrouble(f"{refused.smtp_code} {words_of(refused.smtp_error)}") from None
        except (OSError, ValueError, smtplib.SMTPException) as error:
            # Nobody knows whether it was taken: it is sent again under the same Message-ID.
            self._hang_up()
            raise MailTrouble(_in_words(error)) from None

    def _open(self) -> smtplib.SMTP:
        """The connection, if nothing is left in it that would be taken for the answer to what comes next."""
        if self._smtp is not None and (self._smtp.sock is None or not _is_quiet(self._smtp)):
            self._hang_up()
        if self._smtp is None:
            try:
                self._smtp = self._connect()
            except smtplib.SMTPResponseException as error:
                raise ServerTrouble(f"{error.smtp_code} {words_of(error.smtp_error)}") from None
            except (OSError, UnicodeError, smtplib.SMTPException) as error:  # a name that no server can have
                raise ServerTrouble(_in_words(error)) from None
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, self._hello, timeout=self._patience, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, self._hello, timeout=self._patience)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security != "tls":
                self._begin_tls(smtp)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _begin_tls(self, smtp: smtplib.SMTP) -> None:
        near = _is_loopback(self._server.host)
        if self._server.security == "starttls" or (not near and smtp.has_extn("starttls")):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        elif self._server.user and not near:
            raise ServerTrouble("The mail server offers no encryption, so the password is not sent to it")

    def _hang_up(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _is_about_the_address(code: int, said: bytes) -> bool:
    """Is a refused recipient one that never will be taken? The finer status says it, where there is one: 5.1.x and
    5.2.1 are about the mailbox, 5.7.x is about us."""
    finer = _STATUS.search(said.decode("ascii", "replace"))
    if finer:
        return finer[1] == "5" and (finer[2] == "1" or (finer[2], finer[3]) == ("2", "1"))
    return code in _NO_SUCH_MAILBOX


def _is_quiet(smtp: smtplib.SMTP) -> bool:
    """Is the line open, and has the server said nothing more than we asked for? (Some answer twice.)"""
    line: Any = smtp.sock
    said: Any = smtp.file
    line.settimeout(0)
    try:
        if said.peek(1) or isinstance(line, ssl.SSLSocket):
            return False  # more words; or none, which there is the end of the line
        line.recv(1, socket.MSG_PEEK)
        return False  # the end of the line, or words that came just now
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        line.settimeout(smtp.timeout)


def _in_words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of the mail server cannot be trusted: {words_of(error.verify_message)}"
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "The mail server did not answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The mail server ended the connection in the middle"
    if isinstance(error, socket.gaierror):
        return "No host of that name was found"
    if isinstance(error, ConnectionRefusedError):
        return "Nobody listens at that host and port"
    return words_of(error) or type(error).__name__
