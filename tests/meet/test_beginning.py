"""Whom somebody knows already, and whom they meet first: the choice, and the pages of a newcomer."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.core import clock
from portal.core.db import db
from portal.help import services as asks
from portal.meet import pages, services
from portal.meet.firstday import PURPOSES, Candidate, first_five
from portal.people import services as people
from portal.teams import services as teams
from portal.teams.models import TeamMember
from portal.teams.services import KickOff
from portal.ties import services as ties
from portal.ties.models import KnownColleague
from tests.client import Client, Page
from tests.house.test_query_counts import Counter
from tests.makers import Make

somebody = st.builds(Candidate, st.integers(1, 12), st.frozensets(st.sampled_from(PURPOSES)))


@given(st.lists(somebody, max_size=12, unique_by=lambda one: one.person_id), st.frozensets(st.integers(1, 12)))
def test_each_purpose_has_one_person_and_each_person_one_purpose(them: list[Candidate], met: frozenset[int]) -> None:
    chosen = first_five(them, met)
    fits = {one.person_id: one.fits for one in them}
    assert len(set(chosen.values())) == len(chosen) and not set(chosen.values()) & met
    assert all(purpose in fits[one] for purpose, one in chosen.items())
    # Nobody who is free would do for a purpose that is empty and that nobody who was met would do for.
    free = [one for one in them if one.person_id not in met and one.person_id not in chosen.values()]
    known = {purpose for one in them if one.person_id in met for purpose in one.fits}
    assert not any(one.fits - set(chosen) - known for one in free)


def test_one_person_does_for_one_purpose_and_the_choice_serves_most() -> None:
    both, mate, lead = (
        Candidate(n, frozenset(f)) for n, f in ((1, ("mate", "asks")), (2, ("mate",)), (3, ("lead",)))
    )
    assert first_five([both, mate, lead], ()) == {"lead": 3, "mate": 2, "asks": 1}
    assert first_five([both, mate, lead], {1}) == {"lead": 3, "mate": 2}
    assert first_five([both, mate, lead], {1, 2, 3}) == {}


KICK_OFF = KickOff(clock.today() - timedelta(days=30), time(9), "UTC")


@pytest.fixture
def office(make: Make) -> dict[str, int]:
    """Nia starts today in Ann's team, with Bo; Cy asks about what Nia knows, Di is new too, Eve works elsewhere."""
    names = {"ann": "Ann Adler", "bo": "Bo Brown", "cy": "Cy Clark", "eve": "Eve Ek"}
    them = {key: make.member(name, department="Sales" if key == "eve" else "Data") for key, name in names.items()}
    them["nia"] = make.member("Nia Novak", department="Data", starts_on=clock.today())
    them["di"] = make.member("Di Dorn", department="Data", starts_on=clock.today() - timedelta(days=9))
    make.do(lambda: people.set_manager(person_id=them["nia"], manager_id=them["ann"]))
    with clock.pinned(clock.now() - timedelta(days=40)):
        team = make.project("Harbour", them["ann"], them["bo"], them["eve"], kickoff=KICK_OFF)
    boss = make.viewer(them["ann"])
    make.do(lambda: teams.add_people(viewer=boss, team_id=team, person_ids=[them["nia"]]))
    make.claim(them["nia"], "Maps")
    asker = make.viewer(them["cy"])
    topic = make.topic("Maps")
    make.do(lambda: asks.ask(viewer=asker, question=asks.Question("How do I fold a map?", topic_ids=(topic,))))
    return them


def cards_on(page: Page) -> dict[str, str]:
    """Who is to be met on home, and what they are to the reader."""
    return {
        card.cssselect("h3")[0].text_content().strip(): (card.cssselect(".meet-body strong") or [card])[
            0
        ].text_content()
        for card in page.all(".meet")
    }


@pytest.mark.both_databases
def test_a_newcomer_says_whom_they_know_and_meets_five(
    app: Flask, client: Client, make: Make, office: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    nia, bo, eve = office["nia"], office["bo"], office["eve"]
    zed = make.member("Zed Zorn", department="Ships")
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    client.sign_in(make.email(nia))
    home = client.get("home.home")
    assert cards_on(home) == {
        "Ann Adler": "Leads Harbour", "Bo Brown": "Works beside you in Harbour",
        "Cy Clark": "Asks about Maps, which you know", "Di Dorn": "New here too", "Eve Ek": "From elsewhere",
    }  # fmt: skip
    assert "Whom do you work with already?" in home.main and "buddy" not in home.main
    # One form without JavaScript: what is ticked stays while others are looked for.
    page = client.get("meet.colleagues", next="/")
    there = [name.text for name in page.all(".tickgrid label bdi.tickname")]
    assert there == ["Ann Adler", "Bo Brown", "Eve Ek", "Cy Clark", "Di Dorn"]
    page = client.read(page.submit({"know": [str(bo)], "q": "Zed", "do": "find"}, containing="know"))
    assert [box.get("value") for box in page.all("input[name=know][checked]")] == [
        str(bo)
    ] and "Zed Zorn" in page.main
    assert make.read(lambda: db.session.scalars(sa.select(KnownColleague.other_id)).all()) == []
    page = client.read(page.submit({"know": [str(bo), str(zed)], "q": "Nobody", "do": "find"}, containing="know"))
    assert "Nobody here goes by that name" in page.main
    assert {box.get("value") for box in page.all("input[name=know][checked]")} == {str(bo), str(zed)}
    home = client.follow(page.submit({"do": "save", "q": ""}, containing="know"))
    assert home.h1 and "Whom do you work with already?" not in home.main
    assert "Bo Brown" not in cards_on(home) and cards_on(home)["Eve Ek"] == "Works beside you in Harbour"
    # It is nobody else's business, and can be changed.
    theirs = client.another().sign_in(make.email(bo)).get("people.person", handle="nia-novak")
    assert "know each other" not in theirs.main.replace("We know each other", "")
    page = client.get("meet.colleagues")
    assert {box.get("value") for box in page.all("input[name=know][checked]")} == {str(bo), str(zed)}
    client.follow(page.submit({"do": "save", "know": [str(zed), "x", "9" * 30]}, containing="know"))
    assert make.read(lambda: db.session.scalars(sa.select(KnownColleague.other_id)).all()) == [zed]
    # The buddy stands by, and counts for none of the five; whoever was met makes room for no other lead.
    offers = make.viewer(bo)
    team = make.read(lambda: db.session.scalar(sa.select(TeamMember.team_id).where(TeamMember.person_id == nia)) or 0)
    make.do(lambda: teams.ask_buddy(viewer=offers, team_id=team, newcomer_id=nia, buddy_id=bo))
    me = make.viewer(nia)
    make.do(lambda: ties.say_we_talked(viewer=me, other_id=office["ann"]))
    home = client.get("home.home")
    assert "Your buddy in Harbour" in home.main
    assert set(cards_on(home)) == {"Cy Clark", "Di Dorn", "Eve Ek"}
    counter = Counter(app)
    few = len(counter.of(client, "home.home"))
    for number in range(6):
        make.claim(
            make.member(f"More {number}", starts_on=clock.today(), department="Ships"), "Maps", level="learning"
        )
    assert len(counter.of(client, "home.home")) == few <= 80, few
    # Whoever learns did not ask, and nothing says so.
    make.do(lambda: ties.say_known(viewer=me, other_ids=[office["cy"]]))
    assert "Is learning Maps, which you know" in cards_on(client.get("home.home")).values()
    # After 30 days it is as for everybody.
    make.read(services.refresh)
    with clock.pinned(clock.now() + timedelta(days=31)):
        again = client.another().sign_in(make.email(nia)).get("home.home")
    assert "Meet next" in again.main and "Your buddy" not in again.main and eve


def test_a_guest_is_asked_nothing_and_nobody_is_asked_for_ever(client: Client, make: Make) -> None:
    guest = client.sign_in(make.email(make.guest("Gil Guest")))
    assert "Whom do you work with" not in guest.get("home.home").main
    old = make.member("Ola Old")
    home = client.another().sign_in(make.email(old)).get("home.home")
    assert "Whom do you work with already?" in home.main
    page = home.client.follow(home.submit(action="/me/colleagues"))
    assert page.path == "/" and "Whom do you work with" not in page.main
    with clock.pinned(clock.now() + timedelta(days=31)):
        later = client.another().sign_in(make.email(make.member("Nan New"))).get("home.home")
        assert "Whom do you work with already?" in later.main
