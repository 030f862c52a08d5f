"""The log: plain words for every code, filters, names of today, and a file."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal.admin import log
from portal.admin.log_words import ABOUT_PEOPLE, WORDS, words_of
from portal.core import audit, clock
from portal.core.db import unit_of_work
from portal.people import erasing
from tests.client import Client
from tests.makers import Make

PORTAL = Path(__file__).resolve().parents[2] / "portal"


def _chosen(function: ast.FunctionDef, name: str) -> set[str]:
    """What a name of that function may stand for."""
    values = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    sides = [
        side
        for value in values
        for side in ((value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,))
    ]
    found = {str(side.value) for side in sides if isinstance(side, ast.Constant)}
    assert found, f"{name}: a code that cannot be read"
    return found


def recorded() -> set[str]:
    """Every code that is recorded anywhere: the words within the first argument, and in a table that it looks up."""
    found = set()
    for path in PORTAL.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for node in ast.walk(function):
                called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "record")
                if not called:
                    continue
                code = node.args[0]  # type: ignore[attr-defined]
                if isinstance(code, ast.Subscript):
                    name = ast.unparse(code.value)
                    tables = [
                        n.value
                        for n in ast.walk(function)
                        if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name
                    ]
                    found |= {
                        str(v.value)
                        for t in tables
                        if isinstance(t, ast.Dict)
                        for v in t.values
                        if isinstance(v, ast.Constant)
                    }
                elif isinstance(code, ast.Name):
                    found |= _chosen(function, code.id)
                elif isinstance(code, ast.IfExp):
                    found |= {str(side.value) for side in (code.body, code.orelse) if isinstance(side, ast.Constant)}
                else:
                    assert isinstance(code, ast.Constant), f"{path}: a code that cannot be read"
                    found.add(str(code.value))
    return found


def test_every_code_has_plain_words_and_no_words_are_left_over(sqlite_app: Flask) -> None:
    assert recorded() == set(WORDS)
    with sqlite_app.test_request_context():
        assert len({str(words) for words, _subject in WORDS.values()}) == len(WORDS), "each says something else"
    assert {subject for _words, subject in WORDS.values()} == {"person", "team", "goal", ""}
    assert "signed_in" not in ABOUT_PEOPLE and words_of("from_before") == "from_before"


@pytest.fixture
def boss(client: Client, make: Make) -> int:
    found = make.member("Ada Admin", role="admin")
    client.sign_in(make.email(found))
    return found


def test_it_is_narrowed_by_person_code_and_day(app: Flask, client: Client, make: Make, boss: int) -> None:
    gita = make.member("=Gita", email="gita@example.org")
    team = make.project("Elm", gita, boss)

    def work() -> None:
        audit.record("person_left", actor_id=boss, subject_id=gita)
        audit.record("team_closed", actor_id=gita, subject_id=team)
        audit.record("people_invited", actor_id=gita, subject_id=gita)  # a team's number, by chance the same
        audit.record("from_before", actor_id=None)

    with app.app_context(), clock.pinned(datetime(2024, 5, 1, 23, 30, tzinfo=UTC)):
        unit_of_work(work)
    day = client.get("admin.log", day="2024-05-01")
    assert len(day.all("tbody tr")) == 4
    for words in ("Somebody left", "Closed a team", "from_before", "Elm", "=Gita", "Ada Admin", "nobody"):
        assert words in day.main, words
    assert client.get("admin.log", day="2024-05-02").all(".empty")
    assert len(client.get("admin.log", code="team_closed").all("tbody tr")) == 1
    handle = make.handle(gita)
    hers = client.get("admin.log", who=handle, day="2024-05-01")
    assert len(hers.all("tbody tr")) == 3
    assert "Nobody has this address" in client.get("admin.log", who="nobody-such").main
    for odd in ("9999-12-31", "0001-01-01", "yesterday"):
        client.get("admin.log", day=odd)
    file = client.raw.get("/admin/log.csv?day=2024-05-01")
    text = file.get_data(as_text=True)
    assert "'=Gita" in text and ",=Gita" not in text
    assert file.headers["Cache-Control"] == "no-store"
    make.do(lambda: erasing.erase_person(person_id=gita, actor_id=boss))
    assert "Gita" not in client.get("admin.log", day="2024-05-01").text
    assert "a former colleague" in client.get("admin.log", day="2024-05-01").main


def test_the_newest_first_and_page_by_page(
    client: Client, make: Make, boss: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ROWS", 3)

    def work() -> None:
        for code in ("team_started", "goal_added", "goal_closed", "goal_reopened"):
            audit.record(code, actor_id=boss, subject_id=10**9)

    make.do(work)
    page = client.get("admin.log")
    assert "Opened a goal again" in page.all("tbody tr")[0].text_content()
    older = client.get(page.all("a[rel=next]")[0].get("href"))
    assert "Started a team" in older.all("tbody tr")[0].text_content()


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-x", "@cmd", "\tx", "\rx"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert log._safe(cell) == f"'{cell}" and log._safe("Gita") == "Gita"
