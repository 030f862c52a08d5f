"""Backups are made while people write: each restores to a state that was, on either database."""

from __future__ import annotations

from pathlib import Path

from tests.prove.house import Server, run
from tests.prove.mixed import Writer, compare, end, found, reading, start

PEOPLE = range(8, 16)
BACKUPS = 5


def test_a_backup_under_writes_is_a_state_that_was(installation: dict[str, str], tmp_path: Path) -> None:
    writers = [Writer(number) for number in PEOPLE]
    server = Server(installation, tmp_path / "log")
    said = []
    try:
        stop, threads = start(server.url, writers)
        for number in range(BACKUPS):
            said.append({writer.number: writer.acknowledged_now() for writer in writers})
            run(installation, "backup", str(tmp_path / f"{number}.zip"))
        end(stop, threads)
    finally:
        server.stop()
    assert [writer.refused for writer in writers if writer.refused] == []
    assert all(sum(writer.acknowledged.values()) > BACKUPS for writer in writers), "they wrote all the while"
    for number in range(BACKUPS):
        place = {"INSTANCE_PATH": str(tmp_path / f"place-{number}"), "DATABASE_URL": "", "DEMO": "0"}
        # A restore compares every table with its sum and runs the checks: nothing is half done, or it fails.
        run(place, "restore", str(tmp_path / f"{number}.zip"))
        run(place, "check", "--dry-run")
        with reading(place) as app:
            compare(found(app, writers), said[number], writers)
