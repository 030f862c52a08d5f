"""hallway import evidence, search rebuild, check and experts: exit codes, words, and what comes out."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Ran
from tests.commands.test_commands import ask, init

Hallway = Callable[..., Ran]
PEOPLE = "id,name,email\np1,Ada Okoye,ada@example.org\np2,Bo Lindgren,bo@example.org\np3,Cy Rossi,cy@example.org\n"
EVIDENCE = (
    "item,person,role,title,text,at\n"
    "w1,p1,author,net: fix the queue,It was full,2025-03-01\n"
    "w1,p2,reviewer,,,2025-03-01\n"
    "w2,p2,author,doc: explain timers,,2025-03-02\n"
    "w3,p3,author,net: another queue,,2019-03-02\n"
)
QUERIES = "id,kind,query,asker,relevant\nq1,question,queue timers,p2,p1\nq2,area,Queue,,p1\nq3,area,zebra,,p1\n"


@pytest.fixture
def files(tmp_path: Path) -> Callable[[str, str], str]:
    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return str(path)

    return write


@pytest.fixture
def filled(hallway: Hallway, migrated: Path, files: Callable[[str, str], str]) -> Hallway:
    assert hallway("import", "people", files("people.csv", PEOPLE), "--yes").code == 0
    ran = hallway("import", "evidence", files("work.csv.gz", EVIDENCE))
    assert (ran.code, ran.out) == (0, "3 added, 0 changed, 0 as before.\n")
    return hallway


def test_evidence_comes_in_once(filled: Hallway, files: Callable[[str, str], str], instance: Path) -> None:
    ran = filled("import", "evidence", files("work.csv", EVIDENCE))
    assert (ran.code, ran.out) == (0, "0 added, 0 changed, 3 as before.\n")
    ran = filled(
        "import", "evidence", files("work.csv", EVIDENCE.replace("It was full", "It overflowed")), "--dry-run"
    )
    assert (ran.code, ran.out) == (0, "3 items. Nothing was written.\n")
    assert "full" not in str(ask(instance, "SELECT title, url FROM search_item"))


def test_a_broken_file_is_refused(filled: Hallway, files: Callable[[str, str], str], instance: Path) -> None:
    before = ask(instance, "SELECT * FROM search_item")
    ran = filled("import", "evidence", files("bad.csv", EVIDENCE + "w4,p9,author,New,,2025-03-01\n"))
    assert ran.code == 1
    assert "line 6" in ran.err and "p9" in ran.err and "Nothing was written." in ran.err
    assert ask(instance, "SELECT * FROM search_item") == before
    assert filled("import", "evidence", "no-such-file.csv").code == 2


def test_experts_are_ranked_for_many_questions(
    filled: Hallway, files: Callable[[str, str], str], tmp_path: Path
) -> None:
    out = tmp_path / "ranks.csv"
    queries = files("queries.csv", QUERIES)
    ran = filled("search", "experts", "--queries", queries, "--k", "2", "--out", str(out))
    assert (ran.code, ran.out) == (0, "3 questions answered.\n")
    with out.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert [(row["query"], row["person"], row["rank"]) for row in rows] == [
        ("q1", "p1", "1"), ("q1", "p3", "2"), ("q2", "p1", "1"), ("q2", "p2", "2"),
    ]  # fmt: skip
    assert rows[0]["why"] == "net: fix the queue" and float(rows[0]["score"]) > 0
    ran = filled("search", "experts", "--queries", queries, "--out", str(out), "--mode", "expert")
    assert ran.code == 0
    assert filled("search", "experts", "--queries", files("x.csv", "id,kind\n"), "--out", str(out)).code == 1
    wrong = QUERIES.replace("question,", "riddle,")
    ran = filled("search", "experts", "--queries", files("x.csv", wrong), "--out", str(out))
    assert ran.code == 1 and "line 2" in ran.err


def test_who_is_asked_first_for_many_questions(
    filled: Hallway, files: Callable[[str, str], str], tmp_path: Path
) -> None:
    out = tmp_path / "first.csv"
    ran = filled("bench", "route", "--queries", files("queries.csv", QUERIES), "--out", str(out))
    assert (ran.code, ran.out) == (0, "3 questions put to people.\n")
    with out.open(encoding="utf-8", newline="") as source:
        rows = [tuple(row.values()) for row in csv.DictReader(source)]
    assert rows == [("q1", "p1", "1"), ("q1", "p3", "2")]  # not whoever asks, and no areas


def test_where_somebody_signed_in_measuring_is_said_and_written_down(
    filled: Hallway, files: Callable[[str, str], str], tmp_path: Path, instance: Path
) -> None:
    init(filled, "noor@example.org")
    out, queries = str(tmp_path / "ranks.csv"), files("queries.csv", QUERIES)
    assert filled("search", "experts", "--queries", queries, "--out", out).code == 0  # nobody came in yet
    sign_in = (
        "INSERT INTO sign_in (person_id, key_hash, device, started_at, last_used_at) SELECT person_id, 'x', 'd',"
        " '2026-01-02 00:00:00', '2026-01-02 00:00:00' FROM account"
    )
    ask(instance, sign_in)
    ran = filled("search", "experts", "--queries", queries, "--out", out)
    assert ran.code == 1 and "--i-am-measuring" in ran.err
    ran = filled("bench", "route", "--queries", queries, "--out", out)
    assert ran.code == 1 and "--i-am-measuring" in ran.err
    assert filled("search", "experts", "--queries", queries, "--out", out, "--i-am-measuring").code == 0
    assert ask(instance, "SELECT count(*) FROM audit_entry WHERE code = 'search_measured'") == [(1,)]


def test_the_index_is_checked_and_made_anew(filled: Hallway, instance: Path) -> None:
    assert filled("search", "check").code == 0
    ask(instance, "DELETE FROM search_item WHERE kind = 'person'")
    ran = filled("search", "check")
    assert ran.code == 1 and "3 of the kind person cannot be found" in ran.out
    assert filled("search", "rebuild").code == 0
    assert filled("search", "check").code == 0


def test_a_backup_brings_the_index_along(filled: Hallway, tmp_path: Path) -> None:
    kept = str(tmp_path / "kept.zip")
    assert filled("backup", kept).code == 0
    other = str(tmp_path / "other")
    assert filled("restore", kept, INSTANCE_PATH=other).code == 0
    assert filled("search", "check", INSTANCE_PATH=other).code == 0
    found = ask(Path(other), "SELECT count(*) FROM fts_search_item WHERE fts_search_item MATCH 'queue'")
    assert found == [(2,)]
