"""The mail page: what waits, what was given up and why, what was sent, and whether it works."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.admin import mails, outbox
from portal.core import clock, worker
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.outbox import forget_mail, owe_mail
from portal.people.models import Person
from tests.client import Client
from tests.makers import Make
from tests.sink import Post, words

NOW = timedelta()


@pytest.fixture
def admin(client: Client, make: Make) -> int:
    made = make.member("Amara Obi", role="admin", email="amara@example.org")
    client.sign_in("amara@example.org")
    return made


def test_without_mail_it_says_what_waits(client: Client, make: Make, admin: int) -> None:
    make.project("Elm", admin, make.person("Mo Mate"))
    page = client.get("admin.outbox")
    assert "Mail is not set up yet" in page.main and "Goes out in a minute" in page.main
    with clock.pinned(clock.now() + timedelta(minutes=2)):
        assert "The oldest since: Today" in client.get("admin.outbox").main
    client.follow(client.raw.post(client.url("admin.test_mail"), data=client.get("home.settings").fields("theme")))
    assert outbox.KINDS.keys() == client.app.extensions["hallway.mails"].keys(), "each kind has a name"


def test_a_test_mail_goes_at_once_and_the_page_says_how_it_went(client: Client, admin: int, post: Post) -> None:
    assert client.app.app_context() and outbox_state(client.app) == {}
    page = client.follow(client.get("admin.outbox").submit(action=client.url("admin.test_mail")))
    assert "on its way" in page.main and outbox_state(client.app) == {"state": "wanted"}
    post.sink.data = lambda _number: "550 5.7.1 not from you"
    post.go(NOW)
    assert "The mail server said: 550 5.7.1 not from you" in client.get("admin.outbox").main
    assert outbox_state(client.app) == {"state": "failed", "problem": "550 5.7.1 not from you"}
    post.sink.data = lambda _number: None
    client.follow(client.get("admin.outbox").submit(action=client.url("admin.test_mail")))
    (mail,) = post.go(NOW)
    assert mail["Subject"] == "Mail arrives" and "/admin/outbox" in words(mail)
    page = client.get("admin.outbox")
    assert "Your last test mail was taken" in page.main and "to Amara Obi" in page.main
    assert outbox_state(client.app) == {"state": "sent"}
    assert len(post.rows(kind=outbox.TEST)) == 1


def test_it_does_not_say_what_somebody_is_told_of(client: Client, make: Make, admin: int, post: Post) -> None:
    """Two who are introduced to each other would stand there with it, one minute apart."""
    owe = [("introduced", make.person("Priya Raman")), ("digest", make.person("Mo Mate"))]
    assert {kind for kind, _who in owe} <= outbox.KINDS.keys()
    make.do(lambda: [owe_mail(kind, [who]) for kind, who in owe])
    page = client.get("admin.outbox")
    lines = [row.text_content() for row in page.all("section[aria-labelledby=waiting-h] li")]
    (line,) = [text for text in lines if "Notice or digest" in text]
    assert line.rstrip().endswith("2") and "brings" not in page.main


def outbox_state(app: Flask) -> dict[str, str]:
    with app.app_context():
        return outbox.test_state()


def test_a_test_of_long_ago_is_not_sent_any_more(app: Flask, make: Make, admin: int) -> None:
    asked_at = int(clock.now().timestamp() * 1000)
    with app.test_request_context():
        assert mails.test(admin, asked_at) is not None
        with clock.pinned(clock.now() + timedelta(days=2)):
            assert mails.test(admin, asked_at) is None
        assert mails.test(999, asked_at) is None


def test_an_address_that_takes_no_mail_is_marked_and_the_admin_is_told(
    client: Client, make: Make, post: Post, admin: int
) -> None:
    mo = make.person("Mo Mate", email="mo@example.org")
    assert "did not arrive" not in client.get("home.home").main
    make.project("Elm", admin, mo)
    post.sink.recipient = lambda to: "550 5.1.1 <mo@example.org> unknown" if "mo@" in to else None
    post.go()
    assert "Mail did not arrive" in client.get("home.home").main
    page = client.get("admin.outbox")
    assert "Addresses that take no mail" in page.main
    assert "1 mail was given up" in page.main and "550 5.1.1 [address] unknown" in page.main
    assert make.read(lambda: db.session.get_one(Person, mo).email_refused_at)
    post.sink.recipient = lambda _to: None
    row = post.rows()[0].id
    again = page.submit({"mail": str(row)}, containing="mail", action=client.url("admin.send_again"))
    assert client.follow(again).flashes == ["1 mail is sent again."]
    assert len(post.go()) == 1
    assert make.read(lambda: db.session.get_one(Person, mo).email_refused_at) is None
    assert "did not arrive" not in client.get("home.home").main
    codes = make.read(lambda: list(db.session.scalars(sa.select(AuditEntry.code))))
    assert "mail_sent_again" in codes


def test_another_address_takes_the_mark_away(make: Make) -> None:
    mo = make.person("Mo Mate", email="mo@example.org")

    def mark() -> None:
        db.session.get_one(Person, mo).email_refused_at = clock.now()

    def change(key: str) -> None:
        db.session.get_one(Person, mo).email_key = key

    make.do(mark)
    make.do(lambda: change("mo@example.org"))
    assert make.read(lambda: db.session.get_one(Person, mo).email_refused_at)
    make.do(lambda: change("mo@example.net"))
    assert make.read(lambda: db.session.get_one(Person, mo).email_refused_at) is None


def test_all_that_was_given_up_gets_another_chance(client: Client, make: Make, post: Post, admin: int) -> None:
    make.project("Elm", admin, *[make.person(f"Mo {n}") for n in range(3)])
    post.sink.recipient = lambda _to: "550 no"
    post.go()
    page = client.get("admin.outbox")
    every = next(form for form in page.root.forms if "Send all again" in form.text_content())
    fields = dict(every.form_values())
    done = client.follow(client.raw.post(client.url("admin.send_again"), data=fields))
    assert done.flashes == ["3 mails are sent again."]
    late = client.follow(client.raw.post(client.url("admin.send_again"), data=fields))
    assert late.flashes == ["This mail is not waiting any more."]
    for odd in ("x", "9" * 30, "-1"):
        said = client.follow(client.raw.post(client.url("admin.send_again"), data={**fields, "mail": odd}))
        assert said.flashes == ["This mail is not waiting any more."]


def test_is_a_worker_there(client: Client, app: Flask, admin: int) -> None:
    assert "No worker" in client.get("admin.outbox").main
    with app.app_context():
        worker.show_life()
    assert "A worker is there" in client.get("admin.outbox").main
    with clock.pinned(clock.now() + timedelta(minutes=4)):
        assert "No worker A worker last looked" in " ".join(client.get("admin.outbox").main.split())


def test_what_was_sent_is_read_page_by_page(client: Client, app: Flask, make: Make, post: Post, admin: int) -> None:
    def owe() -> None:
        forget_mail(outbox.TEST, [admin])
        for occasion in range(60):
            owe_mail(outbox.TEST, [admin], occasion=int(clock.now().timestamp() * 1000) + occasion, at_once=True)

    with app.app_context():
        unit_of_work(owe)
    assert len(post.go(timedelta(seconds=1))) == 60
    page = client.get("admin.outbox")
    assert len(page.all("section[aria-labelledby=sent-h] li")) == 50
    (more,) = [a.get("href") for a in page.all("section[aria-labelledby=sent-h] a[rel=next]")]
    assert len(client.get(more).all("section[aria-labelledby=sent-h] li")) == 10
