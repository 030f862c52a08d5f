"""Talking to a mail server: what SMTP_URL says, and what goes wrong sorted by whom it is about."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from portal.core import smtp
from portal.core.smtp import AddressRefused, Line, MailTrouble, Server, ServerTrouble, server_of, words_of
from tests.sink import Sink, self_signed

Start = Callable[..., Sink]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Sink] = []

    def one(**more: Any) -> Sink:
        started.append(Sink(**more))
        return started[-1]

    yield one
    for sink in started:
        sink.stop()


@pytest.fixture
def sink(start: Start) -> Sink:
    return start()


def mail(words: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hallway@example.org", "ada@example.org", words
    message.set_content(words)
    return message


def line(sink: Sink, **more: Any) -> Line:
    return Line(server_of(sink.url), "example.org", **more)


def send(on: Line, to: str = "ada@example.org", words: str = "Hello") -> None:
    on.send(mail(words), sender="hallway@example.org", to=to)


# ---- SMTP_URL ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://mail.example.org", Server("mail.example.org", 25, "", "", "offered")),
        ("smtp://me:pw@mail.example.org", Server("mail.example.org", 587, "me", "pw", "offered")),
        ("smtp://me:pw@mail.example.org:2525", Server("mail.example.org", 2525, "me", "pw", "offered")),
        ("smtps://mail.example.org", Server("mail.example.org", 465, "", "", "tls")),
        ("smtp+starttls://mail.example.org/", Server("mail.example.org", 587, "", "", "starttls")),
        ("smtp://a%40b.example:p%2F%3A%23@[::1]:25", Server("::1", 25, "a@b.example", "p/:#", "offered")),
    ],
)
def test_what_the_address_says(url: str, said: Server) -> None:
    assert server_of(url) == said


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("mail.example.org", "must start with"),
        ("http://mail.example.org", "must start with"),
        ("smtp://", "names no host"),
        ("smtp://hunter2:@mail.example.org", "without a password"),
        ("smtp://:hunter2@mail.example.org", "without a password"),
        ("smtp://me:hunter2@mail.example.org:99999", "a port or a host that cannot be"),
        ("smtp://me:hunter2@mail.example.org:0", "a port or a host that cannot be"),
        ("smtp://me:hunter/2@mail.example.org", "a port or a host that cannot be"),
        ("smtp://mail.example.org/hunter2", "behind the host"),
        ("smtp://mail.example.org?hunter2", "behind the host"),
        ("smtp://me:hunter 2@mail.example.org", "a space"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_it(url: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as raised:
        server_of(url)
    assert "hunter" not in str(raised.value)
    assert "hunter2" not in repr(Server("h", 25, "me", "hunter2", "offered"))


def test_the_words_of_a_server_are_kept_without_addresses() -> None:
    assert words_of(b"5.1.1 <ada@example.org>: no\r\nsuch \x00 user") == "5.1.1 [address]: no such user"
    assert len(words_of("x" * 2000)) == smtp.LONGEST_WORDS


# ---- sending -------------------------------------------------------------------------------------------------


def test_several_mails_go_over_one_connection(sink: Sink) -> None:
    with line(sink) as on:
        for number in range(3):
            send(on, words=f"Hello {number}")
    assert [one["Subject"] for one in sink.mails] == ["Hello 0", "Hello 1", "Hello 2"]
    assert sink.sessions == 1


def test_one_of_three_is_refused_and_the_others_go(sink: Sink) -> None:
    sink.recipient = lambda address: "550 5.1.1 no such user <bo@example.org>" if "bo@" in address else None
    with line(sink) as on:
        send(on, "ada@example.org")
        with pytest.raises(AddressRefused, match=r"550 5\.1\.1 no such user \[address\]"):
            send(on, "bo@example.org")
        send(on, "chi@example.org")
    assert sink.to == ["ada@example.org", "chi@example.org"]
    assert sink.sessions == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("550 no such user", AddressRefused),
        ("553 mailbox name not allowed", AddressRefused),
        ("550 5.2.1 mailbox disabled", AddressRefused),
        ("550 5.7.1 relaying denied", MailTrouble),
        ("554 5.7.1 blocked", MailTrouble),
        ("451 4.7.1 greylisted", MailTrouble),
        ("452 4.2.2 mailbox full", MailTrouble),
        ("552 5.2.2 mailbox full", MailTrouble),
    ],
)
def test_who_a_refusal_is_about(sink: Sink, answer: str, kind: type[Exception]) -> None:
    sink.recipient = lambda _address: answer
    with line(sink) as on, pytest.raises(kind, match=answer[:3]):
        send(on)


def test_what_is_refused_after_it_was_read_is_about_that_mail(sink: Sink) -> None:
    sink.data = lambda number: "554 5.6.0 looks like an advertisement" if number == 1 else None
    with line(sink) as on:
        with pytest.raises(MailTrouble, match=r"554 5\.6\.0"):
            send(on)
        send(on, words="the next")
    assert [one["Subject"] for one in sink.mails] == ["the next"]


def test_a_server_that_hangs_is_left_and_the_next_mail_goes(sink: Sink) -> None:
    sink.hang = {1}
    with line(sink, patience=0.3) as on:
        with pytest.raises(MailTrouble, match="did not answer in time"):
            send(on)
        send(on, words="the next")
    assert len(sink.mails) == 2
    assert sink.sessions == 2


def test_a_line_that_is_dropped_in_the_middle_is_made_anew(sink: Sink) -> None:
    sink.drop = {1}
    with line(sink) as on:
        with pytest.raises(MailTrouble, match="ended the connection"):
            send(on)
        send(on, words="the next")
    assert sink.sessions == 2


def test_a_server_that_answers_twice_is_not_taken_at_its_second_word(sink: Sink) -> None:
    """What is left over would be taken for the answer to the next mail: that one goes over a line of its own."""
    sink.twice = True
    sink.recipient = lambda address: "550 5.1.1 no such user" if "bo@" in address else None
    with line(sink) as on:
        send(on, "ada@example.org")
        with pytest.raises(AddressRefused):
            send(on, "bo@example.org")
        send(on, "chi@example.org")
    assert sink.to == ["ada@example.org", "chi@example.org"]


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        with Line(server_of(url), "example.org") as on, pytest.raises(ServerTrouble, match="Nobody listens"):
            send(on)


@pytest.mark.parametrize("host", ["mail..example.org", f"{'m' * 64}.example.org", "."])
def test_a_mistyped_name_that_no_server_can_have(host: str) -> None:
    """It is about no mail: they wait until the name is mended."""
    with Line(server_of(f"smtp://{host}"), "example.org") as on, pytest.raises(ServerTrouble):
        send(on)


def test_a_server_that_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        with (
            Line(server_of(url), "example.org", patience=0.2) as on,
            pytest.raises(ServerTrouble, match="did not answer in time"),
        ):
            send(on)


# ---- TLS and passwords ---------------------------------------------------------------------------------------


def test_a_certificate_that_nobody_trusts_is_refused(start: Start, tmp_path: Path) -> None:
    context, _certificate = self_signed(tmp_path)
    sink = start(tls=context)
    secure = server_of(sink.url.replace("smtp:", "smtp+starttls:"))
    with Line(secure, "example.org") as on, pytest.raises(ServerTrouble, match="certificate of the mail server"):
        send(on)
    assert sink.mails == []


def test_one_that_the_machine_trusts_is_good_and_the_password_goes_inside(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = self_signed(tmp_path)
    sink = start(tls=context, login=("me", "p/w d"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = f"smtp+starttls://me:p%2Fw%20d@127.0.0.1:{sink.port}"
    with Line(server_of(url), "example.org") as on:
        send(on)
    assert len(sink.mails) == 1
    wrong = url.replace("p%2Fw%20d", "another")
    with Line(server_of(wrong), "example.org") as on, pytest.raises(ServerTrouble, match="535") as raised:
        send(on)
    assert "another" not in str(raised.value)


def test_encryption_that_was_asked_for_is_not_done_without(sink: Sink) -> None:
    with (
        Line(server_of(sink.url.replace("smtp:", "smtp+starttls:")), "example.org") as on,
        pytest.raises(ServerTrouble),
    ):
        send(on)
    assert sink.mails == []


def test_a_password_is_not_sent_in_the_open_to_another_machine(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = start(login=("me", "pw"))
    monkeypatch.setattr(smtp, "_is_loopback", lambda _host: False)
    url = f"smtp://me:pw@127.0.0.1:{sink.port}"
    with Line(server_of(url), "example.org") as on, pytest.raises(ServerTrouble, match="offers no encryption"):
        send(on)


def test_encryption_is_used_where_another_machine_offers_it(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _certificate = self_signed(tmp_path)
    sink = start(tls=context)
    with line(sink) as on:
        send(on)  # on this very machine nobody listens in
    monkeypatch.setattr(smtp, "_is_loopback", lambda _host: False)
    with line(sink) as on, pytest.raises(ServerTrouble, match="certificate"):
        send(on)
    assert len(sink.mails) == 1


def test_an_address_of_other_letters_needs_a_server_that_takes_them(sink: Sink) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "hallway@example.org", "Hello"
    message.set_content("Hello")
    with line(sink) as on:
        on.send(message, sender="hallway@example.org", to="zoë@example.org")
    assert sink.to == ["zoë@example.org"]
