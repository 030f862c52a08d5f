"""Who was erased, in a file beside the database: a backup of before knows them still, and `restore` asks here.

A line is a number and a moment, nothing about the person. A number may come again after a restore, for somebody new:
only who was there at that moment is meant.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import current_app

from . import clock, settings
from .db import MAX_ID, after_commit, inside_unit_of_work

FILE = "erasures.jsonl"
_MARK = "installation"


@dataclass(frozen=True)
class Erased:
    """The person with that id, as they were there at that moment. installation: its mark; "" where there was none."""

    person_id: int
    at: datetime
    installation: str = ""

    def is_of(self, installation: str) -> bool:
        """May it be about that installation? Numbers of another one are other people's."""
        return not (self.installation and installation) or self.installation == installation


def own_mark() -> str:
    """What tells this installation from others, backups of it included; "" as long as there is none."""
    found: str = settings.get(_MARK, "")
    return found


def make_mark() -> str:
    """The same, made when there is none (inside a unit of work)."""
    found = own_mark()
    if not found:
        found = secrets.token_hex(8)
        settings.put(_MARK, found)
    return found


def ledger() -> Path:
    """Where this installation writes them down."""
    folder: Path = current_app.config["HALLWAY"].instance_path
    return folder / FILE


def note_erased(person_id: int) -> None:
    """Write down that somebody was erased (inside a unit of work: when it is committed)."""
    inside = inside_unit_of_work()
    line = Erased(person_id, clock.now(), make_mark() if inside else own_mark())
    if inside:
        after_commit(lambda: write_down(ledger(), [line]))
    else:
        write_down(ledger(), [line])


def write_down(path: Path, lines: Iterable[Erased]) -> None:
    """Append those that are not in the file yet; on the disk when it returns."""
    known = set(read(path)) if path.exists() else set()
    # Each person once: the first line says it all, and a line that is there twice does no harm.
    new = [one for one in lines if one not in known]
    if not new:
        return
    text = "".join(_line(one) + "\n" for one in new)
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        text = "\n" + text  # the machine stopped in the middle of the last one
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> list[Erased]:
    """What a file says, in its order. `ValueError` for a line that cannot be one; half a line is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append(_read(line))
        except (ValueError, TypeError, KeyError):
            if not line.endswith("}"):  # it was being written when the machine stopped
                continue
            raise ValueError(f"line {number} is not an erasure") from None
    return found


def _line(one: Erased) -> str:
    said: dict[str, object] = {"person_id": one.person_id, "at": one.at.isoformat()}
    return json.dumps(said | ({"installation": one.installation} if one.installation else {}))


def _read(line: str) -> Erased:
    said = json.loads(line)
    person_id, at = said["person_id"], datetime.fromisoformat(said["at"])
    installation = str(said.get("installation", ""))
    if type(person_id) is not int or not 0 < person_id <= MAX_ID or at.tzinfo is None:
        raise ValueError
    return Erased(person_id, at, installation)
