"""Files under content names, so that they can be cached for ever and written twice without harm."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from flask import current_app

_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,5}")
_NAMES_IN = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}\.[a-z0-9]{2,5}(?![a-z0-9])")


def is_name(text: str) -> bool:
    """Could a file lie under that name?"""
    return _NAME.fullmatch(text) is not None


def names_in(text: str) -> list[str]:
    """The names of files that stand in a text."""
    return _NAMES_IN.findall(text) if len(text) >= 67 else []


def is_whole(name: str, data: bytes) -> bool:
    """Are these the bytes that the name says?"""
    return hashlib.sha256(data).hexdigest() == name.partition(".")[0]


class Storage(Protocol):
    """Where files of people lie."""

    def put(self, data: bytes, suffix: str) -> str:
        """Keep the bytes; the name is their SHA-256 with `suffix` ("webp")."""
        ...

    def get(self, name: str) -> bytes | None:
        """The bytes under that name, None if there are none."""
        ...

    def drop(self, name: str) -> None:
        """Remove them; silent when they are gone already. While somebody holds the files, they stay: what nobody
        refers to is swept later."""
        ...

    def names(self) -> Iterator[tuple[str, datetime]]:
        """Every name, and since when it is there."""
        ...

    def hold(self) -> contextlib.AbstractContextManager[None]:
        """As long as this lasts, nothing is removed: a backup finds the files of the rows that it has read."""
        ...


class LocalStorage:
    """A folder, with two letters of each name as subfolder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, name: str) -> Path | None:
        return self.folder / name[:2] / name if _NAME.fullmatch(name) else None

    def put(self, data: bytes, suffix: str) -> str:
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix}"
        path = self._path(name)
        if path is None:
            raise ValueError("not a file suffix")
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed: a reader never sees half a file, a crash leaves none under this name.
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        return name

    def get(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            return path.read_bytes() if path else None
        except FileNotFoundError:
            return None

    def drop(self, name: str) -> None:
        path = self._path(name)
        if path is None or not path.exists():
            return
        with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB) as free:
            if free:
                path.unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[str, datetime]]:
        for path in sorted(self.folder.glob("??/*")):
            if is_name(path.name):
                with contextlib.suppress(FileNotFoundError):
                    yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        with contextlib.suppress(OSError):  # where nothing can be written, nothing is removed
            self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[bool]:
        """The folder's lock, which the system takes back when a process ends; False when somebody else has it."""
        try:
            handle = os.open(self.folder, os.O_RDONLY)
        except FileNotFoundError:
            yield True
            return
        try:
            try:
                fcntl.flock(handle, how)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)


def storage() -> Storage:
    """This installation's storage."""
    found: Storage = current_app.extensions["hallway.storage"]
    return found
