"""Restoring an archive into an empty installation."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from portal.config import Config
from portal.core import erased, schema
from portal.core.db import Base, db, unit_of_work
from portal.core.erased import Erased
from portal.core.errors import Refused
from portal.core.storage import storage
from portal.people import erasing
from portal.people.models import Person
from portal.search import services as search

from . import checks
from .archive import Archive, Manifest, key_mark, sync_folder
from .backup import own_secret
from .checks import Result
from .fill import app_on, empty_database, fill
from .places import alone_on_this_machine, backups_folder, config, trouble
from .progress import QUIET, Progress
from .tables import Sum, Unfit


@dataclass
class Restored:
    """What was restored. erased: people who were erased since, and are again; other_key: links and sessions of before
    need the SECRET_KEY of before."""

    manifest: Manifest
    erased: list[int] = field(default_factory=list)
    other_key: bool = False
    results: list[Result] = field(default_factory=list)

    @property
    def left(self) -> list[Result]:
        return [result for result in self.results if result.left]


class _ArchiveSource:
    """Rows from an archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.revision = archive.manifest.revision

    def table_names(self) -> set[str]:
        return set(self._archive.manifest.tables)

    def columns(self, table: str) -> list[str]:
        return self._archive.columns(table)

    def rows(self, table: str) -> Iterable[list[Any]]:
        return self._archive.rows(table)

    def sum(self, table: str) -> Sum:
        return self._archive.manifest.tables[table].sum

    def last_id(self, table: str) -> int | None:
        return self._archive.manifest.tables[table].last_id


def restore(path: Path, *, ledgers: Sequence[Path] = (), progress: Progress = QUIET) -> Restored:
    """Put an archive into this installation, which has to be empty. All is looked at before anything is written; what
    goes wrong afterwards leaves the installation empty."""
    with Archive(path) as archive:
        lines = _read_ledgers(ledgers)
        _looked_at(archive)
        try:
            with alone_on_this_machine(), empty_database(config()):
                return _restore_here(archive, lines, progress)
        except OSError as error:
            raise trouble(error, config().instance_path) from None


def _looked_at(archive: Archive) -> None:
    if not schema.is_known(archive.manifest.revision):
        raise Refused(
            f"{archive.path.name} was made by a newer version of Hallway ({archive.manifest.hallway}). "
            "Restore it with that one."
        )
    archive.verify()


def _read_ledgers(more: Sequence[Path]) -> list[Erased]:
    found: list[Erased] = []
    for path in (erased.ledger(), backups_folder() / erased.FILE, *more):
        if path in more or path.exists():
            try:
                found += erased.read(path)
            except OSError as error:
                raise Refused(f"{path}: {error.strerror or error}.") from None
            except ValueError as error:
                raise Refused(f"{path}: {error}. Mend the line, or take it out.") from None
    return sorted(set(found), key=lambda one: (one.at, one.person_id))


def _restore_here(archive: Archive, lines: list[Erased], progress: Progress) -> Restored:
    restored = Restored(archive.manifest)
    progress.begin(archive.manifest.rows)
    fill_from(archive, progress)
    for name in archive.files():
        storage().put(archive.file(name), name.partition(".")[2])
    unit_of_work(search.rebuild_engine)  # no backup holds it, and erasing takes people out of it
    restored.erased = _erase_again(lines)
    restored.results = list(checks.run(mend=True))
    erased.write_down(erased.ledger(), lines)
    restored.other_key = not _restore_key(archive, config())
    return restored


def fill_from(archive: Archive, progress: Progress = QUIET) -> None:
    """Fill the database of this app's context. `Refused` when an archive that is whole does not fit all the same."""
    try:
        fill(_ArchiveSource(archive), progress)
    except Unfit as unfit:
        raise Refused(f"{archive.path.name} cannot be restored: {unfit}") from None


def _erase_again(lines: Iterable[Erased]) -> list[int]:
    """Whoever was erased after the archive was made is erased again; the numbers of those people."""
    again = []
    installation = erased.own_mark()
    db.session.rollback()
    for line in (one for one in lines if one.is_of(installation)):
        person = db.session.get(Person, line.person_id)
        # A number that came again after an earlier restore is somebody else, who was added later.
        meant = person is not None and person.erased_at is None and person.created_at <= line.at
        db.session.rollback()
        if meant:
            person_id = line.person_id
            unit_of_work(partial(_again, person_id))
            again.append(person_id)
    return again


def _again(person_id: int) -> None:
    """It was done already, so no rule keeps it from being done: not even the one about the last admin."""
    account = Base.metadata.tables["account"]
    db.session.execute(sa.update(account).where(account.c.person_id == person_id).values(role="member"))
    erasing.erase_person(person_id=person_id, actor_id=None)


def _restore_key(archive: Archive, own: Config) -> bool:
    """Take the archive's key where the installation would have made one of its own; True when the key is the one that
    sessions and links of before were made with."""
    key = archive.secret_key()
    if key is not None and own_secret(own.instance_path) == own.secret_key != key:
        path = own.instance_path / "secret_key"
        aside = path.with_name(f"{path.name}.part")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        sync_folder(path.parent)
        return True
    return archive.manifest.key_mark == key_mark(own.secret_key)


# ---- as a trial --------------------------------------------------------------------------------------------


class ArchiveStorage:
    """The files of an archive, to look at."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names = set(archive.files())

    def put(self, data: bytes, suffix: str) -> str:
        raise NotImplementedError("an archive is not written to")

    def get(self, name: str) -> bytes | None:
        return self._archive.file(name) if name in self._names else None

    def drop(self, name: str) -> None:
        """A trial changes nothing."""

    def names(self) -> Iterator[tuple[str, datetime]]:
        now = datetime.fromtimestamp(self._archive.path.stat().st_mtime, UTC)
        return ((name, now) for name in sorted(self._names))

    def hold(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def trial(path: Path, *, progress: Progress = QUIET) -> list[str]:
    """Restore an archive into a database that is thrown away, and look at it; what is wrong, nothing when it is good.
    Touches nothing of this installation but room on its disk."""
    own = config()
    own.instance_path.mkdir(parents=True, exist_ok=True)
    with Archive(path) as archive, tempfile.TemporaryDirectory(prefix=".trial-", dir=own.instance_path) as folder:
        _looked_at(archive)
        progress.begin(archive.manifest.rows)
        beside = replace(own, instance_path=Path(folder), database_url=f"sqlite:///{folder}/trial.sqlite3")
        with app_on(beside) as app:
            app.extensions["hallway.storage"] = ArchiveStorage(archive)
            fill_from(archive, progress)
            found = [line for result in checks.run(mend=True) for line in result.left]
    return found
