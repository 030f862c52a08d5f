"""What is read of teams: by whom, in which order, and at what cost. On both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, settings
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.paging import cursor_of
from portal.goals import services as goals
from portal.people import services as people
from portal.teams import pasted, queries, services
from portal.teams.models import TeamMember
from portal.teams.queries import Meant
from portal.teams.services import KickOff, Plan
from tests.makers import Make

MONDAY = datetime(2027, 1, 11, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.pinned(MONDAY):
        yield


@pytest.fixture
def me(make: Make) -> int:
    make.team(make.person("Noise A"), make.person("Noise B", kind="guest"))  # whom no test asked for
    return make.person("Tomás Rivera")


def kickoff(day: int, hour: int = 10) -> KickOff:
    return KickOff(date(2027, 1, day), time(hour), "UTC")


def close(make: Make, who: int, team: int) -> None:
    viewer = make.viewer(who)
    make.do(lambda: services.close_team(viewer=viewer, team_id=team, learned=""))


def as_(make: Make, who: int | Viewer, query: Any, *args: Any, **more: Any) -> Any:
    viewer = make.viewer(who) if isinstance(who, int) else who
    return make.read(lambda: query(viewer, *args, **more))


def names_of(lines: list[Any]) -> list[str]:
    return [line.name for line in lines]


# ---- one team ---------------------------------------------------------------------------------------------------


def test_employees_see_every_team_and_guests_the_open_ones_they_are_in(make: Make, me: int) -> None:
    guest, outsider = make.person("Gita", kind="guest"), make.person("Out")
    other_guest = make.person("Hana", kind="guest")
    mine, other = make.project("Mine", me, guest), make.project("Other", me, other_guest)
    assert as_(make, outsider, queries.team, "other").id == other
    assert as_(make, guest, queries.team, "mine").id == mine
    for slug in ("other", "nothing-here", "", "É", "x" * 200, "a\x00b"):
        with pytest.raises(NotVisible):
            as_(make, guest, queries.team, slug)
    with pytest.raises(NotVisible):
        as_(make, guest, queries.team_by_id, other)
    viewer = make.viewer(me)
    make.do(lambda: services.change_team(viewer=viewer, team_id=other, plan=Plan("Renamed")))
    assert as_(make, outsider, queries.slug_today, "other") == "renamed"
    assert as_(make, other_guest, queries.slug_today, "other") == "renamed"
    for slug in ("other", "renamed", "\x00"):
        with pytest.raises(NotVisible):
            as_(make, guest, queries.slug_today, slug)
    nobody = Viewer(guest, frozenset({"guest"}), frozenset())
    with pytest.raises(NotVisible):
        as_(make, nobody, queries.team, "mine")


def test_what_each_kind_of_person_may_do(make: Make, me: int) -> None:
    member, guest, outsider = make.person("Member"), make.person("Gita", kind="guest"), make.person("Out")
    team = make.project("Mine", me, member, guest, talks_at="https://chat.example.org/secret")
    admin = make.viewer(outsider, "member", "admin")

    def may(who: int | Viewer) -> tuple[bool, bool, bool, bool, bool]:
        found = as_(make, who, queries.team_by_id, team)
        return found.i_am_in, found.i_lead, found.may_keep, found.may_invite, bool(found.talks_url)

    assert may(me) == (True, True, True, True, True)
    assert may(member) == (True, False, False, True, True)
    assert may(guest) == (True, False, False, False, True)
    assert may(outsider) == (False, False, False, False, False), "where they talk is for those in it"
    assert may(admin) == (False, False, True, True, True)
    close(make, me, team)
    assert may(me) == (True, True, True, False, True)
    assert may(member) == (True, False, False, False, True)


def test_where_they_talk_is_a_link_only_where_it_is_one(make: Make, me: int) -> None:
    for said, url in (
        ("https://x.example.org", "https://x.example.org"),
        ("#lighthouse", None),
        ("javascript:alert(1)", None),
        ("", None),
    ):
        found = as_(make, me, queries.team_by_id, make.project("T", me, talks_at=said))
        assert (found.talks_at, found.talks_url) == (said, url)


def test_the_size_counts_who_is_there_today(make: Make, me: int) -> None:
    late = make.person("Late", kind="guest", ends_on=date(2027, 1, 12))
    gone = make.person("Gone")
    team = make.project("Mine", me, late, gone)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    assert as_(make, me, queries.team_by_id, team).size == 2
    with clock.pinned(MONDAY + timedelta(days=1)):
        assert as_(make, me, queries.team_by_id, team).size == 2, "the last day counts"
    with clock.pinned(MONDAY + timedelta(days=2)):
        found = as_(make, me, queries.team_by_id, team)
        assert found.size == 1
        assert [one.person_id for one in as_(make, me, queries.members, found)] == [me]
        (line,) = as_(make, me, queries.my_teams)
        assert (line.size, [card.id for card in line.faces]) == (1, [me])
        assert [one.first_name for one in make.read(lambda: queries.silhouettes(team))] == ["Tomás"]


def test_today_is_today_where_the_kick_off_is(make: Make, me: int) -> None:
    team = make.project("Mine", me, kickoff=KickOff(date(2027, 1, 13), time(1), "Pacific/Kiritimati"))
    # Wednesday there begins on Tuesday at 10:00 UTC; it is Monday, 9:00 UTC.
    for hours, today in ((24.9, False), (25, True), (48.9, True), (49, False)):
        with clock.pinned(MONDAY + timedelta(hours=hours)):
            assert as_(make, me, queries.team_by_id, team).kickoff_is_today is today, hours
    with clock.pinned(MONDAY + timedelta(days=1, hours=1)):
        assert as_(make, me, queries.team_by_id, team).kickoff_is_today
        assert not as_(make, me, queries.team_by_id, team).has_met
    with clock.pinned(MONDAY + timedelta(days=1, hours=2)):
        assert as_(make, me, queries.team_by_id, team).has_met


# ---- its people -------------------------------------------------------------------------------------------------


def test_members_stand_leads_first_then_as_they_came_and_no_hue_beside_itself(make: Make, me: int) -> None:
    hues = ["coral", "coral", "sky", "sky", "leaf", "leaf"]
    crew = [make.person(f"P{n}", hue=hue) for n, hue in enumerate(hues)]
    team = make.project("Mine", crew[0], *crew[1:])
    viewer = make.viewer(crew[0])
    make.do(lambda: services.set_lead(viewer=viewer, team_id=team, person_id=crew[4], leads=True))
    view = as_(make, me, queries.team_by_id, team)
    found = as_(make, me, queries.members, view)
    assert [one.person_id for one in found[:2]] == [crew[0], crew[4]]
    assert {one.person_id for one in found} == set(crew)
    assert all(a.hue != b.hue for a, b in pairwise(found))
    assert [one.is_lead for one in found] == [True, True, False, False, False, False]
    assert [card.id for card in as_(make, me, queries.line_up, found)] == [one.person_id for one in found]


def test_a_guest_sees_the_whole_line_up_of_their_team(make: Make, me: int) -> None:
    guest, mate = make.person("Gita", kind="guest"), make.person("Mate")
    team = make.project("Mine", me, guest, mate)
    view = as_(make, guest, queries.team_by_id, team)
    members = as_(make, guest, queries.members, view)
    assert [card.id for card in as_(make, guest, queries.line_up, members)] == [one.person_id for one in members]
    assert len(members) == 3
    assert {one.person_id for one in members if one.is_guest} == {guest}


def test_the_last_days_of_guests(make: Make, me: int) -> None:
    guest, ada = make.person("Gita", kind="guest", ends_on=date(2027, 1, 12)), make.person("Ada")
    make.person("Not asked for", kind="guest", ends_on=date(2027, 1, 12))
    assert make.read(lambda: queries.last_days([guest, ada, 999_999])) == {guest: date(2027, 1, 12)}
    assert make.read(lambda: queries.last_days([])) == {}


def test_late_joiners_are_announced_for_two_weeks(make: Make, me: int) -> None:
    late, later = make.person("Late"), make.person("Later")
    team = make.project("Mine", me, kickoff=kickoff(12))

    def came_late() -> list[int]:
        view = as_(make, me, queries.team_by_id, team)
        members = as_(make, me, queries.members, view)
        return [one.person_id for one in queries.came_late(view, members)]

    viewer = make.viewer(me)
    for person_id, days in ((late, 2), (later, 3)):
        with clock.pinned(MONDAY + timedelta(days=days)):
            make.do(lambda one=person_id: services.bring_in(team_id=team, person_id=one))
    for days, found in ((4, [later, late]), (16.5, [later]), (30, [])):
        with clock.pinned(MONDAY + timedelta(days=days)):
            assert came_late() == found
    with clock.pinned(MONDAY + timedelta(days=4)):
        make.do(lambda: services.change_team(viewer=viewer, team_id=team, plan=Plan("Mine")))
        assert came_late() == []


def test_what_a_forwarded_link_and_an_invitation_tell(make: Make, me: int) -> None:
    lead = make.person("Ada Okoye", preferred_name="Addie", ends_on=date(2027, 1, 20))
    gone = make.person("Gone Away")
    team = make.project("Mine", lead, me, gone, purpose="Secret", talks_at="#secret")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    token = as_(make, me, queries.join_link, team).token
    found = make.read(lambda: queries.joinable(token))
    assert (found.team_id, found.name, found.lead, found.is_good) == (team, "Mine", "Addie", True)
    assert {one.first_name for one in make.read(lambda: queries.silhouettes(team))} == {"Addie", "Tomás"}
    with clock.pinned(MONDAY + timedelta(days=10)):
        assert make.read(lambda: queries.joinable(token)).lead == "", "their last day has passed"
        assert [one.first_name for one in make.read(lambda: queries.silhouettes(team))] == ["Tomás"]
    close(make, lead, team)
    with pytest.raises(NotVisible):
        make.read(lambda: queries.joinable(token))
    assert not as_(make, me, queries.join_link, team).is_good
    assert make.read(lambda: (queries.name_of(team), queries.name_of(999_999))) == ("Mine", "")


def test_the_domains_of_the_admin_are_read_as_they_are_meant(make: Make) -> None:
    assert make.read(queries.invite_domains) == []
    make.do(lambda: settings.put("invite_domains", ["@Example.ORG", " x.org "]))
    assert make.read(queries.invite_domains) == ["example.org", "x.org"]


# ---- lists ------------------------------------------------------------------------------------------------------


def test_my_teams_have_the_next_kick_off_first(make: Make, me: int) -> None:
    make.project("Zebra", me)
    make.project("apple", me)
    make.project("Later", me, kickoff=kickoff(20))
    make.project("Soon", me, kickoff=kickoff(13))
    make.project("Now", me, kickoff=kickoff(12))
    make.project("Not mine", make.person("Out"), kickoff=kickoff(12))
    close(make, me, make.project("Closed", me))
    with clock.pinned(MONDAY + timedelta(days=1, hours=12)):  # eleven hours after it began
        assert names_of(as_(make, me, queries.my_teams)) == ["Now", "Soon", "Later", "apple", "Zebra"]
        assert names_of(as_(make, me, queries.my_teams, most=2)) == ["Now", "Soon"], "also where not all are shown"
    with clock.pinned(MONDAY + timedelta(days=1, hours=14)):
        assert names_of(as_(make, me, queries.my_teams)) == ["Soon", "Later", "apple", "Now", "Zebra"]
    assert as_(make, make.person("Nobody"), queries.my_teams) == []


def test_all_teams_are_paged_by_name(make: Make, me: int) -> None:
    for name in ["b", "B", "a", "Ä", "ß", "100% sure", "under_score", "back\\slash", "山"]:
        make.project(name, me)
    close(make, me, make.project("Closed", me))
    seen: list[str] = []
    cursor = None
    sizes = []
    while True:
        page = as_(make, me, queries.all_teams, cursor=cursor, size=4)
        seen += names_of(page.items)
        sizes.append(len(page.items))
        cursor = page.next
        if cursor is None:
            break
    assert seen == ["100% sure", "a", "Ä", "b", "B", "back\\slash", "ß", "under_score", "山"]
    assert sizes == [4, 4, 1]
    for q, found in (
        ("%", ["100% sure"]),
        ("_", ["under_score"]),
        ("\\", ["back\\slash"]),
        ("SURE 100", ["100% sure"]),
        ("a b", ["back\\slash"]),
        ("ss", ["ß"]),
        ("closed", []),
        ("'; --", []),
    ):
        assert names_of(as_(make, me, queries.all_teams, q=q).items) == found, q
    assert names_of(as_(make, me, queries.all_teams, closed=True).items) == ["Closed"]
    for bad in ("x", cursor_of("a"), cursor_of(1, "a"), cursor_of("a", 2**64)):
        assert len(as_(make, me, queries.all_teams, cursor=bad).items) == 9, "a damaged cursor is the first page"


def test_guests_are_shown_the_teams_they_share(make: Make, me: int) -> None:
    guest, mate = make.person("Gita", kind="guest"), make.person("Mate")
    make.project("Shared", me, guest, mate)
    closed = make.project("Over", me, guest, mate)
    make.project("Another", mate)
    close(make, me, closed)
    assert names_of(as_(make, guest, queries.all_teams).items) == ["Shared"]
    assert as_(make, guest, queries.all_teams, closed=True).items == []
    assert names_of(as_(make, guest, queries.my_teams)) == ["Shared"]
    assert names_of(as_(make, guest, queries.teams_of_person, mate)) == ["Shared"]
    assert names_of(as_(make, me, queries.teams_of_person, mate)) == ["Another", "Shared"]
    assert as_(make, make.person("Hana", kind="guest"), queries.all_teams).items == []
    assert names_of(as_(make, me, queries.all_teams, closed=True).items) == ["Over"]


def test_a_goal_has_the_teams_that_the_viewer_may_see(make: Make, me: int) -> None:
    guest, admin = make.person("Gita", kind="guest"), make.viewer(me, "member", "admin")
    goal = make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Save paper")))
    make.project("Shared", me, guest, goal_id=goal)
    make.project("Another", me, goal_id=goal)
    make.project("For nothing", me, guest)
    close(make, me, make.project("Closed", me, goal_id=goal))
    assert names_of(as_(make, me, queries.teams_for_goal, goal)) == ["Another", "Shared"]
    assert names_of(as_(make, guest, queries.teams_for_goal, goal)) == ["Shared"]


def test_lines_have_sizes_and_faces(make: Make, me: int) -> None:
    crew = [make.person(f"P{n}") for n in range(11)]
    make.project("Big", me, *crew)
    make.project("Small", crew[3])
    big, small = as_(make, me, queries.all_teams).items
    assert (big.size, len(big.faces)) == (12, queries.FACES)
    assert {card.id for card in big.faces} == {me, *crew[:7]}
    assert (small.size, [card.id for card in small.faces]) == (1, [crew[3]])
    make.do(lambda: people.mark_left(person_id=crew[3], actor_id=None))
    (empty,) = as_(make, me, queries.all_teams, q="small").items
    assert (empty.size, empty.faces) == (0, [])


def test_what_is_read_costs_the_same_for_few_and_for_many(app: Flask, make: Make, me: int) -> None:
    said: list[str] = []
    with app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            said.append(statement)

    def costs() -> dict[str, int]:
        found: dict[str, int] = {}
        viewer = make.viewer(me)

        def count(name: str, query: Any, *args: Any) -> Any:
            said.clear()
            answer = make.read(lambda: query(viewer, *args))
            found[name] = len([one for one in said if not one.startswith("BEGIN")])
            return answer

        view = count("team", queries.team, "mine")
        members = count("members", queries.members, view)
        count("line_up", queries.line_up, members)
        count("all_teams", queries.all_teams)
        count("my_teams", queries.my_teams)
        count("of person", queries.teams_of_person, me)
        return found

    team = make.project("Mine", me, make.person("Ada"))
    few = costs()
    for n in range(6):
        make.project(f"Team {n}", me, *[make.person(f"P{n}{m}") for m in range(3)])
    crew = [make.person(f"Q{n}") for n in range(20)]
    viewer = make.viewer(me)
    make.do(lambda: services.add_people(viewer=viewer, team_id=team, person_ids=crew))
    assert costs() == few
    assert few == {"team": 2, "members": 1, "line_up": 1, "all_teams": 3, "my_teams": 3, "of person": 1}


# ---- who is meant -----------------------------------------------------------------------------------------------


def meant(make: Make, who: int, text: str, picked: dict[str, str] | None = None, *already: int) -> list[Meant]:
    return list(as_(make, who, queries.who_is_meant, pasted.read(text), picked or {}, frozenset(already)))


def states(found: list[Meant]) -> list[tuple[str, str]]:
    return [(one.entry.raw, one.state) for one in found]


def test_who_is_meant_by_what_was_pasted(make: Make, me: int) -> None:
    hana = make.person("Hana Kim", email="hana@example.org")
    ben, gone = make.person("Ben Carter"), make.person("Gone Away", email="gone@example.org")
    late = make.person("Late", kind="guest", email="late@example.org", ends_on=date(2027, 1, 10))
    inside = make.person("In Already", email="in@example.org")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    text = (
        "Hana Kim <HANA@example.org>; Ben; Hana Kim; carter BEN; new@example.org; gone@example.org; Gone Away;"
        "in@example.org; In Already; late@example.org; Late; Nobody Here; @@ 1"
    )
    found = meant(make, me, text, None, inside)
    assert [one.state for one in found] == [
        "known", "known", "twice", "twice", "new", "left", "nobody", "in", "in", "left", "nobody", "nobody",
        "nonsense",
    ]  # fmt: skip
    assert [one.person.id for one in found[:2] if one.person] == [hana, ben]
    assert late


def test_unclear_names_are_a_choice(make: Make, me: int) -> None:
    one, two = make.person("Jonas Weber"), make.person("Jonas Berg")
    (found,) = meant(make, me, "Jonas")
    assert found.state == "unclear"
    assert {card.id for card in found.choices} == {one, two}
    (chosen,) = meant(make, me, "Jonas", {found.field: make.handle(two)})
    assert (chosen.state, chosen.person and chosen.person.id, len(chosen.choices)) == ("known", two, 2)
    (skipped,) = meant(make, me, "Jonas", {found.field: "skip"})
    assert (skipped.state, skipped.person) == ("skipped", None)
    for odd in ("", make.handle(me), "nobody", "x" * 500):
        assert meant(make, me, "Jonas", {found.field: odd})[0].state == "unclear", "only one of the choices"
    (inside,) = meant(make, me, "Jonas", {found.field: make.handle(two)}, two)
    assert inside.state == "in"
    both = meant(make, me, "Jonas; Jonas Berg", {found.field: make.handle(two)})
    assert [one.state for one in both] == ["known", "twice"]


def test_an_unknown_address_beside_the_name_of_a_colleague_may_be_theirs(make: Make, me: int) -> None:
    hana = make.person("Hana Kím", email="hana@example.org")
    text = "hana KIM <hana@home.example>"
    (found,) = meant(make, me, text)
    assert (found.state, found.person, [card.id for card in found.choices]) == ("unclear", None, [hana])
    picks = {state: {found.field: state} for state in ("new", "skip", "", "nobody", make.handle(me))}
    (one,) = meant(make, me, text, {found.field: make.handle(hana)})
    assert (one.state, one.person and one.person.id) == ("known", hana)
    assert [card.id for card in one.choices] == [hana], "to pick anew"
    (one,) = meant(make, me, text, picks["new"])
    assert (one.state, one.person, [card.id for card in one.choices]) == ("new", None, [hana])
    (one,) = meant(make, me, text, picks["skip"])
    assert (one.state, one.person, [card.id for card in one.choices]) == ("skipped", None, [hana])
    for odd in ("", "nobody", make.handle(me)):
        assert meant(make, me, text, picks[odd])[0].state == "unclear", "only one of the choices"
    (one,) = meant(make, me, text, {found.field: make.handle(hana)}, hana)
    assert one.state == "in"
    both = meant(make, me, f"Hana Kim; {text}", {found.field: make.handle(hana)})
    assert [one.state for one in both] == ["known", "twice"]
    again = meant(make, me, f"{text}; Hana Kim <hana@work.example>", {found.field: "new"})
    assert [one.state for one in again] == ["new", "unclear"], "each address by itself"


def test_an_address_is_unclear_only_beside_the_very_name_of_somebody_here(make: Make, me: int) -> None:
    hana, gone = make.person("Hana Kim", email="hana@example.org"), make.person("Gone Away", email="gone@example.org")
    hidden, guest = make.person("Hidden Hill"), make.person("Gita", kind="guest")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    make.project("Mine", me, guest)
    for text, state, person_id in (
        ("Hana <h@home.example>", "new", None),  # only a part of it
        ("Hana Kim Berg <h@home.example>", "new", None),
        ("Kim Hana <h@home.example>", "new", None),
        ("h@home.example", "new", None),
        ("Gone Away <h@home.example>", "new", None),
        ("Hana Kim <gone@example.org>", "left", None),
        ("Somebody Else <hana@example.org>", "known", hana),
    ):
        (found,) = meant(make, me, text)
        assert (found.state, found.person and found.person.id, found.choices) == (state, person_id, ()), text
    twin = make.person("Hana Kim")
    (found,) = meant(make, me, "Hana Kim <h@home.example>")
    assert (found.state, {card.id for card in found.choices}) == ("unclear", {hana, twin})
    (found,) = meant(make, guest, "Hidden Hill <h@home.example>")
    assert (found.state, found.choices) == ("new", ()), "a guest learns of nobody by a name"
    assert meant(make, me, "Hidden Hill <h@home.example>")[0].choices[0].id == hidden


def test_a_guest_learns_nothing_of_whom_they_may_not_see(make: Make, me: int) -> None:
    guest, mate = make.person("Gita", kind="guest"), make.person("Mate", email="mate@example.org")
    make.person("Hidden", email="hidden@example.org")
    gone = make.person("Gone", email="gone@example.org")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    make.project("Mine", me, guest, mate)
    found = meant(make, guest, "mate@example.org; hidden@example.org; gone@example.org; nobody@example.org; Hidden")
    assert [one.state for one in found] == ["known", "new", "new", "new", "nobody"]


def test_thousands_of_lines_take_a_fixed_number_of_queries(app: Flask, make: Make, me: int) -> None:
    for n in range(3):
        make.person(f"Jonas {n}")
    said: list[str] = []
    with app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            said.append(statement)

    viewer = make.viewer(me)

    def cost(size: int) -> int:
        lines = [f"Jonas {n} <p{n}@x.org>" if n % 2 else f"Person Number{n}" for n in range(size)]
        entries = pasted.read("\n".join([*lines, "Jonas"]))
        said.clear()
        found = make.read(lambda: queries.who_is_meant(viewer, entries, {}))
        assert found[-1].state == "unclear"
        return len(said)

    assert cost(20) == cost(490)
    assert cost(2600) <= cost(20) + 2 * 2 * 2


# ---- what I owe -------------------------------------------------------------------------------------------------


def test_was_i_there_is_asked_for_two_weeks(make: Make, me: int) -> None:
    late, out = make.person("Late"), make.person("Out")
    team = make.project("Mine", me, kickoff=kickoff(12, 9))
    make.project("No date", me)
    closed = make.project("Closed", me, kickoff=kickoff(12, 9))
    with clock.pinned(MONDAY + timedelta(days=2)):
        make.do(lambda: services.bring_in(team_id=team, person_id=late))
        close(make, me, closed)

    def asked(who: int) -> list[str]:
        return [one.team for one in as_(make, who, queries.my_kickoff_questions)]

    for days, found in ((0.9, []), (2.1, ["Mine"]), (15, ["Mine"]), (15.1, [])):
        with clock.pinned(MONDAY + timedelta(days=days)):
            assert (asked(me), asked(late), asked(out)) == (found, [], [])
    with clock.pinned(MONDAY + timedelta(days=3)):
        viewer = make.viewer(me)
        make.do(lambda: services.say_was_there(viewer=viewer, team_id=team, was_there=False))
        assert asked(me) == []


def test_a_buddy_question_waits_for_its_answer(make: Make, me: int) -> None:
    new, ada = make.person("New"), make.person("Ada")
    team = make.project("Mine", me, ada, kickoff=kickoff(12))
    with clock.pinned(MONDAY + timedelta(days=2)):
        make.do(lambda: services.bring_in(team_id=team, person_id=new))
    viewer, buddy = make.viewer(me), make.viewer(ada)
    make.do(lambda: services.ask_buddy(viewer=viewer, team_id=team, newcomer_id=new, buddy_id=ada))
    (question,) = as_(make, ada, queries.my_buddy_questions)
    assert (question.slug, question.team, question.newcomer.id) == ("mine", "Mine", new)
    assert as_(make, new, queries.my_buddy_questions) == [], "nothing is told to the newcomer"
    make.do(lambda: services.answer_buddy(viewer=buddy, team_id=team, newcomer_id=new, yes=True))
    assert as_(make, ada, queries.my_buddy_questions) == []


def test_whether_i_was_there_is_for_me_alone(make: Make, me: int) -> None:
    ada = make.person("Ada")
    team = make.project("Mine", me, ada, kickoff=kickoff(12))
    make.do(lambda: db.session.execute(sa.update(TeamMember).values(was_there=True)))
    view = as_(make, ada, queries.team_by_id, team)
    found = {one.person_id: one.was_there for one in as_(make, ada, queries.members, view)}
    assert found == {ada: True, me: None}
