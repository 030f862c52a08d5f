"""Made-up offers, asks and promises for `hallway bench fill`: as many for each person in any organization."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock
from portal.core.auth import EVERYONE
from portal.core.db import Base, db
from portal.help.models import (
    HelpAsk,
    HelpAsked,
    HelpAskListing,
    HelpAskTopic,
    HelpOffer,
    HelpOfferListing,
    HelpOfferTopic,
    HelpPost,
    HelpPromise,
    HelpReminder,
)
from portal.topics.models import Topic, TopicClaim

from .bench_kudos import moment, pour

BATCH = 10_000
EACH = 2  # asks of each person
KNOWN, TO_ONE, TO_EACH = 20, 8, 2  # the first people can sign in; so many more were put to one, and to each other
SPAN = timedelta(days=365)
COMMON = (
    "Spreadsheets", "Migrations", "Tenders", "First aid", "Bicycles", "Contracts", "Onboarding", "Rota", "Postgres",
    "Photography", "Payroll", "Interviews", "Accessibility", "Export rules",
)  # fmt: skip
RARE = "Matter 1"  # of topics like this one there is one for every 20 people
# What is written into which columns, in this order.
POURED: dict[type[Base], tuple[str, ...]] = {
    HelpOffer: (
        "id", "public_id", "person_id", "what", "minutes", "when_words", "at_once", "state", "shown_to", "at",
        "confirmed_at", "version",
    ),
    HelpOfferListing: ("audience_id", "offer_id", "at"),
    HelpOfferTopic: ("offer_id", "topic_id"),
    HelpAsk: (
        "id", "public_id", "asker_id", "question", "question_key", "details", "details_html", "minutes", "due_on",
        "shown_to", "fresh_eyes", "state", "at", "ended_at", "rounds", "next_round_at", "version",
    ),
    HelpAskListing: ("audience_id", "ask_id", "is_open", "at"),
    HelpAskTopic: ("ask_id", "topic_id"),
    HelpAsked: ("ask_id", "person_id", "source", "line", "round", "nonce", "at", "said", "said_at"),
    HelpPost: ("ask_id", "person_id", "words", "words_html", "at", "muted", "useful_at", "may_be_found"),
    HelpPromise: (
        "id", "public_id", "giver_id", "receiver_id", "ask_id", "what", "due_on", "state", "muted", "at", "ended_at",
        "word", "thanks_settled", "outcome", "outcome_settled", "outcome_shared_at", "version",
    ),
    HelpReminder: ("promise_id", "person_id", "kind", "due_at"),
}  # fmt: skip
COUNTED = (Topic, HelpOffer, HelpAsk, HelpPromise)  # whose ids were given


def fill(people: Sequence[int], teams_of: Mapping[int, Sequence[int]], audience_ids: Sequence[int]) -> int:
    """Let everybody ask `EACH` times (inside a unit of work); how many asks there are.

    people: numbers of who is here; teams_of: number -> places in `audience_ids`. Of five asks three were answered,
    one was closed, one is open; three people were put each. Seven in ten are for everyone, two for the asker's teams.
    """
    return _Asks(people, teams_of, audience_ids).fill()


class _Asks:
    def __init__(
        self, people: Sequence[int], teams_of: Mapping[int, Sequence[int]], audience_ids: Sequence[int]
    ) -> None:
        self.people, self.teams_of, self.audience_ids = people, teams_of, audience_ids
        self.now, self.driven = clock.now(), moment()
        self.rows: dict[type[Base], list[tuple[Any, ...]]] = {table: [] for table in POURED}
        self.asks = self.promises = 0

    def fill(self) -> int:
        connection = db.session.connection()
        indexes = [index for table in POURED for index in table.metadata.tables[table.__tablename__].indexes]
        for index in indexes:  # quicker made once than kept in step with each row
            index.drop(connection)
        self.topics = self._topics()
        offering = dict.fromkeys([*self.people[:KNOWN], *self.people[::5]])
        for number, person_id in enumerate(offering, start=1):
            self._offer(number, person_id)
        total = len(self.people) * EACH
        for number in range(total):
            place = number % len(self.people)
            at = self.now - timedelta(days=1) - SPAN * ((total - number) / total)
            rng = random.Random(f"{self.people[place]}-{number // len(self.people)}")  # noqa: S311
            near = [self.people[(place + step) % len(self.people)] for step in (3, 7, 11)]
            self._ask(rng, at, self.people[place], near)
            if number % BATCH == 0:
                self._write()
        for place, person_id in enumerate(self.people[:KNOWN]):
            self._put_to(place, person_id)
        self._write()
        for index in indexes:
            index.create(connection)
        return self.asks

    def _write(self) -> None:
        for table, some in self.rows.items():
            pour(table, POURED[table], some)
            some.clear()

    def _topics(self) -> list[int]:
        """Common ones and rare ones; the first people can be asked about the first of each."""
        names = [*COMMON, *(f"Matter {number}" for number in range(1, len(self.people) // 20 + 2))]
        rows: list[dict[str, Any]] = [
            {"id": place, "slug": name.lower().replace(" ", "-"), "name": name, "key": name.casefold(),
             "sort_key": name.casefold(), "version": 0, "created_at": self.now}
            for place, name in enumerate(names, start=1)
        ]  # fmt: skip
        db.session.execute(sa.insert(Topic), rows)
        claims = [
            {"topic_id": topic_id, "person_id": person_id, "level": "expert", "line": "", "is_open": True,
             "title_mark": "", "version": 0, "at": self.now, "changed_at": self.now}
            for person_id in self.people[:KNOWN]
            for topic_id in (1, 2, len(COMMON) + 1)
        ]  # fmt: skip
        db.session.execute(sa.insert(TopicClaim), claims)
        return [row["id"] for row in rows]

    def _about(self, rng: random.Random, *, first: bool = False) -> list[int]:
        """One common topic, and for every other one a rare one; or the first of each."""
        if first:
            return [self.topics[0], self.topics[len(COMMON)]]
        common, rare = self.topics[: len(COMMON)], self.topics[len(COMMON) :]
        return [rng.choice(common), *([rng.choice(rare)] if rng.random() < 0.5 else [])]

    def _audiences(self, person_id: int, shown_to: str) -> list[int]:
        if shown_to == "asked":
            return []
        teams = [self.audience_ids[place] for place in self.teams_of.get(person_id) or ()]
        return [EVERYONE, *teams] if shown_to == "everyone" else teams

    def _date(self, on: date) -> Any:
        return on if db.engine.dialect.name == "postgresql" else on.isoformat()

    def _offer(self, number: int, person_id: int) -> None:
        rng = random.Random(f"offer {person_id}")  # noqa: S311
        is_known = number <= KNOWN  # theirs are the newest, the same ones whatever the number of people
        ago = timedelta(hours=number) if is_known else timedelta(days=1) + SPAN * rng.random()
        at = self.driven(self.now - ago)
        words = f"Look over any plan of the {rng.choice(COMMON).lower()}, number {number}"
        self.rows[HelpOffer].append((
            number, f"{number:016x}", person_id, words, 15, "Tuesdays", 1, "open", "everyone", at,
            self.driven(self.now), 0,
        ))  # fmt: skip
        self.rows[HelpOfferListing] += [(one, number, at) for one in self._audiences(person_id, "everyone")]
        self.rows[HelpOfferTopic] += [(number, topic_id) for topic_id in self._about(rng, first=is_known)]

    def _ask(self, rng: random.Random, at: datetime, asker_id: int, asked: Sequence[int], *, state: str = "") -> None:
        """One ask, with who was asked, what they said, wrote and promised."""
        self.asks += 1
        number, then = self.asks, self.driven(at)
        is_put = bool(state)
        state = state or rng.choices(("answered", "closed", "open"), (60, 20, 20))[0]
        shown_to = "everyone" if is_put else rng.choices(("everyone", "teams", "asked"), (70, 20, 10))[0]
        question = f"How do we do the {rng.choice(COMMON).lower()} of number {number}?"
        ended = None if state == "open" else then
        due = (self.now + timedelta(days=5)).date()
        self.rows[HelpAsk].append((
            number, f"{number:016x}", asker_id, question, question.casefold(), "It is *new* to me.",
            "<p>It is <em>new</em> to me.</p>", 15, self._date(due), shown_to, False, state, then, ended, 1,
            self.driven(self.now + timedelta(days=2)) if state == "open" else None, 0,
        ))  # fmt: skip
        if state != "closed":
            self.rows[HelpAskListing] += [
                (one, number, state == "open", then) for one in self._audiences(asker_id, shown_to)
            ]
        self.rows[HelpAskTopic] += [(number, topic_id) for topic_id in self._about(rng)]
        self.rows[HelpAsked] += [
            (number, one, "found", "", 1, "bench", then, None if is_put else rng.choice((None, "no", "yes")), None)
            for one in dict.fromkeys(asked)
            if one != asker_id
        ]
        if state == "answered":
            words = f"Here is how, number {number}."
            self.rows[HelpPost].append((number, asked[0], words, f"<p>{words}</p>", then, False, then, True))
            self._promise(at, asked[0], asker_id, number, "done")
        elif state == "open" and not is_put and rng.random() < 0.3:
            self._promise(at, asked[0], asker_id, number, "open")

    def _promise(self, at: datetime, giver: int, receiver: int, ask_id: int | None, state: str) -> None:
        if giver == receiver:
            return
        self.promises += 1
        due = (self.now + timedelta(days=3)).date() if state == "open" else at.date()
        then = self.driven(at)
        self.rows[HelpPromise].append((
            self.promises, f"{self.promises:016x}", giver, receiver, ask_id, "I look at it", self._date(due), state,
            False, then, None if state == "open" else then, "", True, "", True, None, 0,
        ))  # fmt: skip
        if state == "open":
            soon = self.driven(self.now + timedelta(days=2))
            self.rows[HelpReminder] += [(self.promises, one, "before", soon) for one in (giver, receiver)]

    def _put_to(self, place: int, person_id: int) -> None:
        """One of those who can sign in has as much waiting as a page shows, the others less, whatever the number of
        people."""
        many = TO_ONE if place == 1 else TO_EACH
        others = [self.people[(place + step) % len(self.people)] for step in range(1, many + 1)]
        for step, asker_id in enumerate(one for one in others if one != person_id):
            rng = random.Random(f"to {person_id}-{step}")  # noqa: S311
            at = self.now - timedelta(hours=2 + step)
            self._ask(rng, at, asker_id, [person_id], state="open")
            if step % 2:
                self._promise(at, person_id, asker_id, self.asks, "open")
                self._promise(at, asker_id, person_id, None, "open")
