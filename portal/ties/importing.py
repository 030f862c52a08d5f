"""Who was in touch with whom elsewhere, as a CSV file: a, b, at, medium, in any order.

The whole file is read before anything is written. A line that cannot be taken is named, and the others are taken all
the same: mended and sent again, the file adds that line alone. Kept are pairs, times and the kind of medium.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.db import among, batches, db, insert_missing, look_anew, unit_of_work
from portal.core.i18n import lazy as _
from portal.people.models import Person
from portal.people.names import fold
from portal.people.staff_list import Problems
from portal.search.evidence import entries_by_line, people_by_name, places_of, read_moment

from . import services
from .models import ImportedContact, ImportedContactOff

Row: TypeAlias = tuple[int, str, datetime]  # the higher id, by what, and when

NEEDED = ("a", "b", "at", "medium")
BATCH = 10_000  # rows in one unit of work
_MEDIUM = re.compile(r"[a-z0-9][a-z0-9 _-]{0,39}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass
class Contacts:
    """A file that was read. Each contact is one place in all four of the arrays, `at` in microseconds since 1970."""

    media: list[str] = field(default_factory=list)
    low: array[int] = field(default_factory=lambda: array("q"))
    high: array[int] = field(default_factory=lambda: array("q"))
    at: array[int] = field(default_factory=lambda: array("q"))
    medium: array[int] = field(default_factory=lambda: array("i"))  # places in `media`
    problems: Problems = field(default_factory=Problems)  # what is wrong, maybe several things of one line
    untaken: int = 0  # lines
    apart: int = 0  # lines about people who left, or take no part
    since: datetime = field(default_factory=clock.now)  # whoever leaves themselves out later was not known to

    def __len__(self) -> int:
        return len(self.at)

    def leave_out(self, line: int, why: object) -> None:
        """This line cannot be taken."""
        self.problems.add(line, why)
        self.untaken += 1


@dataclass(frozen=True)
class Imported:
    """How many contacts are new, and how many were there (or older than they are kept)."""

    added: int
    same: int


def read(path: Path) -> Contacts:
    """Read the whole file. `StaffListRefused` where it cannot be read at all."""
    found = Contacts()
    people, apart = people_by_name(), _apart()
    lines = entries_by_line(path, found.leave_out)
    places, width = places_of(*next(lines), NEEDED, NEEDED)
    latest = clock.now() + timedelta(days=1)  # dates have no zone
    media: dict[str, int] = {}
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            told = _("%(num)s cells, but the header has %(width)s columns", num=len(cells), width=width)
            found.leave_out(line, told)
            continue
        a, b, at, medium = (cells[place].strip() for place in places)
        before = found.problems.count
        one, other = _whom(found.problems, people, line, "a", a), _whom(found.problems, people, line, "b", b)
        moment = _when(found.problems, line, at, latest)
        kind = media.get(medium)
        if kind is None:
            name = " ".join(medium.casefold().split())
            if _MEDIUM.fullmatch(name):
                kind = media[medium] = media.setdefault(name, len(found.media))
                found.media += [name] if kind == len(found.media) else []
            else:
                told = _("%(text)s is no kind of medium; a word like email, chat or meeting", text=medium[:40] or "-")
                found.problems.add(line, told, "medium")
        if found.problems.count > before or moment is None or kind is None:
            found.untaken += 1
            continue
        if one == other:
            found.leave_out(line, _("somebody is not in touch with themselves"))
        elif one in apart or other in apart:
            found.apart += 1
        else:
            found.low.append(min(one, other))
            found.high.append(max(one, other))
            found.at.append((moment - _EPOCH) // _MICROSECOND)
            found.medium.append(kind)
    return found


def _whom(problems: Problems, people: dict[str, int], line: int, column: str, text: str) -> int:
    person_id = people.get(text) or people.get(fold(text))
    if person_id is None:
        told = _("nobody here is %(person)s; name people by id, mail address or login name", person=text[:80] or "-")
        problems.add(line, told, column)
    return person_id or 0


def _when(problems: Problems, line: int, text: str, latest: datetime) -> datetime | None:
    moment = read_moment(text)
    if moment is None:
        told = _("%(text)s is no day that we can be sure of; write it like 2030-12-31", text=text[:40] or "-")
        problems.add(line, told, "at")
    elif moment > latest:
        problems.add(line, _("%(text)s lies in the future", text=text[:40]), "at")
    return moment


def _apart() -> set[int]:
    """Who left, and who takes no part."""
    gone = sa.select(Person.id).where(Person.left_at.is_not(None))
    return set(db.session.scalars(sa.union(gone, sa.select(ImportedContactOff.person_id))))


# ---- writing -------------------------------------------------------------------------------------------------


def write(found: Contacts, *, tell: Callable[[int], None] = lambda _done: None) -> Imported:
    """Write what was read, in batches, each in a unit of work of its own; the same file again adds nothing."""
    before = _count()
    newest = _newest()
    for kind, name in enumerate(found.media):
        own = (at for at, its in zip(found.at, found.medium, strict=True) if its == kind)
        newest[name] = max([_moment(max(own, default=0)), *([newest[name]] if name in newest else [])])
    cut = _cut(newest)
    batch: list[dict[str, object]] = []
    for low, rows in _by_person(found):
        kept = _worth_keeping(low, rows, cut) if cut else rows
        batch += [{"low_id": low, "high_id": high, "medium": medium, "at": at} for high, medium, at in kept]
        tell(len(rows))
        while len(batch) >= BATCH:
            unit_of_work(partial(insert_missing, ImportedContact, batch[:BATCH]))
            batch = batch[BATCH:]
    if batch:
        unit_of_work(partial(insert_missing, ImportedContact, batch))
    unit_of_work(partial(_drop_left_out, found.since))
    unit_of_work(lambda: look_anew(ImportedContact))
    added = _count() - before
    forget_old()
    return Imported(added, len(found) - added)


def _by_person(found: Contacts) -> Iterator[tuple[int, list[Row]]]:
    """Everything with one lower id at a time, in the order of the table: so it grows at its end, not all over."""
    places: dict[int, array[int]] = defaultdict(lambda: array("q"))
    for place, low in enumerate(found.low):
        places[low].append(place)
    for low in sorted(places):
        yield low, sorted((found.high[n], found.media[found.medium[n]], _moment(found.at[n])) for n in places[low])


def _worth_keeping(low: int, rows: list[Row], cut: dict[str, datetime]) -> list[Row]:
    """Without those that would be forgotten at once: too old, and neither first nor last of their pair."""
    if all(at >= cut[medium] for _high, medium, at in rows):
        return rows
    table = ImportedContact
    there = db.session.execute(
        sa.select(table.high_id, table.medium, sa.func.min(table.at), sa.func.max(table.at))
        .where(table.low_id == low)
        .group_by(table.high_id, table.medium)
    ).tuples()
    ends = {(high, medium): (first, last) for high, medium, first, last in there if first and last}
    kept = []
    for (high, medium), its in groupby(rows, key=lambda row: row[:2]):
        moments = [at for _high, _medium, at in its]
        first, last = ends.get((high, medium), (moments[0], moments[-1]))
        ends_now = min(first, moments[0]), max(last, moments[-1])
        kept += [(high, medium, at) for at in moments if at >= cut[medium] or at in ends_now]
    return kept


def _drop_left_out(since: datetime) -> None:
    """Whoever left themselves out while the file was read and written was promised that nothing comes in."""
    off = sa.select(ImportedContactOff.person_id).where(ImportedContactOff.at >= since)
    for person_id in db.session.scalars(off).all():
        services.drop_imported(person_id=person_id)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _count() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(ImportedContact)) or 0


def _newest() -> dict[str, datetime]:
    """The latest contact by each medium."""
    table = ImportedContact
    rows = db.session.execute(sa.select(table.medium, sa.func.max(table.at)).group_by(table.medium)).tuples()
    return {medium: at for medium, at in rows if at is not None}


def _cut(newest: dict[str, datetime]) -> dict[str, datetime]:
    """Before which moment a contact by each medium is too old; empty where they are kept for ever."""
    days = current_app.config["HALLWAY"].contact_days
    return {medium: at - timedelta(days=days) for medium, at in newest.items()} if days else {}


# ---- forgetting ----------------------------------------------------------------------------------------------


def forget_old() -> None:
    """Of each pair and medium the first and the last stay; what lies between and is too old goes."""
    for medium, cut in sorted(_cut(_newest()).items()):
        low = sa.select(ImportedContact.low_id).where(ImportedContact.medium == medium, ImportedContact.at < cut)
        for some in batches(db.session.scalars(low.distinct()).all()):
            unit_of_work(partial(_forget, medium, cut, some))


def _forget(medium: str, cut: datetime, low_ids: list[int]) -> None:
    table, other = ImportedContact, aliased(ImportedContact)
    same = sa.and_(other.low_id == table.low_id, other.high_id == table.high_id, other.medium == table.medium)
    earlier = sa.select(other.at).where(same, other.at < table.at).exists()
    later = sa.select(other.at).where(same, other.at > table.at).exists()
    old = sa.delete(table).where(among(table.low_id, low_ids), table.medium == medium, table.at < cut, earlier, later)
    db.session.execute(old.execution_options(synchronize_session=False))
