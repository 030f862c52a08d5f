"""PDFs from the child process: one at a time, in time, or a plain refusal."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from pathlib import Path

import pytest

from portal.config import HOUSE
from portal.reel import printing
from portal.reel.printing import NoPdf, pdf_of

STATIC = HOUSE / "static"


def refusal(page: str = "<p>Hello", *, lock: Path, works: float = 20, waits: float = 20) -> str:
    with pytest.raises(NoPdf) as none:
        pdf_of(page, lock_path=lock, static=STATIC, works=works, waits=waits)
    return none.value.code


def child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(printing, "_COMMAND", (sys.executable, "-IS", "-c", code))


def test_the_child_makes_a_pdf(tmp_path: Path) -> None:
    page = '<link rel="stylesheet" href="sheet.css"><h1>Tomás Rivera</h1>'
    made = pdf_of(page, lock_path=tmp_path / "lock", static=STATIC)
    assert made.startswith(b"%PDF-") and len(made) > 2000
    assert printing.is_installed()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("print('missing')", "missing"),
        ("print('missing'); raise SystemExit(3)", "broken"),
        ("print('%PDF-1.7 and then it broke off')", "broken"),
        ("import sys; sys.exit(1)", "broken"),
        ("import os; os.abort()", "broken"),
        ("", "broken"),
    ],
)
def test_what_the_child_says_is_not_taken_on_trust(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    child(monkeypatch, code)
    assert refusal(lock=tmp_path / "lock") == says


def test_without_weasyprint_the_child_says_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an installation of the core alone: the module is run where WeasyPrint is not to be found."""
    code = (
        "import runpy, sys; sys.modules['weasyprint'] = None; sys.path.insert(0, '.'); "
        "runpy.run_module('portal.reel.pdf', run_name='__main__')"
    )
    child(monkeypatch, code)
    assert refusal(lock=tmp_path / "lock") == "missing"


def test_a_command_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "_COMMAND", (str(tmp_path / "no-such-thing"),))
    assert refusal(lock=tmp_path / "lock") == "broken"


def test_too_slow_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "pid"
    child(monkeypatch, f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)")
    before = time.monotonic()
    assert refusal(lock=tmp_path / "lock", works=1.5) == "too_slow"
    assert time.monotonic() - before < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_one_at_a_time(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with open(lock, "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert refusal(lock=lock, waits=0.1) == "busy"


def test_the_child_knows_no_secret_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "swordfish")
    monkeypatch.setenv("DATABASE_URL", "postgresql://swordfish")
    note = tmp_path / "seen"
    child(
        monkeypatch,
        "import json, os, tempfile; tempfile.mkstemp(); "
        f"json.dump([dict(os.environ), tempfile.gettempdir()], open({str(note)!r}, 'w'))",
    )
    assert refusal(lock=tmp_path / "lock") == "broken"
    assert "swordfish" not in note.read_text()
    own = Path(note.read_text().rpartition(", ")[2].strip('"]'))
    assert own.name.startswith("hallway-pdf-") and not own.exists()
