"""hallway import contacts, meet export and meet refresh: exit codes, words, and what comes out."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

from tests.commands.conftest import Ran
from tests.commands.test_commands import ask

Hallway = Callable[..., Ran]
PEOPLE = "id,name,email,department\n" + "".join(
    f"p{one},Person {one},p{one}@example.org,D{one % 2}\n" for one in range(5)
)
CONTACTS = "a,b,at,medium\n" + "".join(
    f"{pair},2025-03-{day}T10:00:00Z,email\n" for pair, day in (("p0,p1", "01"), ("p1,p2", "02"), ("p3,p1", "09"))
)


def test_from_a_file_to_suggestions(hallway: Hallway, instance: Path, tmp_path: Path) -> None:
    staff, contacts, out = tmp_path / "people.csv", tmp_path / "contacts.csv.gz", tmp_path / "ranks.csv"
    staff.write_text(PEOPLE)
    contacts.write_bytes(gzip.compress((CONTACTS + "p0,nobody,2025-03-01,email\n").encode()))
    assert hallway("import", "people", str(staff), "--yes").code == 0
    ran = hallway("import", "contacts", str(contacts), "--dry-run")
    assert (ran.code, ran.out.startswith("3 contacts. 1 line could not be taken")) == (0, True)
    ran = hallway("import", "contacts", str(contacts))
    assert (ran.code, ran.out) == (0, "3 added, 0 as before. 1 line could not be taken (named above).\n")
    assert "line 5, column b: nobody here is nobody" in ran.err
    words = ("meet", "export", "--k", "3", "--new-only", "--as-of", "2025-03-05T00:00:00Z", "--out", str(out))
    ran = hallway(*words)
    assert (ran.code, ran.out) == (0, "Suggestions for 3 people.\n")
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert list(rows[0]) == ["person", "suggested", "rank", "score", "reasons"]
    assert next((row["suggested"], row["rank"]) for row in rows if row["person"] == "p0") == ("p2", "1")
    assert {row["reasons"] for row in rows if row["suggested"] == "p2" and row["person"] == "p0"} == {
        "is in your department: D0"
    }
    assert hallway("meet", "export", "--as-of", "soon", "--out", str(out)).code == 1
    ran = hallway("meet", "learn", "--as-of", "2025-03-10T00:00:00Z")
    assert ran.code == 0 and ran.out.endswith("nothing to learn from. The plain weights are used.\n")
    assert hallway("meet", "learn", "--as-of", "soon").code == 1
    assert hallway("meet", "learn", "--forget").out == "The plain weights are used.\n"
    assert hallway("meet", "refresh").out == "Made anew for 5 people.\n"
    contacts.write_bytes(gzip.compress(CONTACTS[:-1].encode())[:-12])
    ran = hallway("import", "contacts", str(contacts))
    assert ran.code == 1 and "Nothing was written." in ran.err
    ask(instance, "INSERT INTO audit_entry (at, code) VALUES ('2025-01-01 00:00:00.000000', 'signed_in')")
    ran = hallway(*words)
    assert ran.code == 1 and "--i-am-measuring" in ran.err
    assert hallway(*words, "--i-am-measuring").code == 0
    assert ask(instance, "SELECT count(*) FROM audit_entry WHERE code = 'meet_measured'") == [(1,)]
