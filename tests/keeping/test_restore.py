"""Restoring: all of it comes back on either database, or nothing; who was erased since stays erased."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.core import clock, erased, schema, settings
from portal.core.db import Base, db, unit_of_work
from portal.core.erased import Erased
from portal.core.errors import Refused
from portal.core.storage import LocalStorage, storage
from portal.infomercials.models import Infomercial
from portal.keeping import fill
from portal.keeping import restore as restoring
from portal.keeping.archive import Archive
from portal.keeping.backup import backup
from portal.keeping.progress import QUIET
from portal.keeping.restore import ArchiveStorage, restore, trial
from portal.people import erasing
from portal.people.models import Person
from tests.core.test_schema import FIRST_RELEASE, SECOND_RELEASE, rows_of
from tests.keeping.conftest import DATABASES, Filled, Place, add_somebody, app_of, names_here

HOUSE = Path(__file__).resolve().parents[2]


@pytest.fixture
def kept(filled: Filled, tmp_path: Path) -> Path:
    """A backup of the filled installation."""
    with filled.app.app_context():
        backup(tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


@pytest.fixture
def plain(on_sqlite: Filled, tmp_path: Path) -> Path:
    """A backup made on SQLite."""
    with on_sqlite.app.app_context():
        backup(tmp_path / "kept.zip")
    return tmp_path / "kept.zip"


@pytest.mark.parametrize("onto", DATABASES)
def test_everything_comes_back(filled: Filled, kept: Path, place: Place, onto: str, tmp_path: Path) -> None:
    with app_of(place(onto)) as app:
        done = restore(kept)
        assert (done.erased, done.left, done.other_key) == ([], [], False)
        assert schema.schema_state() == "ok"
        again = backup(tmp_path / "again.zip")
        with Archive(kept) as first:
            assert again.tables == first.manifest.tables, "the same sums, table by table"
            assert storage().get(first.files()[0]) == first.file(first.files()[0])
        ada = db.session.get_one(Person, filled.ada)
        assert ada.manager_id == filled.bo and ada.starts_on is not None
        assert db.session.get_one(Infomercial, filled.ada).headline == 'Says "no", and\nmeans it\t\\ 100 %'
        assert settings.get("odd") == {"b": [1.5, None, True, "ü\u2028"], "a": 2**60}
        assert [settings.get(key) for key in ("five", "whole", "share", "word")] == [5, 1, 0.1, "5"]
        key = (app.config["HALLWAY"].instance_path / "secret_key").read_text()
    assert key == filled.config.secret_key
    with filled.app.app_context():
        names = names_here()
    with app_of({"INSTANCE_PATH": str(app.config["HALLWAY"].instance_path),
                 "DATABASE_URL": app.config["HALLWAY"].database_url.replace("+psycopg", "")}):  # fmt: skip
        assert names_here() == names
        assert add_somebody() > filled.team


@pytest.mark.parametrize("onto", DATABASES)
def test_an_id_that_was_given_away_before_is_not_given_again(
    filled: Filled, place: Place, onto: str, tmp_path: Path
) -> None:
    with filled.app.app_context():
        last = add_somebody()
        with db.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM person_listing WHERE person_id = :id"), {"id": last})
            connection.execute(sa.text("DELETE FROM person WHERE id = :id"), {"id": last})
        backup(tmp_path / "kept.zip")
    with app_of(place(onto)):
        restore(tmp_path / "kept.zip")
        assert add_somebody() == last + 1


def test_only_into_an_empty_installation(filled: Filled, kept: Path, place: Place) -> None:
    with filled.app.app_context():
        before = names_here()
        with pytest.raises(Refused, match="people in this installation already"):
            restore(kept)
        assert names_here() == before
    for database in DATABASES:
        with app_of(place(database)):
            schema.upgrade()  # nobody in it: empty all the same
            restore(kept)
            assert len(names_here()) == 3


def test_what_belongs_to_something_else_is_left_alone(plain: Path, place: Place) -> None:
    with app_of(place("postgresql")):
        with db.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE invoices (id integer)")
        with pytest.raises(Refused, match="something else in this database"):
            restore(plain)
        with db.engine.connect() as connection:
            assert sa.inspect(connection).get_table_names() == ["invoices"]


# ---- files that are none, or not whole ---------------------------------------------------------------------


def changed(kept: Path, member: str, change: Callable[[bytes], bytes | None]) -> None:
    """The same archive with one member changed (or without it)."""
    aside = kept.with_suffix(".new")
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(aside, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            after = change(data) if name == member else data
            if after is not None:
                new.writestr(name, after)
    os.replace(aside, kept)


def said(**what: object) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps({**json.loads(data), **what}).encode()


def flipped(data: bytes) -> bytes:
    place = data.index(b"PK\x03\x04", 100) - 30
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda p: p.write_bytes(b""), "is not a backup of Hallway"),
    "words": (lambda p: p.write_text("id,name\n1,Ada\n"), "is not a backup of Hallway"),
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:-200]), "is not whole"),
    "half": (lambda p: p.write_bytes(p.read_bytes()[: p.stat().st_size // 2]), "is not whole"),
    "its head": (lambda p: p.write_bytes(p.read_bytes()[:3]), "is not a backup of Hallway"),
    "a flipped bit": (lambda p: p.write_bytes(flipped(p.read_bytes())), "damaged"),
    "another zip": (lambda p: zipfile.ZipFile(p, "w").writestr("word/document.xml", "x"), "is not a backup"),
    "no manifest": (lambda p: changed(p, "manifest.json", lambda _: None), "is not a backup of Hallway"),
    "odd manifest": (lambda p: changed(p, "manifest.json", lambda _: b"[1]"), "is not a backup of Hallway"),
    "half a manifest": (lambda p: changed(p, "manifest.json", lambda d: d[:50]), "damaged"),
    "of another program": (lambda p: changed(p, "manifest.json", said(kind="lobby")), "is not a backup of Hallway"),
    "odd tables": (lambda p: changed(p, "manifest.json", said(tables={"person": 7})), "damaged"),
    "a newer format": (lambda p: changed(p, "manifest.json", said(format=2, hallway="9.1")), "newer version.*9.1"),
    "a newer shape": (lambda p: changed(p, "manifest.json", said(revision="9999")), "newer version"),
    "a table too few": (lambda p: changed(p, "tables/person.jsonl", lambda _: None), "something is missing"),
    "a row too few": (
        lambda p: changed(p, "tables/person.jsonl", lambda d: b"\n".join(d.split(b"\n")[:-2]) + b"\n"),
        "damaged: the table person",
    ),
    "a changed row": (
        lambda p: changed(p, "tables/person.jsonl", lambda d: d.replace(b"Ada", b"Eve")),
        "damaged: the table person",
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_good_archive_is_refused_before_anything_is_written(plain: Path, tmp_path: Path, bad: str) -> None:
    spoil, words = BAD[bad]
    spoil(plain)
    instance = tmp_path / "new"
    with app_of({"INSTANCE_PATH": str(instance)}):
        before = sorted(path.name for path in instance.iterdir())
        with pytest.raises(Refused, match=words):
            restore(plain)
        assert sorted(path.name for path in instance.iterdir()) == before
        with pytest.raises(Refused, match=words):
            trial(plain)
        assert sorted(path.name for path in instance.iterdir()) == before


@pytest.mark.parametrize("onto", DATABASES)
def test_rows_that_cannot_be_leave_the_installation_empty(
    plain: Path, place: Place, onto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive that is whole by its sums and wrong all the same: somebody made it by hand."""
    rows = Archive.rows

    def without_people(archive: Archive, table: str) -> object:
        return iter(()) if table == "person" else rows(archive, table)

    def misshapen(archive: Archive, table: str) -> object:
        return iter([[1, 2]]) if table == "person" else rows(archive, table)

    with app_of(place(onto)) as app:
        for wrong in (without_people, misshapen):
            with monkeypatch.context() as patched:
                patched.setattr(Archive, "rows", wrong)
                with pytest.raises(Refused, match="cannot be restored"):
                    restore(plain)
            assert schema.schema_state() == "empty"
            assert not list(app.config["HALLWAY"].instance_path.glob("*.filling*"))
        restore(plain)
        assert len(names_here()) == 3


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with app_of({"INSTANCE_PATH": str(tmp_path / "new")}):
        for path in (tmp_path / "nowhere.zip", tmp_path):
            with pytest.raises(Refused, match=str(path)):
                restore(path)


@pytest.mark.parametrize("onto", DATABASES)
@pytest.mark.parametrize("step", ["a row", "a file", "a check"])
def test_a_disk_that_gives_up_leaves_the_installation_empty(
    plain: Path, place: Place, onto: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    where: dict[str, tuple[object, str]] = {
        "a row": (fill.tables, "load"), "a file": (LocalStorage, "put"), "a check": (restoring.checks, "run"),
    }  # fmt: skip
    with app_of(place(onto)):
        with monkeypatch.context() as broken:
            broken.setattr(*where[step], full)
            with pytest.raises(Refused, match="no room left"):
                restore(plain)
        assert schema.schema_state() == "empty"
        restore(plain)
        assert len(names_here()) == 3


ON_A_SMALL_DISK = """
mount -t tmpfs -o size="$1" none "$2" || exit 99
INSTANCE_PATH="$2/new" "$3" -m portal.cli restore "$4"
echo "ended with $?"
find "$2/new" -name "*.webp"
find "$2/new" -name "*.filling*"
find "$2/new" -name "*.sqlite3" -size +4k  # one page: what looking whether it is empty makes
"""


# Times the size of the database: its log and itself need three times that at the end.
@pytest.mark.parametrize(("room", "came_to"), [(1.2, "the tables"), (2.0, "the tables or the end"), (2.6, "the end")])
def test_a_disk_that_is_full(plain: Path, tmp_path: Path, room: float, came_to: str) -> None:
    """A real one, and the real command. SQLite says nothing when it has no room as it closes its file."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-Urm", "true"], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    with app_of({"INSTANCE_PATH": str(tmp_path / "large")}) as app:
        restore(plain)
        whole = fill.file_of(app.config["HALLWAY"]).stat().st_size
    disk = tmp_path / "disk"
    disk.mkdir()
    size = f"{int(whole * room) // 1024}k"
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", ON_A_SMALL_DISK, "sh", size, str(disk), sys.executable, str(plain)],
        cwd=HOUSE, env={**os.environ, "WORKER": "0"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode == 99:
        pytest.skip("no disk can be mounted here")
    assert "Traceback" not in done.stderr
    assert "no room left" in done.stderr or "disk is full" in done.stderr
    ended, *left = done.stdout.splitlines()
    assert ended == "ended with 1"
    assert not [name for name in left if "sqlite3" in name], "nothing half done"
    if came_to == "the end":
        assert left, "its files were there, and so were all the rows before them"


KILLED = """
import os, signal
from pathlib import Path
from portal.app import create_app
from portal.keeping import fill, restore
plain = fill._compared
def killed(connection, table, wanted):
    done = plain(connection, table, wanted)
    if table.name == WHEN:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
fill._compared = killed
def late(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
if WHEN == "the end":
    restore._erase_again = late
with create_app().app_context():
    restore.restore(Path(FILE))
"""


@pytest.mark.parametrize("onto", DATABASES)
@pytest.mark.parametrize("when", ["person", "the end"])
def test_killed_half_way_it_begins_anew(plain: Path, place: Place, onto: str, when: str) -> None:
    environ = place(onto)
    code = KILLED.replace("WHEN", repr(when)).replace("FILE", repr(str(plain)))
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=HOUSE, env={**os.environ, **environ}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    with app_of(environ) as app:
        # On PostgreSQL it says so, and no server starts on it; on SQLite nothing has happened yet.
        assert schema.schema_state() == ("restoring" if onto == "postgresql" else "empty")
        restore(plain)
        assert schema.schema_state() == "ok"
        assert len(names_here()) == 3
        assert not list(app.config["HALLWAY"].instance_path.glob("*.filling*"))


def test_two_at_once(plain: Path, place: Place) -> None:
    for database in DATABASES:
        environ = place(database)
        with app_of(environ) as app, fill.empty_database(app.config["HALLWAY"]):
            schema.upgrade()
            with restoring.alone_on_this_machine(), app_of(environ), pytest.raises(Refused, match="under way here"):
                restore(plain)
            if database == "postgresql":  # from another machine
                elsewhere = {**environ, "INSTANCE_PATH": environ["INSTANCE_PATH"] + "-2"}
                with app_of(elsewhere), pytest.raises(Refused, match="is filling this database"):
                    restore(plain)


def test_a_database_that_somebody_has_open(plain: Path, tmp_path: Path) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path / "new")}
    with app_of(environ):
        schema.upgrade()
        with app_of(environ), db.engine.connect() as other:
            other.exec_driver_sql("SELECT count(*) FROM person")
            with app_of(environ), pytest.raises(Refused, match="has the database open"):
                restore(plain)
        restore(plain)


# ---- of earlier versions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["0001", "0002"])
@pytest.mark.parametrize(("of", "onto"), [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")])
def test_backups_of_earlier_versions(place: Place, of: str, onto: str, release: str, tmp_path: Path) -> None:
    with app_of(place(of)):
        schema.upgrade(release)
        with db.engine.begin() as connection:
            for statement in (FIRST_RELEASE + (SECOND_RELEASE if release == "0002" else "")).split(";\n"):
                if statement.strip():
                    connection.execute(sa.text(statement.replace(":", "\\:")))
        made = backup(tmp_path / "old.zip")
        assert made.revision == release
        with db.engine.connect() as connection:
            before = rows_of(connection)
        assert trial(tmp_path / "old.zip") == []
    with app_of(place(onto)):
        restore(tmp_path / "old.zip")
        assert schema.schema_state() == "ok"
        with db.engine.connect() as connection:
            after = rows_of(connection)
    # What can be derived is put right by the checks: what was filled in by hand is not quite.
    # Search keeps a count of its words among the settings.
    derived = {"audience", "audience_member", "person_listing", "infomercial_listing", "setting"}
    counts = {table: len(rows) for table, rows in before.items() if table not in derived}
    assert counts == {table: len(after[table]) for table in counts}


# ---- who was erased since ----------------------------------------------------------------------------------


def erase(person_id: int) -> None:
    unit_of_work(lambda: erasing.erase_person(person_id=person_id, actor_id=None))


@pytest.mark.parametrize("by", ["the file in the instance", "beside the backups", "--erasures"])
def test_who_was_erased_since_is_erased_again(
    filled: Filled, kept: Path, place: Place, by: str, tmp_path: Path
) -> None:
    with filled.app.app_context():
        erase(filled.guest)
        assert "Gita Rao" not in names_here()
        ledger = erased.ledger()
    environ = place("sqlite")
    with app_of(environ) as app:
        own = app.config["HALLWAY"].instance_path
        more: list[Path] = []
        if by == "the file in the instance":
            shutil.copy(ledger, own / "erasures.jsonl")
        elif by == "beside the backups":
            (own / "backups").mkdir()
            shutil.copy(ledger, own / "backups" / "erasures.jsonl")
        else:
            more = [ledger]
        done = restore(kept, ledgers=more)
        assert done.erased == [filled.guest] and done.left == []
        assert "Gita Rao" not in names_here() and "Ada Okoye" in names_here()
        # The next restore, of the same backup, knows it too.
        assert {line.person_id for line in erased.read(own / "erasures.jsonl")} == {filled.guest}


def test_who_was_erased_elsewhere_is_somebody_else(filled: Filled, kept: Path, place: Place, tmp_path: Path) -> None:
    """Numbers begin at 1 everywhere: the file of an installation that was tried out is not about these people."""
    ledger = tmp_path / "elsewhere.jsonl"
    erased.write_down(ledger, [Erased(filled.guest, clock.now(), "another one")])
    with app_of(place("sqlite")):
        assert restore(kept, ledgers=[ledger]).erased == []
        assert "Gita Rao" in names_here()


def test_no_rule_keeps_an_erasure_from_being_done_again(filled: Filled, place: Place, tmp_path: Path) -> None:
    """The only admin of the backup was erased since, when there was another."""
    with filled.app.app_context():
        account = Base.metadata.tables["account"]
        with db.engine.begin() as connection:
            connection.execute(sa.update(account).values(role="member"))
            connection.execute(sa.update(account).where(account.c.person_id == filled.ada).values(role="admin"))
        backup(tmp_path / "before.zip")
        mark = erased.own_mark()
    ledger = tmp_path / "since.jsonl"
    erased.write_down(ledger, [Erased(filled.ada, clock.now(), mark)])
    with app_of(place("sqlite")):
        assert restore(tmp_path / "before.zip", ledgers=[ledger]).erased == [filled.ada]
        assert "Ada Okoye" not in names_here()


def test_a_number_that_came_again_is_somebody_else(filled: Filled, place: Place, tmp_path: Path) -> None:
    with filled.app.app_context():
        erased.note_erased(filled.guest)  # of somebody before
        later = clock.now() + timedelta(hours=1)
        with db.engine.begin() as connection:
            connection.execute(
                sa.update(Person.__table__).where(Person.id == filled.guest).values(created_at=later)  # type: ignore[arg-type]
            )
        backup(tmp_path / "kept.zip")
        ledger = erased.ledger()
    with app_of(place("sqlite")):
        assert restore(tmp_path / "kept.zip", ledgers=[ledger]).erased == []
        assert "Gita Rao" in names_here()


def test_a_list_of_erasures_that_cannot_be_read(plain: Path, place: Place, tmp_path: Path) -> None:
    odd = tmp_path / "odd.jsonl"
    odd.write_text('{"person_id": 1}\n')
    with app_of(place("sqlite")):
        with pytest.raises(Refused, match="line 1 is not an erasure"):
            restore(plain, ledgers=[odd])
        with pytest.raises(Refused, match=r"nowhere\.jsonl"):
            restore(plain, ledgers=[tmp_path / "nowhere.jsonl"])
        assert schema.schema_state() == "empty"


# ---- as a trial --------------------------------------------------------------------------------------------


def test_a_trial_touches_nothing(filled: Filled, kept: Path) -> None:
    with filled.app.app_context():
        before = backup(kept.with_name("before.zip"))
        assert trial(kept) == []
        assert backup(kept.with_name("after.zip")).tables == before.tables
        assert not list(filled.config.instance_path.glob(".trial*"))


def test_a_trial_says_what_is_missing(filled: Filled, tmp_path: Path) -> None:
    with filled.app.app_context():
        for name, _since in list(storage().names()):
            storage().drop(name)
        backup(tmp_path / "kept.zip")
        (line,) = trial(tmp_path / "kept.zip")
        assert "2 files are missing" in line


def test_the_files_of_an_archive_are_only_looked_at(plain: Path) -> None:
    with Archive(plain) as archive:
        files = ArchiveStorage(archive)
        (name, _since), _other = files.names()
        files.drop(name)
        with files.hold():
            assert files.get(name) == archive.file(name)
        assert files.get("0" * 64 + ".webp") is None
        with pytest.raises(NotImplementedError):
            files.put(b"", "webp")


def test_with_another_key_it_is_said(plain: Path, place: Place) -> None:
    with app_of({**place("sqlite"), "SECRET_KEY": "k" * 40}):
        assert restore(plain, progress=QUIET).other_key
