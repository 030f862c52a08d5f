"""Printed codes: typed once where the password goes, by people whom no mail reaches."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import codes, services
from portal.accounts.models import Account, WayIn
from portal.core import clock, links
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible
from portal.people import services as people
from portal.people.models import Person
from tests.client import Client, Page
from tests.makers import PASSWORD, Make
from tests.sink import Post, link_in

NEW = "a new horse battery"
WRONG = "Address and password do not go together. Check both and try again."


@pytest.fixture
def admin(make: Make) -> int:
    make.noise()
    return make.member("Amara Nwosu", role="admin", email="amara@example.org")


@pytest.fixture
def tilda(make: Make, admin: int) -> int:
    return make.person("Tilda Holm", email=None)


def made(make: Make, admin: int, *person_ids: int) -> codes.Made:
    viewer, at = make.viewer(admin, "member", "admin"), clock.now()
    return make.do(lambda: codes.make_codes(viewer=viewer, person_ids=person_ids, at=at))


def card(make: Make, admin: int, person_id: int) -> codes.Card:
    viewer, handle = make.viewer(admin, "member", "admin"), make.handle(person_id)
    return next(one for one in make.read(lambda: codes.open_codes(viewer)).items if one.handle == handle)


def code_for(make: Make, admin: int, person_id: int) -> codes.Card:
    made(make, admin, person_id)
    return card(make, admin, person_id)


def door(client: Client, name: str, typed: str, status: int = 303) -> Page:
    response = client.get("accounts.sign_in").submit({"email": name, "password": typed}, containing="password")
    return client.follow(response) if status == 303 else client.read(response, status)


# ---- the way in ------------------------------------------------------------------------------------------------


def test_from_the_paper_to_a_password_of_ones_own(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    assert found.signs_in_with == "tilda-holm", "a login name came with the code"
    page = door(client, "Tilda-Holm", found.code)
    assert page.h1 == "Choose your password" and page.response.headers["Cache-Control"] == "no-store"
    assert page.form("password").xpath(".//input[@id='signs-in']/@value") == ["tilda-holm"]
    assert "only you know" in client.read(page.submit({"password": found.code}), 422).errors[0]
    assert "Your login name" in client.read(page.submit({"password": "tilda-holm"}), 422).errors[0]
    home = client.follow(page.submit({"password": NEW}))
    assert home.h1.endswith("Tilda.")
    assert home.flashes == ["You are in. From now on you sign in with this password."]
    client.another().sign_in_by_form("TILDA-HOLM", NEW)
    assert door(client.another(), "tilda-holm", found.code, 422).errors == [WRONG], "it works once"
    assert client.another().get(f"/reset/{found.token}", status=410).h1 == "This code was used already"
    said = make.read(
        lambda: list(db.session.scalars(sa.select(AuditEntry.code).where(AuditEntry.subject_id == tilda)))
    )
    assert {"code_made", "code_used", "password_set"} <= set(said)


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code[:4]} {code[4:]} "]
)
def test_it_is_compared_without_case_space_and_dash(
    client: Client, make: Make, admin: int, tilda: int, change: Any
) -> None:
    found = code_for(make, admin, tilda)
    assert door(client, "tilda-holm", change(found.code)).h1 == "Choose your password"


def test_who_has_an_account_gets_in_again_and_is_out_elsewhere(
    client: Client, make: Make, post: Post, admin: int
) -> None:
    ada = make.member("Ada Okoye", email="ada@example.org")
    other = client.another().sign_in_by_form("ada@example.org")
    client.another().get("accounts.reset").submit({"email": "ada@example.org"})
    (mail,) = post.go(timedelta())
    found = code_for(make, admin, ada)
    page = door(client, "ada@example.org", found.code)
    assert page.h1 == "Choose a new password"
    client.follow(page.submit({"password": NEW}))
    assert other.raw.get("/").status_code == 303
    assert client.another().get(link_in(mail, "/reset/"), status=410).h1 == "There is a newer link"
    assert make.read(lambda: db.session.get_one(Account, ada).role) == "member"


def test_choosing_by_mail_ends_the_printed_code(client: Client, make: Make, post: Post, admin: int) -> None:
    ada = make.member("Ada Okoye", email="ada@example.org")
    found = code_for(make, admin, ada)
    client.get("accounts.reset").submit({"email": "ada@example.org"})
    (mail,) = post.go(timedelta())
    client.get(f"/reset/{found.token}")  # a mailed link leaves the code alone
    client.get(link_in(mail, "/reset/")).submit({"password": NEW})
    assert client.another().get(f"/reset/{found.token}", status=410).h1 == "This code is not good any more"


# ---- what does not open it -------------------------------------------------------------------------------------


def test_a_newer_one_takes_the_place_of_the_older(client: Client, make: Make, admin: int, tilda: int) -> None:
    first, second = code_for(make, admin, tilda), code_for(make, admin, tilda)
    assert first.code != second.code
    assert door(client, "tilda-holm", first.code, 422).errors == [WRONG]
    assert "Whoever runs Hallway here can print another one" in client.get(f"/reset/{first.token}", status=410).main
    assert door(client, "tilda-holm", second.code).h1 == "Choose your password"


def test_it_is_good_for_fourteen_days(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    with clock.pinned(found.made_at + timedelta(days=13, hours=23)):
        door(client, "tilda-holm", found.code)
    with clock.pinned(found.made_at + timedelta(days=14, seconds=1)):
        assert door(client.another(), "tilda-holm", found.code, 422).errors == [WRONG]
        assert "14 days" in client.get(f"/reset/{found.token}", status=410).main


def test_another_one_s_code_is_no_key(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    other = code_for(make, admin, make.person("Ulf Holm", email=None))
    assert door(client, "ulf-holm", found.code, 422).errors == [WRONG]
    assert door(client, "tilda-holm", other.code, 422).errors == [WRONG]
    assert door(client, "nobody", found.code, 422).errors == [WRONG]


def test_a_withdrawn_one_is_dead(client: Client, make: Make, admin: int, tilda: int) -> None:
    found, viewer = code_for(make, admin, tilda), make.viewer(admin, "member", "admin")
    make.do(lambda: codes.withdraw_code(viewer=viewer, code_id=found.id))
    assert door(client, "tilda-holm", found.code, 422).errors == [WRONG]
    client.get(f"/reset/{found.token}", status=410)
    with pytest.raises(NotVisible):
        make.do(lambda: codes.withdraw_code(viewer=viewer, code_id=found.id))


def test_who_leaves_takes_no_code_along(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    page = door(client, "tilda-holm", found.code)
    make.do(lambda: people.mark_left(person_id=tilda, actor_id=None))
    client.read(page.submit({"password": NEW}), 410)
    assert door(client.another(), "tilda-holm", found.code, 422).errors == [WRONG]
    assert make.read(lambda: db.session.get(Account, tilda)) is None
    make.do(lambda: people.come_back(person_id=tilda, actor_id=admin))
    assert door(client.another(), "tilda-holm", found.code, 422).errors == [WRONG], "nor does it wait for them"


def test_a_mailed_link_of_a_code_s_row_never_was_one(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    nonce = make.read(lambda: db.session.get_one(WayIn, found.id).nonce)
    token = make.read(lambda: links.token_for("reset", found.id, nonce))
    client.get(f"/reset/{token}", status=404)


def test_guessing_has_to_wait_like_guessing_passwords(client: Client, make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    for _ in range(services.FREE_TRIES):
        door(client, "tilda-holm", "AAAAA-AAAAA", 422)
    page = door(client, "tilda-holm", found.code, 429)
    assert "Wait" in page.errors[0]


def test_right_wrong_and_nobody_take_the_same_statements(
    app: Flask, client: Client, make: Make, admin: int, tilda: int
) -> None:
    code_for(make, admin, tilda)
    make.member("Ada Okoye", email="ada@example.org")
    said: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement.split()[0])

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", note)
    counts = []
    for name in ("warm@example.org", "tilda-holm", "ada@example.org", "nobody"):
        page = client.another().get("accounts.sign_in")
        said.clear()
        page.submit({"email": name, "password": "AAAAA-AAAAA"}, containing="password")
        counts.append(list(said))
    assert counts[1] == counts[2] == counts[3]


# ---- making them -----------------------------------------------------------------------------------------------


def test_nothing_usable_is_stored(make: Make, admin: int, tilda: int) -> None:
    found = code_for(make, admin, tilda)
    row = make.read(lambda: dict(db.session.execute(sa.select(WayIn.__table__)).mappings().one()))
    assert found.code not in str(row) and found.code.replace("-", "") not in str(row)
    assert len(found.code) == codes.LENGTH + 1 and set(found.code) - {"-"} <= set(codes.LETTERS)


def test_who_is_gone_gets_none(make: Make, admin: int) -> None:
    left, past = make.person("Lea Left", email=None), make.person("Gus Gone", kind="guest", email=None)
    make.do(lambda: people.mark_left(person_id=left, actor_id=None))
    ended = clock.today() - timedelta(days=2)

    def end() -> None:
        db.session.get_one(Person, past).ends_on = ended

    make.do(end)
    erased, merged = make.person("Era Sed", email=None), make.person("Mer Ged", email=None)

    def mark() -> None:
        db.session.get_one(Person, erased).erased_at = clock.now()
        db.session.get_one(Person, merged).merged_into_id = admin

    make.do(mark)
    assert made(make, admin, left, past, erased, merged, 999_999) == codes.Made(0, 0)


def test_a_login_name_that_is_taken_gets_a_number(make: Make, admin: int, tilda: int) -> None:
    other = make.person("Ulf Holm", email=None)

    def take() -> None:
        person = db.session.get_one(Person, other)
        person.login, person.login_key = "Tilda-Holm", "tilda-holm"

    make.do(take)
    assert made(make, admin, tilda, other) == codes.Made(2, 1)
    assert card(make, admin, tilda).signs_in_with == "tilda-holm-2"
    assert card(make, admin, other).signs_in_with == "Tilda-Holm", "what they had stays"


def test_who_has_an_address_keeps_it_to_sign_in_with(make: Make, admin: int) -> None:
    ada = make.person("Ada Okoye", email="ada@example.org")
    assert made(make, admin, ada) == codes.Made(1, 0)
    assert card(make, admin, ada).signs_in_with == "ada@example.org"


def test_only_an_admin_makes_and_sees_them(make: Make, admin: int, tilda: int) -> None:
    viewer, at = make.viewer(make.member()), clock.now()
    for work in (
        lambda: codes.make_codes(viewer=viewer, person_ids=[tilda], at=at),
        lambda: codes.withdraw_code(viewer=viewer, code_id=1),
        lambda: codes.open_codes(viewer),
        lambda: codes.cards(viewer, most=8),
        lambda: codes.without_mail(viewer),
        lambda: codes.waiting_in(viewer, [None]),
    ):
        with pytest.raises(NotVisible):
            make.do(work)


def test_a_password_goes_on_working_beside_a_code(client: Client, app: Flask, make: Make, admin: int) -> None:
    ada = make.member("Ada Okoye", email="ada@example.org")
    code_for(make, admin, ada)
    client.sign_in_by_form("ada@example.org", PASSWORD)
    with app.app_context():
        assert unit_of_work(lambda: services.end_sessions(person_id=ada)) == 1
