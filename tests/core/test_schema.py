"""Migrations: from empty they make what the models say, on both databases, also when two begin at once."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from portal.app import create_app
from portal.config import from_environ
from portal.core import schema
from portal.core.db import Base, db
from tests.conftest import on_server
from tests.makers import Make

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation whose database holds nothing."""
    environ = {"INSTANCE_PATH": str(tmp_path / "instance")}
    if request.param == "sqlite":
        (tmp_path / "instance").mkdir()
        yield environ
        return
    server = request.getfixturevalue("postgres_server")
    name = f"hallway_schema_{uuid.uuid4().hex[:12]}"
    url = sa.make_url(on_server(server, "postgres")).set(drivername="postgresql+psycopg")
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'"))
    yield environ | {"DATABASE_URL": on_server(server, name)}
    with admin.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def built(environ: dict[str, str]) -> Flask:
    return create_app(from_environ(environ))


def done_with(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def not_the_engines(_object: object, name: str | None, *_more: object) -> bool:
    """As in migrations/env.py: tables and indexes of the full-text search are no models'."""
    return not (name or "").startswith("fts_")


def differences(app: Flask) -> list[object]:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "target_metadata": Base.metadata,
                "render_as_batch": True,
                "include_object": not_the_engines,
            },
        )
        return list(compare_metadata(context, Base.metadata))


def test_migrations_from_empty_make_what_the_models_say(empty: dict[str, str]) -> None:
    app = built(empty)
    with app.app_context():
        assert schema.schema_state() == "empty"
        schema.upgrade()
        assert schema.schema_state() == "ok"
    assert differences(app) == []
    with app.app_context(), db.engine.connect() as connection:
        found = {name for name in sa.inspect(connection).get_table_names() if not name.startswith("fts_")}
        assert found == set(Base.metadata.tables) | {"alembic_version"}
        # Constraints that autogenerate does not compare.
        for table in Base.metadata.tables.values():
            checks = {c["name"] for c in sa.inspect(connection).get_check_constraints(table.name)}
            wanted = {str(c.name) for c in table.constraints if isinstance(c, sa.CheckConstraint)}
            assert wanted <= checks, table.name
            keys = {
                (tuple(k["constrained_columns"]), k["referred_table"], (k["options"].get("ondelete") or "").upper())
                for k in sa.inspect(connection).get_foreign_keys(table.name)
            }
            modelled = {
                (tuple(k.column_keys), k.referred_table.name, (k.ondelete or "").upper())
                for k in table.foreign_key_constraints
            }
            assert keys == modelled, table.name
    done_with(app)


def test_a_table_without_a_migration_would_be_found(sqlite_app: Flask) -> None:
    with sqlite_app.app_context(), db.engine.connect() as connection:
        grown = sa.MetaData()
        for table in Base.metadata.tables.values():
            table.to_metadata(grown)
        sa.Table("forgotten", grown, sa.Column("id", sa.Integer, primary_key=True))
        found = compare_metadata(
            MigrationContext.configure(connection, opts={"include_object": not_the_engines}), grown
        )
    assert [(kind, table.name) for kind, table in found] == [("add_table", "forgotten")]


# One person of the first release with everything that hangs on them, as its tables were.
FIRST_RELEASE = """
INSERT INTO audience (id, kind) VALUES (2, 'team');
INSERT INTO department (id, name, key) VALUES (1, 'Data', 'data');
INSERT INTO person (id, name, handle, kind, department_id, languages, working_days, links, cutout, shown, locked,
    version, created_at) VALUES (7, 'Priya Raman', 'priya-raman', 'member', 1, '["en"]', '[]', '[]', FALSE, '{}',
    '[]', 3, '2026-01-02 03:04:05.000006');
INSERT INTO old_handle (handle, person_id) VALUES ('priya', 7);
INSERT INTO account (person_id, role, password_hash, password_set_at, created_at) VALUES (7, 'admin', 'x',
    '2026-01-02 03:04:05', '2026-01-02 03:04:05');
INSERT INTO audience_member (audience_id, person_id) VALUES (2, 7);
INSERT INTO draft (person_id, lang, headline, facts, ask_about, working_on, so_that, offer, shown_to, versions,
    photo_settled, saved_at) VALUES (7, 'en', 'Draft', '[]', '[]', 'a', 'b', 'c', 'teams', '{"work": 2}', TRUE,
    '2026-01-02 03:04:05');
INSERT INTO infomercial (person_id, lang, headline, facts, ask_about, working_on, so_that, offer, shown_to,
    working_on_html, offer_html, published_at, confirmed_at) VALUES (7, 'en', 'Out', '[{"prompt": "", "text": "t"}]',
    '["x"]', 'a', 'b', 'c', 'everyone', '<p>a</p>', '<p>c</p>', '2026-01-02 03:04:05', '2026-01-02 03:04:05');
INSERT INTO infomercial_listing (audience_id, person_id, published_at) VALUES (1, 7, '2026-01-02 03:04:05');
INSERT INTO person_listing (audience_id, person_id, sort_key, search_key, started_on, listed_until, shown)
    VALUES (1, 7, 'priya raman', 'priya raman', '0001-01-01', '9999-12-31', '{}');
"""

# What came with the second release: a team with its people, a goal, an invitation, a nudge, mail that is owed.
SECOND_RELEASE = """
INSERT INTO person (id, name, handle, kind, manager_id, languages, working_days, links, cutout, shown, locked,
    version, created_at) VALUES (8, 'Bo Lindgren', 'bo-lindgren', 'guest', 7, '[]', '[]', '[]', FALSE, '{}', '[]',
    0, '2026-01-02 03:04:05');
INSERT INTO goal (id, slug, audience_id, title, sort_key, why, owner_id, note, version, created_at) VALUES (3,
    'half-the-paper', 1, 'Half the paper', 'half the paper', '', 7, '', 0, '2026-01-02 03:04:05');
INSERT INTO team (id, slug, audience_id, name, sort_key, purpose, goal_id, talks_at, kickoff_place, calendar_uid,
    calendar_sequence, join_made_at, created_by_id, learned, version, created_at) VALUES (5, 'elm', 2, 'Elm', 'elm',
    '', 3, '', '', 'u', 0, '2026-01-02 03:04:05', 7, '', 0, '2026-01-02 03:04:05');
INSERT INTO team_member (team_id, person_id, is_lead, joined_at) VALUES (5, 7, TRUE, '2026-01-02 03:04:05');
INSERT INTO old_team_slug (slug, team_id) VALUES ('ash', 5);
INSERT INTO invitation (id, email, email_key, name, kind, team_id, invited_by_id, nonce, times_sent, created_at,
    sent_at) VALUES (4, 'x@example.org', 'x@example.org', '', 'member', 5, 7, 'n.1', 1, '2026-01-02 03:04:05',
    '2026-01-02 03:04:05');
INSERT INTO intro_nudge (person_id, team_id, by_id, at) VALUES (8, 5, 7, '2026-01-02 03:04:05');
INSERT INTO owed_mail (id, kind, subject_id, occasion, due_at) VALUES (6, 'invitation', 4, 1, '2026-01-02 03:04:05');
"""


def rows_of(connection: sa.Connection) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, but of Alembic's own."""
    tables = [
        name for name in sa.inspect(connection).get_table_names() if not name.startswith(("alembic_version", "fts_"))
    ]
    return {
        name: [dict(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}" ORDER BY 1')).mappings()]
        for name in tables
    }


@pytest.mark.parametrize("release", ["0001", "0002", "0003"])
def test_earlier_releases_are_upgraded_with_all_they_hold(empty: dict[str, str], release: str) -> None:
    app = built(empty)
    with app.app_context():
        schema.upgrade(release)
        assert schema.schema_state() == "behind"
        with db.engine.begin() as connection:
            for statement in (FIRST_RELEASE + (SECOND_RELEASE if release > "0001" else "")).split(";\n"):
                if statement.strip():
                    connection.execute(sa.text(statement.replace(":", "\\:")))
        with db.engine.connect() as connection:
            before = rows_of(connection)
        schema.upgrade()
        with db.engine.connect() as connection:
            after = rows_of(connection)
    done_with(app)
    after["audience"] = [row for row in after["audience"] if row["id"] != 0]  # came with 0004
    for table, rows in before.items():
        kept = [{column: row[column] for column in old} for old, row in zip(rows, after[table], strict=True)]
        assert kept == rows, table
    assert [row["goal_id"] for row in (*after["draft"], *after["infomercial"])] == [None, None]
    assert len(before["person_listing"]) == len(before["infomercial_listing"]) == 1, "rows that hang on others"


def test_an_upgrade_repeated_changes_nothing(empty: dict[str, str]) -> None:
    app = built(empty)
    with app.app_context():
        schema.upgrade()
    make = Make(app)
    person = make.member("Gita Rao")
    with app.app_context():
        schema.upgrade()
        assert schema.schema_state() == "ok"
    assert make.handle(person) == "gita-rao"
    done_with(app)


def test_two_upgrades_at_once_both_end_well(empty: dict[str, str]) -> None:
    code = (
        "from portal.app import create_app; from portal.core.schema import upgrade\n"
        "with create_app().app_context(): upgrade()"
    )
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **empty}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in both:
        _out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err[-2000:]
    app = built(empty)
    with app.app_context():
        assert schema.schema_state() == "ok"
        assert db.session.scalar(sa.text("SELECT count(*) FROM audience")) == 2
        assert db.session.scalar(sa.text("SELECT count(*) FROM alembic_version")) == 1
    done_with(app)


def test_many_threads_upgrade_one_database(empty: dict[str, str]) -> None:
    built(empty)  # makes the secret key
    wrong: list[BaseException] = []

    def one() -> None:
        app = built(empty)
        try:
            with app.app_context():
                schema.upgrade()
        except BaseException as error:
            wrong.append(error)
        finally:
            done_with(app)

    # Alembic keeps its context in a module of its own, so within a process it is one at a time.
    for thread in [threading.Thread(target=one) for _ in range(2)]:
        thread.start()
        thread.join()
    assert wrong == []


def test_a_failed_upgrade_leaves_nothing_half_done(empty: dict[str, str], tmp_path: Path) -> None:
    app = built(empty)
    house = tmp_path / "house"
    shutil.copytree(ROOT / "migrations", house / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    broken = house / "migrations" / "versions" / "9999_broken.py"
    with app.app_context():
        head = ScriptDirectory.from_config(schema._config()).get_current_head()
        schema.upgrade()
    broken.write_text(
        f'revision = "9999"\ndown_revision = "{head}"\n'
        "import sqlalchemy as sa\nfrom alembic import op\n"
        'def upgrade():\n    op.create_table("half", sa.Column("id", sa.Integer))\n'
        '    op.execute("SELECT nothing FROM nowhere")\n'
    )
    app.root_path = str(house / "portal")
    with app.app_context():
        assert schema.schema_state() == "behind"
        with pytest.raises(sa.exc.DBAPIError):
            schema.upgrade()
        assert schema.schema_state() == "behind"
        with db.engine.connect() as connection:
            assert "half" not in sa.inspect(connection).get_table_names()
    # The lock is free again: mended, the same upgrade passes.
    broken.write_text(broken.read_text().replace("SELECT nothing FROM nowhere", "SELECT 1"))
    with app.app_context():
        schema.upgrade()
        assert schema.schema_state() == "ok"
    done_with(app)


def test_the_states_of_a_database(app: Flask) -> None:
    with app.app_context():
        assert schema.schema_state() == "ok"
        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'of tomorrow'")
        try:
            assert schema.schema_state() == "ahead"
            with db.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM alembic_version")
            assert schema.schema_state() == "empty"
        finally:
            head = ScriptDirectory.from_config(schema._config()).get_current_head()
            with db.engine.begin() as connection:
                connection.exec_driver_sql("DELETE FROM alembic_version")
                connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{head}')")


def test_migrations_go_forward_only_and_in_one_line() -> None:
    script = ScriptDirectory(str(ROOT / "migrations"))
    revisions = list(script.walk_revisions())
    assert len(script.get_heads()) == 1
    for revision in revisions:
        assert not hasattr(revision.module, "downgrade"), revision.path
        assert not revision.is_merge_point


def test_a_landed_migration_stands_by_itself() -> None:
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert "portal" not in path.read_text(), path.name


def test_foreign_keys_are_on_in_every_connection(app: Flask) -> None:
    with app.app_context():
        for _ in range(3):
            with db.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
                connection.exec_driver_sql("INSERT INTO old_handle (handle, person_id) VALUES ('a', 4711)")
                connection.commit()


def test_foreign_keys_are_on_after_an_upgrade(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        schema.upgrade()
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_an_id_is_never_given_twice(app: Flask, make: Make) -> None:
    first = make.person("Ada Okoye")
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM person_listing")
        connection.exec_driver_sql("DELETE FROM person")
    assert make.person("Bo Lindgren") > first


def test_new_migration_writes_what_the_database_lacks(empty: dict[str, str], tmp_path: Path) -> None:
    app = built(empty)
    with app.app_context():
        schema.upgrade()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE old_handle")
    house = tmp_path / "house"
    shutil.copytree(ROOT / "migrations", house / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    app.root_path = str(house / "portal")
    with app.app_context():
        number = len(list((ROOT / "migrations" / "versions").glob("*.py"))) + 1
        made = Path(schema.new_migration("bring it back"))
        assert made.name == f"{number:04d}_bring_it_back.py"
        assert "create_table" in made.read_text() and "old_handle" in made.read_text()
        schema.upgrade()
    assert differences(app) == []
    done_with(app)
