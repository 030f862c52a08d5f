"""Suggestions on pages: made anew, true when they are read, and each person's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import SignIn
from portal.core import clock, settings
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.goals import services as goals
from portal.meet import duties, exporting, learning, met, queries, services, signals
from portal.meet.models import MeetDue, SetAside, Suggestion
from portal.meet.ranking import FAMILIES
from portal.meet.reasons import said
from portal.moderation import services as moderation
from portal.people import services as people
from portal.ties import importing
from portal.ties import services as ties
from tests.makers import Make

MICRO = 1_000_000


def does(make: Make, who: int, what: Any, **given: Any) -> Any:
    viewer = make.viewer(who)
    return make.do(lambda: what(viewer=viewer, **given))


def bring(make: Make, *pairs: tuple[int, int], days_ago: int = 1, at_once: bool = False) -> None:
    """Import contacts, a second apart or all of one moment."""
    found = importing.Contacts(media=["email"])
    for number, (one, other) in enumerate(pairs):
        found.low.append(min(one, other))
        found.high.append(max(one, other))
        found.at.append((int(clock.ago(days=days_ago).timestamp()) - number * (not at_once)) * MICRO)
        found.medium.append(0)
    make.read(lambda: importing.write(found))


def suggested(make: Make, who: int) -> list[int]:
    return [one.person_id for one in make.read(lambda: queries.suggestions(make.viewer(who), 20))]


def refresh(make: Make) -> None:
    make.read(services.refresh)


@pytest.fixture
def office(make: Make) -> list[int]:
    """Six with an account, in two departments; one without, a guest and a leaver. The first has signed in."""
    rows = "id,name,email,department\n" + "".join(
        f"x{one},Person {one},x{one}@example.org,{'Data' if one % 2 else 'Design'}\n" for one in range(8)
    )
    make.staff_list(rows)
    ids = make.read(lambda: list(db.session.scalars(sa.select(people.Person.id).order_by(people.Person.id))))
    for one in (*ids[:6], ids[7]):
        make.account(one)
    make.guest("Gil Guest")
    make.do(lambda: people.mark_left(person_id=ids[7], actor_id=None))
    make.do(lambda: db.session.add(SignIn(
        person_id=ids[0], key_hash="x", device="", started_at=clock.now(), last_used_at=clock.now(),
    )))  # fmt: skip
    return ids


def test_whom_to_meet_and_what_takes_somebody_out(make: Make, office: list[int]) -> None:
    me, bo, cy, dee, eve, fay, *_rest = office
    make.project("Harbour", me, *office[1:7])
    refresh(make)
    assert set(suggested(make, me)) == {bo, cy, dee, eve, fay}, "no guest, no leaver, nobody without an account"
    does(make, bo, moderation.set_boundary, other_id=me, kind="never")
    does(make, me, services.not_now, other_id=cy)
    does(make, dee, ties.say_known, other_ids=[me])
    make.kudos(eve, me)
    assert suggested(make, me) == [fay], "before anything is made anew"
    found = make.read(lambda: signals.load(clock.now(), with_imported=False))
    never = {found.ids[one] for some in (found.world.tied, found.world.apart) for one in some[found.numbers[me]]}
    assert never == {bo, cy, dee}, "nor is anybody looked for who is not to be shown"
    refresh(make)
    assert suggested(make, me) == [fay] and me not in suggested(make, bo)
    make.do(lambda: people.mark_left(person_id=fay, actor_id=None))
    assert suggested(make, me) == []
    with clock.pinned(clock.now() + timedelta(days=91)):
        make.read(duties.refresh)
        assert suggested(make, me) == [cy]
        assert make.read(lambda: db.session.scalars(sa.select(SetAside)).all()) == []
    for one in (cy, dee):
        does(make, me, services.not_now, other_id=one)
    does(make, me, services.take_back_not_now, other_id=cy)
    assert make.read(lambda: queries.set_aside_by(make.viewer(me))) == {dee}
    for nobody in (fay, 10**9):
        with pytest.raises(NotVisible):
            does(make, me, services.not_now, other_id=nobody)


def test_the_new_ones_of_a_week_stay_for_the_week(make: Make, office: list[int]) -> None:
    me = office[0]
    others = [make.member(f"Other {one}", department=f"Room {one % 3}") for one in range(14)]
    make.project("Harbour", me, *others[:8])

    def six() -> list[int]:
        return [one.person_id for one in make.read(lambda: queries.suggestions(make.viewer(me)))]

    monday = clock.now() - timedelta(days=clock.today().weekday(), minutes=1) + timedelta(weeks=1, minutes=2)
    with clock.pinned(monday):
        refresh(make)
        first = six()
    make.project("Dock", me, *others[8:])
    for one in others[8:]:
        make.claim(one, "Maps")
    make.claim(me, "Maps", level="learning")
    with clock.pinned(monday + timedelta(days=4)):
        refresh(make)
        assert six() == first and len(first) == queries.NEW_ONES
        # A place is free, and who comes in takes it; the others stay, in their order.
        does(make, me, services.not_now, other_id=first[2])
        shown = six()
        refresh(make)
        assert six() == shown and [one for one in shown if one in first] == first[:2] + first[3:]
    with clock.pinned(monday + timedelta(days=7)):
        refresh(make)
        fresh = six()
        assert set(fresh) & set(others[8:])
        does(make, me, services.choose_signals, off=["topics"])
        refresh(make)
        assert set(six()) != set(), "what is looked at changed, so the week begins anew"


def test_imported_contacts_order_only_where_they_may(make: Make, office: list[int]) -> None:
    me, bo, cy, *_rest = office
    bring(make, (me, bo), (bo, cy))
    refresh(make)
    assert suggested(make, me) == []
    make.do(lambda: ties.let_contacts_order(order=True))
    refresh(make)
    assert suggested(make, me)[0] == cy and bo not in suggested(make, me)
    does(make, me, services.choose_signals, off=FAMILIES)
    assert make.read(lambda: set(queries.my_signals(make.viewer(me)).values())) == {False}
    refresh(make)
    assert suggested(make, me) == []
    with pytest.raises(RuleBroken):
        does(make, me, services.choose_signals, off=["horoscope"])


def test_who_was_written_to_at_the_same_moment_is_read_from_what_came_in(make: Make, office: list[int]) -> None:
    me, bo, cy, dee, eve, *_rest = office
    now = clock.now()
    bring(make, (me, bo), (cy, me), (eve, dee), at_once=True)
    bring(make, (me, dee), (me, eve), days_ago=2)
    for with_imported, expected in ((True, {(bo, cy), (cy, bo)}), (False, set())):
        found = make.read(lambda it=with_imported: signals.load(now, with_imported=it))
        ids, together = found.ids, found.world.together
        pairs = {(ids[one], ids[other]) for one in range(len(ids)) for other in together.others(one)}
        assert pairs == expected


def test_whoever_something_changed_for_is_made_anew_by_and_by(make: Make, office: list[int]) -> None:
    me, bo, *_rest = office
    make.project("Harbour", me, bo)
    assert make.read(duties.refresh_due) is True, "at once, for who has none"
    assert suggested(make, me) == [bo] and suggested(make, bo) == [me]
    assert make.read(duties.refresh_due) is False
    make.project("Dock", me, office[6])
    assert make.read(duties.refresh_due) is False, "who has not come in yet looks at nothing"
    make.kudos(me, office[2])
    assert make.read(lambda: set(db.session.scalars(sa.select(MeetDue.person_id)))) == {me, office[2], office[6]}
    refresh(make)
    make.kudos(me, bo)
    assert make.read(duties.refresh_due) is False, "soon"
    with clock.pinned(clock.now() + services.WAITS_FOR):
        assert make.read(duties.refresh_due) is True
    others = sa.select(Suggestion.other_id).where(Suggestion.person_id == me)
    assert make.read(lambda: set(db.session.scalars(others))) == set(office[3:6])
    does(make, bo, services.choose_signals, off=FAMILIES)
    guest = make.guest("Gus Guest")
    make.account(guest)
    make.do(lambda: services.note_due(person_ids=[guest]))
    assert make.read(duties.refresh_due) is False, "who never has any is no reason to hurry"


@pytest.mark.parametrize("do", [services.refresh, services.refresh_due])
def test_what_changes_while_they_are_made_is_due_once_more(
    make: Make, office: list[int], monkeypatch: pytest.MonkeyPatch, do: Any
) -> None:
    me, bo, *_rest = office
    make.do(lambda: services.note_due(person_ids=[me, bo]))

    def load(*given: Any, **named: Any) -> signals.Everybody:
        found = signals.load(*given, **named)
        unit_of_work(lambda: services.note_due(person_ids=[me]))
        return found

    monkeypatch.setattr(services, "load", load)
    make.read(do)
    due = make.read(lambda: db.session.execute(sa.select(MeetDue.person_id, MeetDue.since)).tuples().all())
    assert [one for one, _since in due] == [me] and due[0][1] > services.TAKEN
    # Stopped half way, it is done again, and soon.
    monkeypatch.setattr(services, "load", lambda *_given, **_named: 1 / 0)
    with clock.pinned(clock.now() + services.WAITS_FOR), pytest.raises(ZeroDivisionError):
        make.read(do)
    monkeypatch.undo()
    assert make.read(services.refresh_due) is True and make.read(services.refresh_due) is False


def words(make: Make, who: int, others: list[int]) -> dict[int, list[str]]:
    """What somebody reads about these."""
    found = make.read(lambda: queries.reasons(make.viewer(who), others))
    with make.app.test_request_context("/"):
        return {one: [said(reason) for reason in its] for one, its in found.items()}


def test_contacts_of_two_others_change_no_word(make: Make, office: list[int]) -> None:
    me, bo, cy, dee, *_rest = office
    make.project("Harbour", me, bo)
    make.do(lambda: ties.let_contacts_order(order=True))
    before = words(make, me, [bo, cy, dee])
    assert before[bo][0] == "is in Harbour with you" and before[cy] == ["is in your department: Design"]
    bring(make, (bo, cy), (cy, dee), (bo, dee), (me, dee))
    does(make, bo, ties.say_we_talked, other_id=cy)
    make.kudos(bo, cy, shown_to="us")
    refresh(make)
    assert words(make, me, [bo, cy, dee]) == before
    by_others = {one.person_id: one.reasons for one in make.read(lambda: queries.suggestions(make.viewer(me)))}
    assert make.read(lambda: queries.reasons(make.viewer(me), list(by_others))) == by_others


def test_a_reason_is_what_its_reader_may_open(make: Make, office: list[int]) -> None:
    me, bo, cy, *_rest = office
    make.claim(bo, "Rust")
    make.claim(me, "Rust", level="learning")
    make.intro(me, working_on="the carillon export")
    make.intro(bo, working_on="a carillon for everyone")
    make.intro(cy, working_on="another carillon", shown_to="teams")
    assert words(make, me, [bo])[bo][:2] == [
        "can be asked about Rust, which you are learning", "works on something like it: “carillon”",
    ]  # fmt: skip
    assert words(make, me, [cy])[cy] == ["is in your department: Design"], "their line is for their teams"
    guest, boss = make.guest("Gus Guest"), make.viewer(bo, "admin")
    assert words(make, guest, [bo]) == {}
    goal = make.do(lambda: goals.add_goal(viewer=boss, words=goals.Words("Save paper")))
    make.project("Harbour", bo, guest, cy, goal_id=goal)
    assert "works towards the same goal: Save paper" in words(make, cy, [bo])[bo]
    assert words(make, guest, [bo])[bo] == ["is in Harbour with you", "works in another department: Data"]


def test_weights_that_were_learned_are_used_until_they_are_forgotten(make: Make, office: list[int]) -> None:
    def weights() -> dict[str, float]:
        return dict(make.read(lambda: signals.load(clock.now(), with_imported=False).world.weights))

    found = make.read(lambda: services.learn_weights(as_of=clock.now()))
    assert not found.is_better and weights() == learning.plain_weights()
    make.do(lambda: settings.put(signals.WEIGHTS, {"teams": 2.0}))
    assert weights() == {**learning.plain_weights(), "teams": 2.0}
    make.read(services.forget_weights)
    assert weights() == learning.plain_weights()


def test_whom_somebody_wrote_to_is_learned_from_as_well(make: Make, office: list[int]) -> None:
    me, bo, cy, *_rest = office
    with clock.pinned(clock.ago(days=80)):
        make.kudos(me, bo)
        make.kudos(bo, cy)
    assert make.read(lambda: services.learn_weights(as_of=clock.now())).people == 0
    with clock.pinned(clock.ago(days=5)):
        does(make, me, met.say_hello_was_sent, other_id=cy, medium="hello")
    assert make.read(lambda: services.learn_weights(as_of=clock.now())).people == 1
    assert make.read(lambda: services.learn_weights(as_of=clock.ago(days=6))).people == 0, "that came later"


def test_the_export_counts_only_what_had_happened(app: Flask, make: Make) -> None:
    make.staff_list("id,name,department\na,Ada A,One\nb,Bo B,Two\nc,Cy C,Two\nd,Dee D,One\n")
    ids = make.read(lambda: signals.load(clock.now(), with_imported=True).ids)
    bring(make, (ids[0], ids[1]), (ids[1], ids[2]), days_ago=50)
    bring(make, (ids[0], ids[2]), (ids[2], ids[3]), days_ago=10)

    def export(days_ago: int) -> dict[str, list[str]]:
        def work() -> dict[str, list[str]]:
            found = exporting.exported(clock.ago(days=days_ago), most=10, new_only=True)
            return {person: [line.suggested for line in lines] for person, lines in found}

        return make.read(work)

    assert export(60) == {}
    then = export(30)
    assert set(then) == {"a", "b", "c"} and then["a"][0] == "c" and "b" not in then["a"]
    now = export(0)
    assert set(now) == {"a", "b", "c", "d"} and now["a"][0] == "d" and not {"b", "c"} & set(now["a"])
    # Why does not name what came later, either.
    make.project("Harbour", ids[0], ids[2])
    viewer = make.viewer(ids[0])

    def why(as_of: datetime | None = None) -> list[str]:
        return make.read(lambda: [one.kind for one in queries.reasons(viewer, [ids[2]], as_of=as_of)[ids[2]]])

    assert "team" in why() and "team" not in why(clock.ago(days=30))
