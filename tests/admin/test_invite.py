"""Inviting the staff: nothing goes out before the button, and nobody is asked twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, links, outbox
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.outbox import OwedMail
from portal.invitations import queries, services
from portal.invitations.models import INVITATION_LASTS, Invitation
from portal.people import services as people
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def admin(make: Make) -> int:
    return make.member("Amara Nwosu", role="admin", department="Support")


def owed(make: Make) -> int:
    return make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(OwedMail)) or 0)


def invited(make: Make) -> list[int | None]:
    return make.read(lambda: list(db.session.scalars(sa.select(Invitation.person_id).order_by(Invitation.id))))


def ask(make: Make, admin: int, *person_ids: int) -> int:
    viewer = make.viewer(admin, "member", "admin")
    return make.do(lambda: services.invite_staff(viewer=viewer, person_ids=person_ids))


# ---- the rule --------------------------------------------------------------------------------------------------


def test_who_waits_is_asked_once_and_owed_a_mail_later(make: Make, admin: int) -> None:
    hana, ben = make.person("Hana Kim"), make.person("Ben Adeyemi")
    assert ask(make, admin, hana, ben) == 2
    assert sorted(invited(make)) == [hana, ben]
    due = make.read(lambda: list(db.session.scalars(sa.select(OwedMail.due_at))))
    assert len(due) == 2 and all(at > clock.now() + outbox.UNDO_FOR - timedelta(seconds=30) for at in due)
    assert ask(make, admin, hana, ben) == 0
    assert owed(make) == 2


def test_nobody_is_asked_who_has_an_account_left_or_has_no_address(make: Make, admin: int) -> None:
    inside, gone, silent = make.member(), make.person(), make.person(email=None)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    past = make.person(kind="guest", ends_on=clock.today() - timedelta(days=2))
    assert ask(make, admin, inside, gone, silent, past, admin) == 0
    assert invited(make) == []


def test_one_that_has_run_out_is_renewed(make: Make, admin: int) -> None:
    hana = make.person("Hana Kim")
    with clock.pinned(clock.now() - INVITATION_LASTS - timedelta(hours=1)):
        assert ask(make, admin, hana) == 1
    assert ask(make, admin, hana) == 1
    rows = make.read(
        lambda: [(r.times_sent, r.is_good(clock.now())) for r in db.session.scalars(sa.select(Invitation))]
    )
    assert rows == [(2, True)]


def test_only_an_admin_asks(make: Make) -> None:
    member, hana = make.member(), make.person()
    viewer = make.viewer(member)
    with pytest.raises(NotVisible):
        make.do(lambda: services.invite_staff(viewer=viewer, person_ids=[hana]))


def test_a_thousand_take_a_fixed_number_of_statements_a_batch(app: Flask, make: Make, admin: int) -> None:
    some = [make.person(f"Person {n}") for n in range(12)]
    said: list[str] = []
    with app.app_context():
        engine = db.engine

    def count(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    ask(make, admin, some[0])
    sa.event.listen(engine, "before_cursor_execute", count)
    ask(make, admin, *some[1:3])
    few = len(said)
    said.clear()
    ask(make, admin, *some[3:])
    assert len(said) == few


def test_a_colleague_is_let_in_by_it_without_a_team(make: Make, client: Client, admin: int) -> None:
    hana = make.person("Hana Kim", email="hana@example.org")
    ask(make, admin, hana)
    page = client.get(welcome(make, hana))
    assert "You are invited" in page.h1
    answer = client.get(welcome(make, hana)).submit({"password": "correct horse battery"}, containing="password")
    assert answer.status_code == 303
    assert make.read(queries.staff_by_department)[-1].signed_in >= 1


def welcome(make: Make, person_id: int) -> str:
    def path() -> str:
        row = db.session.scalars(sa.select(Invitation).where(Invitation.person_id == person_id)).one()
        return f"/welcome/{links.token_for('welcome', row.id, row.nonce)}"

    return make.read(path)


# ---- the page --------------------------------------------------------------------------------------------------


def test_it_counts_by_department_and_shows_who_before_anything_goes_out(
    make: Make, client: Client, admin: int
) -> None:
    make.person("Hana Kim", department="Data")
    make.person("Ben Adeyemi", department="Data", email=None)
    make.person("Nobody's Own")
    client.sign_in(make.email(admin))
    page = client.get("admin.invite")
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.all("tbody tr")]
    assert rows == [
        ["Data", "1", "0", "0", "1"],
        ["Support", "0", "0", "1", "0"],
        ["No department", "1", "0", "0", "0"],
    ]
    groups = make.read(queries.staff_by_department)
    page = client.get("admin.invite", department=[groups[0].department_id, "none"])
    assert "2 people would be invited" in page.main
    assert "Hana Kim" in page.main and "Nobody's Own" in page.main and "Ben Adeyemi" not in page.main
    assert "You are invited" in page.main, "the letter"
    assert owed(make) == 0


def test_the_button_invites_the_departments_that_were_shown(make: Make, client: Client, admin: int) -> None:
    hana, ben = make.person("Hana Kim", department="Data"), make.person("Ben Adeyemi", department="Design")
    data = next(group for group in make.read(queries.staff_by_department) if group.name == "Data")
    client.sign_in(make.email(admin))
    page = client.get("admin.invite", department=data.department_id)
    assert page.submit({"invite": "1"}, containing="csrf_token").status_code == 303
    assert invited(make) == [hana] and ben
    assert "1 person is invited." in client.get("admin.invite").text
    page.submit({"invite": "1"}, containing="csrf_token")
    assert "Nobody was left to invite" in client.get("admin.invite").text
    assert invited(make) == [hana]


@pytest.mark.parametrize("word", ["x", "-1", "9" * 30, "², none", ""])
def test_what_is_no_department_chooses_nobody(make: Make, client: Client, admin: int, word: str) -> None:
    make.person("Hana Kim", department="Data")
    client.sign_in(make.email(admin))
    token = client.get("admin.start").root.xpath("//input[@name='csrf_token']/@value")[0]
    sent = {"department": word, "invite": "1", "csrf_token": token}
    assert client.raw.post(client.url("admin.invite"), data=sent).status_code == 303
    assert invited(make) == []
