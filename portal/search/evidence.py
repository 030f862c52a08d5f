"""Evidence from elsewhere: who wrote and who reviewed what, as a CSV file.

Columns, in any order: item, person, role (author or reviewer), title, text, at, and url if there is one. Rows of one
item may stand apart, and its title and text on one of them. The whole file is checked before anything is written;
each problem says its line, counted as an editor does. Titles, links and dates are kept; of the text its words alone.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import gzip
import hashlib
import heapq
import io
import pickle
import re
import sys
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple, TypeAlias

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.auth import EVERYONE
from portal.core.db import alone, db, insert_many, unit_of_work
from portal.core.i18n import lazy as _
from portal.people.models import Person
from portal.people.names import fold
from portal.people.staff_list import Problem, Problems, StaffListRefused

from . import services, words
from .engines import engine
from .models import SearchItem, SearchLink
from .queries import WORK_SHOWN
from .scoring import day_of

PREVIEW = timedelta(days=14)  # an item's people see it before others do
_OFF_SINCE = "search_work_off_since"  # the setting: the moment at which it was turned off
_EVER = "0001-01-01T00:00:00+00:00"
BATCH = 1_000  # items in one unit of work
WINDOW = 50_000  # items of which the oldest are found in memory
WINDOW_LETTERS = 50_000_000  # the same, for those that are long
NEEDED = ("item", "person", "role", "title", "text", "at")
COLUMNS = (*NEEDED, "url")
ROLES = ("author", "reviewer")
MOST = {"item": 200, "person": 254, "title": 1_000, "url": 2_000}
LARGEST_CELL = 64 * 1024 * 1024
_LONG_AGO = datetime(1900, 1, 2, tzinfo=UTC)
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Row(NamedTuple):
    """One line: somebody's part in an item."""

    line: int
    item: str
    person_id: int
    role: str
    title: str
    text: str
    at: datetime
    url: str


@dataclass
class Item:
    """An item with all its rows."""

    key: str
    title: str = ""
    text: str = ""
    url: str = ""
    at: datetime = _LONG_AGO
    people: dict[int, str] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        self.title = self.title or row.title
        self.text = self.text or row.text
        self.url = self.url or row.url
        self.at = max(self.at, row.at)
        if self.people.get(row.person_id) != "author":
            self.people[row.person_id] = row.role

    @cached_property
    def digest(self) -> str:
        """The same for the same item."""
        people = " ".join(f"{one}{role[0]}" for one, role in sorted(self.people.items()))
        said = "\x1f".join((self.title, self.text, self.url, self.at.isoformat(), people))
        return hashlib.sha256(said.encode()).hexdigest()[:24]

    @cached_property
    def bag(self) -> str:
        """All that is kept of its words."""
        return words.bag(words.words_of(self.title), words.words_of(self.text))


def _age(item: Item) -> tuple[datetime, str]:
    return item.at, item.key


@dataclass
class _Seen:
    """What the first pass remembers of an item: so much that the second can tell when it is whole."""

    rows: int = 0
    line: int = 0
    title: int = 0  # hashes, to notice another title or text
    text: int = 0


@dataclass(frozen=True)
class Evidence:
    """A checked file: how many rows each item has, in the order of the file."""

    path: Path
    rows_of: Mapping[str, int]
    people: Mapping[str, int]


@dataclass(frozen=True)
class Imported:
    """How many items were added, changed, and left as they were."""

    added: int
    changed: int
    same: int


# ---- the file ------------------------------------------------------------------------------------------------

Tell: TypeAlias = Callable[[int, object], None]  # (line, what is wrong with it)


def _refused(line: int, said: object) -> StaffListRefused:
    return StaffListRefused([Problem(line, said)])


class _Lines:
    """The lines of a file, decoded one by one, so that a letter that is none names its line. tell: of which it is
    told instead of refusing the file; that line is empty then."""

    def __init__(self, source: IO[bytes], tell: Tell | None = None) -> None:
        self._tell = tell
        # Line ends as an editor has them: \n, \r\n, and the old \r.
        self._text = io.TextIOWrapper(source, encoding="utf-8", errors="surrogateescape", newline="")
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._text)
        except (zlib.error, EOFError, gzip.BadGzipFile):
            raise _refused(self.number + 1, _("the packed file is damaged or cut off; pack it again")) from None
        self.number += 1
        if self.number == 1:
            line = line.removeprefix("\ufeff")
            if line.startswith(("PK\x03\x04", "\udcff\udcfe", "\udcfe\udcff")):
                raise _refused(1, _("this is no CSV file in UTF-8; save it as one"))
        if not line.isascii() and any("\udc80" <= letter <= "\udcff" for letter in line):
            told = _("not UTF-8; most likely the letters of Windows (Latin-1)")
            if self._tell is None or self.number == 1:
                raise _refused(self.number, told)
            self._tell(self.number, told)
            return ""
        return line


def _open(path: Path) -> IO[bytes]:
    source = path.open("rb")
    packed = source.read(2) == b"\x1f\x8b"
    source.seek(0)
    return gzip.open(source) if packed else source  # type: ignore[return-value]


def entries(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line where it begins, cells) of each entry; the first is the header."""
    csv.field_size_limit(LARGEST_CELL)
    with _open(path) as source:
        lines = _Lines(source)
        first = _header(lines)
        reader = csv.reader(_chained(iter([first]), lines), delimiter=_delimiter(first), strict=True)
        while True:
            start = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise _refused(start, _wrong(error)) from None
            if cells:
                yield start, cells


def entries_by_line(path: Path, tell: Tell) -> Iterator[tuple[int, list[str]]]:
    """The same of a file whose cells hold no line breaks: each line is read by itself, so what makes one unreadable
    (a stray quotation mark, letters that are no UTF-8) is told of that one, and the others are read."""
    csv.field_size_limit(LARGEST_CELL)
    with _open(path) as source:
        lines = _Lines(source, tell)
        first = _header(lines)
        delimiter = _delimiter(first)
        for line in _chained(iter([first]), lines):
            try:
                cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
            except csv.Error as error:
                if line is first:
                    raise _refused(1, _wrong(error)) from None
                tell(lines.number, _wrong(error))
                continue
            if cells:
                yield lines.number, cells


def _header(lines: Iterator[str]) -> str:
    first = next(lines, None)
    if first is None or not first.strip():
        raise _refused(1, _("the file is empty; its first line names the columns"))
    return first


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _wrong(error: csv.Error) -> object:
    if "field larger" in str(error):
        return _("holds a cell that is far too long")
    return _("a stray quotation mark: the cell that it begins does not end. Take it out, or write it twice")


def _chained(first: Iterator[str], rest: Iterator[str]) -> Iterator[str]:
    yield from first
    yield from rest


def places_of(
    line: int, header: Sequence[str], needed: Collection[str], columns: Sequence[str]
) -> tuple[list[int], int]:
    """Where each of `columns` stands in a header (-1: nowhere), and how wide it is. `StaffListRefused` where one that
    is needed does not, or one stands there twice."""
    names = [" ".join(cell.split()).casefold() for cell in header]
    missing = [name for name in needed if name not in names]
    if missing:
        there = ", ".join(name or "?" for name in names)[:300]
        told = _("no column %(names)s; the columns are: %(there)s", names=", ".join(missing), there=there)
        raise _refused(line, told)
    twice = sorted({name for name in names if name in columns and names.count(name) > 1})
    if twice:
        raise _refused(line, _("the column %(names)s stands there twice", names=", ".join(twice)))
    return [names.index(name) if name in names else -1 for name in columns], len(names)


class _Reader:
    """One pass over the rows of a file."""

    def __init__(self, path: Path, people: Mapping[str, int], problems: Problems) -> None:
        self._entries = entries(path)
        self._people, self._problems = people, problems
        self._latest = clock.now() + timedelta(days=1)  # dates have no zone
        self._places, self._width = places_of(*next(self._entries), NEEDED, COLUMNS)

    def rows(self) -> Iterator[Row]:
        """Every row that is right; what is wrong with the others is told to `problems`."""
        for line, cells in self._entries:
            if len(cells) != self._width:
                if any(cell.strip() for cell in cells):
                    told = _("%(num)s cells, but the header has %(width)s columns", num=len(cells), width=self._width)
                    self._problems.add(line, told)
                continue
            row = self._row(line, [cells[place] if place >= 0 else "" for place in self._places])
            if row is not None:
                yield row

    def _row(self, line: int, cells: Sequence[str]) -> Row | None:
        item, person, role, title, text, at, url = cells
        item, person, title, url = item.strip(), person.strip(), " ".join(title.split()), url.strip()
        role = role.strip().casefold()
        say, before = self._problems.add, self._problems.count
        told_of = f"{item}{person}{title}{url}"
        if len(told_of) > min(MOST.values()) or _BAD.search(told_of):  # seldom, and then which of them is it?
            for name, value in (("item", item), ("person", person), ("title", title), ("url", url)):
                if len(value) > MOST[name]:
                    told = _("%(num)s characters, and at most %(most)s fit", num=len(value), most=MOST[name])
                    say(line, told, name)
                elif _BAD.search(value):
                    say(line, _("a control character, which nobody can see; type it anew"), name)
        if not item:
            say(line, _("no item; anything that tells it from others will do"), "item")
        person_id = self._people.get(person) or self._people.get(fold(person)) if person else None
        if not person:
            say(line, _("no person"), "person")
        elif person_id is None:
            told = _("nobody here is %(person)s; name people by id, mail address or login name", person=person[:80])
            say(line, told, "person")
        if role not in ROLES:
            say(
                line,
                _("%(role)s is neither author nor reviewer", role=role[:40] or "-"),
                "role",
            )
        moment = read_moment(at.strip())
        if moment is None:
            told = _(
                "%(text)s is no day that we can be sure of; write it like 2030-12-31", text=at.strip()[:40] or "-"
            )
            say(line, told, "at")
        elif moment > self._latest:
            say(line, _("%(text)s lies in the future", text=at.strip()[:40]), "at")
        if url and not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
            say(line, _("a link starts with https://"), "url")
        if person_id is None or moment is None or self._problems.count > before:
            return None
        return Row(line, item, person_id, role, title, text.replace("\x00", " "), moment, url)


@lru_cache(20_000)
def read_moment(text: str) -> datetime | None:
    """A day or a moment as ISO 8601 writes it; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if found > _LONG_AGO else None
    except (ValueError, OverflowError):  # the last hours of the year 9999 may have no UTC
        return None


def people_by_name() -> dict[str, int]:
    """Everybody by id of the staff list, and by address and login name (folded). Who is part of another entry leads
    to that one."""
    rows = db.session.execute(
        sa.select(Person.id, Person.external_id, Person.email_key, Person.login_key, Person.merged_into_id).where(
            Person.erased_at.is_(None)
        )
    ).tuples()
    found: dict[str, int] = {}
    external: dict[str, int] = {}
    for person_id, staff_id, email_key, login_key, merged_into in rows:
        whom = merged_into or person_id
        for key in (login_key, email_key):
            if key and (merged_into is None or key not in found):
                found[key] = whom
        if staff_id and (merged_into is None or staff_id not in external):
            external[staff_id] = whom
    return found | external


def check(path: Path) -> Evidence:
    """Look at the whole file. `StaffListRefused` names every problem (the first 50)."""
    problems = Problems()
    people = people_by_name()
    seen: dict[str, _Seen] = {}
    for row in _Reader(path, people, problems).rows():
        one = seen.get(row.item)
        if one is None:
            one = seen[sys.intern(row.item)] = _Seen(line=row.line)
        one.rows += 1
        for name, value in (("title", row.title), ("text", row.text)):
            if value:
                mark = hash(value)
                if getattr(one, name) not in (0, mark):
                    told = _("another one than this item has in an earlier line (from line %(line)s)", line=one.line)
                    problems.add(row.line, told, name)
                setattr(one, name, mark)
    for one in seen.values():
        if not one.title:
            problems.add(one.line, _("no row of this item has a title"), "title")
    problems.refuse_if_any()
    return Evidence(path, {key: one.rows for key, one in seen.items()}, people)


def _items(evidence: Evidence) -> Iterator[Item]:
    """Each item once all its rows have come."""
    problems = Problems()
    left = dict(evidence.rows_of)
    open_items: dict[str, Item] = {}
    for row in _Reader(evidence.path, evidence.people, problems).rows():
        item = open_items.get(row.item)
        if item is None:
            item = open_items[row.item] = Item(row.item)
        item.take(row)
        left[row.item] = left.get(row.item, 0) - 1
        if left[row.item] <= 0:
            yield open_items.pop(row.item)


def _oldest_first(items: Iterable[Item]) -> Iterator[Item]:
    """The same, by age, whatever the order of the file. What does not fit into memory waits in files that nobody else
    can open."""
    with contextlib.ExitStack() as files:
        waiting: list[Iterator[Item]] = []
        window: list[Item] = []
        letters = 0
        for item in items:
            window.append(item)
            letters += len(item.text)
            if len(window) >= WINDOW or letters >= WINDOW_LETTERS:
                file = files.enter_context(tempfile.TemporaryFile())
                waiting.append(_put_aside(sorted(window, key=_age), file))
                window, letters = [], 0
        window.sort(key=_age)
        yield from heapq.merge(*waiting, window, key=_age) if waiting else window


def _put_aside(window: Sequence[Item], file: IO[bytes]) -> Iterator[Item]:
    for start in range(0, len(window), BATCH):
        pickle.dump(window[start : start + BATCH], file, pickle.HIGHEST_PROTOCOL)
    file.seek(0)
    return _taken_up(file)


def _taken_up(file: IO[bytes]) -> Iterator[Item]:
    with contextlib.suppress(EOFError):
        while True:
            yield from pickle.load(file)  # noqa: S301 - written a moment ago, by us, into a file without a name


# ---- the switch ----------------------------------------------------------------------------------------------


def let_work_show(*, shows: bool) -> None:
    """Work from elsewhere shows what people know, or no longer. Where its two weeks did not end while it showed, they
    begin anew: nobody could look at it before."""
    if bool(settings.get(WORK_SHOWN, False)) == shows:
        return
    if shows:
        work = sa.select(SearchItem.id).where(SearchItem.id == SearchLink.item_id, SearchItem.kind == "work")
        unseen = sa.update(SearchLink).where(
            SearchLink.shown_from > datetime.fromisoformat(settings.get(_OFF_SINCE, _EVER)), work.exists()
        )
        begin = unseen.values(shown_from=clock.now() + PREVIEW).execution_options(synchronize_session=False)
        db.session.execute(begin)
    else:
        settings.put(_OFF_SINCE, clock.now().isoformat())
    settings.put(WORK_SHOWN, shows)


# ---- writing -------------------------------------------------------------------------------------------------


def write(evidence: Evidence, *, tell: Callable[[int], None] = lambda _done: None) -> Imported:
    """Write what was checked, in batches, each in a unit of work of its own; the same file again changes nothing."""
    added = changed = same = 0
    known: set[str] = set()
    batches = _batches(evidence)
    if db.engine.dialect.name == "postgresql":  # another process writes: meanwhile this one reads on
        batches = _one_ahead(batches)
    with _collecting_seldom():
        for batch in batches:
            more = unit_of_work(partial(_write, batch, known))
            added, changed, same = added + more.added, changed + more.changed, same + more.same
            tell(len(batch))
        if added or changed:
            unit_of_work(services.recount)
    return Imported(added, changed, same)


@contextlib.contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What waits to be written is no garbage: looking through it again and again takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _batches(evidence: Evidence) -> Iterator[list[Item]]:
    """Items ready to be written. The older one the lower its id: the engines look at the newest first."""
    items = _oldest_first(_items(evidence))
    while batch := list(islice(items, BATCH)):
        for item in batch:
            _ready = item.digest, item.bag
        yield batch


def _one_ahead(batches: Iterator[list[Item]]) -> Iterator[list[Item]]:
    """The same; while one is written a thread sees to the next."""

    def one_more() -> list[Item]:
        return next(batches, [])

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(copy_context().run, one_more)
        while batch := coming.result():
            coming = pool.submit(copy_context().run, one_more)
            yield batch


def _write(batch: Sequence[Item], known: set[str]) -> Imported:
    alone("evidence import")
    keys = [item.key for item in batch]
    rows = db.session.execute(
        sa.select(SearchItem.source_key, SearchItem.digest, SearchItem.id, SearchItem.words).where(
            SearchItem.source_key.in_(keys)
        )
    )
    there = {key: (digest, item_id, bag) for key, digest, item_id, bag in rows.tuples()}
    fresh = [item for item in batch if there.get(item.key, ("",))[0] != item.digest]
    if not fresh:
        return Imported(0, 0, len(batch))
    before = {item.key: there[item.key] for item in fresh if item.key in there}
    kept_links = _take_out([(item_id, bag) for _digest, item_id, bag in before.values()])
    made = [_row(item) for item in fresh]
    ids = services.write_items(made, known)
    shown_from = clock.now() + PREVIEW
    links = []
    for item, item_id in zip(fresh, ids, strict=True):
        old_id = before[item.key][1] if item.key in before else 0
        for person_id, role in sorted(item.people.items()):
            hidden, since = kept_links.get((old_id, person_id), (False, shown_from))
            links.append(
                {"item_id": item_id, "person_id": person_id, "role": role, "hidden": hidden, "shown_from": since}
            )
    insert_many(SearchLink, links)
    return Imported(len(fresh) - len(before), len(before), len(batch) - len(fresh))


def _row(item: Item) -> dict[str, object]:
    return {
        "kind": "work", "subject_id": None, "audience_id": EVERYONE, "source_key": item.key, "digest": item.digest,
        "title": item.title, "url": item.url or None, "at": item.at, "day": day_of(item.at),
        "size": item.bag.count(" ") + 1, "words": item.bag,
    }  # fmt: skip


def _take_out(kept: Sequence[tuple[int, str]]) -> dict[tuple[int, int], tuple[bool, datetime | None]]:
    """Away with items that changed; what their people chose and since when they show is remembered."""
    if not kept:
        return {}
    ids = [item_id for item_id, _bag in kept]
    links = db.session.execute(
        sa.select(SearchLink.item_id, SearchLink.person_id, SearchLink.hidden, SearchLink.shown_from).where(
            SearchLink.item_id.in_(ids)
        )
    )
    found = {(item_id, person_id): (hidden, since) for item_id, person_id, hidden, since in links.tuples()}
    engine().take(kept)
    services.forget_items(ids)
    return found
