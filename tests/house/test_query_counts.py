"""A page costs a fixed number of queries, however many people there are."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audiences import services as audiences
from portal.core import clock
from portal.core.db import db
from portal.help import offers
from portal.help import services as asks
from portal.kudos import services as kudos
from portal.meet import pages
from portal.people import services as people
from portal.teams import services as teams
from portal.topics import services as topics
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases

# Page: at most so many statements (SQLite's BEGIN is one of them).
PAGES = {
    "help.index": 28,
    "home.home": 70,
    "home.feed": 58,
    "kudos.new": 15,
    "kudos.wall": 24,  # with the composer beside it
    "kudos.yours": 10,
    "people.directory": 15,  # one of them for the topic
    "people.person": 32,
    "finding.find": 40,
    "home.me": 12,
    "home.menu": 8,
    "home.settings": 8,
    "home.guide": 8,
    "home.about_data": 8,
    "people.details": 9,
    "topics.mine": 14,
    "topics.topics": 12,
    "topics.topic": 56,
    "topics.evidence": 22,
    "people.away": 10,
    "infomercials.facts": 9,
    "infomercials.preview": 10,
    "accounts.sessions": 9,
}


@pytest.fixture(autouse=True)
def _intros_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home does not turn from facts to suggestions on the way; home with suggestions: tests/meet/test_pages.py."""
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)


class Counter:
    """The statements that each page took."""

    def __init__(self, app: Flask) -> None:
        self.said: list[str] = []
        with app.app_context():

            @sa.event.listens_for(db.engine, "before_cursor_execute")
            def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
                self.said.append(statement)

    def of(self, client: Client, endpoint: str, **values: Any) -> list[str]:
        self.said.clear()
        client.get(endpoint, **values)
        return list(self.said)


def _counted(costs: dict[str, list[str]]) -> dict[str, int]:
    return {page: len(said) for page, said in costs.items()}


def _over(most: dict[str, int], *costs: dict[str, list[str]]) -> dict[str, tuple[int, list[str]]]:
    """The pages that took more than they may, and what they asked."""
    return {page: (len(said), said) for one in costs for page, said in one.items() if len(said) > most[page]}


def ask_and_offer(make: Make, person_ids: list[int]) -> None:
    """Each of them asks something, and offers something."""
    viewers = [make.viewer(one) for one in person_ids]

    def work() -> None:
        for viewer in viewers:
            topic = (topics.topic_for(viewer=viewer, name="Slides"),)
            question = asks.Question(f"How do we name slides of number {viewer.person_id}?", topic_ids=topic)
            asks.ask(viewer=viewer, question=question)
            offers.make_offer(viewer=viewer, words=offers.Words("Look over your slides", topic_ids=topic))

    make.do(work)


def fill(make: Make, first: int, last: int) -> None:
    """People with everything a list shows: place, department, intro, away, a team each; and thanks among them."""

    def add() -> list[int]:
        made = []
        for number in range(first, last):
            person_id = people.add_person(
                name=f"Someone {number:03d}",
                email=f"someone{number}@example.org",
                title="Engineer",
                department=f"Department {number % 5}",
                place=f"Place {number % 3}",
                place_time_zone="Europe/Berlin",
                starts_on=clock.today() - timedelta(days=number % 40),
                kind="guest" if number % 9 == 0 else "member",
                ends_on=date(2999, 1, 1) if number % 9 == 0 else None,
            )
            people.set_manager(person_id=person_id, manager_id=made[-1] if made else None)
            made.append(person_id)
        return made

    made = make.do(add)
    for person_id in made[::2]:
        make.intro(person_id)
    colleagues = [person_id for number, person_id in enumerate(made, first) if number % 9]
    viewers = {person_id: make.viewer(person_id) for person_id in colleagues}
    names = ["Slides", *(f"Topic {number}" for number in range(first, first + 3))]

    def thank_and_claim() -> None:
        for giver, to in itertools.pairwise(colleagues):
            thanks = kudos.Thanks("You stayed until every import was green.", (to,))
            kudos.give_kudos(viewer=viewers[giver], thanks=thanks)
            topics.claim_topics(viewer=viewers[to], names=names, level="expert", line="")

    def vouch() -> None:
        for giver, to in itertools.pairwise(colleagues):
            topics.vouch(viewer=viewers[giver], topic_id=topic_id, person_id=to, why="Saw it")

    make.do(thank_and_claim)
    topic_id = make.topic("Slides")
    make.do(vouch)
    ask_and_offer(make, colleagues)


def test_ten_people_or_sixty_cost_the_same(app: Flask, make: Make) -> None:
    """For a member and for a guest. Filling takes long, so both look at the same people."""
    counter = Counter(app)
    member, guest = make.member("Gita Rao", place="Place 1"), make.guest("Gus Rao")
    other = make.member("Ines Other", place="Place 1", department="Department 1")
    team = make.team(member, guest, other)
    looking = {}
    for person_id in (other, member, guest):
        make.intro(person_id)
    for person_id in (member, guest, other):
        make.claim(person_id, "Slides", "Maps")
    for who, person_id in (("member", member), ("guest", guest)):
        looking[who] = Client(app)
        looking[who].sign_in(make.email(person_id))

    def costs() -> dict[str, dict[str, list[str]]]:
        values = {
            "people.person": {"handle": "ines-other"},
            "people.directory": {"topic": "slides"},
            "topics.topic": {"slug": "slides"},
        }
        values["finding.find"] = {"q": "queues import gita"}
        return {
            who: {page: counter.of(client, page, **values.get(page, {})) for page in PAGES}
            for who, client in looking.items()
        }

    def everybody_joins() -> None:
        for person_id in db.session.scalars(sa.text("SELECT id FROM person")).all():
            audiences.join(audience_id=team, person_ids=[person_id])

    fill(make, 0, 10)
    make.do(everybody_joins)
    few = costs()
    fill(make, 10, 60)
    make.do(everybody_joins)
    many = costs()
    for who, client in looking.items():
        assert _counted(few[who]) == _counted(many[who]), who
        # The page is really fuller, so that the sum above says something.
        assert len(client.get("people.directory").all(".pcard, .prow, li article")) >= 20
        assert not _over(PAGES, few[who], many[who]), who


def test_being_in_many_teams_costs_no_more(app: Flask, client: Client, make: Make) -> None:
    counter = Counter(app)
    me = make.member("Gita Rao")
    others = [make.member(name) for name in ("Ines Other", "Jon Other")]
    client.sign_in(make.email(me))
    before = {page: len(counter.of(client, page)) for page in ("home.home", "people.directory", "home.me")}
    for _ in range(12):
        make.team(me, *others)
    assert {page: len(counter.of(client, page)) for page in before} == before


# The most that a page about a team may cost, whatever its size.
OF_A_TEAM = {
    "teams.team": 40,
    "teams.teams": 17,
    "teams.settings": 15,
    "teams.invite": 16,
    "people.directory": 16,
    "reel.start": 15,
    "reel.slide": 15,
    "reel.sheet": 15,
    "home.home": 70,
}


def test_a_team_of_six_or_of_sixty_costs_the_same(app: Flask, make: Make) -> None:
    """For its lead, for a member and for a guest. Filling takes long, so they look at the same team."""
    counter = Counter(app)
    lead, mate, guest = make.member("Lea Lead"), make.member("Mo Mate"), make.guest("Gita Rao")
    team = make.project("Elm", lead, mate, guest)
    boss = make.viewer(lead)
    for person in (lead, mate):
        make.intro(person)
    looking = {}
    for who, person in (("lead", lead), ("member", mate), ("guest", guest)):
        looking[who] = Client(app)
        looking[who].sign_in(make.email(person))
    hidden = {"lead": set(), "guest": {"teams.settings", "teams.invite"}, "member": {"teams.settings"}}
    values = {
        "people.directory": {"team": "elm"}, "teams.teams": {}, "home.home": {},
        "reel.slide": {"slug": "elm", "handle": make.handle(mate)},
    }  # fmt: skip

    def costs() -> dict[str, dict[str, list[str]]]:
        return {
            who: {
                page: counter.of(client, page, **values.get(page, {"slug": "elm"}))
                for page in OF_A_TEAM
                if page not in hidden[who]
            }
            for who, client in looking.items()
        }

    def grow(first: int, last: int) -> None:
        fill(make, first, last)
        ids = make.read(lambda: list(db.session.scalars(sa.text("SELECT id FROM person"))))
        make.do(lambda: teams.add_people(viewer=boss, team_id=team, person_ids=ids))

    grow(0, 3)
    few = costs()
    grow(3, 60)
    many = costs()
    for who in looking:
        assert _counted(few[who]) == _counted(many[who]), who
        assert not _over(OF_A_TEAM, few[who], many[who]), who


def test_who_looks_is_known_in_two_queries(app: Flask, client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Gita Rao")))
    counter = Counter(app)
    said = [
        s for s in counter.of(client, "home.settings") if s.startswith(("SELECT sign_in.", "SELECT audience_member."))
    ]
    assert len(said) == 2


def test_static_files_health_and_icons_ask_nothing(app: Flask, client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Gita Rao")))
    counter = Counter(app)
    for path in ("/healthz", "/favicon.ico", app.extensions["hallway.static"].url("css/base.css")):
        client.raw.get(path)
    assert counter.said == []
