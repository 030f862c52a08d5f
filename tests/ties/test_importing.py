"""Contacts from elsewhere: what cannot be taken is named by its line, and nothing of the rest is lost."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.config import from_environ
from portal.core.db import db
from portal.people import services as people
from portal.people.staff_list import StaffListRefused
from portal.ties import importing, services
from portal.ties.importing import Contacts, Imported
from portal.ties.models import ImportedContact
from tests.makers import Make

HEAD = "a,b,at,medium\n"


@pytest.fixture
def ids(make: Make) -> dict[str, int]:
    make.noise()
    return {
        name: make.member(f"{name.title()} Tester", email=f"{name}@example.org", external_id=name.upper())
        for name in ("ada", "bo", "cy", "dee", "eve")
    }


def read(make: Make, tmp_path: Path, text: str) -> Contacts:
    path = tmp_path / "contacts.csv.gz"
    path.write_bytes(gzip.compress(text.encode(errors="surrogateescape")))
    return make.read(lambda: importing.read(path))


def run(make: Make, tmp_path: Path, text: str) -> Imported:
    found = read(make, tmp_path, text)
    return make.read(lambda: importing.write(found))


def kept(make: Make) -> list[tuple[int, int, str, datetime]]:
    table = ImportedContact
    query = sa.select(table.low_id, table.high_id, table.medium, table.at).order_by(table.at)
    return list(make.read(lambda: db.session.execute(query).tuples().all()))


def test_what_cannot_be_taken_is_named_and_the_rest_is_there_once(
    make: Make, ids: dict[str, int], tmp_path: Path
) -> None:
    make.do(lambda: people.mark_left(person_id=ids["dee"], actor_id=None))
    viewer = make.viewer(ids["eve"])
    make.do(lambda: services.leave_out(viewer=viewer))
    text = HEAD + (
        "ADA,BO,2025-03-01T10:00:00Z,Email\n"
        "bo@example.org,ADA,2025-03-01T11:00:00+01:00,email\n"  # the same moment, the other way round
        "ADA,CY,2025-03-02,chat\n"
        "ADA,ADA,2025-03-02,email\n"
        "ADA,who@else.example,2025-03-02,email\n"
        "ADA,DEE,2025-03-02,email\n"
        "ADA,EVE,2025-03-02,email\n"
        "ADA,BO,2999-01-01,email\n"
        "ADA,BO,yesterday,email\n"
        "ADA,BO\n"
        "ADA,BO,2025-03-03,<b>\n"
        ",BO,2025-03-03,email\n"
        "\n"
        "CY,BO,2025-03-04,email\n"
        " ,,,\n"
        "ADA,BO,9999-12-31T23:59:59-14:00,email\n"  # no moment in UTC
    )
    found = read(make, tmp_path, text)
    said = [str(problem) for problem in found.problems.first]
    assert [line.partition(":")[0] for line in said] == [
        "line 5", "line 6, column b", "line 9, column at", "line 10, column at", "line 11",
        "line 12, column medium", "line 13, column a", "line 17, column at",
    ]  # fmt: skip
    assert (found.apart, found.problems.count, len(found)) == (2, 8, 4)
    assert found.untaken == 8 and read(make, tmp_path, HEAD + "X,Y,Z,<b>\n").untaken == 1
    assert make.read(lambda: importing.write(found)) == Imported(3, 1)
    ada, bo, cy = ids["ada"], ids["bo"], ids["cy"]
    rows = [(ada, bo, "email"), (ada, cy, "chat"), (bo, cy, "email")]
    assert [row[:3] for row in kept(make)] == rows
    assert kept(make)[0][3] == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert run(make, tmp_path, text) == Imported(0, 4)
    mended = text.replace("yesterday", "2025-03-05")
    assert run(make, tmp_path, mended) == Imported(1, 4)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("a,b,at\nADA,BO,2025-03-01\n", 1, "no column medium"),
        ('a,b,at,"medium\nADA,BO,2025-03-01,email\n', 1, "quotation mark"),
        ("a,b,at,m\udce9dium\nADA,BO,2025-03-01,email\n", 1, "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    make: Make, ids: dict[str, int], tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(StaffListRefused) as caught:
        run(make, tmp_path, text)
    assert f"line {line}" in str(caught.value) and words in str(caught.value) and kept(make) == []


def test_a_line_that_cannot_be_read_costs_no_other(make: Make, ids: dict[str, int], tmp_path: Path) -> None:
    """A quotation mark that is never closed would take all lines after it along."""
    right = "ADA,BO,2025-03-01,email\n"
    text = (
        HEAD
        + right
        + 'ADA,"CY,2025-03-01,email\n'
        + '"ADA","CY",2025-03-02,chat\r\n'
        + "ADA,M\udcfcller,2025-03-03,x\n"
    )
    text += "CY,BO,2025-03-04,email"
    found = read(make, tmp_path, text)
    said = [str(problem) for problem in found.problems.first]
    assert [(line.partition(":")[0], found.untaken) for line in said] == [("line 3", 2), ("line 5", 2)]
    assert "quotation mark" in said[0] and "UTF-8" in said[1]
    assert make.read(lambda: importing.write(found)) == Imported(3, 0)


def test_whoever_leaves_themselves_out_meanwhile_is_left_out(make: Make, ids: dict[str, int], tmp_path: Path) -> None:
    found = read(make, tmp_path, HEAD + "ADA,BO,2025-03-01,email\nADA,EVE,2025-03-02,email\n")
    viewer = make.viewer(ids["eve"])
    make.do(lambda: services.leave_out(viewer=viewer))
    make.read(lambda: importing.write(found))
    assert [row[:2] for row in kept(make)] == [(ids["ada"], ids["bo"])]


def test_a_packed_file_that_is_cut_off_is_refused_whole(make: Make, ids: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress((HEAD + "ADA,BO,2025-03-01,email\n" * 9_000).encode())[:-20])
    with pytest.raises(StaffListRefused, match="cut off"):
        make.read(lambda: importing.read(path))


def test_of_what_is_old_the_first_and_the_last_stay(
    app: Flask, make: Make, ids: dict[str, int], tmp_path: Path
) -> None:
    first = datetime(2024, 1, 1, tzinfo=UTC)

    def rows(*days: int, medium: str = "email", pair: str = "ADA,BO") -> str:
        return "".join(f"{pair},{(first + timedelta(days=day)).isoformat()},{medium}\n" for day in days)

    old = rows(0, 5, 9, 200) + rows(3, medium="chat")
    assert run(make, tmp_path, HEAD + old) == Imported(5, 0)
    # The newest by mail is of day 600: what is before day 200 is too old; by chat nothing is.
    assert run(make, tmp_path, HEAD + old + rows(600, pair="CY,BO")) == Imported(1, 5)

    def days(medium: str) -> list[int]:
        return [(at - first).days for low, _high, its, at in kept(make) if its == medium and low == ids["ada"]]

    assert (days("email"), days("chat")) == ([0, 200], [3])
    assert run(make, tmp_path, HEAD + old) == Imported(0, 5)
    assert run(make, tmp_path, HEAD + rows(7, 150) + rows(-4)) == Imported(1, 2)  # only an earlier first counts
    assert days("email") == [-4, 200]
    app.config["HALLWAY"] = from_environ({"INSTANCE_PATH": str(tmp_path), "CONTACT_DAYS": "0"})
    assert run(make, tmp_path, HEAD + rows(7)) == Imported(1, 0) and days("email") == [-4, 7, 200]
