"""The mail of an invitation, and what the invite page says about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.invitations import services
from portal.kudos import services as kudos
from portal.people.models import Person
from portal.people.services import db
from tests.client import Client
from tests.invitations.conftest import House, guest
from tests.makers import Make
from tests.sink import Post, link_in, words


@pytest.fixture
def ines(house: House) -> int:
    """On the staff list, without an account."""
    return house.make.person("Inès Petit", email="ines@example.org")


def test_it_says_who_invites_to_what_and_lets_in(client: Client, house: House, post: Post, ines: int) -> None:
    house.add(ines)
    (mail,) = post.go()
    assert mail["Subject"] == "Tomás invites you to Lighthouse"
    assert str(mail["To"].addresses[0]) == "Inès Petit <ines@example.org>"
    for kind in ("plain", "html"):
        assert "Tomás invites you to the team Lighthouse." in words(mail, kind)
        assert "Hello Inès," in words(mail, kind)
    page = client.get(link_in(mail, "/welcome/"))
    page.submit({"password": "correct horse battery"})
    assert house.has_account(ines)


def test_an_address_that_nobody_here_has(client: Client, house: House, post: Post) -> None:
    house.add(invited=[guest()])
    (mail,) = post.go()
    assert str(mail["To"]) == "Hana Kim <hana@y.example>" and "Hello," in words(mail)
    (row,) = post.rows()
    assert row.person_id is None and row.sent_at


def test_an_invitation_without_a_team(house: House, post: Post, ines: int) -> None:
    admin = house.viewer(house.lead, "admin", "member")
    house.make.do(lambda: services.invite_staff(viewer=admin, person_ids=[ines]))
    (mail,) = post.go()
    assert mail["Subject"] == "You are invited"
    assert "Tomás invites you to Hallway." in words(mail)


def test_whoever_is_invited_by_being_thanked_reads_it(client: Client, house: House, post: Post, ines: int) -> None:
    public_id = house.make.kudos(house.lead, ines, shown_to="us")
    (mail,) = post.go()
    assert mail["Subject"] == "Tomás thanked you"
    for kind in ("plain", "html"):
        assert "Tomás thanked you in Hallway. You can read what for as soon as you are in." in words(mail, kind)
        assert "stayed until every import" not in words(mail, kind)
    path = link_in(mail, "/welcome/")
    assert "Tomás thanked you" in client.get(path).main
    lead = house.viewer(house.lead)
    house.make.do(lambda: kudos.take_back(viewer=lead, public_id=public_id))
    assert "You are invited" in client.get(path).main and "thanked" not in client.get(path).main


def test_what_was_withdrawn_in_time_or_has_run_out_is_not_sent(house: House, post: Post, ines: int) -> None:
    house.add(ines)
    house.withdraw(house.lead, house.row(person_id=ines).id)
    assert post.go() == []
    house.add(invited=[guest()])
    assert post.go(timedelta(days=15)) == []
    assert post.rows() == []


def test_sent_again_it_brings_the_new_link_to_the_address_of_today(
    client: Client, house: House, post: Post, ines: int
) -> None:
    house.add(ines)
    (first,) = post.go()

    def put_right() -> None:
        person = db.session.get_one(Person, ines)
        person.email = person.email_key = "ines.petit@example.org"

    house.make.do(put_right)
    house.send_again(house.lead, house.row(person_id=ines).id)
    (second,) = post.go()
    assert second["To"].addresses[0].addr_spec == "ines.petit@example.org"
    assert first["Message-ID"] != second["Message-ID"]
    client.get(link_in(first, "/welcome/"), status=410)
    client.get(link_in(second, "/welcome/"))


def test_a_name_that_is_an_attack(house: House, post: Post) -> None:
    lead = house.make.member("Eve\r\nBcc: all@example.org", email="eve@example.org")
    house.make.project("Elm\nX-Evil: 1", lead, house.make.person("Mo\r\nTo: x@y.example", email="mo@example.org"))
    (mail,) = post.go()
    assert mail["Bcc"] is None and mail["X-Evil"] is None
    assert post.sink.to == ["mo@example.org"]


# ---- on the invite page --------------------------------------------------------------------------------------


def lines(client: Client, house: House) -> str:
    return client.get("teams.invite", slug="lighthouse").main


def links(client: Client) -> list[str]:
    page = client.get("teams.invite", slug="lighthouse")
    return [str(field.get("value")) for field in page.all(".invited input[data-copy]")]


def test_without_mail_the_inviter_passes_links_on(client: Client, house: House, ines: int) -> None:
    client.sign_in("tomas@example.org")
    house.add(ines, invited=[guest()])
    assert len(links(client)) == 2
    assert "Pass each link on yourself" in lines(client, house)


def test_with_mail_nobody_sees_the_link_of_who_is_on_the_staff_list(
    client: Client, house: House, post: Post, ines: int
) -> None:
    client.sign_in("tomas@example.org")
    house.add(ines, invited=[guest()])
    assert len(links(client)) == 1, "of whom nobody here knows"
    assert "the mail is on its way" in lines(client, house)
    assert "Pass each link on yourself" not in lines(client, house)
    post.sink.recipient = lambda to: "550 5.1.1 unknown" if "hana" in to else None
    post.go()
    said = lines(client, house)
    assert "mailed on" in said and "could not be delivered" in said


def test_a_language_that_somebody_reads(app: Flask, house: House, post: Post, make: Make) -> None:
    with clock.pinned(clock.now()):
        house.add(invited=[guest()])
        (mail,) = post.go()
    assert '<html lang="en"' in words(mail, "html")
