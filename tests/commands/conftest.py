"""The command line for real: each call is a process of its own."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
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
    # No worker beside the web process, unless a test is about it.
    return keep | {"INSTANCE_PATH": str(instance), "WORKER": "0"} | more


_called: set[str] = set()


@pytest.fixture(scope="session", autouse=True)
def _called_by_any_worker(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    if worker_id != "master":
        os.environ["HALLWAY_TEST_CALLED"] = str(tmp_path_factory.getbasetemp().parent)


def _from_a_shell(words: tuple[str, ...]) -> bool:
    """The first call of each command imports the house in its own order; the others begin where it is imported."""
    name = "-".join(words[:2] if words[:1] in (("db",), ("import",), ("erase",), ("bench",)) else words[:1])
    if name in _called:
        return False
    _called.add(name)
    with contextlib.suppress(KeyError):
        try:
            Path(os.environ["HALLWAY_TEST_CALLED"], f"called-{zlib.crc32(name.encode()):08x}").touch(exist_ok=False)
        except FileExistsError:
            return False
    return True


@functools.cache
def _warm(*loaded: str) -> subprocess.Popen[str]:
    """The process that this worker's calls are forked from (see tests/commands/warm.py); it ends with the worker."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.commands.warm", *loaded],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=HOUSE,
        env=environ_of(HOUSE),
        text=True,
    )


def run(instance: Path, *words: str, stdin: str | bytes = b"", **environ: str) -> Ran:
    """`hallway` with those words, without a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("in", "out", "err")]
        files[0].write_bytes(stdin.encode() if isinstance(stdin, str) else stdin)
        call = {"words": words, "environ": environ_of(instance, **environ), "files": [str(file) for file in files]}
        warm = _warm() if _from_a_shell(words) else _warm("house")
        assert warm.stdin and warm.stdout
        print(json.dumps(call), file=warm.stdin, flush=True)
        code = int(warm.stdout.readline())
        ran = Ran(code, *(file.read_bytes().decode() for file in files[1:]))
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
