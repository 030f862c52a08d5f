"""On a team's invite page: who was invited, for who may manage it; the links, for who may pass them on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.invitations import queries
from portal.invitations.panels import PANELS, on_invite
from portal.invitations.queries import ON_PAGE, Invitations
from portal.people import services as people
from portal.teams.pasted import Invited
from tests.client import Client

from .conftest import House, guest


def seen(house: House, who: int, *roles: str, team: int | None = None) -> Invitations:
    viewer = house.viewer(who, *roles)
    return house.make.read(lambda: queries.invitations_of(viewer, team or house.team))


def with_links(found: Invitations) -> list[str]:
    return [line.called for line in found.lines if line.token]


def test_nothing_to_show_is_no_panel(house: House) -> None:
    viewer = house.viewer(house.lead)
    assert house.make.read(lambda: on_invite(viewer, house.team)) is None
    assert [panel.slot for panel in PANELS] == ["team_invite"]


def test_the_newest_first_for_who_may_manage_them(house: House) -> None:
    house.add(invited=[guest()])
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    house.start("Harbour", invited=[guest("elsewhere@y.example")])
    admin, bo = house.make.member("Amara", role="admin"), house.make.member("Bo Lindgren")
    house.add(bo)
    assert [line.called for line in seen(house, house.lead).lines] == ["jo@example.org", "Hana Kim"]
    assert [line.called for line in seen(house, admin, "admin", "member").lines] == ["jo@example.org", "Hana Kim"]
    assert [line.called for line in seen(house, house.priya).lines] == ["jo@example.org"]
    assert seen(house, bo).lines == []
    ines = house.viewer(house.make.guest("Ines"))
    with pytest.raises(NotVisible):
        house.make.read(lambda: on_invite(ines, house.team))


def test_the_link_of_an_address_is_for_the_inviter_the_leads_and_the_admins(house: House) -> None:
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    house.by_link("new@example.org")
    for who, roles in ((house.lead, ()), (house.make.member("Amara"), ("admin", "member"))):
        assert with_links(seen(house, who, *roles)) == ["new@example.org", "jo@example.org"]
    assert with_links(seen(house, house.priya)) == ["jo@example.org"]
    line = seen(house, house.priya).lines[0]
    assert house.state(line.token or "") == "open"


def test_the_link_of_somebody_known_is_for_whoever_invited_them_alone(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    admin = house.make.member("Amara", role="admin")
    house.add(oskar, by=house.priya)
    house.by_link("ada@example.org")
    house.make.person("Ada Okoye", email="ada@example.org")
    assert with_links(seen(house, house.priya)) == ["Oskar Nilsen"]
    for who, roles in ((house.lead, ()), (admin, ("admin", "member"))):
        found = seen(house, who, *roles)
        assert [line.called for line in found.lines] == ["ada@example.org", "Oskar Nilsen"]
        assert with_links(found) == ["ada@example.org"], "nobody invited her: whoever leads passes it on"
    assert seen(house, house.lead).lines[1].email == "", "the staff list's address is not for everybody"
    house.send_again(house.lead, house.row(email="ada@example.org").id)
    assert with_links(seen(house, house.lead)) == ["ada@example.org"]
    assert with_links(seen(house, admin, "admin", "member")) == []


def test_expired_ones_have_no_link_and_settled_ones_are_gone(house: House) -> None:
    with clock.pinned(clock.ago(days=15)):
        house.add(invited=[guest(), guest("back@y.example")])
        house.withdraw(house.lead, house.row(email="back@y.example").id)
    (line,) = seen(house, house.lead).lines
    assert (line.is_good, line.token) == (False, None)
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    assert len(seen(house, house.lead).lines) == 2
    house.make.account(oskar)
    assert len(seen(house, house.lead).lines) == 1, "who got in by another way needs no link"


def test_who_is_in_of_late(house: House) -> None:
    house.add(invited=[guest(), guest("jo@y.example")])
    house.add(invited=[Invited("ada@example.org")], by=house.priya)
    for email, name in (("hana@y.example", "Hana Kim"), ("jo@y.example", "Jo"), ("ada@example.org", "Ada Okoye")):
        house.accept(house.token(email=email), name)
    assert seen(house, house.lead).in_lately == ["Ada", "Jo", "Hana"]
    assert seen(house, house.priya).in_lately == ["Ada"]
    ada = house.row(email="ada@example.org").person_id or 0
    house.make.do(lambda: people.mark_left(person_id=ada, actor_id=None))
    assert seen(house, house.lead).in_lately == ["Jo", "Hana"]
    with clock.pinned(clock.now() + timedelta(days=15)):
        assert seen(house, house.lead).in_lately == []


def test_at_most_a_hundred_and_how_many_more(app: Flask, house: House) -> None:
    said: list[str] = []

    def asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", asked)
    house.add(invited=[guest("first@y.example")])
    said.clear()
    seen(house, house.lead)
    few = len(said)
    house.add(invited=[guest(f"g{n}@y.example") for n in range(ON_PAGE + 4)])
    said.clear()
    found = seen(house, house.lead)
    assert len(said) == few
    assert (len(found.lines), found.more) == (ON_PAGE, 5)


def test_the_panel_on_the_page(client: Client, house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    with clock.pinned(clock.ago(days=20)):
        house.add(invited=[guest("old@y.example", "", date(2999, 1, 1))])
    house.add(oskar, by=house.priya, invited=[Invited("in@example.org", "Ines")])
    house.add(invited=[guest("hana@y.example", "<b>Hana</b>", date(2999, 3, 9))])
    house.accept(house.token(email="in@example.org"), "Ines Lee")
    client.sign_in("tomas@example.org")
    page = client.get("teams.invite", slug="lighthouse")
    (panel,) = [one for one in page.all("section") if one.get("aria-labelledby") == "invited-h"]
    text = " ".join(panel.text_content().split())
    assert "Ines is in" in text
    assert "<b>Hana</b> Guest until 9 March 2999" in text
    assert "old@y.example" in text and "Expired on" in text
    assert "Oskar Nilsen" in text and "whoever invited them has the link" in text
    (link,) = [one.get("value") for one in panel.cssselect("input[readonly]")]
    assert link == f"http://localhost/welcome/{house.token(email='hana@y.example')}"
    number = house.row(email="hana@y.example").id
    answer = page.submit(action=f"/invitations/{number}/again")
    assert answer.headers["Location"] == "/t/lighthouse/invite"
    after = client.follow(answer)
    assert after.flashes == ["Here is a new link. The one before does not work any more."]
    assert house.token(email="hana@y.example") in after.html and link not in after.html
    assert client.follow(after.submit(action=f"/invitations/{number}/withdraw")).flashes
    assert "Hana" not in client.get("teams.invite", slug="lighthouse").main
