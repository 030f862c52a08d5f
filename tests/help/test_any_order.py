"""Whatever several people and the clock do, in any order: no forbidden step, no limit passed, nothing told twice,
nothing seen outside its circle, and a no looks like a silence."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.audiences.models import AudienceMember
from portal.core import clock
from portal.core.auth import EVERYONE
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.happening import Asked
from portal.help import offers, promises, queries, services, states
from portal.help.happening import latest_asks
from portal.help.models import (
    A_WEEK,
    MOST_PROMISES,
    HelpAsk,
    HelpAsked,
    HelpAskListing,
    HelpOffer,
    HelpPost,
    HelpPromise,
    HelpReminder,
)
from portal.help.routing import Candidate
from portal.help.services import Question
from portal.moderation import services as moderation
from portal.moderation.models import Boundary
from portal.notifications.models import Notice
from portal.notifications.queries import notices
from portal.people import services as people
from portal.search.queries import find
from portal.teams import services as teams
from tests.makers import Make

MONDAY = datetime(2030, 5, 6, 9, 0, tzinfo=UTC)
FAR = date(2999, 1, 1)
STEPS = 80
SIGHT_EVERY = 12  # steps; what everybody sees takes the longest to look at
COUNTED = ("found", "named", "direct")  # what a week's limit is for
SEEDS = range(int(os.environ.get("HALLWAY_SEEDS", "1")))  # `make prove` takes more
LEADS = {
    "ask": {
        ("open", "answered"),
        ("open", "closed"),
        ("answered", "closed"),
        ("answered", "open"),
        ("closed", "open"),
    },
    "promise": {("open", "done"), ("open", "off"), ("done", "open")},
    "offer": {("open", "paused"), ("paused", "open"), ("open", "closed"), ("paused", "closed")},
}


class World:
    """Seven people, one of them outside the team and one a guest in it, and everything that they may try."""

    def __init__(self, make: Make, seed: int) -> None:
        self.make, self.rng, self.now = make, random.Random(seed), MONDAY
        self.people = [make.member() for _ in range(6)]
        self.guest = make.guest()
        self.lead = self.people[0]
        self.team = make.project("Elm", self.lead, *self.people[1:5], self.guest)
        self.people.append(self.guest)
        self.viewers = {one: make.viewer(one) for one in self.people}
        self.states: dict[tuple[str, int], str] = {}
        self.refused: Counter[str] = Counter()
        self.number = self.steps = 0
        for one, other, kind in ((1, 2, "block"), (3, 4, "never")):
            who, whom = self.viewers[self.people[one]], self.people[other]
            make.do(
                lambda who=who, whom=whom, kind=kind: moderation.set_boundary(viewer=who, other_id=whom, kind=kind)
            )
        for act in (
            World.offer,
            World.offer,
            World.ask,
            World.ask,
            World.ask,
            World.promise,
            World.promise,
            World.write,
        ):
            self._try(act)

    # ---- what they try -------------------------------------------------------------------------------------

    def step(self) -> None:
        self.steps += 1
        self.now += timedelta(seconds=1)  # nothing happens at the same moment
        self._try(self.rng.choice(self.ACTS))
        self.look()

    def _try(self, act: Callable[[World], None]) -> None:
        with clock.pinned(self.now):
            try:
                act(self)
            except (RuleBroken, NotVisible) as refused:
                self.refused[type(refused).__name__] += 1

    def _who(self) -> Any:
        return self.viewers[self.rng.choice(self.people)]

    def _aim(self, model: Any, *theirs: Any) -> tuple[Any, int, int]:
        """Somebody, a row, and its version: mostly one of those (columns of it) whose it is, as it stands."""
        one = self._id(model)
        row = self.make.read(lambda: db.session.get(model, one))
        if row is None or self.rng.random() < 0.25:
            return self._who(), one, self.rng.randint(0, 3)
        return self.viewers[getattr(row, self.rng.choice(theirs))], one, getattr(row, "version", 0)

    def _id(self, model: Any) -> int:
        rows = self.make.read(lambda: list(db.session.scalars(sa.select(model.id).order_by(model.id))))
        return self.rng.choice(rows) if rows else 0

    def ask(self) -> None:
        self.number += 1
        who, shown = self._who(), self.rng.choice(["everyone", "teams", "asked"])
        able = [Candidate(one, self.rng.random()) for one in self.people]
        question = Question(f"Who knows about matter number {self.number}?", shown_to=shown)
        offer = self._id(HelpOffer) if self.rng.random() < 0.5 else None
        to = self.rng.choice(self.people) if self.rng.random() < 0.35 else None
        self.make.do(lambda: services.ask(viewer=who, question=question, able=able, offer_id=offer or None, to_id=to))

    def offer(self) -> None:
        who = self._who()
        self.make.do(lambda: offers.make_offer(viewer=who, words=offers.Words("Look over any plan")))

    def change_offer(self) -> None:
        who, offer_id, _version = self._aim(HelpOffer, "person_id")
        do = self.rng.choice([offers.pause, offers.go_on, offers.still_stands, offers.close])
        self.make.do(lambda: do(viewer=who, offer_id=offer_id))

    def change(self) -> None:
        who, one, version = self._aim(HelpAsk, "asker_id")
        due = (self.now + timedelta(days=self.rng.randint(0, 5))).date() if self.rng.random() < 0.5 else None
        number, shown = self.rng.randint(1, self.number + 1), self.rng.choice(["everyone", "teams", "asked"])
        question = Question(f"Who knows about matter number {number}?", due_on=due, shown_to=shown)
        self.make.do(lambda: services.change(viewer=who, ask_id=one, question=question, version=version))

    def come_and_go(self) -> None:
        """Somebody leaves the company or is back, leaves the team or is in it again, is away."""
        one, lead = self.rng.choice(self.people[1:]), self.viewers[self.lead]
        until = (self.now + timedelta(days=self.rng.randint(0, 9))).date()
        do = self.rng.choice(
            [
                lambda: people.mark_left(person_id=one, actor_id=None),
                lambda: people.come_back(person_id=one, actor_id=None, ends_on=FAR if one == self.guest else None),
                lambda: people.come_back(person_id=one, actor_id=None, ends_on=FAR if one == self.guest else None),
                lambda: people.come_back(person_id=one, actor_id=None, ends_on=FAR if one == self.guest else None),
                lambda: teams.remove_member(viewer=lead, team_id=self.team, person_id=one),
                lambda: teams.add_people(viewer=lead, team_id=self.team, person_ids=[one]),
                lambda: teams.add_people(viewer=lead, team_id=self.team, person_ids=[one]),
                lambda: people.set_away(viewer=self.viewers[one], until=until),
            ]
        )
        self.make.do(do)
        self.viewers = {who: self.make.viewer(who) for who in self.people}

    def promise(self) -> None:
        who, ask_id = self._who(), self._id(HelpAsk)
        due = (self.now + timedelta(days=self.rng.randint(0, 6))).date()
        to = self.rng.choice(self.people)
        where = {"ask_id": ask_id} if self.rng.random() < 0.7 else {"to_id": to}
        self.make.do(lambda: promises.make_promise(viewer=who, what="Send it", due_on=due, **where))

    def with_promise(self) -> None:
        who, one, version = self._aim(HelpPromise, "giver_id", "receiver_id")
        to = (self.now + timedelta(days=self.rng.randint(0, 9))).date()
        do = self.rng.choice(
            [
                lambda: promises.done(viewer=who, promise_id=one),
                lambda: promises.not_done(viewer=who, promise_id=one),
                lambda: promises.call_off(viewer=who, promise_id=one, word="Sorry"),
                lambda: promises.propose_move(viewer=who, promise_id=one, to=to),
                lambda: promises.agree(viewer=who, promise_id=one, version=version),
                lambda: promises.keep_day(viewer=who, promise_id=one),
                lambda: promises.settle_thanks(viewer=who, promise_id=one),
                lambda: promises.tell_outcome(viewer=who, promise_id=one, outcome="It ran", shared=True),
            ]
        )
        self.make.do(do)

    def with_ask(self) -> None:
        who, one, _version = self._aim(HelpAsk, "asker_id")
        do = self.rng.choice([services.close, services.open_again, services.open_again, services.take_back])
        self.make.do(lambda: do(viewer=who, ask_id=one))

    def say_no(self) -> None:
        who, put, _version = self._aim(HelpAsked, "person_id")
        one = self.make.read(lambda: db.session.scalar(sa.select(HelpAsked.ask_id).where(HelpAsked.id == put))) or 0
        asker = self.make.read(lambda: db.session.scalar(sa.select(HelpAsk.asker_id).where(HelpAsk.id == one)))
        before = self._seen(asker, one)
        self.make.do(lambda: services.say_no(viewer=who, ask_id=one))
        assert self._seen(asker, one) == before, "the asker notices a no"

    def _seen(self, asker: int | None, ask_id: int) -> Any:
        if asker is None:
            return None
        viewer = self.viewers[asker]
        return self.make.read(
            lambda: (
                queries.views(viewer, [ask_id]),
                offers.views(viewer, list(db.session.scalars(sa.select(HelpOffer.id).order_by(HelpOffer.id)))),
                [one.kind.code for one in self._notices(viewer)],
            )
        )

    def _notices(self, viewer: Any) -> Any:
        with self.make.app.test_request_context():
            return notices(viewer, size=200).items

    def name(self) -> None:
        who, one, other = self._who(), self._id(HelpAsk), self.rng.choice(self.people)
        self.make.do(lambda: services.name_helper(viewer=who, ask_id=one, person_id=other, line="You know it"))

    def write(self) -> None:
        who, one = self._who(), self._id(HelpAsk)
        self.make.do(lambda: services.write(viewer=who, ask_id=one, words="Like this"))

    def with_post(self) -> None:
        who, post, _version = self._aim(HelpPost, "person_id")
        ask_id = self.make.read(lambda: db.session.scalar(sa.select(HelpPost.ask_id).where(HelpPost.id == post))) or 0
        asker = self.make.read(lambda: db.session.scalar(sa.select(HelpAsk.asker_id).where(HelpAsk.id == ask_id)))
        by = self.viewers[asker] if asker and self.rng.random() < 0.75 else who
        useful = self.rng.random() < 0.7
        do = self.rng.choice(
            [
                lambda: services.mark_useful(viewer=by, ask_id=ask_id, post_id=post, useful=useful),
                lambda: services.let_be_found(viewer=who, post_id=post, may=useful),
                lambda: services.take_post_back(viewer=who, post_id=post),
            ]
        )
        self.make.do(do)

    def keep_apart(self) -> None:
        who, other = self._who(), self.rng.choice(self.people)
        kind = self.rng.choice(["never", "block"])
        if self.rng.random() < 0.4:
            self.make.do(lambda: moderation.set_boundary(viewer=who, other_id=other, kind=kind))

    def unheard(self) -> None:
        """Somebody writes to, and promises, whoever blocked them."""
        blocked = sa.select(Boundary.other_id, HelpAsk.id).join(HelpAsk, HelpAsk.asker_id == Boundary.person_id)
        blocked = blocked.where(Boundary.kind == "block", HelpAsk.state == "open").order_by(HelpAsk.id)
        who, one = self.rng.choice(self.make.read(lambda: db.session.execute(blocked).tuples().all()) or [(0, 0)])
        viewer, on = self.viewers.get(who, self._who()), self.now.date()
        self.make.do(lambda: services.write(viewer=viewer, ask_id=one, words="Like that"))
        self.make.do(lambda: promises.make_promise(viewer=viewer, what="Send it", due_on=on, ask_id=one))

    def limit(self) -> None:
        who, a_week = self._who(), self.rng.randint(0, A_WEEK)
        self.make.do(lambda: services.choose_limit(viewer=who, a_week=a_week))

    def wait(self) -> None:
        """Time goes by, and the worker looks, late or not."""
        self.now += timedelta(hours=self.rng.choice([1, 5, 24, 49, 200]))
        with clock.pinned(self.now):
            for ask_id in self.make.read(services.due_rounds):
                able = [Candidate(one, self.rng.random()) for one in self.people]
                self.make.do(lambda ask_id=ask_id, able=able: services.ask_next(ask_id=ask_id, able=able))
            while self.make.do(services.raise_due):
                pass
            while self.make.do(promises.remind_next):
                pass

    ACTS = (
        ask, ask, ask, offer, change_offer, promise, promise, with_promise, with_promise, with_promise, with_ask,
        say_no, say_no, name, write, write, with_post, with_post, keep_apart, unheard, limit, change, come_and_go,
        come_and_go, wait, wait,
    )  # fmt: skip

    # ---- what has to hold ----------------------------------------------------------------------------------

    def look(self) -> None:
        with clock.pinned(self.now):
            self.make.read(self._holds)

    def _holds(self) -> None:
        now: dict[tuple[str, int], str] = {}
        for thing, model in (("ask", HelpAsk), ("promise", HelpPromise), ("offer", HelpOffer)):
            for row in db.session.scalars(sa.select(model)):
                now[thing, row.id] = row.state
        for key, state in now.items():
            before = self.states.get(key, "open")
            assert before == state or (before, state) in LEADS[key[0]], (key, before, state)
        self.states = now
        for ask_id, count in db.session.execute(
            sa.select(HelpPromise.ask_id, sa.func.count())
            .where(HelpPromise.state == "open", HelpPromise.ask_id.is_not(None), HelpPromise.muted.is_(False))
            .group_by(HelpPromise.ask_id)
        ):
            assert count <= MOST_PROMISES, ask_id
        asked = db.session.scalars(sa.select(HelpAsked)).all()
        apart = {(row.person_id, row.other_id): row.at for row in db.session.scalars(sa.select(Boundary))}
        askers = dict(db.session.execute(sa.select(HelpAsk.id, HelpAsk.asker_id)).tuples().all())
        reached = [one for one in asked if apart.get((one.person_id, askers[one.ask_id]), one.at) >= one.at]
        for one in reached:
            if one.source in COUNTED:
                week = [
                    other for other in reached
                    if other.person_id == one.person_id and other.source in COUNTED
                    and one.at - timedelta(days=7) < other.at <= one.at
                ]  # fmt: skip
                assert len(week) <= A_WEEK, one.person_id
        kept = Counter(
            (row.person_id, row.kind, row.subject_id, row.occasion) for row in db.session.scalars(sa.select(Notice))
        )
        assert all(count == 1 for count in kept.values())
        for one in asked:
            asker = askers[one.ask_id]
            if one.source in ("found", "named"):  # who asks somebody by name does not notice that they look away
                assert all(
                    apart.get(way, one.at) >= one.at for way in ((asker, one.person_id), (one.person_id, asker))
                )
        for row in db.session.scalars(sa.select(HelpAsk).where(HelpAsk.next_round_at.is_not(None))):
            assert row.due_on is None or row.next_round_at.date() <= row.due_on, "said, and never done"
        if self.steps % SIGHT_EVERY == 0:
            self._sight(asked)

    def _sight(self, asked: Any) -> None:
        """Some of them see what they may, by whichever way they come, and no more."""
        listed = Counter[int]()
        for ask_id, audience_id in db.session.execute(sa.select(HelpAskListing.ask_id, HelpAskListing.audience_id)):
            listed[ask_id] |= 1 if audience_id == 1 else 2
        promised = db.session.scalars(sa.select(HelpPromise)).all()
        wrote = set(db.session.execute(sa.select(HelpPost.ask_id, HelpPost.person_id)).tuples())
        for viewer in self.rng.sample(list(self.viewers.values()), 3):
            me = viewer.person_id
            rows = db.session.scalars(sa.select(HelpAsk)).all()
            may = {
                row.id
                for row in rows
                if row.asker_id == me
                or any(one.ask_id == row.id and one.person_id == me for one in asked)
                or any(one.ask_id == row.id and one.giver_id == me for one in promised)
                or (row.state != "closed" and row.shown_to != "asked" and row.asker_id in self._mates(me))
                or (row.state != "closed" and row.shown_to == "everyone" and self.guest not in (me, row.asker_id))
                or (
                    row.state == "closed"
                    and (row.id, me) in wrote
                    and (
                        (row.shown_to != "asked" and row.asker_id in self._mates(me))
                        or (row.shown_to == "everyone" and self.guest not in (me, row.asker_id))
                    )
                )
            }
            assert {one.id for one in queries.views(viewer, [row.id for row in rows])} == may
            assert {one.id for one in queries.asks(viewer, size=200).items} <= may
            assert {one.id for one in queries.i_could_answer(viewer)} <= may
            found = find(viewer, "Who knows about matter number", most=200).hits
            assert {one.subject_id for one in found.get("ask", [])} <= may
            lately = latest_asks(viewer, Asked(200, viewer.audience_ids, None, (), MONDAY - timedelta(days=1)))
            assert lately is None or {row.id for row in db.session.execute(lately)} <= may
            for one in may:
                read = {post.id for post in queries.posts(viewer, one).items}
                hidden = sa.select(HelpPost.id).where(HelpPost.muted.is_(True), HelpPost.person_id != me)
                assert read.isdisjoint(db.session.scalars(hidden))
            theirs = {one.id for one in promised if one.giver_id == me or (one.receiver_id == me and not one.muted)}
            assert {one.id for one in promises.views_of(viewer, [one.id for one in promised])} == theirs
            for reminder in db.session.scalars(sa.select(HelpReminder).where(HelpReminder.person_id == me)):
                assert reminder.promise_id in theirs
            for told in self._notices(viewer):
                assert told.kind.code in ("asked", "helper_named", "answered", "useful") or told.leads_to

    def _mates(self, person_id: int) -> set[int]:
        mine = sa.select(AudienceMember.audience_id).where(AudienceMember.person_id == person_id)
        team = sa.select(AudienceMember.person_id).where(AudienceMember.audience_id.in_(mine))
        return {person_id, *db.session.scalars(team.where(AudienceMember.audience_id != EVERYONE))}


@pytest.mark.parametrize("seed", SEEDS)
def test_any_order(make: Make, seed: int) -> None:
    with clock.pinned(MONDAY):
        world = World(make, seed)
    for _ in range(STEPS):
        world.step()
    assert world.states and sum(world.refused.values()) > 5
    for table in states.TABLES:  # every way there is stands in the table
        leads = {(one, step.after) for step in table.steps for one in step.before if step.after not in (None, one)}
        assert LEADS[table.thing] == {way for way in leads if way[1] != "gone"}
