"""Who was erased is written down once, on the disk, when it is committed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask

from portal.core import clock, erased
from portal.core.db import unit_of_work
from portal.core.erased import Erased

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_it_is_written_down_when_it_is_committed(sqlite_app: Flask) -> None:
    def work(fail: bool) -> None:
        erased.note_erased(7)
        assert not erased.ledger().exists()
        if fail:
            raise ValueError

    with sqlite_app.app_context(), clock.pinned(NOON):
        with pytest.raises(ValueError):
            unit_of_work(lambda: work(True))
        assert not erased.ledger().exists()
        unit_of_work(lambda: work(False))
        erased.note_erased(8)
        mark = erased.own_mark()
        assert erased.read(erased.ledger()) == [Erased(7, NOON, mark), Erased(8, NOON, mark)] and mark
        assert erased.ledger().stat().st_mode & 0o077 == 0


def test_a_line_stands_once(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    for _again in range(3):
        erased.write_down(path, [Erased(7, NOON)])
    assert len(path.read_text().splitlines()) == 1


def test_half_a_line_at_the_end_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "erasures.jsonl"
    erased.write_down(path, [Erased(7, NOON)])
    path.write_text(path.read_text() + '{"person_id": 8, "a')
    assert erased.read(path) == [Erased(7, NOON)]
    erased.write_down(path, [Erased(9, NOON)])
    assert erased.read(path) == [Erased(7, NOON), Erased(9, NOON)]


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"person_id": "7", "at": "2026-03-04T12:00:00+00:00"}',
        '{"person_id": 0, "at": "2026-03-04T12:00:00+00:00"}',
        '{"person_id": 7, "at": "2026-03-04T12:00:00"}',
        '{"person_id": 7, "at": "soon"}',
    ],
)
def test_what_is_no_erasure_is_said_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "erasures.jsonl"
    path.write_text(f'{{"person_id": 7, "at": "{NOON.isoformat()}"}}\n\n{line}\n')
    with pytest.raises(ValueError, match="line 3"):
        erased.read(path)
