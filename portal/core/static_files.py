"""Static files: one hash of them all in their address, packed once, in memory."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path


class StaticFiles:
    """Files under one hash of them all, so that browsers keep them for a year; packed once, in memory."""

    def __init__(self, folder: Path) -> None:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        # What is here at the start is what there is: no other name is ever looked for.
        self._data = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
        self._packed: dict[str, bytes] = {}
        digest = hashlib.sha256()
        for name, data in self._data.items():
            digest.update(name.encode())
            digest.update(data)
        self.version = digest.hexdigest()[:12]

    def url(self, path: str) -> str:
        return f"/static/{self.version}/{path}"

    def read(self, path: str) -> bytes | None:
        return self._data.get(path)

    def packed(self, path: str, data: bytes) -> bytes:
        if path not in self._packed:
            self._packed[path] = gzip.compress(data, 9, mtime=0)
        return self._packed[path]
