"""The rules of thanking: whom, with which words, how often, and who may see it. On both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import Babel

from portal.core import clock
from portal.core.auth import EVERYONE, NAMED
from portal.core.db import db, unit_of_work
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.invitations.models import Invitation
from portal.kudos import queries, services, walls
from portal.kudos.models import CompanyValue, Kudos, KudosCheer, KudosPerson, ThanksWish
from portal.kudos.services import A_DAY, Thanks
from portal.moderation.models import Boundary, Pause
from portal.people import services as people
from portal.teams import services as teams
from portal.teams.models import Team
from tests.makers import Make

WHY = "You stayed until every import was green."


@pytest.fixture
def three(make: Make) -> tuple[int, int, int]:
    def come() -> tuple[int, int, int]:
        make.noise(1)
        return make.member("Hana Kim"), make.member("Tomás Rivera"), make.member("Ben Ode")

    return make.once("three", come)


def row_of(make: Make, public_id: str) -> Kudos:
    return make.read(lambda: db.session.scalars(sa.select(Kudos).where(Kudos.public_id == public_id)).one())


def refused(make: Make, giver: int, thanks: Thanks) -> RuleBroken:
    viewer = make.viewer(giver)
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.give_kudos(viewer=viewer, thanks=thanks))
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(KudosPerson))) == 0
    return broken.value


def wish(make: Make, person_id: int, shown: str) -> None:
    make.do(lambda: db.session.add(ThanksWish(person_id=person_id, shown=shown, on_screen="ask")))


def sees(make: Make, person_id: int, public_id: str) -> bool:
    viewer = make.viewer(person_id)
    try:
        return make.read(lambda: queries.kudos_for(viewer, public_id)).public_id == public_id
    except NotVisible:
        return False


def on_wall(make: Make, person_id: int, tab: walls.Tab = "everyone", **narrow: int) -> list[str]:
    viewer = make.viewer(person_id)
    return [one.public_id for one in make.read(lambda: walls.wall(viewer, tab=tab, **narrow)).items]


def test_one_kudos_is_seen_by_everyone_with_all_it_says(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    public_id = make.kudos(hana, tomas, helped_ids=(ben,))
    other = make.member("Olu Other")
    view = make.read(lambda: queries.kudos_for(make.viewer(other), public_id))
    assert view.giver is not None and view.giver.id == hana
    assert [(one.person.id, one.role) for one in view.receivers] == [(tomas, "did"), (ben, "helped")]
    assert view.why_html == f"<p>{WHY}</p>" and view.shown_to == "everyone"
    assert on_wall(make, other) == [public_id]
    assert on_wall(make, tomas, "to-me") == on_wall(make, hana, "from-me") == [public_id]
    assert on_wall(make, hana, "to-me") == on_wall(make, other, "to-me") == []


@pytest.mark.parametrize(
    ("why", "fine"),
    [
        ("Thanks lots", True),
        ("Thank you", False),  # 8 letters
        ("you helped", False),  # 9 letters
        ("you helped1", True),
        ("ありがとう", True),
        ("谢谢你们", True),
        ("谢谢", False),
        ("Дякую всім!", False),
        ("Дякую всім вам", True),
        ("   \n  ", False),
        ("🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉", False),
        ("\u200b\u200d" * 20, False),
        ("!" * 30, False),
        ("a" * 1000, True),
        ("a" * 1001, False),
    ],
)
def test_a_reason_is_some_words(why: str, fine: bool) -> None:
    assert _checked(why) is fine


def _checked(why: str) -> bool:
    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        try:
            services.check_why(why=why)
        except RuleBroken as broken:
            assert broken.field == "why"
            return False
    return True


def test_whom_one_cannot_thank(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    gone = make.member("Gone Person")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    for thanks in (
        Thanks(WHY),
        Thanks(WHY, (hana,)),
        Thanks(WHY, (tomas, hana)),
        Thanks(WHY, (gone,)),
        Thanks(WHY, (tomas, gone)),
        Thanks(WHY, (tomas,), helped_ids=(tomas,)),
        Thanks(WHY, (10**12,)),
    ):
        assert refused(make, hana, thanks).field == "to", thanks
    crowd = tuple(make.person(f"Crowd {number}") for number in range(21))
    assert refused(make, hana, Thanks(WHY, crowd)).field == "to"
    public_id = make.kudos(hana, *crowd[:20])
    assert make.read(lambda: len(queries.kudos_for(make.viewer(ben), public_id).receivers)) == 20


def test_facts_that_are_not_there_are_refused_by_their_field(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three

    def retired() -> int:
        value = CompanyValue(
            slug="old", name="Old", icon="heart", position=1, retired_at=clock.now(), created_at=clock.now()
        )
        db.session.add(value)
        db.session.flush()
        return value.id

    old = make.do(retired)
    for field, more in (
        ("value", {"value_id": 0}),
        ("value", {"value_id": old}),
        ("goal", {"goal_id": 0}),
        ("team", {"team_id": 0}),
        ("audience", {"shown_to": "nobody"}),
        ("team", {"shown_to": "team"}),
    ):
        assert refused(make, hana, Thanks(WHY, (tomas,), **more)).field == field  # type: ignore[arg-type]


def test_the_audience_is_as_each_receiver_likes_it(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    make.project("Lighthouse", hana, tomas, ben)
    other = make.member("Olu Other")
    assert row_of(make, make.kudos(hana, tomas)).audience_id == EVERYONE
    wish(make, tomas, "team")
    among = make.kudos(hana, tomas, why="You asked the one question that mattered.")
    row = row_of(make, among)
    team = make.read(lambda: db.session.scalars(sa.select(Team)).one())
    assert (row.shown_to, row.audience_id, row.team_id) == ("team", team.audience_id, team.id)
    assert sees(make, ben, among) and not sees(make, other, among)
    wish(make, ben, "me")
    private = make.kudos(hana, tomas, ben, why="You two made it look easy.", shown_to="everyone")
    row = row_of(make, private)
    assert (row.shown_to, row.audience_id, row.wall_audience_id) == ("us", NAMED, None)
    assert sees(make, tomas, private) and sees(make, ben, private) and not sees(make, other, private)
    assert private not in on_wall(make, tomas) and private in on_wall(make, tomas, "to-me")
    outside = make.kudos(other, tomas, why="You sent me the right page at once.")
    assert row_of(make, outside).shown_to == "us", "they share no team"


def test_thanks_to_somebody_above_start_as_only_us(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    make.do(lambda: people.set_manager(person_id=hana, manager_id=tomas))
    make.do(lambda: people.set_manager(person_id=tomas, manager_id=ben))
    make.do(lambda: people.set_manager(person_id=ben, manager_id=hana))  # a circle
    assert row_of(make, make.kudos(hana, tomas)).shown_to == "us"
    assert row_of(make, make.kudos(hana, ben)).shown_to == "us"
    opened = make.kudos(hana, ben, why="You opened the door for all of us.", shown_to="everyone")
    assert row_of(make, opened).shown_to == "everyone", "the giver may open it"


def test_a_whole_team_is_thanked_by_its_name(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    team = make.project("Lighthouse", hana, tomas, ben)
    public_id = make.kudos(hana, to_team=True, team_id=team)
    view = make.read(lambda: queries.kudos_for(make.viewer(tomas), public_id))
    assert view.to_team is not None and view.to_team.name == "Lighthouse" and view.receivers == () and view.is_for_me
    assert on_wall(make, ben, "to-me") == [public_id] and on_wall(make, hana, "to-me") == []
    other = make.member("Olu Other")
    small = make.kudos(other, to_team=True, team_id=team, why="Your page is the one I read first.")
    assert on_wall(make, hana, "to-me") == [small]
    alone = make.project("Alone", other)
    assert refused_later(make, other, Thanks(WHY, to_team=True, team_id=alone)) == "to"
    assert refused_later(make, hana, Thanks(WHY, (tomas,), to_team=True, team_id=team)) == "to"
    assert refused_later(make, hana, Thanks(WHY, to_team=True)) == "to"


def refused_later(make: Make, giver: int, thanks: Thanks) -> str:
    viewer = make.viewer(giver)
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.give_kudos(viewer=viewer, thanks=thanks))
    return broken.value.field


def test_a_large_team_is_thanked_whole_by_its_own_people_alone(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    crowd = [make.person(f"Crowd {number}") for number in range(24)]
    team = make.project("Large", tomas, *crowd)
    assert refused(make, hana, Thanks(WHY, to_team=True, team_id=team)).field == "to"
    public_id = make.kudos(tomas, to_team=True, team_id=team)
    kudos_id = row_of(make, public_id).id
    named = sa.select(sa.func.count()).select_from(KudosPerson).where(KudosPerson.kudos_id == kudos_id)
    assert make.read(lambda: db.session.scalar(named)) == 25, "its giver, and everybody else"


def test_whoever_blocked_the_giver_hears_nothing_and_nobody_notices(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    make.do(lambda: db.session.add(Boundary(person_id=tomas, other_id=hana, kind="block", at=clock.now())))
    alone = make.kudos(hana, tomas)
    mine = make.read(lambda: queries.kudos_for(make.viewer(hana), alone))
    assert [one.person.id for one in mine.receivers] == [tomas] and mine.shown_to == "everyone"
    for other in (tomas, ben):
        assert not sees(make, other, alone) and on_wall(make, other) == [] and on_wall(make, other, "to-me") == []
    both = make.kudos(hana, tomas, ben, why="You two made it look easy.")
    assert [one.person.id for one in make.read(lambda: queries.kudos_for(make.viewer(ben), both)).receivers] == [ben]
    seen_by_hana = make.read(lambda: queries.kudos_for(make.viewer(hana), both)).receivers
    assert [one.person.id for one in seen_by_hana] == [tomas, ben]
    assert on_wall(make, tomas, "to-me") == []
    assert make.read(lambda: walls.thanks_for(make.viewer(ben), tomas)) == []


def test_a_guest_thanks_people_of_shared_teams_and_no_wider(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    guest = make.guest("Gita Guest")
    make.project("Lighthouse", hana, tomas, guest)
    assert refused(make, guest, Thanks(WHY, (ben,))).field == "to", "not in the team"
    public_id = make.kudos(guest, tomas, shown_to="everyone")
    assert row_of(make, public_id).shown_to == "team"
    assert sees(make, hana, public_id) and not sees(make, ben, public_id)
    named = make.kudos(hana, guest)
    assert sees(make, guest, named), "it names them"
    assert not sees(make, guest, make.kudos(hana, ben)), "everyone is not a guest's everyone"


def test_who_leaves_the_team_sees_its_thanks_no_more_but_their_own(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    team = make.project("Lighthouse", hana, tomas, ben)
    public_id = make.kudos(hana, tomas, team_id=team, shown_to="team")
    assert sees(make, ben, public_id)
    for one in (ben, tomas):
        viewer = make.viewer(one)
        make.do(lambda viewer=viewer: teams.remove_member(viewer=viewer, team_id=team, person_id=viewer.person_id))
    assert not sees(make, ben, public_id) and sees(make, tomas, public_id)


def test_the_same_words_to_the_same_person_once_a_day(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with clock.pinned(start):
        make.kudos(hana, tomas)
    with clock.pinned(start + timedelta(hours=23)):
        assert refused_later(make, hana, Thanks(WHY, (tomas,))) == "why"
        assert refused_later(make, hana, Thanks(WHY.upper() + "  ", (ben, tomas))) == "why"
        make.kudos(hana, ben)
        make.kudos(ben, tomas)
    with clock.pinned(start + timedelta(hours=25)):
        make.kudos(hana, tomas)


def test_twenty_in_any_24_hours(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    last = ""
    for number in range(A_DAY):
        with clock.pinned(start + timedelta(minutes=number)):
            last = make.kudos(hana, tomas, why=f"You did number {number} of these things.")
    with clock.pinned(start + timedelta(hours=2)):
        viewer = make.viewer(hana)
        make.do(lambda: services.take_back(viewer=viewer, public_id=last))
        assert refused_later(make, hana, Thanks(WHY, (tomas,))) == "", "what was taken back counts"
    with clock.pinned(start + timedelta(hours=24, seconds=30)):
        make.kudos(hana, tomas)


def test_a_pause_is_kept_until_it_is_over(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    until = clock.now() + timedelta(days=7)
    make.do(lambda: db.session.add(Pause(person_id=hana, until=until, why="", by_id=None, at=clock.now())))
    assert refused(make, hana, Thanks(WHY, (tomas,))).field == ""
    with clock.pinned(until + timedelta(seconds=1)):
        make.kudos(hana, tomas)


def test_being_thanked_invites_whoever_has_not_been_here(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    new = make.person("Nora New")
    public_id = make.kudos(hana, tomas, new)
    invited = sa.select(Invitation.person_id, Invitation.withdrawn_at)
    assert make.read(lambda: [tuple(row) for row in db.session.execute(invited)]) == [(new, None)]
    viewer = make.viewer(hana)
    make.do(lambda: services.undo(viewer=viewer, public_id=public_id))
    assert make.read(lambda: db.session.execute(invited).one().withdrawn_at) is not None


# ---- changing and taking back ------------------------------------------------------------------------------


def test_undone_within_the_minute_nothing_is_left(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with clock.pinned(start):
        public_id = make.kudos(hana, tomas, helped_ids=(ben,))
    viewer = make.viewer(hana)
    with clock.pinned(start + timedelta(seconds=59)):
        thanks = make.do(lambda: services.undo(viewer=viewer, public_id=public_id))
    assert (thanks.why, thanks.did_ids, thanks.helped_ids, thanks.shown_to) == (WHY, (tomas,), (ben,), "everyone")
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Kudos))) == 0
    with pytest.raises(NotVisible):
        make.do(lambda: services.undo(viewer=viewer, public_id=public_id))


def test_at_second_61_it_can_only_be_taken_back(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with clock.pinned(start):
        public_id = make.kudos(hana, tomas)
    hers, his = make.viewer(hana), make.viewer(tomas)
    make.do(lambda: services.cheer(viewer=his, public_id=public_id, kind="heart"))
    with clock.pinned(start + timedelta(seconds=61)):
        with pytest.raises(RuleBroken):
            make.do(lambda: services.undo(viewer=hers, public_id=public_id))
        with pytest.raises(NotVisible):
            make.do(lambda: services.take_back(viewer=his, public_id=public_id))
        make.do(lambda: services.take_back(viewer=hers, public_id=public_id))
    row = row_of(make, public_id)
    assert row.why == row.why_html == row.why_key == "" and row.taken_back_at is not None
    for table in (KudosPerson, KudosCheer):
        assert make.read(lambda table=table: db.session.scalar(sa.select(sa.func.count()).select_from(table))) == 0
    assert not any(sees(make, one, public_id) for one in (hana, tomas, ben))
    make.do(lambda: services.take_back(viewer=hers, public_id=public_id))  # again does no harm
    for act in (
        lambda: services.cheer(viewer=his, public_id=public_id, kind="heart"),
        lambda: services.edit_kudos(
            viewer=hers, public_id=public_id, why=WHY, value_id=None, goal_id=None, topic_id=None
        ),
    ):
        with pytest.raises(NotVisible):
            make.do(act)


def test_it_is_changed_within_15_minutes_and_says_so(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with clock.pinned(start):
        public_id = make.kudos(hana, tomas)
    viewer = make.viewer(hana)

    def change(why: str, version: int = 0) -> Callable[[], None]:
        return lambda: services.edit_kudos(
            viewer=viewer, public_id=public_id, why=why, value_id=None, goal_id=None, topic_id=None, version=version
        )

    with clock.pinned(start + timedelta(minutes=14)):
        make.do(change(WHY))
        assert row_of(make, public_id).edited_at is None, "nothing was different"
        make.do(change("You stayed until *all* of it was green."))
        with pytest.raises(ChangedMeanwhile):
            make.do(change("From another tab, another story."))
        with pytest.raises(RuleBroken):
            make.do(change("short", version=1))
    row = row_of(make, public_id)
    assert row.why_html == "<p>You stayed until <em>all</em> of it was green.</p>" and row.edited_at is not None
    with clock.pinned(start + timedelta(minutes=15)), pytest.raises(RuleBroken):
        make.do(change(WHY, version=1))


def test_a_cheer_counts_once_and_never_for_oneself(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    public_id = make.kudos(hana, tomas)
    hers, his = make.viewer(hana), make.viewer(ben)
    for _twice in range(2):
        make.do(lambda: services.cheer(viewer=his, public_id=public_id, kind="celebrate"))
    make.do(lambda: services.cheer(viewer=his, public_id=public_id, kind="heart"))
    for viewer, kind in ((hers, "heart"), (his, "nonsense")):
        with pytest.raises(NotVisible):
            make.do(lambda viewer=viewer, kind=kind: services.cheer(viewer=viewer, public_id=public_id, kind=kind))
    view = make.read(lambda: queries.kudos_for(his, public_id))
    assert {one.kind: ([card.id for card in one.people], one.mine) for one in view.cheers} == {
        "celebrate": ([ben], True), "heart": ([ben], True), "me_too": ([], False),
    }  # fmt: skip
    make.do(lambda: services.uncheer(viewer=his, public_id=public_id, kind="heart"))
    make.do(lambda: services.uncheer(viewer=his, public_id=public_id, kind="heart"))
    assert [one.mine for one in make.read(lambda: queries.kudos_for(his, public_id)).cheers] == [True, False, False]


def test_a_receiver_takes_it_off_wall_and_profile_silently(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    public_id = make.kudos(hana, tomas)
    his, others = make.viewer(tomas), make.viewer(ben)

    def off(wall: bool, profile: bool) -> None:
        make.do(
            lambda: services.place_mine(
                viewer=his, public_id=public_id, off_wall=wall, off_profile=profile, off_screen=False
            )
        )

    assert make.read(lambda: len(walls.thanks_for(others, tomas))) == 1
    off(True, False)
    assert on_wall(make, ben) == on_wall(make, tomas) == []
    assert make.read(lambda: len(walls.thanks_for(others, tomas))) == 1
    off(False, True)
    assert on_wall(make, ben) == [public_id]
    assert make.read(lambda: walls.thanks_for(others, tomas)) == []
    with pytest.raises(NotVisible):
        make.do(
            lambda: services.place_mine(
                viewer=others, public_id=public_id, off_wall=True, off_profile=True, off_screen=True
            )
        )


def test_mentions_become_links_and_leave_with_whom_they_name(make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    public_id = make.kudos(hana, tomas, why="You and @ben-ode made it, @nobody-here helped. Ask ben-ode@example.org.")
    html = row_of(make, public_id).why_html
    assert (
        html.count("<a ") == 2 and 'href="/p/ben-ode"' in html and ">@Ben Ode</a>" in html and "@nobody-here" in html
    )


# ---- two at once -------------------------------------------------------------------------------------------


def at_once(app: Flask, works: list[Callable[[], object]]) -> list[BaseException | object]:
    """All of them in threads of their own that begin together."""
    start = threading.Barrier(len(works))
    answers: list[BaseException | object] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                answers[place] = unit_of_work(work)
            except Exception as error:
                answers[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_the_same_words_from_two_tabs_at_once_are_posted_once(
    app: Flask, make: Make, three: tuple[int, int, int]
) -> None:
    hana, tomas, _ben = three
    viewer, thanks = make.viewer(hana), Thanks(WHY, (tomas,))
    answers = at_once(app, [lambda: services.give_kudos(viewer=viewer, thanks=thanks)] * 4)
    assert sum(isinstance(one, str) for one in answers) == 1
    assert sum(isinstance(one, RuleBroken) for one in answers) == 3, answers


def test_the_limit_of_a_day_holds_for_two_at_once(app: Flask, make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, _ben = three
    for number in range(A_DAY - 1):
        make.kudos(hana, tomas, why=f"You did number {number} of these things.")
    viewer = make.viewer(hana)

    def one_more(letter: str) -> Callable[[], str]:
        thanks = Thanks(f"And this is one more of them, {letter}.", (tomas,))
        return lambda: services.give_kudos(viewer=viewer, thanks=thanks)

    answers = at_once(app, [one_more(letter) for letter in "abcd"])
    assert sum(isinstance(one, str) for one in answers) == 1, answers


def test_a_cheer_sent_twice_at_once_is_one(app: Flask, make: Make, three: tuple[int, int, int]) -> None:
    hana, tomas, ben = three
    public_id = make.kudos(hana, tomas)
    viewer = make.viewer(ben)
    answers = at_once(app, [lambda: services.cheer(viewer=viewer, public_id=public_id, kind="heart")] * 4)
    assert answers == [None] * 4
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(KudosCheer))) == 1


def test_a_kudos_changes_hands_with_equal_numbers_of_statements(make: Make, three: tuple[int, int, int]) -> None:
    """Whatever the number of those thanked: of a few, who were in touch by it, and of many, who were not."""
    hana, tomas, ben = three
    crowd = tuple(make.member(f"Crowd {number}") for number in range(15))

    def statements(*receivers: int) -> int:
        seen: list[str] = []
        viewer, thanks = make.viewer(hana), Thanks(WHY, receivers)
        thanks = replace(thanks, why=f"{WHY} {len(receivers)}")
        with make.app.app_context():
            engine = db.engine
            note = lambda *args: seen.append(args[2])  # noqa: E731
            sa.event.listen(engine, "before_cursor_execute", note)
            try:
                unit_of_work(lambda: services.give_kudos(viewer=viewer, thanks=thanks))
            finally:
                sa.event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    assert statements(tomas) == statements(tomas, ben, *crowd[:2]) >= statements(*crowd[:6]) == statements(*crowd)
