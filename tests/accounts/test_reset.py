"""A forgotten password: the same answer for everybody, one link, one hour, one use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import duties, services
from portal.accounts.models import LINKS_AN_HOUR, Account, SignIn, WayIn
from portal.core import clock, links
from portal.core.db import db, unit_of_work
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import PASSWORD, Make
from tests.sink import Post, link_in, words

NOW = timedelta()
NEW = "a new horse battery"


@pytest.fixture
def ada(make: Make) -> int:
    make.noise()
    return make.member("Ada Okoye", email="ada@example.org")


def ask(client: Client, email: str = "ada@example.org", status: int = 303) -> Page:
    response = client.get("accounts.reset").submit({"email": email})
    if status == 303:
        return client.follow(response)
    return client.read(response, status)


def link(client: Client, post: Post) -> str:
    ask(client)
    (mail,) = post.go(NOW)
    return link_in(mail, "/reset/")


def test_from_the_door_to_a_new_password(client: Client, make: Make, post: Post, ada: int) -> None:
    other = client.another().sign_in_by_form("ada@example.org")
    door = client.get("accounts.sign_in")
    assert client.url("accounts.reset") in door.links()
    assert "a link is on its way" in ask(client).main
    (mail,) = post.go(NOW)
    assert str(mail["To"]) == "Ada Okoye <ada@example.org>"
    assert "one hour" in words(mail) and "one hour" in words(mail, "html")
    path = link_in(mail, "/reset/")
    for _ in range(2):
        page = client.get(path)  # looking uses nothing up
        assert page.h1 == "Choose a new password" and page.response.headers["Cache-Control"] == "no-store"
    assert "1 more character" in client.read(page.submit({"password": "9 letters"}), 422).main
    home = client.follow(client.get(path).submit({"password": NEW}))
    assert home.h1.endswith("Ada.") and home.flashes == [
        "Your password is changed. Everywhere else you are signed out."
    ]
    assert other.raw.get("/").status_code == 303, "every other session has ended"
    client.another().sign_in_by_form("ada@example.org", NEW)
    wrong = client.another().get("accounts.sign_in").submit({"email": "ada@example.org", "password": PASSWORD})
    assert wrong.status_code == 422


def test_a_link_works_once(client: Client, post: Post, ada: int) -> None:
    path = link(client, post)
    page, again = client.get(path), client.another()
    late = again.get(path)
    page.submit({"password": NEW})
    assert again.get(path, status=410).h1 == "This link was used already"
    assert again.read(late.submit({"password": "another horse battery"}), 410).h1 == "This link was used already"


def test_a_link_is_good_for_an_hour(client: Client, post: Post, ada: int) -> None:
    path = link(client, post)
    with clock.pinned(clock.now() + timedelta(minutes=59)):
        client.get(path)
    with clock.pinned(clock.now() + timedelta(minutes=61)):
        page = client.get(path, status=410)
    assert page.h1 == "This link has expired"
    assert client.url("accounts.reset") in page.links()


def test_a_newer_link_takes_the_place_of_the_older(client: Client, post: Post, ada: int) -> None:
    first = link(client, post)
    second = link(client, post)
    assert client.get(first, status=410).h1 == "There is a newer link"
    client.get(second)
    rows = post.rows(kind="reset")
    assert len(rows) == 2 and all(row.at_once and row.sent_at for row in rows)


@pytest.mark.parametrize("token", ["x", "1-" + "0" * 40, "999999-" + "0" * 40, "9" * 30 + "-" + "0" * 40])
def test_what_never_was_a_link_is_not_there(client: Client, ada: int, token: str) -> None:
    page = client.get(f"/reset/{token}", status=404)
    assert page.h1 == "We do not know this link"


def test_a_printed_code_is_no_link(app: Flask, client: Client, make: Make, ada: int) -> None:
    def code() -> str:
        row = WayIn(person_id=ada, kind="code", nonce="n", made_at=clock.now())
        db.session.add(row)
        db.session.flush()
        return links.token_for("reset", row.id, row.nonce)

    client.get(f"/reset/{make.do(code)}", status=404)


@pytest.mark.parametrize("who", ["nobody@example.org", "waits@example.org", "gone@example.org", "not an address"])
def test_the_answer_is_the_same_where_there_is_nobody(
    client: Client, make: Make, post: Post, ada: int, who: str
) -> None:
    make.person("Wim Waits", email="waits@example.org")
    gone = make.member("Gus Gone", email="gone@example.org")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    known, unknown = ask(client).html, ask(client.another(), who).html
    strip = str.maketrans("", "", "0123456789")
    assert len(known.translate(strip)) == pytest.approx(len(unknown.translate(strip)), abs=200)
    assert "a link is on its way" in unknown
    assert [str(one["To"]) for one in post.go(NOW)] == ["Ada Okoye <ada@example.org>"]
    assert [row.subject_id > 0 for row in post.rows(kind="reset")] == [True], "what was owed to nobody is gone"


def test_both_answers_take_the_same_statements(app: Flask, client: Client, post: Post, ada: int) -> None:
    said: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement.split()[0])

    counts = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", note)
    for email in ("warm@example.org", "ada@example.org", "nobody@example.org"):
        page = client.another().get("accounts.reset")
        said.clear()
        page.submit({"email": email})
        counts.append(list(said))
    assert counts[1] == counts[2]


def test_asking_without_end_has_to_wait(client: Client, post: Post, ada: int) -> None:
    for _ in range(services.FREE_TRIES):
        ask(client)
    page = ask(client, status=429)
    assert "then ask again" in page.errors[0]
    ask(client, "someone.else@example.org")


def test_one_inbox_gets_so_many_an_hour_whoever_asks(app: Flask, client: Client, post: Post, ada: int) -> None:
    for number in range(LINKS_AN_HOUR + 3):
        page = client.get("accounts.reset")
        client.follow(
            page.submit({"email": "ada@example.org"}, environ_overrides={"REMOTE_ADDR": f"192.0.2.{number}"})
        )
    mails = post.go(NOW)
    assert len(mails) == 1, "those before the last are dead before they are sent"
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(WayIn)) == LINKS_AN_HOUR
    client.get(link_in(mails[0], "/reset/"))


def test_without_mail_the_page_says_whom_to_ask(client: Client, ada: int) -> None:
    page = client.get("accounts.reset")
    assert "Ask whoever runs it" in page.main and not page.all("main form")


def test_who_left_meanwhile_gets_no_mail_and_no_way_in(client: Client, make: Make, post: Post, ada: int) -> None:
    path = link(client, post)
    ask(client)
    make.do(lambda: people.mark_left(person_id=ada, actor_id=None))
    assert post.go(NOW) == []
    client.get(path, status=410)


def test_two_at_once_use_it_once(app: Flask, client: Client, post: Post, ada: int) -> None:
    token = link(client, post).rpartition("/")[2]
    with app.app_context():
        assert unit_of_work(lambda: services.use_reset_link(token=token, password_hash="x")) == ada
        with pytest.raises(services.RuleBroken):
            unit_of_work(lambda: services.use_reset_link(token=token, password_hash="y"))
        assert db.session.get_one(Account, ada).password_hash == "x"


def test_old_links_are_forgotten(app: Flask, client: Client, post: Post, ada: int) -> None:
    link(client, post)
    with app.app_context():
        for days, left in ((89, 1), (91, 0)):
            with clock.pinned(clock.now() + timedelta(days=days)):
                duties.forget_old()
            assert db.session.scalar(sa.select(sa.func.count()).select_from(WayIn)) == left
            db.session.rollback()


# ---- the language of mail ------------------------------------------------------------------------------------


def test_mail_is_in_the_language_somebody_last_saw_hallway_in(
    app: Flask, client: Client, make: Make, post: Post, ada: int
) -> None:
    def locale() -> str | None:
        return make.read(lambda: db.session.get_one(Account, ada).locale)

    assert locale() is None
    client.raw.set_cookie("language", "de")
    client.sign_in_by_form("ada@example.org")
    assert locale() == "de"
    page = client.get("home.settings")
    page.submit({"language": "en"}, containing="language")
    assert locale() == "en"
    client.get("home.settings").submit({"language": "browser"}, containing="language")
    assert locale() == "en"
    anybody = client.another()
    anybody.get("home.settings").submit({"language": "de"}, containing="language")
    assert locale() == "en"
    make.do(lambda: services.set_locale(person_id=ada, locale="de"))
    ask(anybody)
    (mail,) = post.go(NOW)
    assert '<html lang="de"' in words(mail, "html")


def test_no_session_is_left_open_by_a_reset(app: Flask, client: Client, post: Post, ada: int) -> None:
    client.another().sign_in_by_form("ada@example.org")
    client.get(link(client, post)).submit({"password": NEW})
    with app.app_context():
        open_ones = sa.select(sa.func.count()).where(SignIn.person_id == ada, SignIn.ended_at.is_(None))
        assert db.session.scalar(open_ones) == 1
