"""Evidence from elsewhere: read as a whole, written once."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, settings
from portal.core.db import db
from portal.people import erasing
from portal.people.staff_list import StaffListRefused
from portal.search import evidence, queries, services
from portal.search.evidence import Imported
from portal.search.models import SearchItem, SearchLink
from tests.makers import Make
from tests.search.conftest import Index

HEAD = "item,person,role,title,text,at,url\n"


@pytest.fixture
def people(make: Make) -> dict[str, int]:
    return {
        name: make.person(f"{name} Contributor", email=f"{name}@example.org", external_id=name.upper())
        for name in ("ada", "bo", "cy")
    }


def run(make: Make, path: Path) -> Imported:
    return make.read(lambda: evidence.write(evidence.check(path)))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "work.csv"
    path.write_bytes(text.encode())
    return path


def refused(make: Make, path: Path) -> list[str]:
    def work() -> list[str]:
        with pytest.raises(StaffListRefused) as caught:
            evidence.check(path)
        return caught.value.lines()

    return make.read(work)


def items(make: Make) -> list[SearchItem]:
    query = sa.select(SearchItem).where(SearchItem.kind == "work").order_by(SearchItem.source_key)
    return make.read(lambda: list(db.session.scalars(query)))


def links(make: Make) -> dict[tuple[str | None, int], str]:
    query = sa.select(SearchItem.source_key, SearchLink.person_id, SearchLink.role).join(
        SearchItem, SearchItem.id == SearchLink.item_id
    )
    return make.read(lambda: {(key, who): role for key, who, role in db.session.execute(query)})


def test_rows_of_an_item_may_stand_apart_and_people_be_named_in_any_way(
    make: Make, people: dict[str, int], tmp_path: Path
) -> None:
    text = HEAD + (
        "w1,BO,reviewer,,,2025-03-01,\n"
        "w2,ada@Example.org,author,Second,,2025-03-02T10:00:00+02:00,https://example.org/2\n"
        'w1,ADA,author,Fix the queue,"Zebra\nqueue",2025-03-01,\n'
        "w1,ADA,reviewer,,,2025-03-01,\n"
    )
    assert run(make, written(tmp_path, text)) == Imported(2, 0, 0)
    first, second = items(make)
    assert (first.title, first.words) == ("Fix the queue", "fix= queue= the= zebra")
    assert (second.url, second.at) == ("https://example.org/2", datetime(2025, 3, 2, 8, tzinfo=UTC))
    assert links(make) == {
        ("w1", people["bo"]): "reviewer", ("w1", people["ada"]): "author", ("w2", people["ada"]): "author",
    }  # fmt: skip


def test_the_same_file_again_changes_nothing_and_a_changed_item_is_changed(
    make: Make, people: dict[str, int], tmp_path: Path
) -> None:
    text = HEAD + "w1,ADA,author,Fix,zebra,2025-03-01,\nw2,BO,author,Other,,2025-03-01,\n"
    path = written(tmp_path, text)
    with clock.pinned(datetime(2026, 1, 1, tzinfo=UTC)):
        run(make, path)
    ids = [item.id for item in items(make)]
    assert run(make, path) == Imported(0, 0, 2)
    assert [item.id for item in items(make)] == ids
    packed = tmp_path / "work.csv.gz"
    packed.write_bytes(gzip.compress(text.replace("zebra", "giraffe").encode()))
    with clock.pinned(datetime(2026, 2, 1, tzinfo=UTC)):
        assert run(make, packed) == Imported(0, 1, 1)
    assert items(make)[0].words == "fix= giraffe"
    since = make.read(lambda: db.session.scalars(sa.select(SearchLink.shown_from)).all())
    assert set(since) == {datetime(2026, 1, 15, tzinfo=UTC)}  # no second preview


def test_whatever_the_order_of_the_file_an_older_item_has_a_lower_id(
    make: Make, people: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("BATCH", 2), ("WINDOW", 3)):
        monkeypatch.setattr(evidence, name, value)
    days = [25, 3, 17, 9, 28, 1, 12, 6, 20, 14]
    rows = "".join(f"w{day:02},ADA,author,Fix {day},zebra,2025-03-{day:02},\n" for day in days)
    assert run(make, written(tmp_path, HEAD + rows)) == Imported(10, 0, 0)
    assert [item.source_key for item in sorted(items(make), key=lambda item: item.id)] == [
        f"w{day:02}" for day in sorted(days)
    ]


def test_who_reviewed_what_the_asker_wrote_answers_before_an_equal(
    make: Make, index: Index, people: dict[str, int], tmp_path: Path
) -> None:
    text = HEAD + (
        "w1,ADA,author,Kernel scheduler,,2025-03-01,\nw2,CY,author,Kernel scheduler,,2025-03-01,\n"
        "w3,BO,author,Other,,2025-03-01,\nw3,CY,reviewer,,,2025-03-01,\nw4,ADA,author,Other,,2025-03-01,\n"
    )
    run(make, written(tmp_path, text))
    make.do(lambda: settings.put(queries.WORK_SHOWN, True))
    bo, ada, cy = people["bo"], people["ada"], people["cy"]
    with clock.pinned(clock.now() + timedelta(days=15)):
        assert [hit.person_id for hit in index.who_knows(bo, "scheduler", "answer")] == [cy, ada]
        assert [hit.person_id for hit in index.who_knows(bo, "scheduler", "expert")] == [ada, cy]
        other = items(make)[2].id
        make.do(lambda: services.hide_from_others(person_id=cy, item_ids=[other]))
        assert [hit.person_id for hit in index.who_knows(bo, "scheduler", "answer")] == [ada, cy]


def test_any_order_of_columns_and_any_separator(make: Make, people: dict[str, int], tmp_path: Path) -> None:
    text = "\ufeffat;Title;role;text;item;person;more\r\n2025-03-01;Fix;Author;;w1;ada@example.org;x\r\n"
    assert run(make, written(tmp_path, text)) == Imported(1, 0, 0)


def test_preview_then_switch_then_shown(make: Make, index: Index, people: dict[str, int], tmp_path: Path) -> None:
    run(make, written(tmp_path, HEAD + "w1,ADA,author,Kernel scheduler,,2025-03-01,\n"))
    me = make.person("Noor Haddad")
    assert index.people(me, "scheduler") == []
    make.do(lambda: settings.put(queries.WORK_SHOWN, True))
    assert index.people(me, "scheduler") == []
    with clock.pinned(clock.now() + timedelta(days=15)):
        assert index.people(me, "scheduler") == [people["ada"]]
        make.do(lambda: settings.put(queries.WORK_SHOWN, False))
        assert not index.find(me, "scheduler")


def test_what_is_wrong_names_its_line_and_nothing_is_written(
    make: Make, people: dict[str, int], tmp_path: Path
) -> None:
    text = HEAD + (
        'w1,ADA,author,Fix,"two\nlines",2025-03-01,\n'  # lines 2 and 3
        "w2,NOBODY,author,Fix,,2025-03-01,\n"
        "w3,ADA,boss,Fix,,2025-03-01,\n"
        "w4,ADA,author,Fix,,2999-03-01,\n"
        "w5,ADA,author,Fix,,01/02/2025,\n"
        ",ADA,author,Fix,,2025-03-01,\n"
        "w7,,author,Fix,,2025-03-01,\n"
        "w8,ADA,author,,,2025-03-01,\n"
        "w1,BO,reviewer,Another,,2025-03-01,\n"
        "w9,ADA,author,Fix,,2025-03-01,javascript:alert(1)\n"
        "w10,ADA,author\n"
    )
    lines = refused(make, written(tmp_path, text))
    assert [line.split(":")[0] for line in lines] == [
        "line 4, column person", "line 5, column role", "line 6, column at", "line 7, column at",
        "line 8, column item", "line 9, column person", "line 10, column title", "line 11, column title",
        "line 12, column url", "line 13",
    ]  # fmt: skip
    assert items(make) == []


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"item,person\n", 1, "no column role"),
        (b"item,item,person,role,title,text,at\n", 1, "twice"),
        ((HEAD + 'w1,ADA,author,"Fix,,2025-03-01,\nw2,ADA,author,Fix,,2025-03-01,\n').encode(), 2, "stray quotation"),
        ((HEAD + "w1,ADA,author,Fix,,2025-03-01,\nw2,ADA,author,M\xfc,,2025-03-01,\n").encode("latin-1"), 3, "UTF-8"),
        (gzip.compress(HEAD.encode() * 500, mtime=0)[:60], 0, "packed"),
        (b"PK\x03\x04rest", 1, "no CSV"),
    ],
)
def test_files_that_cannot_be_read(
    make: Make, people: dict[str, int], tmp_path: Path, data: bytes, line: int, words: str
) -> None:
    path = tmp_path / "work.csv"
    path.write_bytes(data)
    (said,) = refused(make, path)
    assert said.startswith(f"line {line or ''}") and words in said


def test_a_broken_row_among_many_names_its_line(make: Make, people: dict[str, int], tmp_path: Path) -> None:
    rows = [f"w{number},ADA,author,Fix {number},,2025-03-01,\n" for number in range(20_000)]
    rows[12_345] = "w12345,ADA,author,Fix,,yesterday,\n"
    (said,) = refused(make, written(tmp_path, HEAD + "".join(rows)))
    assert said.startswith("line 12347, column at")


def test_a_text_of_ten_megabytes(make: Make, index: Index, people: dict[str, int], tmp_path: Path) -> None:
    text = "needle " + "hay stack " * 1_000_000
    assert run(make, written(tmp_path, HEAD + f"w1,ADA,author,Large,{text},2025-03-01,\n")) == Imported(1, 0, 0)
    (item,) = items(make)
    assert item.words == "hay** large= needle stack**"


def test_a_merged_entry_leads_to_the_kept_one(make: Make, people: dict[str, int]) -> None:
    found = make.read(evidence.people_by_name)
    assert found["ADA"] == found["ada@example.org"] == people["ada"]


def test_erasing_takes_work_that_shows_nobody_else(
    app: Flask, make: Make, people: dict[str, int], tmp_path: Path
) -> None:
    text = HEAD + (
        "w1,ADA,author,Alone,,2025-03-01,\nw2,ADA,author,Together,,2025-03-01,\nw2,BO,reviewer,,,2025-03-01,\n"
    )
    run(make, written(tmp_path, text))
    make.do(lambda: erasing.erase_person(person_id=people["ada"], actor_id=None))
    assert [item.title for item in items(make)] == ["Together"]
    assert set(links(make)) == {("w2", people["bo"])}
