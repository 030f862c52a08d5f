"""The draw: a tenth, the same for both of a pair, for 60 days, and nowhere shown. On both databases."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.accounts.models import SignIn
from portal.core import clock
from portal.core.db import db
from portal.meet import exporting, measures, pages, queries, services, trial
from portal.meet.models import Suggestion, SuggestionDraw
from portal.ties import services as ties
from tests.makers import Make


def test_a_tenth_is_drawn_and_who_follows_from_secret_pair_and_period() -> None:
    at = datetime.fromisoformat("2026-11-28T09:00:00+00:00")
    pairs = [(one, other) for one in range(200) for other in range(one + 1, 200)]
    left_out = {pair for pair in pairs if trial.is_left_out("a secret", pair, at)}
    assert 0.09 < len(left_out) / len(pairs) < 0.11
    assert left_out == {pair for pair in pairs if trial.is_left_out("a secret", pair, at)}
    for other in (
        {pair for pair in pairs if trial.is_left_out("another", pair, at)},
        {pair for pair in pairs if trial.is_left_out("a secret", pair, at + trial.HOLDS)},
    ):
        assert len(left_out & other) < len(left_out) / 4  # as many as chance brings
    assert trial.pair_of(7, 3) == trial.pair_of(3, 7) == (3, 7)


@pytest.fixture
def people(make: Make, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sixteen of one team in two departments, one signed in, intros enough."""
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    made = [make.member(f"Person {number}", department="Data" if number % 2 else "Design") for number in range(16)]
    make.project("Harbour", *made)
    viewer = make.viewer(made[0])
    make.do(lambda: ties.say_we_talked(viewer=viewer, other_id=made[1]))
    make.do(lambda: db.session.add(SignIn(
        person_id=made[0], key_hash="x", device="", started_at=clock.now(), last_used_at=clock.now(),
    )))  # fmt: skip
    return made


def suggested(make: Make, who: int) -> list[int]:
    return [one.person_id for one in make.read(lambda: queries.suggestions(make.viewer(who)))]


def drawn(make: Make) -> list[Any]:
    row = SuggestionDraw
    return make.read(lambda: list(db.session.execute(sa.select(row.low_id, row.high_id, row.is_left_out, row.until))))


def ranks(make: Make) -> list[Any]:
    as_of = datetime.fromisoformat("2035-01-01T00:00:00+00:00")
    return make.read(lambda: list(exporting.exported(as_of, most=15, new_only=True)))


def test_whoever_is_left_out_takes_no_place_and_comes_back(
    make: Make, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    make.read(services.refresh)
    plain = {one: set(suggested(make, one)) for one in people}
    rows = drawn(make)
    assert {trial.pair_of(one, other) for one in people for other in plain[one]} <= {
        (low, high) for low, high, *_ in rows
    }
    assert all(trial.pair_of(low, high) == (low, high) for low, high, *_rest in rows)
    make.do(lambda: db.session.execute(sa.delete(SuggestionDraw)))
    # The lot falls on everybody with the last three.
    unlucky = set(people[-3:])
    monkeypatch.setattr(trial, "is_left_out", lambda _secret, pair, _at: bool(unlucky & set(pair)))
    before = ranks(make)
    later = clock.now() + timedelta(days=8)  # another week, so nobody keeps a place
    with clock.pinned(later):
        make.read(services.refresh)
        for one in people:
            shown = set(suggested(make, one))
            assert not shown & unlucky and (one in unlucky or len(shown) == queries.NEW_ONES)
            assert one not in unlucky or not shown
        out = [row for row in drawn(make) if row.is_left_out]
        assert out and all(unlucky & {row.low_id, row.high_id} for row in out)
        assert {row.until for row in out} == {later + trial.HOLDS}
        # It holds when it is read, too, whatever was written before the draw.
        low, high = out[0].low_id, out[0].high_id
        make.do(lambda: db.session.merge(Suggestion(person_id=low, other_id=high, place=1, score=9.0)))
        assert high not in suggested(make, low)
        # Nothing of the ranking changes.
        assert ranks(make) == before
        assert any({line.suggested for line in lines} & {str(one) for one in unlucky} for _who, lines in before)
    monkeypatch.setattr(trial, "is_left_out", lambda *_said: False)
    with clock.pinned(later + trial.HOLDS + timedelta(days=1)):
        make.read(services.refresh)
        assert any(unlucky & set(suggested(make, one)) for one in people)
        everything = drawn(make)
        make.do(trial.forget_old)
        assert drawn(make) == everything
    with clock.pinned(later + trial.KEPT + timedelta(days=1)):
        make.do(trial.forget_old)
        assert drawn(make) == [row for row in everything if row.until > later + trial.HOLDS] != []


def test_a_pair_that_two_draw_at_once_counts_once(make: Make, people: list[int]) -> None:
    secret = make.read(trial.secret)
    assert make.read(trial.secret) == secret and make.do(trial._make_secret) == secret
    both = [make.read(lambda: trial.draws_of(people, secret, 1, {})) for _twice in range(2)]
    for draws in both:
        draws.draw(people[0], people[1:4])
        make.do(lambda new=draws.new: trial.keep(new))
    assert len(drawn(make)) == 3


def test_nobody_vanishes_in_the_middle_of_a_week(
    make: Make, people: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Intros are enough from today on: who is shown already stays for this week, and is drawn in the next."""
    monkeypatch.setattr(trial, "is_left_out", lambda *_of: True)
    monkeypatch.setattr(pages, "INTROS_NEEDED", 1)
    monday = clock.now() + timedelta(days=7 - clock.today().weekday())
    with clock.pinned(monday):
        make.read(services.refresh)
        shown = {one: suggested(make, one) for one in people}
        assert all(shown.values()) and not drawn(make)
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    with clock.pinned(monday + timedelta(days=3)):
        make.read(services.refresh)
        assert {one: suggested(make, one) for one in people} == shown
    with clock.pinned(monday + timedelta(days=7)):
        make.read(services.refresh)
        assert not any(suggested(make, one) for one in people) and drawn(make)


def test_nothing_is_drawn_where_nobody_is_shown_anybody(make: Make, people: list[int], monkeypatch: Any) -> None:
    monkeypatch.setattr(pages, "INTROS_NEEDED", 30)
    make.read(services.refresh)
    assert drawn(make) == []


def test_what_is_counted_and_what_is_too_little_to_be_told(make: Make, people: list[int]) -> None:
    """Contacts within 60 days alone count, of both ways; fewer than 20 people are not told; a month at a time."""
    more = [make.member(f"More {number}") for number in range(30)]
    everybody = [*people, *more]
    begun = datetime.fromisoformat("2030-01-10T09:00:00+00:00")
    shown = [trial.pair_of(one, other) for one, other in itertools.pairwise(everybody[:31])]
    left_out = [trial.pair_of(one, other) for one, other in zip(everybody[5:25], everybody[15:35], strict=True)]
    few = left_out[:4]

    def write(pairs: list[trial.Pair], out: bool) -> None:
        for low, high in pairs:
            row = SuggestionDraw(low_id=low, high_id=high, at=begun, until=begun + trial.HOLDS, is_left_out=out)
            db.session.add(row)

    def count(on: str) -> Any:
        with clock.pinned(datetime.fromisoformat(f"{on}T05:00:00+00:00")):
            make.read(measures.count_due)
            return make.read(measures.measures)

    make.do(lambda: write(shown, False))
    make.do(lambda: write(few, True))
    touched = [(shown[0], 5), (shown[1], 59), (shown[2], 61), (few[0], 3)]
    for (low, high), days in touched:
        viewer = make.viewer(high)
        with clock.pinned(begun + timedelta(days=days)):
            make.do(lambda viewer=viewer, low=low: ties.say_we_talked(viewer=viewer, other_id=low))
    found = count("2030-03-02")
    assert found.shown is None and found.left_out is None, "their 60 days are not over"
    found = count("2030-04-02")
    assert (found.shown.pairs, found.shown.reached, found.shown.people) == (30, 2, 31)
    assert found.left_out is None and not found.can_compare, "eight people at most"
    make.do(lambda: write(left_out[4:], True))
    assert count("2030-04-20").left_out is None, "not before the next month"
    found = count("2030-05-01")
    assert (found.left_out.pairs, found.left_out.reached) == (20, 1)
    low, high = found.interval
    assert low < found.added < high and found.is_chance
    assert found.added == pytest.approx(2 / 30 - 1 / 20)


def test_the_interval_is_newcombes() -> None:
    """His example: 56 of 70 and 48 of 80 differ by 0.2, between 0.0524 and 0.3339."""
    low, high = measures.difference(measures.Group(70, 56, 70), measures.Group(80, 48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)
    assert measures.wilson(measures.Group(10, 0, 20))[0] == 0.0
