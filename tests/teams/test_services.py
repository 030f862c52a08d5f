"""The rules of teams: starting, changing, coming in, leaving, leading, closing. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audiences.models import AudienceMember
from portal.audiences.queries import members_of
from portal.core import clock, links, settings
from portal.core.audit import AuditEntry
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.goals.models import Goal
from portal.infomercials.models import Infomercial, InfomercialListing
from portal.people import services as people
from portal.people.models import Person, PersonListing
from portal.teams import events, queries, services
from portal.teams.models import OldTeamSlug, Team, TeamBuddy, TeamKeep, TeamMember
from portal.teams.pasted import Invited
from portal.teams.queries import TeamView
from portal.teams.services import KickOff, Plan
from tests.makers import Make

MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)
TUESDAY_AT_TEN = KickOff(date(2027, 1, 12), time(10), "Europe/Berlin")  # 9:00 UTC


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """Every test begins on a Monday morning. (Threads of their own live on today's clock.)"""
    with clock.pinned(MONDAY):
        yield


@contextmanager
def after(**parts: float) -> Iterator[None]:
    """So long after that Monday morning."""
    with clock.pinned(MONDAY + timedelta(**parts)):
        yield


class Told:
    """What was published, in order."""

    def __init__(self, app: Flask) -> None:
        self.all: list[Any] = []
        for name in (
            "TeamStarted", "TeamChanged", "MembersAdded", "AddressesInvited", "MemberLeft", "TeamClosed",
            "TeamReopened", "KickOffAttended",
        ):  # fmt: skip
            app.extensions["hallway.events"][getattr(events, name)].append(self.all.append)

    def since(self) -> list[Any]:
        """And forget it."""
        said, self.all[:] = list(self.all), []
        return said


@pytest.fixture
def told(app: Flask) -> Told:
    return Told(app)


def does(make: Make, who: int | Viewer, verb: Callable[..., Any], **more: Any) -> Any:
    viewer = make.viewer(who) if isinstance(who, int) else who
    return make.do(lambda: verb(viewer=viewer, **more))


def start(
    make: Make, me: int | Viewer, *ids: int, lead: int | None = None, invited: tuple[Invited, ...] = (), **plan: Any
) -> int:
    made = Plan(**{"name": "Lighthouse", **plan})
    return int(
        does(make, me, services.start_team, plan=made, lead_id=lead, person_ids=list(ids), invited=list(invited))
    )


def change(make: Make, me: int | Viewer, team: int, version: int | None = None, **plan: Any) -> str:
    made = Plan(**{"name": "Lighthouse", **plan})
    return str(does(make, me, services.change_team, team_id=team, plan=made, version=version))


def add(make: Make, me: int | Viewer, team: int, *ids: int, invited: tuple[Invited, ...] = ()) -> tuple[int, int]:
    added = does(make, me, services.add_people, team_id=team, person_ids=list(ids), invited=list(invited))
    return added.people, added.invited


def view(make: Make, who: int, team: int) -> TeamView:
    viewer = make.viewer(who)
    return make.read(lambda: queries.team_by_id(viewer, team))


def row(make: Make, team: int) -> Team:
    return make.read(lambda: db.session.get_one(Team, team))


def inside(make: Make, team: int) -> list[int]:
    """Who is in it, as they came."""
    found = sa.select(TeamMember.person_id).where(TeamMember.team_id == team)
    found = found.order_by(TeamMember.joined_at, TeamMember.person_id)
    return make.read(lambda: list(db.session.scalars(found)))


def leads(make: Make, team: int) -> set[int]:
    found = sa.select(TeamMember.person_id).where(TeamMember.team_id == team, TeamMember.is_lead)
    return make.read(lambda: set(db.session.scalars(found)))


def audience(make: Make, team: int) -> set[int]:
    found = sa.select(AudienceMember.person_id).join(Team, Team.audience_id == AudienceMember.audience_id)
    return make.read(lambda: set(db.session.scalars(found.where(Team.id == team))))


def count(make: Make, table: Any) -> int:
    return make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def audited(make: Make) -> list[tuple[str, int | None, int | None]]:
    rows = sa.select(AuditEntry.code, AuditEntry.actor_id, AuditEntry.subject_id).order_by(AuditEntry.id)
    return make.read(lambda: [tuple(one) for one in db.session.execute(rows) if one.code.startswith("team_")])


def token_of(make: Make, team: int) -> str:
    def work() -> str:
        found = db.session.get_one(Team, team)
        return links.token_for("join", team, found.join_nonce or "")

    return make.read(work)


def domains(make: Make, *some: str) -> None:
    make.do(lambda: settings.put("invite_domains", list(some)))


def admin_of(make: Make, person_id: int) -> Viewer:
    return make.viewer(person_id, "member", "admin")


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Each in a thread of its own, all at the same moment; what each gave back, or raised."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = work()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def me(make: Make) -> int:
    """Whoever starts the teams here."""
    return make.person("Tomás Rivera")


# ---- starting ------------------------------------------------------------------------------------------------------


def test_starting_a_team(make: Make, told: Told, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    team = start(make, me, bo, ada, purpose="A page", talks_at="#lighthouse", kickoff=TUESDAY_AT_TEN, place="Room 4")
    found = view(make, me, team)
    assert (found.slug, found.name, found.purpose, found.talks_at) == (
        "lighthouse", "Lighthouse", "A page", "#lighthouse",
    )  # fmt: skip
    assert found.kickoff_at == datetime(2027, 1, 12, 9, tzinfo=UTC)
    assert (found.kickoff_zone, found.kickoff_place, found.calendar_sequence) == ("Europe/Berlin", "Room 4", 0)
    assert inside(make, team) == [me, bo, ada], "as they were named, the lead before them"
    assert leads(make, team) == {me}
    assert audience(make, team) == {me, ada, bo}
    assert told.since() == [events.MembersAdded(team, (me, bo, ada), me), events.TeamStarted(team, me)]
    assert audited(make) == [("team_started", me, team)]


def test_a_team_of_one(make: Make, me: int) -> None:
    team = start(make, me)
    assert (inside(make, team), leads(make, team), view(make, me, team).size) == ([me], {me}, 1)


def test_somebody_else_leads_it(make: Make, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    team = start(make, me, bo, ada, lead=ada)
    assert inside(make, team) == [ada, bo, me], "whoever starts it is in it"
    assert leads(make, team) == {ada}
    with pytest.raises(RuleBroken, match="Only the lead"):
        change(make, me, team, purpose="Not mine to say any more")


def test_whoever_starts_it_for_another_lead_brings_no_guests(make: Make, me: int) -> None:
    ada, guest = make.person("Ada"), make.person("Gita", kind="guest")
    invited = (Invited("g@elsewhere.org", kind="guest", ends_on=date(2027, 2, 1)),)
    with pytest.raises(RuleBroken, match="Only the lead of the team can add guests") as broken:
        start(make, me, guest, lead=ada)
    assert broken.value.field == "people"
    with pytest.raises(RuleBroken, match="Only the lead of the team can invite guests") as broken:
        start(make, me, lead=ada, invited=invited)
    assert broken.value.field == "people"
    assert count(make, Team) == 0, "nothing of it is written"
    assert inside(make, start(make, admin_of(make, me), guest, lead=ada, invited=invited)) == [ada, guest, me]
    assert inside(make, start(make, me, guest, lead=me, invited=invited)) == [me, guest]


def test_who_cannot_lead(make: Make, me: int) -> None:
    guest, leaver = make.person("Gita", kind="guest"), make.person("Gone")
    late = make.person("Late", ends_on=date(2027, 1, 10))
    make.do(lambda: people.mark_left(person_id=leaver, actor_id=None))
    for who in (guest, leaver, late, 999_999):
        with pytest.raises(RuleBroken) as broken:
            start(make, me, lead=who)
        assert broken.value.field == "lead"
    assert count(make, Team) == 0, "nothing of it is written"


def test_a_guest_starts_no_team(make: Make) -> None:
    guest = make.person("Gita", kind="guest")
    with pytest.raises(NotVisible):
        start(make, guest)


def test_leavers_and_guests_past_their_last_day_do_not_come_in(make: Make, me: int) -> None:
    gone, late = make.person("Gone"), make.person("Late", kind="guest", ends_on=date(2027, 1, 10))
    today = make.person("Today", kind="guest", ends_on=date(2027, 1, 11))
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    team = start(make, me, gone, late, today, 999_999)
    assert inside(make, team) == [me, today]
    assert audience(make, team) == {me, today}


def test_named_twice_is_in_once(make: Make, told: Told, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada, me, ada, ada)
    assert inside(make, team) == [me, ada]


PLANS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": " \u200b\u2800"}, "name"),
    ({"name": "x" * 81}, "name"),
    ({"purpose": "x" * 201}, "purpose"),
    ({"talks_at": "x" * 301}, "talks_at"),
    ({"place": "x" * 201}, "kickoff_place"),
    ({"goal_id": 999_999}, "goal"),
    ({"kickoff": KickOff(date(2027, 1, 12), time(10), "Nowhere/Else")}, "kickoff_zone"),
    ({"kickoff": KickOff(date(2027, 3, 28), time(2, 30), "Europe/Berlin")}, "kickoff_time"),
    ({"kickoff": KickOff(date(2027, 1, 11), time(9), "UTC")}, "kickoff_day"),
    ({"kickoff": KickOff(date(2029, 1, 14), time(10), "UTC")}, "kickoff_day"),
    ({"kickoff": KickOff(date.min, time(0), "Asia/Tokyo")}, "kickoff_day"),
    ({"kickoff": KickOff(date.max, time(23), "America/Los_Angeles")}, "kickoff_day"),
]  # fmt: skip


def test_what_a_team_says_has_a_shape(make: Make, me: int) -> None:
    team = start(make, me)
    for plan, field in PLANS:
        with pytest.raises(RuleBroken) as broken:
            start(make, me, **plan)
        assert broken.value.field == field, plan
        with pytest.raises(RuleBroken) as broken:
            change(make, me, team, **plan)
        assert broken.value.field == field, plan
    assert (view(make, me, team).name, view(make, me, team).version, count(make, Team)) == ("Lighthouse", 0, 1)
    ahead = KickOff(date(2027, 1, 10), time(23), "Pacific/Pago_Pago")  # that Sunday has not ended there
    assert start(make, me, kickoff=ahead)


def test_the_longest_that_is_taken(make: Make, me: int) -> None:
    team = start(make, me, name="\ufdfa" * 80, purpose="ä" * 200, talks_at="ö" * 300, place="ü" * 200)
    found = view(make, me, team)
    assert len(found.purpose) == 200
    viewer = make.viewer(me)
    assert make.read(lambda: queries.team(viewer, found.slug)).id == team


def goal(make: Make, **more: Any) -> int:
    def work() -> int:
        made = Goal(
            **{"slug": "sale", "audience_id": EVERYONE, "title": "Sale", "sort_key": "sale", "created_at": MONDAY}
            | more
        )
        db.session.add(made)
        db.session.flush()
        return made.id

    return make.do(work)


def test_the_goal_it_serves_is_open_unless_it_was_chosen_before(make: Make, me: int) -> None:
    served = goal(make)
    team = start(make, me, goal_id=served)
    make.do(lambda: db.session.execute(sa.update(Goal).values(closed_at=MONDAY)))
    change(make, me, team, goal_id=served, purpose="More")
    found = view(make, me, team)
    assert found.goal is not None and found.goal.id == served
    with pytest.raises(RuleBroken) as broken:
        start(make, me, goal_id=served)
    assert broken.value.field == "goal"
    change(make, me, team)
    assert view(make, me, team).goal is None


# ---- addresses of teams --------------------------------------------------------------------------------------------


def test_teams_of_one_name_have_addresses_of_their_own(make: Make, me: int) -> None:
    slugs = [view(make, me, start(make, me)).slug for _ in range(3)]
    assert slugs == ["lighthouse", "lighthouse-2", "lighthouse-3"]
    assert view(make, me, start(make, me, name="new")).slug == "new-1"
    assert view(make, me, start(make, me, name="100%_Sure")).slug == "100-sure"
    assert view(make, me, start(make, me, name="Ольга")).slug == "olga"


def test_a_name_without_any_letter_has_an_address(make: Make, me: int) -> None:
    team = start(make, me, name="🎉")
    slug = view(make, me, team).slug
    assert slug.startswith("team-")
    assert change(make, me, team, name="🎉🎉") == slug, "nothing to follow"
    assert change(make, me, team, name="Party") == "party"


def test_a_renamed_team_keeps_its_old_address(make: Make, me: int) -> None:
    team = start(make, me)
    viewer = make.viewer(me)
    assert change(make, me, team, name="Beacon") == "beacon"
    assert change(make, me, team, name="Harbour") == "harbour"
    for old in ("lighthouse", "beacon"):
        with pytest.raises(NotVisible):
            make.read(lambda old=old: queries.team(viewer, old))
        assert make.read(lambda old=old: queries.slug_today(viewer, old)) == "harbour"
    # Nobody else gets it.
    other = start(make, me)
    assert view(make, me, other).slug == "lighthouse-2"
    # Going back gives it back.
    assert change(make, me, team, name="Lighthouse") == "lighthouse"
    assert make.read(lambda: queries.slug_today(viewer, "beacon")) == "lighthouse"
    with pytest.raises(NotVisible):
        make.read(lambda: queries.slug_today(viewer, "lighthouse"))


def test_going_back_to_an_address_with_a_number(make: Make, me: int) -> None:
    start(make, me)
    team = start(make, me)
    assert change(make, me, team, name="Beacon") == "beacon"
    assert change(make, me, team, name="Lighthouse") == "lighthouse-2"
    assert count(make, OldTeamSlug) == 1


def test_the_address_follows_a_number_in_the_name(make: Make, me: int) -> None:
    team = start(make, me, name="Apollo")
    assert change(make, me, team, name="Apollo 11") == "apollo-11"
    assert change(make, me, team, name="Apollo") == "apollo"
    assert change(make, me, team, name="Apollo 11") == "apollo-11"


def test_another_case_or_accent_is_no_other_address(make: Make, me: int) -> None:
    start(make, me)
    team = start(make, me)
    assert change(make, me, team, name="LIGHTHOUSE!") == "lighthouse-2"
    assert view(make, me, team).name == "LIGHTHOUSE!"
    assert count(make, OldTeamSlug) == 0


def test_two_start_teams_of_one_name_at_once(make: Make, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    crew = [make.person(f"P{n}") for n in range(4)]
    results = at_once(*(lambda who=who: start(make, who, *crew) for who in (ada, bo, me)))
    slugs = sorted(view(make, me, team).slug for team in results)
    assert slugs == ["lighthouse", "lighthouse-2", "lighthouse-3"]


# ---- changing ------------------------------------------------------------------------------------------------------


def test_changing_what_it_says(make: Make, told: Told, me: int) -> None:
    team = start(make, me)
    told.since()
    change(make, me, team, version=0, purpose="More", talks_at="https://chat.example.org/x")
    found = view(make, me, team)
    assert (found.purpose, found.talks_url, found.version) == ("More", "https://chat.example.org/x", 1)
    assert told.since() == [events.TeamChanged(team)]


def test_two_leads_who_edit_notice_each_other(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada)
    does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    change(make, me, team, version=0, purpose="Mine")
    with pytest.raises(ChangedMeanwhile):
        change(make, ada, team, version=0, purpose="Hers")
    assert view(make, me, team).purpose == "Mine"
    change(make, ada, team, version=1, purpose="Hers, having looked")
    assert view(make, me, team).purpose == "Hers, having looked"


def test_two_leads_who_save_at_once(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada)
    does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    results = at_once(
        lambda: change(make, me, team, version=0, purpose="Mine"),
        lambda: change(make, ada, team, version=0, purpose="Hers"),
    )
    assert sorted(type(one).__name__ for one in results) == ["ChangedMeanwhile", "str"]
    assert view(make, me, team).version == 1


def kickoff(day: int, hour: int = 10, zone: str = "Europe/Berlin") -> KickOff:
    return KickOff(date(2027, 1, day), time(hour), zone)


def test_the_calendar_entry_grows_when_the_kick_off_moves(make: Make, me: int) -> None:
    team = start(make, me, kickoff=kickoff(12), place="Room 4")
    uid = row(make, team).calendar_uid

    def sequence(**plan: Any) -> int:
        change(make, me, team, **plan)
        found = row(make, team)
        assert found.calendar_uid == uid
        return found.calendar_sequence

    assert sequence(kickoff=kickoff(12), place="Room 4", purpose="More", talks_at="#x") == 0
    assert sequence(kickoff=kickoff(12, 9, "UTC"), place="Room 4") == 1, "the same moment, on another wall"
    assert sequence(kickoff=kickoff(13, 9, "UTC"), place="Room 4") == 2, "moved by a day"
    assert sequence(kickoff=kickoff(13, 9, "UTC"), place="Room 5") == 3
    beacon = {"name": "Beacon", "place": "Room 5"}
    assert sequence(kickoff=kickoff(13, 9, "UTC"), **beacon) == 4, "the entry is called like the team"
    assert sequence(kickoff=kickoff(13, 9, "UTC"), **beacon) == 4
    assert sequence(kickoff=None, **beacon) == 5
    assert sequence(kickoff=None, **beacon) == 5
    assert sequence(kickoff=kickoff(14), **beacon) == 6
    assert sequence(kickoff=kickoff(15), name="Harbour", place="Room 6") == 7, "once for all of it"


def test_a_kick_off_that_has_been_stays_when_other_words_change(make: Make, me: int) -> None:
    team = start(make, me, kickoff=kickoff(12))
    with after(days=3):
        does(make, me, services.say_was_there, team_id=team, was_there=True)
        change(make, me, team, kickoff=kickoff(12), purpose="More")
        assert view(make, me, team).was_i_there is True
        with pytest.raises(RuleBroken) as broken:
            change(make, me, team, kickoff=kickoff(13))
        assert broken.value.field == "kickoff_day"


def test_who_was_there_is_forgotten_when_the_kick_off_has_not_been_after_all(make: Make, told: Told, me: int) -> None:
    ada, bo, cy = make.person("Ada"), make.person("Bo"), make.person("Cy")
    for again in (kickoff(20), None):
        team = start(make, me, ada, bo, cy, kickoff=kickoff(12))
        other = start(make, me, kickoff=kickoff(12))
        with after(days=2):
            for who, one in ((ada, team), (me, team), (me, other)):
                does(make, who, services.say_was_there, team_id=one, was_there=True)
            does(make, bo, services.say_was_there, team_id=team, was_there=False)
            told.since()
            change(make, me, team, kickoff=again)
            assert told.since() == [
                events.KickOffAttended(team, me, False),
                events.KickOffAttended(team, ada, False),
                events.TeamChanged(team),
            ], "of whoever had said yes"
            assert [view(make, who, team).was_i_there for who in (me, ada, bo, cy)] == [None] * 4
            assert view(make, me, other).was_i_there is True, "of that team alone"
            change(make, me, team, kickoff=again and kickoff(21))
            assert told.since() == [events.TeamChanged(team)], "nobody has said anything since"


def test_a_kick_off_moves_with_all_that_was_said_of_it_or_not_at_all(app: Flask, make: Make, me: int) -> None:
    team = start(make, me, kickoff=kickoff(12))

    def fails(_event: object) -> None:
        raise RuntimeError

    with after(days=2):
        does(make, me, services.say_was_there, team_id=team, was_there=True)
        app.extensions["hallway.events"][events.KickOffAttended].append(fails)
        with pytest.raises(RuntimeError):
            change(make, me, team, kickoff=kickoff(20))
        found = view(make, me, team)
    assert (found.was_i_there, found.kickoff_at) == (True, datetime(2027, 1, 12, 9, tzinfo=UTC))


# ---- who may do what -----------------------------------------------------------------------------------------------


KEEPS: dict[str, Callable[[Make, int | Viewer, int, int], Any]] = {
    "change": lambda make, who, team, _other: change(make, who, team, purpose="More"),
    "renew": lambda make, who, team, _other: does(make, who, services.renew_link, team_id=team),
    "switch off": lambda make, who, team, _other: does(make, who, services.switch_off_link, team_id=team),
    "remove": lambda make, who, team, other: does(make, who, services.remove_member, team_id=team, person_id=other),
    "lead": lambda make, who, team, other: does(
        make, who, services.set_lead, team_id=team, person_id=other, leads=True
    ),
    "close": lambda make, who, team, _other: does(make, who, services.close_team, team_id=team, learned="Much"),
    "reopen": lambda make, who, team, _other: does(make, who, services.reopen_team, team_id=team),
}


def test_only_its_leads_and_the_admins_keep_a_team(make: Make, me: int) -> None:
    member, other, outsider = make.person("Member"), make.person("Other"), make.person("Outsider")
    guest, foreign = make.person("Guest", kind="guest"), make.person("Foreign", kind="guest")
    gone = make.person("Gone")
    old = make.viewer(gone)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    start(make, me, foreign, name="Another")
    admin = admin_of(make, outsider)
    for act, keeps in KEEPS.items():
        team, second = start(make, me, member, other, guest), start(make, me, other)
        for who in (outsider, guest, foreign, old):
            with pytest.raises(NotVisible):
                keeps(make, who, team, other)
        # Somebody who is in it knows of it; what they typed while they led it is not lost.
        with pytest.raises(RuleBroken, match=r"^Only the lead of the team can do this\. Your words are below\.$"):
            keeps(make, member, team, other)
        assert (view(make, me, team).version, inside(make, team)) == (0, [me, member, other, guest]), act
        keeps(make, admin, team, other)
        keeps(make, me, second, other)
        # Even a guest that somebody wrote down as a lead keeps nothing.
        written = sa.update(TeamMember).where(TeamMember.team_id == team).values(is_lead=True)
        make.do(lambda written=written: db.session.execute(written))
        with pytest.raises(NotVisible):
            keeps(make, guest, team, other)


def test_the_form_of_somebody_who_leads_no_more_comes_back(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada)
    does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    does(make, ada, services.set_lead, team_id=team, person_id=me, leads=False)
    with pytest.raises(RuleBroken, match="Your words are below") as broken:
        change(make, me, team, version=0, purpose="Written while I led")
    assert broken.value.field == "", "the form as a whole"
    leave(make, me, team)
    with pytest.raises(NotVisible):
        change(make, me, team, version=0, purpose="Written while I was in it")


def test_nobody_keeps_a_team_that_is_not_there(make: Make, me: int) -> None:
    for act in KEEPS.values():
        with pytest.raises(NotVisible):
            act(make, admin_of(make, me), 999_999, me)


def test_a_role_opens_no_team_that_is_out_of_sight(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team, blind = start(make, me, ada), Viewer(me, frozenset({"member", "admin"}), frozenset())
    for act in KEEPS.values():
        with pytest.raises(NotVisible):
            act(make, blind, team, ada)
    with pytest.raises(NotVisible):
        add(make, blind, team, make.person("Bo"))


def test_who_adds_people(make: Make, me: int) -> None:
    member, outsider, guest = make.person("Member"), make.person("Outsider"), make.person("Guest", kind="guest")
    other, third = make.person("Other"), make.person("Third")
    foreign = make.person("Foreign", kind="guest")
    team = start(make, me, member, guest)
    for who in (outsider, guest, foreign):
        with pytest.raises(NotVisible):
            add(make, who, team, other)
    assert add(make, member, team, other) == (1, 0)
    assert add(make, admin_of(make, outsider), team, third) == (1, 0), "an admin who is in no team"
    with pytest.raises(RuleBroken) as broken:
        add(make, member, team, foreign)
    assert broken.value.field == "people"
    assert add(make, member, team, guest) == (0, 0), "who is in already is no new guest"
    assert add(make, me, team, foreign, outsider) == (2, 0)
    assert set(inside(make, team)) == {me, member, guest, other, third, foreign, outsider}


def test_adding_says_who_is_new(make: Make, told: Told, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    team = start(make, me, ada)
    told.since()
    assert add(make, ada, team, me, bo, ada, bo) == (1, 0)
    assert told.since() == [events.MembersAdded(team, (bo,), ada)]
    assert add(make, ada, team, bo) == (0, 0)
    assert told.since() == []


# ---- addresses -----------------------------------------------------------------------------------------------------


def test_whom_an_address_may_be_invited_as(make: Make, told: Told, me: int) -> None:
    member = make.person("Member")
    team = start(make, me, member)
    domains(make, "@Example.org")
    colleague, other = Invited("Hana@EXAMPLE.org", "Hana"), Invited("hana@elsewhere.org")
    guest = Invited("g@elsewhere.org", kind="guest", ends_on=date(2027, 1, 11))
    told.since()
    assert add(make, member, team, invited=(colleague,)) == (0, 1)
    assert told.since() == [events.AddressesInvited(team, (colleague,), member)]
    for who, invited, field in (
        (me, other, "people"),
        (member, guest, "people"),
        (me, Invited("not an address"), "people"),
        (me, Invited("g@elsewhere.org", kind="guest"), "guests_until"),
        (me, Invited("g@elsewhere.org", kind="guest", ends_on=date(2027, 1, 10)), "guests_until"),
        (me, Invited("g@elsewhere.org", kind="guest", ends_on=date(2028, 1, 13)), "guests_until"),
        (admin_of(make, me), Invited("g@elsewhere.org", kind="guest", ends_on=date.max), "guests_until"),
    ):
        with pytest.raises(RuleBroken) as broken:
            add(make, who, team, invited=(colleague, invited))
        assert broken.value.field == field
    assert told.since() == [] or all(isinstance(one, events.MembersAdded) for one in told.since())
    assert add(make, me, team, invited=(guest,)) == (0, 1)
    farthest = Invited("far@elsewhere.org", kind="guest", ends_on=date(2028, 1, 12))
    assert add(make, me, team, invited=(farthest,)) == (0, 1), "366 days ahead"
    assert add(make, admin_of(make, me), team, invited=(other,)) == (0, 1)


def test_a_domain_that_only_looks_like_ours_is_another(make: Make, me: int) -> None:
    domains(make, "example.org")
    team = start(make, me)
    token = token_of(make, team)
    for domain in ("exämple.org", "example.org.evil", "evil-example.org", "sub.example.org", "ｅxample.org"):
        with pytest.raises(RuleBroken):
            add(make, me, team, invited=(Invited(f"hana@{domain}"),))
        assert make.do(lambda at=domain: services.ask_by_link(token=token, email=f"hana@{at}")) is False, domain


def test_starting_with_addresses(make: Make, told: Told, me: int) -> None:
    domains(make, "example.org")
    guest = Invited("g@elsewhere.org", kind="guest", ends_on=date(2027, 2, 1))
    team = start(make, me, invited=(Invited("new@example.org"), guest, Invited("NEW@example.org")))
    (said,) = [one for one in told.since() if isinstance(one, events.AddressesInvited)]
    assert [one.email for one in said.invited] == ["NEW@example.org", "g@elsewhere.org"], "each once"
    assert said.team_id == team
    with pytest.raises(RuleBroken):
        start(make, me, invited=(Invited("new@elsewhere.org"),))
    assert count(make, Team) == 1, "all of it, or nothing"


def test_the_last_day_of_guests_is_in_the_zone_of_whoever_invites(make: Make, me: int) -> None:
    team = start(make, me)
    guest = Invited("g@elsewhere.org", kind="guest", ends_on=date(2027, 1, 11))
    east = Viewer(me, frozenset({"member"}), make.viewer(me).audience_ids, zone="Pacific/Kiritimati")
    with after(hours=3), pytest.raises(RuleBroken):  # it is Tuesday there
        add(make, east, team, invited=(guest,))


# ---- how long guests stay ------------------------------------------------------------------------------------------


def stay(make: Make, who: int | Viewer, team: int, person_id: int, until: date | None) -> None:
    does(make, who, services.let_guest_stay, team_id=team, person_id=person_id, until=until)


def last_day(make: Make, person_id: int) -> tuple[date | None, set[date]]:
    """Their own last day, and until when any audience finds them."""
    listed = sa.select(PersonListing.listed_until).where(PersonListing.person_id == person_id)
    return make.read(lambda: (db.session.get_one(Person, person_id).ends_on, set(db.session.scalars(listed))))


def test_the_lead_lets_a_guest_stay(make: Make, me: int) -> None:
    guest, ada = make.person("Gita", kind="guest", ends_on=date(2027, 1, 20)), make.person("Ada")
    team = start(make, me, guest)
    start(make, ada, guest, name="Another")
    for who, until in (
        (me, date(2027, 3, 1)),
        (me, date(2028, 1, 12)),  # 366 days
        (admin_of(make, ada), date(2027, 1, 11)),  # sooner than it was: today
    ):
        stay(make, who, team, guest, until)
        assert last_day(make, guest) == (until, {until}), "wherever they are listed"
    said = sa.select(AuditEntry.actor_id, AuditEntry.subject_id).where(AuditEntry.code == "guest_stays")
    found = make.read(lambda: [tuple(one) for one in db.session.execute(said)])
    assert found == [(me, guest), (me, guest), (ada, guest)]
    with after(days=1):
        assert view(make, me, team).size == 1
        stay(make, me, team, guest, date(2027, 1, 30))
        assert view(make, me, team).size == 2, "back, having been late by a day"


def test_who_lets_whom_stay_until_when(make: Make, me: int) -> None:
    member, outsider = make.person("Member"), make.person("Out")
    guest = make.person("Gita", kind="guest", ends_on=date(2027, 1, 20))
    elsewhere = make.person("Hana", kind="guest", ends_on=date(2027, 1, 20))
    team = start(make, me, member, guest)
    start(make, outsider, elsewhere)
    good = date(2027, 2, 1)
    for until in (None, date(2027, 1, 10), date(2028, 1, 13), date.max):
        with pytest.raises(RuleBroken) as broken:
            stay(make, me, team, guest, until)
        assert broken.value.field == "guests_until"
    east = Viewer(me, frozenset({"member"}), make.viewer(me).audience_ids, zone="Pacific/Kiritimati")
    with after(hours=3), pytest.raises(RuleBroken, match="lies ahead"):  # it is Tuesday there
        stay(make, east, team, guest, date(2027, 1, 11))
    for one in (member, me, elsewhere, outsider, 999_999):
        with pytest.raises(RuleBroken, match="not in the team"):
            stay(make, me, team, one, good)
    with pytest.raises(RuleBroken, match="Only the lead"):
        stay(make, member, team, guest, good)
    for who in (outsider, guest, elsewhere):
        with pytest.raises(NotVisible):
            stay(make, who, team, guest, good)
    does(make, me, services.close_team, team_id=team, learned="")
    for keeper in (me, admin_of(make, outsider)):
        with pytest.raises(RuleBroken, match="closed"):
            stay(make, keeper, team, guest, good)
    assert last_day(make, guest) == (date(2027, 1, 20), {date(2027, 1, 20)})
    assert last_day(make, member) == (None, {date.max})


# ---- the join link -------------------------------------------------------------------------------------------------


def join(make: Make, who: int, token: str) -> int:
    return int(does(make, who, services.join_by_link, token=token))


def test_a_join_link_lets_whoever_is_signed_in_come_in_once(make: Make, told: Told, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    token = token_of(make, team)
    told.since()
    for _ in range(2):
        assert join(make, ada, token) == team
    assert told.since() == [events.MembersAdded(team, (ada,), None)]
    assert join(make, me, token) == team
    assert inside(make, team) == [me, ada]
    assert [one for one in audited(make) if one[0] == "team_joined"] == [("team_joined", ada, team)]


def test_a_guest_does_not_come_in_by_a_link(make: Make, told: Told, me: int) -> None:
    guest, foreign = make.person("Gita", kind="guest"), make.person("Foreign", kind="guest")
    team, other = start(make, me, guest), start(make, me, foreign)
    token = token_of(make, team)
    told.since()
    with pytest.raises(RuleBroken, match="Only the lead of the team can add guests"):
        join(make, foreign, token)
    with pytest.raises(RuleBroken, match="Only the lead of the team can add guests"):
        join(make, guest, token_of(make, other))
    assert join(make, guest, token) == team, "who is in already opens it like a page"
    assert (inside(make, team), inside(make, other), told.since()) == ([me, guest], [me, foreign], [])


def test_the_same_join_at_once_is_one(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    with clock.pinned(datetime.now(UTC)):
        does(make, me, services.renew_link, team_id=team)
    token = token_of(make, team)
    assert at_once(*(lambda: join(make, ada, token) for _ in range(4))) == [team] * 4
    assert inside(make, team).count(ada) == 1
    assert [one[0] for one in audited(make)].count("team_joined") == 1


def test_a_token_that_is_none(make: Make, me: int) -> None:
    start(make, me)
    for bad in ("", "x", "1-", "0-" + "a" * 40, "9" * 19 + "-" + "a" * 40, "-1-" + "a" * 40, "é"):
        for work in (
            lambda bad: join(make, me, bad),
            lambda bad: make.do(lambda: services.ask_by_link(token=bad, email="a@example.org")),
            lambda bad: make.read(lambda: queries.joinable(bad)),
        ):
            with pytest.raises(NotVisible):
                work(bad)


def test_the_link_of_one_team_opens_no_other(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team, other = start(make, me), start(make, me)
    token = token_of(make, team)
    with pytest.raises(NotVisible):
        join(make, ada, f"{other}-{token.partition('-')[2]}")


def test_a_link_ends_30_days_after_the_kick_off_and_can_be_renewed(make: Make, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    for kick_off, good_days in ((None, 30), (kickoff(31, 9, "UTC"), 50), (kickoff(12, 9, "UTC"), 31)):
        team = start(make, me, kickoff=kick_off)
        token = token_of(make, team)
        with after(days=good_days, seconds=-1):
            assert make.read(lambda token=token: queries.joinable(token)).is_good
            join(make, ada, token)
        with after(days=good_days):
            assert not make.read(lambda token=token: queries.joinable(token)).is_good
            with pytest.raises(RuleBroken, match="expired"):
                join(make, bo, token)
            with pytest.raises(RuleBroken, match="expired"):
                make.do(lambda token=token: services.ask_by_link(token=token, email="a@example.org"))
            does(make, me, services.renew_link, team_id=team)
            with pytest.raises(NotVisible):
                join(make, bo, token)
            fresh = token_of(make, team)
        with after(days=good_days + 30, seconds=-1):
            join(make, bo, fresh)
        with after(days=good_days + 30), pytest.raises(RuleBroken):
            join(make, me, fresh)


def test_a_link_can_be_switched_off(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    token = token_of(make, team)
    does(make, me, services.switch_off_link, team_id=team)
    for one in (token, token_of(make, team)):
        with pytest.raises(NotVisible):
            join(make, ada, one)
    viewer = make.viewer(me)
    found = make.read(lambda: queries.join_link(viewer, team))
    assert (found.token, found.is_good) == (None, False)
    does(make, me, services.renew_link, team_id=team)
    join(make, ada, token_of(make, team))


def test_somebody_without_an_account_gives_an_address(make: Make, told: Told, me: int) -> None:
    team = start(make, me)
    token = token_of(make, team)
    known = make.person("Known", email="known@example.org")
    told.since()

    def ask(email: str) -> bool:
        return make.do(lambda: services.ask_by_link(token=token, email=email))

    assert ask("new@example.org") is False, "no domain is on the list"
    assert told.since() == []
    domains(make, "example.org")
    assert (ask("new@example.org"), ask("known@example.org"), ask("new@elsewhere.org")) == (True, True, False)
    assert told.since() == [
        events.AddressesInvited(team, (Invited("new@example.org"),), None),
        events.AddressesInvited(team, (Invited("known@example.org"),), None),
    ]
    assert known not in inside(make, team), "giving an address lets nobody in"
    with pytest.raises(RuleBroken) as broken:
        ask("not an address")
    assert broken.value.field == "email"


def test_a_link_takes_so_many_addresses_a_day(make: Make, me: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "ASKED_BY_LINK_A_DAY", 2)
    domains(make, "example.org")
    team, other = start(make, me), start(make, me)
    token, another = token_of(make, team), token_of(make, other)

    def ask(number: int, by: str = token) -> bool:
        return make.do(lambda: services.ask_by_link(token=by, email=f"p{number}@example.org"))

    assert ask(1) and ask(2)
    with pytest.raises(RuleBroken, match="Too many"):
        ask(3)
    assert ask(3, another), "each link by itself"
    with after(days=1, seconds=1):
        assert ask(3)


def test_bringing_in_whoever_said_yes(make: Make, told: Told, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    told.since()
    for _ in range(2):
        assert make.do(lambda: services.bring_in(team_id=team, person_id=ada)) is True
    assert told.since() == [events.MembersAdded(team, (ada,), None)]
    does(make, me, services.close_team, team_id=team, learned="")
    bo = make.person("Bo")
    assert make.do(lambda: services.bring_in(team_id=team, person_id=bo)) is False
    assert make.do(lambda: services.bring_in(team_id=999_999, person_id=ada)) is False
    assert inside(make, team) == [me, ada]


# ---- leaving, and the lead -----------------------------------------------------------------------------------------


def leave(make: Make, who: int, team: int) -> None:
    does(make, who, services.remove_member, team_id=team, person_id=who)


def test_leaving(make: Make, told: Told, me: int) -> None:
    ada, guest = make.person("Ada"), make.person("Gita", kind="guest")
    team = start(make, me, ada, guest)
    told.since()
    leave(make, guest, team)
    does(make, me, services.remove_member, team_id=team, person_id=ada)
    assert told.since() == [events.MemberLeft(team, guest), events.MemberLeft(team, ada)]
    assert inside(make, team) == [me] and audience(make, team) == {me}
    does(make, me, services.remove_member, team_id=team, person_id=ada)
    assert told.since() == [], "gone already"
    with pytest.raises(NotVisible):
        leave(make, guest, team)
    assert audited(make)[1:] == [("team_left", guest, guest), ("team_member_out", me, ada)]


def test_the_last_lead_hands_over_first(make: Make, me: int) -> None:
    ada, guest = make.person("Ada"), make.person("Gita", kind="guest")
    team = start(make, me, ada, guest)
    with pytest.raises(RuleBroken, match="Hand the lead over first"):
        leave(make, me, team)
    with pytest.raises(RuleBroken, match="Name another lead first"):
        does(make, admin_of(make, ada), services.remove_member, team_id=team, person_id=me)
    with pytest.raises(RuleBroken):
        does(make, me, services.set_lead, team_id=team, person_id=me, leads=False)
    with pytest.raises(RuleBroken):
        does(make, me, services.set_lead, team_id=team, person_id=guest, leads=True)
    with pytest.raises(RuleBroken):
        does(make, me, services.set_lead, team_id=team, person_id=make.person("Elsewhere"), leads=True)
    assert leads(make, team) == {me}
    does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    does(make, me, services.set_lead, team_id=team, person_id=me, leads=False)
    assert leads(make, team) == {ada}
    with pytest.raises(RuleBroken, match="Only the lead"):
        does(make, me, services.set_lead, team_id=team, person_id=me, leads=True)
    leave(make, me, team)
    assert inside(make, team) == [ada, guest]


def test_the_last_one_who_works_here_closes_the_team_instead(make: Make, me: int) -> None:
    gone, guest, late = make.person("Gone"), make.person("Gita", kind="guest"), make.person("Late")
    admin = admin_of(make, make.person("Admin"))
    make.do(lambda: db.session.execute(sa.update(Person).where(Person.id == late).values(ends_on=date(2027, 1, 12))))
    team, alone = start(make, me, gone, guest, late), start(make, me)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    with pytest.raises(RuleBroken, match="Hand the lead over first"):
        leave(make, me, team)
    with after(days=2):  # the last day of one of them has passed
        for one in (team, alone):
            for who in (me, admin):
                with pytest.raises(RuleBroken, match="Nobody who works here would be left in it"):
                    does(make, who, services.remove_member, team_id=one, person_id=me)
    assert (inside(make, team), inside(make, alone)) == ([me, guest, late], [me])
    assert {code for code, _who, _whom in audited(make)} == {"team_started"}, "a refusal is no news"
    does(make, me, services.close_team, team_id=alone, learned="")
    leave(make, guest, team)
    does(make, me, services.set_lead, team_id=team, person_id=late, leads=True)
    leave(make, me, team)
    assert (inside(make, team), inside(make, alone)) == ([late], [me])


def test_a_lead_set_twice_is_said_once(make: Make, told: Told, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada)
    told.since()
    for _ in range(2):
        does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    for _ in range(2):
        does(make, me, services.set_lead, team_id=team, person_id=ada, leads=False)
    assert told.since() == [events.TeamChanged(team)] * 2
    assert [one[0] for one in audited(make)] == ["team_started", "team_lead_set", "team_lead_unset"]


def test_two_last_leads_who_leave_at_once(make: Make, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    team = start(make, me, ada, bo)
    does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True)
    results = at_once(lambda: leave(make, me, team), lambda: leave(make, ada, team))
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "RuleBroken"]
    assert len(leads(make, team)) == 1


def test_a_lead_who_left_the_company_leaves_the_lead_to_be_taken(make: Make, told: Told, me: int) -> None:
    ada, guest, outsider = make.person("Ada"), make.person("Gita", kind="guest"), make.person("Out")
    team, other = start(make, me, ada, guest), start(make, me)
    with pytest.raises(RuleBroken):
        does(make, ada, services.take_lead, team_id=team)
    told.since()
    make.do(lambda: people.mark_left(person_id=me, actor_id=None))
    assert told.since() == [events.MemberLeft(team, me), events.MemberLeft(other, me)]
    assert inside(make, team) == [ada, guest] and inside(make, other) == []
    assert not view(make, ada, team).has_lead
    for who in (guest, outsider):
        with pytest.raises(NotVisible):
            does(make, who, services.take_lead, team_id=team)
    does(make, ada, services.take_lead, team_id=team)
    does(make, ada, services.take_lead, team_id=team)
    assert leads(make, team) == {ada}
    assert view(make, ada, team).i_lead
    assert [one[0] for one in audited(make)].count("team_lead_set") == 1


def test_a_lead_past_their_last_day_leads_no_more(make: Make, me: int) -> None:
    ada = make.person("Ada")
    lead = make.person("Lead", ends_on=date(2027, 1, 12))
    team = start(make, me, ada, lead=lead)
    with after(days=2):
        assert not view(make, ada, team).has_lead
        does(make, ada, services.take_lead, team_id=team)
        with pytest.raises(RuleBroken):
            does(make, ada, services.set_lead, team_id=team, person_id=ada, leads=False)
        with pytest.raises(RuleBroken):
            does(make, ada, services.set_lead, team_id=team, person_id=lead, leads=True)


def test_two_take_the_lead_at_once(make: Make, me: int) -> None:
    ada, bo = make.person("Ada"), make.person("Bo")
    team = start(make, me, ada, bo)
    make.do(lambda: people.mark_left(person_id=me, actor_id=None))
    results = at_once(*(lambda who=who: does(make, who, services.take_lead, team_id=team) for who in (ada, bo)))
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "RuleBroken"]
    assert len(leads(make, team)) == 1


def test_an_empty_team_is_gone_on_with_by_an_admin(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    admin = admin_of(make, make.person("Admin"))
    make.do(lambda: people.mark_left(person_id=me, actor_id=None))
    assert (inside(make, team), audience(make, team)) == ([], set())
    with pytest.raises(NotVisible):
        does(make, ada, services.take_lead, team_id=team)
    add(make, admin, team, ada)
    does(make, admin, services.set_lead, team_id=team, person_id=ada, leads=True)
    assert leads(make, team) == {ada}


def test_somebody_added_while_they_leave_the_company_is_not_in(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me)
    at_once(
        lambda: add(make, me, team, ada),
        lambda: make.do(lambda: people.mark_left(person_id=ada, actor_id=None)),
    )
    assert (inside(make, team), audience(make, team)) == ([me], {me})


def test_two_teams_that_add_the_same_people_at_once_wait_for_each_other(make: Make, me: int) -> None:
    crew = [make.person(f"P{n}") for n in range(12)]
    one, two = start(make, me), start(make, me)
    results = at_once(lambda: add(make, me, one, *crew), lambda: add(make, me, two, *reversed(crew)))
    assert results == [(12, 0), (12, 0)]
    assert audience(make, one) == audience(make, two) == {me, *crew}


def test_taken_out_while_they_leave_the_company(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = start(make, me, ada)
    results = at_once(
        lambda: does(make, me, services.remove_member, team_id=team, person_id=ada),
        lambda: make.do(lambda: people.mark_left(person_id=ada, actor_id=None)),
    )
    assert results == [None, None]
    assert (inside(make, team), audience(make, team)) == ([me], {me})


# ---- closing and opening again -------------------------------------------------------------------------------------


def test_a_closed_team_is_only_read(make: Make, told: Told, me: int) -> None:
    ada, bo, guest = make.person("Ada"), make.person("Bo"), make.person("Gita", kind="guest")
    team = met(make, me, guest, new=(ada,))
    ask(make, me, team, ada, guest)
    token, old_guest = token_of(make, team), make.viewer(guest)
    told.since()
    with after(days=3):
        does(make, me, services.close_team, team_id=team, learned="Ask sooner.")
        found = view(make, ada, team)
        assert (found.is_open, found.learned, found.size, found.may_invite) == (False, "Ask sooner.", 3, False)
        assert told.since() == [events.TeamClosed(team)]
        for work in (
            lambda: change(make, me, team, purpose="More"),
            lambda: add(make, me, team, bo),
            lambda: join(make, bo, token),
            lambda: leave(make, ada, team),
            lambda: does(make, me, services.remove_member, team_id=team, person_id=ada),
            lambda: does(make, me, services.set_lead, team_id=team, person_id=ada, leads=True),
            lambda: does(make, ada, services.take_lead, team_id=team),
            lambda: does(make, me, services.renew_link, team_id=team),
            lambda: stay(make, me, team, guest, date(2027, 2, 1)),
            lambda: does(make, ada, services.say_was_there, team_id=team, was_there=True),
            lambda: does(make, me, services.ask_buddy, team_id=team, newcomer_id=ada, buddy_id=me),
            lambda: does(make, old_guest, services.answer_buddy, team_id=team, newcomer_id=ada, yes=True),
        ):
            with pytest.raises(RuleBroken, match="closed"):
                work()
        with pytest.raises(NotVisible):
            make.read(lambda: queries.joinable(token))
        assert inside(make, team) == [me, guest, ada]
    assert ("team_closed", me, team) in audited(make)


def test_guests_see_a_team_as_long_as_it_is_open(make: Make, told: Told, me: int) -> None:
    guest, late = make.person("Gita", kind="guest"), make.person("Late", kind="guest", ends_on=date(2027, 1, 12))
    team = start(make, me, guest, late)
    assert make.viewer(guest).audience_ids
    does(make, me, services.close_team, team_id=team, learned="")
    assert make.viewer(guest).audience_ids == frozenset()
    assert audience(make, team) == {me}
    with pytest.raises(NotVisible):
        view(make, guest, team)
    with pytest.raises(NotVisible):
        leave(make, guest, team)
    with after(days=2):
        does(make, me, services.reopen_team, team_id=team)
        assert guest in audience(make, team)
        assert view(make, guest, team).is_open
        assert view(make, me, team).size == 2, "the other one's last day has passed"


def test_a_closed_team_is_not_there_for_its_guests_whatever_they_send(make: Make, me: int) -> None:
    ada, guest = make.person("Ada"), make.person("Gita", kind="guest")
    team = met(make, me, guest, new=(ada,))
    ask(make, me, team, ada, guest)
    with after(days=3):
        does(make, me, services.close_team, team_id=team, learned="")
        for work in (
            lambda: does(make, guest, services.take_lead, team_id=team),
            lambda: does(make, guest, services.say_was_there, team_id=team, was_there=True),
            lambda: ask(make, guest, team, ada, guest),
            lambda: answer(make, guest, team, ada, yes=True),
            lambda: does(make, guest, services.keep_in_touch, team_id=team, person_ids=[me]),
        ):
            with pytest.raises(NotVisible):
                work()
    assert (buddies(make, team), count(make, TeamKeep)) == ({(ada, guest, None)}, 0)


def test_whoever_became_a_colleague_meanwhile_is_in_it_again_as_well(make: Make, me: int) -> None:
    guest = make.person("Gita", kind="guest")
    team = start(make, me, guest)
    does(make, me, services.close_team, team_id=team, learned="")
    make.do(lambda: db.session.execute(sa.update(Person).where(Person.id == guest).values(kind="member")))
    does(make, me, services.reopen_team, team_id=team)
    assert audience(make, team) == {me, guest}


def test_a_guest_who_left_the_company_does_not_come_back_with_the_team(make: Make, me: int) -> None:
    guest = make.person("Gita", kind="guest")
    team = start(make, me, guest)
    does(make, me, services.close_team, team_id=team, learned="")
    make.do(lambda: people.mark_left(person_id=guest, actor_id=None))
    assert inside(make, team) == [me]
    does(make, me, services.reopen_team, team_id=team)
    assert audience(make, team) == {me}


def test_closing_and_opening_twice_is_once(make: Make, told: Told, me: int) -> None:
    team = start(make, me)
    told.since()
    for _ in range(2):
        does(make, me, services.close_team, team_id=team, learned="Ask sooner.")
    does(make, me, services.close_team, team_id=team, learned="")
    with pytest.raises(ChangedMeanwhile):
        does(make, me, services.close_team, team_id=team, learned="Another lead's words")
    assert view(make, me, team).learned == "Ask sooner."
    for _ in range(2):
        does(make, me, services.reopen_team, team_id=team)
    assert told.since() == [events.TeamClosed(team), events.TeamReopened(team)]
    assert view(make, me, team).learned == "Ask sooner."
    with pytest.raises(RuleBroken) as broken:
        does(make, me, services.close_team, team_id=team, learned="x" * 501)
    assert broken.value.field == "learned"


def test_an_open_form_notices_that_the_team_was_closed_between(make: Make, me: int) -> None:
    team = start(make, me)
    does(make, me, services.close_team, team_id=team, learned="")
    does(make, me, services.reopen_team, team_id=team)
    with pytest.raises(ChangedMeanwhile):
        change(make, me, team, version=0, purpose="From before")


def test_closing_while_somebody_joins(make: Make, me: int) -> None:
    ada, guests = make.person("Ada"), [make.person(f"G{n}", kind="guest") for n in range(2)]
    team = start(make, me)
    with clock.pinned(datetime.now(UTC)):
        does(make, me, services.renew_link, team_id=team)
    token = token_of(make, team)
    results = at_once(
        lambda: does(make, me, services.close_team, team_id=team, learned=""),
        lambda: join(make, ada, token),
        *(lambda who=who: make.do(lambda: services.bring_in(team_id=team, person_id=who)) for who in guests),
    )
    assert results[0] is None
    assert results[1] == team or isinstance(results[1], RuleBroken)
    colleagues = {me, ada} if results[1] == team else {me}
    joined = {who for who, came in zip(guests, results[2:], strict=True) if came is True}
    assert set(inside(make, team)) == colleagues | joined
    assert audience(make, team) == colleagues, "whichever came first, no guest sees it any more"


# ---- after the kick-off --------------------------------------------------------------------------------------------


def test_were_you_there(make: Make, told: Told, me: int) -> None:
    guest, outsider = make.person("Gita", kind="guest"), make.person("Out")
    team, without = start(make, me, guest, kickoff=kickoff(12)), start(make, me)
    told.since()

    def say(who: int, was_there: bool, team_id: int = team) -> None:
        does(make, who, services.say_was_there, team_id=team_id, was_there=was_there)

    with pytest.raises(RuleBroken):
        say(me, True)
    with after(days=1):  # 9:00 UTC: it begins
        say(me, False)
        assert told.since() == []
        say(me, True)
        say(me, True)
        say(guest, True)
        say(me, False)
        assert told.since() == [
            events.KickOffAttended(team, me, True),
            events.KickOffAttended(team, guest, True),
            events.KickOffAttended(team, me, False),
        ]
        with pytest.raises(NotVisible):
            say(outsider, True)
        with pytest.raises(RuleBroken):
            say(me, True, without)


# ---- buddies -------------------------------------------------------------------------------------------------------


def ask(make: Make, who: int | Viewer, team: int, newcomer: int, buddy: int) -> None:
    does(make, who, services.ask_buddy, team_id=team, newcomer_id=newcomer, buddy_id=buddy)


def answer(make: Make, who: int, team: int, newcomer: int, yes: bool) -> None:
    does(make, who, services.answer_buddy, team_id=team, newcomer_id=newcomer, yes=yes)


def met(make: Make, me: int, *crew: int, new: tuple[int, ...]) -> int:
    """A team whose kick-off was on Tuesday; `new` came in the day after."""
    team = start(make, me, *crew, kickoff=kickoff(12))
    with after(days=2):
        add(make, me, team, *new)
    return team


def buddies(make: Make, team: int) -> set[tuple[int, int, bool | None]]:
    found = make.read(lambda: queries.buddies(team))
    return {(one.newcomer_id, one.buddy_id, one.said_yes) for one in found}


def test_a_buddy_is_asked_and_answers(make: Make, me: int) -> None:
    new, ada, bo, cy = (make.person(name) for name in ("New", "Ada", "Bo", "Cy"))
    team = met(make, me, ada, bo, cy, new=(new,))
    ask(make, me, team, new, ada)
    for chosen in (ada, bo):
        with pytest.raises(RuleBroken):
            ask(make, me, team, new, chosen)
    answer(make, ada, team, new, yes=False)
    with pytest.raises(RuleBroken, match="asked already"):
        ask(make, me, team, new, ada)
    ask(make, me, team, new, bo)
    answer(make, bo, team, new, yes=True)
    with pytest.raises(RuleBroken, match="buddy already"):
        ask(make, me, team, new, cy)
    with pytest.raises(RuleBroken, match="buddy already"):
        answer(make, ada, team, new, yes=True)
    assert buddies(make, team) == {(new, ada, False), (new, bo, True)}
    answer(make, bo, team, new, yes=False)
    answer(make, ada, team, new, yes=True)
    assert buddies(make, team) == {(new, ada, True), (new, bo, False)}


def test_who_asks_whom_to_be_a_buddy(make: Make, me: int) -> None:
    new, ada, bo, outsider = (make.person(name) for name in ("New", "Ada", "Bo", "Out"))
    guest = make.person("Gita", kind="guest")
    team = met(make, me, ada, bo, new=(new, guest))
    for who in (new, ada, guest, outsider):  # a newcomer who asked would hear each no
        with pytest.raises(NotVisible):
            ask(make, who, team, new, bo)
    for newcomer, chosen in ((new, new), (new, outsider), (outsider, ada)):
        with pytest.raises(RuleBroken, match="who is in the team"):
            ask(make, me, team, newcomer, chosen)
    with pytest.raises(NotVisible):
        ask(make, outsider, team, new, outsider)
    with pytest.raises(NotVisible):
        answer(make, ada, team, new, yes=True)
    assert buddies(make, team) == set()
    ask(make, me, team, new, ada)
    ask(make, admin_of(make, outsider), team, guest, bo)
    assert buddies(make, team) == {(new, ada, None), (guest, bo, None)}


def test_a_buddy_is_for_whoever_came_in_after_the_kick_off(make: Make, me: int) -> None:
    new, ada, sharp = make.person("New"), make.person("Ada"), make.person("Sharp")
    dated, undated = start(make, me, ada, kickoff=kickoff(12)), start(make, me, ada)
    with after(days=1):  # 9:00 UTC: it begins
        for team in (dated, undated):
            add(make, me, team, sharp)
    with after(days=1, minutes=1):
        for team in (dated, undated):
            add(make, me, team, new)
    for who, team, newcomer, chosen in (
        (me, dated, ada, new),  # there from the beginning
        (ada, dated, sharp, ada),  # on time
        (me, undated, new, ada),  # after nothing
        (ada, undated, new, ada),
    ):
        with pytest.raises(RuleBroken, match="after the kick-off"):
            ask(make, who, team, newcomer, chosen)
    ask(make, me, dated, new, ada)
    assert (buddies(make, dated), buddies(make, undated)) == ({(new, ada, None)}, set())
    with after(days=2):
        change(make, me, dated, kickoff=kickoff(20))  # so they were in time after all
        with pytest.raises(RuleBroken, match="after the kick-off"):
            ask(make, sharp, dated, new, sharp)


def test_whoever_offers_to_be_the_buddy_is_it_at_once(make: Make, me: int) -> None:
    new, ada, bo = make.person("New"), make.person("Ada"), make.person("Bo")
    team = met(make, me, ada, bo, new=(new,))
    ask(make, me, team, new, ada)
    ask(make, bo, team, new, bo)
    assert buddies(make, team) == {(new, ada, None), (new, bo, True)}, "nobody waits for who has not answered"
    with pytest.raises(RuleBroken, match="buddy already"):
        answer(make, ada, team, new, yes=True)
    for who in (ada, bo):
        with pytest.raises(RuleBroken, match="buddy already"):
            ask(make, who, team, new, who)


def test_whoever_was_asked_and_offers_says_yes(make: Make, me: int) -> None:
    new, later, ada = make.person("New"), make.person("Later"), make.person("Ada")
    team = met(make, me, ada, new=(new, later))
    ask(make, me, team, new, ada)
    ask(make, ada, team, new, ada)
    assert buddies(make, team) == {(new, ada, True)}, "asked, and had not answered"
    ask(make, me, team, later, ada)
    answer(make, ada, team, later, yes=False)
    with pytest.raises(RuleBroken, match="asked already"):
        ask(make, me, team, later, ada)
    ask(make, ada, team, later, ada)
    assert buddies(make, team) == {(new, ada, True), (later, ada, True)}, "had said no"
    answered = make.read(lambda: [one.answered_at for one in db.session.scalars(sa.select(TeamBuddy))])
    assert None not in answered


def test_a_buddy_who_leaves_is_none(make: Make, me: int) -> None:
    new, ada, bo = make.person("New"), make.person("Ada"), make.person("Bo")
    team, other = met(make, me, ada, new=(new, bo)), met(make, me, ada, new=(new,))
    for one in (team, other):
        ask(make, me, one, new, ada)
    ask(make, me, team, bo, new)
    leave(make, ada, team)
    assert buddies(make, team) == {(bo, new, None)}
    leave(make, new, team)
    assert buddies(make, team) == set()
    assert buddies(make, other) == {(new, ada, None)}, "of another team they still are"
    assert count(make, TeamBuddy) == 1


# ---- whom I keep ---------------------------------------------------------------------------------------------------


def test_whom_i_keep_is_mine_alone(make: Make, me: int) -> None:
    ada, bo, outsider = make.person("Ada"), make.person("Bo"), make.person("Out")
    team = start(make, me, ada, bo)
    does(make, me, services.close_team, team_id=team, learned="")

    def keep(who: int, *ids: int) -> set[int]:
        does(make, who, services.keep_in_touch, team_id=team, person_ids=ids)
        viewer = make.viewer(who)
        return make.read(lambda: queries.whom_i_keep(viewer, team))

    assert keep(me, ada, bo, ada, me, outsider, 999_999) == {ada, bo}
    assert keep(ada, me) == {me}
    assert keep(me, bo) == {bo}
    assert keep(me) == set()
    assert count(make, TeamKeep) == 1
    with pytest.raises(NotVisible):
        keep(outsider, ada)
    with pytest.raises(NotVisible):
        keep(make.person("Gita", kind="guest"), ada)
    assert keep(me, *range(1, 40_000)) == {ada, bo}, "however many are ticked"


# ---- five thousand -------------------------------------------------------------------------------------------------


def crowd(make: Make, size: int) -> list[int]:
    """So many people in the directory, each with an intro; a third shows the place to nobody."""

    def work() -> list[int]:
        place_id = people.place_named("Utrecht", "Europe/Amsterdam")
        first = (db.session.scalar(sa.select(sa.func.max(Person.id))) or 0) + 1000
        ids = list(range(first, first + size))
        common = {
            "kind": "member", "languages": ["nl"], "working_days": [], "links": [], "locked": [], "version": 0,
            "cutout": False, "created_at": MONDAY, "place_id": place_id, "place_detail": "3rd floor",
        }  # fmt: skip
        shown = ({}, {"place": "nobody"}, {"place": "teams"})
        db.session.execute(
            sa.insert(Person),
            [{**common, "id": one, "name": f"P {one}", "handle": f"p-{one}", "shown": shown[one % 3]} for one in ids],
        )
        intro = {
            "lang": "en", "headline": "Mine.", "facts": [], "ask_about": [], "working_on": "", "so_that": "",
            "offer": "", "working_on_html": "", "offer_html": "", "published_at": MONDAY, "confirmed_at": MONDAY,
        }  # fmt: skip
        db.session.execute(
            sa.insert(Infomercial),
            [{**intro, "person_id": one, "shown_to": ("everyone", "teams")[one % 2]} for one in ids],
        )
        return ids

    return make.do(work)


class Statements:
    """How many statements were sent."""

    def __init__(self, app: Flask) -> None:
        self.said: list[str] = []
        with app.app_context():

            @sa.event.listens_for(db.engine, "before_cursor_execute")
            def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
                # Search writes its words by the thousand, not by the batch: tests/search counts those.
                if "search_" not in statement:
                    self.said.append(statement)

    def of(self, work: Callable[[], Any]) -> int:
        self.said.clear()
        work()
        return len(self.said)


@pytest.mark.parametrize("how", ["start", "add"])
def test_a_batch_costs_a_fixed_number_of_statements(app: Flask, make: Make, how: str) -> None:
    me = make.member("Tomás Rivera")
    everybody = crowd(make, 1010)
    viewer, counter = make.viewer(me), Statements(app)

    def cost(ids: list[int]) -> int:
        if how == "start":
            return counter.of(lambda: start(make, viewer, *ids))
        team = start(make, viewer)
        return counter.of(lambda: add(make, viewer, team, *ids))

    few, batch = cost(everybody[:5]), cost(everybody[:250])
    assert few == batch, "five cost as much as hundreds"
    two, three = cost(everybody[:510]), cost(everybody)
    assert three - two == two - batch, "each further batch costs the same"
    assert two - batch < 30


def test_closing_and_opening_costs_no_more_for_many(app: Flask, make: Make) -> None:
    me = make.person("Tomás Rivera")
    everybody = crowd(make, 200)
    counter, viewer = Statements(app), make.viewer(me)
    costs = []
    for size in (3, 200):
        team = start(make, me, *everybody[:size])
        closing = counter.of(lambda team=team: does(make, viewer, services.close_team, team_id=team, learned=""))
        opening = counter.of(lambda team=team: does(make, viewer, services.reopen_team, team_id=team))
        costs.append((closing, opening))
    assert costs[0] == costs[1]


def listings(make: Make, person_id: int) -> tuple[list[Any], list[Any]]:
    def work() -> tuple[list[Any], list[Any]]:
        table = PersonListing.__table__
        mine = sa.select(table).where(table.c.person_id == person_id).order_by(table.c.audience_id)
        intro = InfomercialListing.__table__
        its = sa.select(intro).where(intro.c.person_id == person_id).order_by(intro.c.audience_id)
        return [tuple(one) for one in db.session.execute(mine)], [tuple(one) for one in db.session.execute(its)]

    return make.read(work)


def test_a_listing_is_the_same_written_for_one_or_for_many(make: Make, me: int) -> None:
    from portal.infomercials import services as intros

    everybody = crowd(make, 6)
    guest = make.person("Gita", kind="guest", ends_on=date(2028, 1, 1), starts_on=date(2027, 1, 1))
    start(make, me, *everybody, guest)
    make.intro(guest, shown_to="teams")
    start(make, me, *everybody[:3], guest, name="Another")
    for person_id in [*everybody, guest]:
        # The crowd was never listed for everyone; this writes all there is, one by one.
        many = listings(make, person_id)
        make.do(lambda one=person_id: (people.relist(one), intros.relist(one)))
        single = listings(make, person_id)
        for before, now in zip(many, single, strict=True):
            assert [one for one in now if one[0] != EVERYONE] == [one for one in before if one[0] != EVERYONE]
            teams = 2 if person_id in (*everybody[:3], guest) else 1
            assert len([one for one in now if one[0] != EVERYONE]) == teams


def test_whoever_leaves_is_unlisted_there(make: Make, me: int) -> None:
    ada = make.intro(make.person("Ada"))
    team = start(make, me, ada)
    assert [len(one) for one in listings(make, ada)] == [2, 2]
    leave(make, ada, team)
    assert [len(one) for one in listings(make, ada)] == [1, 1]
    audience_id = row(make, team).audience_id
    assert make.read(lambda: members_of(audience_id, [ada, me])) == {me}


def test_an_intro_taken_back_while_its_writer_joins(make: Make, me: int) -> None:
    from portal.infomercials import services as intros

    ada = make.intro(make.person("Ada"))
    team = start(make, me)
    results = at_once(lambda: add(make, me, team, ada), lambda: does(make, ada, intros.withdraw))
    assert results == [(1, 0), None]
    assert listings(make, ada)[1] == []
