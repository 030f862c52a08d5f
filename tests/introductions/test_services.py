"""Two brought together: both say yes first, a no looks like a silence to everybody, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.introductions import duties, queries, services
from portal.introductions.models import LASTS, MOST_OPEN, MOST_WAITING, Introduction, IntroductionSide
from portal.meet.models import SetAside
from portal.moderation import services as moderation
from portal.notifications.queries import notices
from portal.people import erasing, merging
from portal.people import services as people
from portal.people.exporting import tables_of
from portal.teams import services as teams
from portal.ties.models import Contact
from portal.ties.queries import i_know, my_tie_with
from tests.makers import Make

NOON = datetime(2030, 5, 7, 12, 0, tzinfo=UTC)


@pytest.fixture
def four(make: Make) -> list[int]:
    return [make.member(name) for name in ("Ann Adler", "Bo Brown", "Cy Clark", "Di Dorn")]


def does(make: Make, who: int, what: Any, **given: Any) -> Any:
    viewer = make.viewer(who)
    return make.do(lambda: what(viewer=viewer, **given))


def bring(make: Make, by: int, one: int, other: int, lines: tuple[str, str] = ("Meet Cy.", "Meet Bo.")) -> str:
    return str(does(make, by, services.propose, one_id=one, other_id=other, line_one=lines[0], line_other=lines[1]))


def says(make: Make, who: int, public_id: str, yes: bool = True) -> bool:
    return bool(does(make, who, services.answer, public_id=public_id, yes=yes))


def side(make: Make, who: int) -> list[tuple[int, str]]:
    """Whom somebody sees on their page, and how it stands."""
    return [(one.other.id, one.stands) for one in make.read(lambda: queries.my_sides(make.viewer(who)))]


def told(make: Make, who: int) -> list[str]:
    """The lines of somebody's notices, the newest first."""

    def work() -> list[str]:
        with make.app.test_request_context("/"):
            return [one.words for one in notices(make.viewer(who)).items]

    return make.read(work)


def looks(make: Make, who: int) -> list[Any]:
    """Everything that the introducer sees."""
    return make.read(lambda: queries.brought(make.viewer(who)).items)


def test_both_say_yes_and_are_brought_together(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    this = bring(make, ann, bo, cy)
    assert side(make, bo) == [(cy, "asked")] and side(make, cy) == [(bo, "asked")] and side(make, di) == []
    assert told(make, bo) == ["Ann would like to bring you together with Cy Clark"]
    (mine,) = make.read(lambda: queries.my_sides(make.viewer(bo)))
    assert (mine.line, mine.by.id if mine.by else 0, mine.by_my_manager) == ("Meet Cy.", ann, False)
    assert says(make, bo, this) is False and side(make, bo) == [(cy, "agreed")]
    assert side(make, cy) == [(bo, "asked")], "the other learns nothing of it"
    assert make.read(lambda: my_tie_with(make.viewer(bo), cy)) is None
    assert says(make, cy, this) is True
    assert side(make, bo) == [(cy, "made")] and side(make, cy) == [(bo, "made")]
    contact = make.read(lambda: db.session.scalars(sa.select(Contact).order_by(Contact.person_id)).all())
    assert [(one.person_id, one.other_id, one.medium) for one in contact] == [
        (bo, cy, "introduction"), (cy, bo, "introduction"),
    ]  # fmt: skip
    assert told(make, bo) == ["Ann brought you together with Cy Clark: both said yes"]
    assert told(make, ann) == [] and looks(make, ann)[0].state == "made"
    with pytest.raises(RuleBroken, match="settled"):
        says(make, bo, this, yes=False)
    with pytest.raises(RuleBroken, match="settled"):
        does(make, ann, services.take_back, public_id=this)


def test_a_no_a_known_face_and_a_never_look_like_a_silence(make: Make, four: list[int]) -> None:
    """The same afternoon five times: whatever Cy does, or had said, Ann and Bo see the same until the end."""
    ann, bo, cy, _di = four

    def cy_says_no(this: str) -> None:
        says(make, cy, this, yes=False)
        assert side(make, cy) == []
        aside = sa.select(SetAside.other_id).where(SetAside.person_id == cy)
        assert make.read(lambda: db.session.scalars(aside).all()) == [bo], "and is not suggested Bo for a while"

    def cy_knows_bo(this: str) -> None:
        does(make, cy, services.say_known, public_id=this)
        assert make.read(lambda: i_know(make.viewer(cy))) == {bo}

    def cy_never(_this: str) -> None:
        does(make, cy, moderation.set_boundary, other_id=bo, kind="never")

    def cy_blocks_ann(_this: str) -> None:
        does(make, cy, moderation.set_boundary, other_id=ann, kind="block")
        assert side(make, cy) == [] and told(make, cy) == []

    seen: list[Any] = []
    for number, react in enumerate((lambda _this: None, cy_says_no, cy_knows_bo, cy_blocks_ann)):
        with clock.pinned(NOON + number * timedelta(days=100)):
            this = bring(make, ann, bo, cy)
            react(this)
            before = (looks(make, ann)[0], side(make, bo), told(make, bo)[0])
            says(make, bo, this)
        with clock.pinned(NOON + number * timedelta(days=100) + timedelta(days=13)):
            half = (looks(make, ann)[0].state, looks(make, ann)[0].may, side(make, bo))
        with clock.pinned(NOON + number * timedelta(days=100) + LASTS):
            lapsing = looks(make, ann)[0].state, side(make, bo)
            make.read(duties.end_introductions)
            after = looks(make, ann)[0].state, side(make, bo), told(make, bo)
        first = before[0]
        seen.append(
            (first.state, first.may, [line for _card, line in first.sides], *before[1:], half, lapsing, after)
        )
    assert all(one == seen[0] for one in seen)
    assert seen[0][0] == "waiting" and "take back" in seen[0][1] and seen[0][-1] == ("over", [], [])
    with clock.pinned(NOON + timedelta(days=500)):
        cy_never("")
        this = bring(make, ann, bo, cy)
        assert side(make, bo) == [] and side(make, cy) == [] and told(make, bo) == []
        assert looks(make, ann)[0].state == "waiting"
        for who in (bo, cy):
            with pytest.raises(NotVisible):
                says(make, who, this)
        does(make, cy, moderation.undo_boundary, other_id=bo)
        does(make, cy, moderation.undo_boundary, other_id=ann)
        make.read(duties.ask_more)
        assert side(make, bo) == [(cy, "asked")], "where nothing stands between them any more, they are asked"


def test_nothing_ends_before_its_time(make: Make, four: list[int]) -> None:
    ann, bo, cy, _di = four
    with clock.pinned(NOON):
        bring(make, ann, bo, cy)
    for left, stand in ((timedelta(hours=1), [(cy, "asked")]), (timedelta(0), [])):
        with clock.pinned(NOON + LASTS - left):
            make.read(duties.end_introductions)
            assert side(make, bo) == stand
            assert make.read(lambda: db.session.scalars(sa.select(Introduction.state)).one()) == (
                "waiting" if stand else "over"
            )


def test_a_guest_says_yes_to_nobody_whom_they_do_not_see_any_more(make: Make, four: list[int]) -> None:
    ann, bo, _cy, _di = four
    guest = make.guest("Gus Guest")
    team = make.project("Elm", ann, bo, guest)
    this = bring(make, ann, bo, guest)
    does(make, ann, teams.remove_member, team_id=team, person_id=guest)
    assert (side(make, guest), side(make, bo)) == ([], [(guest, "asked")])
    with pytest.raises(NotVisible):
        says(make, guest, this)
    assert not says(make, bo, this) and side(make, bo) == [(guest, "agreed")]
    assert not says(make, guest, this, yes=False), "a no takes no looking"


def test_what_is_refused_is_said_and_none_of_it_tells_of_others(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    absent, gone = make.person("Ed Elm"), make.member("Flo Fir")
    guest, outside = make.guest("Gus Guest"), make.guest("Gil Guest")
    make.project("Elm", ann, bo, guest)
    make.project("Oak", di, outside)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))

    def refused(
        field: str, words: str, one: int, other: int, lines: tuple[str, str] = ("A", "B"), by: int = ann
    ) -> None:
        with pytest.raises(RuleBroken, match=words) as broken:
            bring(make, by, one, other, lines)
        assert broken.value.field == field

    refused("one", "That is you", ann, bo)
    refused("other", "same person", bo, bo)
    refused("one", "Nobody", gone, bo)
    refused("other", "Nobody", bo, 10**9)
    refused("one", "not been here", absent, bo)
    refused("other", "is a guest here", cy, guest)
    refused("one", "Nobody", outside, bo, by=guest)
    refused("line_one", "why", bo, cy, ("  ", "B"))
    refused("line_other", "over", bo, cy, ("A", "x" * 201))
    bring(make, ann, bo, guest)  # of one team
    first = bring(make, ann, bo, cy)
    refused("other", "You brought these two together", cy, bo)
    make.kudos(bo, di)
    bring(make, ann, bo, di)  # who know each other: whoever brings them together learns nothing of it
    does(make, cy, moderation.set_boundary, other_id=di, kind="never")
    bring(make, ann, cy, di)
    with pytest.raises(NotVisible):
        says(make, di, first)
    with pytest.raises(NotVisible):
        does(make, bo, services.take_back, public_id=first)
    for nonsense in ("nothing", "\x00", "x" * 99):
        with pytest.raises(NotVisible):
            says(make, bo, nonsense)


def test_nobody_is_asked_about_too_many_nor_twice_about_the_same(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    more = [make.member(f"Extra {number}") for number in range(MOST_WAITING)]
    made = [bring(make, ann, bo, one) for one in (cy, *more)]
    assert len(side(make, bo)) == MOST_WAITING and (more[-1], "asked") not in side(make, bo)
    assert side(make, more[-1]) == [(bo, "asked")], "the other is asked all the same"
    bring(make, di, bo, cy)
    assert side(make, cy) == [(bo, "asked")], "once, whoever thought of it"
    says(make, bo, made[0], yes=False)
    make.read(duties.ask_more)
    assert (more[-1], "asked") in side(make, bo) and (cy, "asked") not in side(make, bo)
    others = [make.member(f"Other {number}") for number in range(MOST_OPEN)]
    for one in others[: MOST_OPEN - len(made)]:
        bring(make, ann, di, one)
    with pytest.raises(RuleBroken, match="Ten introductions"):
        bring(make, ann, di, others[-1])


def test_taken_back_it_was_never_there_and_whoever_leaves_ends_it(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    this = bring(make, ann, bo, cy)
    says(make, bo, this, yes=False)
    does(make, ann, services.take_back, public_id=this)
    assert told(make, cy) == [] and side(make, cy) == [] and looks(make, ann) == []
    again = bring(make, ann, bo, cy)
    says(make, cy, again)
    make.do(lambda: people.mark_left(person_id=ann, actor_id=None))
    assert side(make, bo) == [] and told(make, bo) == []
    with pytest.raises(RuleBroken, match="over by now"):
        says(make, cy, again, yes=False)
    bring(make, di, bo, cy)
    make.do(lambda: people.mark_left(person_id=bo, actor_id=None))
    assert looks(make, di)[0].state == "over" and [card.name for card, _line in looks(make, di)[0].sides if card] == [
        "Bo Brown", "Cy Clark",
    ]  # fmt: skip
    with clock.pinned(clock.now() + timedelta(days=181)):
        make.read(duties.forget_introductions)
        assert make.read(lambda: db.session.scalars(sa.select(Introduction.id)).all()) == []


def test_my_data_is_what_my_page_shows_and_no_half_is_left(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    boss = make.member(role="admin")

    def data(who: int) -> list[tuple[str, str | None]]:
        tables = make.read(lambda: tables_of(make.viewer(who)))
        return [(row["line"], row["answer"]) for part in tables.get("introduction_side", [])
                for row in part["rows"]]  # fmt: skip

    first = bring(make, ann, bo, cy)
    says(make, cy, first, yes=False)
    assert data(bo) == [("Meet Cy.", None)] and data(cy) == [("Meet Bo.", "no")] and data(ann) == []
    does(make, cy, moderation.set_boundary, other_id=bo, kind="never")
    assert data(bo) == [] and data(cy) == [] and side(make, bo) == []
    # Two entries of one person: nobody is brought together with themselves, nor by themselves.
    twin = make.member("Bo Brown")
    bring(make, ann, bo, twin)
    bring(make, twin, bo, di)
    whole = bring(make, ann, twin, di)
    make.do(lambda: merging.merge_people(kept_id=bo, gone_id=twin, actor_id=boss))
    left = make.read(lambda: db.session.scalars(sa.select(Introduction.public_id).order_by(Introduction.id)).all())
    assert left == [first, whole] and side(make, bo) == [(di, "asked")]
    make.do(lambda: erasing.erase_person(person_id=di, actor_id=boss))
    assert make.read(lambda: db.session.scalars(sa.select(Introduction.public_id)).all()) == [first]


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """All of them in threads of their own that begin together; what came of each."""
    start, came = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        start.wait(10)
        try:
            came[number] = work()
        except (RuleBroken, NotVisible) as broken:
            came[number] = type(broken)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return came


def test_both_answer_at_the_same_second(make: Make, four: list[int]) -> None:
    ann, bo, cy, di = four
    this = bring(make, ann, bo, cy)
    came = at_once(lambda: says(make, bo, this), lambda: says(make, cy, this))
    assert sorted(came) == [False, True] and side(make, bo) == [(cy, "made")]
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Contact))) == 2
    # Two who think of the same two: each is asked once.
    ann_brings = lambda: bring(make, ann, bo, di)  # noqa: E731
    at_once(ann_brings, lambda: bring(make, cy, di, bo), ann_brings)
    asked = sa.select(IntroductionSide.person_id).join(Introduction).where(
        Introduction.public_id != this, IntroductionSide.told_at.is_not(None)
    )  # fmt: skip
    assert sorted(make.read(lambda: db.session.scalars(asked).all())) == sorted([bo, di])
    assert len(looks(make, ann)) == 2 and len(looks(make, cy)) == 1
