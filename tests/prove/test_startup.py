"""How fast the command and the server start."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.prove.house import HOUSE, seconds_until_up

RUNS = 15


def _seconds(*command: str) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=HOUSE)
    return time.perf_counter() - started


def test_help_takes_at_most_half_as_long_again_as_flask_itself() -> None:
    hallway = Path(sys.executable).parent / "hallway"
    own: list[float] = []
    flask: list[float] = []
    for _ in range(RUNS):
        own.append(_seconds(str(hallway), "--help"))
        flask.append(_seconds(sys.executable, "-c", "import flask, flask_sqlalchemy"))
    print(f"\nhallway --help {median(own) * 1000:.0f} ms, import flask {median(flask) * 1000:.0f} ms")
    assert median(own) <= 1.5 * median(flask)


def test_the_second_start_is_up_within_3_seconds(tmp_path: Path) -> None:
    env = {"INSTANCE_PATH": str(tmp_path / "instance"), "DATABASE_URL": "", "DEMO": ""}
    first, server = seconds_until_up(env, tmp_path / "log", "up")
    server.stop()
    second, server = seconds_until_up(env, tmp_path / "log", "up")
    server.stop()
    print(f"\nfirst start {first:.1f} s, second start {second:.1f} s")
    assert second <= 3
