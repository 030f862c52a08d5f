"""`hallway bench fill` writes in bulk what the services would have written one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import passwords
from portal.accounts.queries import credentials
from portal.audiences.models import Audience, AudienceMember
from portal.audiences.queries import audiences_for, audiences_of
from portal.commands import bench_fill, bench_ties
from portal.commands.bench_fill import (
    GUEST,
    LEAD,
    MATE,
    MEMBER,
    OUTSIDER,
    TEAM_OF_8,
    TEAM_OF_1000,
    TEAM_OF_5000,
    Organization,
    fill,
)
from portal.core import clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.checks import checks
from portal.core.db import db, unit_of_work
from portal.core.errors import Refused
from portal.goals import services as goals
from portal.goals.models import Goal
from portal.infomercials import services as intros
from portal.infomercials.models import Draft, Infomercial, InfomercialListing
from portal.meet.queries import NEW_ONES, OLD_ONES, suggestions, to_warm_up
from portal.people import services as people
from portal.people.models import OPTIONAL, Department, Person, PersonListing, Place
from portal.people.queries import directory
from portal.teams import queries as team_queries
from portal.teams import services as teams
from portal.teams.models import Team, TeamMember
from portal.ties.queries import my_ties
from tests.client import Client
from tests.makers import Make, whose_intro_is_new

MANY = 400


def rows_of(*tables: type[Any]) -> dict[str, list[Any]]:
    """All that is in these tables, by their keys."""
    found = {}
    for table in tables:
        plain = table.__table__
        query = sa.select(plain).order_by(*plain.primary_key.columns)
        found[plain.name] = [dict(row) for row in db.session.execute(query).mappings()]
    return found


def viewer_of(person_id: int, *, guest: bool = False) -> Viewer:
    roles = frozenset({"guest" if guest else "member"})
    return Viewer(person_id, roles, audiences_of(person_id, is_guest=guest))


@pytest.fixture
def filled(app: Flask) -> Flask:
    with app.app_context():
        fill(MANY)
    return app


def lists_are_what_relist_makes_of_each_person(filled: Flask) -> None:
    with filled.app_context():
        before = rows_of(PersonListing, InfomercialListing)
        assert len(before["person_listing"]) > 2 * MANY

        def again() -> None:
            for person_id in db.session.scalars(sa.select(Person.id)).all():
                people.relist(person_id)
                left = db.session.get_one(Person, person_id).left_at is not None
                (intros.unlist if left else intros.relist)(person_id)

        unit_of_work(again)
        assert rows_of(PersonListing, InfomercialListing) == before


def test_people_are_what_the_services_make_of_the_same_words(app: Flask) -> None:
    """30 people written again, one by one, through the services, on an empty database."""
    tables = (
        Department,
        Place,
        Person,
        PersonListing,
        Audience,
        AudienceMember,
        Goal,
        Team,
        TeamMember,
        Draft,
        Infomercial,
        InfomercialListing,
    )

    class Undo(Exception):
        pass

    with app.app_context():
        with pytest.raises(Undo):

            def by_hand() -> None:
                _through_services(Organization(30, clock.today()))
                nonlocal wanted
                wanted = rows_of(*tables)
                raise Undo

            wanted: dict[str, list[Any]] = {}
            unit_of_work(by_hand)
        fill(30)
        found = rows_of(*tables)
    for name, rows in found.items():
        assert len(rows) == len(wanted[name]), name
    # Ids may differ (those of the first try are not given again), so audiences are compared by their place.
    assert _comparable(found) == _comparable(wanted)


def _comparable(tables: dict[str, list[Any]]) -> dict[str, list[Any]]:
    places = {
        f"{name}_id": {row["id"]: number for number, row in enumerate(tables[name])}
        for name in ("audience", "department", "place", "goal", "team")
    }
    by_chance = ("calendar_uid", "join_nonce")

    def same(row: dict[str, Any]) -> dict[str, Any]:
        return {
            name: places[name].get(value, value) if name in places else value
            for name, value in row.items()
            if name not in by_chance and not (name == "id" and (len(row) == 2 or "key" in row or "slug" in row))
        }

    return {name: [same(row) for row in rows] for name, rows in tables.items()}


def _through_services(made: Organization) -> None:
    """What `fill` does in bulk, in single steps."""
    departments = [people.department_named(name) for name in bench_fill.DEPARTMENTS]
    places = [people.place_named(name, zone) for name, zone in bench_fill.PLACES]
    transient = [
        Place(id=place, name=name, time_zone=zone)
        for place, (name, zone) in zip(places, bench_fill.PLACES, strict=True)
    ]
    persons = {n: made.person(n, departments, transient) for n in range(1, made.count + 1)}
    viewers: dict[int, Viewer] = {}
    for number, person in persons.items():
        with clock.pinned(person.created_at):
            place_name, zone = bench_fill.PLACES[number % len(places)]
            made_id = people.add_person(
                name=person.name,
                email=person.email,
                kind=person.kind,
                preferred_name=person.preferred_name,
                title=person.title,
                department=bench_fill.DEPARTMENTS[number % len(departments)],
                place=place_name if person.place_id else None,
                place_time_zone=zone,
                place_detail=person.place_detail,
                starts_on=person.starts_on,
                ends_on=person.ends_on,
                external_id=person.external_id,
                hue=person.hue,
            )
        db.session.get_one(Person, made_id).id = number  # where an earlier try used ids up
        db.session.flush()
        viewers[number] = Viewer(number, frozenset({"member"}), frozenset({EVERYONE}))
    for number, person in persons.items():
        people.relist(number)
        details = people.Details(
            **{name: getattr(person, name) for name in people.Details.__dataclass_fields__},
        )
        people.change_details(viewer=viewers[number], details=details)
        db.session.get_one(Person, number).locked = ["department", "email", "name"]
        people.set_manager(person_id=number, manager_id=person.manager_id)
        if person.away_until:
            people.set_away(viewer=viewers[number], until=person.away_until, stand_in_id=person.stand_in_id)
    goal_ids = [_goal_by_hand(row) for row in made.goals()]
    for index in range(len(made.teams)):
        _team_by_hand(*made.team(index), goal_ids)
    for number in persons:
        rows = made.intro(number)
        if rows is None:
            continue
        words = rows[0]
        with clock.pinned(words["saved_at"]):
            intros.use_initials(viewer=viewers[number])
            intros.save_facts(
                viewer=viewers[number], headline=words["headline"], facts=words["facts"], lang=words["lang"]
            )
            intros.save_ask(viewer=viewers[number], ask_about=words["ask_about"])
            intros.save_work(
                viewer=viewers[number],
                working_on=words["working_on"],
                so_that=words["so_that"],
                offer=words["offer"],
                goal_id=goal_ids[words["goal_id"] - 1] if words["goal_id"] else None,
            )
            intros.publish(viewer=viewers[number], shown_to=words["shown_to"])


def _goal_by_hand(row: dict[str, Any]) -> int:
    boss = Viewer(1, frozenset({"member", "admin"}), frozenset({EVERYONE}))
    with clock.pinned(row["created_at"]):
        return goals.add_goal(viewer=boss, words=goals.Words(row["title"], row["why"], row["owner_id"], row["note"]))


def _team_by_hand(row: dict[str, Any], members: list[dict[str, Any]], goal_ids: list[int]) -> None:
    at = row["kickoff_at"].astimezone(clock.zone(row["kickoff_zone"]))
    plan = teams.Plan(
        name=row["name"],
        purpose=row["purpose"],
        goal_id=goal_ids[row["goal_id"] - 1] if row["goal_id"] else None,
        talks_at=row["talks_at"],
        kickoff=teams.KickOff(at.date(), at.time(), row["kickoff_zone"]),
        place=row["kickoff_place"],
    )
    first, *others = (member["person_id"] for member in members)
    lead = Viewer(first, frozenset({"member"}), frozenset({EVERYONE}))
    with clock.pinned(row["created_at"]):
        teams.start_team(viewer=lead, plan=plan, lead_id=None, person_ids=others)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 11, 24, 60, 1003])
def test_any_number_of_people(count: int) -> None:
    made = Organization(count, date(2026, 5, 4))
    in_teams = [number for team in made.teams for number in team]
    assert set(in_teams) == set(range(1, count + 1))
    assert all(len(set(team)) == len(team) for team in made.teams)
    for index in range(len(made.teams)):
        row, members = made.team(index)
        assert row["created_by_id"] == members[0]["person_id"]
        assert [member["is_lead"] for member in members] == [True, *[False] * (len(members) - 1)]
    large = {made.slugs[slug] for slug in (TEAM_OF_1000, TEAM_OF_5000) if slug in made.slugs}
    if count > 100:
        in_small = {number: [i for i in some if i not in large] for number, some in made.teams_of.items()}
        assert all(1 <= len(some) <= (4 if number in (LEAD, MATE) else 3) for number, some in in_small.items())
        assert all(5 <= len(team) <= 12 for index, team in enumerate(made.teams) if index not in large)
        for number in range(GUEST, count + 1, 50):
            assert all(8 <= len(made.teams[index]) <= 12 for index in made.teams_of[number])


@pytest.mark.parametrize("count", [1_000, 5_200, 100_000])
def test_the_teams_that_are_measured_are_the_same_in_any_number(count: int) -> None:
    made, small = Organization(count, date(2026, 5, 4)), Organization(1_000, date(2026, 5, 4))
    people = {slug: made.teams[index] for slug, index in made.slugs.items()}
    assert len(people[TEAM_OF_8]) == 8
    assert people[TEAM_OF_8][:4] == [LEAD, MATE, MEMBER, GUEST]
    assert people[TEAM_OF_1000] == small.teams[small.slugs[TEAM_OF_1000]]
    assert (TEAM_OF_5000 in people) == (count > 5_000)
    assert len(people.get(TEAM_OF_5000, range(5_000))) == 5_000
    for slug in (TEAM_OF_1000, TEAM_OF_5000):
        assert not {MEMBER + 1, GUEST, GUEST + 50} & set(people.get(slug, []))
        assert people.get(slug, [LEAD, MATE])[:2] == [LEAD, MATE]
    own = {"id", "slug", "name", "sort_key", "talks_at", "calendar_uid"}
    rows = [made.team(made.slugs[slug])[0] for slug in people] + [small.team(small.slugs[TEAM_OF_8])[0]]
    assert len({tuple((k, v) for k, v in row.items() if k not in own) for row in rows}) == 1


def teams_and_goals_are_there(filled: Flask) -> None:
    made = Organization(MANY, clock.today())
    with filled.app_context():
        guest, member, outsider = viewer_of(GUEST, guest=True), viewer_of(MEMBER), viewer_of(OUTSIDER)
        for slug, size in ((TEAM_OF_8, 8), (TEAM_OF_1000, len(made.teams[made.slugs[TEAM_OF_1000]]))):
            team = team_queries.team(member, slug)
            assert (team.size, team.has_lead, team.i_am_in) == (size, True, slug == TEAM_OF_8)
            assert team.goal is not None
            assert team.kickoff_at is not None
            assert len(team_queries.members(member, team)) == size
        assert team_queries.team(guest, TEAM_OF_8).i_am_in
        assert {one.slug for one in team_queries.my_teams(outsider)}.isdisjoint(made.slugs)
        # Some lie ahead, most have been.
        kickoffs = db.session.scalars(sa.select(Team.kickoff_at)).all()
        assert 0 < sum(at is not None and at > clock.now() for at in kickoffs) < len(kickoffs) / 2
        # Nobody who has left is in any, and the audience is who is in it.
        inside = set(db.session.execute(sa.select(TeamMember.team_id, TeamMember.person_id)).tuples())
        hears = sa.select(Team.id, AudienceMember.person_id).join(
            AudienceMember, AudienceMember.audience_id == Team.audience_id
        )
        assert inside == set(db.session.execute(hears).tuples())
        left = db.session.scalars(sa.select(Person.id).where(Person.left_at.is_not(None))).all()
        assert left
        assert not {person_id for _team, person_id in inside} & set(left)


def test_the_same_number_gives_the_same_people() -> None:
    one, two = Organization(300, date(2026, 5, 4)), Organization(300, date(2026, 5, 4))
    assert one.teams == two.teams
    assert [one.team(n) for n in range(len(one.teams))] == [two.team(n) for n in range(len(two.teams))]
    assert one.goals() == two.goals()
    assert one.published == two.published
    assert [one.intro(n) for n in range(1, 301)] == [two.intro(n) for n in range(1, 301)]
    assert [one.person(n, [1], [Place(id=1)]).name for n in range(1, 301)] == [
        two.person(n, [1], [Place(id=1)]).name for n in range(1, 301)
    ]


def the_newest_half_is_hidden_from_outsider_and_guest(filled: Flask) -> None:
    made = Organization(MANY, clock.today())
    with filled.app_context():
        hidden_from_all = set(
            db.session.scalars(sa.select(Infomercial.person_id).where(Infomercial.shown_to == "teams"))
        )
        published = len(made.published)
        assert len(hidden_from_all) == published // 2
        newest = db.session.scalars(
            sa.select(Infomercial.person_id).order_by(Infomercial.published_at.desc()).limit(published // 2)
        ).all()
        assert hidden_from_all == set(newest)
        for number, guest in ((OUTSIDER, False), (GUEST, True)):
            viewer = viewer_of(number, guest=guest)
            readable = set(
                db.session.scalars(
                    sa.select(InfomercialListing.person_id).where(
                        InfomercialListing.audience_id.in_(viewer.audience_ids)
                    )
                )
            )
            assert not readable & hidden_from_all
            assert not set(whose_intro_is_new(viewer)) & hidden_from_all
            optional = db.session.scalars(
                sa.select(PersonListing.shown).where(
                    PersonListing.person_id > MANY // 2, PersonListing.audience_id.in_(viewer.audience_ids)
                )
            ).all()
            assert not any(optional)
        assert len(whose_intro_is_new(viewer_of(MEMBER))) >= 5
        everybody = directory(viewer_of(OUTSIDER), size=2 * MANY)
        leavers = db.session.scalar(sa.select(sa.func.count()).where(Person.left_at.is_not(None)))
        assert len(everybody.items) == MANY - (leavers or 0)
        assert len(directory(viewer_of(GUEST, guest=True), size=2 * MANY).items) <= 32


def ids_go_on_after_the_fill(filled: Flask) -> None:
    make = Make(filled)
    assert make.person("Nadia Nova") == MANY + 1
    assert make.team(MANY + 1) > EVERYONE
    in_days = clock.today() + timedelta(days=9)
    plan = teams.KickOff(in_days, clock.now().time(), "UTC")
    assert make.project("One More", MANY + 1, 1, kickoff=plan) == len(Organization(MANY, clock.today()).teams) + 1


def everybody_has_ties_and_whom_to_meet(filled: Flask) -> None:
    with filled.app_context():
        found = {check.name: check.look() for check in checks()}
        assert found["ties are what contacts come to"] == []
        viewer = viewer_of(MEMBER)
        assert len(my_ties(viewer)) == bench_ties.TIES
        assert len(suggestions(viewer)) == NEW_ONES and len(to_warm_up(viewer)) == OLD_ONES


def those_it_names_can_sign_in(filled: Flask) -> None:
    for email in ("admin@bench.example", "member@bench.example", "outsider@bench.example", "guest@bench.example"):
        with filled.app_context():
            found = credentials(email)
            assert found is not None
            assert passwords.fits(bench_fill.PASSWORD, found.password_hash)
    page = Client(filled).sign_in_by_form("outsider@bench.example", bench_fill.PASSWORD).get("people.directory")
    assert "Show more people" in page.text


def audiences_for_agrees_with_the_query(filled: Flask) -> None:
    made = Organization(MANY, clock.today())
    with filled.app_context():
        first = db.session.scalar(sa.select(sa.func.min(Audience.id)).where(Audience.kind == "team"))
        assert first is not None
        audience_ids = range(first, first + len(made.teams))
        for number in range(1, 31):
            for choice in ("everyone", "teams", "nobody"):
                assert sorted(made.audiences_for(number, choice, audience_ids)) == sorted(
                    audiences_for(number, choice)
                )


def test_it_refuses_where_somebody_is(app: Flask, make: Make) -> None:
    make.person()
    with app.app_context(), pytest.raises(Refused):
        fill(5)
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(Person.id)))) == 1


def optional_fields_are_all_made_up(filled: Flask) -> None:
    """A field that nobody has would be measured by nobody."""
    with filled.app_context():
        shown: set[str] = set()
        for row in db.session.scalars(sa.select(PersonListing.shown)):
            shown |= set(row)
    assert shown == set(OPTIONAL)


def test_all_of_it_is_as_it_has_to_be(filled: Flask) -> None:
    """Filling takes far longer than reading, so it is done once for all of these; the last adds to it."""
    for holds in (
        teams_and_goals_are_there,
        the_newest_half_is_hidden_from_outsider_and_guest,
        everybody_has_ties_and_whom_to_meet,
        those_it_names_can_sign_in,
        audiences_for_agrees_with_the_query,
        optional_fields_are_all_made_up,
        lists_are_what_relist_makes_of_each_person,
        ids_go_on_after_the_fill,
    ):
        holds(filled)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run: Callable[..., Any] = bench_fill.command.main
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path))
    run(["--people", "12"], standalone_mode=False)
    said = capsys.readouterr().out
    assert "12 made-up people are in" in said
    assert "outsider@bench.example" in said
    with pytest.raises(Refused, match="not empty"):
        run(["--people", "12"], standalone_mode=False)
