"""What stands below search gets in by itself; at the end of the unit of work, and once."""

from __future__ import annotations

from datetime import date

from flask import Flask

from portal.core.db import at_the_end
from portal.core.findable import sources
from portal.goals import services as goals
from portal.people import merging
from portal.search import findable
from tests.makers import Make
from tests.search.conftest import Index


def test_every_kind_says_what_there_is(make: Make, app: Flask) -> None:
    me = make.person("Noor Haddad")
    with app.app_context():
        kinds = {source.kind: source for source in sources()}
        assert {"person", "team", "goal"} <= set(kinds)
        assert list(kinds["person"].ids(0, 10)) == [me]
        assert list(kinds["person"].ids(me, 10)) == []
    assert {one.kind for one in findable.SOURCES} == {"person", "team", "goal"}


def test_goals_by_their_words(make: Make, index: Index) -> None:
    admin = make.member("Ada Admin", role="admin")
    viewer = make.viewer(admin, "admin")
    goal_id = make.do(
        lambda: goals.add_goal(viewer=viewer, words=goals.Words("Zero outages", "Because sleep matters"))
    )
    assert [hit.subject_id for hit in index.find(admin, "sleep").hits["goal"]] == [goal_id]
    make.do(lambda: goals.change_goal(viewer=viewer, goal_id=goal_id, words=goals.Words("One outage")))
    assert not index.find(admin, "sleep")


def test_merged_entries_are_found_as_one(make: Make, index: Index) -> None:
    admin = make.member("Ada Admin", role="admin")
    kept, gone = make.person("Jonas Weber"), make.person("J. Weber")
    index.put(1, "Compiler work", "", [gone])
    make.do(lambda: merging.merge_people(kept_id=kept, gone_id=gone, actor_id=admin))
    assert index.people(admin, "weber") == [kept] == index.people(admin, "compiler")


def test_many_facts_of_one_unit_of_work_are_one_look(make: Make, app: Flask) -> None:
    looks: list[list[int]] = []

    def look(ids: list[int]) -> None:
        looks.append(ids)

    def work() -> None:
        for number in (3, 1, 2, 1):
            at_the_end(look, [number])

    make.do(work)
    assert looks == [[1, 2, 3]]
    make.do(lambda: None)
    assert looks == [[1, 2, 3]]


def test_each_look_asks_for_itself_who_may_see(make: Make, index: Index) -> None:
    """The item, and the person it speaks for: seeing one of the two is not enough."""
    ada = make.member("Ada Admin", role="admin")
    ben = make.member("Ben Ode", place="Utrecht", place_detail="Bell tower")
    fellow = make.member("Fay Fellow")
    guest, gone = make.guest("Gil Guest"), make.guest("Willem Over", ends_on=date(2020, 1, 1))
    team = make.project("Harbour", ada)
    admin = make.viewer(ada, "admin")
    goal = make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Zero outages", "")))
    shared = make.team(guest, fellow)
    index.put(1, "Carillon", "", [ben, gone, fellow], audience_ids=[shared])
    index.put(2, "Marimba", "", [fellow])
    for viewer, sees in ((make.viewer(ada), True), (make.viewer(guest), False)):
        with make.app.test_request_context():
            assert bool(findable.show_teams(viewer, [team])) is sees
            assert bool(findable.show_goals(viewer, [goal])) is sees
            assert bool(findable.why_people(viewer, [ben], ["tower"])) is sees
    assert (
        [hit.person_id for hit in index.who_knows(guest, "carillon")] == [fellow] == index.people(guest, "carillon")
    )
    assert index.who_knows(guest, "marimba") == [] and index.who_knows(ada, "carillon") == []
    assert [hit.person_id for hit in index.who_knows(ada, "marimba")] == [fellow]
    index.put(3, "Ukulele", "", [gone])
    assert index.who_knows(ada, "ukulele") == [] and index.people(ada, "willem") == []
