"""Who may see what: everyone, guests, teams, and the fields that people hide. On both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audiences import queries, services
from portal.audiences.events import MembershipChanged
from portal.audiences.models import Audience, AudienceMember
from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.panels import Narrowed
from portal.infomercials.queries import headlines, intro_of
from portal.people import queries as people
from portal.people import services as people_services
from portal.people.models import OPTIONAL, PersonListing
from portal.people.services import Details
from tests.makers import Make, whose_intro_is_new

VALUES: dict[str, Any] = {
    "place": "3rd floor",
    "time_zone": "Asia/Kolkata",
    "pronouns": "she or they",
    "say_name": "PREE-yah",
    "languages": ["Tamil"],
    "working_days": ["mon", "tue"],
    "links": [{"label": "Code", "url": "https://example.org/me"}],
    "reach_me_by": "Chat before ten",
}


def describe(make: Make, person_id: int, **shown: str) -> None:
    """Fill in every optional field, shown to everyone unless told otherwise."""
    viewer = make.viewer(person_id)

    def work() -> None:
        people_services.change_details(
            viewer=viewer,
            details=Details(
                name=people.me(viewer).name,
                preferred_name=None,
                hue=None,
                place_detail=VALUES["place"],
                shown=dict.fromkeys(OPTIONAL, "everyone") | shown,
                **{field: value for field, value in VALUES.items() if field != "place"},
            ),
        )

    make.do(work)


def sees(make: Make, viewer_id: int, person_id: int) -> dict[str, Any]:
    """The optional fields on that profile that are there for this viewer."""
    viewer, handle = make.viewer(viewer_id), make.handle(person_id)
    profile = make.read(lambda: people.profile(viewer, handle))
    found = {field: getattr(profile, field) for field in OPTIONAL if field != "place"} | {
        "place": profile.place_detail
    }
    if not profile.card.place:
        assert profile.place_id is None
        assert not found["place"]
    return {field: value for field, value in found.items() if value}


def finds(make: Make, viewer_id: int, **more: Any) -> list[int]:
    viewer = make.viewer(viewer_id)
    return [card.id for card in make.read(lambda: people.directory(viewer, size=100, **more)).items]


def place_of(make: Make, person_id: int) -> int | None:
    viewer = make.viewer(person_id)
    return make.read(lambda: people.me(viewer).place_id)


# ---- members, teams, guests --------------------------------------------------------------------------------


def test_a_member_sees_everyone_and_a_guest_nobody(make: Make) -> None:
    noise = make.noise()
    me, guest, other_guest = make.member("Priya Raman"), make.guest("G"), make.guest("H")
    assert set(finds(make, me)) == {*noise, me, guest, other_guest}
    assert finds(make, guest) == []
    viewer = make.viewer(guest)
    for hidden in (me, other_guest, noise[0]):
        handle = make.handle(hidden)
        with pytest.raises(NotVisible):
            make.read(lambda handle=handle: people.profile(viewer, handle))
        assert make.read(lambda hidden=hidden: people.cards(viewer, [hidden])) == []


def test_a_guest_sees_the_people_of_shared_teams(make: Make) -> None:
    noise = make.noise()
    guest, other_guest = make.guest("Gita"), make.guest("Hana")
    mate, stranger = make.member("Priya Raman"), make.member("Priya Strange")
    make.team(guest, mate, other_guest)
    make.team(stranger, *noise)
    assert set(finds(make, guest)) == {guest, mate, other_guest}
    assert finds(make, guest, q="priya") == [mate]
    assert sees(make, guest, mate) == {}


def test_after_leaving_the_team_a_guest_sees_nobody_of_it(make: Make) -> None:
    make.noise()
    guest, mate = make.guest("Gita"), make.member("Priya Raman")
    make.intro(mate)
    team = make.team(guest, mate)
    describe(make, mate)
    viewer = make.viewer(guest)
    assert make.read(lambda: intro_of(viewer, mate))
    make.do(lambda: services.leave(audience_id=team, person_ids=[guest]))
    assert finds(make, guest) == []
    viewer = make.viewer(guest)
    assert make.read(lambda: intro_of(viewer, mate)) is None
    with pytest.raises(NotVisible):
        sees(make, guest, mate)


def test_when_the_other_leaves_the_team(make: Make) -> None:
    guest, mate = make.guest("Gita"), make.member("Priya Raman")
    team = make.team(guest, mate)
    make.intro(mate)
    make.do(lambda: services.leave(audience_id=team, person_ids=[mate]))
    assert finds(make, guest) == [guest]
    viewer = make.viewer(guest)
    assert make.read(lambda: intro_of(viewer, mate)) is None
    assert make.read(lambda: headlines(viewer, [mate])) == {}


def test_a_guest_always_sees_themselves(make: Make) -> None:
    guest = make.guest("Gita", place="Utrecht")
    describe(make, guest, **dict.fromkeys(OPTIONAL, "nobody"))
    assert sees(make, guest, guest) == VALUES


def test_members_see_guests(make: Make) -> None:
    guest, member = make.guest("Gita", place="Utrecht"), make.member("Bo")
    describe(make, guest)
    assert sees(make, member, guest) == VALUES


def test_people_of_several_shared_teams_are_listed_once(make: Make) -> None:
    guest, mate = make.guest("Gita"), make.member("Bo", place="Utrecht")
    for _ in range(4):
        make.team(guest, mate)
    assert finds(make, guest) == [mate, guest]
    assert finds(make, mate, place_id=place_of(make, mate)) == [mate]


# ---- hidden fields -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", OPTIONAL)
def test_a_field_is_shown_to_everyone_my_teams_or_nobody(make: Make, field: str) -> None:
    me = make.member("Priya Raman", place="Utrecht", place_time_zone="Europe/Amsterdam")
    mate, stranger, guest = make.member("Mate"), make.member("Stranger"), make.guest("Guest")
    team = make.team(me, mate, guest)
    make.team(stranger, make.guest("Other"))
    for shown, seen_by in (("everyone", {mate, stranger, guest}), ("teams", {mate, guest}), ("nobody", set())):
        describe(make, me, **{field: shown})
        for viewer_id in (mate, stranger, guest, me):
            rest = {name: value for name, value in VALUES.items() if name != field}
            expected = VALUES if viewer_id in seen_by or viewer_id == me else rest
            assert sees(make, viewer_id, me) == expected, (shown, viewer_id)
    describe(make, me, **{field: "teams"})
    make.do(lambda: services.leave(audience_id=team, person_ids=[mate]))
    assert field not in sees(make, mate, me), "today's membership counts"


def test_hidden_without_any_team(make: Make) -> None:
    me, other = make.member("Priya Raman", place="Utrecht"), make.member("Bo")
    describe(make, me, **dict.fromkeys(OPTIONAL, "teams"))
    assert sees(make, other, me) == {}
    team = make.team(me, other)
    assert sees(make, other, me) == VALUES
    make.do(lambda: services.leave(audience_id=team, person_ids=[me]))
    assert sees(make, other, me) == {}


def test_the_place_filter_finds_nobody_who_hides_their_place(make: Make) -> None:
    me = make.member("Priya Raman", place="Utrecht")
    open_one = make.member("Open", place="Utrecht")
    mate, stranger = make.member("Mate", place="Berlin"), make.member("Stranger")
    make.team(me, mate)
    place_id = place_of(make, me)
    for shown, finders in (("everyone", {mate, stranger, me}), ("teams", {mate, me}), ("nobody", set())):
        describe(make, me, place=shown)
        for viewer_id in (mate, stranger):
            expected = {open_one, me} if viewer_id in finders else {open_one}
            assert set(finds(make, viewer_id, place_id=place_id)) == expected, (shown, viewer_id)
            assert me in finds(make, viewer_id), "by name they are found all the same"
    assert people_with_place(make, stranger) == {open_one, mate}


def people_with_place(make: Make, viewer_id: int) -> set[int]:
    viewer = make.viewer(viewer_id)
    found = make.read(lambda: people.directory(viewer, size=100)).items
    return {card.id for card in found if card.place}


def test_the_zone_of_a_hidden_place_is_hidden_with_the_time_alone(make: Make) -> None:
    me = make.member("Priya Raman", place="Bengaluru", place_time_zone="Asia/Kolkata")
    other = make.member("Bo")
    viewer = make.viewer(me)
    details = Details(
        name="Priya Raman", preferred_name=None, pronouns=None, say_name=None, place_detail=None, time_zone=None,
        languages=[], working_days=[], links=[], reach_me_by=None, hue=None, shown={"time_zone": "nobody"},
    )  # fmt: skip
    make.do(lambda: people_services.change_details(viewer=viewer, details=details))
    assert sees(make, other, me) == {}
    reader = make.viewer(other)
    assert make.read(lambda: people.profile(reader, "priya-raman")).card.place == "Bengaluru"


def test_hidden_words_are_in_no_row_that_others_read(make: Make) -> None:
    me = make.member("Priya Raman", place="Utrecht")
    make.team(me, make.member("Mate"))
    describe(make, me, **dict.fromkeys(OPTIONAL, "nobody"))
    rows = make.read(
        lambda: db.session.execute(
            sa.select(PersonListing.shown, PersonListing.place_id).where(PersonListing.person_id == me)
        ).all()
    )
    assert [tuple(row) for row in rows] == [({}, None), ({}, None)]


# ---- intros ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown_to", "readers"), [("everyone", {"mate", "stranger", "guest"}), ("teams", {"mate", "guest"})]
)
def test_intros_are_read_by_everyone_or_by_my_teams(make: Make, shown_to: str, readers: set[str]) -> None:
    make.noise()
    me = make.member("Priya Raman")
    who = {"mate": make.member("Mate"), "stranger": make.member("Stranger"), "guest": make.guest("Guest"),
           "other": make.guest("Other")}  # fmt: skip
    team = make.team(me, who["mate"], who["guest"])
    make.intro(me, headline="Mine.", shown_to=shown_to)
    for name, viewer_id in who.items():
        viewer = make.viewer(viewer_id)
        can = name in readers
        assert (make.read(lambda viewer=viewer: intro_of(viewer, me)) is not None) is can, name
        assert (me in make.read(lambda viewer=viewer: headlines(viewer, [me]))) is can, name
        assert (me in make.read(lambda viewer=viewer: whose_intro_is_new(viewer))) is can, name
    make.do(lambda: services.leave(audience_id=team, person_ids=[who["mate"]]))
    viewer = make.viewer(who["mate"])
    assert (make.read(lambda: intro_of(viewer, me)) is not None) is (shown_to == "everyone")


def test_my_own_intro_is_always_mine_to_read(make: Make) -> None:
    me = make.guest("Gita")
    make.intro(me, shown_to="teams")
    viewer = make.viewer(me)
    assert make.read(lambda: intro_of(viewer, me))


# ---- the tables --------------------------------------------------------------------------------------------


def test_audiences_of_members_and_guests(make: Make) -> None:
    me = make.member("Priya")
    teams = [make.team(me), make.team(me)]
    other = make.team(make.member("Bo"))
    assert make.read(lambda: queries.audiences_of(me, is_guest=False)) == {EVERYONE, *teams}
    assert make.read(lambda: queries.audiences_of(me, is_guest=True)) == set(teams)
    assert make.read(lambda: queries.teams_of(me)) == sorted(teams)
    assert other not in make.viewer(me).audience_ids


@pytest.mark.parametrize(
    ("shown", "has_everyone", "has_teams"),
    [("everyone", True, True), ("teams", False, True), ("nobody", False, False)],
)
def test_audiences_for_a_choice(make: Make, shown: str, has_everyone: bool, has_teams: bool) -> None:
    me = make.person("Priya")
    team = make.team(me)
    found = make.read(lambda: queries.audiences_for(me, shown))
    assert found == [EVERYONE] * has_everyone + [team] * has_teams


def test_joining_and_leaving_twice_is_once(make: Make) -> None:
    me = make.person("Priya")
    team = make.team(me)
    make.do(lambda: services.join(audience_id=team, person_ids=[me]))
    assert make.read(lambda: queries.teams_of(me)) == [team]
    for _ in range(2):
        make.do(lambda: services.leave(audience_id=team, person_ids=[me]))
    assert make.read(lambda: queries.teams_of(me)) == []


def test_everyone_has_no_members_of_its_own(make: Make) -> None:
    guest = make.guest("Gita")
    make.do(lambda: services.join(audience_id=EVERYONE, person_ids=[guest]))
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(AudienceMember))) == 0
    assert make.viewer(guest).audience_ids == frozenset()


def test_there_is_one_everyone_and_kinds_are_checked(make: Make) -> None:
    assert make.read(lambda: db.session.get_one(Audience, EVERYONE).kind) == "everyone"
    with pytest.raises(sa.exc.IntegrityError):
        make.do(lambda: db.session.add(Audience(kind="managers")))


def test_membership_of_somebody_or_something_that_is_not_there(make: Make) -> None:
    team, me = make.team(), make.person("Priya")
    with pytest.raises(sa.exc.IntegrityError):
        make.do(lambda: services.join(audience_id=team, person_ids=[999_999]))
    with pytest.raises(sa.exc.IntegrityError):
        make.do(lambda: services.join(audience_id=999_999, person_ids=[me]))


# ---- many at once ------------------------------------------------------------------------------------------


def test_who_came_in_and_who_left_is_told_once(app: Flask, make: Make) -> None:
    told: list[MembershipChanged] = []
    app.extensions["hallway.events"][MembershipChanged].append(told.append)
    ada, bo, cy = (make.person(name) for name in ("Ada", "Bo", "Cy"))
    team = make.team(bo)
    told.clear()
    assert make.do(lambda: services.join(audience_id=team, person_ids=[cy, ada, bo, ada])) == [ada, cy]
    assert make.do(lambda: services.join(audience_id=team, person_ids={ada, bo})) == []
    assert make.do(lambda: services.join(audience_id=team, person_ids=[])) == []
    make.do(lambda: services.leave(audience_id=team, person_ids=[cy, ada, 999_999]))
    make.do(lambda: services.leave(audience_id=team, person_ids=[cy, ada]))
    make.do(lambda: services.leave(audience_id=team, person_ids=[]))
    assert told == [MembershipChanged(team, (ada, cy)), MembershipChanged(team, (ada, cy))]
    assert make.read(lambda: queries.members_of(team, [ada, bo, cy])) == {bo}
    assert make.read(lambda: queries.members_of(team, [])) == set()


def test_more_people_than_one_statement_takes(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[MembershipChanged] = []
    app.extensions["hallway.events"][MembershipChanged].append(told.append)
    crew = [make.person(f"P{n}") for n in range(7)]
    team, other = make.team(crew[3]), make.team(*crew)
    told.clear()
    batches = services.batches
    monkeypatch.setattr(services, "batches", lambda ids: batches(ids, 2))
    assert make.do(lambda: services.join(audience_id=team, person_ids=crew)) == [*crew[:3], *crew[4:]]
    assert set(finds(make, crew[0], narrowed=[Narrowed("", team)])) == set(crew)
    make.do(lambda: services.leave(audience_id=team, person_ids=crew[:5]))
    assert [one.person_ids for one in told] == [(*crew[:3], *crew[4:]), tuple(crew[:5])]
    assert make.read(lambda: queries.members_of(team, crew)) == set(crew[5:])
    assert make.read(lambda: queries.members_of(other, crew)) == set(crew), "of that team alone"
