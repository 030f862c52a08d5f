"""hallway import people: options, what it says, what it asks, and its exit codes. (More in test_commands.py.)"""

from __future__ import annotations

import os
import pty
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.core import clock
from portal.people.importing import LEASE
from tests.commands.conftest import HOUSE, Ran, environ_of

Hallway = Callable[..., Ran]
HEADER = "id,name,email,department\n"
ADA, BO = "1,Ada Okoye,ada@example.org,Boats\n", "2,Bo Lindgren,bo@example.org,Sails\n"


@pytest.fixture
def bring(hallway: Hallway, migrated: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Import that text with those options."""

    def call(text: str | bytes, *options: str) -> Ran:
        path = tmp_path / "staff.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return hallway("import", "people", str(path), *options)

    return call


def ask(instance: Path, question: str) -> list[Any]:
    with sqlite3.connect(instance / "hallway.sqlite3") as connection:
        return connection.execute(question).fetchall()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(bring: Callable[..., Ran], instance: Path) -> None:
    bring(HEADER + ADA + BO, "--yes")
    ran = bring(HEADER + "1,Ada Obi,ada@example.org,Boats\n3,Chi,chi@example.org,\n", "--dry-run", "--full")
    assert (ran.code, ran.out.splitlines()) == (
        0,
        [
            "line 2: Ada Obi: changed (name: Ada Okoye -> Ada Obi)",
            "line 3: Chi: added",
            "1 to add, 1 to change, 0 as before.",
            "Missing from the file, so offered as left: Bo Lindgren",
            "Nothing was written.",
        ],
    )
    assert ask(instance, "SELECT count(*) FROM person") == [(2,)]
    assert "line 2" not in bring(HEADER + ADA, "--dry-run").out
    assert "line 2: Ada Okoye: as before" in bring(HEADER + ADA, "--dry-run", "--verbose").out


def test_a_long_dry_run_is_cut_unless_all_is_asked_for(bring: Callable[..., Ran]) -> None:
    text = HEADER + "".join(f"{n},Ada,a{n}@example.org,\n" for n in range(60))
    assert "and 10 more lines; --verbose shows them" in bring(text, "--dry-run").out
    assert bring(text, "--dry-run", "--verbose").out.count("added") == 60


def test_columns_by_hand(bring: Callable[..., Ran], instance: Path) -> None:
    text = "A;B;C;Shoe size\n1;Ada Okoye;ada@example.org;42\n"
    ran = bring(text, "--yes", "--map", "A=id", "--map", "b = name", "--map", "C=E-Mail")
    assert (ran.code, ran.out) == (0, "1 added, 0 changed, 0 as before.\n")
    assert "passed over: Shoe size" in ran.err
    assert ask(instance, "SELECT external_id, name, email FROM person") == [("1", "Ada Okoye", "ada@example.org")]
    for wrong in ("A=shoe", "Z=id", "A", "=id"):
        ran = bring(text, "--yes", "--map", wrong)
        assert ran.code == 2 and "--map" in ran.err, wrong


def test_who_is_missing_leaves_only_when_that_is_said(bring: Callable[..., Ran], instance: Path) -> None:
    bring(HEADER + ADA + BO, "--yes")
    ran = bring(HEADER + ADA, "--yes", "--full")
    assert "Missing from the file: Bo Lindgren" in ran.out and "--left" in ran.out
    assert ask(instance, "SELECT count(*) FROM person WHERE left_at IS NOT NULL") == [(0,)]
    assert "1 have left." in bring(HEADER + ADA, "--yes", "--full", "--left").out
    assert ask(instance, "SELECT name FROM person WHERE left_at IS NOT NULL") == [("Bo Lindgren",)]
    ran = bring(HEADER + ADA + BO, "--yes")
    assert "Had left, and stand in the file: Bo Lindgren" in ran.out and "--back" in ran.out
    assert "1 are here again." in bring(HEADER + ADA + BO, "--yes", "--back").out
    assert ask(instance, "SELECT count(*) FROM person WHERE left_at IS NOT NULL") == [(0,)]
    assert bring(HEADER, "--yes", "--left").code == 2


def test_problems_are_named_and_nothing_is_written(bring: Callable[..., Ran], instance: Path) -> None:
    ran = bring(HEADER + ADA + "2,Bo,bo,\n3,,chi@example.org,\n", "--yes")
    assert ran.code == 1
    assert [said.split(":")[0] for said in ran.err.splitlines()] == [
        "line 3, column email", "line 4, column name", "Nothing was written.",
    ]  # fmt: skip
    assert ask(instance, "SELECT count(*) FROM person") == [(0,)]


def test_a_lease_that_a_killed_import_left_behind_runs_out(bring: Callable[..., Ran], instance: Path) -> None:
    """Whoever comes next waits for it; here it has run out."""
    bring(HEADER + ADA, "--yes")
    before = (clock.now() - LEASE).replace(tzinfo=None).isoformat(" ")
    with sqlite3.connect(instance / "hallway.sqlite3") as connection:
        connection.execute("UPDATE staff_import SET state = 'running', leased_until = ?", [before])
    assert bring(HEADER + ADA + BO, "--yes").out == "1 added, 0 changed, 1 as before.\n"


def test_at_a_terminal_it_asks(migrated: Path, instance: Path, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(HEADER + ADA, encoding="utf-8")
    for answer, code, people in (b"n\n", 130, 0), (b"y\n", 0, 1):
        ours, theirs = pty.openpty()
        os.write(ours, answer)
        ran = subprocess.run(
            [sys.executable, "-m", "portal.cli", "import", "people", str(path)],
            cwd=HOUSE, env=environ_of(instance), stdin=theirs, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        os.close(ours)
        os.close(theirs)
        assert ran.returncode == code, ran.stderr
        assert b"Import them?" in ran.stderr
        assert ask(instance, "SELECT count(*) FROM person") == [(people,)]
