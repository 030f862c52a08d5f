"""What a staff list would do to the people who are here: reads alone, the same for page, dry run and writer.

People are found by their id in the staff list, else by address, else by the name they sign in with. What the list
says about a person is locked. What they said about themselves (`OWN`) is theirs: the list fills it where it is empty.
An empty cell takes away what the list said before, and nothing else; it never takes an id, an address or a name to
sign in with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any, TypeAlias

import sqlalchemy as sa

from portal.core import clock
from portal.core.db import among, db
from portal.core.i18n import lazy as _

from .models import Department, Person, Place
from .names import fold
from .staff_list import Problem, Problems, StaffLine, StaffList

BATCH = 500
OWN = ("preferred_name", "time_zone")
_KEYS = ("id", "email", "login", "kind", "name")  # an empty cell takes none of these away
_NOT_LOCKED = ("id", "login", "kind")  # nobody can change these on their own pages
# field of the list: column of the person, in the order in which changes are shown
COLUMNS = {
    "id": "external_id", "name": "name", "preferred_name": "preferred_name", "email": "email", "login": "login",
    "title": "title", "department": "department_id", "place": "place_id", "time_zone": "time_zone",
    "starts_on": "starts_on", "ends_on": "ends_on", "kind": "kind",
}  # fmt: skip
Known: TypeAlias = Any  # a row with READ columns
READ = (
    Person.id, Person.external_id, Person.name, Person.preferred_name, Person.handle, Person.email, Person.email_key,
    Person.login, Person.login_key, Person.kind, Person.title, Person.department_id, Person.place_id,
    Person.time_zone, Person.manager_id, Person.starts_on, Person.ends_on, Person.left_at, Person.merged_into_id,
    Person.email_refused_at, Person.locked, Person.version,
)  # fmt: skip


class People:
    """Those whom some lines may mean."""

    def __init__(self, lines: Sequence[StaffLine], *, to_write: bool = False) -> None:
        """One query. to_write: nobody else changes them meanwhile."""
        ids = {line.external_id for line in lines if line.external_id}
        keys = {key for line in lines for key in (line.email_key, line.login_key) if key}
        named = sa.or_(among(Person.external_id, ids), among(Person.email_key, keys), among(Person.login_key, keys))
        query = sa.select(*READ).where(named).order_by(Person.id)
        self.by_external: dict[str, Known] = {}
        self.by_key: dict[str, Known] = {}
        for row in db.session.execute(query.with_for_update() if to_write else query):
            if row.external_id:
                self.by_external[row.external_id] = row
            for key in (row.login_key, row.email_key):
                if key:
                    self.by_key[key] = row

    def meant_by(self, line: StaffLine) -> Known | None:
        """The person of that line; None for somebody new."""
        if line.external_id:
            found = self.by_external.get(line.external_id)
            if found is not None:
                return found
        for key in (line.email_key, line.login_key):
            found = self.by_key.get(key) if key else None
            # Whom the list knows by another id is another person, who may be about to give this address up.
            if found is not None and not (line.external_id and found.external_id):
                return found
        return None

    def in_the_way(self, line: StaffLine, me: Known | None) -> Iterator[tuple[str, Known]]:
        """(field, who) of others who have the address or the name to sign in with."""
        for name, key in (("email", line.email_key), ("login", line.login_key)):
            owner = self.by_key.get(key) if key else None
            if owner is not None and (me is None or owner.id != me.id):
                yield name, owner


@dataclass(frozen=True)
class Named:
    """Departments and places: id by key, and name by id."""

    departments: Mapping[str, int]
    places: Mapping[str, int]
    words: Mapping[tuple[str, int], str]
    zones: Mapping[int, str]  # of places that have one


def named() -> Named:
    """All of them. Two queries."""
    departments = db.session.execute(sa.select(Department.key, Department.id, Department.name)).tuples().all()
    places = db.session.execute(sa.select(Place.key, Place.id, Place.name, Place.time_zone)).tuples().all()
    words = {("department", one): name for _key, one, name in departments}
    words |= {("place", one): name for _key, one, name, _zone in places}
    return Named(
        departments={key: one for key, one, _name in departments},
        places={key: one for key, one, _name, _zone in places},
        words=words,
        zones={one: zone for _key, one, _name, zone in places if zone},
    )


_folded: dict[str, str] = {}


def _fold_often(text: str) -> str:
    """Departments come again and again."""
    if len(_folded) > 20_000:
        _folded.clear()
    if text not in _folded:
        _folded[text] = fold(text)
    return _folded[text]


def _value(line: StaffLine, name: str, ids: Named) -> Any:
    if name == "id":
        return line.external_id
    if name in ("department", "place"):
        text = getattr(line, name)
        # 0 for one that is still to be made: it is nobody's.
        return (ids.departments if name == "department" else ids.places).get(_fold_often(text), 0) if text else None
    return getattr(line, name)


def wanted(line: StaffLine, fields: frozenset[str], me: Known | None, ids: Named) -> dict[str, Any]:
    """Columns that this line changes (all it fills, for somebody new), "locked" among them."""
    row: dict[str, Any] = {}
    before_locked = set(me.locked) if me is not None else set()
    locked = set(before_locked)
    # An own export read again makes nobody a person of the list: whoever it gives no number keeps their fields.
    of_the_list = me is None or bool(before_locked) or line.external_id is not None
    for name, column in COLUMNS.items():
        if name not in fields:
            continue
        value, before = _value(line, name, ids), getattr(me, column) if me is not None else None
        if value is None:
            if before is not None and name in locked and name not in _KEYS:
                row[column] = None
            continue
        if name in OWN and before is not None and name not in locked:
            continue
        if value != before:
            row[column] = value
        if name not in _NOT_LOCKED and (of_the_list or value != before):
            locked.add(name)
    if "manager" in fields and line.manager and of_the_list:
        locked.add("manager")
    if row.get("kind") == "member" and me is not None and "ends_on" not in row and not line.ends_on:
        row["ends_on"] = None  # the day was the guest's
    if me is not None and "ends_on" in row and row["ends_on"] == me.ends_on:
        del row["ends_on"]
    if locked != before_locked:
        row["locked"] = sorted(locked)
    return row


# ---- the whole list ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one person, as words."""

    field: str
    before: str
    after: str


@dataclass(slots=True)
class Step:
    """What one line does. what: "add", "change", "same" or "pass" (it is passed over; `note` says why)."""

    line: StaffLine
    person_id: int | None
    what: str
    changes: Sequence[Change] = ()
    note: Any = None


@dataclass
class Plan:
    """What the whole list does. bosses: people of here whom lines name as managers, by how they are named."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    more_problems: int = 0
    together: set[int] = field(default_factory=set)  # steps that pass an address on: written at one stroke
    careful: set[int] = field(default_factory=set)  # steps that may still be refused: written first
    bosses: dict[str, int] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)  # came from a list before, and stands in no line
    returned: list[int] = field(default_factory=list)  # had left, and stands in it

    refs: dict[str, int] = field(default_factory=dict)  # how lines name managers of the list: the line of each

    def count(self, what: str) -> int:
        """How many lines do that."""
        return sum(step.what == what for step in self.steps)


class Planner:
    """One look at a checked list beside the people who are here."""

    def __init__(self, staff: StaffList, *, is_full: bool = False) -> None:
        self.staff, self.is_full = staff, is_full
        self.plan, self.problems = Plan(), Problems()
        self.ids = named()
        self.step_of: dict[int, int] = {}  # person: step
        self.names: dict[int, str] = {}  # of people who are in the way
        self.way: list[tuple[int, str, int]] = []  # (step, field, who has it)
        self.manager_before: dict[int, int | None] = {}
        self.locked_manager: set[int] = set()

    def made(self) -> Plan:
        """The plan; its problems say whether anything may be written."""
        lines = self.staff.lines
        for start in range(0, len(lines), BATCH):
            some = lines[start : start + BATCH]
            people = People(some)
            for line in some:
                self._look_at(line, people)
        self._settle_what_is_in_the_way()
        if "manager" in self.staff.fields:
            _Managers(self).check()
        if self.is_full:
            self._find_missing()
        plan = self.plan
        plan.problems = sorted(self.problems.first, key=lambda problem: problem.line)
        plan.more_problems = self.problems.count - len(self.problems.first)
        return plan

    def say(self, line: StaffLine, words: Any, name: str = "") -> None:
        self.problems.add(line.number, words, self.staff.column(name) if name else "")

    def _look_at(self, line: StaffLine, people: People) -> None:
        me, steps = people.meant_by(line), self.plan.steps
        for name, owner in people.in_the_way(line, me):
            self.way.append((len(steps), name, owner.id))
            self.names[owner.id] = owner.name
        if me is None:
            steps.append(self._new(line))
            return
        if me.id in self.step_of:
            other = steps[self.step_of[me.id]].line.number
            self.say(line, _("the same person here as in line %(line)s; leave one of the two lines", line=other))
        self.step_of[me.id] = len(steps)
        if me.merged_into_id is not None:
            note = _("this entry was merged into another one; take the line out of the list")
            steps.append(Step(line, me.id, "pass", note=note))
            return
        steps.append(self._known(line, me))

    def _new(self, line: StaffLine) -> Step:
        if line.kind == "guest" and line.ends_on is None:
            self.say(line, _("a guest needs an end date"), "ends_on" if "ends_on" in self.staff.fields else "kind")
        if line.ends_on is not None and line.ends_on < clock.today(line.time_zone):
            return Step(line, None, "pass", note=_("the end date has passed; nobody is added"))
        return Step(line, None, "add")

    def _known(self, line: StaffLine, me: Known) -> Step:
        plan, row = self.plan, wanted(line, self.staff.fields, me, self.ids)
        self.manager_before[me.id] = me.manager_id
        if "manager" in me.locked:
            self.locked_manager.add(me.id)
        if row.get("kind", me.kind) == "guest" and row.get("ends_on", me.ends_on) is None:
            self.say(line, _("a guest needs an end date"), "ends_on" if "ends_on" in self.staff.fields else "kind")
        if "ends_on" in row or "kind" in row:
            plan.careful.add(len(plan.steps))
        starts, ends = row.get("starts_on", me.starts_on), row.get("ends_on", me.ends_on)
        if starts and ends and ends < starts and ("starts_on" in row or "ends_on" in row):
            self.say(line, _("the end date would lie before the start date"), "ends_on")
        note = None
        if me.left_at is not None:
            note = _("has left; the list says they are here")
            if ends is None or ends >= clock.today(me.time_zone):
                plan.returned.append(me.id)
        return Step(line, me.id, "change" if row else "same", self._changes(line, row, me), note)

    def _changes(self, line: StaffLine, row: Mapping[str, Any], me: Known) -> list[Change]:
        found = []
        for name, column in COLUMNS.items():
            if column in row:
                before, after = getattr(me, column), row[column]
                if name in ("department", "place"):
                    said = self.ids.words.get((name, before), ""), getattr(line, name) or ""
                else:
                    said = _word(before), _word(after)
                found.append(Change(name, *said))
        return found

    def _settle_what_is_in_the_way(self) -> None:
        """Whoever has an address that a line wants gives it up by a line of this list, or it is a contradiction."""
        for step, name, owner in self.way:
            line, other = self.plan.steps[step].line, self.step_of.get(owner)
            gives = (
                other is not None
                and self.plan.steps[other].what != "pass"
                and self._gives_up(self.plan.steps[other].line, line, name)
            )
            if gives and other is not None:
                self.plan.together |= {step, other}
                continue
            words = _(
                "belongs to %(name)s here already; correct it, or merge the two entries first", name=self.names[owner]
            )
            self.say(line, words, name)

    def _gives_up(self, theirs: StaffLine, mine: StaffLine, name: str) -> bool:
        """Has the owner's line something else in that place? (A list holds no key twice.)"""
        key = mine.email_key if name == "email" else mine.login_key
        return theirs is not mine and key not in (theirs.email_key, theirs.login_key) and bool(
            theirs.email_key if name == "email" else theirs.login_key
        )  # fmt: skip

    def _find_missing(self) -> None:
        here = sa.select(Person.id, Person.locked).where(
            Person.left_at.is_(None), Person.erased_at.is_(None), Person.merged_into_id.is_(None)
        )
        # Who never came from a list (the first admin, guests of a team) is nobody that a list can miss.
        self.plan.missing = [
            one for one, locked in db.session.execute(here.order_by(Person.id)) if locked and one not in self.step_of
        ]


def _word(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")


class _Managers:
    """Are those whom the list names as managers there, and does nobody report to themselves in the end?"""

    def __init__(self, planner: Planner) -> None:
        self.planner, self.steps = planner, planner.plan.steps
        self.by_ref: dict[str, int] = {}
        for number, step in enumerate(self.steps):
            line = step.line
            for key in (line.login_key, line.email_key):
                if key:
                    self.by_ref[f"k{key}"] = number
            if line.external_id:
                self.by_ref[f"i{line.external_id}"] = number

    def check(self) -> None:
        unknown = {
            step.line.manager for step in self.steps if step.line.manager and self._step(step.line.manager) is None
        }
        here = self._here(sorted(unknown))
        edges: dict[int, int] = {}  # a step, or minus the id of somebody in no line: their manager
        for number, step in enumerate(self.steps):
            ref, before = step.line.manager, self.planner.manager_before.get(step.person_id or 0)
            target: int | None = None
            if ref:
                target = self._step(ref)
                if target is None and ref in here:
                    target = -here[ref]
                    self.planner.plan.bosses[ref] = here[ref]
                if target is None:
                    words = _("nobody in this list or here is %(who)s", who=ref)
                    self.planner.say(step.line, words, "manager")
                elif target >= 0:
                    self.planner.plan.refs[ref] = self.steps[target].line.number
                if target == number:
                    words = _("says that they manage themselves; leave the cell empty")
                    self.planner.say(step.line, words, "manager")
                    target = None
            elif before is not None and step.person_id not in self.planner.locked_manager:
                target = self.planner.step_of.get(before, -before)
            if target is not None:
                edges[number] = target
            self._note_change(step, target, before)
        if any(target < 0 for target in edges.values()):
            edges |= self._edges_of_others()
        self._circles(edges)

    def _note_change(self, step: Step, target: int | None, before: int | None) -> None:
        """A line that changes the manager alone changes something, too."""
        if step.what not in ("same", "change"):
            return
        after = None if target is None else (-target if target < 0 else self.steps[target].person_id or 0)
        if after != before:
            step.what = "change"
            step.changes = [*step.changes, Change("manager", "", step.line.manager or "")]

    def _step(self, ref: str) -> int | None:
        found = self.by_ref.get(f"i{ref}")
        return self.by_ref.get(f"k{fold(ref)}") if found is None else found

    def _here(self, refs: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for start in range(0, len(refs), BATCH):
            some = refs[start : start + BATCH]
            keys = {fold(ref): ref for ref in some}
            query = sa.select(Person.id, Person.external_id, Person.email_key, Person.login_key).where(
                sa.or_(Person.external_id.in_(some), Person.email_key.in_(keys), Person.login_key.in_(keys)),
                Person.left_at.is_(None),
            )
            for row in db.session.execute(query):
                for ref in (keys.get(row.email_key), keys.get(row.login_key), row.external_id):
                    if ref is not None:
                        found[ref] = row.id
        return {ref: found[ref] for ref in refs if ref in found}

    def _edges_of_others(self) -> dict[int, int]:
        """Who reports to whom among those in no line."""
        of = self.planner.step_of
        rows = db.session.execute(sa.select(Person.id, Person.manager_id).where(Person.manager_id.is_not(None)))
        return {-one: of.get(boss, -boss) for one, boss in rows.tuples() if one not in of and boss is not None}

    def _circles(self, edges: Mapping[int, int]) -> None:
        settled: set[int] = set()
        for start in edges:
            trail: dict[int, None] = {}
            node: int | None = start
            while node is not None and node not in settled and node not in trail:
                trail[node] = None
                node = edges.get(node)
            if node is not None and node in trail:
                walk = list(trail)
                self._say_circle(walk[walk.index(node) :])
            settled |= set(trail)

    def _say_circle(self, circle: Sequence[int]) -> None:
        in_list = [node for node in circle if node >= 0]
        if not in_list:
            return  # it was there before, and this list has no part in it
        first = circle.index(min(in_list, key=lambda node: self.steps[node].line.number))
        others = {-node for node in circle if node < 0}
        called = dict(
            db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(others))).tuples().all()
        )
        said = [
            _("%(name)s (line %(line)s)", name=self.steps[node].line.name, line=self.steps[node].line.number)
            if node >= 0
            else called.get(-node, "?")
            for node in [*circle[first:], *circle[:first]]
        ]
        said = [*said[:8], "…"] if len(said) > 8 else said
        names = reduce(lambda one, other: _("%(one)s, %(other)s", one=one, other=other), said)
        words = _("the managers go round in a circle: %(names)s", names=names)
        self.planner.say(self.steps[circle[first]].line, words, "manager")


def plan_of(staff: StaffList, *, is_full: bool = False) -> Plan:
    """What this list would do. A fixed number of queries for each 500 lines."""
    return Planner(staff, is_full=is_full).made()
