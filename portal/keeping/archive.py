"""An archive: one zip file that holds an installation, whichever database it was on.

    tables/person.jsonl     the names of the columns, then a row a line (see `tables`)
    files/ab/ab12….webp     what people uploaded, under its content name
    secret_key              where the installation had made its own
    manifest.json           what there is, with the SHA-256 of each; written last

Whoever has it has everything that people wrote: it is made readable by its owner alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from portal.core.errors import Refused
from portal.core.storage import is_name

from .tables import Sum, Table, Unfit

FORMAT = 1
KIND = "hallway backup"
_MANIFEST = "manifest.json"
_SECRET = "secret_key"  # noqa: S105 - the name of a member


@dataclass(frozen=True)
class TableEntry:
    """One table in the manifest."""

    rows: int
    sha256: str
    last_id: int | None  # the highest id ever given away

    @property
    def sum(self) -> Sum:
        return Sum(self.rows, self.sha256)


@dataclass
class Manifest:
    """What an archive holds."""

    hallway: str  # the version that made it
    revision: str  # of the database's shape
    database: str
    made_at: str
    key_mark: str  # tells one SECRET_KEY from another, and nothing about it
    tables: dict[str, TableEntry] = field(default_factory=dict)
    files: int = 0
    missing: list[str] = field(default_factory=list)  # files that rows refer to and that were not there
    secret_sha256: str | None = None

    @property
    def rows(self) -> int:
        return sum(entry.rows for entry in self.tables.values())

    @property
    def made(self) -> datetime:
        return datetime.fromisoformat(self.made_at)


def key_mark(secret_key: str) -> str:
    return hashlib.sha256(f"hallway key mark\x1f{secret_key}".encode()).hexdigest()[:16]


class ArchiveWriter:
    """Writes one, aside; `finish` gives it its name."""

    def __init__(self, path: Path, made: datetime) -> None:
        self._at = made.timetuple()[:6]
        # A name of our own, readable by its owner alone: two who write the same file are not in each other's way.
        handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".part")
        self.path, self.aside = path, Path(aside)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)

    def _member(self, name: str, compress: int) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type, info.external_attr = compress, 0o600 << 16
        return info

    def write_table(self, table: Table, lines: Iterable[bytes], last: int | None) -> TableEntry:
        """A member from lines, of which the first is no row."""
        digest, count = hashlib.sha256(), -1
        info = self._member(f"tables/{table.name}.jsonl", zipfile.ZIP_DEFLATED)
        with self._zip.open(info, "w", force_zip64=True) as member:
            for one in lines:
                digest.update(one)
                member.write(one)
                count += 1
        return TableEntry(count, digest.hexdigest(), last)

    def write_file(self, name: str, data: bytes) -> None:
        self._zip.writestr(self._member(f"files/{name[:2]}/{name}", zipfile.ZIP_STORED), data)

    def write_secret(self, secret_key: str) -> str:
        self._zip.writestr(self._member(_SECRET, zipfile.ZIP_STORED), secret_key)
        return hashlib.sha256(secret_key.encode()).hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """From here on it is there, whole, also when the power goes."""
        text = json.dumps({"kind": KIND, "format": FORMAT, **asdict(manifest)}, indent=1)
        self._zip.writestr(self._member(_MANIFEST, zipfile.ZIP_DEFLATED), text)
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self.aside, self.path)
        sync_folder(self.path.parent)

    def drop(self) -> None:
        """Leave nothing half done behind. Silent: what went wrong has been said."""
        with contextlib.suppress(OSError, ValueError):
            self._zip.close()
        with contextlib.suppress(OSError):
            self._file.close()
        self.aside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """That a file has its name is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # not every file system can
        pass
    finally:
        os.close(handle)


_DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError, KeyError, NotImplementedError,
            RuntimeError, zlib.error)  # fmt: skip


class Archive:
    """One that is there. Opening it reads what it says it holds; `verify` reads all of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Held open: whatever happens to the name meanwhile, it is this one that is read.
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise Refused(f"{path}: {error.strerror or error}.") from None
        try:
            self._open()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def _open(self) -> None:
        name = self.path.name
        try:
            self._zip = zipfile.ZipFile(self._file)
        except _DAMAGED:
            self._file.seek(0)
            if self._file.read(4) == b"PK\x03\x04":
                raise Refused(f"{name} is not whole: its end is missing. Copy it again, or take another.") from None
            raise Refused(f"{name} is not a backup of Hallway.") from None
        if _MANIFEST not in self._zip.namelist():
            raise Refused(f"{name} is not a backup of Hallway.")
        try:
            said = json.loads(self._zip.read(_MANIFEST))
        except _DAMAGED:
            raise self._damaged("what it says it holds cannot be read") from None
        if not isinstance(said, dict) or said.pop("kind", None) != KIND:
            raise Refused(f"{name} is not a backup of Hallway.")
        form = said.pop("format", None)
        if form != FORMAT:
            raise Refused(
                f"{name} was made by a newer version of Hallway ({said.get('hallway', 'unknown')}). "
                "Restore it with that one."
            )
        try:
            entries = {table: TableEntry(**entry) for table, entry in said.pop("tables").items()}
            self.manifest = Manifest(tables=entries, **said)
            self.manifest.made  # noqa: B018 - a moment, or it is damaged
        except (TypeError, ValueError, AttributeError, KeyError):
            raise self._damaged("what it says it holds cannot be read") from None

    def _damaged(self, what: str) -> Refused:
        return Refused(f"{self.path.name} is damaged: {what}. Take another backup.")

    def files(self) -> list[str]:
        """The content names of the files."""
        found = []
        for name in self._zip.namelist():
            folder, _, last = name.rpartition("/")
            if name.startswith("files/"):
                if not is_name(last) or folder != f"files/{last[:2]}":
                    raise self._damaged(f"{name[:100]} does not belong there")
                found.append(last)
        return found

    def file(self, name: str) -> bytes:
        data = self._zip.read(f"files/{name[:2]}/{name}")
        if hashlib.sha256(data).hexdigest() != name.partition(".")[0]:
            raise self._damaged(f"the file {name}")
        return data

    def secret_key(self) -> str | None:
        """The key of the installation, where the archive holds it."""
        return self._zip.read(_SECRET).decode() if self.manifest.secret_sha256 else None

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, in the order of its rows."""
        with self._zip.open(f"tables/{table}.jsonl") as member:
            names = json.loads(member.readline())
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._damaged(f"the table {table}")
        return names

    def rows(self, table: str) -> Iterator[list[Any]]:
        """Every row of a table, as values of JSON."""
        with self._zip.open(f"tables/{table}.jsonl") as member:
            member.readline()
            for one in member:
                row = json.loads(one)
                if not isinstance(row, list):
                    raise Unfit(f"{table}: no row")
                yield row

    def verify(self) -> None:
        """Read all of it: is it what the manifest says? `Refused` when not."""
        wanted = {f"tables/{name}.jsonl" for name in self.manifest.tables} | {_MANIFEST}
        files = self.files()
        wanted |= {f"files/{name[:2]}/{name}" for name in files}
        if self.manifest.secret_sha256:
            wanted.add(_SECRET)
        names = self._zip.namelist()
        if set(names) != wanted or len(names) != len(wanted) or len(files) != self.manifest.files:
            raise self._damaged("something is missing, or too much")
        try:
            for name, entry in self.manifest.tables.items():
                if self._sum(name) != entry.sum:
                    raise self._damaged(f"the table {name}")
            for name in files:
                self.file(name)
            secret = self.secret_key()
        except _DAMAGED as error:
            raise self._damaged(str(error)[:200] or type(error).__name__) from None
        if secret is not None and hashlib.sha256(secret.encode()).hexdigest() != self.manifest.secret_sha256:
            raise self._damaged("the secret key")

    def _sum(self, table: str) -> Sum:
        digest, count = hashlib.sha256(), -1
        with self._zip.open(f"tables/{table}.jsonl") as member:
            for one in member:
                digest.update(one)
                count += 1
        return Sum(count, digest.hexdigest())
