"""Who is invited when people are added, when addresses are asked in, and when somebody goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, settings
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.outbox import OwedMail
from portal.invitations import services
from portal.invitations.models import INVITATION_LASTS, KEPT_FOR, Invitation
from portal.people import services as people
from portal.people.models import Person
from portal.teams import services as teams
from portal.teams.pasted import Invited
from tests.makers import Make

from .conftest import HANA, House, guest

# ---- people who are added --------------------------------------------------------------------------------------


def test_whoever_has_an_address_and_no_account_is_invited(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    ines = house.make.person("Ines", email="ines@y.example", kind="guest")
    there = house.make.member("Bo Lindgren")
    without = house.make.person("Ada Okoye", email=None)
    house.add(oskar, ines, there, without)
    assert [(row.person_id, row.kind, row.email) for row in house.rows()] == [
        (oskar, "member", "oskar@example.org"),
        (ines, "guest", "ines@y.example"),
    ]
    for row in house.rows():
        assert (row.team_id, row.invited_by_id, row.times_sent, row.name) == (house.team, house.lead, 1, "")
        assert row.sent_at == row.created_at
    assert house.owed() == [(row.id, 1) for row in house.rows()]
    assert all(house.is_in(one) for one in (oskar, ines, there, without))
    assert len({row.nonce for row in house.rows()}) == 2


def test_a_team_that_starts_invites(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    team = house.start("Harbour", people=[oskar], invited=[guest()])
    assert [(row.team_id, row.person_id, row.email) for row in house.rows()] == [
        (team, oskar, "oskar@example.org"),
        (team, None, HANA),
    ]


def test_another_team_is_another_invitation(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    second = house.start("Harbour", people=[oskar])
    assert [row.team_id for row in house.rows()] == [house.team, second]


def test_there_is_no_second_one_while_the_first_is_good(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.make.do(lambda: services.invite_people(team_id=house.team, person_ids=[oskar], by_id=house.lead))
    first = house.row()
    house.make.do(lambda: services.invite_people(team_id=house.team, person_ids=[oskar], by_id=house.priya))
    assert (house.row().nonce, house.row().invited_by_id, house.owed()) == (first.nonce, house.lead, [(first.id, 1)])
    # Nor after the staff list has mended the address.
    mended = sa.update(Person).where(Person.id == oskar).values(email="o@example.org", email_key="o@example.org")
    house.make.do(lambda: db.session.execute(mended) and None)
    house.make.do(lambda: services.invite_people(team_id=house.team, person_ids=[oskar], by_id=house.lead))
    assert house.row().nonce == first.nonce
    with clock.pinned(clock.now() + INVITATION_LASTS):
        house.make.do(lambda: services.invite_people(team_id=house.team, person_ids=[oskar], by_id=house.priya))
        assert house.state(house.token()) == "open"
    row = house.row()
    assert (row.times_sent, row.email, row.invited_by_id) == (2, "o@example.org", house.priya)
    assert house.owed() == [(first.id, 1), (first.id, 2)]


def test_an_address_that_was_asked_in_before_the_staff_list_came(house: House) -> None:
    house.add(invited=[Invited("oskar@example.org")])
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    assert len(house.rows()) == 1
    assert house.is_in(house.accept(house.token()))


def test_who_comes_by_themselves_needs_none(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    assert house.make.do(lambda: teams.bring_in(team_id=house.team, person_id=oskar))
    assert house.rows() == [] and house.owed() == []


def test_leavers_are_not_invited(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    past = house.make.person("Ines", email="i@y.example", kind="guest", ends_on=clock.today() - timedelta(days=1))
    house.make.do(lambda: people.mark_left(person_id=oskar, actor_id=None))
    house.add(oskar, past, invited=[Invited("oskar@example.org"), guest("i@y.example")])
    house.by_link("oskar@example.org")
    assert house.rows() == [] and house.owed() == []
    assert not house.is_in(oskar) and not house.is_in(past)


# ---- addresses ---------------------------------------------------------------------------------------------------


def test_an_address_is_invited_once_however_it_is_written(house: House) -> None:
    house.add(invited=[guest(), guest("HANA@Y.example", "Hana K.")])
    first = house.row()
    assert (first.kind, first.email_key, first.person_id) == ("guest", HANA, None)
    house.add(invited=[guest(name="Other", ends_on=date(2998, 1, 1))])
    house.add(invited=[guest()])
    again = house.row()
    assert (again.nonce, again.name, again.ends_on, again.times_sent) == (first.nonce, first.name, first.ends_on, 1)
    assert house.owed() == [(first.id, 1)]


def test_inviting_again_renews_what_has_expired(house: House) -> None:
    with clock.pinned(clock.ago(days=15)):
        house.add(invited=[guest(name="Hana")])
        old = house.token()
    house.add(invited=[guest(name="", ends_on=date(2998, 1, 1))])
    row = house.row()
    assert (row.times_sent, row.ends_on, row.name) == (2, date(2998, 1, 1), "Hana")
    assert (house.state(old), house.state(house.token())) == ("renewed", "open")
    assert house.owed() == [(row.id, 1), (row.id, 2)]


def test_inviting_again_gives_a_guest_another_last_day_when_theirs_has_passed(house: House) -> None:
    house.add(invited=[guest(ends_on=clock.today())])
    with clock.pinned(clock.now() + timedelta(days=2)):
        assert house.state(house.token()) == "gone"
        house.add(invited=[guest(ends_on=date(2998, 1, 1))])
        assert house.state(house.token()) == "open"
        assert house.person(house.accept(house.token())).ends_on == date(2998, 1, 1)


def test_who_has_the_address_by_now_is_brought_in(house: House) -> None:
    bo = house.make.member("Bo Lindgren", email="bo@example.org")
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(invited=[Invited("BO@example.org"), Invited("Oskar@example.org"), guest()])
    assert house.is_in(bo) and house.is_in(oskar)
    assert [(row.person_id, row.email_key) for row in house.rows()] == [(None, HANA), (oskar, "oskar@example.org")]
    assert house.accept(house.token(person_id=oskar)) == oskar


def test_by_the_join_link_nobody_learns_who_has_an_account(house: House) -> None:
    bo = house.make.member("Bo Lindgren", email="bo@example.org")
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    for address in ("bo@example.org", "oskar@example.org", "new@example.org"):
        house.by_link(address)
        house.by_link(address)
    assert [(row.person_id, row.email_key, row.invited_by_id, row.kind) for row in house.rows()] == [
        (oskar, "oskar@example.org", None, "member"),
        (None, "new@example.org", None, "member"),
    ]
    assert not house.is_in(bo) and not house.is_in(oskar), "whoever types an address brings nobody in"
    assert len(house.owed()) == 2
    assert house.accept(house.token(person_id=oskar)) == oskar
    assert house.is_in(oskar)
    house.add(invited=[Invited("new@example.org")], by=house.priya)
    row = house.row(email="new@example.org")
    assert (row.invited_by_id, row.times_sent) == (house.priya, 1), "now somebody has invited them"


# ---- going ---------------------------------------------------------------------------------------------------------


def test_who_leaves_a_team_is_not_invited_to_it_any_more(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    second = house.start("Harbour", people=[oskar])
    viewer = house.viewer(house.lead)
    house.make.do(lambda: teams.remove_member(viewer=viewer, team_id=house.team, person_id=oskar))
    assert house.state(house.token(team_id=house.team)) == "withdrawn"
    assert house.state(house.token(team_id=second)) == "open"
    assert house.owed() == [(house.row(team_id=second).id, 1)]
    house.accept(house.token(team_id=second))
    assert not house.is_in(oskar) and house.is_in(oskar, second)


def test_a_leavers_links_are_dead_and_those_they_sent_are_not(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.start("Harbour", invited=[Invited("priya@example.com.example", kind="guest", ends_on=date(2999, 1, 1))])
    house.add(oskar, invited=[guest()])
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    house.make.do(lambda: people.mark_left(person_id=oskar, actor_id=None))
    house.make.do(lambda: people.mark_left(person_id=house.priya, actor_id=None))
    withdrawn = [row.email for row in house.rows() if row.withdrawn_at is not None]
    assert withdrawn == ["oskar@example.org"]
    assert len(house.owed()) == 3


def test_an_address_of_somebody_who_leaves_is_withdrawn_with_them(house: House) -> None:
    house.add(invited=[Invited("jo@example.org")])
    jo = house.make.member("Jo", email="JO@example.org")
    house.make.do(lambda: people.mark_left(person_id=jo, actor_id=None))
    assert house.state(house.token()) == "withdrawn"


# ---- how much it costs, and for how long it is kept ----------------------------------------------------------------


def count_of(app: Flask, work: Callable[[], None]) -> int:
    said: list[str] = []

    def asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", asked)
        try:
            unit_of_work(work)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", asked)
    return len(said)


def crowd(make: Make, first: int, last: int) -> list[int]:
    def fill() -> list[int]:
        rows = [
            {
                "name": f"Someone {n}",
                "handle": f"someone-{n}",
                "email": f"s{n}@example.org",
                "email_key": f"s{n}@example.org",
                "created_at": clock.now(),
            }
            for n in range(first, last)
        ]
        return list(db.session.scalars(sa.insert(Person).returning(Person.id), rows))

    return make.do(fill)


@pytest.mark.parametrize("how", ["people", "addresses", "renewed"])
def test_five_or_five_hundred_cost_the_same(app: Flask, house: House, how: str) -> None:
    costs = []
    for first, last in ((0, 5), (1000, 1500)):
        if how == "people":
            ids = crowd(house.make, first, last)
            work = lambda i=ids: services.invite_people(team_id=house.team, person_ids=i, by_id=house.lead)  # noqa: E731
        else:
            asked = [guest(f"g{n}@y.example") for n in range(first, last)]
            work = lambda i=asked: services.invite_addresses(team_id=house.team, invited=i, by_id=house.lead)  # noqa: E731
        if how == "renewed":
            with clock.pinned(clock.ago(days=20)):
                house.make.do(work)
        costs.append(count_of(app, work))
    assert costs[0] == costs[1] <= 8
    assert len(house.rows()) == 505
    assert len(house.owed()) == 505 * (2 if how == "renewed" else 1)


def test_five_thousand_people_are_invited_in_batches(app: Flask, house: House) -> None:
    ids = crowd(house.make, 0, 5000)
    work = lambda: services.invite_people(team_id=house.team, person_ids=ids, by_id=house.lead)  # noqa: E731
    assert count_of(app, work) <= 4 + 10 * 5
    assert count_of(app, work) <= 4 + 10 * 5
    wanted = sa.select(sa.func.count()).select_from(Invitation)
    assert house.make.read(lambda: db.session.scalar(wanted)) == 5000
    assert len(house.owed()) == 5000


def test_leaving_and_closing_cost_the_same(app: Flask, house: House) -> None:
    few, many = crowd(house.make, 0, 5), crowd(house.make, 5, 305)
    second = house.start("Harbour", invited=[guest(f"g{n}@y.example") for n in range(300)])
    house.add(*few, *many)
    house.add(invited=[guest()])
    costs = [
        count_of(app, lambda t=team: services.team_has_closed(t))  # type: ignore[misc]
        for team in (house.team, second)
    ]
    assert costs[0] == costs[1]
    costs = [
        count_of(app, lambda o=one: services.withdraw_of(person_id=o))  # type: ignore[misc]
        for one in (few[0], many[0])
    ]
    assert costs[0] == costs[1] <= 3


def test_what_is_settled_goes_after_90_days(house: House) -> None:
    start = clock.ago(days=400)
    with clock.pinned(start):
        house.add(invited=[guest(f"{name}@y.example") for name in ("accepted", "withdrawn", "expired", "again")])
        house.accept(house.token(email="accepted@y.example"), "A")
        house.withdraw(house.lead, house.row(email="withdrawn@y.example").id)

    def left(at: Any, address: str) -> set[str]:
        with clock.pinned(at):
            house.add(invited=[guest(address)])
        return {row.email.partition("@")[0] for row in house.rows()}

    with clock.pinned(start + timedelta(days=60)):
        house.send_again(house.lead, house.row(email="again@y.example").id)
    settled = start + KEPT_FOR
    assert {"accepted", "withdrawn", "expired", "again"} <= left(settled - timedelta(hours=1), "one@y.example")
    assert left(settled + timedelta(hours=1), "two@y.example") == {"expired", "again", "one", "two"}
    later = settled + INVITATION_LASTS
    assert left(later + timedelta(hours=1), "three@y.example") == {"again", "one", "two", "three"}
    owed = {row.id for row in house.rows()}
    assert {subject for subject, _o in house.owed()} == owed, "no mail is owed about what is gone"
    house.make.read(lambda: db.session.execute(sa.select(OwedMail)).all())


def test_the_log_of_who_did_what_holds_codes_and_ids(house: House) -> None:
    house.add(invited=[guest()])
    house.send_again(house.lead, house.row().id)
    entries = house.make.read(lambda: db.session.scalars(sa.select(AuditEntry)).all())
    said = [(one.code, one.actor_id, one.subject_id) for one in entries]
    assert ("people_invited", house.lead, house.team) in said
    assert ("invitation_sent_again", house.lead, house.row().id) in said


def test_domains_are_the_admins_to_say(house: House) -> None:
    house.make.do(lambda: settings.put("invite_domains", []))
    with pytest.raises(teams.RuleBroken):
        house.add(invited=[Invited("jo@example.org")])
    assert house.rows() == []
