"""Seen marks, quiet slides, and nudges: who may, when not, and never twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.people import services as people
from portal.reel import services
from portal.reel.events import IntroNudged
from portal.reel.models import IntroNudge, IntroSeen, QuietSlide
from portal.reel.queries import nudged_me, seen_by_me
from portal.teams import services as teams
from tests.makers import Make

from .conftest import Crew, crew, start_team


@pytest.fixture
def told(app: Flask) -> list[IntroNudged]:
    """What was published."""
    heard: list[IntroNudged] = []
    app.extensions["hallway.events"][IntroNudged].append(heard.append)
    return heard


def nudge(crew: Crew, person_id: int, by: int | None = None) -> None:
    who = crew.viewer(by or crew.lead)
    crew.make.do(lambda: services.nudge(viewer=who, team_id=crew.id, person_id=person_id))


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(RuleBroken) as broken:
        work()
    return broken.value.message


def rows(make: Make, table: type) -> int:
    return make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


# ---- seen, quiet ---------------------------------------------------------------------------------------------------


def test_seen_is_mine_alone_and_once(lighthouse: Crew, make: Make) -> None:
    me, other = lighthouse.viewer(lighthouse.oskar), lighthouse.viewer(lighthouse.lead)
    for _ in range(2):
        make.do(lambda: services.mark_seen(viewer=me, team_id=lighthouse.id, person_id=lighthouse.priya))
    everyone = [lighthouse.lead, lighthouse.priya, lighthouse.oskar]
    assert make.read(lambda: seen_by_me(me, everyone)) == {lighthouse.priya}
    assert make.read(lambda: seen_by_me(other, everyone)) == set()
    assert rows(make, IntroSeen) == 1


def test_my_own_and_one_that_is_on_its_way_are_not_seen(lighthouse: Crew, make: Make) -> None:
    me = lighthouse.viewer(lighthouse.priya)
    for person_id in (lighthouse.priya, lighthouse.oskar):
        make.do(lambda person_id=person_id: services.mark_seen(viewer=me, team_id=lighthouse.id, person_id=person_id))
    assert rows(make, IntroSeen) == 0


def test_nobody_marks_what_is_not_in_a_team_they_see(lighthouse: Crew, make: Make) -> None:
    outside = make.intro(make.member("Ines Other"))
    guest = lighthouse.viewer(make.guest("Gita Rao"))
    me = lighthouse.viewer(lighthouse.oskar)
    for who, person_id in ((me, outside), (guest, lighthouse.priya)):
        with pytest.raises(NotVisible):
            make.do(lambda who=who, p=person_id: services.mark_seen(viewer=who, team_id=lighthouse.id, person_id=p))


def test_quiet_is_a_choice_that_can_be_taken_back(lighthouse: Crew, make: Make) -> None:
    me = lighthouse.viewer(lighthouse.oskar)
    for wanted, left in ((True, 1), (True, 1), (False, 0), (False, 0), (True, 1)):
        make.do(lambda wanted=wanted: services.set_quiet(viewer=me, team_id=lighthouse.id, quiet=wanted))
        assert rows(make, QuietSlide) == left
    outsider = lighthouse.viewer(make.member("Ines Other"))
    with pytest.raises(NotVisible):
        make.do(lambda: services.set_quiet(viewer=outsider, team_id=lighthouse.id, quiet=True))
    close(lighthouse)
    assert "closed" in refused(
        lambda: make.do(lambda: services.set_quiet(viewer=me, team_id=lighthouse.id, quiet=False))
    )


def close(crew: Crew) -> None:
    who = crew.viewer(crew.lead)
    crew.make.do(lambda: teams.close_team(viewer=who, team_id=crew.id, learned=""))


def test_whoever_leaves_takes_their_choice_along_but_is_not_nudged_twice_for_it(lighthouse: Crew, make: Make) -> None:
    me = lighthouse.viewer(lighthouse.oskar)
    make.do(lambda: services.set_quiet(viewer=me, team_id=lighthouse.id, quiet=True))
    nudge(lighthouse, lighthouse.oskar)
    make.do(lambda: teams.remove_member(viewer=me, team_id=lighthouse.id, person_id=lighthouse.oskar))
    assert (rows(make, QuietSlide), rows(make, IntroNudge)) == (0, 1)
    boss = lighthouse.viewer(lighthouse.lead)
    make.do(lambda: teams.add_people(viewer=boss, team_id=lighthouse.id, person_ids=[lighthouse.oskar]))
    with pytest.raises(RuleBroken, match="Once a week is enough"):
        nudge(lighthouse, lighthouse.oskar)


# ---- nudges --------------------------------------------------------------------------------------------------------


def test_a_nudge_is_written_told_and_read_at_home(lighthouse: Crew, make: Make, told: list[IntroNudged]) -> None:
    nudge(lighthouse, lighthouse.oskar)
    assert told == [IntroNudged(lighthouse.id, lighthouse.oskar)]
    me = lighthouse.viewer(lighthouse.oskar)
    line = make.read(lambda: nudged_me(me))
    assert line and (line.team, line.by, line.before_kickoff) == ("Lighthouse", "Tomás", True)
    lead = lighthouse.viewer(lighthouse.lead)
    assert make.read(lambda: nudged_me(lead)) is None


def test_only_the_lead_nudges_and_an_admin_is_none(lighthouse: Crew, make: Make) -> None:
    admin, member = make.member("Ada Admin", role="admin"), lighthouse.priya
    guest = make.guest("Gita Rao")
    lighthouse.add(guest)
    for who in (lighthouse.viewer(admin, "admin"), lighthouse.viewer(member), lighthouse.viewer(guest)):
        with pytest.raises(NotVisible):
            make.do(lambda who=who: services.nudge(viewer=who, team_id=lighthouse.id, person_id=lighthouse.oskar))
        with pytest.raises(NotVisible):
            make.do(lambda who=who: services.nudge_all(viewer=who, team_id=lighthouse.id))


def test_once_a_week_whoever_asks_and_whichever_team(lighthouse: Crew, make: Make, told: list[IntroNudged]) -> None:
    other = start_team(make, "Timetable", lighthouse.priya, [lighthouse.oskar])
    nudge(lighthouse, lighthouse.oskar)
    words = refused(lambda: nudge(lighthouse, lighthouse.oskar))
    assert words == "Oskar was nudged today. Once a week is enough."
    second = Crew(make, other, "timetable", lighthouse.priya, lighthouse.priya, lighthouse.oskar)
    assert "Once a week" in refused(lambda: nudge(second, lighthouse.oskar))
    with clock.pinned(clock.now() + timedelta(days=6, hours=23)):
        assert "was nudged on" in refused(lambda: nudge(second, lighthouse.oskar))
    with clock.pinned(clock.now() + timedelta(days=7, minutes=1)):
        nudge(second, lighthouse.oskar)
    assert len(told) == 2 and rows(make, IntroNudge) == 1


def test_nobody_is_nudged_before_the_first_day(lighthouse: Crew, make: Make) -> None:
    soon = make.member("Esi Mensah", starts_on=clock.today() + timedelta(days=3))
    lighthouse.add(soon)
    assert "Nobody is nudged before the first day." in refused(lambda: nudge(lighthouse, soon))
    with clock.pinned(clock.now() + timedelta(days=3)):
        nudge(lighthouse, soon)


@pytest.mark.parametrize(
    ("zone", "now", "is_the_day"),
    [
        # The kick-off is on the 12th at 09:00 in Auckland: 20:00 of the 11th in UTC.
        ("Pacific/Auckland", datetime(2031, 3, 11, 10, 59, tzinfo=UTC), False),
        ("Pacific/Auckland", datetime(2031, 3, 11, 11, 1, tzinfo=UTC), True),
        ("Pacific/Auckland", datetime(2031, 3, 12, 10, 59, tzinfo=UTC), True),
        ("Pacific/Auckland", datetime(2031, 3, 12, 11, 1, tzinfo=UTC), False),
    ],
)
def test_never_on_the_day_of_the_kick_off_where_it_is(
    sqlite_app: Flask, sqlite_make: Make, zone: str, now: datetime, is_the_day: bool
) -> None:
    with clock.pinned(datetime(2031, 3, 1, tzinfo=UTC)):
        made = crew(sqlite_make, at=datetime(2031, 3, 11, 20, 0, tzinfo=UTC), zone=zone)
    with clock.pinned(now):
        if is_the_day:
            assert "Today is the kick-off." in refused(lambda: nudge(made, made.oskar))
            who = made.viewer(made.lead)
            assert sqlite_make.do(lambda: services.nudge_all(viewer=who, team_id=made.id)) == 0
        else:
            nudge(made, made.oskar)


def test_not_whose_intro_is_in_not_oneself_not_a_leaver_not_in_a_closed_team(lighthouse: Crew, make: Make) -> None:
    assert refused(lambda: nudge(lighthouse, lighthouse.priya)) == "The intro of Priya is in."
    assert "your own intro" in refused(lambda: nudge(lighthouse, lighthouse.lead))
    leaver = make.member("Dmitri Volkov")
    lighthouse.add(leaver)
    make.do(lambda: people.mark_left(person_id=leaver, actor_id=None))
    assert refused(lambda: nudge(lighthouse, leaver)) == "They are not in the team any more"
    gone = make.guest("Gita Rao", ends_on=clock.today() + timedelta(days=2))
    lighthouse.add(gone)
    outside = make.member("Ines Other")
    with clock.pinned(clock.now() + timedelta(days=4)):
        assert refused(lambda: nudge(lighthouse, gone)) == "They are not in the team any more"
    assert refused(lambda: nudge(lighthouse, outside)) == "They are not in the team any more"
    close(lighthouse)
    assert "closed" in refused(lambda: nudge(lighthouse, lighthouse.oskar))
    who = lighthouse.viewer(lighthouse.lead)
    assert "closed" in refused(lambda: make.do(lambda: services.nudge_all(viewer=who, team_id=lighthouse.id)))
    assert rows(make, IntroNudge) == 0


def test_an_intro_for_my_teams_alone_is_in(lighthouse: Crew, make: Make) -> None:
    make.intro(lighthouse.oskar, shown_to="teams")
    assert refused(lambda: nudge(lighthouse, lighthouse.oskar)) == "The intro of Oskar is in."


def test_all_at_once_skips_whoever_may_not_be_nudged(lighthouse: Crew, make: Make, told: list[IntroNudged]) -> None:
    soon = make.member("Esi Mensah", starts_on=clock.today() + timedelta(days=3))
    asked, fresh = make.member("Bo Lindgren"), make.member("Farah Aziz")
    lighthouse.add(soon, asked, fresh)
    nudge(lighthouse, asked)
    who = lighthouse.viewer(lighthouse.lead)
    assert make.do(lambda: services.nudge_all(viewer=who, team_id=lighthouse.id)) == 2
    assert {event.person_id for event in told[1:]} == {lighthouse.oskar, fresh}
    assert make.do(lambda: services.nudge_all(viewer=who, team_id=lighthouse.id)) == 0


def test_two_leads_at_once_nudge_once(lighthouse: Crew, make: Make, told: list[IntroNudged]) -> None:
    lead = lighthouse.viewer(lighthouse.lead)
    make.do(lambda: teams.set_lead(viewer=lead, team_id=lighthouse.id, person_id=lighthouse.priya, leads=True))
    extra = make.member("Bo Lindgren")
    lighthouse.add(extra)
    both = [lighthouse.viewer(one) for one in (lighthouse.lead, lighthouse.priya)] * 2
    ready, said = threading.Barrier(len(both)), []

    def press(number: int) -> None:
        with make.app.app_context():
            ready.wait(10)
            try:
                if number < 2:
                    unit_of_work(
                        lambda: services.nudge(viewer=both[number], team_id=lighthouse.id, person_id=lighthouse.oskar)
                    )
                    said.append(1)
                else:
                    said.append(unit_of_work(lambda: services.nudge_all(viewer=both[number], team_id=lighthouse.id)))
            except RuleBroken:
                said.append(0)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press, args=(number,)) for number in range(len(both))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    # Oskar, Bo, and Tomás by the other lead: each once.
    assert len(said) == 4 and sum(said) == 3
    assert rows(make, IntroNudge) == 3


def test_nudges_are_forgotten_after_thirty_days(lighthouse: Crew, make: Make) -> None:
    extra = make.member("Bo Lindgren")
    lighthouse.add(extra)
    nudge(lighthouse, lighthouse.oskar)
    me = lighthouse.viewer(lighthouse.oskar)
    with clock.pinned(clock.now() + timedelta(days=29)):
        assert make.read(lambda: nudged_me(me)) is not None
    with clock.pinned(clock.now() + timedelta(days=31)):
        assert make.read(lambda: nudged_me(me)) is None
        nudge(lighthouse, extra)
    assert rows(make, IntroNudge) == 1


def test_the_line_at_home_ends_with_the_intro_the_team_or_the_membership(lighthouse: Crew, make: Make) -> None:
    nudge(lighthouse, lighthouse.oskar)
    me = lighthouse.viewer(lighthouse.oskar)
    with clock.pinned(clock.now() + timedelta(days=10)):
        later = make.read(lambda: nudged_me(me))
        assert later and not later.before_kickoff
    make.do(lambda: people.mark_left(person_id=lighthouse.lead, actor_id=None))
    nameless = make.read(lambda: nudged_me(me))
    assert nameless and nameless.by == ""
    make.intro(lighthouse.oskar)
    assert make.read(lambda: nudged_me(me)) is None


def test_a_draft_is_no_intro(lighthouse: Crew, make: Make) -> None:
    make.intro(lighthouse.oskar, publish=False)
    nudge(lighthouse, lighthouse.oskar)
    assert rows(make, IntroNudge) == 1
