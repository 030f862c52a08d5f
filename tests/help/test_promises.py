"""Promises: what the two do with one, when they are reminded, and that nobody else knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import MAX_ID, db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.help import offers, promises, queries, reminding, rules, services, states
from portal.help.models import MOST_PROMISES, RAISED_AFTER, HelpAsk, HelpPromise, HelpReminder
from portal.help.services import Question
from portal.moderation import services as moderation
from portal.people import services as people
from tests.help.test_services import ask, told
from tests.kudos.test_services import at_once
from tests.makers import Make

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)  # a Tuesday
FRIDAY = date(2030, 5, 10)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.pinned(NOON):
        yield


def promise(make: Make, giver: int, receiver: int, due_on: date = FRIDAY, **more: object) -> int:
    viewer = make.viewer(giver)
    public_id = make.do(
        lambda: promises.make_promise(viewer=viewer, what="Send the notes", due_on=due_on, to_id=receiver, **more)  # type: ignore[arg-type]
    )
    return make.read(lambda: promises.promise_for(viewer, public_id).id)


def due(make: Make, promise_id: int) -> dict[tuple[int, str], datetime]:
    query = sa.select(HelpReminder).where(HelpReminder.promise_id == promise_id, HelpReminder.told_at.is_(None))
    return make.read(lambda: {(row.person_id, row.kind): row.due_at for row in db.session.scalars(query)})


def at(day: int, hour: int) -> datetime:
    return datetime(2030, 5, day, hour, tzinfo=UTC)


def test_both_are_reminded_once_each_on_their_days(make: Make) -> None:
    jonas, maya = make.member(), make.member(place="Auckland", place_time_zone="Pacific/Auckland")
    promise_id = promise(make, jonas, maya)
    # Nine o'clock in Auckland, half a day earlier.
    assert due(make, promise_id) == {
        (jonas, "before"): at(9, 9), (jonas, "day"): at(10, 9),
        (maya, "before"): at(8, 21), (maya, "day"): at(9, 21),
    }  # fmt: skip
    assert told(make, maya) == ["promised"] and told(make, jonas) == []
    for moment in (at(9, 10), at(9, 11), at(10, 10), at(12, 10)):
        with clock.pinned(moment):
            while make.do(promises.remind_next):
                pass
    assert told(make, maya) == ["promised", "promise_before", "promise_day"]
    assert told(make, jonas) == ["promise_before", "promise_day"]
    assert due(make, promise_id) == {}


def test_when_reminders_come() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    weekdays = ("mon", "tue", "wed", "thu", "fri")

    def moments(due_on: date, days: tuple[str, ...] = weekdays, now: datetime = NOON) -> dict[str, str]:
        found = reminding.reminders(due_on, zone=berlin, working_days=days, now=now)
        return {kind: f"{moment.astimezone(berlin):%a %d %H:%M}" for kind, moment in found.items()}

    assert moments(date(2030, 5, 13)) == {"before": "Fri 10 09:00", "day": "Mon 13 09:00"}
    # What falls on a day off comes on the working day before it, and the other one before that.
    assert moments(date(2030, 5, 12)) == {"before": "Thu 09 09:00", "day": "Fri 10 09:00"}
    assert moments(date(2030, 5, 12), ("thu",)) == {"day": "Thu 09 09:00"}  # the one before is over
    assert moments(date(2030, 5, 12), ()) == moments(date(2030, 5, 12))
    assert moments(date(2030, 5, 7)) == {}  # today, after nine
    # The clocks jump on 31 March 2030.
    early = datetime(2030, 3, 28, 12, tzinfo=UTC)
    assert moments(date(2030, 4, 1), now=early) == {"before": "Fri 29 09:00", "day": "Mon 01 09:00"}
    # In Cairo a day may begin at one: nine o'clock is there all the same.
    assert reminding.moment(date(2030, 4, 26), ZoneInfo("Africa/Cairo")) == datetime(2030, 4, 26, 6, tzinfo=UTC)


def look(make: Make, moment: datetime) -> None:
    """The worker looks at the reminders."""
    with clock.pinned(moment):
        while make.do(promises.remind_next):
            pass


def test_who_is_away_is_reminded_the_first_day_that_they_work_again(make: Make) -> None:
    jonas, maya, ben = make.member(), make.member(), make.member()
    monday = date(2030, 5, 13)
    first, second = promise(make, jonas, maya, monday), promise(make, ben, maya, date(2030, 5, 14))
    for one, until in ((jonas, date(2030, 5, 10)), (ben, date(2030, 5, 10)), (maya, date(2030, 5, 20))):
        viewer = make.viewer(one)
        make.do(lambda viewer=viewer, until=until: people.set_away(viewer=viewer, until=until))
    look(make, at(10, 10))
    assert due(make, first)[jonas, "before"] == at(13, 9), "not on the Saturday"
    look(make, at(11, 10)), look(make, at(13, 10)), look(make, at(14, 10))
    assert told(make, jonas) == ["promise_day"], "what would be said on the day itself is that"
    assert told(make, ben) == ["promise_before", "promise_day"] and due(make, second) == {}
    # Back too late: told all the same.
    assert told(make, maya).count("promise_before") == told(make, maya).count("promise_day") == 2


def test_a_worker_that_comes_late_reminds_once(make: Make) -> None:
    jonas, maya = make.member(), make.member()
    promise(make, jonas, maya)
    look(make, at(10, 10))
    assert told(make, jonas) == ["promise_day"] and told(make, maya) == ["promised", "promise_day"]


def test_another_day_by_agreement(make: Make) -> None:
    jonas, maya = make.member(), make.member()
    promise_id = promise(make, jonas, maya)
    giver, receiver = make.viewer(jonas), make.viewer(maya)
    monday = date(2030, 5, 13)
    for to in (FRIDAY, date(2030, 5, 6), None):
        with pytest.raises(RuleBroken) as broken:
            make.do(lambda to=to: promises.propose_move(viewer=giver, promise_id=promise_id, to=to))
        assert broken.value.field == "move_to"
    make.do(lambda: promises.propose_move(viewer=giver, promise_id=promise_id, to=monday))
    assert told(make, maya) == ["promised", "promise_move"]
    version = make.read(lambda: promises.views_of(receiver, [promise_id])[0].version)
    with pytest.raises(ChangedMeanwhile):  # one's own proposal
        make.do(lambda: promises.agree(viewer=giver, promise_id=promise_id, version=version))
    make.do(lambda: promises.propose_move(viewer=giver, promise_id=promise_id, to=date(2030, 5, 14)))
    with pytest.raises(ChangedMeanwhile):  # another day than was agreed to
        make.do(lambda: promises.agree(viewer=receiver, promise_id=promise_id, version=version))
    version = make.read(lambda: promises.views_of(receiver, [promise_id])[0].version)
    make.do(lambda: promises.agree(viewer=receiver, promise_id=promise_id, version=version))
    assert make.read(lambda: promises.views_of(giver, [promise_id])[0].due_on) == date(2030, 5, 14)
    assert due(make, promise_id)[jonas, "day"] == at(14, 9)
    assert told(make, maya) == ["promised"]
    make.do(lambda: promises.propose_move(viewer=receiver, promise_id=promise_id, to=monday))
    with clock.pinned(at(14, 9)):  # too late to agree to that
        seen = make.read(lambda: promises.views_of(giver, [promise_id])[0])
        assert "agree" not in seen.may
        with pytest.raises(RuleBroken):
            make.do(lambda: promises.agree(viewer=giver, promise_id=promise_id, version=seen.version))
    make.do(lambda: promises.keep_day(viewer=giver, promise_id=promise_id))
    assert make.read(lambda: promises.views_of(giver, [promise_id])[0].move_to) is None


def test_done_then_thanks_then_what_came_of_it(make: Make) -> None:
    jonas, maya = make.member(), make.member()
    promise_id = promise(make, jonas, maya)
    giver, receiver = make.viewer(jonas), make.viewer(maya)
    make.do(lambda: promises.done(viewer=giver, promise_id=promise_id))
    assert told(make, maya) == ["promised", "promise_kept"] and due(make, promise_id) == {}
    with pytest.raises(ChangedMeanwhile):
        make.do(lambda: promises.done(viewer=receiver, promise_id=promise_id))
    assert [kind for kind, _one in make.read(lambda: promises.owed(receiver))] == ["thank"]
    make.do(lambda: promises.not_done(viewer=giver, promise_id=promise_id))
    make.do(lambda: promises.done(viewer=receiver, promise_id=promise_id))
    make.do(lambda: promises.settle_thanks(viewer=receiver, promise_id=promise_id))
    assert make.read(lambda: promises.owed(receiver)) == []
    with clock.pinned(NOON + timedelta(days=15)):
        assert [kind for kind, _one in make.read(lambda: promises.owed(receiver))] == ["outcome"]
        with pytest.raises(NotVisible):
            make.do(lambda: promises.tell_outcome(viewer=giver, promise_id=promise_id, outcome="x", shared=True))
        with pytest.raises(RuleBroken):
            make.do(
                lambda: promises.tell_outcome(viewer=receiver, promise_id=promise_id, outcome="x" * 201, shared=True)
            )
        make.do(lambda: promises.tell_outcome(viewer=receiver, promise_id=promise_id, outcome="It ran.", shared=True))
        stranger, guest = make.viewer(make.member()), make.viewer(make.guest())
        assert [one.words for one in make.read(lambda: promises.shared_outcomes(stranger))] == ["It ran."]
        assert make.read(lambda: promises.shared_outcomes(guest)) == []
        assert make.read(lambda: promises.owed(receiver)) == []
        make.do(lambda: promises.not_done(viewer=giver, promise_id=promise_id))
        assert make.read(lambda: promises.shared_outcomes(stranger)) == []
        make.do(lambda: promises.done(viewer=giver, promise_id=promise_id))
    make.do(lambda: promises.tell_outcome(viewer=receiver, promise_id=promise_id, outcome="", shared=True))
    assert make.read(lambda: promises.shared_outcomes(stranger)) == []


def test_nobody_else_sees_it(make: Make) -> None:
    jonas, maya, lead = make.member(), make.member(), make.member()
    make.project("Lighthouse", lead, jonas, maya)
    promise_id = promise(make, jonas, maya)
    public_id = make.read(lambda: db.session.get_one(HelpPromise, promise_id).public_id)
    for viewer in (make.viewer(lead), make.viewer(make.member(role="admin"), "admin"), make.viewer(make.member())):
        with pytest.raises(NotVisible):
            make.read(lambda viewer=viewer: promises.promise_for(viewer, public_id))
        assert make.read(lambda viewer=viewer: promises.promises(viewer).items) == []
        for act in (promises.done, promises.not_done, promises.keep_day):
            with pytest.raises(NotVisible):
                make.do(lambda viewer=viewer, act=act: act(viewer=viewer, promise_id=promise_id))
    mine = make.read(lambda: promises.promises(make.viewer(maya)).items)
    assert [one.public_id for one in mine] == [public_id]


def test_refusals(make: Make) -> None:
    jonas, maya = make.member(), make.member()
    viewer, gone = make.viewer(jonas), make.member()
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    for field, what, on, to in (
        ("what", "", FRIDAY, maya),
        ("what", "\u200b", FRIDAY, maya),
        ("what", "x" * 201, FRIDAY, maya),
        ("due_on", "Notes", None, maya),
        ("due_on", "Notes", date(2030, 5, 6), maya),
        ("due_on", "Notes", date(2031, 5, 10), maya),
        ("to", "Notes", FRIDAY, jonas),
        ("to", "Notes", FRIDAY, gone),
        ("to", "Notes", FRIDAY, 99_999),
    ):
        with pytest.raises(RuleBroken) as broken:
            make.do(
                lambda what=what, on=on, to=to: promises.make_promise(viewer=viewer, what=what, due_on=on, to_id=to)
            )
        assert broken.value.field == field, (what, on, to)
    promise_id = promise(make, jonas, maya)
    with pytest.raises(RuleBroken):
        make.do(lambda: promises.call_off(viewer=viewer, promise_id=promise_id, word=" "))
    make.do(lambda: promises.call_off(viewer=viewer, promise_id=promise_id, word="The notes are lost."))
    assert told(make, maya) == ["promise_off"]
    with pytest.raises(ChangedMeanwhile):
        make.do(lambda: promises.done(viewer=viewer, promise_id=promise_id))


def test_a_promise_on_an_ask_and_back(make: Make) -> None:
    maya, able, other = make.member(), make.member(), make.member()
    ask_id = ask(make, maya, able)
    viewer = make.viewer(able)

    def help_(who: int) -> str:
        seen = make.viewer(who)
        return make.do(lambda: promises.make_promise(viewer=seen, what="Show you", due_on=FRIDAY, ask_id=ask_id))

    first = help_(able)
    row = make.read(lambda: db.session.get_one(HelpAsk, ask_id))
    assert row.next_round_at is None and row.raise_at is None  # somebody is on it
    assert told(make, able) == [] and told(make, maya) == ["promised"]
    with pytest.raises(RuleBroken):  # twice
        help_(able)
    with pytest.raises(NotVisible):  # one's own
        help_(maya)
    # What is promised on one ask says nothing of another.
    elsewhere = ask(make, maya, question=Question("Who knows about the release?"))
    assert make.read(lambda: (rules.has_promise(ask_id), rules.has_promise(elsewhere))) == (True, False)
    make.do(lambda: promises.make_promise(viewer=viewer, what="Show you", due_on=FRIDAY, ask_id=elsewhere))
    help_(other), help_(make.member())
    with pytest.raises(RuleBroken):  # as much help as it can take
        help_(make.member())
    view = make.read(lambda: queries.views(viewer, [ask_id])[0])
    assert view.my_promise == first and "promise" not in view.may
    asker = make.viewer(maya)
    assert len(make.read(lambda: promises.promised_on(asker, ask_id))) == MOST_PROMISES
    for one in make.read(lambda: list(db.session.scalars(sa.select(HelpPromise)))):
        giver = make.viewer(one.giver_id)
        make.do(lambda giver=giver, one=one: promises.call_off(viewer=giver, promise_id=one.id, word="Sorry"))
    row = make.read(lambda: db.session.get_one(HelpAsk, ask_id))
    assert row.next_round_at == datetime(2030, 5, 9, 12, tzinfo=UTC)  # the next ones are asked again
    assert row.raise_at == NOON + RAISED_AFTER


def test_a_block_is_never_noticed(make: Make) -> None:
    maya, ben = make.member(), make.member()
    viewer = make.viewer(ben)
    old = promise(make, ben, maya)
    receiver = make.viewer(maya)
    make.do(lambda: moderation.set_boundary(viewer=receiver, other_id=ben, kind="block"))
    assert make.read(lambda: promises.views_of(viewer, [old])[0].state) == "off"
    assert told(make, ben) == [] and told(make, maya) == []
    ask_id = ask(make, maya, question=Question("Who knows about the release?"))
    make.do(lambda: promises.make_promise(viewer=viewer, what="I do", due_on=FRIDAY, ask_id=ask_id))
    make.do(lambda: services.write(viewer=viewer, ask_id=ask_id, words="Here is how"))
    assert told(make, maya) == []
    assert [one.what for one in make.read(lambda: promises.promises(viewer).items)] == ["I do"]
    assert make.read(lambda: promises.promises(receiver).items) == []
    assert [one.words for one in make.read(lambda: queries.posts(viewer, ask_id).items)] == ["Here is how"]
    for who in (receiver, make.viewer(make.member())):
        assert make.read(lambda who=who: queries.posts(who, ask_id).items) == []
    assert make.read(lambda: rules.has_promise(ask_id)) is False
    assert make.read(lambda: promises.promised_on(receiver, ask_id)) == []
    assert make.read(lambda: queries.page_with(receiver, ask_id, MAX_ID, size=1)) is None


def test_a_leaver_keeps_nobody_waiting(make: Make) -> None:
    maya, ben = make.member(), make.member()
    first, second = promise(make, ben, maya), promise(make, maya, ben)
    ask_id, others = ask(make, ben, maya), ask(make, maya, ben)
    make.do(lambda: people.mark_left(person_id=ben, actor_id=None))
    viewer = make.viewer(maya)
    assert [one.state for one in make.read(lambda: promises.views_of(viewer, [first, second]))] == ["off", "off"]
    assert told(make, maya) == ["promise_off", "promise_off"]
    assert make.read(lambda: db.session.get_one(HelpAsk, ask_id).state) == "closed"
    assert make.read(lambda: db.session.get_one(HelpAsk, others).state) == "open"


def test_old_ones_are_forgotten(make: Make) -> None:
    jonas, maya = make.member(), make.member()
    viewer = make.viewer(jonas)
    old, still = promise(make, jonas, maya), promise(make, jonas, maya)
    make.do(lambda: promises.done(viewer=viewer, promise_id=old))
    with clock.pinned(NOON + timedelta(days=366)):
        make.do(promises.forget_old)
    left = make.read(lambda: list(db.session.scalars(sa.select(HelpPromise.id))))
    assert left == [still]


def test_the_table_is_whole() -> None:
    for table in states.TABLES:
        for step in table.steps:
            assert set(step.by) <= set(table.roles) and set(step.before) <= set(table.states), step
            assert step.after is None or step.after in table.states, step
            assert table.verdict(step.action, state="nowhere", roles=step.by) == "not now"
            assert table.verdict(step.action, state="open", roles=()) == "not theirs"


# ---- two in the same second --------------------------------------------------------------------------------


def test_of_those_who_promise_in_the_same_second_as_many_do_as_it_takes(app: Flask, make: Make) -> None:
    """There is room for one more: one promise is made, the others are told so and may go on otherwise. Whoever
    presses twice at once has promised once."""
    maya, *helpers = (make.member() for _ in range(MOST_PROMISES + 3))
    ask_id = ask(make, maya)

    def of(one: int) -> Callable[[], str]:
        viewer = make.viewer(one)

        def work() -> str:
            with clock.pinned(NOON):  # a thread has a clock of its own
                return promises.make_promise(viewer=viewer, what="I look at it", due_on=FRIDAY, ask_id=ask_id)

        return work

    first, *others = helpers
    twice = at_once(app, [of(first)] * 2)
    assert sorted(type(one).__name__ for one in twice) == ["RuleBroken", "str"]
    assert [one.message for one in twice if isinstance(one, RuleBroken)] == ["You promised to help already."]
    for one in others[: MOST_PROMISES - 2]:
        make.do(of(one))
    late = others[MOST_PROMISES - 2 :]
    answers = at_once(app, [of(one) for one in late])
    assert sum(isinstance(one, str) for one in answers) == 1, answers
    assert {(one.field, one.message) for one in answers if isinstance(one, RuleBroken)} == {
        ("", "This ask has as much help as it can take for now. Thank you.")
    }
    count = sa.select(sa.func.count()).where(HelpPromise.ask_id == ask_id, HelpPromise.state == "open")
    assert make.read(lambda: db.session.scalar(count)) == MOST_PROMISES
    assert told(make, maya).count("promised") == MOST_PROMISES, "one notice for each promise that was made"


def test_an_offer_for_one_is_taken_up_by_one_of_two_at_once(app: Flask, make: Make) -> None:
    jonas, maya, hana = make.member(), make.member(), make.member()
    owner = make.viewer(jonas)
    make.do(lambda: offers.make_offer(viewer=owner, words=offers.Words("Look over any plan")))
    offer_id = make.read(lambda: offers.offers_of(owner, jonas)[0].id)

    def of(one: int) -> Callable[[], str]:
        viewer, question = make.viewer(one), Question(f"Would you look at mine, from {one}?")
        return lambda: services.ask(viewer=viewer, question=question, offer_id=offer_id)

    answers = at_once(app, [of(maya), of(hana)])
    assert sorted(type(one).__name__ for one in answers) == ["RuleBroken", "str"]
    assert told(make, jonas) == ["asked"]


def test_of_done_and_called_off_at_once_it_is_one(app: Flask, make: Make) -> None:
    jonas, maya = make.member(), make.member()
    one = promise(make, jonas, maya)
    giver, receiver = make.viewer(jonas), make.viewer(maya)
    answers = at_once(app, [
        lambda: promises.done(viewer=receiver, promise_id=one),
        lambda: promises.call_off(viewer=giver, promise_id=one, word="I am ill"),
    ])  # fmt: skip
    assert sum(isinstance(answer, ChangedMeanwhile) for answer in answers) == 1, answers
    state = make.read(lambda: db.session.get_one(HelpPromise, one).state)
    assert told(make, maya).count("promise_off") == (state == "off")
