"""The server is killed in the middle of saves: what it acknowledged is there, and the database is sound."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from tests.prove.house import Browser, Server
from tests.prove.writers import end, kept, start

ROUNDS = 3
PEOPLE = range(5, 13)


def test_every_acknowledged_save_survives(installation: dict[str, str], tmp_path: Path) -> None:
    total = 0
    for _ in range(ROUNDS):
        before = kept(installation)
        server = Server(installation, tmp_path / "log")
        try:
            writers, stop, threads = start(server.url, PEOPLE)
            time.sleep(4)
        finally:
            server.kill()
        end(stop, threads)
        assert all(writer.cut for writer in writers), "it was killed after the saves"
        assert not [wrong for writer in writers for wrong in writer.wrong if ": " in wrong and "http" not in wrong]
        # What was under way may have been kept or not; what was acknowledged has been.
        after = kept(installation)
        for writer in writers:
            found, was = after[writer.number], before[writer.number]
            for step in ("facts", "ask", "work"):
                under_way = 1 if step in writer.sent else 0
                gained = found["versions"][step] - was["versions"][step]
                assert writer.saved[step] <= gained <= writer.saved[step] + under_way
                wanted = {writer.words.get(step, was[step]), writer.sent.get(step, writer.words.get(step, was[step]))}
                assert found[step].replace("\n", ", ") in {words.replace("\n", ", ") for words in wanted}
        total += sum(sum(writer.saved.values()) for writer in writers)
    assert total > 20
    if not installation["DATABASE_URL"]:
        with sqlite3.connect(Path(installation["INSTANCE_PATH"]) / "hallway.sqlite3") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    server = Server(installation, tmp_path / "log")
    try:
        assert Browser(server.url).get("/readyz") == (200, "ok\n")
    finally:
        server.stop()
