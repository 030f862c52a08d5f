"""Killed at random during 5,000 mixed writes: everything acknowledged is there, nothing is half done."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from tests.prove.house import Server, run
from tests.prove.mixed import Writer, compare, end, found, reading, start

WRITES = int(os.environ.get("PROVE_WRITES", "5000"))
PEOPLE = range(8, 16)


def _sent(writers: list[Writer]) -> int:
    return sum(sum(writer.sent.values()) for writer in writers)


def _wait_until_sent(writers: list[Writer], number: int) -> None:
    # Counted in writes: however slow the machine is, there are as many kills, and each in the middle of some.
    latest = time.monotonic() + 120
    while _sent(writers) < number:
        assert time.monotonic() < latest, f"{_sent(writers)} of {number} writes: {[one.refused for one in writers]}"
        time.sleep(0.02)


def test_every_acknowledged_write_survives(installation: dict[str, str], tmp_path: Path) -> None:
    writers = [Writer(number) for number in PEOPLE]
    chance, kills, started = random.Random(5000), 0, time.monotonic()
    with reading(installation) as app:
        while (sent := _sent(writers)) < WRITES:
            server = Server(installation, tmp_path / "log")
            try:
                stop, threads = start(server.url, writers)
                _wait_until_sent(writers, sent + chance.randint(20, 200))
                time.sleep(chance.uniform(0.0, 0.2))
            finally:
                server.kill()
            end(stop, threads)
            kills += 1
            compare(found(app, writers), {one.number: one.acknowledged_now() for one in writers}, writers)
    run(installation, "check", "--dry-run")  # listings, audiences and owed work fit each other: nothing is half done
    assert [writer.refused for writer in writers if writer.refused] == []
    under_way = sent - sum(sum(writer.acknowledged.values()) for writer in writers)
    print(f"{sent} writes, {kills} kills, {under_way} under way, {time.monotonic() - started:.0f} s")
