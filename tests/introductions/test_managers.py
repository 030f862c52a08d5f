"""Asking a manager whom to meet: names become introductions and a signal, and everything else ends kindly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import SignIn
from portal.core import clock, personal
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.introductions import duties, managers, queries, services
from portal.introductions.models import ASK_LASTS, ManagerAsk
from portal.meet import queries as meet
from portal.meet import services as meeting
from portal.meet import signals
from portal.meet.ranking import FAMILIES, order, signals_of
from portal.meet.reasons import said
from portal.moderation import services as moderation
from portal.people import services as people
from portal.people.models import Person
from tests.makers import Make

from .test_services import at_once, bring, does, looks, says, side, told

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)


@pytest.fixture
def staff(make: Make) -> list[int]:
    """Ann reports to Mia; Bo, Cy and Di do their own work."""
    them = [make.member(name, department=f"Room {name[0]}") for name in
            ("Ann Adler", "Mia Moss", "Bo Brown", "Cy Clark", "Di Dorn")]  # fmt: skip
    reports_to(make, them[0], them[1])
    return them


def reports_to(make: Make, person_id: int, manager_id: int | None) -> None:
    make.do(lambda: people.set_manager(person_id=person_id, manager_id=manager_id))


def asks(make: Make, who: int, line: str = "") -> str:
    return str(does(make, who, managers.ask, line=line))


def names(make: Make, who: int, public_id: str, *named: tuple[int, str]) -> None:
    some = [(number, person_id, why) for number, (person_id, why) in enumerate(named, start=1)]
    does(make, who, managers.name_people, public_id=public_id, named=some)


def why(make: Make, who: int, other: int) -> str:
    """What says most for meeting somebody."""
    return make.read(lambda: meet.reasons(make.viewer(who), [other]))[other][0].kind


def stands(make: Make, who: int) -> str | None:
    found = make.read(lambda: queries.my_ask(make.viewer(who)))
    return found.looks if found else None


def put_to(make: Make, who: int) -> list[int]:
    return [one.asker.id for one in make.read(lambda: queries.asks_of_me(make.viewer(who)))]


def test_each_name_is_an_introduction_that_the_asker_said_yes_to(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, di = staff
    this = asks(make, ann, "Somebody who has moved a team.")
    assert put_to(make, mia) == [ann] and told(make, mia) == ["Ann asks you whom to meet"]
    assert stands(make, ann) == "waiting"
    names(make, mia, this, (bo, "Moved two teams."), (cy, "Knows the new product."))
    assert put_to(make, mia) == [] and told(make, mia) == [] and stands(make, ann) == "named"
    assert side(make, ann) == [(cy, "agreed"), (bo, "agreed")]
    assert told(make, ann) == ["Mia thinks you should meet Bo Brown and Cy Clark"]
    (mine,) = make.read(lambda: queries.my_sides(make.viewer(bo)))
    assert (mine.other.id, mine.line, mine.by_my_manager) == (ann, "Moved two teams.", False)
    assert all(one.by_my_manager for one in make.read(lambda: queries.my_sides(make.viewer(ann))))
    first, last = (one.public_id for one in reversed(looks(make, mia)))
    assert says(make, bo, first) is True and side(make, ann) == [(cy, "agreed"), (bo, "made")]
    assert "You and Bo Brown: both said yes, as Mia thought" in told(make, ann)
    says(make, cy, last, yes=False)
    assert side(make, ann)[0] == (cy, "agreed") and looks(make, mia)[0].state == "waiting", "a no is a silence"
    with pytest.raises(RuleBroken, match="Once in 30 days"):
        asks(make, ann)
    with pytest.raises(NotVisible):
        names(make, mia, this, (di, "Once more."))
    with clock.pinned(clock.now() + timedelta(days=31)):
        asks(make, ann)
        assert put_to(make, mia) == [ann]


def test_what_a_manager_may_not_name_is_said(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, di = staff
    guest, absent = make.guest("Gus Guest"), make.person("Ed Elm")
    this = asks(make, ann)

    def refused(field: str, words: str, *named: tuple[int, str], by: int = mia) -> None:
        with pytest.raises(RuleBroken, match=words) as broken:
            names(make, by, this, *named)
        assert broken.value.field == field

    refused("name_1", "one to three")
    refused("name_1", "one to three", *((one, "x") for one in (bo, cy, di, guest)))
    refused("name_1", "That is you", (mia, "x"))
    refused("name_1", "the one who asks", (ann, "x"))
    refused("name_2", "same person", (bo, "x"), (bo, "y"))
    refused("name_2", "is a guest", (bo, "x"), (guest, "y"))
    refused("name_1", "not been here", (absent, "x"))
    refused("reason_1", "why", (bo, " "))
    for other in (bo, ann):
        with pytest.raises(NotVisible):
            names(make, other, this, (cy, "x"))
    assert side(make, bo) == [] and stands(make, ann) == "waiting", "nothing of it is kept"
    bring(make, mia, ann, bo)
    refused("name_1", "You brought these two together", (bo, "x"))


def test_no_manager_a_guest_and_somebody_away_are_said_in_plain_words(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, _di = staff

    def trouble() -> str | None:
        return make.read(lambda: queries.my_manager(make.viewer(ann)).trouble)

    def change(person_id: int, **values: Any) -> None:
        make.do(lambda: db.session.execute(sa.update(Person).where(Person.id == person_id).values(**values)))

    reports_to(make, ann, None)
    assert trouble() == "nobody"
    with pytest.raises(RuleBroken, match="not possible"):
        asks(make, ann)
    change(ann, manager_id=ann)
    assert trouble() == "nobody"
    reports_to(make, ann, make.guest("Gus Guest"))
    assert trouble() == "guest"
    reports_to(make, ann, make.person("Ed Elm"))
    assert trouble() == "not here"
    reports_to(make, ann, mia)
    boss = make.viewer(mia)
    with clock.pinned(NOON):
        make.do(lambda: people.set_away(viewer=boss, until=NOON.date() + timedelta(days=12), stand_in_id=None))
        assert trouble() == "away"
        make.do(lambda: people.set_away(viewer=boss, until=NOON.date() + timedelta(days=4), stand_in_id=None))
        assert trouble() is None
        asks(make, ann)
        ends = make.read(lambda: db.session.scalars(sa.select(ManagerAsk.ends_at)).one())
        assert ends == datetime(2030, 5, 12, tzinfo=UTC) + ASK_LASTS, "ten days from when she is back"
    make.do(lambda: people.mark_left(person_id=mia, actor_id=None))
    assert trouble() == "nobody" and stands(make, ann) == "quiet" and len(told(make, ann)) == 1
    with clock.pinned(NOON):
        reports_to(make, ann, bo)
        asks(make, ann)  # a new manager can be asked at once
        reports_to(make, ann, cy)
        with pytest.raises(RuleBroken, match="Once in 30 days"):
            asks(make, ann)  # the one before may still name somebody
    guest = make.guest("Gil Guest")
    with pytest.raises(NotVisible):
        asks(make, guest)
    assert stands(make, bo) is None


def test_three_names_are_taken_and_stay_when_the_manager_leaves(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, di = staff
    names(make, mia, asks(make, ann), (bo, "Moved two teams."), (cy, "Knows the law."), (di, "Paints."))
    assert sorted(one for one, _stand in side(make, ann)) == [bo, cy, di]
    make.do(lambda: people.mark_left(person_id=mia, actor_id=None))
    assert make.read(lambda: db.session.scalars(sa.select(ManagerAsk.state)).one()) == "answered"


def test_an_ask_ends_after_ten_days_and_not_before(make: Make, staff: list[int]) -> None:
    ann, mia, *_rest = staff
    with clock.pinned(NOON):
        asks(make, ann)
    for left, there in ((timedelta(hours=1), [ann]), (timedelta(0), [])):
        with clock.pinned(NOON + ASK_LASTS - left):
            make.read(duties.end_manager_asks)
            assert put_to(make, mia) == there


def test_what_is_long_answered_is_forgotten_and_nothing_sooner(make: Make, staff: list[int]) -> None:
    ann, mia, bo, _cy, _di = staff
    with clock.pinned(NOON):
        names(make, mia, asks(make, ann), (bo, "Moved two teams."))
        does(make, bo, services.answer, public_id=looks(make, mia)[0].public_id, yes=True)
        kept = make.read(lambda: personal.days_of("introductions"))
    for days, is_there in ((kept - 1, True), (kept + 1, False)):
        with clock.pinned(NOON + timedelta(days=days)):
            make.read(duties.forget_introductions)
            assert (stands(make, ann) == "named", looks(make, mia) != []) == (is_there, is_there)


def test_who_leaves_or_becomes_a_guest_asks_nobody_any_more(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, di = staff

    def becomes(who: int, kind: str) -> None:
        until = clock.today() + timedelta(days=30) if kind == "guest" else None
        make.do(lambda: people.change_kind(person_id=who, kind=kind, actor_id=di, ends_on=until))

    reports_to(make, bo, cy)
    asks(make, ann)
    asks(make, bo)
    becomes(mia, "guest")
    assert stands(make, ann) == "quiet" and put_to(make, cy) == [bo], "nobody else's ends by that"
    becomes(bo, "guest")
    becomes(bo, "member")
    assert put_to(make, cy) == []
    this = asks(make, bo)
    make.do(lambda: people.mark_left(person_id=bo, actor_id=None))
    assert put_to(make, cy) == []
    for nothing in (
        lambda: asks(make, bo),
        lambda: bring(make, bo, ann, cy),
        lambda: names(make, cy, this, (ann, "x")),
    ):
        with pytest.raises(NotVisible):
            nothing()


def test_silence_a_pass_a_never_and_names_out_of_reach_look_the_same(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, _di = staff
    seen = []
    does(make, cy, moderation.set_boundary, other_id=ann, kind="never")
    for turn in range(4):
        with clock.pinned(NOON + turn * timedelta(days=100)):
            if turn == 3:
                does(make, mia, moderation.set_boundary, other_id=ann, kind="block")
            this = asks(make, ann)
            assert put_to(make, mia) == ([] if turn == 3 else [ann])
            if turn == 1:
                does(make, mia, managers.pass_on, public_id=this)
            if turn == 2:
                names(make, mia, this, (cy, "Who never wants to meet Ann."))
                assert looks(make, mia)[0].state == "waiting"
            assert put_to(make, mia) == ([ann] if turn == 0 else [])
            before = stands(make, ann), side(make, ann), told(make, ann)
        with clock.pinned(NOON + turn * timedelta(days=100) + ASK_LASTS):
            unasked = stands(make, ann)
            make.read(duties.end_manager_asks)
            seen.append((before, unasked, stands(make, ann), told(make, ann)[0], told(make, mia)))
        with clock.pinned(NOON + turn * timedelta(days=100) + timedelta(days=50)):
            make.read(duties.end_introductions)
            make.do(lambda: db.session.execute(sa.text("DELETE FROM notice")))
    assert all(one == seen[0] for one in seen)
    assert seen[0][:3] == (("waiting", [], []), "quiet", "quiet") and "Nobody was named this time" in seen[0][3]
    assert make.read(lambda: meet.reasons(make.viewer(ann), [cy]))[cy][0].kind != "manager", "of nobody out of reach"
    assert bo


def test_circles_two_at_once_and_second_thoughts(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, _di = staff
    reports_to(make, mia, bo)
    reports_to(make, bo, ann)
    circle = [asks(make, who) for who in (ann, mia, bo)]
    assert (put_to(make, mia), put_to(make, bo), put_to(make, ann)) == ([ann], [mia], [bo])
    for who, this, other in ((mia, circle[0], bo), (bo, circle[1], ann), (ann, circle[2], mia)):
        names(make, who, this, (other, "We three."))
    assert {stands(make, who) for who in (ann, mia, bo)} == {"named"}
    assert side(make, bo) == [(mia, "agreed"), (ann, "asked")]
    reports_to(make, cy, mia)
    came = at_once(*[lambda: asks(make, cy)] * 3)
    assert came.count(RuleBroken) == 2 and put_to(make, mia) == [cy]
    this = next(one for one in came if isinstance(one, str))
    with pytest.raises(NotVisible):
        does(make, ann, managers.take_back, public_id=this)
    does(make, cy, managers.take_back, public_id=this)
    assert put_to(make, mia) == [] and told(make, mia)[0] != "Cy asks you whom to meet" and stands(make, cy) is None
    asks(make, cy)
    make.do(lambda: people.mark_left(person_id=cy, actor_id=None))
    assert put_to(make, mia) == []


def test_names_order_whom_to_meet_for_the_asker_alone(make: Make, staff: list[int]) -> None:
    ann, mia, bo, cy, di = staff
    extra = [make.member(f"Extra {number}", department="Hall") for number in range(6)]
    make.do(lambda: db.session.add(SignIn(
        person_id=ann, key_hash="x", device="", started_at=clock.now(), last_used_at=clock.now(),
    )))  # fmt: skip
    make.project("Harbour", ann, bo, *extra)

    def lists() -> list[Any]:
        def work() -> list[Any]:
            world = signals.load(clock.now(), with_imported=False).world
            return [order(world, person) for person in range(len(world.department))]

        return make.read(work)

    before = lists()
    names(make, mia, asks(make, ann), (cy, "You two would get on."))
    later = lists()
    assert [one for one in range(len(before)) if before[one] != later[one]] == [0], "nobody else's list changes"
    make.read(meeting.refresh)
    first = make.read(lambda: meet.suggestions(make.viewer(ann)))[0]
    assert first.person_id == cy and first.reasons[0].kind == "manager"
    with make.app.test_request_context("/"):
        assert said(first.reasons[0]) == "your manager thinks you should meet"
    assert {why(make, who, other) for who, other in ((cy, ann), (mia, cy), (di, cy))} == {"elsewhere"}
    does(make, ann, meeting.choose_signals, off=["manager"])
    world = make.read(lambda: signals.load(clock.now(), with_imported=False).world)
    assert "manager" in FAMILIES and "manager" not in signals_of(world, 0) and world.named == {0: {3}}
    reports_to(make, ann, di)
    assert make.read(lambda: queries.named_by_managers(clock.now())) == [], "it was their manager, and is no longer"
