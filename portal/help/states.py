"""Who may do what with an ask, a promise and an offer, and what it comes to: the one table of it. Pure.

docs/help-states.md is printed from here; a test compares them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["may", "not theirs", "not now"]


@dataclass(frozen=True)
class Step:
    """Something that is done to a thing.

    by: whose it is to do (see the roles of the thing); before: the states in which it may be done; after: the state
    that it leads to, None where that stays; tells: the event that says so.
    """

    action: str
    by: tuple[str, ...]
    before: tuple[str, ...]
    after: str | None
    tells: str


@dataclass(frozen=True)
class Table:
    """All steps of one thing. roles: role -> who that is, in words."""

    thing: str
    roles: dict[str, str]
    states: tuple[str, ...]
    steps: tuple[Step, ...]

    def step(self, action: str) -> Step:
        return next(one for one in self.steps if one.action == action)

    def verdict(self, action: str, *, state: str, roles: Collection[str]) -> Verdict:
        """May somebody with these roles do it in that state?"""
        step = self.step(action)
        if set(step.by).isdisjoint(roles):
            return "not theirs"
        return "may" if state in step.before else "not now"


_ANY = ("open", "answered", "closed")
ASK = Table(
    "ask",
    {
        "asker": "whoever asks",
        "asked": "somebody who was asked and has not answered",
        "reader": "anybody who may see it, but the asker",
        "author": "whoever wrote the post in its thread",
        "worker": "Hallway, when it is time",
    },
    ("open", "answered", "closed", "gone"),
    (
        Step("ask", ("asker",), (), "open", "AskPosted"),
        Step("change", ("asker",), ("open",), None, "AskChanged"),
        Step("take back", ("asker",), _ANY, "gone", "AskWithdrawn"),
        Step("close", ("asker", "worker"), ("open", "answered"), "closed", "AskClosed"),
        Step("open again", ("asker",), ("answered", "closed"), "open", "AskReopened"),
        Step("ask people", ("worker",), ("open",), None, "PeopleAsked"),
        Step("raise", ("worker",), ("open",), None, "AskRaised"),
        Step("say no", ("asked",), ("open",), None, "AskDeclined"),
        Step("name somebody", ("asked", "reader"), ("open",), None, "HelperNamed"),
        Step("promise", ("asked", "reader"), ("open",), None, "PromiseMade"),
        Step("write", ("asker", "asked", "reader"), ("open", "answered"), None, "PostWritten"),
        Step("take a post back", ("author",), _ANY, None, "PostWithdrawn"),
        Step("mark as useful", ("asker",), ("open", "answered"), "answered", "AnswerMarked"),
        Step("mark as not useful", ("asker",), ("answered",), None, "AnswerUnmarked"),
        Step("let it be found", ("author",), _ANY, None, "AnswerConsented"),
    ),
)
PROMISE = Table(
    "promise",
    {
        "giver": "whoever promised",
        "receiver": "whom it was promised to",
        "other": "the one of the two who did not propose the new day",
        "worker": "Hallway, when it is time, or when one of the two leaves or blocks the other",
    },
    ("open", "done", "off"),
    (
        Step("make", ("giver",), (), "open", "PromiseMade"),
        Step("propose another day", ("giver", "receiver"), ("open",), None, "PromiseMoveProposed"),
        Step("agree", ("other",), ("open",), None, "PromiseMoved"),
        Step("keep the day", ("giver", "receiver"), ("open",), None, "PromiseMoveDropped"),
        Step("say it is done", ("giver", "receiver"), ("open",), "done", "PromiseFulfilled"),
        Step("say it is not done", ("giver", "receiver"), ("done",), "open", "PromiseReopened"),
        Step("call off", ("giver", "receiver", "worker"), ("open",), "off", "PromiseDropped"),
        Step("remind", ("worker",), ("open",), None, "PromiseReminded"),
        Step("say what came of it", ("receiver",), ("done",), None, "OutcomeNoted"),
    ),
)
OFFER = Table(
    "offer",
    {
        "owner": "whose offer it is",
        "reader": "anybody who may see it, but its owner",
        "worker": "Hallway, when its owner leaves",
    },
    ("open", "paused", "closed"),
    (
        Step("offer", ("owner",), (), "open", "OfferMade"),
        Step("change", ("owner",), ("open", "paused"), None, "OfferChanged"),
        Step("pause", ("owner",), ("open",), "paused", "OfferChanged"),
        Step("go on", ("owner",), ("paused",), "open", "OfferChanged"),
        Step("still stands", ("owner",), ("open", "paused"), "open", "OfferChanged"),
        Step("close", ("owner", "worker"), ("open", "paused"), "closed", "OfferClosed"),
        Step("take up", ("reader",), ("open",), None, "AskPosted"),
    ),
)
TABLES = (ASK, PROMISE, OFFER)


def as_markdown() -> str:
    """The tables for the docs."""
    lines = ["# Help: who may do what, and when", ""]
    lines += [
        "Printed from `portal/help/states.py`; a test compares them. Every step is an event, told in its transaction."
    ]
    lines.append("")
    for table in TABLES:
        lines += [f"## {table.thing.capitalize()}", ""]
        lines += [f"States: {', '.join(table.states)}.", ""]
        lines += [f"- **{role}**: {words}" for role, words in table.roles.items()]
        lines += ["", "| step | by | in state | leads to | event |", "|---|---|---|---|---|"]
        for step in table.steps:
            before = ", ".join(step.before) or "(new)"
            after = step.after or "(stays)"
            lines.append(f"| {step.action} | {', '.join(step.by)} | {before} | {after} | `{step.tells}` |")
        lines.append("")
    return "\n".join(lines)
