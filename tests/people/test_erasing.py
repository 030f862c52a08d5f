"""Erasing leaves an empty tombstone, and nothing of the person anywhere; an export has every claimed column."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import audit, clock, personal
from portal.core.db import Base, Words, db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.core.outbox import OwedMail
from portal.goals import services as goals
from portal.invitations.models import Invitation
from portal.kudos.models import CompanyValue, KudosScreen
from portal.people import duties, erasing, services
from portal.people.exporting import export, tables_of
from portal.people.models import Erasure, Person, StaffImport
from portal.people.photos import Pictures
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases

# What no one else has: it is looked for in every row and every file.
MARK = "Zweistein"
NAME, EMAIL = f"Gita {MARK}", "gita@zweistein.example"


@pytest.fixture
def boss(make: Make) -> int:
    make.noise()
    return make.member("Ada Admin", role="admin")


def erased(make: Make, person_id: int, by: int | None = None) -> None:
    make.do(lambda: erasing.erase_person(person_id=person_id, actor_id=by))


def dump() -> Iterator[str]:
    """The whole database as text, row by row."""
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            yield f"{table.name}: {tuple(row)!r}"


def files(app: Flask) -> Iterator[bytes]:
    for path in Path(app.config["HALLWAY"].instance_path).rglob("*"):
        if path.is_file() and not path.name.startswith("hallway.sqlite3"):
            yield path.read_bytes()


# ---- a row of theirs in every table --------------------------------------------------------------------------------


def fill_every_table(me: int, others: tuple[int, int]) -> set[str]:
    """A row of this person in each table that claims one and has none, each word of it theirs; the tables."""
    filled: set[str] = set()
    for claim in personal.everything_held():
        table = claim.of_table
        mine = claim.rows(me) if claim.rows else claim.about(me) if claim.whose else None
        if mine is None:
            continue
        count = sa.select(sa.func.count()).select_from(table).where(mine)
        for name in claim.whose:
            if db.session.scalar(count) == 0:
                db.session.execute(sa.insert(table).values(_row(table, me, name, others)))
        filled.add(claim.table)
    return filled


def _row(table: sa.Table, me: int, whose: str, others: tuple[int, int]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.columns:
        points_to = next((key.column.table.name for key in column.foreign_keys), None)
        if column.name == whose:
            row[column.name] = me
        elif column.name in ("id", "file"):  # a file is a name made of its content
            continue
        elif column.name in ("missing", "returned") or str(column) == "topic_merge.moved":  # numbers
            row[column.name] = [me]
        elif column.name == "mapping":  # numbers of columns
            row[column.name] = {"name": 2}
        elif points_to == "person" and table.name in ("manager_ask", "introduction_side"):
            row[column.name] = others[1]  # the first is kept apart, and nothing of theirs comes through
        elif points_to == "person" or column.name in ("actor_id",):
            row[column.name] = others[0]
        elif points_to in (
            "team",
            "audience",
            "goal",
            "department",
            "place",
            "company_value",
            "kudos",
            "kudos_screen",
            "topic",
        ):
            row[column.name] = 1
        elif column.name in ("public_id", "why_key"):  # made by us
            row[column.name] = f"made {whose}"
        elif points_to in (
            "words_report", "help_ask", "help_offer", "help_promise", "introduction", "manager_ask",
        ):  # fmt: skip
            row[column.name] = db.session.scalar(sa.text(f"SELECT min(id) FROM {points_to}"))
        elif column.name == "a_week":  # 0 to 2
            row[column.name] = 1
        elif points_to:
            row[column.name] = me
        else:
            row[column.name] = _value(column)
    return row


def _value(column: sa.Column[Any]) -> Any:
    enum = next(
        (
            str(check.sqltext).split("'")[1]
            for check in column.table.constraints
            if isinstance(check, sa.CheckConstraint) and str(check.sqltext).startswith(f"{column.name} IN")
        ),
        None,
    )
    if enum:
        return enum
    kinds: list[tuple[type[Any], Any]] = [
        (sa.Boolean, False),
        (sa.Integer, 7),
        (sa.Float, 0.5),
        (sa.Date, date(2030, 1, 1)),
        (sa.JSON, [f"{MARK} wrote this"]),
    ]
    for kind, value in kinds:
        if isinstance(column.type, kind):
            return value
    if isinstance(column.type, Words | sa.Text):
        return f"{MARK} wrote this"
    return datetime(2030, 1, 1, tzinfo=clock.now().tzinfo)


def whole_person(make: Make, boss: int) -> int:
    """Somebody of whom there is a row in every table, and whose name others wrote down where we look for it."""
    me = make.intro(make.member(NAME, email=EMAIL), headline=f"{MARK} says hello.")
    other, third = make.member("Mo Mate"), make.member("Olga Other")
    make.project("Elm", me, other)
    make.claim(me, "Zeppelins", line=f"{MARK} flies them.")  # the name of a topic is the company's word
    admin = make.viewer(boss, "member", "admin")
    make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Grow", owner_id=me)))
    pictures = Pictures(f"RIFF {MARK} portrait".encode(), f"RIFF {MARK} square".encode(), False)
    make.do(lambda: services.set_photo(person_id=me, pictures=pictures))
    make.do(
        lambda: db.session.add(CompanyValue(slug="v", name="V", icon="heart", position=1, created_at=clock.now()))
    )
    make.kudos(other, third, why=f"You and {MARK} made it look easy.", helped_ids=(me,))
    moment = clock.now()
    screen = KudosScreen(
        public_id="s", team_id=1, host_id=other, since=moment, nonce="n", started_at=moment, ends_at=moment
    )
    make.do(lambda: db.session.add(screen))

    def work() -> None:
        person = db.session.get_one(Person, me)
        for name in ("preferred_name", "title", "place_detail", "pronouns", "say_name", "reach_me_by", "login",
                     "login_key", "external_id"):  # fmt: skip
            setattr(person, name, f"{MARK} wrote this")
        person.links = [{"label": MARK, "url": f"https://{MARK}.example"}]
        person.languages = [MARK]
        db.session.get_one(Person, other).manager_id = me
        db.session.flush()
        assert {"person", "account", "infomercial", "owed_mail", "report"} <= fill_every_table(me, (other, third))
        # What others hold of them.
        db.session.add(
            StaffImport(
                called=f"{NAME}.csv", mapping={}, by_id=boss,
                problems=[f"line 3: {EMAIL}", [4, "name", [NAME]], ["%(who)s", {"who": NAME}]],
                state="refused", created_at=clock.now(),
            )
        )  # fmt: skip
        db.session.add(
            OwedMail(kind="x", subject_id=99, occasion=1, due_at=clock.now(), problem=f"no <{EMAIL}> here")
        )
        db.session.add(
            Invitation(
                email=EMAIL, email_key=EMAIL, name=NAME, nonce="n", team_id=1, created_at=clock.now(),
                sent_at=clock.now(), invited_by_id=other,
            )
        )  # fmt: skip

    make.do(work)
    return me


def test_nothing_of_them_is_left_anywhere(app: Flask, make: Make, boss: int) -> None:
    me = whole_person(make, boss)
    needle = MARK.casefold()
    assert make.read(lambda: sum(needle in line.casefold() for line in dump())) > 15
    with app.app_context():
        assert sum(MARK.encode() in data for data in files(app)) == 2
    erased(make, me, boss)
    with app.app_context():
        assert [line for line in dump() if needle in line.casefold()] == []
        assert [data for data in files(app) if needle.encode() in data.lower()] == []
        tombstone = db.session.get_one(Person, me)
        assert tombstone.handle.startswith("former-") and tombstone.erased_at and tombstone.left_at
        assert (tombstone.name, tombstone.portrait, tombstone.locked, tombstone.links) == ("", None, [], [])
        asked = db.session.scalars(sa.select(Erasure).where(Erasure.person_id == me)).all()
        assert {row.done_by_id for row in asked if row.done_at} >= {boss}
        # Whatever names a person by a key names them no more, but for what is claimed to stay.
        claims = personal.everything_held()
        stays = {(claim.table, name) for claim in claims if claim.erase == "stays" for name in claim.whose}
        for claim in claims:
            for name in (*claim.whose, *claim.named):
                if (claim.table, name) in stays or claim.table in ("person", "person_merge", "audit_entry"):
                    continue
                table = claim.of_table
                assert db.session.execute(sa.select(table).where(table.c[name] == me)).all() == [], (
                    claim.table,
                    name,
                )


def test_others_keep_what_is_theirs(app: Flask, make: Make, boss: int) -> None:
    me = whole_person(make, boss)
    shared = Pictures(f"RIFF {MARK} portrait".encode(), f"RIFF {MARK} square".encode(), False)
    twin = make.member("Twin")
    make.do(lambda: services.set_photo(person_id=twin, pictures=shared))
    before = make.read(lambda: [line for line in dump() if line.startswith(("team:", "goal:"))])
    erased(make, me)
    after = make.read(lambda: [line for line in dump() if line.startswith(("team:", "goal:"))])
    assert len(before) == len(after)
    with app.app_context():
        assert sum(MARK.encode() in data for data in files(app)) == 2, "the twin's pictures stay"


def test_again_does_no_harm_and_nobody_is_not_there(make: Make, boss: int) -> None:
    me = make.member()
    erased(make, me, boss)
    handle = make.handle(me)
    erased(make, me, boss)
    assert make.handle(me) == handle
    with pytest.raises(NotVisible):
        erased(make, 10**9)


def test_the_last_admin_is_not_erased(make: Make, boss: int) -> None:
    with pytest.raises(RuleBroken, match="last admin"):
        erased(make, boss)
    assert make.read(lambda: db.session.get_one(Person, boss).name) == "Ada Admin"


def test_a_wish_is_asked_once_taken_back_and_confirmed(make: Make, boss: int) -> None:
    me = make.member("Gita Rao")
    viewer = make.viewer(me)
    for _ in range(2):
        make.do(lambda: erasing.ask(viewer=viewer))
    wishes = sa.select(Erasure.id).where(Erasure.person_id == me)
    (first,) = make.read(lambda: db.session.scalars(wishes).all())
    make.do(lambda: erasing.take_back(viewer=viewer))
    make.do(lambda: erasing.take_back(viewer=viewer))
    for work in (
        lambda: erasing.confirm(erasure_id=first, actor_id=boss),
        lambda: erasing.erase_person(person_id=me, actor_id=boss, as_asked=first),
    ):
        with pytest.raises(RuleBroken, match="took it back"):
            make.do(work)
    make.do(lambda: erasing.ask(viewer=viewer))
    (second,) = make.read(lambda: db.session.scalars(wishes).all())
    make.do(lambda: erasing.confirm(erasure_id=second, actor_id=boss))
    assert make.read(lambda: db.session.get_one(Erasure, second).done_by_id) == boss
    assert make.read(lambda: db.session.get_one(Person, me).name) == ""


def test_leavers_are_erased_after_some_days_where_the_admins_want_that(app: Flask, make: Make, boss: int) -> None:
    me = make.member("Gita Rao")
    make.do(lambda: services.mark_left(person_id=me, actor_id=boss))
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=400)):
        duties.forget_leavers()
        assert db.session.get_one(Person, me).name == "Gita Rao", "off at first"
        unit_of_work(lambda: personal.choose_days({"leavers": 365}))
        duties.forget_leavers()
        assert db.session.get_one(Person, me, populate_existing=True).name == ""


def test_old_staff_lists_are_forgotten(app: Flask, make: Make, boss: int) -> None:
    def work() -> None:
        for state in ("done", "waiting"):
            db.session.add(StaffImport(called="x.csv", mapping={}, state=state, by_id=boss, created_at=clock.now()))

    make.do(work)
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=91)):
        duties.forget_staff_lists()
        assert db.session.scalars(sa.select(StaffImport.state)).all() == ["waiting"]


@pytest.mark.parametrize("days", [0, 29, 4000, None])
def test_days_lie_between_their_bounds(make: Make, days: int | None) -> None:
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: personal.choose_days({"sessions": days}))
    assert broken.value.field == "sessions"
    assert make.read(lambda: personal.days_of("sessions")) == 60


# ---- the export ----------------------------------------------------------------------------------------------------


def test_every_claimed_column_is_in_an_export_but_secrets(make: Make, boss: int) -> None:
    me = whole_person(make, boss)
    viewer = make.viewer(me)
    tables = make.read(lambda: tables_of(viewer))
    for claim in make.read(personal.everything_held):
        if not claim.whose:
            continue
        rows = [row for part in tables[claim.table] if part["what"] == str(claim.title) for row in part["rows"]]
        if not rows and claim.table in ("person_merge", "words_report_named"):
            continue
        assert rows, claim.table
        assert set(rows[0]) == set(claim.columns) - set(claim.secret) | set(claim.beside), claim.table


def test_an_export_is_a_zip_of_mine_alone(app: Flask, client: Client, make: Make, boss: int) -> None:
    me = whole_person(make, boss)
    make.intro(make.member("Somebody Else", email="else@example.org"), headline="Not your words.")
    viewer = make.viewer(me)
    data = make.read(lambda: export(viewer))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        names = set(file.namelist())
        words = "".join(file.read(name).decode() for name in names if name.endswith(".json"))
        assert {"data/person.json", "pictures/portrait.webp", "pictures/square.webp", "about.json"} <= names
        person = json.loads(file.read("data/person.json"))
    assert any(row.get("name") == NAME for part in person for row in part["rows"])
    for secret in ("else@example.org", "Not your words", "argon2", make.email(boss)):
        assert secret not in words, secret


def test_what_went_to_the_admins_about_me_is_not_in_my_export(make: Make, boss: int) -> None:
    me = make.member(NAME)
    table = Base.metadata.tables["report"]

    def work() -> None:
        for goes_to, words in (("admins", "A secret."), ("person", "Your title.")):
            db.session.execute(
                sa.insert(table).values(
                    person_id=me, by_id=boss, kind="wrong", goes_to=goes_to, words=words, at=clock.now()
                )
            )

    make.do(work)
    viewer = make.viewer(me)
    (part,) = make.read(lambda: tables_of(viewer))["report"]
    assert [row["words"] for row in part["rows"]] == ["Your title."]
    assert "by_id" not in part["rows"][0]


def test_the_audit_says_it_by_numbers(make: Make, boss: int) -> None:
    me = make.member(NAME)
    erased(make, me, boss)
    last = sa.select(audit.AuditEntry.code, audit.AuditEntry.actor_id, audit.AuditEntry.subject_id)
    rows = make.read(lambda: [tuple(row) for row in db.session.execute(last.order_by(audit.AuditEntry.id))])
    assert ("person_erased", boss, me) in rows
