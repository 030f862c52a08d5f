"""Making backups: one when asked, one each night, one before the shape of the database changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from portal.core import clock, erased, schema, settings
from portal.core.db import db, inside_unit_of_work, unit_of_work
from portal.core.erased import Erased
from portal.core.errors import Refused
from portal.core.storage import names_in, storage
from portal.people.models import Person

from . import tables
from .archive import Archive, ArchiveWriter, Manifest, key_mark
from .places import config, made_backups_folder, trouble
from .progress import QUIET, Progress

KEPT_BEFORE_UPGRADES = 5
NIGHTLY = re.compile(r"hallway-\d{8}T\d{6}\.zip")
BEFORE_UPGRADE = re.compile(r"before-\w+-\d{8}T\d{6}\.zip")
LAST = "backup_last"  # the setting with what came of the last nightly one


def backup(path: Path, *, force: bool = False, progress: Progress = QUIET) -> Manifest:
    """Keep one moment of this installation in a file; others read and write on meanwhile."""
    path = path.absolute()
    if path.is_dir():
        raise Refused(f"{path} is a folder. Say a file in it, like {path / 'hallway.zip'}")
    if path.exists() and not force:
        raise Refused(f"{path} is there already. Choose another name, or say --force to replace it.")
    if path.exists() and not path.is_file():
        raise Refused(f"{path} is no file that could be replaced.")
    try:
        writer = ArchiveWriter(path, clock.now())
    except OSError as error:
        raise trouble(error, path.parent) from None
    if not inside_unit_of_work() and sa.inspect(db.engine).has_table("setting"):
        unit_of_work(erased.make_mark)  # so that it stands in the archive
    try:
        # The files are held first: what the moment refers to stays until it is in the archive.
        with storage().hold(), tables.snapshot(db.engine) as connection:
            manifest = _write(writer, connection, progress)
        writer.finish(manifest)
    except OSError as error:
        raise trouble(error, path.parent) from None
    finally:
        writer.drop()
    return manifest


def _write(writer: ArchiveWriter, connection: Connection, progress: Progress) -> Manifest:
    own = config()
    found = tables.tables_of(connection)
    revision = schema.revision_of(connection)
    if revision is None:
        raise Refused("There is nothing in the database yet, so there is nothing to keep.")
    manifest = Manifest(
        hallway=version("hallway"),
        revision=revision,
        database=connection.dialect.name,
        made_at=clock.now().isoformat(),
        key_mark=key_mark(own.secret_key),
    )
    progress.begin(sum(tables.count_of(connection, table) for table in found))
    files: set[str] = set()
    for table in found:
        last = tables.last_id(connection, table)
        lines = _watched(tables.lines_of(connection, table), files, progress)
        manifest.tables[table.name] = writer.write_table(table, lines, last)
    for name in sorted(files):
        data = storage().get(name)
        if data is None:
            manifest.missing.append(name)
        else:
            writer.write_file(name, data)
            manifest.files += 1
    if own_secret(own.instance_path) == own.secret_key:
        manifest.secret_sha256 = writer.write_secret(own.secret_key)
    return manifest


def _watched(lines: Iterator[bytes], files: set[str], progress: Progress) -> Iterator[bytes]:
    """The same lines; which files they refer to is noted, and how far it is."""
    count = 0
    for one in lines:
        files.update(names_in(one.decode()))
        count += 1
        if count % tables.ROWS == 0:
            progress.step(tables.ROWS)
        yield one
    progress.step(count % tables.ROWS)


def own_secret(instance: Path) -> str | None:
    """The key that this installation made for itself, if it did."""
    try:
        return (instance / "secret_key").read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError):
        return None


# ---- those that nobody asks for ----------------------------------------------------------------------------


def kept(folder: Path, which: re.Pattern[str] = NIGHTLY) -> list[Path]:
    """The backups of a kind in a folder, the newest first."""
    try:
        return sorted((path for path in folder.iterdir() if which.fullmatch(path.name)), reverse=True)
    except OSError:
        return []


def nightly() -> bool:
    """Make one, look whether it is whole, and only then let the oldest go."""
    try:
        path = checked_backup("hallway")
        _keep_newest(path.parent, NIGHTLY, config().backups_keep)
    except Refused as refused:
        said = str(refused)
        unit_of_work(lambda: _note(problem=said))
        raise
    unit_of_work(lambda: _note(file=path.name, problem=None))
    return False


def _note(**what: Any) -> None:
    before = settings.get(LAST, {})
    when = "failed_at" if what["problem"] else "at"
    settings.put(LAST, {**before, **what, when: clock.now().isoformat()})


def checked_backup(called: str) -> Path:
    """Make one in the folder of backups and read it back; who was erased is kept beside it."""
    try:
        folder = made_backups_folder()
    except OSError as error:
        raise trouble(error, config().instance_path) from None
    path = folder / f"{called}-{clock.now():%Y%m%dT%H%M%S}.zip"
    backup(path, force=True)  # one of the same second holds the same
    try:
        with Archive(path) as archive:
            archive.verify()
    except Refused:
        path.unlink(missing_ok=True)  # it would only take the place of a good one
        raise
    return path


def _keep_newest(folder: Path, which: re.Pattern[str], number: int) -> None:
    for path in kept(folder, which)[number:]:
        path.unlink(missing_ok=True)
    long_ago = clock.ago(days=1).timestamp()
    for path in folder.glob("*.zip.*part"):  # of a machine that stopped in the middle
        if path.stat().st_mtime < long_ago:
            path.unlink(missing_ok=True)


def before_upgrade() -> Path:
    """Keep what is there before its shape changes."""
    path = checked_backup(f"before-{schema.head()}")
    _keep_newest(path.parent, BEFORE_UPGRADE, KEPT_BEFORE_UPGRADES)
    return path


def keep_erasures() -> bool:
    """Who was erased stands in the database too: whatever the file beside it lacks is added, and a copy is kept
    beside the backups."""
    rows = db.session.execute(
        sa.select(Person.id, Person.created_at, Person.erased_at).where(Person.erased_at.is_not(None))
    ).all()
    own, mark = erased.ledger(), erased.own_mark()
    db.session.rollback()
    try:
        known = erased.read(own) if own.exists() else []
        latest = {one.person_id: one.at for one in sorted(known, key=lambda one: one.at)}
        lacking = [
            Erased(id_, at, mark) for id_, made, at in rows if at and (id_ not in latest or latest[id_] < made)
        ]
        erased.write_down(own, lacking)
        if known or lacking:
            erased.write_down(made_backups_folder() / erased.FILE, [*known, *lacking])
    except (OSError, ValueError) as error:
        raise Refused(f"{own.name} cannot be kept beside the backups: {error}") from None
    return False
