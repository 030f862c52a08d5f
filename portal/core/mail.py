"""Mail: what a letter is, who writes which, and how it is put into an envelope.

A domain says in `mails.py` how the mail that it owes is written: kind of owed mail -> a function of the subject's id
and the occasion, that answers with a letter, or with None when it is not owed any more (read, taken back, gone).
Whoever keeps what people wish of mail is asked about every letter (`ask_about`): it leaves, waits, or is dropped.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses
from typing import Any, TypeAlias
from unicodedata import normalize

from flask import Flask, current_app, render_template
from flask_babel import force_locale

from . import brand, clock
from .i18n import LANGUAGES

LONGEST_ADDRESS = 254
# Where no page is: what is rendered here is not for whoever has a session.
_NOWHERE = "/-/mail"


@dataclass(frozen=True)
class Letter:
    """One mail to one person, before it is rendered.

    to: the address; name: as it stands before it ("" for none); locale: the reader's language ("" for the
    installation's); subject: a lazy translation or words; template: "invitation" has .txt and .html beside each
    other in templates/mail; context: what they need; person_id: whom it goes to, None for somebody who is not here
    yet; unsubscribe: an address at which one POST turns this kind of mail off (RFC 8058), "" for what nobody turns
    off.
    """

    to: str
    name: str
    locale: str
    subject: Any
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    person_id: int | None = None
    unsubscribe: str = ""


@dataclass(frozen=True)
class Envelope:
    """A mail as it leaves the house."""

    message: EmailMessage
    sender: str
    to: str
    person_id: int | None


class BadAddress(Exception):
    """No mail can go to what stands there as an address of `person_id` (None: of somebody who is not here yet)."""

    person_id: int | None = None


class NotYet(Exception):
    """Its reader wants no mail at this hour: it is due at `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


Writer: TypeAlias = Callable[[int, int], Letter | None]
Wishes: TypeAlias = Callable[[str, Letter], Letter | None]  # a kind and a letter; raises `NotYet`


def register(app: Flask, writers: Mapping[str, Writer]) -> None:
    """Add a domain's kinds of mail."""
    known: dict[str, Writer] = app.extensions.setdefault("hallway.mails", {})
    for kind, writer in writers.items():
        if kind in known:
            raise ValueError(f"two write the mail {kind}")
        known[kind] = writer


def ask_about(app: Flask, wishes: Wishes) -> None:
    """From here on every letter is shown to `wishes` before it is sent."""
    app.extensions["hallway.mail_wishes"] = wishes


def writer_of(kind: str) -> Writer | None:
    """Who writes this kind of mail."""
    known: dict[str, Writer] = current_app.extensions.get("hallway.mails", {})
    return known.get(kind)


def kinds() -> list[str]:
    """The kinds that somebody writes. Another one is of a newer version, whose worker will send it."""
    return sorted(current_app.extensions.get("hallway.mails", {}))


def is_set_up() -> bool:
    """Is there a mail server to send by?"""
    return bool(current_app.config["HALLWAY"].smtp_url)


# ---- addresses and names -------------------------------------------------------------------------------------


def _one_line(words: object) -> str:
    """Words for a header: no line ends, nothing that is not shown."""
    plain = "".join(letter if letter.isprintable() else " " for letter in str(words))
    return " ".join(plain.split())


def _address(name: str, address: str) -> Address:
    """An address with its name, however it was typed; a domain of other letters in its ASCII form."""
    local, at, domain = address.strip().rpartition("@")
    try:
        if not (at and local and domain) or len(address) > LONGEST_ADDRESS:
            raise ValueError("not an address")
        plain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        # In lower case, not folded: folded "straße" is "strasse" as well, and that is the domain of somebody else.
        if not domain.isascii() and plain.encode("ascii").decode("idna") != normalize("NFC", domain).lower():
            raise ValueError("its ASCII form is somebody else's domain")
        return Address(display_name=_one_line(name), addr_spec=f"{local}@{plain}")
    except (
        ValueError,
        IndexError,
        AttributeError,
        MessageError,
    ) as error:  # what the library says of odd ones differs
        raise BadAddress from error


def sender(text: str) -> Address:
    """Who mail comes from, as MAIL_FROM says. `ValueError` for what is not one address."""
    found = getaddresses([text])
    if len(found) != 1 or not text.isprintable():
        raise ValueError("not one address")
    name, address = found[0]
    try:
        parsed = _address(name, address)
    except BadAddress:
        raise ValueError("not an address") from None
    if not parsed.addr_spec.isascii():
        raise ValueError("letters beyond a to z")
    return parsed


def message_id(kind: str, subject_id: int, occasion: int, domain: str) -> str:
    """The same for the same mail, however often it is sent, so that the reader's mail program shows it once."""
    secret = str(current_app.secret_key).encode()
    signed = hmac.new(secret, f"mail\x1f{kind}\x1f{subject_id}\x1f{occasion}".encode(), hashlib.sha256)
    return f"<{signed.hexdigest()[:40]}@{domain}>"


# ---- writing -------------------------------------------------------------------------------------------------


def written(kind: str, subject_id: int, occasion: int) -> Envelope | None:
    """The mail that is owed, in its reader's language; None when it is not owed any more.

    Rendered as a page at BASE_URL would be, so that links in it lead there. Raises `BadAddress`, and `NotYet`.
    """
    writer = writer_of(kind)
    if writer is None:
        return None
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with app.test_request_context(_NOWHERE, base_url=app.config["HALLWAY"].base_url):
        letter = writer(subject_id, occasion)
        wishes: Wishes | None = app.extensions.get("hallway.mail_wishes")
        if letter is not None and wishes is not None:
            letter = wishes(kind, letter)
        if letter is None:
            return None
        house = brand.organization()
        language = next((one for one in (letter.locale, house.language) if one in LANGUAGES), "en")
        with force_locale(language):
            return _enveloped(letter, message_id_of=(kind, subject_id, occasion), house=house)


def _enveloped(letter: Letter, *, message_id_of: tuple[str, int, int], house: brand.Organization) -> Envelope:
    try:
        to = _address(letter.name, letter.to)
    except BadAddress as bad:
        bad.person_id = letter.person_id
        raise
    said = sender(current_app.config["HALLWAY"].mail_from)
    comes_from = Address(display_name=said.display_name or _one_line(house.name), addr_spec=said.addr_spec)
    subject = _one_line(letter.subject)
    shown = {**letter.context, "subject": subject, "letter_to": _one_line(letter.name)}
    shown["unsubscribe"] = letter.unsubscribe
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = subject
    message["From"] = comes_from
    message["To"] = to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = message_id(*message_id_of, domain=comes_from.domain)
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(render_template(f"mail/{letter.template}.txt", **shown))
    message.add_alternative(render_template(f"mail/{letter.template}.html", **shown), subtype="html")
    return Envelope(message, comes_from.addr_spec, to.addr_spec, letter.person_id)
