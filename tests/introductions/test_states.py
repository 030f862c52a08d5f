"""The table of steps is whole: each is told by an event, leads somewhere known, and is somebody's."""

from __future__ import annotations

from datetime import UTC, datetime

import portal.introductions.events as events
from portal.introductions import states
from portal.introductions.models import ASK_STATES, LASTS, STATES


def test_each_step_has_its_event_its_people_and_its_states() -> None:
    told = {name for name in dir(events) if name.startswith(("Introduction", "ManagerAsk"))}
    assert {step.tells for table in states.TABLES for step in table.steps} == told
    for table, kept in ((states.INTRODUCTION, STATES), (states.MANAGER_ASK, ASK_STATES)):
        assert set(table.states) == {*kept, "gone"}
        for step in table.steps:
            assert set(step.by) <= set(table.roles) and {*step.before, step.after or "gone"} <= set(table.states)
            for state in table.states:
                for role in table.roles:
                    may = role in step.by and state in step.before
                    assert (table.verdict(step.action, state=state, roles={role}) == "may") == may
    # A button that goes away would tell that somebody answered.
    assert states.INTRODUCTION.step("take back").before == ("waiting",)
    assert states.INTRODUCTION.step("say no").after is None


def test_what_waits_too_long_is_over_whether_or_not_somebody_looked() -> None:
    at = datetime(2030, 5, 6, tzinfo=UTC)
    assert states.state_at("waiting", at, at + LASTS) == "over"
    assert states.state_at("waiting", at, at + LASTS / 2) == "waiting"
    assert states.state_at("made", at, at + 3 * LASTS) == "made"
