"""backup, restore, check, db move, db upgrade: exit codes, words, and what is there afterwards."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import HOUSE, Ran, environ_of, run
from tests.core.test_schema import FIRST_RELEASE

Hallway = Callable[..., Ran]
PASSWORD = "correct horse battery"


@pytest.fixture
def there(hallway: Hallway, instance: Path, migrated: Path) -> Path:
    """An installation with an admin; its folder."""
    assert hallway("init", "--email", "ada@example.org", "--password-stdin", stdin=PASSWORD).code == 0
    return instance


def names(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return [row[0] for row in connection.execute("SELECT name FROM person ORDER BY id")]
    finally:
        connection.close()


def test_keep_and_bring_back(hallway: Hallway, there: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "kept.zip", tmp_path / "other"
    ran = hallway("backup", str(file))
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(rf"{file}: \d+ rows, 0 files\.\n", ran.out)
    assert file.stat().st_mode & 0o077 == 0
    ran = hallway("backup", "--verify", str(file))
    assert ran.code == 0 and "is good" in ran.out
    ran = run(other, "restore", str(file))
    assert (ran.code, ran.err) == (0, "") and "are here" in ran.out
    assert names(other / "hallway.sqlite3") == ["Ada"]
    assert (other / "secret_key").read_text() == (there / "secret_key").read_text()
    assert run(other, "check").code == 0
    ran = run(other, "restore", str(file))
    assert ran.code == 1 and "people in this installation already" in ran.err


def test_what_cannot_be_written_or_read(hallway: Hallway, there: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for words, said in (
        (["backup", str(tmp_path)], "is a folder"),
        (["backup", str(tmp_path / "mine.txt")], "is there already"),
        (["backup", str(tmp_path / "no" / "kept.zip")], "no folder"),
        (["backup", "--verify", str(tmp_path / "mine.txt")], "is not a backup of Hallway"),
        (["backup", "--verify", str(tmp_path / "none.zip")], "No such file"),
        (["restore", str(tmp_path / "mine.txt")], "is not a backup of Hallway"),
        (["db", "move", "--to", "mysql://x"], "DATABASE_URL must start with"),
        (["db", "move", "--to", f"sqlite:///{there / 'hallway.sqlite3'}"], "on already"),
        (["db", "move", "--to", "postgresql://someone:secret-word@127.0.0.1:1/x"], "Nothing was moved"),
    ):
        ran = hallway(*words)
        assert ran.code == 1 and said in ran.err, (words, ran)
        assert "secret-word" not in ran.err and ran.out == ""
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert not list(tmp_path.glob("*.part"))


def test_wrong_use(hallway: Hallway, there: Path, tmp_path: Path) -> None:
    for words in (["backup"], ["restore"], ["db", "move"], ["check", "more"], ["backup", "x", "--verify", "--force"]):
        assert hallway(*words).code == 2, words


def test_nothing_to_keep_yet(hallway: Hallway, tmp_path: Path) -> None:
    ran = hallway("backup", str(tmp_path / "kept.zip"))
    assert ran.code == 1 and "nothing in the database yet" in ran.err


def test_a_full_disk_leaves_nothing_half_done(there: Path, tmp_path: Path) -> None:
    """For real: no file of this process may grow beyond a few blocks."""

    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))

    connection = sqlite3.connect(there / "hallway.sqlite3")
    connection.execute("INSERT INTO setting VALUES ('long', ?)", (json.dumps(os.urandom(100_000).hex()),))
    connection.commit()
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "backup", str(tmp_path / "kept.zip")],
        cwd=HOUSE, env=environ_of(there), preexec_fn=little, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "no room left" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("kept*"))


def test_a_restore_on_a_full_disk_leaves_nothing(hallway: Hallway, there: Path, tmp_path: Path) -> None:
    def little() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    file, other = tmp_path / "kept.zip", tmp_path / "other"
    assert hallway("backup", str(file)).code == 0
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", "restore", str(file)],
        cwd=HOUSE, env=environ_of(other), preexec_fn=little, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert not list(other.glob("*.filling*"))
    assert run(other, "restore", str(file)).code == 0


def test_check_says_what_is_wrong_and_mends_it(hallway: Hallway, there: Path) -> None:
    assert hallway("check").code == 0
    connection = sqlite3.connect(there / "hallway.sqlite3")
    connection.execute("DELETE FROM person_listing")
    connection.commit()
    connection.close()
    ran = hallway("check", "--dry-run")
    assert ran.code == 1 and "wrong   people are listed as they are\n        1 people" in ran.out
    ran = hallway("check")
    assert ran.code == 0 and "mended  people are listed as they are" in ran.out
    ran = hallway("check")
    assert ran.code == 0 and "mended" not in ran.out


def test_check_ends_with_1_when_something_is_left(hallway: Hallway, there: Path) -> None:
    connection = sqlite3.connect(there / "hallway.sqlite3")
    connection.execute("UPDATE person SET portrait = ?", ("0" * 64 + ".webp",))
    connection.commit()
    connection.close()
    ran = hallway("check")
    assert ran.code == 1 and "wrong   files that rows refer to are there" in ran.out


def test_move_and_what_to_set_afterwards(hallway: Hallway, there: Path, tmp_path: Path) -> None:
    target = tmp_path / "moved.sqlite3"
    ran = hallway("db", "move", "--to", f"sqlite:///{target}")
    assert (ran.code, ran.err) == (0, "")
    assert "the same on both sides" in ran.out and "DATABASE_URL" in ran.out
    assert names(target) == names(there / "hallway.sqlite3") == ["Ada"]


# ---- before an upgrade -------------------------------------------------------------------------------------


@pytest.fixture
def old(hallway: Hallway, instance: Path) -> Path:
    """An installation of the first release."""
    code = (
        "from portal.app import create_app; from portal.core.schema import upgrade\n"
        "with create_app().app_context(): upgrade('0001')"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE, env=environ_of(instance), check=True)
    connection = sqlite3.connect(instance / "hallway.sqlite3")
    connection.executescript(FIRST_RELEASE)
    connection.commit()
    connection.close()
    return instance


def test_an_upgrade_keeps_what_was_there_before(hallway: Hallway, old: Path) -> None:
    assert "hallway db upgrade" in hallway("check").err
    ran = hallway("db", "upgrade")
    assert ran.code == 0 and "Kept before the upgrade" in ran.err
    (kept,) = (old / "backups").glob("before-*.zip")
    with zipfile.ZipFile(kept) as archive:
        assert json.loads(archive.read("manifest.json"))["revision"] == "0001"
    assert "Kept" not in hallway("db", "upgrade").err, "nothing changes, so nothing is kept"
    other = old.with_name("other")
    assert run(other, "restore", str(kept)).code == 0
    assert names(other / "hallway.sqlite3") == ["Priya Raman"]


@pytest.mark.parametrize("words", [["db", "upgrade"], ["init", "--email", "x@example.org", "--password-stdin"]])
def test_without_a_backup_nothing_is_upgraded(hallway: Hallway, old: Path, words: list[str]) -> None:
    (old / "backups").write_text("a file, no folder")
    ran = hallway(*words, stdin=PASSWORD)
    assert ran.code == 1 and "Nothing was upgraded" in ran.err and "--no-backup" in ran.err
    assert "older than this version" in hallway("check").err
    assert hallway("db", "upgrade", "--no-backup").code == 0
    shutil.rmtree(old / "files", ignore_errors=True)
