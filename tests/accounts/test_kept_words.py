"""Words that arrive after a session has ended: kept for their writer, given back after sign-in, never posted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts import services
from portal.accounts.models import KeptWords
from portal.core import clock
from portal.core.db import db
from portal.people.models import Person
from tests.client import Client, Page
from tests.makers import PASSWORD, Make

NEW = {"pronouns": "she or they", "reach_me_by": 'Chat, before ten; "quotes" & <b>', "shown_place": "teams"}


@pytest.fixture
def priya(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Priya Raman", email="priya@example.org")
    client.sign_in_by_form("priya@example.org")
    return person_id


def end(make: Make, person_id: int) -> None:
    make.do(lambda: services.end_sessions(person_id=person_id))


def kept(make: Make) -> list[KeptWords]:
    return make.read(lambda: list(db.session.scalars(sa.select(KeptWords).order_by(KeptWords.id))))


def too_late(client: Client, make: Make, person_id: int, endpoint: str, sent: dict[str, Any]) -> Page:
    """Open a form, lose the session, send it; the sign-in page that it leads to."""
    page = client.get(endpoint)
    end(make, person_id)
    return client.follow(page.submit(sent, containing="once"))


def come_back(door: Page, email: str = "priya@example.org") -> Any:
    return door.submit({"email": email, "password": PASSWORD}, containing="password")


@pytest.mark.parametrize(
    ("endpoint", "sent"),
    [
        ("people.details", NEW),
        ("people.details", {"working_days": ["mon", "fri"], "links": "One https://a.example\r\nhttps://b.example"}),
        ("people.away", {"until": "2999-01-01", "stand_in": "Bo"}),
        ("infomercials.facts", {"headline": "Mine.", "fact1": "One\nwith two lines", "fact3": "Three", "lang": "de"}),
        ("infomercials.ask", {"ask_about": "Queues\nスキー"}),
        ("infomercials.work", {"working_on": "x", "so_that": "y", "offer": "*z*"}),
    ],
)
def test_they_come_back_filled_in_and_unsaved(
    client: Client, make: Make, priya: int, endpoint: str, sent: dict[str, Any]
) -> None:
    door = too_late(client, make, priya, endpoint, sent)
    assert "Your words are kept" in door.main
    page = client.follow(come_back(door))
    assert page.path == client.url(endpoint)
    form = page.form(containing="once")
    for name, value in sent.items():
        values = [v.replace("\r", "").strip() for n, v in form.form_values() if n == name]
        wanted = value if isinstance(value, list) else [value.replace("\r", "").strip()]
        assert values == wanted, name
    person = make.read(lambda: db.session.get_one(Person, priya))
    assert (person.pronouns, person.working_days, person.away_until, person.version) == (None, [], None, 0)


def test_sending_them_after_that_saves_them(client: Client, make: Make, priya: int) -> None:
    page = client.follow(come_back(too_late(client, make, priya, "people.details", NEW)))
    assert page.submit(containing="once").status_code == 303
    assert make.read(lambda: db.session.get_one(Person, priya).reach_me_by) == NEW["reach_me_by"]


def test_another_person_gets_nothing_of_them(client: Client, make: Make, priya: int) -> None:
    make.member("Bo Lindgren", email="bo@example.org")
    door = too_late(client, make, priya, "people.details", NEW)
    answer = come_back(door, "bo@example.org")
    assert "kept" not in answer.headers["Location"]
    assert NEW["pronouns"] not in client.get("people.details").html
    assert client.raw.get_cookie("kept") is None
    (row,) = kept(make)
    assert row.person_id == priya


def test_the_key_alone_opens_nothing_for_another(client: Client, make: Make, priya: int) -> None:
    make.member("Bo Lindgren", email="bo@example.org")
    door = too_late(client, make, priya, "people.details", NEW)
    where = come_back(door).headers["Location"]
    assert "kept=" in where
    other = client.another().sign_in_by_form("bo@example.org")
    assert NEW["pronouns"] not in other.get(where).html
    assert NEW["pronouns"] in client.get(where).html


def test_words_belong_to_their_page(client: Client, make: Make, priya: int) -> None:
    where = come_back(too_late(client, make, priya, "people.details", NEW)).headers["Location"]
    key = where.partition("kept=")[2]
    assert client.get(f"/me/away?kept={key}").fields(containing="until")["until"] == ""


def test_after_a_day_they_are_gone(client: Client, make: Make, priya: int) -> None:
    door = too_late(client, make, priya, "people.details", NEW)
    with clock.pinned(clock.now() + timedelta(hours=24, minutes=1)):
        answer = come_back(door)
        assert "kept" not in answer.headers["Location"]
        page = client.get("people.details")
        end(make, priya)
        client.follow(page.submit({"pronouns": "new"}, containing="once"))
    assert [row.fields["pronouns"] for row in kept(make)] == [["new"]], "and the old row is cleared"


@pytest.mark.parametrize("key", ["", "x", "%00", "x" * 5000, "é"])
def test_a_made_up_key(client: Client, priya: int, key: str) -> None:
    client.get(f"/me/details?kept={key}")


def test_passwords_are_never_kept(client: Client, make: Make, priya: int) -> None:
    sent = {"current": PASSWORD, "new_password": "a new one of mine"}
    door = too_late(client, make, priya, "accounts.password", sent)
    for row in kept(make):
        assert "current" not in row.fields
        assert "new_password" not in row.fields
        assert PASSWORD not in str(row.fields)
        assert "a new one" not in str(row.fields)
    assert "a new one" not in client.follow(come_back(door)).html


def test_tokens_are_never_kept(client: Client, make: Make, priya: int) -> None:
    too_late(client, make, priya, "people.details", NEW)
    (row,) = kept(make)
    assert not {"csrf_token", "once"} & set(row.fields)
    assert row.path == "/me/details"


def test_the_key_is_stored_as_a_hash(client: Client, make: Make, priya: int) -> None:
    too_late(client, make, priya, "people.details", NEW)
    cookie = client.raw.get_cookie("kept")
    assert cookie
    (row,) = kept(make)
    assert cookie.value != row.key_hash
    assert cookie.http_only
    assert cookie.same_site == "Lax"


@pytest.mark.parametrize("once", ["", "forged", "WzEsImFiYyJd.AAAA", "\x00"])
def test_nothing_is_kept_for_a_nonce_that_is_not_ours(client: Client, make: Make, priya: int, once: str) -> None:
    nobody = client.another()
    answer = nobody.raw.post("/me/details", data={"once": once, "pronouns": "spam"})
    assert answer.status_code == 303
    assert kept(make) == []
    assert nobody.raw.get_cookie("kept") is None


def test_a_button_without_words_keeps_nothing(client: Client, make: Make, priya: int) -> None:
    make.intro(priya)
    page = client.get("home.me")
    end(make, priya)
    assert client.follow(page.submit(action="/me/intro/withdraw")).path == "/sign-in"
    assert kept(make) == []


def test_only_so_much_is_kept(client: Client, make: Make, priya: int) -> None:
    door = too_late(client, make, priya, "people.details", {"links": "x" * (services.MAX_KEPT + 1)})
    assert kept(make) == []
    assert "Your words are kept" not in door.main


def test_only_the_last_five_forms_are_kept(client: Client, make: Make, priya: int) -> None:
    page = client.get("people.details")
    end(make, priya)
    for n in range(8):
        page.submit({"pronouns": f"version {n}"}, containing="once")
    assert [row.fields["pronouns"] for row in kept(make)] == [[f"version {n}"] for n in range(3, 8)]


def test_nul_is_kept_and_said_at_the_next_try(client: Client, make: Make, priya: int) -> None:
    page = client.follow(come_back(too_late(client, make, priya, "people.details", {"pronouns": "be\x00fore"})))
    assert page.path == "/me/details"


def test_the_two_tabs_still_notice_each_other(client: Client, make: Make, priya: int) -> None:
    door = too_late(client, make, priya, "people.details", NEW)
    other = client.another().sign_in_by_form("priya@example.org")
    assert other.submit("people.details", {"pronouns": "other"}, containing="once").status_code == 303
    page = client.follow(come_back(door))
    page = client.read(page.submit(containing="once"), 422)
    assert "another tab" in page.errors[0]


# ---- the same form twice -----------------------------------------------------------------------------------


def test_the_same_password_form_twice_is_done_once(client: Client, make: Make, priya: int) -> None:
    page = client.get("accounts.password")
    sent = {"current": PASSWORD, "new_password": "a new one of mine"}
    assert page.submit(sent, containing="current").status_code == 303
    again = client.read(page.submit(sent, containing="current"), 422)
    assert again.errors == ["This is not the password you have now"]


def test_a_form_of_before_the_sign_in_says_so_and_keeps_the_words(client: Client, make: Make, priya: int) -> None:
    page = client.get("people.details")
    client.get("home.me").submit(action="/sign-out")
    client.sign_in_by_form("priya@example.org")
    old = client.read(page.submit({"reach_me_by": "These words are long enough to be seen"}, containing="once"), 400)
    assert "Your words are still here" in old.main
    assert "These words are long enough to be seen" in old.main
    assert old.submit(containing="once").status_code == 303
    assert make.read(lambda: db.session.get_one(Person, priya).reach_me_by)


def test_a_form_of_another_person_in_this_browser_shows_no_words(client: Client, make: Make, priya: int) -> None:
    make.member("Bo Lindgren", email="bo@example.org")
    page = client.get("people.details")
    client.get("home.me").submit(action="/sign-out")
    client.sign_in_by_form("bo@example.org")
    old = client.read(page.submit({"reach_me_by": "These words are long enough to be seen"}, containing="once"), 400)
    assert "These words" not in old.html
