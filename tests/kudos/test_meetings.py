"""The meeting screen: what may be picked, what is shown at each moment, who is asked, what goes round."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, events, links
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.kudos import duties, meetings, services
from portal.kudos.events import ScreenAsked, ScreenShared
from portal.kudos.models import (
    SCREEN_LASTS,
    Kudos,
    KudosPerson,
    KudosScreen,
    KudosScreenAnswer,
    KudosScreenPerson,
    KudosScreenPick,
    ThanksWish,
)
from portal.moderation.models import Boundary
from portal.people.models import Person
from portal.teams import services as teams
from tests.makers import Make

WORDS = (
    "You stayed until every import was green.", "The sign-up page reads like a letter now.",
    "You asked the one question that saved us a week.", "The handover was so good that nobody called you.",
    "You found the room, the cake and the right cable.", "Your test caught what all of us had missed.",
    "You explained webhooks without one acronym.", "You said no to scope, kindly and in time.",
)  # fmt: skip


@pytest.fixture
def heard(app: Flask) -> Iterator[list[Any]]:
    """What was published about screens."""
    found: list[Any] = []
    events.subscribe(app, [(ScreenAsked, found.append), (ScreenShared, found.append)])
    yield found


@dataclass
class Crew:
    """A team of Hana (lead), Tomás and Ben; Olu works elsewhere. Who is thanked says yes to screens, unless told."""

    make: Make
    team: int
    hana: int
    tomas: int
    ben: int
    olu: int

    def wish(self, person_id: int, on_screen: str) -> None:
        def work() -> None:
            row = db.session.get(ThanksWish, person_id)
            if row is None:
                db.session.add(ThanksWish(person_id=person_id, shown="wall", on_screen=on_screen))
            else:
                row.on_screen = on_screen

        self.make.do(work)

    def offered(self, host: int | None = None, *, earlier: bool = True) -> list[str]:
        viewer = self.make.viewer(host or self.hana)

        def read() -> list[str]:
            team = meetings.team_by_id(viewer, self.team)
            return [one.kudos.public_id for one in meetings.offered(team, meetings.since(team.id, earlier=earlier))]

        return self.make.read(read)

    def start(self, *picked: str, host: int | None = None) -> str:
        viewer = self.make.viewer(host or self.hana)
        return self.make.do(
            lambda: meetings.start(viewer=viewer, team_id=self.team, picked=list(picked), earlier=True)
        )

    def shown(self, screen: str, who: int | None = None) -> list[str]:
        viewer = self.make.viewer(who or self.hana)
        return self.make.read(
            lambda: [one.kudos.public_id for one in meetings.slides_of(viewer, meetings.meeting(viewer, screen))]
        )

    def meeting(self, screen: str, who: int | None = None) -> meetings.Meeting:
        viewer = self.make.viewer(who or self.hana)
        return self.make.read(lambda: meetings.meeting(viewer, screen))

    def answer(self, who: int, screen: str, kudos: str, yes: bool) -> None:
        viewer = self.make.viewer(who)
        self.make.do(lambda: meetings.answer(viewer=viewer, screen_public_id=screen, kudos_public_id=kudos, yes=yes))

    def live(self, who: int, screen: str, kudos: str) -> str:
        viewer = self.make.viewer(who)
        return self.make.do(lambda: meetings.add_live(viewer, screen, kudos))

    def id_of(self, kudos: str) -> int:
        return self.make.read(lambda: db.session.scalars(sa.select(Kudos.id).where(Kudos.public_id == kudos)).one())

    def count(self, table: type[Any]) -> int:
        return self.make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@pytest.fixture
def crew(make: Make) -> Crew:
    def come() -> list[int]:
        make.noise(1)
        hana, tomas, ben, olu = (make.member(name) for name in ("Hana Kim", "Tomás Rivera", "Ben Ode", "Olu Adu"))
        found = Crew(make, make.project("Lighthouse", hana, tomas, ben), hana, tomas, ben, olu)
        for person_id in (hana, tomas, ben, olu):
            found.wish(person_id, "yes")
        return [found.team, hana, tomas, ben, olu]

    return Crew(make, *make.once("crew of meetings", come))


# ---- what may be picked ------------------------------------------------------------------------------------


def test_thanks_of_the_team_and_to_its_people_are_offered_the_newest_first(crew: Crew) -> None:
    make = crew.make
    to_them = make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    about = make.kudos(crew.hana, crew.olu, why=WORDS[1], team_id=crew.team)
    for_team = make.kudos(crew.olu, why=WORDS[2], to_team=True, team_id=crew.team)
    make.kudos(crew.tomas, crew.olu, why=WORDS[3])  # has nothing to do with the team
    assert crew.offered() == [for_team, about, to_them]


@pytest.mark.parametrize("shown_to", ["us", "team"])
def test_only_what_the_whole_team_may_see_is_offered(crew: Crew, shown_to: str) -> None:
    make = crew.make
    other = make.project("Elsewhere", crew.tomas, crew.olu)
    team = {"us": crew.team, "team": other}[shown_to]
    make.kudos(crew.olu, crew.tomas, why=WORDS[0], shown_to=shown_to, team_id=team)
    assert crew.offered() == crew.offered(crew.tomas) == []
    inside = make.kudos(crew.hana, crew.tomas, why=WORDS[1], shown_to="team", team_id=crew.team)
    assert crew.offered() == [inside]


def test_nobody_who_said_no_is_offered(crew: Crew) -> None:
    make = crew.make
    kudos = make.kudos(crew.olu, crew.tomas, crew.ben, why=WORDS[0])
    assert crew.offered() == [kudos]
    crew.wish(crew.ben, "no")
    assert crew.offered() == []
    crew.wish(crew.ben, "ask")
    assert crew.offered() == [kudos]
    viewer = make.viewer(crew.ben)
    make.do(
        lambda: services.place_mine(
            viewer=viewer, public_id=kudos, off_wall=False, off_profile=False, off_screen=True
        )
    )
    assert crew.offered() == []


def test_who_blocked_the_giver_is_as_if_not_named(crew: Crew) -> None:
    make = crew.make
    now = clock.now()
    make.do(lambda: db.session.add(Boundary(person_id=crew.ben, other_id=crew.hana, kind="block", at=now)))
    crew.wish(crew.ben, "no")
    kudos = make.kudos(crew.hana, crew.tomas, crew.ben, why=WORDS[0])
    alone = make.kudos(crew.hana, crew.ben, why=WORDS[1])
    assert crew.offered() == [kudos] and alone not in crew.offered()
    screen = crew.start(kudos)
    viewer = make.viewer(crew.hana)  # even the giver's own stage names only whom the room may know of
    slides = make.read(lambda: meetings.slides_of(viewer, meetings.meeting(viewer, screen)))
    assert [one.person.id for one in slides[0].kudos.receivers] == [crew.tomas]


def test_what_was_taken_back_or_hidden_is_not_offered(crew: Crew) -> None:
    make = crew.make
    gone = make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    hidden = make.kudos(crew.olu, crew.tomas, why=WORDS[1])
    viewer = make.viewer(crew.olu)
    make.do(lambda: services.take_back(viewer=viewer, public_id=gone))
    make.do(
        lambda: db.session.execute(sa.update(Kudos).where(Kudos.public_id == hidden).values(hidden_at=clock.now()))
    )
    assert crew.offered() == []


def test_offers_begin_after_the_last_meeting_or_30_days_back(crew: Crew) -> None:
    make = crew.make
    with clock.pinned(clock.now() - timedelta(days=31)):
        make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    with clock.pinned(clock.now() - timedelta(days=29)):
        within = make.kudos(crew.olu, crew.tomas, why=WORDS[1])
    assert crew.offered(earlier=False) == [within]
    crew.start()
    assert crew.offered(earlier=False) == []
    later = make.kudos(crew.olu, crew.ben, why=WORDS[2])
    assert crew.offered(earlier=False) == [later]
    assert crew.offered() == [later, within]


def test_who_has_left_and_likes_to_be_asked_is_not_waited_for(crew: Crew) -> None:
    kudos = crew.make.kudos(crew.olu, crew.ben, why=WORDS[0])
    crew.wish(crew.ben, "ask")
    assert crew.offered() == [kudos]
    crew.make.do(
        lambda: db.session.execute(sa.update(Person).where(Person.id == crew.ben).values(left_at=clock.now()))
    )
    assert crew.offered() == []


# ---- starting ----------------------------------------------------------------------------------------------


def test_they_are_shown_in_the_order_of_the_host(crew: Crew) -> None:
    one, two, three = (crew.make.kudos(crew.olu, crew.tomas, why=words) for words in WORDS[:3])
    screen = crew.start(three, one, two)
    assert crew.shown(screen) == [three, one, two]
    assert crew.meeting(screen).i_am_here and not crew.meeting(screen, crew.ben).i_am_here


def test_at_most_seven_are_picked(crew: Crew) -> None:
    every = [crew.make.kudos(crew.olu, crew.tomas, why=words) for words in WORDS]
    with pytest.raises(RuleBroken, match="at most 7"):
        crew.start(*every)
    assert crew.count(KudosScreen) == 0
    assert len(crew.shown(crew.start(*every[:7], every[0]))) == 7


def test_what_is_not_offered_is_not_picked_by_its_address_either(crew: Crew) -> None:
    make = crew.make
    secret = make.kudos(crew.hana, crew.tomas, why=WORDS[0], shown_to="us")
    elsewhere = make.kudos(crew.ben, crew.olu, why=WORDS[1])
    assert crew.shown(crew.start(secret, elsewhere, "nonsense")) == []


def test_one_meeting_at_a_time_and_any_of_the_team_may_run_it(crew: Crew) -> None:
    screen = crew.start()
    with pytest.raises(RuleBroken, match="Join them"):
        crew.start(host=crew.tomas)
    assert crew.make.read(lambda: meetings.running(crew.team)) == screen
    assert crew.meeting(screen, crew.tomas).may_run
    viewer = crew.make.viewer(crew.tomas)
    crew.make.do(lambda: meetings.end(viewer=viewer, public_id=screen))
    assert not crew.meeting(screen).is_open
    assert crew.start(host=crew.tomas) != screen


def test_two_hosts_at_the_same_moment_make_one_meeting(crew: Crew, app: Flask) -> None:
    viewers = [crew.make.viewer(one) for one in (crew.hana, crew.tomas)]
    gate, outcomes = threading.Barrier(2), []

    def begin(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                unit_of_work(lambda: meetings.start(viewer=viewers[number], team_id=crew.team))
                outcomes.append("started")
            except RuleBroken:
                outcomes.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=begin, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["started", "told"]
    assert crew.count(KudosScreen) == 1


@pytest.mark.parametrize("who", ["guest", "outsider", "left the team"])
def test_who_may_not_host(crew: Crew, who: str) -> None:
    make = crew.make
    lead = make.viewer(crew.hana)
    if who == "guest":
        person = make.guest("Gus Guest")
        make.do(lambda: teams.add_people(viewer=lead, team_id=crew.team, person_ids=[person]))
    elif who == "outsider":
        person = crew.olu
    else:
        person = crew.tomas
        viewer = make.viewer(person)
        make.do(lambda: teams.remove_member(viewer=viewer, team_id=crew.team, person_id=person))
    with pytest.raises(NotVisible):
        crew.start(host=person)
    screen = crew.start()
    viewer = make.viewer(person)
    for work in (
        lambda: meetings.end(viewer=viewer, public_id=screen),
        lambda: meetings.send_round(viewer=viewer, public_id=screen, person_ids=[crew.ben]),
    ):
        with pytest.raises(NotVisible):
            make.do(work)
    if who == "guest":
        assert not crew.meeting(screen, person).may_run and crew.meeting(screen, person).token is None
    else:
        with pytest.raises(NotVisible):
            crew.meeting(screen, person)


def test_a_closed_team_has_no_meeting(crew: Crew) -> None:
    screen = crew.start()
    viewer = crew.make.viewer(crew.hana)
    token = crew.meeting(screen).token
    assert token
    crew.make.do(lambda: teams.close_team(viewer=viewer, team_id=crew.team, learned=""))
    assert not crew.meeting(screen).is_open
    assert not crew.make.read(lambda: meetings.watched(screen, token)).is_open
    with pytest.raises(RuleBroken, match="closed"):
        crew.start()


def test_it_ends_by_itself_after_four_hours(crew: Crew) -> None:
    screen = crew.start()
    token = crew.meeting(screen).token
    assert token and crew.make.read(lambda: meetings.watched(screen, token)).is_open
    with clock.pinned(clock.now() + SCREEN_LASTS + timedelta(seconds=1)):
        assert not crew.meeting(screen).is_open
        assert not crew.make.read(lambda: meetings.watched(screen, token)).is_open
        assert crew.make.read(lambda: meetings.running(crew.team)) is None


# ---- at each moment ----------------------------------------------------------------------------------------


def _taken_back(crew: Crew, kudos: str) -> None:
    viewer = crew.make.viewer(crew.olu)
    crew.make.do(lambda: services.take_back(viewer=viewer, public_id=kudos))


def _undone(crew: Crew, kudos: str) -> None:
    viewer = crew.make.viewer(crew.olu)
    crew.make.do(lambda: services.undo(viewer=viewer, public_id=kudos))


def _hidden(crew: Crew, kudos: str) -> None:
    words = sa.update(Kudos).where(Kudos.public_id == kudos).values(hidden_at=clock.now())
    crew.make.do(lambda: db.session.execute(words))


def _off_the_screen(crew: Crew, kudos: str) -> None:
    viewer = crew.make.viewer(crew.tomas)
    crew.make.do(
        lambda: services.place_mine(
            viewer=viewer, public_id=kudos, off_wall=False, off_profile=False, off_screen=True
        )
    )


def _not_any_more(crew: Crew, _kudos: str) -> None:
    crew.wish(crew.tomas, "no")


@pytest.mark.parametrize("happens", [_taken_back, _undone, _hidden, _off_the_screen, _not_any_more])
def test_what_may_not_be_shown_any_more_is_gone_at_once(crew: Crew, happens: Callable[[Crew, str], None]) -> None:
    kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    other = crew.make.kudos(crew.olu, crew.ben, why=WORDS[1])
    screen = crew.start(kudos, other)
    assert crew.shown(screen) == [kudos, other]
    happens(crew, kudos)
    assert crew.shown(screen) == [other]
    assert crew.make.read(lambda: [one.position for one in meetings.slides(1, 1)]) == [2]  # its place is its own


def test_changed_words_are_shown_as_they_are_now(crew: Crew) -> None:
    kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    screen = crew.start(kudos)
    viewer = crew.make.viewer(crew.olu)
    crew.make.do(
        lambda: services.edit_kudos(
            viewer=viewer, public_id=kudos, why=WORDS[1], value_id=None, goal_id=None, topic_id=None
        )
    )
    shown = crew.make.read(
        lambda: meetings.slides_of(crew.make.viewer(crew.hana), meetings.meeting(crew.make.viewer(crew.hana), screen))
    )
    assert [one.kudos.why for one in shown] == [WORDS[1]]


def test_a_guest_sees_of_it_what_they_may_see(crew: Crew) -> None:
    make = crew.make
    guest, lead = make.guest("Gus Guest"), make.viewer(crew.hana)
    make.do(lambda: teams.add_people(viewer=lead, team_id=crew.team, person_ids=[guest]))
    crew.wish(guest, "yes")
    wide = make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    inside = make.kudos(crew.hana, crew.tomas, why=WORDS[1], shown_to="team", team_id=crew.team)
    theirs = make.kudos(crew.hana, guest, why=WORDS[2])
    screen = crew.start(wide, inside, theirs)
    assert crew.shown(screen) == [wide, inside, theirs]
    assert crew.shown(screen, guest) == [inside, theirs]
    # What they gave and a moderator hid they still see, and the screen does not.
    given = make.kudos(guest, crew.tomas, why=WORDS[3], team_id=crew.team, shown_to="team")
    assert crew.live(guest, screen, given) and given in crew.shown(screen, guest)
    hidden = sa.update(Kudos).where(Kudos.public_id == given).values(hidden_at=clock.now())
    make.do(lambda: db.session.execute(hidden))
    assert given not in crew.shown(screen, guest)


# ---- asking ------------------------------------------------------------------------------------------------


def test_who_likes_to_be_asked_is_asked_and_no_answer_is_a_no(crew: Crew, heard: list[Any]) -> None:
    crew.wish(crew.tomas, "ask")
    crew.wish(crew.ben, "ask")
    both = crew.make.kudos(crew.olu, crew.tomas, crew.ben, why=WORDS[0])
    free = crew.make.kudos(crew.tomas, crew.hana, why=WORDS[1])
    screen = crew.start(both, free)
    screen_id = crew.meeting(screen).id
    assert heard == [ScreenAsked(screen_id, crew.id_of(both), (crew.tomas, crew.ben))]
    assert crew.shown(screen) == [free]
    crew.answer(crew.tomas, screen, both, True)
    assert crew.shown(screen) == [free]  # Ben has said nothing
    crew.answer(crew.ben, screen, both, True)
    assert crew.shown(screen) == [free, both]  # last, so that nobody has gone past it
    crew.answer(crew.ben, screen, both, False)
    assert crew.shown(screen) == [free]


def test_who_picks_what_is_for_them_has_said_yes(crew: Crew, heard: list[Any]) -> None:
    crew.wish(crew.hana, "ask")
    kudos = crew.make.kudos(crew.olu, crew.hana, why=WORDS[0])
    screen = crew.start(kudos)
    assert heard == [] and crew.shown(screen) == [kudos]


def test_questions_are_mine_and_end_with_the_meeting(crew: Crew) -> None:
    crew.wish(crew.tomas, "ask")
    kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    screen = crew.start(kudos)
    mine, others = crew.make.viewer(crew.tomas), crew.make.viewer(crew.ben)
    found = crew.make.read(lambda: meetings.my_questions(mine, unanswered=True))
    assert [(one.screen_id, one.team, one.host, one.kudos.public_id) for one in found] == [
        (screen, "Lighthouse", "Hana", kudos)
    ]
    assert crew.make.read(lambda: meetings.my_questions(others)) == []
    with pytest.raises(NotVisible):
        crew.answer(crew.ben, screen, kudos, True)
    crew.answer(crew.tomas, screen, kudos, False)
    assert crew.make.read(lambda: meetings.my_questions(mine, unanswered=True)) == []
    assert [one.said for one in crew.make.read(lambda: meetings.my_questions(mine))] == ["no"]
    viewer = crew.make.viewer(crew.hana)
    crew.make.do(lambda: meetings.end(viewer=viewer, public_id=screen))
    assert crew.make.read(lambda: meetings.my_questions(mine)) == []
    with pytest.raises(RuleBroken, match="over"):
        crew.answer(crew.tomas, screen, kudos, True)


def test_a_no_to_all_screens_stands_above_an_earlier_yes(crew: Crew) -> None:
    crew.wish(crew.tomas, "ask")
    kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    screen = crew.start(kudos)
    crew.answer(crew.tomas, screen, kudos, True)
    assert crew.shown(screen) == [kudos]
    crew.wish(crew.tomas, "no")
    assert crew.shown(screen) == []


# ---- live --------------------------------------------------------------------------------------------------


def test_thanks_from_the_room_come_last(crew: Crew, heard: list[Any]) -> None:
    picked = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    screen = crew.start(picked)
    live = crew.make.kudos(crew.ben, crew.hana, why=WORDS[1])
    assert crew.live(crew.ben, screen, live) == "shown"
    assert crew.live(crew.ben, screen, live) == "shown"  # twice does no harm
    assert crew.shown(screen) == [picked, live]
    assert crew.meeting(screen, crew.ben).i_am_here  # whoever adds is there
    assert heard == []


def test_live_thanks_wait_for_who_likes_to_be_asked(crew: Crew, heard: list[Any]) -> None:
    crew.wish(crew.hana, "ask")
    screen = crew.start()
    live = crew.make.kudos(crew.ben, crew.hana, why=WORDS[1])
    assert crew.live(crew.ben, screen, live) == "asked"
    assert crew.shown(screen) == [] and [type(one) for one in heard] == [ScreenAsked]
    crew.answer(crew.hana, screen, live, True)
    assert crew.shown(screen) == [live]


@pytest.mark.parametrize("why_not", ["no", "only us", "not mine", "outside", "over", "full", "unknown"])
def test_live_thanks_that_the_screen_does_not_show(crew: Crew, why_not: str) -> None:
    make = crew.make
    screen, giver = crew.start(), crew.ben
    more: dict[str, Any] = {}
    if why_not == "no":
        crew.wish(crew.hana, "no")
    if why_not == "only us":
        more = {"shown_to": "us"}
    if why_not == "outside":
        giver = crew.olu
    live = make.kudos(giver, crew.hana, why=WORDS[1], **more)
    if why_not == "over":
        viewer = make.viewer(crew.hana)
        make.do(lambda: meetings.end(viewer=viewer, public_id=screen))
    if why_not == "full":
        _fill(crew, screen)
    before = crew.count(KudosScreenPick)
    adds = crew.tomas if why_not == "not mine" else giver
    asked = "0" * 10 if why_not == "unknown" else screen
    assert crew.live(adds, asked, live) == "not"
    assert crew.count(KudosScreenPick) == before


def _fill(crew: Crew, screen: str) -> None:
    """As many as a screen holds."""
    screen_id = crew.meeting(screen).id
    givers = [crew.olu, crew.tomas]
    for number in range(meetings.MOST_SHOWN):
        kudos = crew.make.kudos(givers[number % 2], crew.hana, why=f"You carried box number {number} up to us.")
        kudos_id = crew.id_of(kudos)
        crew.make.do(
            lambda kudos_id=kudos_id, number=number: db.session.add(
                KudosScreenPick(screen_id=screen_id, kudos_id=kudos_id, position=number + 1)
            )
        )


def test_every_outcome_has_its_words(app: Flask) -> None:
    with app.test_request_context():
        assert len({meetings.live_words(one) for one in ("shown", "asked", "not")}) == 3


def test_coming_in_is_written_once_and_only_for_the_team(crew: Crew) -> None:
    screen = crew.start()
    viewer = crew.make.viewer(crew.ben)
    for _again in range(2):
        crew.make.do(lambda: meetings.come_in(viewer=viewer, public_id=screen))
    assert crew.count(KudosScreenPerson) == 2  # with the host
    outsider = crew.make.viewer(crew.olu)
    with pytest.raises(NotVisible):
        crew.make.do(lambda: meetings.come_in(viewer=outsider, public_id=screen))
    crew.make.do(lambda: meetings.end(viewer=viewer, public_id=screen))
    late = crew.make.viewer(crew.tomas)
    with pytest.raises(RuleBroken, match="over"):
        crew.make.do(lambda: meetings.come_in(viewer=late, public_id=screen))


# ---- the link ----------------------------------------------------------------------------------------------


def test_the_link_fits_one_meeting_alone(crew: Crew) -> None:
    first = crew.start()
    token = crew.meeting(first).token
    viewer = crew.make.viewer(crew.hana)
    crew.make.do(lambda: meetings.end(viewer=viewer, public_id=first))
    second = crew.start()
    assert token and crew.meeting(second).token != token
    for wrong in (token, "17-" + "0" * 40, "nonsense", ""):
        with pytest.raises(NotVisible):
            crew.make.read(lambda wrong=wrong: meetings.watched(second, wrong))
    assert links.redacted(f"/kudos/screen/{first}/watch/{token}") == f"/kudos/screen/{first}/watch/[link]"


# ---- afterwards --------------------------------------------------------------------------------------------


def test_it_goes_once_to_who_was_there_and_may_see_it(crew: Crew, heard: list[Any]) -> None:
    make = crew.make
    guest, blind = make.guest("Gus Guest"), make.guest("Bea Blind")
    lead = make.viewer(crew.hana)
    make.do(lambda: teams.add_people(viewer=lead, team_id=crew.team, person_ids=[guest, blind]))
    crew.wish(guest, "yes")
    kudos = make.kudos(crew.hana, guest, why=WORDS[0])  # for everyone, and the guest it names
    screen = crew.start(kudos)
    everybody = [crew.tomas, guest, blind, crew.olu]  # Ben was not there; Olu is not in the team

    def send(person_ids: list[int]) -> int | None:
        return make.do(lambda: meetings.send_round(viewer=lead, public_id=screen, person_ids=person_ids))

    assert send(everybody) == 2
    assert heard == [ScreenShared(crew.meeting(screen).id, tuple(sorted([crew.tomas, guest])))]
    assert send([crew.ben]) is None and len(heard) == 1
    assert not crew.meeting(screen).is_open

    def read(who: int) -> list[str]:
        viewer = make.viewer(who)
        return [one.public_id for one in make.read(lambda: meetings.shown_in(viewer, screen)).kudos]

    assert read(crew.tomas) == read(guest) == read(crew.hana) == [kudos]
    assert read(blind) == []
    for absent in (crew.ben, crew.olu):
        with pytest.raises(NotVisible):
            read(absent)
    _off = make.viewer(guest)
    make.do(
        lambda: services.place_mine(viewer=_off, public_id=kudos, off_wall=False, off_profile=False, off_screen=True)
    )
    assert read(crew.tomas) == []


def test_nothing_shown_is_not_sent(crew: Crew, heard: list[Any]) -> None:
    screen = crew.start()
    viewer = crew.make.viewer(crew.hana)
    with pytest.raises(RuleBroken, match="Nothing was shown"):
        crew.make.do(lambda: meetings.send_round(viewer=viewer, public_id=screen, person_ids=[crew.ben]))
    assert heard == [] and crew.meeting(screen).sent_round_at is None


def test_before_it_goes_round_there_is_nothing_to_read(crew: Crew) -> None:
    kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    screen = crew.start(kudos)
    viewer = crew.make.viewer(crew.hana)
    with pytest.raises(NotVisible):
        crew.make.read(lambda: meetings.shown_in(viewer, screen))


def test_meetings_are_forgotten_after_90_days_with_all_that_hangs_on_them(crew: Crew, app: Flask) -> None:
    crew.wish(crew.tomas, "ask")
    with clock.pinned(clock.now() - timedelta(days=91)):
        kudos = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
        crew.start(kudos)
    kept = crew.start()
    with app.app_context():
        assert duties.forget_screens() is False
    assert crew.count(KudosScreenPick) == crew.count(KudosScreenAnswer) == 0
    assert crew.count(KudosScreen) == crew.count(KudosScreenPerson) == 1
    assert crew.meeting(kept).is_open
    assert crew.count(KudosPerson) == 2  # the thanks themselves stay


def test_reads_cost_the_same_for_one_and_for_many(crew: Crew, app: Flask) -> None:
    def statements(read: Callable[[], object]) -> int:
        seen: list[str] = []
        with app.app_context():
            listener = lambda *args: seen.append(args[2])  # noqa: E731
            sa.event.listen(db.engine, "before_cursor_execute", listener)
            read()
            sa.event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    first = crew.make.kudos(crew.olu, crew.tomas, why=WORDS[0])
    viewer = crew.make.viewer(crew.hana)
    screen = crew.start(first)

    def pages() -> None:
        found = meetings.meeting(viewer, screen)
        meetings.slides_of(viewer, found)
        meetings.offered(found.team, meetings.since(found.team.id, earlier=True))

    few = statements(pages)
    for words in WORDS[1:6]:
        crew.live(crew.olu, screen, crew.make.kudos(crew.olu, crew.ben, why=words))
        crew.live(crew.ben, screen, crew.make.kudos(crew.ben, crew.tomas, crew.hana, why=words))
    assert statements(pages) == few
