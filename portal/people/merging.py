"""Two entries of one person made one, and two again within a day.

Whatever points to the entry that goes points to the kept one afterwards: by each domain's claims (`core/personal`),
so that a table of a later domain needs nothing here. Each step is written down with what stood there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import audit, clock, personal
from portal.core.db import UtcDateTime, db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.personal import Held

from . import erasing, services
from .events import PeopleMerged, PeopleParted
from .models import OldHandle, Person, PersonMerge

UNDO_FOR = timedelta(days=1)
# What stays of an entry that is part of another: by these the next staff list knows whom it means, and links lead on.
KNOWN_BY = ("name", "handle", "external_id", "email", "email_key", "login", "login_key")
# What the kept entry takes over where it has none of its own.
TAKEN_OVER = (("email", "email_key"), ("email_refused_at",), ("login", "login_key"), ("external_id",))
Row: TypeAlias = Mapping[str, Any]


@dataclass
class Line:
    """What becomes of one kind of data, for the preview."""

    title: Any
    moves: int = 0
    removed: int = 0
    stays: int = 0


@dataclass(frozen=True)
class Step:
    """One row: changed (`now` differs from `was`), or removed (`now` is None)."""

    table: str
    key: dict[str, Any]
    was: dict[str, Any]
    now: dict[str, Any] | None


@dataclass
class Plan:
    """All steps, and what they come to."""

    steps: list[Step] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    taken_over: list[str] = field(default_factory=list)  # columns of the person


# ---- what would happen -------------------------------------------------------------------------------------


def plan(kept_id: int, gone_id: int) -> Plan:
    """What merging them would do; nothing is written. `RuleBroken` says why they cannot be merged."""
    kept, gone = db.session.get(Person, kept_id), db.session.get(Person, gone_id)
    if kept is None or gone is None:
        raise NotVisible
    _check(kept, gone)
    made = Plan()
    claimed: dict[str, Line] = {}
    for claim in personal.everything_held():
        columns = [*(claim.whose if claim.merge in ("moves", "if_free") else ()), *claim.named]
        if not columns:
            continue
        # Several claims of one table are one line.
        line = claimed.setdefault(claim.table, Line(claim.title))
        for name in columns:
            for step in _steps(claim, name, kept_id, gone_id):
                if step is None:
                    line.stays += 1
                    continue
                made.steps.append(step)
                if step.now is None:
                    line.removed += 1
                elif name in step.was:
                    line.moves += 1
    _take_over(made, kept, gone)
    made.lines = [line for line in claimed.values() if line.moves or line.removed or line.stays]
    return made


def _check(kept: Person, gone: Person) -> None:
    if kept.id == gone.id:
        raise RuleBroken("gone", gettext("These are one and the same. Pick the second entry of this person."))
    if kept.erased_at or gone.erased_at:
        raise RuleBroken("", gettext("One of them is erased; there is nothing left to merge"))
    if kept.merged_into_id or gone.merged_into_id:
        raise RuleBroken("", gettext("One of them was merged already"))
    if kept.kind != gone.kind:
        raise RuleBroken("", gettext("One is a guest and one works here. Make them the same first."))
    if not kept.has_access(clock.today(kept.time_zone)):
        raise RuleBroken("kept", gettext("The entry you keep has left. Keep the other one, or bring this one back."))


def _steps(claim: Held, name: str, kept_id: int, gone_id: int) -> Iterator[Step | None]:
    """What happens to each row that names the entry that goes in that column; None: it stays behind."""
    table = claim.of_table
    keys = [column.name for column in table.primary_key]
    query = sa.select(table).where(table.c[name] == gone_id)
    if claim.table == "person":
        query = query.where(table.c.id != gone_id)
    for found in db.session.execute(query.order_by(*table.primary_key)).mappings().all():
        row = dict(found)
        key = {one: row[one] for one in keys}
        if claim.table == "person" and row["id"] == kept_id:
            yield Step(claim.table, key, {name: gone_id}, {name: None})  # nobody is their own manager
            continue
        people = {one for one in (*claim.whose, *claim.named) if one in keys}
        with_themselves = name in keys and any(row[one] == kept_id for one in people - {name})
        there = None if with_themselves else _in_the_way(table, row, name, kept_id)
        if there is not None and claim.merge == "if_free":
            yield None
            continue
        if with_themselves or there is not None:
            true = {one: True for one in claim.either if there is not None and row[one] and not there[one]}
            if there is not None and true:
                yield Step(claim.table, {one: there[one] for one in keys}, dict.fromkeys(true, False), true)
            yield Step(claim.table, key, dict(row), None)
            continue
        yield Step(claim.table, key, {name: gone_id}, {name: kept_id})


def _in_the_way(table: sa.Table, row: Row, name: str, kept_id: int) -> Row | None:
    """The row that stands where this one would come to stand."""
    for columns in _unique(table):
        if name in columns:
            wanted = {one: row[one] for one in columns} | {name: kept_id}
            if None in wanted.values():
                continue
            query = sa.select(table).where(*(table.c[one] == value for one, value in wanted.items()))
            found = db.session.execute(query).mappings().one_or_none()
            if found is not None:
                return dict(found)
    return None


def _unique(table: sa.Table) -> list[list[str]]:
    """The columns that hold a row's place together, each way."""
    found = [[column.name for column in table.primary_key]]
    found += [[c.name for c in one.columns] for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    return found + [[c.name for c in one.columns] for one in table.indexes if one.unique]


def _take_over(made: Plan, kept: Person, gone: Person) -> None:
    for columns in TAKEN_OVER:
        if getattr(kept, columns[0]) is None and getattr(gone, columns[0]) is not None:
            theirs = {name: getattr(gone, name) for name in columns}
            nothing: dict[str, Any] = dict.fromkeys(columns)
            made.steps.append(Step("person", {"id": gone.id}, theirs, nothing))
            made.steps.append(Step("person", {"id": kept.id}, nothing, theirs))
            made.taken_over.append(columns[0])


# ---- doing it ----------------------------------------------------------------------------------------------


def merge_people(*, kept_id: int, gone_id: int, actor_id: int) -> int:
    """Make two entries one; the number of the merge, by which it is undone. `RuleBroken` says why not."""
    _lock(kept_id, gone_id)
    made = plan(kept_id, gone_id)
    gone = db.session.get_one(Person, gone_id)
    for claim in personal.everything_held():
        if claim.merge in ("goes", "derived"):
            db.session.execute(sa.delete(claim.of_table).where(claim.about(gone_id)))
    steps = [*made.steps, Step("person", {"id": gone_id}, {"left_at": gone.left_at, "merged_into_id": None},
                               {"left_at": gone.left_at or clock.now(), "merged_into_id": kept_id})]  # fmt: skip
    for step in steps:
        _do(step)
    # Its address leads on.
    db.session.execute(sa.insert(OldHandle).values(handle=gone.handle, person_id=kept_id))
    written = [_written(step) for step in steps]
    merge = PersonMerge(kept_id=kept_id, gone_id=gone_id, by_id=actor_id, at=clock.now(), moved=written)
    db.session.add(merge)
    db.session.flush()
    db.session.expire_all()
    services.relist(gone_id)
    services.relist(kept_id)
    audit.record("people_merged", actor_id=actor_id, subject_id=kept_id)
    publish(PeopleMerged(kept_id, gone_id))
    return merge.id


def undo_merge(*, merge_id: int, actor_id: int) -> int:
    """Two entries again. What was changed since stays as it is; how many rows that were. `RuleBroken`: too late."""
    merge = db.session.get(PersonMerge, merge_id)
    if merge is None:
        raise NotVisible
    _lock(merge.kept_id, merge.gone_id)
    merge = db.session.get_one(PersonMerge, merge_id, with_for_update=True, populate_existing=True)
    kept_id, gone_id = merge.kept_id, merge.gone_id
    if merge.undone_at is not None:
        raise RuleBroken("", gettext("This was undone already"))
    if not may_be_undone(merge):
        raise RuleBroken("", gettext("This is more than a day ago and cannot be undone any more"))
    if _later(merge):
        raise RuleBroken("", gettext("One of them was merged again since. Undo that one first."))
    for claim in personal.everything_held():
        if claim.merge == "derived":
            of_both = sa.or_(claim.about(kept_id), claim.about(gone_id))
            db.session.execute(sa.delete(claim.of_table).where(of_both))
    handle = db.session.get_one(Person, gone_id).handle
    db.session.execute(sa.delete(OldHandle).where(OldHandle.handle == handle, OldHandle.person_id == kept_id))
    made_anew = {claim.table for claim in personal.everything_held() if claim.made_anew}
    undone = [(step.table, _undo(step)) for step in map(_read, reversed(merge.moved))]
    stayed = sum(not done and table not in made_anew for table, done in undone)
    merge.undone_at, merge.moved = clock.now(), None
    db.session.flush()
    db.session.expire_all()
    services.relist(kept_id)
    services.relist(gone_id)
    gone_is_here = sa.select(Person.left_at.is_(None)).where(Person.id == gone_id)
    kept_has_left = sa.select(Person.left_at.is_not(None)).where(Person.id == kept_id)
    if db.session.scalar(kept_has_left) and db.session.scalar(gone_is_here):
        services.mark_left(person_id=gone_id, actor_id=actor_id)  # what happened since holds for both
    audit.record("merge_undone", actor_id=actor_id, subject_id=kept_id)
    publish(PeopleParted(kept_id, gone_id))
    return stayed


def may_be_undone(merge: PersonMerge) -> bool:
    """Not undone yet, and not a day old."""
    return merge.undone_at is None and merge.moved is not None and clock.now() - merge.at < UNDO_FOR


def _later(merge: PersonMerge) -> bool:
    both = [merge.kept_id, merge.gone_id]
    later = sa.select(PersonMerge.id).where(
        PersonMerge.id > merge.id,
        PersonMerge.undone_at.is_(None),
        sa.or_(PersonMerge.kept_id.in_(both), PersonMerge.gone_id.in_(both)),
    )
    return db.session.scalar(later.limit(1)) is not None


def settle_old() -> bool:
    """One merge that can no longer be undone: what was moved is forgotten, and of the entry that is gone only whom it
    means stays. True when there was one."""
    merge = db.session.scalar(
        sa.select(PersonMerge)
        .where(PersonMerge.at <= clock.now() - UNDO_FOR, PersonMerge.undone_at.is_(None), _remembered())
        .order_by(PersonMerge.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if merge is None:
        return False
    gone_id, merge.moved = merge.gone_id, None
    db.session.flush()
    gone = db.session.get_one(Person, gone_id)
    if gone.erased_at is None:
        known_by = {name: getattr(gone, name) for name in KNOWN_BY}
        erasing.empty(gone_id)
        db.session.execute(sa.update(Person).where(Person.id == gone_id).values(known_by | {"erased_at": None}))
    return True


def _remembered() -> sa.ColumnElement[bool]:
    return sa.cast(PersonMerge.moved, sa.Text) != "null"


def _lock(*person_ids: int) -> None:
    """Both rows, in one order, so that two merges wait for each other instead of crossing."""
    db.session.flush()
    query = sa.select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()
    if len(db.session.scalars(query).all()) < len(set(person_ids)):
        raise NotVisible
    db.session.expire_all()


# ---- a step there, and back --------------------------------------------------------------------------------


def _where(table: sa.Table, values: Row) -> list[sa.ColumnElement[bool]]:
    return [table.c[name].is_(None) if value is None else table.c[name] == value for name, value in values.items()]


def _do(step: Step) -> None:
    table = _table(step.table)
    if step.now is None:
        db.session.execute(sa.delete(table).where(*_where(table, step.key)))
    else:
        db.session.execute(sa.update(table).where(*_where(table, step.key)).values(step.now))


def _undo(step: Step) -> bool:
    """Put back what stood there; False when it was changed since, or something else has its place by now."""
    table = _table(step.table)
    try:
        with db.session.begin_nested():
            if step.now is None:
                db.session.execute(sa.insert(table).values(step.was))
                return True
            moved = {name: value for name, value in step.now.items() if name in step.key}
            if moved:
                _clear_the_way(table, moved)
            # Columns that are compared: what JSON holds is not, and never changes here.
            key = {name: step.now.get(name, value) for name, value in step.key.items()}
            done = db.session.execute(
                sa.update(table).where(*_where(table, key), *_where(table, step.now)).values(step.was)
            )
            return bool(done.rowcount)  # type: ignore[attr-defined]
    except sa.exc.IntegrityError:
        return False


def _clear_the_way(table: sa.Table, moved: Row) -> None:
    """What hangs on a row that moves back and lives for the moment alone (sessions) ends."""
    for claim in personal.everything_held():
        hangs = any(key.column.table is table for key in claim.of_table.foreign_keys)
        if claim.merge == "goes" and hangs:
            for person_id in moved.values():
                db.session.execute(sa.delete(claim.of_table).where(claim.about(person_id)))


def _table(name: str) -> sa.Table:
    return Person.metadata.tables[name]


def _written(step: Step) -> dict[str, Any]:
    """As JSON holds it."""

    def plain(values: Row | None) -> dict[str, Any] | None:
        if values is None:
            return None
        return {n: v.isoformat() if isinstance(v, date | datetime) else v for n, v in values.items()}

    return {"table": step.table, "key": plain(step.key), "was": plain(step.was), "now": plain(step.now)}


def _read(written: Mapping[str, Any]) -> Step:
    table = _table(written["table"])

    def typed(values: Row | None) -> dict[str, Any] | None:
        if values is None:
            return None
        return {name: _typed(table.c[name], value) for name, value in values.items()}

    return Step(written["table"], typed(written["key"]) or {}, typed(written["was"]) or {}, typed(written["now"]))


def _typed(column: sa.Column[Any], value: Any) -> Any:
    if isinstance(value, str) and isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    return value
