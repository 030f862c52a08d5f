"""Sheets as PDF, made in a child process that has limits and can be killed.

Nothing here knows the database or the web: a page goes in, a PDF or :class:`NoPdf` comes out. The work itself is in
:mod:`portal.reel.pdf`, so that neither WeasyPrint nor what it reads is ever inside the web process.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MOST_PEOPLE = 120  # more are for the browser's own print
WAITS, WORKS = 1.0, 30.0  # seconds: for one's turn, and for the work
_COMMAND: tuple[str, ...] = (sys.executable, "-m", "portal.reel.pdf")
_FOLDER = Path(__file__).resolve().parents[2]
# None of the portal's secrets: only what Python and the system need to start.
_ENVIRONMENT = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL")
_log = logging.getLogger(__name__)


class NoPdf(Exception):
    """There is no PDF. `code`: missing (WeasyPrint or pango is not on this machine), busy, too_slow, broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_installed() -> bool:
    """Is WeasyPrint here? (Whether it finds pango is known when it starts.)"""
    return importlib.util.find_spec("weasyprint") is not None


def pdf_of(page: str, *, lock_path: Path, static: Path, waits: float = WAITS, works: float = WORKS) -> bytes:
    """That page as PDF. Raises `NoPdf`.

    Only one is made at a time among all processes with the same `lock_path`. static: the folder of our stylesheet and
    fonts, all that the page may reach; pictures come within it.
    """
    header = {"static": str(static), "cpu": int(works) + 1}
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment["MALLOC_ARENA_MAX"] = "1"  # each further heap reserves address space, which is limited
    with _one_at_a_time(lock_path, waits), tempfile.TemporaryDirectory(prefix="hallway-pdf-") as own:
        try:
            # run() kills the child and waits for it on a timeout and on any other exception.
            done = subprocess.run(
                _COMMAND,
                input=json.dumps(header).encode() + b"\n" + page.encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_FOLDER,
                env={**environment, "TMPDIR": own, "HOME": own},
                timeout=works,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NoPdf("too_slow") from None
        except OSError as error:
            _log.error("The PDF process could not be started: %s", type(error).__name__)
            raise NoPdf("broken") from None
    return _read_answer(done.returncode, done.stdout)


def _read_answer(status: int, answer: bytes) -> bytes:
    if status == 0 and answer.startswith(b"%PDF-") and answer.rstrip().endswith(b"%%EOF"):
        return answer
    if status == 0 and answer.strip() == b"missing":
        raise NoPdf("missing")
    _log.warning("The PDF process gave no usable answer, exit status %d", status)
    raise NoPdf("broken")


@contextlib.contextmanager
def _one_at_a_time(lock_path: Path, waits: float) -> Iterator[None]:
    """Hold the lock file; `NoPdf("busy")` when it is still taken after that many seconds."""
    deadline = time.monotonic() + waits
    # The lock belongs to this opened file: it works between threads as well, and ends with the process.
    with open(os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600), "rb+", buffering=0) as file:
        while True:
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise NoPdf("busy") from None
                time.sleep(0.05)
        yield
