"""The command line for real: each call is a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str


def environ_of(instance: Path, **more: str) -> dict[str, str]:
    """An environment with nothing of this machine's settings in it."""
    keep = {
        name: os.environ[name]
        for name in ("PATH", "HOME", "LANG", "HALLWAY_TEST_CHEAP_PASSWORDS")
        if name in os.environ
    }
    return keep | {"INSTANCE_PATH": str(instance)} | more


def run(instance: Path, *words: str, stdin: str | bytes = b"", **environ: str) -> Ran:
    """`hallway` with those words, without a terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", *words],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=HOUSE,
        env=environ_of(instance, **environ),
        timeout=90,
        check=False,
    )
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ran.err, ran.err
    return ran


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """A folder for an installation, which is not there yet."""
    return tmp_path / "instance"


@pytest.fixture
def hallway(instance: Path) -> Callable[..., Ran]:
    """Run a command on that installation."""

    def call(*words: str, stdin: str | bytes = b"", **environ: str) -> Ran:
        return run(instance, *words, stdin=stdin, **environ)

    return call


@pytest.fixture
def migrated(instance: Path, sqlite_template: Path) -> Path:
    """The installation's database, at this version and with nobody in it."""
    instance.mkdir()
    return Path(shutil.copy(sqlite_template, instance / "hallway.sqlite3"))
