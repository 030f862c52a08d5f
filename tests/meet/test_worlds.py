"""Over made-up organizations: each reason is true and something that its reader can open, and contacts of two others
change no word of it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.infomercials.queries import intro_of
from portal.meet import queries, services
from portal.meet.reasons import Reason
from portal.people.models import Person
from portal.people.queries import cards
from portal.teams.queries import teams_of_person
from portal.ties import services as ties
from portal.topics.queries import claims_of
from tests.makers import Make
from tests.meet.test_services import bring

TOPICS, WORDS = ("Rust", "SQL", "Carillons"), ("carillon", "harbour", "parcels")


def organization(make: Make, draw: random.Random) -> list[int]:
    """Eight who work here and a guest, with what they happen to have said about themselves."""
    today = clock.today()
    lines = [
        f"x{n},Person {n},x{n}@example.org,D{draw.randrange(2)},{today - timedelta(days=draw.choice((5, 500)))}"
        for n in range(8)
    ]
    make.staff_list("\n".join(["id,name,email,department,starts_on", *lines]) + "\n")
    people = list(make.read(lambda: db.session.scalars(sa.select(Person.id).order_by(Person.id)).all()))
    for one in people:
        make.account(one)
    people.append(make.guest("Gil Guest"))
    for number in range(3):
        lead, *others = draw.sample(people[:8], 3)
        make.project(f"Team {number}", lead, *others, *draw.choice(([], [people[8]])))
    for one in people[:8]:
        for topic in draw.sample(TOPICS, draw.randrange(3)):
            make.claim(one, topic, level=draw.choice(("learning", "helping", "expert")))
        if draw.random() < 0.7:
            shown_to = draw.choice(("everyone", "teams"))
            make.intro(one, working_on=f"the {draw.choice(WORDS)}", shown_to=shown_to, publish=draw.random() < 0.8)
    return people


def is_so(viewer: Viewer, other: int, reason: Reason) -> bool:
    """Do the pages of the two say so to this reader?"""
    me, (card,) = viewer.person_id, cards(viewer, [other])
    if reason.kind in ("ask", "offer", "both"):
        mine, theirs = (
            {claim.topic.name: claim.level == "learning" for claim in claims_of(viewer, one)} for one in (me, other)
        )
        learning = {"ask": (True, False), "offer": (False, True), "both": (False, False)}[reason.kind]
        return (mine[reason.name], theirs[reason.name]) == learning
    if reason.kind == "team":
        return all(reason.name in {team.name for team in teams_of_person(viewer, one)} for one in (me, other))
    if reason.kind == "work":
        both = [intro_of(viewer, one) for one in (me, other)]
        return all(intro is not None and reason.name in intro.working_on_html for intro in both)
    if reason.kind == "new":
        return card.is_new
    assert reason.kind in ("department", "elsewhere")
    return card.department == reason.name


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_reasons_are_true_and_leak_nothing(sqlite_app: Flask, sqlite_make: Make, seed: int) -> None:
    make, draw = sqlite_make, random.Random(seed)
    people = organization(make, draw)

    def told() -> dict[int, dict[int, list[Reason]]]:
        return {one: make.read(lambda one=one: queries.reasons(make.viewer(one), people)) for one in people}

    before = told()
    kinds = set()
    for reader, others in before.items():
        viewer = make.viewer(reader)
        for other, reasons in others.items():
            for reason in reasons if other != reader else ():
                kinds.add(reason.kind)
                assert make.read(lambda v=viewer, o=other, r=reason: is_so(v, o, r)), (reader, other, reason)
    assert {"team", "elsewhere"} < kinds and len(before[people[8]]) < len(people), "a guest sees those of their teams"
    make.do(lambda: ties.let_contacts_order(order=True))
    bring(make, *[tuple(draw.sample(people[:8], 2)) for _ in range(20)])  # type: ignore[arg-type]
    one, other = draw.sample(people[:8], 2)
    viewer = make.viewer(one)
    make.do(lambda: ties.say_we_talked(viewer=viewer, other_id=other))
    make.read(services.refresh)
    assert told() == before
