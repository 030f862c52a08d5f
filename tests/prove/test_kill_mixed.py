"""Killed at random during 5,000 mixed writes: everything acknowledged is there, nothing is half done."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from tests.prove.house import Server, run
from tests.prove.mixed import Writer, compare, end, found, start

WRITES = int(os.environ.get("PROVE_WRITES", "5000"))
PEOPLE = range(8, 16)


def test_every_acknowledged_write_survives(installation: dict[str, str], tmp_path: Path) -> None:
    writers = [Writer(number) for number in PEOPLE]
    moments, kills = random.Random(5000), 0
    while sum(sum(writer.sent.values()) for writer in writers) < WRITES:
        server = Server(installation, tmp_path / "log")
        try:
            stop, threads = start(server.url, writers)
            time.sleep(moments.uniform(1.0, 6.0))
        finally:
            server.kill()
        end(stop, threads)
        kills += 1
        compare(found(installation, writers), {one.number: one.acknowledged_now() for one in writers}, writers)
    run(installation, "check", "--dry-run")  # listings, audiences and owed work fit each other: nothing is half done
    assert [writer.refused for writer in writers if writer.refused] == []
    sent = sum(sum(writer.sent.values()) for writer in writers)
    print(f"{sent} writes, {kills} kills, {sent - sum(sum(w.acknowledged.values()) for w in writers)} under way")
