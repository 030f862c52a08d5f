"""Asking, being asked, the rounds, the thread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.help import findable, offers, queries, services
from portal.help.models import HelpAsk, HelpAsked
from portal.help.routing import Candidate
from portal.help.services import Question
from portal.moderation import services as moderation
from portal.notifications.models import Notice
from portal.people import services as people
from portal.teams import services as teams
from tests.makers import Make

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)  # a Tuesday
HOW = Question("How do we test screen readers without a laptop?")


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.pinned(NOON):
        yield


def ask(make: Make, asker: int, *able: int, question: Question = HOW, **more: object) -> int:
    """An ask, put to those who are able; its number."""
    candidates = [Candidate(one, 1.0) for one in able]
    viewer = make.viewer(asker)
    public_id = make.do(lambda: services.ask(viewer=viewer, question=question, able=candidates, **more))  # type: ignore[arg-type]
    return make.read(lambda: queries.ask_id_of(viewer, public_id))


def asked(make: Make, ask_id: int) -> list[int]:
    query = sa.select(HelpAsked.person_id).where(HelpAsked.ask_id == ask_id).order_by(HelpAsked.person_id)
    return make.read(lambda: list(db.session.scalars(query)))


def view(make: Make, viewer: Viewer, ask_id: int) -> queries.AskView | None:
    return make.read(lambda: next(iter(queries.views(viewer, [ask_id])), None))


def lists(make: Make, one: int) -> list[int]:
    viewer = make.viewer(one)
    return [found.id for found in make.read(lambda: queries.asks(viewer).items)]


def told(make: Make, person_id: int) -> list[str]:
    query = sa.select(Notice.kind).where(Notice.person_id == person_id).order_by(Notice.id)
    return make.read(lambda: list(db.session.scalars(query)))


def next_round(make: Make, ask_id: int, *able: int) -> list[int]:
    """The worker looks when the next round is due; whom it asked."""
    before = set(asked(make, ask_id))
    at = make.read(lambda: db.session.get_one(HelpAsk, ask_id).next_round_at)
    assert at is not None
    with clock.pinned(at):
        assert make.read(services.due_rounds) == [ask_id]
        make.do(lambda: services.ask_next(ask_id=ask_id, able=[Candidate(one, 1.0) for one in able]))
    return sorted(set(asked(make, ask_id)) - before)


def test_three_are_asked_and_the_asker_learns_how_many(make: Make) -> None:
    maya, *able = [make.member() for _ in range(6)]
    ask_id = ask(make, maya, *able)
    some = asked(make, ask_id)
    assert len(some) == 3 and set(some) <= set(able)
    mine = view(make, make.viewer(maya), ask_id)
    assert mine is not None and mine.asked_count == 3 and mine.is_mine
    assert mine.next_round_at == datetime(2030, 5, 9, 12, 0, tzinfo=UTC)
    assert all(told(make, one) == ["asked"] for one in some)
    other = view(make, make.viewer(able[0]), ask_id)
    assert other is not None and other.asked_count == 0 and other.next_round_at is None
    # Two working days later the others are, at the hour mark; then nobody is left.
    assert len(next_round(make, ask_id, *able)) == 2


def test_a_no_looks_like_a_silence(make: Make) -> None:
    maya, *able = [make.member() for _ in range(4)]
    ask_id = ask(make, maya, *able)
    before = view(make, make.viewer(maya), ask_id)
    for one in able:
        viewer = make.viewer(one)
        make.do(lambda viewer=viewer: services.say_no(viewer=viewer, ask_id=ask_id))
        make.do(lambda viewer=viewer: services.say_no(viewer=viewer, ask_id=ask_id))  # twice is once
        assert told(make, one) == []
    assert view(make, make.viewer(maya), ask_id) == before and told(make, maya) == []
    stranger = make.viewer(make.member())
    with pytest.raises(NotVisible):
        make.do(lambda: services.say_no(viewer=stranger, ask_id=ask_id))


def test_nobody_is_asked_more_than_twice_a_week(make: Make) -> None:
    maya, ben, hana = make.member(), make.member(), make.member()
    viewer = make.viewer(hana)
    make.do(lambda: services.choose_limit(viewer=viewer, a_week=1))
    for number in range(3):
        ask(make, maya, ben, hana, question=Question(f"Who knows about release number {number}?"))
    counts = [
        make.read(lambda one=one: db.session.scalar(sa.select(sa.func.count()).where(HelpAsked.person_id == one)))
        for one in (ben, hana)
    ]
    assert counts == [2, 1]
    make.do(lambda: services.choose_limit(viewer=viewer, a_week=0))
    with clock.pinned(NOON + timedelta(days=8)):
        ask_id = ask(make, maya, ben, hana, question=Question("Who knows about the release after that?"))
        assert asked(make, ask_id) == [ben]
    with pytest.raises(RuleBroken):
        make.do(lambda: services.choose_limit(viewer=viewer, a_week=3))


def test_who_is_never_asked(make: Make) -> None:
    maya, ben, hana, away, gone = [make.member() for _ in range(5)]
    nobody_yet = make.person()
    viewers = {one: make.viewer(one) for one in (maya, hana, away)}
    make.do(lambda: moderation.set_boundary(viewer=viewers[maya], other_id=ben, kind="never"))
    make.do(lambda: moderation.set_boundary(viewer=viewers[hana], other_id=maya, kind="block"))
    make.do(lambda: people.set_away(viewer=viewers[away], until=date(2030, 5, 20)))
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    ask_id = ask(make, maya, ben, hana, away, gone, nobody_yet, maya)
    assert asked(make, ask_id) == []
    mine = view(make, make.viewer(maya), ask_id)
    assert mine is not None and mine.asked_count == 0 and mine.next_round_at is not None


@pytest.mark.parametrize("shown_to", ["everyone", "teams", "asked"])
def test_who_may_see_it(make: Make, shown_to: str) -> None:
    maya, mate, able, stranger = [make.member() for _ in range(4)]
    team = make.project("Lighthouse", maya, mate)
    guest = make.guest()
    ask_id = ask(make, maya, able, question=Question(HOW.question, shown_to=shown_to))
    seen = {one for one in (maya, mate, able, stranger, guest) if view(make, make.viewer(one), ask_id) is not None}
    was_asked = {able} if shown_to != "teams" else set()  # asked are those of the teams alone
    everybody = {maya, mate, able, stranger}
    assert seen == {"everyone": everybody, "teams": {maya, mate}, "asked": {maya} | was_asked}[shown_to] | was_asked
    listed = [one for one in (mate, stranger, guest) if lists(make, one)]
    assert listed == {"everyone": [mate, stranger], "teams": [mate], "asked": []}[shown_to]
    assert team


def test_what_is_closed_stays_for_whoever_wrote_under_it_and_would_see_it(make: Make) -> None:
    maya, mate, other, silent = [make.member() for _ in range(4)]
    guest = make.guest()
    team_id = make.project("Lighthouse", maya, mate, guest)
    asker = make.viewer(maya)
    for shown_to, still in (("everyone", [mate, other]), ("teams", [mate]), ("asked", [])):
        ask_id = ask(make, maya, question=Question(f"How do we test it for {shown_to}?"))
        for one in (mate, other, guest):
            viewer = make.viewer(one)
            make.do(lambda viewer=viewer, ask_id=ask_id: services.write(viewer=viewer, ask_id=ask_id, words="So"))
        words = Question(f"How do we test it for {shown_to}?", shown_to=shown_to)
        make.do(
            lambda ask_id=ask_id, words=words: services.change(viewer=asker, ask_id=ask_id, question=words, version=0)
        )
        make.do(lambda ask_id=ask_id: services.close(viewer=asker, ask_id=ask_id))
        seen = [one for one in (mate, other, silent, guest) if view(make, make.viewer(one), ask_id) is not None]
        assert seen == [*still, *([guest] if still else [])], shown_to
    make.do(lambda: teams.remove_member(viewer=asker, team_id=team_id, person_id=guest))
    left = make.viewer(guest)
    assert make.read(lambda: queries.views(left, list(db.session.scalars(sa.select(HelpAsk.id))))) == []


def test_refusals_keep_nothing(make: Make) -> None:
    maya, ben = make.member(), make.member()
    viewer = make.viewer(maya)
    for field, question in (
        ("question", Question("Why? Why?")),
        ("question", Question("   ")),
        ("question", Question("🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉🎉")),
        ("question", Question("x" * 201)),
        ("details", Question(HOW.question, details="x" * 2_001)),
        ("due_on", Question(HOW.question, due_on=date(2030, 5, 6))),
        ("due_on", Question(HOW.question, due_on=date(2032, 5, 6))),
        ("minutes", Question(HOW.question, minutes=7)),
        ("shown_to", Question(HOW.question, shown_to="all")),
        ("topics", Question(HOW.question, topic_ids=(99,))),
    ):
        with pytest.raises(RuleBroken) as broken:
            make.do(lambda question=question: services.ask(viewer=viewer, question=question))
        assert broken.value.field == field, question
    for to, field in ((maya, "to"), (99_999, "to")):
        with pytest.raises(RuleBroken) as broken:
            make.do(lambda to=to: services.ask(viewer=viewer, question=HOW, to_id=to))
        assert broken.value.field == field
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(HelpAsk.id)))) == 0
    ask(make, maya, question=Question("日本語の資料"))  # few signs say much there
    ask(make, maya, ben)
    with pytest.raises(RuleBroken) as broken:  # the same again, in other signs
        make.do(
            lambda: services.ask(viewer=viewer, question=Question("how do we test screen readers without a LAPTOP"))
        )
    assert broken.value.field == "question"


def test_never_holds_when_one_is_asked_directly_and_the_asker_notices_nothing(make: Make) -> None:
    maya, ben, hana = make.member(), make.member(), make.member()
    viewer = make.viewer(ben)
    make.do(lambda: moderation.set_boundary(viewer=viewer, other_id=maya, kind="never"))
    seen = []
    for number, one in enumerate((ben, hana)):
        ask_id = ask(make, maya, question=Question(f"Who knows about matter number {number}?"), to_id=one)
        found = view(make, make.viewer(maya), ask_id)
        assert found is not None
        seen.append((found.asked_count, found.next_round_at, found.may))
    assert seen[0] == seen[1]
    assert told(make, ben) == [] and told(make, hana) == ["asked"]
    assert make.read(lambda: queries.waiting_for_me(viewer)) == []


def test_what_is_open_again_is_looked_after_again(make: Make) -> None:
    maya, *able = [make.member() for _ in range(6)]
    ask_id = ask(make, maya, *able)
    asker, writer = make.viewer(maya), make.viewer(able[0])
    post = make.do(lambda: services.write(viewer=writer, ask_id=ask_id, words="Like this"))
    make.do(lambda: services.mark_useful(viewer=asker, ask_id=ask_id, post_id=post, useful=True))
    assert make.read(services.due_rounds) == []
    make.do(lambda: services.close(viewer=asker, ask_id=ask_id))
    with pytest.raises(RuleBroken):  # too late
        make.do(lambda: services.write(viewer=writer, ask_id=ask_id, words="And this"))
    make.do(lambda: services.open_again(viewer=asker, ask_id=ask_id))
    assert len(next_round(make, ask_id, *able)) > 0


def test_the_next_round_keeps_its_hour_and_the_day_it_is_needed_by(make: Make) -> None:
    """However late the worker looks; never said, nor done, after the last day; looked after again when that moves."""
    maya, *able = [make.member() for _ in range(9)]
    viewer = make.viewer(maya)

    def due(ask_id: int) -> datetime | None:
        return make.read(lambda: db.session.get_one(HelpAsk, ask_id).next_round_at)

    late = ask(make, maya, *able, question=Question("Who knows about the release?"))
    with clock.pinned(NOON + timedelta(days=2, minutes=3)):
        make.do(lambda: services.ask_next(ask_id=late, able=[Candidate(one, 1.0) for one in able]))
    assert due(late) == datetime(2030, 5, 13, 12, tzinfo=UTC), "an hour later for three minutes"
    short = ask(make, maya, *able, question=replace(HOW, due_on=date(2030, 5, 8)))
    assert due(short) is None
    make.do(
        lambda: services.change(
            viewer=viewer, ask_id=short, question=replace(HOW, due_on=date(2030, 5, 9)), version=0
        )
    )
    assert due(short) == datetime(2030, 5, 9, 12, tzinfo=UTC)
    make.do(
        lambda: services.change(viewer=viewer, ask_id=short, question=replace(HOW, due_on=NOON.date()), version=1)
    )
    assert due(short) is None


def test_the_same_question_is_open_once(make: Make) -> None:
    maya = make.member()
    viewer = make.viewer(maya)
    other = Question("Who knows about the release?")
    first, second = ask(make, maya), ask(make, maya, question=other)
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.change(viewer=viewer, ask_id=second, question=HOW, version=0))
    assert broken.value.field == "question"
    make.do(lambda: services.change(viewer=viewer, ask_id=first, question=HOW, version=0))  # itself
    make.do(lambda: services.close(viewer=viewer, ask_id=first))
    ask(make, maya)
    with pytest.raises(RuleBroken):
        make.do(lambda: services.open_again(viewer=viewer, ask_id=first))


def test_who_asks_by_name_counts_and_what_never_reached_somebody_does_not(make: Make) -> None:
    maya, ben, hana = make.member(), make.member(), make.member()
    owner = make.viewer(hana)
    make.do(lambda: moderation.set_boundary(viewer=owner, other_id=ben, kind="never"))
    later = NOON + timedelta(seconds=1)
    with clock.pinned(later):
        for one in (ben, maya):
            for number in range(2):
                ask(make, one, question=Question(f"Would you look at number {number}?"), to_id=hana)
        assert told(make, hana) == ["asked", "asked"]
        for one in (ben, maya):  # both read the same
            with pytest.raises(RuleBroken) as broken:
                ask(make, one, question=Question("Would you look at the last one?"), to_id=hana)
            assert broken.value.field == "to"
        assert asked(make, ask(make, maya, hana, question=Question("Who knows about the release?"))) == []


def test_an_offer_is_taken_up_by_whom_it_reached_and_a_no_looks_like_a_silence(make: Make) -> None:
    maya, ben, hana = make.member(), make.member(), make.member()
    owner, viewers = make.viewer(hana), [make.viewer(ben), make.viewer(maya)]
    make.do(lambda: moderation.set_boundary(viewer=owner, other_id=ben, kind="never"))
    make.do(lambda: offers.make_offer(viewer=owner, words=offers.Words("Look over any plan")))
    one = make.read(lambda: offers.offers_of(owner, hana)[0].id)

    def free() -> list[bool]:
        return [make.read(lambda viewer=viewer: offers.views(viewer, [one])[0].is_free) for viewer in viewers]

    ask(make, ben, question=Question("Would you look at my plan?"), offer_id=one)
    assert free() == [False, True]
    ask_id = ask(make, maya, question=Question("Would you look at my plan?"), offer_id=one)
    assert free() == [False, False]
    make.do(lambda: services.say_no(viewer=owner, ask_id=ask_id))
    assert free() == [False, False]
    assert make.read(lambda: offers.views(make.viewer(make.member()), [one])[0].is_free)


def test_what_others_lend_from_an_ask_is_for_its_circle(make: Make) -> None:
    """Somebody's open ask in my network, and the question of an answer that search found."""
    maya, hana, stranger = make.member(), make.member(), make.member()
    ask_id = ask(make, maya, hana, question=replace(HOW, shown_to="asked"))
    inside, outside, asker = make.viewer(hana), make.viewer(stranger), make.viewer(maya)
    assert make.read(lambda: list(queries.open_asks_of(inside, [maya]))) == [maya]
    assert make.read(lambda: queries.open_asks_of(outside, [maya])) == {}
    post = make.do(lambda: services.write(viewer=inside, ask_id=ask_id, words="With the one built into the phone."))
    make.do(lambda: services.mark_useful(viewer=asker, ask_id=ask_id, post_id=post, useful=True))
    make.do(lambda: services.let_be_found(viewer=inside, post_id=post, may=True))
    with make.app.test_request_context("/"):
        assert list(findable.why_answers(inside, [post], ())) == [post]
        assert findable.why_answers(outside, [post], ()) == {}
