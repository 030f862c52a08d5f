"""The page that a link opens: who is in the team first, then the question; and everything that can be wrong."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import SignIn
from portal.core import clock, logs
from portal.core.db import MAX_ID, db
from portal.invitations import services
from portal.invitations.models import INVITATION_LASTS
from portal.people import services as people
from portal.teams.pasted import Invited
from portal.teams.queries import LINE_UP
from tests.client import Client, Page
from tests.makers import PASSWORD

from .conftest import HANA, House, guest

NEVER = "17-" + "0" * 40
CHOSEN = {"name": "Hana Kim", "password": PASSWORD}


@pytest.fixture
def token(house: House) -> str:
    """Hana's, a guest's."""
    house.add(invited=[guest()])
    return house.token()


def opened(client: Client, token: str, status: int = 200) -> Page:
    page = client.get("invitations.welcome", token=token, status=status)
    assert page.response.headers["Cache-Control"] == "no-store"
    assert page.response.headers["Referrer-Policy"] == "same-origin"
    return page


def sent(client: Client, page: Page, data: dict[str, Any] | None = None, status: int = 200) -> Page:
    """Send the page's form and read the answer."""
    answer = client.read(page.submit(CHOSEN if data is None else data, containing="password"), status)
    assert answer.response.headers["Cache-Control"] == "no-store"
    return answer


def nothing_happened(house: House) -> None:
    assert [row.accepted_at for row in house.rows()] == [None] * len(house.rows())
    assert house.make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(SignIn))) == 0


# ---- looking ---------------------------------------------------------------------------------------------------


def test_first_the_line_up_by_first_names_and_colours_alone(client: Client, house: House, token: str) -> None:
    house.make.intro(house.priya, headline="Keeps the queues short.")
    bo = house.make.member("Bo Lindgren", title="Engineer", department="Boats", place="Utrecht")
    house.add(bo)
    page = opened(client, token)
    assert page.h1 == "Tomás invites you to Lighthouse"
    assert page.title == "Tomás invites you to Lighthouse - Hallway"
    assert [li.text_content().strip() for li in page.all(".lineup li")] == ["Tomás", "Priya", "Bo"]
    assert all(li.get("class").startswith("hue-") for li in page.all(".lineup li"))
    assert not page.all(".lineup a, .lineup img, main a[href^='/p/']")
    for word in ("Silva", "Raman", "Lindgren", "Engineer", "Boats", "Utrecht", "queues", "priya-raman", "/photos/"):
        assert word not in page.html, word
    assert "tomas@example.org" not in page.html
    assert page.html.index("lineup-names") < page.html.index('name="password"'), "before it asks for anything"
    assert "This link works once, until" in page.main
    assert page.form("password").xpath("string(.//input[@name='name']/@value)") == "Hana Kim"
    assert page.all("#signs-in")[0].get("value") == HANA


def test_opening_it_changes_nothing_however_often_and_however(client: Client, house: House, token: str) -> None:
    """A mail scanner opens every link, and so does the preview of a chat."""
    url, before = client.url("invitations.welcome", token=token), house.row().__dict__.copy()
    for _ in range(3):
        opened(client.another(), token)
        head = client.raw.head(url)
        assert (head.status_code, head.get_data(), head.headers["Cache-Control"]) == (200, b"", "no-store")
        assert client.raw.open(url, method="OPTIONS").status_code == 200
        assert client.raw.get(url + "?password=correct+horse+battery&name=Hana").status_code == 200
        assert client.raw.put(url).status_code == 405
    after = house.row().__dict__.copy()
    for row in (before, after):
        row.pop("_sa_instance_state")
    assert before == after
    nothing_happened(house)


def test_a_team_of_many_shows_as_many_as_a_page_holds(client: Client, house: House, token: str) -> None:
    for n in range(12):
        house.add(house.make.member(f"Someone{n} Else"))
    page = opened(client, token)
    assert len(page.all(".lineup li")) == 14
    assert page.all(".lineup-rows.per-7")
    many = [house.make.person(f"More{n}") for n in range(LINE_UP)]
    house.add(*many)
    assert len(opened(client, token).all(".lineup li")) == LINE_UP


# ---- saying yes ------------------------------------------------------------------------------------------------


def test_choose_a_password_then_the_intro(client: Client, house: House, token: str) -> None:
    answer = opened(client, token).submit(CHOSEN | {"name": "Hana Kim-Lee"}, containing="password")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/intro")
    assert answer.headers["Cache-Control"] == "no-store"
    begun = client.raw.get("/me/intro")
    assert (begun.status_code, begun.headers["Location"]) == (303, "/me/intro/photo")
    assert client.get("home.me").h1 == "Hana Kim-Lee"
    hana = house.row().person_id
    assert hana and house.is_in(hana)
    elsewhere = client.another().sign_in_by_form("HANA@y.example")
    assert elsewhere.get("home.me").h1 == "Hana Kim-Lee"


def test_somebody_of_the_staff_list_is_not_asked_for_a_name(client: Client, house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    page = opened(client, house.token())
    assert "Come in, Oskar Nilsen" in page.main
    assert not page.all("[name=name]")
    answer = page.submit({"password": PASSWORD, "name": "Somebody Else"}, containing="password")
    assert answer.headers["Location"] == "/me/intro"
    assert client.get("home.me").h1 == "Oskar Nilsen"


def test_whoever_had_this_browser_before_has_nothing_of_the_session_that_begins(
    client: Client, house: House, token: str
) -> None:
    page = opened(client, token)
    before = client.raw.get_cookie("hallway")
    assert before
    page.submit(CHOSEN, containing="password")
    planted = client.another()
    planted.raw.set_cookie("hallway", before.value)
    assert planted.raw.get("/me").status_code == 303


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "Hana", "password": "short"}, ["5 more characters, please"]),
        ({"name": "Hana", "password": ""}, ["Type the password you want"]),
        ({"name": "", "password": PASSWORD}, ["Say your name; one word is enough"]),
        ({"name": "", "password": ""}, ["Say your name; one word is enough", "Type the password you want"]),
        ({"name": "", "password": "short"}, ["Say your name; one word is enough", "5 more characters, please"]),
        ({"name": "\u3164", "password": PASSWORD}, ["Say the name; one word is enough"]),
        ({"name": "x" * 130, "password": PASSWORD}, ["10 characters over"]),
        ({"name": "Hana", "password": "x" * 1001}, ["1 character over"]),
        ({"name": "Hana", "password": "Hana@Y.example"}, ["Your address is the first thing others would try"]),
        (
            {"name": "Ha\x00na", "password": PASSWORD},
            ["There was a character in here that cannot be kept. We took it out: look again."],
        ),
        (
            {"name": "Hana", "password": "nul\x00nul\x00nul"},
            ["There was a character in here that cannot be kept. We took it out: look again."],
        ),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_is_lost(
    client: Client, house: House, token: str, data: dict[str, str], said: list[str]
) -> None:
    page = sent(client, opened(client, token), data, 422)
    assert page.errors == said
    assert page.title.startswith("Error: ")
    assert page.all(".lineup li"), "the line-up is still there"
    kept = page.form("password").xpath("string(.//input[@name='name']/@value)")
    assert kept == data["name"].replace("\x00", "")
    if len(data["password"]) > 4:
        assert data["password"] not in page.html.replace(HANA, ""), "a password never comes back"
    nothing_happened(house)
    assert page.submit(CHOSEN, containing="password").headers["Location"] == "/me/intro"


@pytest.mark.parametrize("name", ["김하나", "هناء كيم", "<b>Hana</b>", "Ḧäna {{ 7*7 }}"])
def test_names_of_any_kind(client: Client, house: House, token: str, name: str) -> None:
    assert opened(client, token).submit(CHOSEN | {"name": name}, containing="password").status_code == 303
    assert client.get("home.me").h1 == name


def test_a_name_as_the_inviter_wrote_it_is_escaped(client: Client, house: House) -> None:
    house.add(invited=[guest(name='"><script>alert(1)</script>')])
    page = opened(client, house.token())
    assert "<script>alert" not in page.html
    assert page.form("password").xpath("string(.//input[@name='name']/@value)").startswith('"><script>')


def test_without_a_csrf_token_nothing_happens(client: Client, house: House, token: str) -> None:
    opened(client, token)
    assert client.raw.post(client.url("invitations.welcome", token=token), data=CHOSEN).status_code == 400
    nothing_happened(house)


# ---- links that are not good any more ----------------------------------------------------------------------------


def is_kind(client: Client, page: Page, said: str) -> None:
    """It says what to do, and nothing else about anybody."""
    assert page.h1 == said
    for word in ("Lighthouse", "Silva", "Priya", "Hana", "Kim", HANA, "y.example"):
        assert word not in page.html, word
    assert not page.all("main form")


def test_a_link_that_was_used(client: Client, house: House, token: str) -> None:
    early = opened(client.another(), token)
    opened(client, token).submit(CHOSEN, containing="password")
    for _ in range(2):
        page = opened(client.another(), token, 410)
        is_kind(client, page, "This link was used already")
        assert "If it was not you, ask Tomás for a new link." in page.main
        assert "/sign-in" in page.links()
    late = sent(early.client, early, {"name": "Mallory", "password": "another password"}, 410)
    is_kind(client, late, "This link was used already")
    assert (
        client.another()
        .get("accounts.sign_in")
        .submit({"email": HANA, "password": "another password"}, containing="password")
        .status_code
        == 422
    )
    mine = opened(client, token, 410)
    assert "/" in mine.links() and "Sign in" not in mine.main


def test_somebody_is_quicker_while_the_password_is_hashed(
    client: Client, house: House, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts import passwords

    page, hashed = opened(client, token), passwords.hashed

    def slow(password: str) -> str:
        house.accept(token)
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", slow)
    is_kind(client, sent(client, page, status=410), "This link was used already")


def test_an_account_appears_while_the_password_is_hashed(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts import passwords

    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    page, hashed = opened(client, house.token()), passwords.hashed

    def slow(password: str) -> str:
        monkeypatch.setattr(passwords, "hashed", hashed)
        house.make.account(oskar)
        return hashed(password)

    monkeypatch.setattr(passwords, "hashed", slow)
    answer = sent(client, page, {"password": "another password"}, 409)
    assert "You have an account here" in answer.main
    client.sign_in("oskar@example.org")


def test_links_that_are_withdrawn_renewed_or_expired(client: Client, house: House, token: str) -> None:
    before, number = opened(client, token), house.row().id
    house.send_again(house.lead, number)
    is_kind(client, opened(client, token, 410), "There is a newer link")
    is_kind(client, sent(client, before, status=410), "There is a newer link")
    new = house.token()
    with clock.pinned(clock.now() + INVITATION_LASTS):
        page = opened(client, new, 410)
        is_kind(client, page, "This link has expired")
        assert "It was good for 14 days. Ask Tomás for a new link." in page.main
    before = opened(client, new)
    house.withdraw(house.lead, number)
    is_kind(client, opened(client, new, 410), "This invitation was taken back")
    is_kind(client, sent(client, before, status=410), "This invitation was taken back")
    nothing_happened(house)


def test_a_closed_team_and_a_day_that_has_passed(client: Client, house: House, token: str) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    before = opened(client, token)
    house.close()
    page = opened(client, token, 410)
    is_kind(client, page, "This team is closed")
    is_kind(client, sent(client, before, status=410), "This team is closed")
    known = opened(client, house.token(person_id=oskar))
    assert known.submit({"password": PASSWORD}, containing="password").headers["Location"] == "/me/intro"
    house.reopen()
    last = clock.today() + timedelta(days=1)
    house.add(invited=[guest("ines@y.example", ends_on=last)])
    with clock.pinned(clock.now() + timedelta(days=3)):
        page = opened(client.another(), house.token(email="ines@y.example"), 410)
        is_kind(client, page, "This link has expired")
        assert "The last day it was meant for has passed." in page.main


def test_nobody_is_named_who_is_gone(client: Client, house: House) -> None:
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    house.by_link("new@example.org")
    house.make.do(lambda: people.mark_left(person_id=house.priya, actor_id=None))
    for email in ("jo@example.org", "new@example.org"):
        page = opened(client, house.token(email=email))
        assert page.h1 == "You are invited to Lighthouse" and "Priya" not in page.main
    house.withdraw(house.lead, house.row(email="jo@example.org").id)
    page = opened(client, house.token(email="jo@example.org"), 410)
    assert "Ask whoever invited you for a new link." in page.main


@pytest.mark.parametrize("bad", [NEVER, "x", "ä", "%00", "17-" + "G" * 40, f"{MAX_ID + 1}-" + "0" * 40, "a" * 3000])
def test_what_never_was_a_link(client: Client, house: House, token: str, bad: str) -> None:
    url = f"/welcome/{bad}"
    assert client.raw.get(url).status_code == 404
    fields = opened(client, token).fields("password")
    assert client.raw.post(url, data={**fields, **CHOSEN}).status_code == 404
    nothing_happened(house)


def test_a_broken_link_is_told_kindly(client: Client, house: House, token: str) -> None:
    page = opened(client, token[:-3], 404)
    is_kind(client, page, "We do not know this link")
    assert "Tomás" not in page.html


# ---- somebody is signed in ---------------------------------------------------------------------------------------


def test_somebody_else_is_signed_in(client: Client, house: House, token: str) -> None:
    """A forwarded link, or one address too many: nobody is brought in silently."""
    ines = house.make.member("Ines Other", email="ines@example.org")
    client.sign_in("ines@example.org")
    page = opened(client, token)
    assert "You are signed in as Ines Other" in page.main
    assert "ask Tomás to add you as you are" in page.main
    assert HANA not in page.html and not page.all("[name=password]")
    fields = page.fields("next", "/sign-out")
    answer = client.raw.post(client.url("invitations.welcome", token=token), data={**fields, **CHOSEN})
    again = client.read(answer, 409)
    assert "You are signed in as Ines Other" in again.main
    assert not house.is_in(ines) and house.row().accepted_at is None
    out = again.submit(action="/sign-out")
    assert out.headers["Location"] == client.url("invitations.welcome", token=token)
    assert opened(client, token).submit(CHOSEN, containing="password").status_code == 303


def test_whoever_invited_tries_the_link(client: Client, house: House, token: str) -> None:
    client.sign_in("tomas@example.org")
    assert "You sent this invitation. The link works" in opened(client, token).main
    assert house.state(token) == "open"


def test_my_own_invitation_asks_before_i_am_in(client: Client, house: House) -> None:
    house.add(invited=[Invited("oskar@example.org")])
    token = house.token()
    oskar = house.make.member("Oskar Nilsen", email="Oskar@example.org")
    closed_door = opened(client, token)
    assert "You have an account here" in closed_door.main and not closed_door.all("[name=password]")
    fields = closed_door.client.get("accounts.sign_in").fields("password")
    posted = client.raw.post(client.url("invitations.welcome", token=token), data={**fields, **CHOSEN})
    assert "You have an account here" in client.read(posted, 409).main
    (door,) = [link for link in closed_door.links() if "next=" in link]
    answer = client.get(door).submit({"email": "oskar@example.org", "password": PASSWORD}, containing="password")
    page = client.follow(answer)
    assert "You are signed in as Oskar Nilsen" in page.main
    assert not house.is_in(oskar), "not silently"
    joined = page.submit(containing="once")
    assert (joined.status_code, joined.headers["Location"]) == (303, "/t/lighthouse")
    assert house.is_in(oskar)
    twice = client.read(page.submit(containing="once"), 410)
    assert twice.h1 == "This link was used already"


def test_my_own_invitation_is_withdrawn_while_i_look_at_it(client: Client, house: House) -> None:
    house.add(invited=[Invited("oskar@example.org")])
    oskar = house.make.member("Oskar Nilsen", email="oskar@example.org")
    client.sign_in("oskar@example.org")
    page = opened(client, house.token())
    house.withdraw(house.lead, house.row().id)
    assert client.read(page.submit(containing="once"), 410).h1 == "This invitation was taken back"
    assert not house.is_in(oskar)


# ---- buttons -----------------------------------------------------------------------------------------------------


def test_sending_again_and_taking_back_lead_back(client: Client, house: House, token: str) -> None:
    number = house.row().id
    client.sign_in("tomas@example.org")
    fields = client.get("home.settings").fields()
    data = {"csrf_token": fields["csrf_token"], "next": "/people"}
    again = client.raw.post(f"/invitations/{number}/again", data=data)
    assert again.headers["Location"] == "/people"
    assert client.follow(again).flashes == ["Here is a new link. The one before does not work any more."]
    out = client.raw.post(f"/invitations/{number}/withdraw", data={**data, "next": "https://evil.example/"})
    assert (out.status_code, out.headers["Location"]) == (303, "/")
    assert client.follow(out).flashes == ["The invitation is taken back. Its link does not work any more."]
    refused = client.follow(client.raw.post(f"/invitations/{number}/again", data=data))
    assert refused.flashes == ["This was withdrawn. Invite them anew."]
    for wrong in (number + 1, 0, MAX_ID, MAX_ID + 1):
        for act in ("again", "withdraw"):
            assert client.raw.post(f"/invitations/{wrong}/{act}", data=data).status_code == 404


@pytest.mark.parametrize("who", ["nobody", "guest", "member"])
def test_buttons_of_others(client: Client, house: House, token: str, who: str) -> None:
    number = house.row().id
    if who != "nobody":
        person = house.make.guest("Gita Rao") if who == "guest" else house.make.member("Gita Rao")
        house.add(person)
        client.sign_in(house.make.email(person))
    fields = client.get("home.settings").fields()
    for act in ("again", "withdraw"):
        answer = client.raw.post(f"/invitations/{number}/{act}", data={"csrf_token": fields["csrf_token"]})
        assert answer.status_code == (303 if who == "nobody" else 404)
        assert client.raw.get(f"/invitations/{number}/{act}").status_code in (303, 405)
    assert house.state(token) == "open"


# ---- the log -----------------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What `hallway run` would write to standard error."""
    root, own = logging.getLogger(), logging.getLogger("hallway")
    before = (root.handlers[:], root.level, own.level)
    stream = io.StringIO()
    logs.log_to(stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def test_no_secret_is_written_down(
    app: Flask, client: Client, house: House, token: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(client, token)
    client.raw.get(f"/join/{token}")
    client.raw.get(f"/nothing/{token}")
    client.raw.get(f"/sign-in?next=/welcome/{token}")
    sent(client, page, {"name": "", "password": ""}, 422)

    def broken(**words: object) -> int:
        raise ValueError(f"/welcome/{token}")

    monkeypatch.setattr(services, "accept", broken)
    page.submit(CHOSEN, containing="password")
    monkeypatch.undo()
    logging.getLogger("hallway.web").warning("GET /welcome/%s", token, extra={"path": f"/welcome/{token}"})
    logging.getLogger("elsewhere").error("GET /welcome/%s", token)
    secret = token.partition("-")[2]
    assert log.getvalue().count("\n") >= 8
    assert secret not in log.getvalue()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (mine,) = [line for line in lines if "path" in line]
    assert (mine["event"], mine["path"]) == ("GET /welcome/[link]", "/welcome/[link]")
