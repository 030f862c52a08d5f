"""Writing a staff list: checked as a whole first (`staff_plan`), then in batches, each in a unit of work of its own.

One list is written at a time: whoever writes holds a lease on their row of `staff_import`, renewed with each batch.
Killed half way, whole batches are in; the same list again does the rest and leaves alone what is there.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.core import audit, clock
from portal.core.db import (
    after_commit,
    alone,
    among,
    batches,
    db,
    insert_many,
    insert_missing,
    look_anew,
    unit_of_work,
    update_many,
)
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.i18n import kept
from portal.core.i18n import lazy as _
from portal.core.storage import storage

from . import names, services
from .events import KindChanged, LastDayChanged, PersonAdded, PersonChanged
from .models import Department, OldHandle, Person, PersonListing, Place, StaffImport
from .staff_list import Problem, Sheet, StaffLine, StaffList, StaffListRefused, open_sheet, read_sheet
from .staff_plan import BATCH, Known, Named, People, Plan, Step, named, plan_of, wanted

log = logging.getLogger("hallway.people")

LEASE = timedelta(minutes=2)  # much longer than a batch takes
DRAFTS_KEPT_FOR = timedelta(days=14)
FIRST, LEAST = 100, 50  # lines of a batch: of the first one, while nobody knows how fast this database is; of any
WELL = 0.25  # seconds for which a batch may well keep other writers waiting
MANY = 1_000  # people after whom the database looks at its tables anew
_ALONE = "staff list"
_PERSON: sa.Table = Person.metadata.tables["person"]


@dataclass(frozen=True)
class Imported:
    """How many people a staff list added, changed, and left as they were."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True)
class Whom:
    """Somebody whom a list misses, or brings back."""

    id: int
    name: str
    handle: str
    department: str


# ---- sent in by the page -------------------------------------------------------------------------------------


def keep_draft(*, data: bytes, called: str, by_id: int) -> int:
    """Keep a file until it is settled; its columns are guessed. `StaffListRefused` where it cannot be read."""
    sheet = open_sheet(data)
    row = StaffImport(
        by_id=by_id,
        called=called,
        file=storage().put(data, "csv"),
        mapping=sheet.guess(),
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def say_columns(*, import_id: int, mapping: Mapping[str, int], is_full: bool) -> None:
    """What the columns hold, and whether everybody stands in the list."""
    row = _row(import_id, "draft")
    row.mapping, row.is_full = dict(mapping), is_full


def let_run(*, import_id: int, lines: int) -> None:
    """The worker may begin."""
    row = _row(import_id, "draft")
    row.state, row.lines = "waiting", lines


def back_to_draft(*, import_id: int) -> None:
    """It was not begun yet, or was refused and its file is still there."""
    row = _row(import_id, "waiting", "refused")
    if row.file is None:
        raise RuleBroken("", gettext("The file is not kept any more. Send it again."))
    row.state, row.problems = "draft", []


def drop(*, import_id: int) -> None:
    """Away with a draft and its file."""
    row = _row(import_id, "draft", "refused")
    row.state, row.done_at = "dropped", clock.now()
    _drop_file(row)


def _row(import_id: int, *states: str) -> StaffImport:
    row = db.session.get(StaffImport, import_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotVisible
    if row.state not in states:
        raise RuleBroken("", gettext("This list has moved on meanwhile. Look again."))
    return row


def _drop_file(row: StaffImport) -> None:
    """Unless another import has the same one."""
    name, row.file = row.file, None
    if name is None:
        return
    db.session.flush()

    def settle() -> None:
        used = sa.select(StaffImport.id).where(StaffImport.file == name).limit(1)
        if db.session.scalar(used) is None:
            storage().drop(name)

    after_commit(settle)


def import_of(import_id: int) -> StaffImport:
    """One list and how far it is. `NotVisible` for none."""
    row = db.session.get(StaffImport, import_id)
    if row is None:
        raise NotVisible
    return row


def latest(most: int = 30) -> list[StaffImport]:
    """The newest lists that somebody sent in or read, but for those that were dropped."""
    query = sa.select(StaffImport).where(StaffImport.state != "dropped").order_by(StaffImport.id.desc())
    return list(db.session.scalars(query.limit(most)))


def added_by(row: StaffImport, most: int) -> list[Whom]:
    """Whom that list added, of those who are here."""
    if row.started_at is None or not row.added:
        return []
    return _whom(sa.and_(Person.created_at == row.started_at, Person.left_at.is_(None)), most)


def sheet_of(row: StaffImport) -> Sheet:
    """The kept file. `StaffListRefused` when it is gone."""
    data = storage().get(row.file) if row.file else None
    if data is None:
        raise StaffListRefused([Problem(1, _("the file is not kept any more; send it again"))])
    return open_sheet(data)


def forget_old(before: datetime) -> None:
    """Settled lists of before that moment, and drafts that nobody came back for."""
    stale = sa.select(StaffImport).where(
        sa.or_(
            sa.and_(StaffImport.created_at < before, StaffImport.state.in_(("done", "refused", "dropped"))),
            sa.and_(StaffImport.created_at < clock.now() - DRAFTS_KEPT_FOR, StaffImport.state == "draft"),
        )
    )
    for row in db.session.scalars(stale):
        _drop_file(row)
        db.session.delete(row)


# ---- one at a time -------------------------------------------------------------------------------------------


@dataclass
class Run:
    """A list that is being written by us."""

    import_id: int
    by_id: int | None
    lease: datetime
    stamp: datetime  # whom it adds is created at this moment


class Lost(Exception):
    """Our lease ran out and somebody else has taken over."""


def begin(*, called: str, lines: int, is_full: bool) -> Run | None:
    """Start one that comes from the command line; None while another one runs."""
    if _is_busy():
        return None
    now = clock.now()
    row = StaffImport(
        state="running", called=called, lines=lines, is_full=is_full, created_at=now, started_at=now,
        leased_until=now + LEASE,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return Run(row.id, None, now + LEASE, now)


def take_next() -> Run | None:
    """The next one that waits, or one whose worker was killed; None while another one runs."""
    if _is_busy():
        return None
    now = clock.now()
    query = sa.select(StaffImport).where(StaffImport.state.in_(("running", "waiting"))).order_by(StaffImport.id)
    for row in db.session.scalars(query.with_for_update()):
        if row.file is None:  # it came by the command line, which was stopped
            row.state, row.done_at, row.leased_until = "refused", now, None
            row.problems = [kept(_("It was stopped half way. The same list again does the rest."))]
            continue
        row.state, row.leased_until, row.lines_done = "running", now + LEASE, 0
        row.started_at = row.started_at or now
        return Run(row.id, row.by_id, now + LEASE, row.started_at)
    return None


def is_due() -> bool:
    """Does a list wait? (A look without a write.)"""
    now = clock.now()
    rows = db.session.execute(
        sa.select(StaffImport.state, StaffImport.leased_until).where(StaffImport.state.in_(("running", "waiting")))
    ).tuples()
    found = [(state, lease) for state, lease in rows]
    return bool(found) and not any(state == "running" and lease and lease > now for state, lease in found)


def _is_busy() -> bool:
    alone(_ALONE)
    held = sa.select(StaffImport.id).where(StaffImport.state == "running", StaffImport.leased_until > clock.now())
    return db.session.scalar(held.limit(1)) is not None


def _keep_lease(run: Run, **counted: Any) -> datetime:
    """Ours for another while; `Lost` when it is not any more. Answers with the new lease."""
    until = clock.now() + LEASE
    mine = sa.update(StaffImport).where(
        StaffImport.id == run.import_id, StaffImport.state == "running", StaffImport.leased_until == run.lease
    )
    done = db.session.execute(mine.values(leased_until=until, **counted).execution_options(synchronize_session=False))
    if not done.rowcount:  # type: ignore[attr-defined]
        raise Lost
    return until


# ---- writing -------------------------------------------------------------------------------------------------


@dataclass
class _Written:
    """What stands in the database by now."""

    handles: set[str]
    numbers: dict[str, int] = field(default_factory=dict)  # base of a handle: the last number that was taken
    people: dict[int, int] = field(default_factory=dict)  # line: person
    placed: set[int] = field(default_factory=set)  # lines of those who were added with their manager, or need none
    touched: set[int] = field(default_factory=set)
    size: int = field(default_factory=lambda: min(FIRST, BATCH))  # of the next batch
    added: int = 0
    changed: int = 0
    done: int = 0


def size_after(size: int, seconds: float) -> int:
    """How many lines the next batch takes when this one, of that size at most, took so long."""
    return min(BATCH, max(LEAST, min(2 * size, int(size * WELL / seconds))))


def write(run: Run, staff: StaffList, plan: Plan, *, tell: Callable[[int], None] = lambda lines: None) -> Imported:
    """Write what the plan says and settle the import. tell: hears how many more lines are done.

    Raises `RuleBroken("line N", …)` where the people who are here have changed since the plan; whole batches before
    it are in (`lines_in`).
    """
    _make_named(staff)
    ids = named()
    written = _Written(_all_handles())
    looked = False
    for some in _in_order(plan, written):
        batch = partial(_write_batch, run, staff, plan, ids, written, some)
        try:
            unit_of_work(batch)
        except IntegrityError:  # somebody who was added meanwhile has taken a handle that we meant to give
            written.handles = _all_handles()
            db.session.rollback()
            unit_of_work(batch)
        tell(len(some))
        if written.added >= MANY and not looked:
            unit_of_work(partial(look_anew, Person, PersonListing))
            looked = True
    if "manager" in staff.fields:
        open_lines = written.people.keys() - written.placed
        for some in _slices([step for step in plan.steps if step.line.number in open_lines], written):
            unit_of_work(partial(_write_managers, run, plan, written, some))
    done = Imported(written.added, written.changed, len(plan.steps) - written.added - written.changed)
    return unit_of_work(partial(_finish, run, plan, done))


def _in_order(plan: Plan, written: _Written) -> Iterable[list[Step]]:
    """Whoever passes an address on, at one stroke; then what may still be refused; then the rest in order."""
    steps = plan.steps
    if plan.together:
        yield [steps[number] for number in sorted(plan.together)]
    careful = plan.careful - plan.together
    yield from _slices([steps[number] for number in sorted(careful)], written)
    rest = [step for number, step in enumerate(steps) if number not in careful and number not in plan.together]
    # Whoever is added after their manager needs no second write.
    above = _managers_above(plan)
    yield from _slices(sorted(rest, key=lambda step: above[step.line.number]), written)


def _managers_above(plan: Plan) -> dict[int, int]:
    """line: how many managers, one above the other, it has in this list. (A plan that is written has no circle.)"""
    boss = {step.line.number: plan.refs.get(step.line.manager or "", 0) for step in plan.steps}
    above = {0: -1}
    for start in boss:
        trail, line = [], start
        while line not in above:
            trail.append(line)
            line = boss[line]
        for one in reversed(trail):
            above[one] = above[boss[one]] + 1
    return above


def _slices(steps: Sequence[Step], written: _Written) -> Iterable[list[Step]]:
    start = 0
    while start < len(steps):
        some = list(steps[start : start + written.size])
        start += len(some)
        yield some


def _make_named(staff: StaffList) -> None:
    """Departments and places that are not there yet."""
    for table, words in (
        (Department, {line.department for line in staff.lines if line.department}),
        (Place, {line.place for line in staff.lines if line.place}),
    ):
        by_key = {names.fold(name): name for name in sorted(words)}
        there = set(db.session.scalars(sa.select(table.key)))
        missing = [{"name": name, "key": key} for key, name in by_key.items() if key not in there]
        for start in range(0, len(missing), BATCH):
            unit_of_work(partial(insert_missing, table, missing[start : start + BATCH]))


def _all_handles() -> set[str]:
    return set(db.session.scalars(sa.select(Person.handle))) | set(db.session.scalars(sa.select(OldHandle.handle)))


def _write_batch(
    run: Run, staff: StaffList, plan: Plan, ids: Named, written: _Written, steps: Sequence[Step]
) -> None:
    """Some lines. A fixed number of statements."""
    began = time.perf_counter()
    people = People([step.line for step in steps], to_write=True)
    new: list[StaffLine] = []
    change: list[tuple[StaffLine, Known, dict[str, Any]]] = []
    met: dict[int, int] = {}
    here = {me.id for step in steps if (me := people.meant_by(step.line)) is not None}
    for step in steps:
        line, me = step.line, people.meant_by(step.line)
        for _field, owner in people.in_the_way(line, me):
            if owner.id not in here:
                raise _line_broken(line, gettext("the address belongs to another person here by now; try again"))
        if step.what == "pass":
            continue
        if me is None:
            new.append(line)
            continue
        met[line.number] = me.id
        row = wanted(line, staff.fields, me, ids)
        if row:
            change.append((line, me, row))
    handles = _Handles(written)
    changed = _change(change, handles)
    bosses = {line.number: written.people.get(plan.refs.get(line.manager or "", 0)) for line in new}
    added = _add(new, staff, ids, handles, bosses, run.stamp)
    services.relist_many(changed)
    _tell_everyone(change, added)
    # Nothing of this may be remembered when the unit of work is not committed.
    lease = _keep_lease(
        run,
        lines_done=written.done + len(steps),
        added=StaffImport.added + len(added),
        changed=StaffImport.changed + len(changed),
    )

    def remember() -> None:
        run.lease = lease
        written.handles |= handles.taken
        written.numbers.update(handles.numbers)
        written.people |= met | added
        written.placed |= {line.number for line in new if not line.manager or bosses[line.number]}
        written.touched |= set(changed) | set(added.values())
        written.added, written.changed = written.added + len(added), written.changed + len(changed)
        written.done += len(steps)
        written.size = size_after(written.size, time.perf_counter() - began)

    after_commit(remember)


def _line_broken(line: StaffLine, words: str) -> RuleBroken:
    return RuleBroken(gettext("line %(line)s", line=line.number), words)


class _Handles:
    """Handles that nobody has or had, for some people at once."""

    def __init__(self, written: _Written) -> None:
        self._written = written
        self.taken: set[str] = set()
        self.numbers: dict[str, int] = {}

    def free(self, name: str) -> str:
        base = names.handle_for(name)
        number = self.numbers.get(base, self._written.numbers.get(base, 1))
        handle = base if number == 1 else f"{base}-{number}"
        while handle in self.taken or handle in self._written.handles:
            number += 1
            handle = f"{base}-{number}"
        self.numbers[base] = number
        self.taken.add(handle)
        return handle


def _add(
    lines: Sequence[StaffLine],
    staff: StaffList,
    ids: Named,
    handles: _Handles,
    bosses: Mapping[int, int | None],
    stamp: datetime,
) -> dict[int, int]:
    """New people; line: person. bosses: line: manager, where they are written already."""
    rows = []
    for line in lines:
        row: dict[str, Any] = dict.fromkeys(
            ("external_id", "preferred_name", "email", "email_key", "login", "login_key", "title", "department_id",
             "place_id", "time_zone", "starts_on", "ends_on")
        )  # fmt: skip
        row |= {"kind": "member", "languages": [], "working_days": [], "links": [], "shown": {}, "locked": []}
        row |= wanted(line, staff.fields, None, ids)
        row |= {"email_key": line.email_key, "login_key": line.login_key}
        row |= {"handle": handles.free(line.name), "cutout": False, "version": 0, "created_at": stamp}
        row["manager_id"] = bosses[line.number]
        rows.append(row)
    if not rows:
        return {}
    # Ids by their handles, which are nobody else's: asked for in the order of the rows, SQLite takes them one by one.
    insert_many(Person, rows)
    found = sa.select(_PERSON.c.handle, _PERSON.c.id).where(among(_PERSON.c.handle, [row["handle"] for row in rows]))
    ids_by_handle = dict(db.session.execute(found).tuples().all())
    fresh = [_Fresh(ids_by_handle[row["handle"]], *(row[name] for name in _LISTED)) for row in rows]
    services.list_new(people=fresh, shown=[_shown_of_new(row, ids) for row in rows])
    return {line.number: one.id for line, one in zip(lines, fresh, strict=True)}


_LISTED = ("name", "preferred_name", "handle", "department_id", "place_id", "starts_on", "ends_on")


@dataclass(slots=True)
class _Fresh:
    """Somebody who is just being added, as far as they are listed."""

    id: int
    name: str
    preferred_name: str | None
    handle: str
    department_id: int | None
    place_id: int | None
    starts_on: date | None
    ends_on: date | None


def _shown_of_new(row: Mapping[str, Any], ids: Named) -> dict[str, Any]:
    """The optional fields that a list fills; nothing is hidden yet."""
    zone = row["time_zone"] or ids.zones.get(row["place_id"] or 0)
    shown = {"time_zone": zone} if zone else {}
    return shown | {"place": ""} if row["place_id"] else shown


_CHANGED = (
    "external_id", "name", "preferred_name", "handle", "email", "email_key", "email_refused_at", "login", "login_key",
    "kind", "title", "department_id", "place_id", "time_zone", "starts_on", "ends_on", "locked", "version",
)  # fmt: skip


def _change(change: Sequence[tuple[StaffLine, Known, dict[str, Any]]], handles: _Handles) -> list[int]:
    """People who are here already; their ids."""
    if not change:
        return []
    handed_on = [
        me.id for line, me, _row in change
        if (me.email_key and line.email_key and me.email_key != line.email_key)
        or (me.login_key and line.login_key and me.login_key != line.login_key)
    ]  # fmt: skip
    if handed_on:  # given up first, so that whoever comes next may have it
        free = sa.update(_PERSON).where(_PERSON.c.id.in_(handed_on)).values(email_key=None, login_key=None)
        db.session.execute(free)
    moved = _rename([(me, row["name"]) for _line, me, row in change if "name" in row], handles)
    rows = []
    for line, me, changed in change:
        row = {name: getattr(me, name) for name in _CHANGED} | changed | {"version": me.version + 1}
        if "email" in changed and line.email_key != me.email_key:
            row |= {"email_key": line.email_key, "email_refused_at": None}
        if "login" in changed:
            row["login_key"] = line.login_key
        row["handle"] = moved.get(me.id, me.handle)
        rows.append({"id": me.id} | {name: row[name] for name in _CHANGED})
    update_many(Person, rows)
    return [me.id for _line, me, _row in change]


def _rename(renamed: Sequence[tuple[Known, str]], handles: _Handles) -> dict[int, str]:
    """New handles by person, where the name makes another one; the one before leads to them for ever."""
    moving = [
        (me, name) for me, name in renamed if names.handle_for(name) != re.sub(r"-\d+$", "", me.handle)
    ]  # fmt: skip
    if not moving:
        return {}
    before = sa.select(OldHandle.person_id, OldHandle.handle).where(
        OldHandle.person_id.in_([me.id for me, _name in moving])
    )
    theirs = set(db.session.execute(before).tuples())
    found: dict[int, str] = {}
    back: list[str] = []
    for me, name in moving:
        base = names.handle_for(name)
        if (me.id, base) in theirs:  # an earlier name gives the earlier handle back
            back.append(base)
            found[me.id] = base
        else:
            found[me.id] = handles.free(name)
    if back:
        db.session.execute(sa.delete(OldHandle).where(OldHandle.handle.in_(back)))
    db.session.execute(sa.insert(OldHandle), [{"handle": me.handle, "person_id": me.id} for me, _name in moving])
    return found


def _tell_everyone(change: Sequence[tuple[StaffLine, Known, dict[str, Any]]], added: Mapping[int, int]) -> None:
    for person_id in added.values():
        publish(PersonAdded(person_id))
    for line, me, row in change:
        try:
            if "ends_on" in row:
                publish(LastDayChanged(me.id))
            if "kind" in row:
                publish(KindChanged(me.id))
            publish(PersonChanged(me.id))
        except RuleBroken as broken:
            raise _line_broken(line, broken.message) from None


def _write_managers(run: Run, plan: Plan, written: _Written, steps: Sequence[Step]) -> None:
    """Who reports to whom, once everybody is there. A fixed number of statements."""
    began = time.perf_counter()
    bosses: dict[int, int | None] = {}
    for step in steps:
        person_id, ref = written.people[step.line.number], step.line.manager
        number = plan.refs.get(ref) if ref else None
        if number and number not in written.people:  # a line that is passed over: their entry is part of another one
            continue
        bosses[person_id] = written.people.get(number) if number else plan.bosses.get(ref or "")
    rows = db.session.execute(
        sa.select(_PERSON.c.id, _PERSON.c.manager_id, _PERSON.c.locked)
        .where(among(_PERSON.c.id, bosses))
        .with_for_update()
    )
    moved = []
    for person_id, before, locked in rows:
        boss = bosses[person_id]
        if boss != before and (boss is not None or "manager" in locked):
            moved.append({"id": person_id, "manager_id": boss})
    if moved:
        there = sa.select(_PERSON.c.id).where(among(_PERSON.c.id, {row["manager_id"] for row in moved}))
        still = set(db.session.scalars(there))
        moved = [row for row in moved if row["manager_id"] is None or row["manager_id"] in still]
    update_many(Person, moved)
    ids = {row["id"] for row in moved}
    for person_id in sorted(ids):
        publish(PersonChanged(person_id))
    fresh = ids - written.touched
    lease = _keep_lease(run, changed=StaffImport.changed + len(fresh))

    def remember() -> None:
        run.lease = lease
        written.touched |= fresh
        written.changed += len(fresh)
        written.size = size_after(written.size, time.perf_counter() - began)

    after_commit(remember)


def _finish(run: Run, plan: Plan, done: Imported) -> Imported:
    _keep_lease(run, lines_done=len(plan.steps), lines=len(plan.steps))
    row = db.session.get_one(StaffImport, run.import_id, populate_existing=True)
    # A worker that was killed had added and changed some before us.
    row.same = max(len(plan.steps) - row.added - row.changed, 0)
    row.state, row.done_at, row.leased_until = "done", clock.now(), None
    row.missing, row.returned = list(plan.missing), list(plan.returned)
    _drop_file(row)
    audit.record("people_imported", actor_id=run.by_id)
    return done


def refuse(run: Run, problems: Sequence[Any]) -> None:
    """It could not be written (any further); what is wrong stays on its page. `Lost` when it is not ours any more."""
    _keep_lease(run)
    row = db.session.get_one(StaffImport, run.import_id, populate_existing=True)
    row.state, row.done_at, row.leased_until = "refused", clock.now(), None
    row.problems = [kept(words) for words in problems]


# ---- the whole way -------------------------------------------------------------------------------------------


def import_people(staff: StaffList, *, is_full: bool = False, called: str = "") -> Imported:
    """Plan and write a checked list at once. `StaffListRefused`: nothing is written."""
    plan = plan_of(staff, is_full=is_full)
    if plan.problems:
        raise StaffListRefused(plan.problems, plan.more_problems)
    run = unit_of_work(partial(begin, called=called, lines=len(staff.lines), is_full=is_full))
    if run is None:
        raise RuleBroken("", gettext("Another staff list is being imported. Try again when it is done."))
    return write_or_refuse(run, staff, plan)


def write_or_refuse(
    run: Run, staff: StaffList, plan: Plan, *, tell: Callable[[int], None] = lambda lines: None
) -> Imported:
    """`write`; where it is refused half way, its row says so."""
    try:
        return write(run, staff, plan, tell=tell)
    except RuleBroken as broken:
        with suppress(Lost):
            unit_of_work(partial(refuse, run, [f"{broken.field}: {broken.message}"]))
        raise


def work_on(run: Run) -> None:
    """Read, check, plan and write a list that waited. What is wrong with it stands on its page afterwards."""
    row = db.session.get_one(StaffImport, run.import_id)
    mapping, is_full = dict(row.mapping), row.is_full
    try:
        staff = read_sheet(sheet_of(row), mapping)
        plan = plan_of(staff, is_full=is_full)
        if plan.problems:
            raise StaffListRefused(plan.problems, plan.more_problems)
        write_or_refuse(run, staff, plan)
    except StaffListRefused as refused:
        with suppress(Lost):
            unit_of_work(partial(refuse, run, refused.said()))
    except (RuleBroken, Lost):
        return  # its row says so; or somebody else goes on with it
    except OperationalError:
        raise  # the database is away: it is taken up again when our lease is over
    except Exception:  # a mistake of ours: tried again it would fail again, and keep every other list waiting
        db.session.rollback()
        log.exception("import_failed", extra={"import_id": run.import_id})
        with suppress(Lost):
            unit_of_work(partial(refuse, run, [_("It could not be written. The log of the server says more.")]))


def say_left(*, person_ids: Sequence[int], actor_id: int | None) -> tuple[int, list[str]]:
    """These have left; how many, and who stays for a reason. Each in a unit of work of their own."""
    return _each(person_ids, lambda one: services.mark_left(person_id=one, actor_id=actor_id))


def bring_back(*, person_ids: Sequence[int], actor_id: int | None) -> tuple[int, list[str]]:
    """These are here again; how many, and who is not for a reason."""

    def back(person_id: int) -> None:
        ends_on = db.session.scalar(sa.select(Person.ends_on).where(Person.id == person_id))
        services.come_back(person_id=person_id, actor_id=actor_id, ends_on=ends_on)

    return _each(person_ids, back)


def _each(person_ids: Sequence[int], do: Callable[[int], None]) -> tuple[int, list[str]]:
    done, stay = 0, []
    for person_id in person_ids:
        try:
            unit_of_work(partial(do, person_id))
            done += 1
        except RuleBroken as broken:
            name = db.session.scalar(sa.select(Person.name).where(Person.id == person_id))
            stay.append(f"{name}: {broken.message}")
        except NotVisible:
            continue
    return done, stay


def people_of(person_ids: Sequence[int], *, have_left: bool, most: int | None = None) -> list[Whom]:
    """Those of them who have left, or are still here."""
    found: list[Whom] = []
    for some in batches(person_ids):
        where = Person.left_at.is_not(None) if have_left else Person.left_at.is_(None)
        found += _whom(sa.and_(Person.id.in_(some), where), None if most is None else most - len(found))
        if most is not None and len(found) >= most:
            break
    return found


def _whom(condition: sa.ColumnElement[bool], most: int | None) -> list[Whom]:
    query = (
        sa.select(Person.id, Person.name, Person.handle, sa.func.coalesce(Department.name, ""))
        .outerjoin(Department, Department.id == Person.department_id)
        .where(condition, Person.erased_at.is_(None), Person.merged_into_id.is_(None))
        .order_by(Person.id)
        .limit(most)
    )
    return [Whom(*row) for row in db.session.execute(query).tuples()]


def lines_in(run: Run) -> int:
    """How many lines are written by now."""
    return db.session.scalar(sa.select(StaffImport.lines_done).where(StaffImport.id == run.import_id)) or 0
