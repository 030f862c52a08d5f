"""Backups: one moment, whole or not there, for their owner alone."""

from __future__ import annotations

import errno
import json
import os
import threading
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, settings, storage
from portal.core.db import db, unit_of_work
from portal.core.errors import Refused
from portal.keeping import archive as archives
from portal.keeping import backup as backups
from portal.keeping import tables
from portal.keeping.archive import Archive
from portal.keeping.backup import backup
from portal.keeping.places import backups_folder
from portal.keeping.progress import Progress
from portal.people import services as people
from tests.keeping.conftest import Filled, Place, add_somebody, app_of


class Noted(Progress):
    def __init__(self) -> None:
        self.total = self.done = 0

    def begin(self, total: int) -> None:
        self.total = total

    def step(self, done: int = 1) -> None:
        self.done += done


def test_a_backup_holds_every_row_and_every_file(filled: Filled, tmp_path: Path) -> None:
    path, progress = tmp_path / "kept.zip", Noted()
    with filled.app.app_context():
        made = backup(path, progress=progress)
        with db.engine.connect() as connection:
            counts = {t.name: tables.count_of(connection, t) for t in tables.tables_of(connection)}
    assert {name: entry.rows for name, entry in made.tables.items()} == counts
    assert counts["person"] == 3 and counts["person_listing"] > 3
    assert (made.files, made.missing) == (2, [])
    assert progress.total == made.rows <= progress.done
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("kept")] == ["kept.zip"]
    with Archive(path) as archive:
        archive.verify()
        assert archive.manifest == made
        assert sorted(archive.file(name) for name in archive.files()) == [b"RIFF portrait", b"RIFF square"]


def test_the_same_state_comes_to_the_same_sums(filled: Filled, tmp_path: Path) -> None:
    with filled.app.app_context():
        one, other = backup(tmp_path / "1.zip"), backup(tmp_path / "2.zip")
    assert one.tables == other.tables


def test_the_key_goes_along_where_the_installation_made_it(filled: Filled, tmp_path: Path) -> None:
    with filled.app.app_context():
        backup(tmp_path / "own.zip")
        (filled.config.instance_path / "secret_key").write_text("another one, as SECRET_KEY is set" * 2)
        backup(tmp_path / "set.zip")
    with Archive(tmp_path / "own.zip") as own, Archive(tmp_path / "set.zip") as given:
        assert own.secret_key() == filled.config.secret_key
        assert given.secret_key() is None
        assert own.manifest.key_mark == given.manifest.key_mark
    assert filled.config.secret_key not in (tmp_path / "set.zip").read_bytes().decode("latin-1")


def test_a_file_is_never_replaced_unless_told_to(filled: Filled, tmp_path: Path) -> None:
    path = tmp_path / "kept.zip"
    path.write_text("mine")
    with filled.app.app_context():
        with pytest.raises(Refused, match="there already"):
            backup(path)
        assert path.read_text() == "mine"
        backup(path, force=True)
    assert zipfile.is_zipfile(path)


def test_places_where_no_file_can_be(filled: Filled, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with filled.app.app_context():
        with pytest.raises(Refused, match="is a folder"):
            backup(tmp_path)
        with pytest.raises(Refused, match="There is no folder"):
            backup(tmp_path / "nowhere" / "kept.zip")
        with pytest.raises(Refused, match="There is no folder"):
            backup(tmp_path / "file" / "kept.zip")
        with pytest.raises(Refused, match="no file that could be replaced"):
            backup(Path("/dev/full"), force=True)


def test_a_disk_that_gives_up_at_any_step_leaves_nothing(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: dict[str, tuple[object, str]] = {
        "the first bytes": (archives.os, "open"),
        "a table": (archives.ArchiveWriter, "write_table"),
        "a file": (archives.ArchiveWriter, "write_file"),
        "the end": (archives.zipfile.ZipFile, "close"),
        "the disk": (archives.os, "fsync"),
        "the name": (archives.os, "replace"),
    }
    folder = tmp_path / "out"
    folder.mkdir()
    for number, said in ((errno.ENOSPC, "no room left"), (errno.EROFS, "may not write")):
        for step, place in where.items():

            def gives_up(*_: object, number: int = number, **__: object) -> None:
                raise OSError(number, os.strerror(number))

            with filled.app.app_context():
                with monkeypatch.context() as broken:
                    broken.setattr(*place, gives_up)
                    with pytest.raises(Refused, match=said):
                        backup(folder / "kept.zip")
                assert list(folder.iterdir()) == [], step
    with filled.app.app_context():
        backup(folder / "kept.zip")


def test_others_write_on_and_the_backup_is_of_one_moment(filled: Filled, tmp_path: Path) -> None:
    """Pairs of settings are written together; a backup never holds half a pair, however slowly it reads."""
    stop = threading.Event()
    written = []

    def write() -> None:
        while not stop.is_set():
            number = len(written) + 1

            def pair(now: int = number) -> None:
                settings.put("a", now)
                settings.put("z", now)

            with filled.app.app_context():
                unit_of_work(pair)
            written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3:
            pass
        for number in range(4):
            before = len(written)
            with filled.app.app_context():
                backup(tmp_path / f"{number}.zip")
            with Archive(tmp_path / f"{number}.zip") as archive:
                found = {row[0]: row[1] for row in archive.rows("setting")}
            assert found["a"] == found["z"]
            assert int(found["a"]) >= before, "what was acknowledged before it began is in it"
    finally:
        stop.set()
        writer.join()


def test_a_picture_that_is_taken_off_meanwhile_is_in_it(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = tables.last_id

    def removed_first(connection: sa.Connection, table: tables.Table) -> int | None:
        if table.name == "person":

            def elsewhere() -> None:
                with filled.app.app_context():
                    unit_of_work(lambda: people.remove_photo(person_id=filled.bo))

            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
        return plain(connection, table)

    monkeypatch.setattr(tables, "last_id", removed_first)
    with filled.app.app_context():
        made = backup(tmp_path / "kept.zip")
        assert (made.files, made.missing) == (2, [])
        left = [name for name, _since in storage.storage().names()]
    assert len(left) == 2, "they are swept later, when nobody holds them"


def test_a_file_that_is_missing_is_named(filled: Filled, tmp_path: Path) -> None:
    with filled.app.app_context():
        names = [name for name, _since in storage.storage().names()]
        storage.storage().drop(names[0])
        made = backup(tmp_path / "kept.zip")
    assert (made.files, made.missing) == (1, names[:1])


def test_nothing_in_the_database_is_nothing_to_keep(place: Place, tmp_path: Path) -> None:
    with app_of(place("sqlite")), pytest.raises(Refused, match="nothing to keep"):
        backup(tmp_path / "kept.zip")
    assert not list(tmp_path.glob("kept*"))


# ---- nightly -----------------------------------------------------------------------------------------------


def test_each_night_one_is_made_and_the_oldest_goes(filled: Filled) -> None:
    start = clock.now()
    with filled.app.app_context():
        for night in range(filled.config.backups_keep + 3):
            with clock.pinned(start.replace(year=2027, month=1, day=night + 1)):
                assert backups.nightly() is False
        found = backups.kept(backups_folder())
        assert len(found) == filled.config.backups_keep
        assert found[0].name > found[-1].name
        assert backups_folder().stat().st_mode & 0o077 == 0
        assert settings.get(backups.LAST)["file"] == found[0].name


def test_the_oldest_stays_when_the_new_one_is_not_whole(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    with filled.app.app_context():
        backups.nightly()
        (good,) = backups.kept(backups_folder())
        plain = archives.ArchiveWriter.finish

        def spoiled(writer: archives.ArchiveWriter, manifest: archives.Manifest) -> None:
            plain(writer, manifest)
            data = bytearray(writer.path.read_bytes())
            place = data.index(b"tables/person.jsonl") + 40
            data[place] ^= 0xFF
            writer.path.write_bytes(data)

        monkeypatch.setattr(archives.ArchiveWriter, "finish", spoiled)
        with clock.pinned(clock.now().replace(year=2030)), pytest.raises(Refused, match="damaged"):
            backups.nightly()
        assert backups.kept(backups_folder()) == [good]
        said = settings.get(backups.LAST)
        assert "damaged" in said["problem"] and said["file"] == good.name


def test_what_a_machine_left_half_done_is_removed_after_a_day(filled: Filled) -> None:
    with filled.app.app_context():
        backups.nightly()
        old, new = (backups_folder() / f"hallway-{year}0101T000000.zip.part" for year in (2001, 2002))
        old.touch()
        new.touch()
        os.utime(old, (0, 0))
        backups.nightly()
    assert (old.exists(), new.exists()) == (False, True)


def test_who_was_erased_is_written_down_beside_the_backups(filled: Filled) -> None:
    with filled.app.app_context():
        backups.keep_erasures()
        assert not (backups_folder() / "erasures.jsonl").exists(), "nobody was"
        with db.engine.begin() as connection:  # as when the machine stopped before the line was written
            connection.execute(sa.text("UPDATE person SET erased_at = :at WHERE id = :id"),
                               {"at": "2999-01-01 00:00:00.000000", "id": filled.guest})  # fmt: skip
        for _again in range(2):
            backups.keep_erasures()
            for folder in (filled.config.instance_path, backups_folder()):
                (line,) = (folder / "erasures.jsonl").read_text().splitlines()
                assert json.loads(line)["person_id"] == filled.guest


def test_before_an_upgrade_the_newest_five_stay(app: Flask) -> None:
    with app.app_context():
        add_somebody()
        for day in range(1, 8):
            with clock.pinned(clock.now().replace(year=2027, month=1, day=day)):
                path = backups.before_upgrade()
        found = backups.kept(path.parent, backups.BEFORE_UPGRADE)
    assert len(found) == backups.KEPT_BEFORE_UPGRADES and found[0] == path
