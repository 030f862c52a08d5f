"""What each viewer reads of goals. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.goals import services
from portal.goals.queries import GoalLine, goal, goal_choices, goal_line, goals
from portal.goals.services import Words
from tests.makers import Make


def add(make: Make, title: str, **more: object) -> int:
    viewer = make.viewer(make.person("Amara Admin"), "admin")
    return make.do(lambda: services.add_goal(viewer=viewer, words=Words(title, **more)))  # type: ignore[arg-type]


def close(make: Make, goal_id: int) -> None:
    viewer = make.viewer(make.person("Amara Admin"), "admin")
    make.do(lambda: services.close_goal(viewer=viewer, goal_id=goal_id))


@pytest.fixture
def me(make: Make) -> int:
    return make.member("Priya Raman")


def read(make: Make, reader: int, slug: str, *roles: str) -> GoalLine:
    viewer = make.viewer(reader, *roles)
    return make.read(lambda: goal(viewer, slug))


def titles(make: Make, reader: int, *, size: int = 24, **more: object) -> list[list[str]]:
    """Page by page."""
    viewer, cursor, pages = make.viewer(reader), None, []
    while True:
        page = make.read(lambda: goals(viewer, cursor=cursor, size=size, **more))  # type: ignore[arg-type]  # noqa: B023
        pages.append([line.title for line in page.items])
        cursor = page.next
        if cursor is None:
            return pages


def test_a_goal_as_a_member_sees_it(make: Make, me: int) -> None:
    owner = make.person("Omar Owner")
    now = clock.now()
    with clock.pinned(now):
        made = add(make, "Save paper", why="Trees.", owner_id=owner, note="Half.")
    line = read(make, me, "save-paper")
    assert (line.id, line.title, line.why, line.note, line.noted_at) == (made, "Save paper", "Trees.", "Half.", now)
    assert (line.is_open, line.closed_at, line.version, line.owner_id) == (True, None, 0, owner)
    assert line.owner and line.owner.name == "Omar Owner"
    viewer = make.viewer(me)
    assert make.read(lambda: goal_line(viewer, made)) == line
    close(make, made)
    line = read(make, me, "save-paper")
    assert not line.is_open and line.closed_at


def test_who_may_keep_it(make: Make, me: int) -> None:
    add(make, "Save paper", owner_id=me)
    add(make, "Save ink")
    assert read(make, me, "save-paper").may_keep
    assert not read(make, me, "save-ink").may_keep
    assert read(make, me, "save-ink", "admin").may_keep
    assert not read(make, make.member("Bo"), "save-paper").may_keep


def test_a_guest_sees_none(make: Make, me: int) -> None:
    guest = make.guest("Gus Guest")
    make.team(me, guest)
    made = add(make, "Save paper", owner_id=me)
    viewer = make.viewer(guest)
    with pytest.raises(NotVisible):
        make.read(lambda: goal(viewer, "save-paper"))
    assert make.read(lambda: goal_line(viewer, made)) is None
    assert make.read(lambda: goals(viewer).items) == []
    assert make.read(lambda: goal_choices(viewer)) == []
    assert make.read(lambda: goal_choices(viewer, keep=made)) == []


@pytest.mark.parametrize("slug", ["", "nothing", "Save-Paper", "save-paper\x00", "é", "a" * 500, "%", "../etc"])
def test_addresses_of_nothing(make: Make, me: int, slug: str) -> None:
    add(make, "Save paper")
    with pytest.raises(NotVisible):
        read(make, me, slug)


def test_an_owner_who_is_not_listed_any_more_is_not_shown(make: Make, me: int) -> None:
    owner = make.person("Omar Owner")
    add(make, "Save paper", owner_id=owner)
    past = clock.today() - timedelta(days=3)
    for table, column in (("person", "ends_on"), ("person_listing", "listed_until")):
        key = "id" if table == "person" else "person_id"
        make.do(
            lambda t=table, c=column, k=key: db.session.execute(  # type: ignore[misc]
                sa.text(f"UPDATE {t} SET {c} = :d WHERE {k} = :i"), {"d": past, "i": owner}
            )
        )
    line = read(make, me, "save-paper")
    assert (line.owner, line.owner_id) == (None, owner)


def test_the_list_is_by_title_and_pages_are_full(make: Make, me: int) -> None:
    words = ["Ärger less", "banana", "Apple", "ábc", "Zebra", "apple", "橋", "Éclair"]
    made = [add(make, title) for title in words]
    close(make, made[4])
    close(make, add(make, "Closed too"))
    assert titles(make, me, size=3) == [["ábc", "Apple", "apple"], ["Ärger less", "banana", "Éclair"], ["橋"]]
    assert titles(make, me) == [["ábc", "Apple", "apple", "Ärger less", "banana", "Éclair", "橋"]]
    assert titles(make, me, closed=True, size=1) == [["Closed too"], ["Zebra"]]
    assert titles(make, make.guest("Gus Guest")) == [[]]


@pytest.mark.parametrize("cursor", ["", "x", "W10", "bnVsbA", "W10=", "a" * 3000, "\x00", "WyJhIiwiYiJd"])
def test_damaged_cursors_are_the_first_page(make: Make, me: int, cursor: str) -> None:
    add(make, "Save paper")
    viewer = make.viewer(me)
    assert [line.title for line in make.read(lambda: goals(viewer, cursor=cursor)).items] == ["Save paper"]


def test_the_list_costs_the_same_for_any_number(make: Make, me: int) -> None:
    said: list[str] = []
    with make.app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: object, _cursor: object, statement: str, *_more: object) -> None:
            said.append(statement)

    viewer, counts = make.viewer(me), []
    for number in range(12):
        add(make, f"Goal {number}", owner_id=make.person(f"Owner {number}"))
        if number in (1, 11):
            said.clear()
            make.read(lambda: goals(viewer))
            counts.append(len([one for one in said if one.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 4


def test_what_there_is_to_point_to(make: Make, me: int) -> None:
    paper, ink, old = add(make, "Save paper"), add(make, "Éink"), add(make, "Old")
    close(make, old)
    viewer = make.viewer(me)
    assert make.read(lambda: goal_choices(viewer)) == [(ink, "Éink"), (paper, "Save paper")]
    assert make.read(lambda: goal_choices(viewer, keep=old)) == [(ink, "Éink"), (old, "Old"), (paper, "Save paper")]
    assert make.read(lambda: goal_choices(viewer, keep=paper)) == [(ink, "Éink"), (paper, "Save paper")]
    assert make.read(lambda: goal_choices(viewer, keep=999)) == [(ink, "Éink"), (paper, "Save paper")]


def test_the_one_chosen_before_is_never_cut_off(make: Make, me: int) -> None:
    made = [add(make, f"Goal {number}") for number in range(5)]
    viewer = make.viewer(me)
    assert make.read(lambda: goal_choices(viewer, most=3)) == [(one, f"Goal {n}") for n, one in enumerate(made[:3])]
    assert make.read(lambda: goal_choices(viewer, keep=made[4], most=3)) == [
        (made[0], "Goal 0"),
        (made[1], "Goal 1"),
        (made[4], "Goal 4"),
    ]
