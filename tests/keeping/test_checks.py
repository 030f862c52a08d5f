"""Each check finds what was broken, mends what can be derived, and then finds nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from portal.core import checks as registry
from portal.core import clock
from portal.core.checks import Check, said
from portal.core.db import Base, db, unit_of_work
from portal.core.outbox import OwedMail
from portal.core.storage import storage
from portal.core.worker import Turn
from portal.keeping import checks
from portal.keeping.checks import run
from portal.people import services as people
from tests.keeping.conftest import Filled


def broken(filled: Filled, words: str, **values: object) -> None:
    """Change the tables behind everybody's back."""
    with filled.app.app_context(), db.engine.begin() as connection:
        connection.execute(sa.text(words), values)


def found(filled: Filled, *, mend: bool = False) -> dict[str, tuple[list[str], list[str]]]:
    """What is found, and what is left, by the name of the check."""
    with filled.app.app_context():
        return {result.name: (result.found, result.left) for result in run(mend=mend) if result.found}


def test_all_is_well_where_only_services_wrote(filled: Filled) -> None:
    def more() -> None:
        people.set_last_day(person_id=filled.bo, ends_on=clock.today())
        people.mark_left(person_id=filled.guest, actor_id=None)

    filled.make.do(more)
    assert found(filled) == {}


LISTED = "people are listed as they are"
INTROS = "intros are listed for those who may read them"
TEAMS = "teams see what is meant for their people"

# what: (statements, the check that finds it, a piece of what it says); one after the other, the lasting ones last
BREAKS: dict[str, tuple[str, str, str]] = {
    "a listing is lost": ("DELETE FROM person_listing WHERE person_id = {bo}", LISTED, "1 people"),
    "a listing is old": ("UPDATE person_listing SET sort_key = 'x' WHERE person_id = {ada}", LISTED, "1 people"),
    "somebody hides a place": ("UPDATE person SET preferred_name = 'Addie' WHERE id = {ada}", LISTED, ": 1"),
    "an intro is listed for nobody": ("DELETE FROM infomercial_listing", INTROS, "1 intros"),
    "an intro is shown to more": ("UPDATE infomercial SET shown_to = 'teams'", INTROS, "1 intros"),
    "a member sees nothing": ("DELETE FROM audience_member WHERE person_id = {bo}", TEAMS, "not in the audience"),
    "an audience of no team": (
        "INSERT INTO audience (kind) VALUES ('team')", "audiences of teams are of a team", "1 audiences",
    ),
    "everyone is listed": (
        "INSERT INTO audience_member (audience_id, person_id) VALUES (1, {ada})",
        "there are the audiences of everyone and of who is named",
        "which has no list",
    ),
    "a kudos fell off the wall": (
        "UPDATE kudos SET wall_audience_id = NULL", "kudos stand on the walls they belong on", "1 kudos",
    ),
    "a kudos lost its giver": (
        "DELETE FROM kudos_person WHERE side = 'from'", "kudos name their giver", "1 kudos",
    ),
    "a duty done tomorrow": (
        "INSERT INTO turn (name, done_at) VALUES ('backup', '2999-01-01 00:00:00.000000')",
        "duties are done when it is time", "1 duties",
    ),
    "a lease without end": (
        "INSERT INTO turn (name, leased_until) VALUES ('digest', '2999-01-01 00:00:00.000000')",
        "owed work is free to be taken", "1 rows of turn",
    ),
    "mail that nobody writes": (
        "INSERT INTO owed_mail (kind, subject_id, occasion, due_at) VALUES "
        "('riddle', 1, 1, '2026-01-01 00:00:00.000000')", "owed mail can be written", "1 owed mails",
    ),
    "a stranger sees the team": (
        "DELETE FROM team_member WHERE person_id = {bo}", TEAMS, "that they are not in (audience, person): (2, 2)",
    ),
    "a leaver is listed": ("UPDATE person SET left_at = '2026-01-01 00:00:00.000000' WHERE id = {bo}", LISTED, ": 2"),
}  # fmt: skip


def test_what_is_wrong_is_found_and_put_right(filled: Filled) -> None:
    for words, name, piece in BREAKS.values():
        broken(filled, words.format(ada=filled.ada, bo=filled.bo))
        seen = found(filled)
        assert name in seen and piece in seen[name][0][0], seen
        mended = found(filled, mend=True)
        assert mended[name] == (seen[name][0], []), f"looking changes nothing, and mending all: {mended}"
        assert found(filled, mend=True).keys() <= {LISTED, INTROS}, "what follows from it is put right by the next"
    assert found(filled) == {}


def test_a_leaver_who_is_signed_in(filled: Filled) -> None:
    broken(
        filled,
        "INSERT INTO sign_in (person_id, key_hash, device, started_at, last_used_at) VALUES (:id, 'k', '', :at, :at)",
        id=filled.bo, at="2026-01-01 00:00:00.000000",
    )  # fmt: skip
    assert found(filled) == {}
    broken(filled, "UPDATE person SET left_at = '2026-01-02 00:00:00.000000' WHERE id = :id", id=filled.bo)
    assert found(filled, mend=True)["who has left is signed in nowhere"] == (["1 leavers are signed in: 2"], [])
    assert found(filled) == {}


def test_rows_that_point_to_nothing(on_sqlite: Filled) -> None:
    filled = on_sqlite  # PostgreSQL lets none in
    with filled.app.app_context(), db.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        connection.rollback()
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys = OFF")
        raw.execute("INSERT INTO old_handle VALUES ('gone', 4711)")
        raw.execute("UPDATE person SET manager_id = 4711, department_id = 4711 WHERE id = ?", (filled.ada,))
        raw.execute("PRAGMA foreign_keys = ON")
    name = "rows point to rows that are there"
    assert found(filled)[name][0][0].startswith("3 rows point")
    before, left = found(filled, mend=True)[name]
    assert before[0].startswith("3 rows") and left[0].startswith("2 rows"), (
        "no department is made up, nothing is thrown away"
    )
    broken(filled, "UPDATE person SET department_id = NULL WHERE id = :id", id=filled.ada)
    broken(filled, "DELETE FROM old_handle WHERE person_id = :id", id=4711)
    found(filled, mend=True)
    assert found(filled) == {}


def test_a_damaged_file_of_the_database(on_sqlite: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    class Says:
        def scalars(self, _query: object) -> list[str]:
            return ["row 3 missing from index ix_person_manager_id"]

    with on_sqlite.app.app_context(), monkeypatch.context() as patched:
        patched.setattr(checks.db, "session", Says())
        assert checks._integrity() == ["row 3 missing from index ix_person_manager_id"]


def test_files_of_nobody_are_swept_after_a_day(filled: Filled) -> None:
    with filled.app.app_context():
        fresh, stale = storage().put(b"fresh", "webp"), storage().put(b"stale", "webp")
        path = filled.config.instance_path / "files" / stale[:2] / stale
        os.utime(path, (0, 0))
        assert checks.sweep() is False
        left = {name for name, _since in storage().names()}
        assert fresh in left and stale not in left and len(left) == 3


def test_files_are_left_alone_while_a_backup_holds_them(filled: Filled) -> None:
    with filled.app.app_context():
        name = storage().put(b"stale", "webp")
        with storage().hold():
            storage().drop(name)
            assert storage().get(name) == b"stale"
        storage().drop(name)
        assert storage().get(name) is None


def test_a_missing_or_spoiled_file_cannot_be_mended(filled: Filled) -> None:
    with filled.app.app_context():
        one, other = (name for name, _since in storage().names())
        storage().drop(one)
        (filled.config.instance_path / "files" / other[:2] / other).write_bytes(b"spoiled")
    before, left = found(filled, mend=True)["files that rows refer to are there"]
    assert before == left and left[0].startswith("2 files are missing or damaged")


def test_the_audience_of_everyone_is_made_again(filled: Filled) -> None:
    broken(filled, "UPDATE audience SET kind = 'team' WHERE id = 1")
    assert found(filled, mend=True)["there are the audiences of everyone and of who is named"][1] == []
    assert found(filled) == {}


def test_mail_that_nobody_writes_is_parked_where_the_admin_sees_it(filled: Filled) -> None:
    def owe() -> None:
        db.session.add(OwedMail(kind="riddle", subject_id=1, occasion=1, due_at=clock.now()))

    filled.make.do(owe)
    found(filled, mend=True)
    with filled.app.app_context():
        mail = db.session.scalars(sa.select(OwedMail).where(OwedMail.kind == "riddle")).one()
        assert mail.parked_at is not None and mail.problem


def test_a_lease_of_today_is_nobodys_business(filled: Filled) -> None:
    def take() -> None:
        db.session.add(Turn(name="backup", leased_until=clock.now() + timedelta(hours=1), done_at=clock.now()))

    filled.make.do(take)
    assert found(filled) == {}


def test_what_nobody_can_mend_is_only_said(filled: Filled) -> None:
    odd = Check("odd", lambda: said("things are odd", [1, 2, 3, 4, 5, 6]))
    filled.app.extensions["hallway.checks"] = [odd]
    assert found(filled, mend=True) == {"odd": (["6 things are odd: 1, 2, 3, 4, 5, …"],) * 2}
    with pytest.raises(ValueError, match="two checks"):
        registry.register(filled.app, [odd])
    assert said("things", []) == []


def test_every_check_has_words_of_its_own(on_sqlite: Filled) -> None:
    with on_sqlite.app.app_context():
        names = [check.name for check in registry.checks()]
    assert len(names) == len(set(names)) >= 12
    assert all(isinstance(check.look, Callable) for check in checks.CHECKS)  # type: ignore[arg-type]


def test_checks_read_every_column_that_may_name_a_file() -> None:
    columns = {str(column) for table in Base.metadata.sorted_tables for column in checks._texts(table)}
    assert {"person.portrait", "person.links", "person.pronouns", "staff_import.file"} <= columns


def test_mending_is_a_unit_of_work_of_its_own(filled: Filled) -> None:
    broken(filled, "DELETE FROM person_listing")
    with filled.app.app_context(), pytest.raises(RuntimeError, match="inside another"):
        unit_of_work(lambda: list(run(mend=True)))
