"""Leaving, coming back, roles, guests: what becomes of people, and that somebody always stays admin."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import services as accounts
from portal.accounts.models import Account, SignIn
from portal.audiences.queries import members_of
from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.goals import services as goals
from portal.infomercials.models import InfomercialListing
from portal.people import duties, services
from portal.people.models import Person, PersonListing
from portal.teams.models import Team, TeamMember
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases


def person(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


def role(make: Make, person_id: int) -> str:
    return make.read(lambda: db.session.get_one(Account, person_id).role)


def listed(make: Make, person_id: int) -> int:
    rows = sa.select(sa.func.count()).select_from(PersonListing).where(PersonListing.person_id == person_id)
    return make.read(lambda: db.session.scalar(rows) or 0)


@pytest.fixture
def boss(make: Make) -> int:
    make.noise()
    return make.member("Ada Admin", role="admin")


# ---- leaving and coming back ---------------------------------------------------------------------------------------


def test_whoever_left_is_out_and_comes_back_as_they_were(client: Client, make: Make, boss: int) -> None:
    me = make.intro(make.member("Gita Rao"))
    client.sign_in(make.email(me))
    client.get("home.home")
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    assert client.raw.get("/").status_code == 303
    assert listed(make, me) == 0
    make.do(lambda: services.come_back(person_id=me, actor_id=boss))
    assert listed(make, me) == 1
    shown = sa.select(InfomercialListing.person_id).where(InfomercialListing.person_id == me)
    assert make.read(lambda: db.session.scalar(shown)) == me
    assert client.raw.get("/").status_code == 303, "sessions are not taken up again"
    client.another().sign_in_by_form(make.email(me)).get("home.home")


def test_leaving_twice_is_leaving_once(make: Make, boss: int) -> None:
    me = make.member()
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    left = make.read(lambda: person(me).left_at)
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    assert make.read(lambda: person(me).left_at) == left


def test_a_guest_comes_back_until_a_day_that_lies_ahead(make: Make, boss: int) -> None:
    guest = make.guest()
    make.do(lambda: services.mark_left(person_id=guest, actor_id=boss))
    for day in (None, clock.today() - timedelta(days=3)):
        with pytest.raises(RuleBroken) as broken:
            make.do(lambda day=day: services.come_back(person_id=guest, actor_id=boss, ends_on=day))  # type: ignore[misc]
        assert broken.value.field == "ends_on"
    until = clock.today() + timedelta(days=30)
    make.do(lambda: services.come_back(person_id=guest, actor_id=boss, ends_on=until))
    assert make.read(lambda: (person(guest).left_at, person(guest).ends_on)) == (None, until)


def test_whoever_is_here_does_not_come_back(make: Make, boss: int) -> None:
    me = make.member()
    before = make.read(lambda: person(me).version)
    make.do(lambda: services.come_back(person_id=me, actor_id=boss))
    assert make.read(lambda: person(me).version) == before


def test_a_last_day_lies_ahead_and_can_be_taken_back(make: Make, boss: int) -> None:
    me = make.member()
    with pytest.raises(RuleBroken, match="passed"):
        make.do(
            lambda: services.plan_last_day(person_id=me, ends_on=clock.today() - timedelta(days=2), actor_id=boss)
        )
    day = clock.today() + timedelta(days=9)
    make.do(lambda: services.plan_last_day(person_id=me, ends_on=day, actor_id=boss))
    assert make.read(lambda: person(me).ends_on) == day
    make.do(lambda: services.plan_last_day(person_id=me, ends_on=None, actor_id=boss))
    assert make.read(lambda: person(me).ends_on) is None
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    with pytest.raises(RuleBroken, match="not here"):
        make.do(lambda: services.plan_last_day(person_id=me, ends_on=day, actor_id=boss))


def test_whoevers_last_day_has_passed_where_they_are_leaves_by_the_duty(app: Flask, make: Make, boss: int) -> None:
    west = make.guest("Wes West", place="Honolulu", place_time_zone="Pacific/Honolulu", ends_on=date(2030, 5, 2))
    east = make.guest("Eva East", place="Auckland", place_time_zone="Pacific/Auckland", ends_on=date(2030, 5, 2))
    stays = make.guest("Sal Stay", ends_on=date(2030, 5, 20))
    member = make.member("Mo Member", ends_on=date(2030, 4, 1))
    team = make.project("Elm", boss, west, east)
    with app.app_context(), clock.pinned(datetime(2030, 5, 3, 1, tzinfo=UTC)):
        duties.leave_on_time()
    gone = make.read(lambda: {one: person(one).left_at is not None for one in (west, east, stays, member)})
    assert gone == {west: False, east: True, stays: False, member: True}
    in_team = sa.select(TeamMember.person_id).where(TeamMember.team_id == team)
    assert east not in make.read(lambda: set(db.session.scalars(in_team)))


# ---- the last admin ------------------------------------------------------------------------------------------------


def test_the_last_admin_neither_leaves_nor_is_demoted_nor_ends(make: Make, boss: int) -> None:
    make.member("Mo Moderator", role="moderator")
    gone = make.member("Gone Admin", role="admin")
    make.do(lambda: services.mark_left(person_id=gone, actor_id=boss))
    ending = make.member("Ending Admin", role="admin", ends_on=clock.today() + timedelta(days=3))
    viewer = make.viewer(boss, "member", "admin")
    later = clock.today() + timedelta(days=30)
    tries = [
        lambda: services.plan_last_day(person_id=boss, ends_on=later, actor_id=boss),
        lambda: services.set_last_day(person_id=boss, ends_on=clock.today() - timedelta(days=1)) or _end(ending),
    ]
    with pytest.raises(RuleBroken, match="last admin"):
        make.do(tries[0])
    make.do(lambda: services.mark_left(person_id=ending, actor_id=boss))
    for work in (
        lambda: services.mark_left(person_id=boss, actor_id=boss),
        lambda: services.plan_last_day(person_id=boss, ends_on=clock.today(), actor_id=boss),
        lambda: services.change_kind(person_id=boss, kind="guest", actor_id=boss, ends_on=later),
        lambda: accounts.set_role(viewer=viewer, person_id=boss, role="member"),
    ):
        with pytest.raises(RuleBroken, match="last admin"):
            make.do(work)
    assert make.read(lambda: person(boss).left_at) is None
    assert role(make, boss) == "admin"


def _end(_person_id: int) -> None:
    return None


def test_an_admin_who_leaves_comes_back_without_the_role(make: Make, boss: int) -> None:
    other = make.member("Other Admin", role="admin")
    make.do(lambda: services.mark_left(person_id=other, actor_id=boss))
    make.do(lambda: services.come_back(person_id=other, actor_id=boss))
    assert role(make, other) == "member"


def test_two_admins_who_demote_each_other_at_once_leave_one(app: Flask, make: Make, boss: int) -> None:
    other = make.member("Other Admin", role="admin")
    viewers = {one: make.viewer(one, "member", "admin") for one in (boss, other)}
    begin, said = threading.Barrier(2), []

    def demote(by: int, whom: int) -> None:
        with app.app_context():
            begin.wait(20)
            try:
                unit_of_work(lambda: accounts.set_role(viewer=viewers[by], person_id=whom, role="member"))
                said.append("done")
            except RuleBroken:
                said.append("refused")
            db.session.remove()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((boss, other), (other, boss))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(said) == ["done", "refused"]
    assert sorted(role(make, one) for one in (boss, other)) == ["admin", "member"]


# ---- roles and kinds -----------------------------------------------------------------------------------------------


def test_roles_are_given_by_admins_to_colleagues_who_can_sign_in(make: Make, boss: int) -> None:
    viewer = make.viewer(boss, "member", "admin")
    me, guest, never = make.member("Gita Rao"), make.guest("Gus Guest"), make.person("Nora Never")
    make.do(lambda: accounts.set_role(viewer=viewer, person_id=me, role="moderator"))
    assert role(make, me) == "moderator"
    for whom, wanted in ((guest, "admin"), (never, "admin"), (me, "emperor")):
        with pytest.raises(RuleBroken) as broken:
            make.do(lambda whom=whom, wanted=wanted: accounts.set_role(viewer=viewer, person_id=whom, role=wanted))  # type: ignore[misc]
        assert broken.value.field == "role"
    with pytest.raises(NotVisible):
        make.do(lambda: accounts.set_role(viewer=make.viewer(me), person_id=me, role="admin"))
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    with pytest.raises(RuleBroken, match="not here"):
        make.do(lambda: accounts.set_role(viewer=viewer, person_id=me, role="admin"))


def test_a_colleague_who_becomes_a_guest_leads_and_owns_nothing(make: Make, boss: int) -> None:
    lead = make.member("Lea Lead")
    team = make.project("Elm", lead, boss)
    closed = make.project("Oak", lead, boss)
    make.do(lambda: _close(closed))
    admin = make.viewer(boss, "member", "admin")
    goal = make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Grow", owner_id=lead)))
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.change_kind(person_id=lead, kind="guest", actor_id=boss))
    assert broken.value.field == "ends_on"
    until = clock.today() + timedelta(days=30)
    make.do(lambda: services.change_kind(person_id=lead, kind="guest", actor_id=boss, ends_on=until))

    def looks() -> tuple[object, ...]:
        audience = db.session.get_one(Team, closed).audience_id
        leads = db.session.get_one(TeamMember, (team, lead)).is_lead
        return leads, members_of(audience, [lead]), person(lead).kind, person(lead).ends_on

    assert make.read(looks) == (False, set(), "guest", until)
    assert make.read(lambda: db.session.scalar(sa.text(f"SELECT owner_id FROM goal WHERE id = {goal}"))) is None
    make.do(lambda: services.change_kind(person_id=lead, kind="member", actor_id=boss))
    assert make.read(looks) == (False, {lead}, "member", None)


def _close(team_id: int) -> None:
    db.session.get_one(Team, team_id).closed_at = clock.now()


def test_old_sessions_are_forgotten_after_the_days_in_force(app: Flask, client: Client, make: Make) -> None:
    me = make.member()
    client.sign_in(make.email(me))
    count = sa.select(sa.func.count()).select_from(SignIn)
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=59)):
        unit_of_work(accounts.forget_old)
        assert db.session.scalar(count) == 1
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=61)):
        unit_of_work(accounts.forget_old)
        assert db.session.scalar(count) == 0
