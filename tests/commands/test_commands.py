"""init, reset-password, import, db upgrade, demo: exit codes, words, and what is in the database afterwards."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal.accounts.passwords import fits
from tests.commands.conftest import HOUSE, Ran, environ_of

Hallway = Callable[..., Ran]
PASSWORD = "correct horse battery"
HEADER = "id,name,email,department\n"


def ask(instance: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What an installation's SQLite database answers."""
    connection = sqlite3.connect(instance / "hallway.sqlite3")
    try:
        rows = connection.execute(query, values).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def init(hallway: Hallway, email: str = "ada@example.org", stdin: str | bytes = PASSWORD + "\n") -> Ran:
    return hallway("init", "--email", email, "--password-stdin", stdin=stdin)


def staff(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "staff.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


# ---- the command itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--help"], ["db", "--help"], ["import", "--help"]])
def test_help_builds_no_app(words: list[str]) -> None:
    code = (
        f"import sys; sys.argv[1:] = {words!r}\n"
        "from portal.cli import hallway\n"
        "try: hallway.main(prog_name='hallway')\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "heavy = {'flask', 'sqlalchemy', 'alembic', 'PIL', 'portal.app'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: hallway" in done.stdout


def test_help_names_every_command(hallway: Hallway, instance: Path) -> None:
    ran = hallway("--help")
    assert ran.code == 0
    for name in ("run", "init", "demo", "reset-password", "db", "import"):
        assert f"\n  {name} " in ran.out
    assert not instance.exists(), "nothing is made by asking"


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["db", "nonsense"], ["import", "nonsense"], ["init", "--nonsense"], ["init"], ["init", "--email"],
     ["import", "people"], ["reset-password"], ["demo", "extra"],
     ["import", "people", "/nowhere/staff.csv", "--yes"]],
)  # fmt: skip
def test_wrong_use_exits_2(hallway: Hallway, instance: Path, words: list[str]) -> None:
    ran = hallway(*words)
    assert ran.code == 2, ran
    assert "Usage: hallway" in ran.err or ran.err.startswith("Error: Option")
    assert ran.out == ""
    assert not (instance / "hallway.sqlite3").exists()


@pytest.mark.parametrize("command", ["init", "demo", "run", "reset-password", "up"])
def test_every_command_explains_itself(hallway: Hallway, command: str) -> None:
    ran = hallway(command, "--help")
    assert ran.code == 0
    assert f"hallway {command}" in ran.out


# ---- init --------------------------------------------------------------------------------------------------


def test_the_first_admin(hallway: Hallway, instance: Path) -> None:
    ran = init(hallway)
    assert (ran.code, ran.err) == (0, "")
    assert "ada@example.org" in ran.out
    (row,) = ask(
        instance, "SELECT name, handle, email, role, password_hash FROM person JOIN account ON person_id = id"
    )
    assert row[:4] == ("Ada", "ada", "ada@example.org", "admin")
    assert fits(PASSWORD, row[4])
    assert not fits(PASSWORD + "\n", row[4]), "the line end is no part of it"
    assert (instance / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_line_ends_of_any_system_are_no_part_of_the_password(
    hallway: Hallway, instance: Path, migrated: Path, end: str
) -> None:
    assert init(hallway, stdin=" a password " + end).code == 0
    ((kept,),) = ask(instance, "SELECT password_hash FROM account")
    assert fits(" a password ", kept), "spaces are"


def test_a_second_init_is_refused(hallway: Hallway, instance: Path, migrated: Path) -> None:
    init(hallway)
    ran = init(hallway, email="other@example.org")
    assert ran.code == 1
    assert "reset-password" in ran.err
    assert ask(instance, "SELECT count(*) FROM person") == [(1,)]


@pytest.mark.parametrize(
    ("email", "stdin", "said"),
    [
        ("ada@example.org", "short\n", "5 more characters"),
        ("ada@example.org", "", "10 more characters"),
        ("ada@example.org", "\n", "10 more characters"),
        ("ada@example.org", "x" * 1001, "At most 1000 characters"),
        ("ada@example.org", "x" * 9000, "at most 1,000 characters"),
        ("ada@example.org", "one line\nand another", "one line"),
        ("ada@example.org", "with a \0 in it", "one line"),
        ("ada@example.org", b"\xff\xfe\xff\xfe\xff\xfe", "not UTF-8"),
        ("ada@example.org", "ADA@example.org", "first thing others would try"),
        ("ada", PASSWORD, "does not look like a mail address"),
        ("", PASSWORD, "does not look like a mail address"),
        ("a b@example.org", PASSWORD, "does not look like a mail address"),
    ],
)
def test_what_init_refuses(
    hallway: Hallway, instance: Path, migrated: Path, email: str, stdin: str | bytes, said: str
) -> None:
    ran = init(hallway, email=email, stdin=stdin)
    assert ran.code == 1, ran
    assert said in ran.err
    assert ran.out == ""
    assert ask(instance, "SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM account)") == [(0, 0)]


def test_without_a_terminal_the_password_comes_from_standard_input(hallway: Hallway) -> None:
    ran = hallway("init", "--email", "ada@example.org", stdin=PASSWORD)
    assert ran.code == 2
    assert "--password-stdin" in ran.err


def test_init_takes_over_somebody_who_was_imported(hallway: Hallway, instance: Path, tmp_path: Path) -> None:
    assert (
        hallway("import", "people", staff(tmp_path, HEADER + "1,Ada Okoye,Ada@example.org,Data\n"), "--yes").code == 0
    )
    assert init(hallway).code == 0
    assert ask(instance, "SELECT name, role FROM person JOIN account ON person_id = id") == [("Ada Okoye", "admin")]


# ---- reset-password ----------------------------------------------------------------------------------------


def test_reset_lets_somebody_in_and_ends_their_sessions(hallway: Hallway, instance: Path, migrated: Path) -> None:
    init(hallway)
    ask(instance, "INSERT INTO sign_in (person_id, key_hash, device, started_at, last_used_at)"
        " VALUES (1, 'x', '', '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000')")  # fmt: skip
    ran = hallway("reset-password", " ADA@example.org ", "--password-stdin", stdin="another password\n")
    assert (ran.code, ran.err) == (0, "")
    ((kept, role),) = ask(instance, "SELECT password_hash, role FROM account")
    assert fits("another password", kept)
    assert role == "admin"
    assert ask(instance, "SELECT count(*) FROM sign_in WHERE ended_at IS NULL") == [(0,)]


def test_reset_makes_an_account_for_who_has_none(hallway: Hallway, instance: Path, tmp_path: Path) -> None:
    hallway("import", "people", staff(tmp_path, HEADER + "1,Ada Okoye,ada@example.org,Data\n"), "--yes")
    assert hallway("reset-password", "ada@example.org", "--password-stdin", stdin=PASSWORD).code == 0
    assert ask(instance, "SELECT role FROM account") == [("member",)]


@pytest.mark.parametrize(
    ("email", "stdin", "code", "said"),
    [
        ("nobody@example.org", PASSWORD, 1, "Nobody here has this address"),
        ("", PASSWORD, 1, "Nobody here has this address"),
        ("ada@example.org", "short", 1, "5 more characters"),
        ("ada@example.org", "ada@example.org", 1, "first thing others would try"),
    ],
)
def test_what_reset_refuses(
    hallway: Hallway, instance: Path, migrated: Path, email: str, stdin: str, code: int, said: str
) -> None:
    init(hallway)
    ran = hallway("reset-password", email, "--password-stdin", stdin=stdin)
    assert ran.code == code
    assert said in ran.err
    ((kept,),) = ask(instance, "SELECT password_hash FROM account")
    assert fits(PASSWORD, kept)


def test_a_leaver_is_not_let_in(hallway: Hallway, instance: Path, migrated: Path) -> None:
    init(hallway)
    ask(instance, "UPDATE person SET left_at = '2026-01-01 00:00:00.000000'")
    ran = hallway("reset-password", "ada@example.org", "--password-stdin", stdin="another password")
    assert ran.code == 1
    assert "has left" in ran.err


def test_reset_on_nothing(hallway: Hallway, instance: Path) -> None:
    ran = hallway("reset-password", "ada@example.org", "--password-stdin", stdin=PASSWORD)
    assert ran.code == 1
    assert "hallway init" in ran.err
    assert "hallway demo" in ran.err


# ---- import people -----------------------------------------------------------------------------------------


def test_import_into_a_never_initialised_installation_and_again(
    hallway: Hallway, instance: Path, tmp_path: Path
) -> None:
    path = staff(tmp_path, "\ufeff" + HEADER + "1,Ada Okoye,ada@example.org,Data\r\n2,Bo,bo@example.org,Data\r\n")
    ran = hallway("import", "people", path, "--yes")
    assert (ran.code, ran.out, ran.err) == (0, "2 added, 0 changed, 0 as before.\n", "")
    before = ask(instance, "SELECT * FROM person ORDER BY id")
    ran = hallway("import", "people", path, "--yes")
    assert ran.out == "0 added, 0 changed, 2 as before.\n"
    assert ask(instance, "SELECT * FROM person ORDER BY id") == before
    changed = staff(tmp_path, HEADER + "1,Ada Obi,ada@example.org,Data\n")
    assert hallway("import", "people", changed, "--yes").out == "0 added, 1 changed, 0 as before.\n"
    assert ask(instance, "SELECT handle FROM person ORDER BY id") == [("ada-obi",), ("bo",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEADER + '1,"Ada\nOkoye",ada@example.org,\n2,Bo,wrong,\n', "line 4, column email: this is no mail address"),
        (HEADER + "1,Ada,ada@example.org,\n1,Bo,bo@example.org,\n", "line 3, column id: the same as in line 2"),
        ("", "line 1: the file is empty"),
        ("id,email\n1,ada@example.org\n", "line 1: no column holds the name"),
        ("id,name,email\n1,J\u00fcrgen,j@example.org\n".encode("latin-1"), "line 2: not UTF-8"),
        (b"id,name\n1,A\x00da and more words\n", "line 2: holds a NUL"),
    ],
)
def test_a_refused_file_changes_nothing(
    hallway: Hallway, instance: Path, migrated: Path, tmp_path: Path, text: str | bytes, said: str
) -> None:
    ran = hallway("import", "people", staff(tmp_path, text), "--yes")
    assert ran.code == 1
    assert said in ran.err
    assert "Nothing was written." in ran.err
    assert ask(instance, "SELECT count(*) FROM person") == [(0,)]


def test_a_line_that_contradicts_who_is_here(
    hallway: Hallway, instance: Path, migrated: Path, tmp_path: Path
) -> None:
    hallway("import", "people", staff(tmp_path, HEADER + "1,Ada,ada@example.org,\n"), "--yes")
    text = HEADER + "7,New,new@example.org,\n\n8,Thief,ADA@example.org,\n"
    ran = hallway("import", "people", staff(tmp_path, text), "--yes")
    assert ran.code == 1
    assert ran.err.startswith("line 4, column email: belongs to Ada here already")
    assert "Nothing was written." in ran.err
    assert ask(instance, "SELECT count(*) FROM person") == [(1,)]


def test_without_a_terminal_an_import_needs_yes(hallway: Hallway, instance: Path, tmp_path: Path) -> None:
    ran = hallway("import", "people", staff(tmp_path, HEADER + "1,Ada,ada@example.org,\n"))
    assert ran.code == 2
    assert "--yes" in ran.err
    assert not (instance / "hallway.sqlite3").exists()


def test_a_header_alone_brings_nobody(hallway: Hallway, migrated: Path, tmp_path: Path) -> None:
    assert hallway("import", "people", staff(tmp_path, HEADER), "--yes").out == "0 added, 0 changed, 0 as before.\n"


def test_a_folder_is_no_file(hallway: Hallway, tmp_path: Path) -> None:
    assert hallway("import", "people", str(tmp_path), "--yes").code == 2


# ---- db upgrade --------------------------------------------------------------------------------------------


def test_upgrade_from_nothing_and_again(hallway: Hallway, instance: Path) -> None:
    for _ in range(2):
        ran = hallway("db", "upgrade")
        assert (ran.code, ran.out, ran.err) == (0, "The database is up to date.\n", "")
    assert ask(instance, "SELECT kind FROM audience ORDER BY id") == [("named",), ("everyone",)]


def test_a_newer_database_is_left_alone(hallway: Hallway, instance: Path, migrated: Path) -> None:
    ask(instance, "UPDATE alembic_version SET version_num = '9999'")
    for words in (["db", "upgrade"], ["run"], ["demo"], ["reset-password", "a@b", "--password-stdin"]):
        ran = hallway(*words, stdin=PASSWORD)
        assert ran.code == 1, words
        assert "newer version" in ran.err
    assert ask(instance, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_an_older_database_is_not_served_but_upgraded(hallway: Hallway, instance: Path, migrated: Path) -> None:
    """The newest migration but one, so far as there are two; a database that was never stamped counts as empty."""
    versions = sorted(path.stem.split("_")[0] for path in (HOUSE / "migrations" / "versions").glob("[0-9]*.py"))
    if len(versions) < 2:
        pytest.skip("there is one migration: no database can be behind yet")
    migrated.unlink()
    code = (
        "from portal.app import create_app\nfrom portal.core.schema import _config\nfrom portal.core.db import db\n"
        "from alembic import command\n"
        "with create_app().app_context(), db.engine.connect() as connection:\n"
        "    config = _config(); config.attributes['connection'] = connection\n"
        f"    command.upgrade(config, {versions[-2]!r})\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE, env=environ_of(instance), check=True)
    ran = hallway("run")
    assert ran.code == 1
    assert "hallway db upgrade" in ran.err
    assert hallway("db", "upgrade").code == 0
    assert ask(instance, "SELECT version_num FROM alembic_version") == [(versions[-1],)]


def test_an_instance_below_a_file_cannot_be_written(hallway: Hallway, instance: Path) -> None:
    instance.write_text("a file, no folder")
    for words in (["db", "upgrade"], ["demo"], ["run"], ["init", "--email", "a@b.c", "--password-stdin"]):
        ran = hallway(*words, stdin=PASSWORD)
        assert ran.code == 1, words
        assert "cannot write to" in ran.err
        assert "INSTANCE_PATH" in ran.err
        assert len(ran.err.splitlines()) == 1


def test_a_database_that_is_a_folder(hallway: Hallway, instance: Path) -> None:
    (instance / "hallway.sqlite3").mkdir(parents=True)
    for words in (["db", "upgrade"], ["run"], ["demo"]):
        ran = hallway(*words)
        assert ran.code == 1, words
        assert "cannot write to the database" in ran.err


@pytest.mark.parametrize(
    "damage", [b"this is no database, and never was one. " * 200, b"SQLite format 3\0" + b"\xff" * 8000]
)
def test_a_damaged_file(hallway: Hallway, instance: Path, damage: bytes) -> None:
    instance.mkdir()
    (instance / "hallway.sqlite3").write_bytes(damage)
    ran = hallway("db", "upgrade")
    assert ran.code == 1
    assert "damaged" in ran.err
    assert "Restore a backup" in ran.err
    assert (instance / "hallway.sqlite3").read_bytes() == damage


def test_a_read_only_database(hallway: Hallway, instance: Path, migrated: Path) -> None:
    # Mode bits do not bind root; a database that is opened read-only binds everybody.
    ran = hallway("init", "--email", "ada@example.org", "--password-stdin", stdin=PASSWORD,
                  DATABASE_URL=f"sqlite:///file:{migrated}?mode=ro&uri=true")  # fmt: skip
    assert ran.code == 1
    assert "cannot write to the database" in ran.err
    assert ask(instance, "SELECT count(*) FROM person") == [(0,)]


def test_a_postgresql_that_does_not_answer(hallway: Hallway) -> None:
    ran = hallway("db", "upgrade", DATABASE_URL="postgresql://someone:secret-word@127.0.0.1:1/hallway")
    assert ran.code == 1
    assert "PostgreSQL" in ran.err
    assert "secret-word" not in ran.err


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL must start with"),
        ({"DATABASE_URL": "postgresql://someone:secret-word@host:notaport/x"}, "DATABASE_URL"),
        ({"PORT": "x"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must be a number"),
        ({"DEMO": "maybe"}, "DEMO must be"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"BASE_URL": "ftp://x"}, "BASE_URL must start with"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES must be"),
    ],
)
def test_settings_that_cannot_be(hallway: Hallway, environ: dict[str, str], said: str) -> None:
    ran = hallway("db", "upgrade", **environ)
    assert ran.code == 1
    assert said in ran.err
    assert "secret-word" not in ran.err


def test_a_secret_key_that_was_emptied(hallway: Hallway, instance: Path) -> None:
    instance.mkdir()
    (instance / "secret_key").write_text("")
    ran = hallway("db", "upgrade")
    assert ran.code == 1
    assert "holds no usable key" in ran.err
