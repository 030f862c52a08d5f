"""Who is kept apart, and for how long somebody is paused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.db import db
from portal.moderation import queries
from portal.moderation.models import Boundary, Pause
from tests.makers import Make


def put(make: Make, by: int, about: int, kind: str) -> None:
    make.do(lambda: db.session.add(Boundary(person_id=by, other_id=about, kind=kind, at=clock.now())))


@pytest.fixture
def four(make: Make) -> tuple[int, int, int, int]:
    noise = make.noise()
    put(make, noise[0], noise[1], "block")
    return make.member("Gita Rao"), make.member("Mo Mate"), make.member("Bo Lindgren"), make.member("Esi Mensah")


def test_a_block_is_one_sided_and_of_those_who_are_asked_about(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, bo, esi = four
    put(make, mo, gita, "block")
    put(make, bo, gita, "never")
    put(make, esi, gita, "block")
    assert make.read(lambda: queries.who_blocked(gita, [mo, bo])) == {mo}
    assert make.read(lambda: queries.who_blocked(gita, [])) == set()
    assert make.read(lambda: queries.who_blocked(mo, list(four))) == set()


def test_kept_apart_holds_both_ways_and_for_never_as_well(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, bo, esi = four
    put(make, mo, gita, "block")
    put(make, gita, bo, "never")
    assert make.read(lambda: queries.who_keeps_apart(gita, list(four))) == {mo, bo}
    assert make.read(lambda: queries.who_keeps_apart(bo, [gita, mo])) == {gita}
    assert make.read(lambda: queries.who_keeps_apart(esi, list(four))) == set()


def test_a_pause_ends_by_itself(make: Make, four: tuple[int, int, int, int]) -> None:
    gita, mo, _bo, _esi = four
    now = clock.now()
    pause = Pause(person_id=gita, until=now + timedelta(days=7), why="Calm down", by_id=mo, at=now)
    make.do(lambda: db.session.add(pause))
    found = make.read(lambda: queries.pause_of(gita))
    assert found is not None and found.why == "Calm down"
    assert make.read(lambda: queries.pause_of(mo)) is None
    with clock.pinned(now + timedelta(days=7)):
        assert make.read(lambda: queries.pause_of(gita)) is None
