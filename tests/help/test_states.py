"""The table of who may do what is printed in the docs, and every step tells its event."""

from __future__ import annotations

from pathlib import Path

from portal.help import events, states

ROOT = Path(__file__).parents[2]


def test_the_docs_print_the_table() -> None:
    assert (ROOT / "docs" / "help-states.md").read_text(encoding="utf-8") == states.as_markdown()


def test_every_step_tells_an_event_that_is_published() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "portal" / "help").glob("*.py"))
    for table in states.TABLES:
        for step in table.steps:
            assert hasattr(events, step.tells), step
            assert f"publish({step.tells}(" in code, step
            # Who may do it is asked of the table, not known by heart.
            assert step.before == () or f'"{step.action}"' in code, step
