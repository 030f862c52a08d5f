"""Order, slides, who to ask, how many are in: what each viewer reads, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.people import services as people
from portal.reel import queries
from portal.reel.nudging import Obstacle
from portal.teams import services as teams
from portal.teams.queries import members
from tests.makers import Make

from .conftest import Crew, crew


def in_order(lighthouse: Crew, who: Viewer) -> list[int]:
    view = lighthouse.view(who.person_id)
    return lighthouse.make.read(lambda: [one.person_id for one in members(who, view)])


def slide(lighthouse: Crew, who: Viewer, handle: str, *, late: bool = False) -> queries.Slide:
    view = lighthouse.view(who.person_id)
    return lighthouse.make.read(lambda: queries.slide(who, queries.reel(who, view, late=late), handle))


def test_slides_follow_the_line_up(lighthouse: Crew, make: Make) -> None:
    who = lighthouse.viewer(lighthouse.oskar)
    order = in_order(lighthouse, who)
    assert order[0] == lighthouse.lead and set(order) == {lighthouse.lead, lighthouse.priya, lighthouse.oskar}
    for place, person_id in enumerate(order):
        found = slide(lighthouse, who, make.handle(person_id))
        assert (found.number, found.total, found.card.id) == (place + 1, 3, person_id)
        assert (found.back.id if found.back else None) == (order[place - 1] if place else None)
        assert (found.next.id if found.next else None) == (order[place + 1] if place < 2 else None)
        assert found.first and found.last and (found.first.id, found.last.id) == (order[0], order[-1])
        assert (found.intro is not None) == (person_id == lighthouse.priya)


def test_whoever_is_not_in_the_team_has_no_slide(lighthouse: Crew, make: Make) -> None:
    who = lighthouse.viewer(lighthouse.oskar)
    outside = make.intro(make.member("Ines Other"))
    make.do(lambda: people.mark_left(person_id=lighthouse.priya, actor_id=None))
    for handle in (make.handle(outside), make.handle(lighthouse.priya), "nobody", "..", "x" * 300):
        with pytest.raises(NotVisible):
            slide(lighthouse, who, handle)


def test_an_intro_for_the_team_alone_is_words_on_their_way_for_others(lighthouse: Crew, make: Make) -> None:
    make.intro(lighthouse.oskar, shown_to="teams")
    handle = make.handle(lighthouse.oskar)
    inside, outside = lighthouse.viewer(lighthouse.lead), lighthouse.viewer(make.member("Ines Other"))
    assert slide(lighthouse, inside, handle).intro is not None
    assert slide(lighthouse, outside, handle).intro is None
    entry = {
        one.card.id: one for one in make.read(lambda: queries.sheet(outside, lighthouse.view(outside.person_id)))
    }
    assert not entry[lighthouse.oskar].is_in and entry[lighthouse.oskar].facts == []
    assert entry[lighthouse.priya].facts == ["Repairs radios on Sundays."]


def test_the_late_have_a_reel_of_their_own(app: Flask, make: Make) -> None:
    with clock.pinned(clock.now() - timedelta(days=5)):
        made = crew(make, at=clock.now() + timedelta(days=1))
    late = [make.intro(make.member("Esi Mensah")), make.member("Bo Lindgren")]
    for person_id in late:
        made.add(person_id)
    who = made.viewer(made.priya)
    found = make.read(lambda: queries.reel(who, made.view(made.priya), late=True))
    assert found.late and found.ids == [late[1], late[0]] and found.newcomers == 2
    assert slide(made, who, make.handle(late[0]), late=True).total == 2
    with pytest.raises(NotVisible):
        slide(made, who, make.handle(made.priya), late=True)
    with clock.pinned(clock.now() + timedelta(days=20)):  # by then they belong to the others
        assert not make.read(lambda: queries.reel(who, made.view(made.priya), late=True)).late


def test_who_to_ask_first_topics_then_second_ones(lighthouse: Crew, make: Make) -> None:
    make.intro(lighthouse.lead, headline="Small scope.", ask=("Budgets", "Bass guitar"))
    make.intro(lighthouse.oskar, headline="Test plans.", ask=())
    who = lighthouse.viewer(lighthouse.oskar)
    rows = make.read(lambda: queries.who_to_ask(who, lighthouse.view(who.person_id)))
    said = [(row.topic, row.card.id, row.because) for row in rows]
    assert said == [
        ("Decisions, scope, dates", lighthouse.lead, "Leads the team"),
        ("GDPR exports", lighthouse.priya, "Keeps the queues short."),
        ("Budgets", lighthouse.lead, "Small scope."),
        ("Postgres", lighthouse.priya, "Keeps the queues short."),
    ]


def test_who_to_ask_is_a_short_table_and_says_only_what_one_may_read(lighthouse: Crew, make: Make) -> None:
    lighthouse.add(*[make.intro(make.member(f"Nth {n}"), ask=("One", "Two")) for n in range(9)])
    make.intro(lighthouse.priya, shown_to="teams", ask=("Secret",))
    outside = lighthouse.viewer(make.member("Ines Other"))
    rows = make.read(lambda: queries.who_to_ask(outside, lighthouse.view(outside.person_id)))
    assert len(rows) == 8 and [row.topic for row in rows[1:]] == ["One"] * 7


def intros(lighthouse: Crew, who: Viewer) -> queries.IntrosIn:
    view = lighthouse.view(who.person_id)
    return lighthouse.make.read(lambda: queries.intros_in(who, view))


def test_how_many_are_in_and_for_the_lead_whose_are_not(lighthouse: Crew, make: Make) -> None:
    soon = clock.today() + timedelta(days=3)
    lighthouse.add(make.member("Esi Mensah", starts_on=soon))
    found = intros(lighthouse, lighthouse.viewer(lighthouse.lead))
    assert (found.ready, found.total, found.mine_is_missing, found.may_be_nudged) == (1, 4, True, 1)
    assert [(one.card.name, one.obstacle) for one in found.missing] == [
        ("Oskar Nilsen", None), ("Esi Mensah", Obstacle("starts", soon)),
    ]  # fmt: skip
    admin = make.member("Ada Admin", role="admin")
    for who in (lighthouse.viewer(lighthouse.priya), lighthouse.viewer(admin, "admin")):
        assert intros(lighthouse, who).missing == []


# ---- queries -------------------------------------------------------------------------------------------------------


def fill(made: Crew, make: Make, count: int) -> None:
    def add() -> list[int]:
        return [people.add_person(name=f"Someone {n:03d}", email=f"some{n}@example.org") for n in range(count)]

    ids = make.do(add)
    made.add(*ids)
    for person_id in ids[:2]:
        make.intro(person_id)


def test_three_people_or_three_hundred_cost_the_same(lighthouse: Crew, make: Make) -> None:
    who = lighthouse.viewer(lighthouse.lead)
    asked: list[str] = []
    with make.app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            asked.append(statement)

    def cost(work: Any) -> int:
        asked.clear()
        make.read(work)
        return len([one for one in asked if not one.startswith("BEGIN")])

    def costs() -> dict[str, int]:
        view, handle = lighthouse.view(lighthouse.lead), make.handle(lighthouse.priya)
        return {
            "slide": cost(lambda: queries.slide(who, queries.reel(who, view), handle)),
            "start": cost(lambda: queries.start_card(who, queries.reel(who, view))),
            "sheet": cost(lambda: queries.sheet(who, view)),
            "who to ask": cost(lambda: queries.who_to_ask(who, view)),
            "in": cost(lambda: queries.intros_in(who, view)),
            "home": cost(lambda: queries.nudged_me(who)),
        }

    few = costs()
    fill(lighthouse, make, 297)
    assert costs() == few
    assert few == {"slide": 6, "start": 5, "sheet": 4, "who to ask": 4, "in": 4, "home": 1}
    assert lighthouse.view(lighthouse.lead).size == 300


def test_a_closed_team_is_still_read(lighthouse: Crew, make: Make) -> None:
    lead = lighthouse.viewer(lighthouse.lead)
    make.do(lambda: teams.close_team(viewer=lead, team_id=lighthouse.id, learned=""))
    assert slide(lighthouse, lead, make.handle(lighthouse.priya)).intro is not None
    assert [one.obstacle for one in intros(lighthouse, lead).missing] == [Obstacle("closed")]
