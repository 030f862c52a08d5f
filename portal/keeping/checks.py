"""`hallway check`: is everything as it has to be; what can be derived is put right. And what this room checks."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal.core import clock, mail
from portal.core.checks import Check, checks, said
from portal.core.db import Base, Words, db, unit_of_work
from portal.core.outbox import OwedMail
from portal.core.personal import everything_held
from portal.core.storage import is_name, is_whole, names_in, storage

from . import tables

SWEEP_AFTER = timedelta(days=1)  # a file is written before the row that refers to it
NO_LEASE_LASTS = timedelta(hours=2)  # twice the longest


@dataclass(frozen=True)
class Result:
    """What came of one check. found: what was wrong; left: what still is."""

    name: str
    found: list[str]
    left: list[str]


def run(*, mend: bool) -> Iterator[Result]:
    """Every check, one after the other; with `mend`, what can be put right is."""
    for check in checks():
        found = check.look()
        db.session.rollback()  # what was read is not held while others are looked at
        left = found
        if found and mend and check.mend is not None:
            left = _mended(check)
        yield Result(check.name, found, left)


def _mended(check: Check) -> list[str]:
    """Put it right; what is left."""
    assert check.mend is not None
    trouble = []
    try:
        check.mend()
    except SQLAlchemyError as error:  # it stands on something that could not be put right
        db.session.rollback()
        trouble = [f"could not be put right: {type(error).__name__}"]
    left = check.look()
    db.session.rollback()
    return [*left, *trouble] if left else []


# ---- the database itself -----------------------------------------------------------------------------------


def _integrity() -> list[str]:
    if db.engine.dialect.name != "sqlite":
        return []  # PostgreSQL says so itself when it meets a damaged page
    lines = [str(one) for one in db.session.scalars(sa.text("PRAGMA integrity_check(20)"))]
    return [] if lines == ["ok"] else lines


def _without_target() -> list[str]:
    if db.engine.dialect.name == "sqlite":
        broken = [
            f"{row[0]} row {row[1]} → {row[2]}" for row in db.session.execute(sa.text("PRAGMA foreign_key_check"))
        ]
        return said("rows point to rows that are not there", broken)
    unsure = db.session.scalars(sa.text("SELECT conname FROM pg_constraint WHERE NOT convalidated ORDER BY conname"))
    return said("keys were never looked at by the database", list(unsure))


def _let_go() -> None:
    """What hangs on a row that is gone goes with it, or forgets it: as the key says."""
    if db.engine.dialect.name == "sqlite":
        unit_of_work(_let_go_on_sqlite)


def _let_go_on_sqlite() -> None:
    # Only what can be worked out anew is taken away: the rest of a lost row's is what a restore is for.
    derived = {claim.table for claim in everything_held() if claim.merge == "derived"}
    for table, rowid, _parent, number in db.session.execute(sa.text("PRAGMA foreign_key_check")).all():
        listed = db.session.execute(sa.text(f"PRAGMA foreign_key_list({tables.quoted(table)})")).all()
        key = next(one for one in listed if one.id == number)
        where = f"FROM {tables.quoted(table)} WHERE rowid = :rowid"
        if rowid is None:
            continue
        if key.on_delete == "CASCADE" and table in derived:
            db.session.execute(sa.text(f"DELETE {where}"), {"rowid": rowid})
        elif key.on_delete == "SET NULL":
            words = f"UPDATE {tables.quoted(table)} SET {tables.quoted(key[3])} = NULL WHERE rowid = :rowid"  # noqa: S608
            db.session.execute(sa.text(words), {"rowid": rowid})


# ---- files -------------------------------------------------------------------------------------------------


def _texts(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if isinstance(column.type, sa.Text | sa.JSON | Words)]


@functools.cache
def _long_texts() -> list[sa.CompoundSelect[Any]]:
    """What asks for each text that is as long as a file's name, and whether it is a key (nobody types one): of many
    columns at once, since each question takes a cursor of its own."""
    asked: list[Any] = []
    for column in (column for table in Base.metadata.sorted_tables for column in _texts(table)):
        text, key = sa.cast(column, sa.Text), int(isinstance(column.type, sa.Text))
        asked.append(sa.select(text, sa.literal_column(str(key))).where(sa.func.length(text) >= 67))
    return [sa.union_all(*asked[start : start + 100]) for start in range(0, len(asked), 100)]


def _referred() -> tuple[set[str], set[str]]:
    """The names of files that stand in any text, and those that stand where only such names do."""
    anywhere: set[str] = set()
    certain: set[str] = set()
    for asked in _long_texts():
        for text, key in db.session.execute(asked.execution_options(yield_per=tables.ROWS)):
            anywhere.update(names_in(text))
            if key and is_name(text):
                certain.add(text)
    return anywhere, certain


def _missing_files() -> list[str]:
    _anywhere, certain = _referred()
    wrong = []
    for name in sorted(certain):
        data = storage().get(name)
        if data is None or not is_whole(name, data):
            wrong.append(name)
    return said("files are missing or damaged, and rows refer to them", wrong)


def _unused() -> list[str]:
    anywhere, _certain = _referred()
    before = clock.now() - SWEEP_AFTER
    return [name for name, since in storage().names() if name not in anywhere and since < before]


def _sweep() -> None:
    for name in _unused():
        storage().drop(name)


def sweep() -> bool:
    """What was not removed while a backup held it, or was left by a machine that stopped."""
    _sweep()
    db.session.rollback()
    _sweep_trials()
    return False


def _sweep_trials() -> None:
    """A trial whose worker was killed left a whole copy of the database, erased people included."""
    long_ago = clock.ago(hours=6).timestamp()
    for folder in current_app.config["HALLWAY"].instance_path.glob(".trial-*"):
        if folder.stat().st_mtime < long_ago:
            shutil.rmtree(folder, ignore_errors=True)


# ---- owed work ---------------------------------------------------------------------------------------------


def _leased() -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Tables whose rows somebody takes for a while, and which of them are taken for longer than anybody does."""
    late = clock.now() + NO_LEASE_LASTS
    tables_ = [table for table in Base.metadata.sorted_tables if "leased_until" in table.columns]
    return [(table, table.c.leased_until > late) for table in tables_]


def _odd_leases() -> list[str]:
    found: list[str] = []
    for table, odd in _leased():
        key = next(iter(table.primary_key.columns))
        ids = list(db.session.scalars(sa.select(key).where(odd).order_by(key)))
        found += said(f"rows of {table.name} are taken for longer than anybody takes one (a clock was wrong)", ids)
    return found


def _free_leases() -> None:
    def free() -> None:
        for table, odd in _leased():
            db.session.execute(sa.update(table).where(odd).values(leased_until=None))

    unit_of_work(free)


def _ahead() -> list[str]:
    turn = Base.metadata.tables["turn"]
    late = clock.now() + NO_LEASE_LASTS
    names = db.session.scalars(sa.select(turn.c.name).where(sa.or_(turn.c.done_at > late, turn.c.failed_at > late)))
    return said("duties were done at a moment that has not come (a clock was wrong)", sorted(names))


def _due_again() -> None:
    turn = Base.metadata.tables["turn"]
    late = clock.now() + NO_LEASE_LASTS

    def again() -> None:
        db.session.execute(sa.update(turn).where(turn.c.done_at > late).values(done_at=None))
        db.session.execute(sa.update(turn).where(turn.c.failed_at > late).values(failed_at=None))

    unit_of_work(again)


_WAITING = (OwedMail.sent_at.is_(None), OwedMail.parked_at.is_(None))


def _kinds_nobody_writes() -> list[str]:
    kinds = db.session.scalars(sa.select(OwedMail.kind).where(*_WAITING).distinct())
    return sorted(kind for kind in kinds if mail.writer_of(kind) is None)


def _unwritten() -> list[str]:
    ids = db.session.scalars(
        sa.select(OwedMail.id).where(*_WAITING, OwedMail.kind.in_(_kinds_nobody_writes())).order_by(OwedMail.id)
    )
    return said("owed mails are of a kind that nobody writes", list(ids))


def _park() -> None:
    def park() -> None:
        odd = sa.update(OwedMail).where(*_WAITING, OwedMail.kind.in_(_kinds_nobody_writes()))
        db.session.execute(odd.values(parked_at=clock.now(), leased_until=None, problem="Nobody writes this kind."))

    unit_of_work(park)


CHECKS = [
    Check("the database is sound", _integrity, first=True),
    Check("rows point to rows that are there", _without_target, _let_go, first=True),
    Check("files that rows refer to are there", _missing_files),
    Check("files that nothing refers to are gone", lambda: said("files are not used", _unused()), _sweep),
    Check("owed work is free to be taken", _odd_leases, _free_leases),
    Check("duties are done when it is time", _ahead, _due_again),
    Check("owed mail can be written", _unwritten, _park),
]
