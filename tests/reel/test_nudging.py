"""What stands in the way of a nudge, and how it is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from portal.core import clock
from portal.reel.nudging import Obstacle, in_short, in_words, obstacle

BEFORE, ENOUGH = "Nobody is nudged before the first day.", "Once a week is enough."
NOW = datetime(2031, 3, 12, 12, 0, tzinfo=UTC)  # a Wednesday
FREE: dict[str, Any] = {
    "is_open": True, "is_me": False, "is_in": False, "starts_on": None, "kickoff_is_today": False, "nudged_at": None,
    "zone": "UTC",
}  # fmt: skip


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ({}, None),
        ({"is_open": False, "is_me": True}, Obstacle("closed")),
        ({"is_me": True, "is_in": True}, Obstacle("me")),
        ({"is_in": True, "kickoff_is_today": True}, Obstacle("in")),
        ({"starts_on": date(2031, 3, 15), "kickoff_is_today": True}, Obstacle("starts", date(2031, 3, 15))),
        ({"kickoff_is_today": True, "nudged_at": NOW}, Obstacle("kickoff")),
        ({"nudged_at": NOW - timedelta(days=6)}, Obstacle("nudged", date(2031, 3, 6))),
        ({"nudged_at": NOW - timedelta(days=7)}, None),
        # On the wall of whoever reads it, it was still the day before.
        ({"nudged_at": NOW - timedelta(hours=10), "zone": "America/Lima"}, Obstacle("nudged", date(2031, 3, 11))),
    ],
)
def test_the_first_thing_that_stands_in_the_way(how: dict[str, Any], found: Obstacle | None) -> None:
    with clock.pinned(NOW):
        assert obstacle(**(FREE | how)) == found


@pytest.mark.parametrize(
    ("found", "short", "words"),
    [
        (Obstacle("starts", date(2031, 3, 17)), "starts Monday", f"Ada starts Monday. {BEFORE}"),
        (Obstacle("starts", date(2031, 4, 2)), "starts 2 April", f"Ada starts 2 April. {BEFORE}"),
        (Obstacle("nudged", date(2031, 3, 10)), "nudged on Monday", f"Ada was nudged on Monday. {ENOUGH}"),
        (Obstacle("nudged", date(2031, 3, 12)), "nudged today", f"Ada was nudged today. {ENOUGH}"),
        (Obstacle("kickoff"), "today is the kick-off", "Today is the kick-off. Nobody is nudged on the day itself."),
        (Obstacle("in"), "", "The intro of Ada is in."),
        (Obstacle("me"), "", "This is your own intro: write it when you like."),
        (Obstacle("closed"), "", "This team is closed. Its lead can open it again."),
    ],
)  # fmt: skip
def test_it_is_said_in_words(sqlite_app: Flask, found: Obstacle, short: str, words: str) -> None:
    with sqlite_app.test_request_context(), clock.pinned(NOW):
        assert in_short(found, "UTC") == short
        assert in_words(found, "Ada", "UTC") == words
