"""16 people save their intros at once for 20 seconds: no error, no lock, nothing lost."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from tests.prove.house import Server
from tests.prove.writers import kept, write_at_once

SECONDS = 20
PEOPLE = range(5, 21)


def test_16_people_for_20_seconds(installation: dict[str, str], tmp_path: Path) -> None:
    before = kept(installation)
    server = Server(installation, tmp_path / "log")
    try:
        writers = write_at_once(server.url, PEOPLE, SECONDS)
    finally:
        server.stop()
    assert [writer.wrong for writer in writers if writer.wrong] == []
    after = kept(installation)
    for writer in writers:
        found = after[writer.number]
        assert sum(writer.saved.values()) > 0
        for step, count in writer.saved.items():
            assert found["versions"][step] == before[writer.number]["versions"][step] + count
        for step, words in writer.words.items():
            # "Ask me about" is kept as subjects, split at commas.
            assert found[step].replace("\n", ", ") == words
        if writer.published:
            assert found["published"] == writer.published
    # Waitress says when requests wait for a thread: 16 people, 8 threads.
    trouble = [line for line in server.trouble() if line.startswith("{") and "waitress.queue" not in line]
    assert trouble == []
    times = sorted(time for writer in writers for time in writer.times)
    total = sum(sum(writer.saved.values()) for writer in writers)
    database = "postgresql" if installation["DATABASE_URL"] else "sqlite"
    print(
        f"\n{database}: {total} saves in {SECONDS} s by {len(writers)} people, open and save together: "
        f"median {median(times) * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms"
    )
