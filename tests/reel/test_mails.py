"""The mail of a nudge: sent where it helps, and not where it would not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.core import clock
from portal.reel import services
from portal.teams.services import KickOff
from tests.makers import Make
from tests.sink import Post, link_in, words


class Team:
    """A lead, and somebody whose intro is missing; the kick-off is in nine days."""

    def __init__(self, make: Make) -> None:
        self.make = make
        make.noise()
        self.lead = make.member("Tomás Silva")
        self.mo = make.member("Mo Mate", email="mo@example.org")
        self.kickoff = clock.today() + timedelta(days=9)
        plan = KickOff(self.kickoff, time(10), "UTC")
        self.id = make.project("Elm", self.lead, self.mo, kickoff=plan)

    def nudge(self) -> None:
        viewer = self.make.viewer(self.lead)
        self.make.do(lambda: services.nudge(viewer=viewer, team_id=self.id, person_id=self.mo))


@pytest.fixture(autouse=True)
def by_day() -> Iterator[None]:
    """A Wednesday at noon: at night and at weekends mail waits (notifications)."""
    with clock.pinned(datetime(2030, 5, 22, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def team(make: Make) -> Team:
    return Team(make)


def test_it_says_who_would_like_the_intro(team: Team, post: Post) -> None:
    team.nudge()
    (mail,) = post.go()
    assert mail["Subject"] == "Your intro for Elm"
    assert "Tomás would like to have your intro in Elm." in words(mail)
    assert "At the kick-off it speaks for you." in words(mail, "html")
    assert link_in(mail, "/me/intro") == "/me/intro"
    with clock.pinned(clock.now() + timedelta(days=8)):
        team.nudge()
        assert len(post.go()) == 1, "another nudge is another mail"


def test_an_intro_that_is_in_meanwhile_is_not_asked_for(team: Team, post: Post) -> None:
    team.nudge()
    team.make.intro(team.mo)
    assert post.go() == [] and post.rows() == []


def test_nobody_is_asked_on_the_day_itself_or_long_after(team: Team, post: Post) -> None:
    with clock.pinned(clock.now() + timedelta(days=8)):
        team.nudge()
        day = datetime.combine(team.kickoff, time(12), ZoneInfo("UTC"))
        assert post.go(max(day - clock.now(), timedelta(minutes=2))) == []
    with clock.pinned(clock.now() + timedelta(days=18)):
        team.nudge()
        assert post.go(timedelta(days=7)) == []


def test_nobody_is_asked_who_has_no_account(team: Team, make: Make, post: Post) -> None:
    viewer = make.viewer(team.lead)
    new = make.person("Nia New", email="nia@example.org")
    make.project("Oak", team.lead, new)
    oak = team.id + 1
    post.go()
    make.do(lambda: services.nudge(viewer=viewer, team_id=oak, person_id=new))
    assert post.rows(kind=services.MAIL) == []
