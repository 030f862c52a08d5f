"""Teams whose intros are shown: made through the services of the teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.core.auth import Viewer
from portal.teams import kickoff
from portal.teams import services as teams
from portal.teams.queries import TeamView, slug_of, team_by_id
from tests.makers import Make


@dataclass
class Crew:
    """A team of Tomás (lead), Priya and Oskar; Priya's intro alone is in."""

    make: Make
    id: int
    slug: str
    lead: int
    priya: int
    oskar: int

    def viewer(self, person_id: int, *roles: str) -> Viewer:
        return self.make.viewer(person_id, *roles)

    def view(self, person_id: int) -> TeamView:
        who = self.viewer(person_id)
        return self.make.read(lambda: team_by_id(who, self.id))

    def add(self, *person_ids: int) -> None:
        who = self.viewer(self.lead)
        self.make.do(lambda: teams.add_people(viewer=who, team_id=self.id, person_ids=list(person_ids)))


def start_team(
    make: Make, name: str, lead: int, people: Sequence[int] = (), at: datetime | None = None, zone: str = "UTC"
) -> int:
    """A team led by `lead`, with a kick-off at that moment (a whole minute) or none."""
    who = make.viewer(lead)
    when = None
    if at is not None:
        local = at.astimezone(clock.zone(zone))
        when = teams.KickOff(local.date(), local.time().replace(second=0, microsecond=0), zone)
        assert kickoff.moment(when.day, when.hour, zone) is not None
    plan = teams.Plan(name=name, purpose="A page that people like reading.", kickoff=when, place="Room Oak")
    return make.do(lambda: teams.start_team(viewer=who, plan=plan, lead_id=None, person_ids=list(people)))


def crew(make: Make, *, at: datetime | None = None, zone: str = "UTC") -> Crew:
    if at is None:
        return Crew(make, *make.once("crew", lambda: _crew(make, clock.now() + timedelta(days=9), zone)))
    return Crew(make, *_crew(make, at, zone))


def _crew(make: Make, at: datetime, zone: str) -> tuple[int, str, int, int, int]:
    make.noise()
    lead = make.member("Tomás Rivera", title="Team lead")
    priya = make.intro(make.member("Priya Raman", title="Data engineer"), ask=("GDPR exports", "Postgres"))
    oskar = make.member("Oskar Nilsen", title="Quality")
    team_id = start_team(make, "Lighthouse", lead, [priya, oskar], at, zone)
    return team_id, make.read(lambda: slug_of(team_id)), lead, priya, oskar


@pytest.fixture
def lighthouse(app: Flask, make: Make) -> Crew:
    return crew(make)


@pytest.fixture
def sqlite_lighthouse(sqlite_app: Flask, sqlite_make: Make) -> Crew:
    return crew(sqlite_make)
