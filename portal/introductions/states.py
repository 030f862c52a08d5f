"""Who may do what with an introduction and an ask to a manager, and what it comes to: the one table of it. Pure."""

from __future__ import annotations

from datetime import datetime

from portal.help.states import Step, Table

from .models import LASTS

INTRODUCTION = Table(
    "introduction",
    {
        "introducer": "whoever brings the two together",
        "asked": "one of the two, once they were asked",
        "worker": "Hallway, when it is time, when both have said yes, or when one of the three leaves",
    },
    ("waiting", "made", "over", "gone"),
    (
        Step("propose", ("introducer",), (), "waiting", "IntroductionProposed"),
        Step("ask", ("worker",), ("waiting",), None, "IntroductionOffered"),
        Step("say yes", ("asked",), ("waiting",), None, "IntroductionAccepted"),
        Step("say no", ("asked",), ("waiting",), None, "IntroductionDeclined"),
        Step("make", ("worker",), ("waiting",), "made", "IntroductionMade"),
        # However many have answered: a button that goes away would tell.
        Step("take back", ("introducer",), ("waiting",), "gone", "IntroductionWithdrawn"),
        Step("end", ("worker",), ("waiting",), "over", "IntroductionLapsed"),
    ),
)
MANAGER_ASK = Table(
    "ask to a manager",
    {
        "asker": "whoever asks",
        "manager": "whom they ask",
        "worker": "Hallway, when it is time, or when the manager leaves or becomes a guest",
    },
    ("waiting", "answered", "over", "gone"),
    (
        Step("ask", ("asker",), (), "waiting", "ManagerAsked"),
        Step("name people", ("manager",), ("waiting",), "answered", "ManagerAskAnswered"),
        Step("pass", ("manager",), ("waiting",), None, "ManagerAskPassed"),
        Step("take back", ("asker",), ("waiting",), "gone", "ManagerAskWithdrawn"),
        Step("end", ("worker",), ("waiting",), "over", "ManagerAskLapsed"),
    ),
)
TABLES = (INTRODUCTION, MANAGER_ASK)


def state_at(state: str, at: datetime, now: datetime) -> str:
    """The state of an introduction as it counts now: what waits too long is over, whether or not it was looked at."""
    return "over" if state == "waiting" and now >= at + LASTS else state
