"""The page of printed codes: whom they are for, the sheet, what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import segno
import sqlalchemy as sa

from portal.accounts import codes
from portal.accounts.models import WayIn
from portal.admin import codes as room
from portal.core.db import db
from portal.people import services as people
from portal.people.models import Person
from tests.client import Client, Page
from tests.makers import Make


@pytest.fixture
def admin(make: Make, client: Client) -> int:
    person = make.member("Amara Nwosu", role="admin", department="Support", email="amara@example.org")
    client.sign_in("amara@example.org")
    return person


def rows(make: Make) -> list[tuple[int, bool]]:
    query = sa.select(WayIn.person_id, WayIn.dead_at.is_(None)).order_by(WayIn.id)
    return make.read(lambda: [(one, bool(is_open)) for one, is_open in db.session.execute(query).tuples()])


def send(client: Client, status: int = 303, **data: object) -> Page:
    response = client.get("admin.codes").submit(data, containing="names")
    return client.follow(response) if status == 303 else client.read(response, status)


def test_a_department_gets_cards_and_is_asked_once(make: Make, client: Client, admin: int) -> None:
    tilda, ulf = (make.person(name, email=None, department="Press") for name in ("Tilda Holm", "Ulf Berg"))
    make.person("Eva Mail", department="Press")
    page = client.get("admin.codes")
    assert [" ".join(tr.text_content().split()) for tr in page.all("tbody tr")] == ["Press 20"]
    (choose_all,) = [link for link in page.links() if "department=" in link]
    assert client.get(choose_all).all("input[name=department][checked]")
    box = page.all("input[name=department]")[0].get("value")
    sheet = send(client, department=box)
    assert sheet.h1 == "Cards with codes" and sheet.response.headers["Cache-Control"] == "no-store"
    assert [h2.text_content() for h2 in sheet.all(".codecard h2")] == ["Tilda Holm", "Ulf Berg"]
    assert len(sheet.all(".codecard-qr svg path")) >= 2
    assert sheet.flashes[0] == "2 codes are made."
    assert "2 people had no name to sign in with" in sheet.flashes[1]
    assert rows(make) == [(tilda, True), (ulf, True)]
    again = client.get("admin.codes")
    assert [" ".join(tr.text_content().split()) for tr in again.all("tbody tr")] == ["Press 02"]
    assert again.all("input[name=department][disabled]")


def test_from_the_card_into_hallway(make: Make, client: Client, admin: int) -> None:
    make.person("Tilda Holm", email=None)
    sheet = send(client, names="Tilda Holm")
    words = [dd.text_content() for dd in sheet.all(".codecard dd")]
    assert words[0] == "127.0.0.1:8000/sign-in" or words[0].endswith("/sign-in")
    there = client.another()
    response = there.get("accounts.sign_in").submit({"email": words[1], "password": words[2]}, containing="password")
    there.follow(there.follow(response).submit({"password": "a new horse battery"}))
    assert "Nothing to print" in client.get("admin.code_sheet").main
    there.another().sign_in_by_form(words[1], "a new horse battery")


def test_the_square_on_the_card_is_the_link_to_the_same_page(make: Make, client: Client, admin: int) -> None:
    """What is drawn is, square by square, what the link makes, with room around it; and the link lets in."""
    tilda = make.person("Tilda Holm", email=None)
    sheet = send(client, names="Tilda Holm")
    (card,) = make.read(lambda: codes.cards(make.viewer(admin, "admin"), most=10)[0])
    base = "http://" + sheet.all(".codecard dd")[0].text_content().removesuffix("/sign-in")
    link = f"{base}/reset/{card.token}"
    (drawn,) = sheet.all(".codecard-qr svg")
    paths = drawn.xpath(".//*[local-name()='path'][@stroke]")
    dark = {square for path in paths for square in squares(path.get("d"))}
    matrix = segno.make(link, error="m", micro=False).matrix
    assert dark == {(x + 2, y + 2) for y, row in enumerate(matrix) for x, one in enumerate(row) if one}
    side = len(matrix) + 4
    assert drawn.get("viewbox", drawn.get("viewBox")) == f"0 0 {side} {side}"
    there = client.another()
    there.get(link.removeprefix(base)).submit({"password": "a new horse battery"})
    assert rows(make) == [(tilda, True)]
    there.another().sign_in_by_form(sheet.all(".codecard dd")[1].text_content(), "a new horse battery")


def squares(path: str) -> Iterator[tuple[int, int]]:
    """The dark squares of "M2 2.5h7m1 0h2…": (column, row)."""
    x = y = 0.0
    for letter, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(one) for one in numbers.split()]
        if letter == "h":
            yield from ((int(x) + step, int(y)) for step in range(int(values[0])))
            x += values[0]
        elif letter == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]


def test_people_by_name_address_and_login(make: Make, client: Client, admin: int) -> None:
    ada, bo = make.member("Ada Okoye", email="ada@example.org"), make.person("Bo Lindgren", email=None)
    login = make.person("Chiara Rossi", email=None)

    def named() -> None:
        person = db.session.get_one(Person, login)
        person.login = person.login_key = "crossi"

    make.do(named)
    sheet = send(client, names="ada@example.org\nBo Lindgren, CROSSI\nbo lindgren")
    assert {one for one, _open in rows(make)} == {ada, bo, login}
    assert [h2.text_content() for h2 in sheet.all(".codecard h2")] == ["Ada Okoye", "Bo Lindgren", "Chiara Rossi"]
    send(client, names="Bo Lindgren")
    assert rows(make).count((bo, False)) == 1, "by name, a new one takes the place of the old one"


def test_names_that_are_not_clear_make_nothing(make: Make, client: Client, admin: int) -> None:
    make.person("Bo Lindgren", email=None)
    gone = make.person("Gus Gone", email=None)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    page = send(client, 422, names="Bo Lindgren\nNobody Known\nGus Gone")
    assert "Nobody Known: Nobody with that name" in page.errors[0] and "Gus Gone: they are not here" in page.errors[0]
    assert page.form("names").xpath(".//textarea/text()")[0].strip().startswith("Bo Lindgren"), "what was typed stays"
    assert rows(make) == []
    many = "\n".join(f"p{number}" for number in range(room.MOST_NAMES + 1))
    assert send(client, 422, names=many).errors == ["At most 50 names at a time"]
    assert send(client, 422).errors == ["Choose whom the codes are for: a department, or people by name"]
    assert send(client, 422, department=["x", "99999999999999999999"]).errors


def test_sent_twice_it_makes_one_set(make: Make, client: Client, admin: int) -> None:
    make.person("Bo Lindgren", email=None)
    page = client.get("admin.codes")
    first = page.submit({"names": "Bo Lindgren"}, containing="names")
    second = page.submit({"names": "Bo Lindgren"}, containing="names")
    assert first.headers["Location"] == second.headers["Location"]
    assert len(rows(make)) == 1


def test_a_sheet_holds_what_was_made_at_once(
    make: Make, client: Client, admin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Ada One", "Bo Two", "Cy Three"):
        make.person(name, email=None)
    send(client, names="Ada One")
    sheet = send(client, names="Bo Two\nCy Three")
    assert len(sheet.all(".codecard")) == 2
    monkeypatch.setattr(room, "CARDS_A_SHEET", 2)
    everybody = client.get("admin.code_sheet")
    assert len(everybody.all(".codecard")) == 2
    (more,) = [link for link in everybody.links() if "skip=" in link]
    assert [h2.text_content() for h2 in client.get(more).all(".codecard h2")] == ["Cy Three"]
    page = client.get("admin.codes")
    one = next(link for link in page.links() if "code=" in link)
    assert len(client.get(one).all(".codecard")) == 1


@pytest.mark.parametrize("wrong", ["made=x", "made=20260230000000000000", "code=x", "skip=x", "skip=9999999999"])
def test_an_address_that_is_none(client: Client, admin: int, wrong: str) -> None:
    client.get(f"/admin/codes/sheet?{wrong}", status=404)


def test_withdrawn_it_opens_nothing(make: Make, client: Client, admin: int) -> None:
    bo = make.person("Bo Lindgren", email=None)
    code = send(client, names="Bo Lindgren").all(".codecard-code")[0].text_content()
    page = client.get("admin.codes")
    action = next(f.get("action") for f in page.all("form") if "withdraw" in (f.get("action") or ""))
    assert client.follow(page.submit(action=action)).flashes == ["The code is not good any more."]
    assert "meanwhile" in client.follow(page.submit({"once": ""}, action=action)).flashes[0]
    assert rows(make) == [(bo, False)]
    there = client.another().get("accounts.sign_in")
    assert there.submit({"email": "bo-lindgren", "password": code}, containing="password").status_code == 422


def test_pages_of_open_ones(make: Make, client: Client, admin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.accounts.codes.ROWS", 2)
    for name in ("Ada One", "Bo Two", "Cy Three"):
        make.person(name, email=None)
    send(client, names="Ada One\nBo Two\nCy Three")
    page = client.get("admin.codes")
    (more,) = [link for link in page.links() if "after=" in link]
    assert "Ada One" in client.get(more).main


def test_the_pages_beside_it_lead_here(make: Make, client: Client, admin: int) -> None:
    make.person("Bo Lindgren", email=None)
    assert client.url("admin.codes") in client.get("admin.invite").links()
    beside = client.get("admin.person", handle="bo-lindgren")
    (link,) = [link for link in beside.links() if "names=" in link]
    sheet = client.follow(client.get(link).submit(containing="names"))
    assert [h2.text_content() for h2 in sheet.all(".codecard h2")] == ["Bo Lindgren"]
