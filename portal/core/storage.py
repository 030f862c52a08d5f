"""Files under content names, so that they can be cached for ever and written twice without harm."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

from flask import current_app

_NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,5}")


class Storage(Protocol):
    """Where files of people lie."""

    def put(self, data: bytes, suffix: str) -> str:
        """Keep the bytes; the name is their SHA-256 with `suffix` ("webp")."""
        ...

    def get(self, name: str) -> bytes | None:
        """The bytes under that name, None if there are none."""
        ...

    def drop(self, name: str) -> None:
        """Remove them; silent when they are gone already."""
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
        if path:
            path.unlink(missing_ok=True)


def storage() -> Storage:
    """This installation's storage."""
    found: Storage = current_app.extensions["hallway.storage"]
    return found
