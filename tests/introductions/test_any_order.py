"""Whatever several people and the clock do, in any order: no forbidden step, no limit passed, nothing from beyond a
"never", and what somebody declines changes nothing that anybody else sees."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.introductions import duties, managers, queries, services
from portal.introductions.models import (
    MOST_WAITING,
    NOT_AGAIN_FOR,
    Introduction,
    IntroductionSide,
    ManagerAsk,
)
from portal.introductions.states import state_at
from portal.moderation import services as moderation
from portal.moderation.models import Boundary
from portal.notifications.queries import notices
from portal.people import services as people
from portal.ties.models import Contact
from tests.makers import Make

MONDAY = datetime(2030, 5, 6, 9, 0, tzinfo=UTC)
STEPS = 48
SEEDS = range(int(os.environ.get("HALLWAY_SEEDS", "1")))  # `make prove` takes more
LEADS = {("waiting", "made"), ("waiting", "over")}


class World:
    """Six people; two of them are the managers of the others and of each other."""

    def __init__(self, make: Make, seed: int) -> None:
        self.make, self.rng, self.now = make, random.Random(seed), MONDAY
        self.people = [make.member() for _ in range(6)]
        for number, one in enumerate(self.people):
            boss = self.people[1 - number % 2]
            make.do(lambda one=one, boss=boss: people.set_manager(person_id=one, manager_id=boss))  # type: ignore[misc]
        self.viewers = {one: make.viewer(one) for one in self.people}
        self.states: dict[str, str] = {}
        self.done: Counter[str] = Counter()
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        act = self.rng.choice(self.ACTS) if self.steps % 6 else World.wait
        with clock.pinned(self.now):
            try:
                act(self)
                self.done[act.__name__] += 1
            except (RuleBroken, NotVisible) as refused:
                self.done[type(refused).__name__] += 1
        with clock.pinned(self.now):
            self.look()

    def one(self) -> int:
        return self.rng.choice(self.people)

    def public_id(self, table: Any) -> str:
        waits = sa.select(table.public_id).where(table.state == "waiting").order_by(table.id)
        rows = self.make.read(lambda: list(db.session.scalars(waits)))
        return self.rng.choice(rows) if rows else "none"

    # ---- what they try -------------------------------------------------------------------------------------

    def does(self, what: Callable[..., Any], who: int | None = None, **given: Any) -> Any:
        viewer = self.viewers[who or self.one()]
        return self.make.do(lambda: what(viewer=viewer, **given))

    def propose(self) -> None:
        self.does(services.propose, one_id=self.one(), other_id=self.one(), line_one="A", line_other="B")

    def agree(self) -> None:
        public_id = self.public_id(Introduction)
        for who in self.people:
            if self.rng.random() < 0.4 and public_id in self.asked_of(who):
                self.does(services.answer, who, public_id=public_id, yes=True)

    def asked_of(self, who: int) -> list[str]:
        return [one.public_id for one in self.make.read(lambda: queries.my_sides(self.viewers[who]))]

    def decline(self) -> None:
        asked = [(who, public_id) for who in self.people for public_id in self.asked_of(who)]
        who, public_id = self.rng.choice(asked or [(self.one(), "none")])
        what = self.rng.choice([services.say_known, services.answer])
        more = {"yes": False} if what is services.answer else {}
        self.unseen(who, lambda: self.does(what, who, public_id=public_id, **more))

    def pass_on(self) -> None:
        who, public_id = self.rng.choice(self.people[:2]), self.public_id(ManagerAsk)
        self.unseen(who, lambda: self.does(managers.pass_on, who, public_id=public_id))

    def unseen(self, who: int, work: Callable[[], Any]) -> None:
        """Nobody else sees anything of it."""
        others = [one for one in self.people if one != who]
        before = [self.seen_by(one) for one in others]
        work()
        assert [self.seen_by(one) for one in others] == before

    def seen_by(self, who: int) -> Any:
        viewer = self.viewers[who]

        def work() -> Any:
            with self.make.app.test_request_context("/"):
                told = [one.words for one in notices(viewer).items]
            return (queries.my_sides(viewer), queries.brought(viewer).items, queries.my_ask(viewer),
                    queries.asks_of_me(viewer), told)  # fmt: skip

        return self.make.read(work)

    def take_back(self) -> None:
        self.does(services.take_back, public_id=self.public_id(Introduction))

    def ask_manager(self) -> None:
        self.does(managers.ask, line="")

    def name_people(self) -> None:
        who = self.rng.choice(self.people[:2])
        asked = self.make.read(lambda: queries.asks_of_me(self.viewers[who]))
        named = [(number, self.one(), "x") for number in range(1, self.rng.randint(1, 3) + 1)]
        for one in asked[:1]:
            self.does(managers.name_people, who, public_id=one.public_id, named=named)

    def keep_apart(self) -> None:
        kind = self.rng.choice(["never", "block"])
        self.does(moderation.set_boundary, other_id=self.one(), kind=kind)

    def let_be(self) -> None:
        for _ in range(6):
            self.does(moderation.undo_boundary, other_id=self.one())

    def wait(self) -> None:
        self.now += timedelta(days=self.rng.choice([1, 2, 5, 30]))
        with clock.pinned(self.now):
            for duty in (duties.ask_more, duties.end_introductions, duties.end_manager_asks):
                while self.make.read(duty):
                    pass

    ACTS = (propose, propose, propose, propose, agree, agree, agree, decline, decline, pass_on, take_back,
            ask_manager, ask_manager, name_people, name_people, keep_apart, let_be)  # fmt: skip

    # ---- what holds ----------------------------------------------------------------------------------------

    def look(self) -> None:
        def work() -> Any:
            rows = db.session.scalars(sa.select(Introduction)).all()
            sides = db.session.scalars(sa.select(IntroductionSide)).all()
            apart = set(db.session.execute(sa.select(Boundary.person_id, Boundary.other_id)).tuples())
            contacts = sa.select(Contact.person_id, Contact.other_id).where(Contact.medium == "introduction")
            asks = {ask.id: ask for ask in db.session.scalars(sa.select(ManagerAsk))}
            return rows, sides, apart, set(db.session.execute(contacts).tuples()), asks

        rows, sides, apart, contacts, asks = self.make.read(work)
        states = {row.public_id: state_at(row.state, row.at, self.now) for row in rows}
        for public_id, state in states.items():
            before = self.states.get(public_id, "waiting")
            assert before == state or (before, state) in LEADS
        self.states = states
        told: dict[tuple[int, int], list[datetime]] = {}
        for row in rows:
            both = [side for side in sides if side.introduction_id == row.id]
            assert len(both) == 2 and both[0].person_id == both[1].other_id
            assert row.by_id not in {side.person_id for side in both}
            if row.state == "made":
                assert all(side.answer == "yes" and (side.person_id, side.other_id) in contacts for side in both)
            asker = asks[row.ask_id].person_id if row.ask_id else 0
            for side in both:
                assert (side.answer is None) or side.told_at is not None
                if side.told_at and side.person_id != asker:
                    told.setdefault((side.person_id, side.other_id), []).append(side.told_at)
        for moments in told.values():
            moments.sort()
            assert all(later - one >= NOT_AGAIN_FOR for one, later in pairwise(moments))
        by = {row.public_id: row.by_id for row in rows}
        for who in self.people:
            mine = self.make.read(lambda who=who: queries.my_sides(self.viewers[who]))  # type: ignore[misc]
            for one in mine:
                for other in (one.other.id, by[one.public_id]):
                    assert (who, other) not in apart and (other, who) not in apart
        self.waiting(rows, sides)

    def waiting(self, rows: Any, sides: Any) -> None:
        """Nobody is asked about more than three at a time, but for what came back from beyond a "never"."""
        open_ids = {row.id for row in rows if state_at(row.state, row.at, self.now) == "waiting"}
        for who in self.people:
            asked = [s for s in sides if s.person_id == who and s.told_at and not s.answer
                     and s.introduction_id in open_ids]  # fmt: skip
            if not self.done["let_be"] and not self.done["keep_apart"]:
                assert len(asked) <= MOST_WAITING


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order_keeps_the_rules(make: Make, seed: int) -> None:
    world = World(make, seed)
    for _ in range(STEPS):
        world.step()
    assert {"propose", "agree", "wait"} <= set(world.done), world.done
