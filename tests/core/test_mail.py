"""A letter in its envelope: languages, links, names that are an attack."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask, url_for

from portal.core import brand, mail
from portal.core.db import unit_of_work
from portal.core.i18n import lazy as _
from portal.core.mail import BadAddress, Letter

LETTER = Letter(
    to="ada@example.org",
    name="Ada Okoye",
    locale="",
    subject=_("Choose a new password"),
    template="reset",
    context={"first_name": "Ada", "email": "ada@example.org", "link": "http://h.example/reset/1-x"},
    person_id=7,
)
Write = Callable[..., EmailMessage]


@pytest.fixture
def write(sqlite_app: Flask) -> Write:
    """The mail that comes of a letter."""

    def one(letter: Letter = LETTER, **changed: Any) -> EmailMessage:
        sqlite_app.extensions["hallway.mails"]["made"] = lambda _id, _occasion: dataclasses.replace(letter, **changed)
        with sqlite_app.app_context():
            envelope = mail.written("made", 3, 1)
        assert envelope is not None
        return envelope.message

    return one


def configure(app: Flask, **changed: Any) -> None:
    app.config["HALLWAY"] = dataclasses.replace(app.config["HALLWAY"], **changed)


def words(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_it_has_what_every_mail_needs(sqlite_app: Flask, write: Write) -> None:
    message = write()
    assert message["Subject"] == "Choose a new password"
    assert message["To"] == "Ada Okoye <ada@example.org>"
    assert message["From"] == "Hallway <hallway@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"] and message["Message-ID"].endswith("@localhost>")
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    for kind in ("plain", "html"):
        assert "http://h.example/reset/1-x" in words(message, kind)
        assert "Hello Ada," in words(message, kind)


def test_the_same_mail_has_the_same_id_and_another_one_another(sqlite_app: Flask, write: Write) -> None:
    with sqlite_app.app_context():
        ids = {mail.message_id(*what, "example.org") for what in (("a", 1, 1), ("a", 1, 2), ("a", 2, 1), ("b", 1, 1))}
    assert len(ids) == 4
    assert write()["Message-ID"] == write()["Message-ID"]
    sqlite_app.secret_key = "x" * 32
    assert write()["Message-ID"] not in ids


def test_it_is_in_the_language_of_its_reader(sqlite_app: Flask, write: Write) -> None:
    for locale in ("de", "en"):
        assert f'<html lang="{locale}"' in words(write(locale=locale), "html")
    assert '<html lang="en"' in words(write(locale="tlh"), "html")


def test_who_chose_no_language_reads_that_of_the_house(sqlite_app: Flask, write: Write) -> None:
    with sqlite_app.app_context():
        unit_of_work(lambda: brand.keep(brand.Organization(name="Nordlicht", language="de")))
    message = write()
    assert '<html lang="de"' in words(message, "html")
    assert message["From"] == "Nordlicht <hallway@localhost>"
    assert "Nordlicht" in words(message)


def test_links_lead_to_where_people_type(sqlite_app: Flask) -> None:
    configure(sqlite_app, base_url="https://hallway.example.org/inside")

    def writer(_id: int, _occasion: int) -> Letter:
        context = {**LETTER.context, "link": url_for("accounts.sign_in", _external=True)}
        return dataclasses.replace(LETTER, context=context)

    sqlite_app.extensions["hallway.mails"]["made"] = writer
    with sqlite_app.app_context():
        envelope = mail.written("made", 1, 1)
    assert envelope is not None
    assert "https://hallway.example.org/inside/sign-in" in words(envelope.message)


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: all@example.org",
        "Ada\nX-Evil: 1",
        "A" * 400,
        '"Ada" <x@y.example>',
        "Zoë, Ω; \x00 \u2028 end",
        "@@",
    ],
)
def test_a_name_that_is_an_attack_adds_no_header_and_no_address(write: Write, name: str) -> None:
    message = write(name=name, subject=f"Hello {name}", context={**LETTER.context, "first_name": name})
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0]
    assert {line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))} == {
        *(b"Subject", b"From", b"To", b"Date", b"Message-ID", b"Auto-Submitted", b"MIME-Version", b"Content-Type")
    }
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.org"]
    assert len(message["To"].addresses) == 1


def test_words_of_people_are_words_in_html(write: Write) -> None:
    message = write(context={**LETTER.context, "first_name": "<script>alert(1)</script>", "email": '"><b>'})
    assert "<script>" not in words(message, "html") and '"><b>' not in words(message, "html")
    assert "<script>alert(1)</script>" in words(message)


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@", "a@x y", "a\r\nb@example.org", "a" * 300],
)
def test_what_is_no_address_is_said_to_be_none(write: Write, address: str) -> None:
    with pytest.raises(BadAddress):
        write(to=address)


def test_a_domain_of_other_letters_goes_in_its_ascii_form(write: Write) -> None:
    for typed in ("ada@bücher.example", "ada@BÜCHER.example", "ada@bu\u0308cher.example"):
        assert write(to=typed)["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address", ["ada@straße.example", "ada@ﬁrma.example", "ada@exam\u200dple.org", "ada@firma。example"]
)
def test_a_domain_whose_ascii_form_is_somebody_elses_gets_no_mail(write: Write, address: str) -> None:
    with pytest.raises(BadAddress):
        write(to=address)


@pytest.mark.parametrize(
    "text", ["", "x", "a@b.example, c@d.example", "A <a@b.example>\nBcc: x@y.example", "zoë@b.example"]
)
def test_who_mail_comes_from_is_one_address(text: str) -> None:
    with pytest.raises(ValueError):
        mail.sender(text)


def test_who_mail_comes_from_may_have_a_name() -> None:
    found = mail.sender('"Hallway, Nordlicht" <hallway@example.org>')
    assert (found.display_name, found.addr_spec) == ("Hallway, Nordlicht", "hallway@example.org")


def test_what_is_not_owed_any_more_is_no_mail(sqlite_app: Flask) -> None:
    sqlite_app.extensions["hallway.mails"]["made"] = lambda _id, _occasion: None
    with sqlite_app.app_context():
        assert mail.written("made", 1, 1) is None
        assert mail.written("of another version", 1, 1) is None


def test_two_may_not_write_the_same_kind(sqlite_app: Flask) -> None:
    with pytest.raises(ValueError, match="two write"):
        mail.register(sqlite_app, {"reset": lambda _id, _occasion: None})
