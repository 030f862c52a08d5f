"""A staff list as a CSV file: its columns, whatever they are called, and its lines. Pure functions.

Everything is checked before anybody writes anything, and each problem says its line, its column and what to do.
Lines are counted as an editor does: the header is line 1, and line ends within quotes count.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from portal.core.clock import available_zones
from portal.core.i18n import lazy as _

from .names import fold, is_email, is_visible

MAX_PROBLEMS = 50
MAX_BYTES = 20 * 1024 * 1024  # of the file
LARGEST_CELL = 128 * 1024  # characters
MAX_TEXT = 64 * 1024 * 1024  # of what was packed in it
MAX_COLUMNS = 200
_MAX_SPAN = 12  # lines of one entry: with more, a quotation mark was left open

# What a column can hold, in the order of pages and of the export.
FIELDS: dict[str, Any] = {
    "id": _("id in the staff list"),
    "name": _("name"),
    "given_name": _("given name"),
    "family_name": _("family name"),
    "preferred_name": _("preferred name"),
    "email": _("mail address"),
    "login": _("name to sign in with"),
    "title": _("title"),
    "department": _("department"),
    "place": _("place"),
    "time_zone": _("time zone"),
    "manager": _("manager"),
    "starts_on": _("start date"),
    "ends_on": _("end date"),
    "kind": _("kind"),
}
MOST = {
    "id": 100, "name": 120, "given_name": 60, "family_name": 60, "preferred_name": 60, "email": 254, "login": 100,
    "title": 120, "department": 120, "place": 120, "time_zone": 60, "manager": 254,
}  # fmt: skip
# What others call these columns, in English and German; compared without case, accents, spaces and signs.
_SYNONYMS = {
    "id": "id employeeid employeenumber employeeno personid personnelnumber personnelno staffid staffnumber hrid "
    "externalid workerid badgenumber personalnummer personalnr mitarbeiternummer mitarbeiternr mitarbeiterid "
    "persnr pernr stammnummer",
    "name": "name fullname displayname employeename legalname vollername vollstandigername anzeigename "
    "nameganz namevollstandig mitarbeiter mitarbeitername",
    "given_name": "givenname firstname forename vorname rufname1 first given",
    "family_name": "familyname lastname surname nachname familienname zuname last sn",
    "preferred_name": "preferredname preferred nickname knownas calledname goesby callname rufname spitzname "
    "bevorzugtername",
    "email": "email emailaddress mail mailaddress workemail businessemail primaryemail emailwork companyemail "
    "emailadresse mailadresse epost geschaftlicheemail dienstlicheemail",
    "login": "login loginname username userid user samaccountname account benutzername benutzer benutzerkennung "
    "anmeldename kennung nutzername",
    "title": "title jobtitle position role job function businesstitle stelle stellenbezeichnung funktion "
    "berufsbezeichnung rolle positionsbezeichnung",
    "department": "department dept departmentname team unit orgunit organizationalunit organisationalunit division "
    "costcentername abteilung bereich fachbereich organisationseinheit orgeinheit",
    "place": "place location office site officelocation worklocation city standort ort buro dienstort arbeitsort "
    "niederlassung stadt",
    "time_zone": "timezone tz zone zeitzone",
    "manager": "manager managerid manageremail manageremailaddress supervisor supervisorid supervisoremail reportsto "
    "linemanager boss lead vorgesetzter vorgesetzte fuhrungskraft vorgesetzterid vorgesetzteremail "
    "fuhrungskraftid fuhrungskraftemail",
    "starts_on": "startson startdate start hiredate dateofhire joined joindate joiningdate employedsince "
    "firstday eintritt eintrittsdatum beginn startdatum einstellungsdatum seit",
    "ends_on": "endson enddate end lastday leavingdate terminationdate contractend leaves austritt austrittsdatum "
    "ende enddatum vertragsende letztertag",
    "kind": "kind type employeetype employmenttype workertype persontype art mitarbeiterart beschaftigungsart typ",
}
_GUESSES = {word: field for field, words in _SYNONYMS.items() for word in words.split()}
_MEMBERS = (
    "member employee staff internal intern permanent regular mitarbeiter mitarbeiterin mitarbeitende festangestellt "
    "angestellt angestellte werkstudent trainee apprentice azubi auszubildende"
)
_GUESTS = (
    "guest contractor external extern externe freelancer freelance consultant temp gast freiberufler leiharbeiter "
    "dienstleister"
)
# Marks that turn the direction of a text, so that it looks like another one. (The plain marks of right-to-left
# scripts may stand.)
_BIDI = "\u202a-\u202e\u2066-\u2069"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
_BAD = re.compile(f"[{_CONTROL}{_BIDI}]")
_FORMULA, _ESCAPED = re.compile(r"[=+\-@]"), re.compile(r"'[=+\-@']")
_IS_BIDI = re.compile(f"[{_BIDI}]")


@dataclass(frozen=True)
class Problem:
    """Something to mend: where it stands, and what to do. `words` become text when they are shown."""

    line: int
    words: Any
    column: str = ""

    def said(self) -> Any:
        """With its place."""
        if self.column:
            return _(
                "line %(line)s, column %(column)s: %(words)s", line=self.line, column=self.column, words=self.words
            )
        return _("line %(line)s: %(words)s", line=self.line, words=self.words)

    def __str__(self) -> str:
        return str(self.said())


class StaffListRefused(ValueError):
    """The file cannot be taken: at most 50 problems, and how many more there are."""

    def __init__(self, problems: Sequence[Problem], more: int = 0) -> None:
        super().__init__()
        self.problems, self.more = list(problems), more

    def said(self) -> list[Any]:
        """All of it, line by line, for whoever reads it."""
        more = [_("and %(num)s more; mend these first", num=self.more)] if self.more else []
        return [*(problem.said() for problem in self.problems), *more]

    def lines(self) -> list[str]:
        """The same as text."""
        return [str(words) for words in self.said()]

    def __str__(self) -> str:
        return "; ".join(self.lines())


class Problems:
    """Gathers what is wrong: the first 50 whole, of the rest how many."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0

    def add(self, line: int, words: Any, column: str = "") -> None:
        self.count += 1
        if len(self.first) < MAX_PROBLEMS:
            self.first.append(Problem(line, words, column))

    def refuse_if_any(self) -> None:
        """Raises `StaffListRefused`, in the order of the lines."""
        if self.count:
            ordered = sorted(self.first, key=lambda problem: problem.line)
            raise StaffListRefused(ordered, self.count - len(self.first))


# ---- the file as text ----------------------------------------------------------------------------------------


def _refuse(line: int, words: Any, column: str = "") -> StaffListRefused:
    return StaffListRefused([Problem(line, words, column)])


_SAVE_AS = _(
    "In Excel: File, Save as, and as the type CSV UTF-8. In LibreOffice: Save as, Text CSV, Unicode (UTF-8)."
)


def _unpacked(data: bytes) -> bytes:
    """What is in a .gz; anything else as it is."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    unpack = zlib.decompressobj(wbits=31)
    try:
        found = unpack.decompress(data, MAX_TEXT + 1)
    except zlib.error:
        raise _refuse(1, _("the packed file is damaged; pack it again")) from None
    if len(found) > MAX_TEXT:
        raise _refuse(1, _("unpacked, the file is larger than %(num)s MB", num=MAX_TEXT // 1024 // 1024))
    if not unpack.eof:
        raise _refuse(1, _("the packed file is cut off; send it again"))
    if unpack.unused_data.strip(b"\0"):
        raise _refuse(1, _("the packed file holds more than one part; pack it again as one"))
    return found


def _text_of(data: bytes) -> str:
    data = _unpacked(data)
    if len(data) > MAX_TEXT:
        raise _refuse(1, _("the file is larger than %(num)s MB", num=MAX_TEXT // 1024 // 1024))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _refuse(1, _("this is a spreadsheet, not a CSV file. %(how)s", how=_SAVE_AS))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:200].count(b"\x00") * 3 > len(data[:200]):
        raise _refuse(1, _("the file is UTF-16, not UTF-8. %(how)s", how=_SAVE_AS))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
        raise _refuse(
            line, _("not UTF-8; most likely the letters of Windows (Latin-1). %(how)s", how=_SAVE_AS)
        ) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise _refuse(line, _("holds a NUL character; this is no text file"))
    return text


# ---- its lines -----------------------------------------------------------------------------------------------


class _RunsOn(Exception):
    """An entry takes more lines than any does."""


class _Lines:
    """The lines of a text, and those of the entry that is being read."""

    def __init__(self, text: str) -> None:
        self._lines = iter(io.StringIO(text, newline=""))
        self.entry: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if len(self.entry) >= _MAX_SPAN:
            raise _RunsOn
        self.entry.append(line)
        return line


def _entries(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """(first line, cells, how it stands in the file) of each entry that is not blank."""
    lines = _Lines(text)
    csv.field_size_limit(LARGEST_CELL)  # of the whole process: what reads longer texts sets its own
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        lines.entry = []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RunsOn) as error:
            if "field limit" in str(error) or "field larger" in str(error):
                raise _refuse(start, _("holds a cell that is far too long")) from None
            words = _("a stray quotation mark: the cell that it begins does not end. Take it out, or write it twice")
            raise _refuse(start + _left_open(lines.entry, delimiter), words) from None
        if any(cell and not cell.isspace() for cell in cells):
            yield start, cells, "".join(lines.entry)


def _left_open(entry: Sequence[str], delimiter: str) -> int:
    """In which line of the entry (from 0) the last cell in quotes begins."""
    found, quoted, at_start = 0, False, True
    for number, line in enumerate(entry):
        for i, letter in enumerate(line):
            if quoted:
                if letter == '"':
                    quoted = False
                    # Neither another mark nor an end follows: the mark that opened this cell is the stray one.
                    following = line[i + 1 : i + 2]
                    if following and following not in f'"{delimiter}\r\n':
                        return found
            elif letter == '"' and (at_start or line[i - 1 : i] == '"'):
                if at_start:
                    found = number
                quoted = True
            at_start = not quoted and letter in (delimiter, "\r", "\n")
    return found


def _key(header: str) -> str:
    return re.sub(r"[\W_]+", "", fold(header))


def field_named(text: str) -> str | None:
    """The field that is called so by us, or by anybody."""
    return text.strip() if text.strip() in FIELDS else _GUESSES.get(_key(text))


@dataclass(frozen=True)
class Sheet:
    """A file that can be read: its columns as they are called in it, and the lines behind them."""

    columns: list[str]
    header_line: int
    delimiter: str
    _text: str

    def entries(self) -> Iterator[tuple[int, list[str], str]]:
        """The lines behind the header."""
        found = _entries(self._text, self.delimiter)
        next(found)
        return found

    def guess(self) -> dict[str, int]:
        """field -> number of the column that seems to hold it."""
        keys = [_key(header) for header in self.columns]
        made: dict[str, int] = {}
        for field, words in _SYNONYMS.items():
            # The plainest word for it wins: "department" before "team".
            for word in words.split():
                if word in keys:
                    made[field] = keys.index(word)
                    break
        if "name" in made and "given_name" not in made and "family_name" in made:
            # "Name" beside "Vorname" is a surname; beside a surname alone it is the whole.
            del made["family_name"]
        if "given_name" in made and "family_name" not in made and "name" in made:
            made["family_name"] = made.pop("name")
        elif "given_name" in made and "name" in made:
            del made["given_name"], made["family_name"]
        return made

    def doubled(self) -> list[str]:
        """Headers that we know and that stand there more than once."""
        keys = [_key(header) for header in self.columns]
        return [
            header
            for n, (header, key) in enumerate(zip(self.columns, keys, strict=True))
            if key in _GUESSES and key in keys[:n]
        ]

    def samples(self, most: int = 3) -> list[list[str]]:
        """The first values of each column, for choosing what it holds."""
        made: list[list[str]] = [[] for _column in self.columns]
        for _line, cells, _raw in self.entries():
            for some, cell in zip(made, cells, strict=False):
                words = " ".join(cell.split())
                if words and len(some) < most and words not in some:
                    some.append(words[:60])
            if all(len(some) >= most for some in made):
                break
            if _line > self.header_line + 200:
                break
        return made


def open_sheet(data: bytes) -> Sheet:
    """Read the header of a file. `StaffListRefused` says why it cannot be read."""
    text = _text_of(data)
    first = re.match(r"sep=([,;\t])\r?\n", text)  # Excel's own word for it
    if first:
        text = "\n" + text[first.end() :]
    best: tuple[tuple[int, int], Sheet] | None = None
    trouble: StaffListRefused | None = None
    for delimiter in [first[1]] if first else [",", ";", "\t"]:
        try:
            line, cells, _raw = next(_entries(text, delimiter))
        except StopIteration:
            raise _refuse(1, _("the file is empty; its first line names the columns")) from None
        except StaffListRefused as refused:
            trouble = trouble or refused
            continue
        columns = [" ".join(cell.split()) for cell in cells]
        score = (sum(_key(column) in _GUESSES for column in columns), len(columns))
        if best is None or score > best[0]:
            best = (score, Sheet(columns, line, delimiter, text))
    if best is None:
        raise trouble or _refuse(1, _("the first line cannot be read"))
    sheet = best[1]
    if len(sheet.columns) > MAX_COLUMNS:
        raise _refuse(sheet.header_line, _("more than %(num)s columns", num=MAX_COLUMNS))
    return sheet


# ---- what the lines say --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StaffLine:
    """One person in the file; None for what is empty or no column. `number` is the line where it starts."""

    number: int
    name: str
    external_id: str | None = None
    email: str | None = None
    email_key: str | None = None
    login: str | None = None
    login_key: str | None = None
    preferred_name: str | None = None
    title: str | None = None
    department: str | None = None
    place: str | None = None
    time_zone: str | None = None
    manager: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    kind: str | None = None


@dataclass(frozen=True)
class StaffList:
    """A checked list. fields: what its columns hold; columns: what the file calls them; passed_over: columns that
    hold nothing for us."""

    lines: Sequence[StaffLine]
    fields: frozenset[str]
    columns: Mapping[str, str]
    passed_over: Sequence[str] = ()

    def column(self, field: str) -> str:
        """What the file calls it."""
        return self.columns.get(field, "")


def check_mapping(sheet: Sheet, mapping: Mapping[str, int]) -> Any | None:
    """Is there enough to know people by? Words when not."""
    if "name" not in mapping and not {"given_name", "family_name"} <= set(mapping):
        return _("no column holds the name (or given name and family name)")
    if not {"id", "email", "login"} & set(mapping):
        return _("no column holds an id, a mail address or a name to sign in with")
    return None


def read_staff_list(data: bytes, mapping: Mapping[str, int] | None = None) -> StaffList:
    """Check the whole file, with the columns as guessed unless `mapping` says what they hold."""
    return read_sheet(open_sheet(data), mapping)


def read_sheet(sheet: Sheet, mapping: Mapping[str, int] | None = None) -> StaffList:
    """Check everything, then answer with all lines. `StaffListRefused` names every problem."""
    if mapping is None:
        twice = sheet.doubled()
        if twice:
            raise _refuse(sheet.header_line, _("the column %(names)s stands there twice", names=", ".join(twice)))
        mapping = sheet.guess()
    wrong = check_mapping(sheet, mapping)
    if wrong:
        there = ", ".join(column or "?" for column in sheet.columns)[:300]
        raise _refuse(sheet.header_line, _("%(wrong)s; the columns are: %(there)s", wrong=wrong, there=there))
    used = set(mapping.values())
    return StaffList(
        lines=_Reader(sheet, mapping).read(),
        fields=frozenset(mapping) - {"given_name", "family_name"} | {"name"},
        columns={field: sheet.columns[number] for field, number in mapping.items()},
        passed_over=[name for number, name in enumerate(sheet.columns) if number not in used and name],
    )


class _Reader:
    """One pass over the lines."""

    def __init__(self, sheet: Sheet, mapping: Mapping[str, int]) -> None:
        self.sheet = sheet
        self.places = sorted(mapping.items(), key=lambda one: one[1])
        self.problems = Problems()
        self.ids: dict[str, int] = {}
        self.keys: dict[str, int] = {}  # addresses and names to sign in with share one room
        self.shared: dict[str, str] = {}  # departments and the like, kept once

    def read(self) -> list[StaffLine]:
        lines: list[StaffLine] = []
        width = len(self.sheet.columns)
        for number, cells, raw in self.sheet.entries():
            if len(cells) != width:
                self._width(number, cells, raw, width)
                continue
            before = self.problems.count
            line = self._line(number, self._cells(number, cells, raw))
            if line is not None and self.problems.count == before:
                lines.append(line)
        self.problems.refuse_if_any()
        return lines

    def _width(self, number: int, cells: list[str], raw: str, width: int) -> None:
        spans = raw.rstrip("\r\n").count("\n") > 0
        words = _("%(num)s cells, but the header has %(width)s columns", num=len(cells), width=width)
        if spans or '"' in raw:
            words = _("%(words)s; look for a stray quotation mark", words=words)
        elif len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            words = _("%(words)s; take the last separators out", words=words)
        elif len(cells) > width:
            words = _("%(words)s; put a cell that holds the separator into quotes", words=words)
        self.problems.add(number, words)

    def _cells(self, number: int, cells: list[str], raw: str) -> dict[str, str]:
        suspicious = _BAD.search(raw) is not None
        found: dict[str, str] = {}
        for field, place in self.places:
            cell = cells[place]
            if not cell:
                continue
            if suspicious and _BAD.search(cell):
                self._bad(number, field, cell)
                continue
            text = " ".join(cell.split())
            if text[:1] == "'" and _ESCAPED.match(text):
                text = text[1:]
            if '"' in cell and cell.count('"') % 2 and cell.replace('"', '""') not in raw:
                self.problems.add(
                    number,
                    _("a stray quotation mark; take it out, or put the whole cell into quotes"),
                    self._column(field),
                )
                continue
            if len(text) > MOST.get(field, 60):
                words = _("%(num)s characters, and at most %(most)s fit", num=len(text), most=MOST.get(field, 60))
                self.problems.add(number, words, self._column(field))
                continue
            if text:
                found[field] = text
        return found

    def _bad(self, number: int, field: str, cell: str) -> None:
        if _IS_BIDI.search(cell):
            words = _("an invisible mark that turns the direction of the text; type it anew")
        else:
            words = _("a control character, which nobody can see; type it anew")
        self.problems.add(number, words, self._column(field))

    def _column(self, field: str) -> str:
        return next((self.sheet.columns[place] for one, place in self.places if one == field), field)

    def _line(self, number: int, cells: dict[str, str]) -> StaffLine | None:
        say = self.problems.add
        before = self.problems.count
        name = cells.get("name") or " ".join(
            part for part in (cells.get("given_name"), cells.get("family_name")) if part
        )
        held = "name" if any(field == "name" for field, _place in self.places) else "given_name"
        if not name:
            if before == self.problems.count and not self._was_said(number):
                say(number, _("no name; one word is enough"), self._column(held))
            return None
        if not is_visible(name):
            say(number, _("nothing in this name can be seen"), self._column(held))
        external_id, email, login = cells.get("id"), cells.get("email"), cells.get("login")
        email_key = fold(email) if email else None
        login_key = fold(login) if login else None
        if email and not is_email(email):
            say(number, _("this is no mail address; write it like name@example.org"), self._column("email"))
        if login and (" " in login or not is_visible(login)):
            say(number, _("a name to sign in with has no spaces"), self._column("login"))
        if not (external_id or email or login) and not self._was_said(number):
            say(number, _("neither id nor mail address nor name to sign in with; give one of them"))
        if external_id:
            self._once(number, self.ids, external_id, "id")
        if email_key:
            self._once(number, self.keys, email_key, "email")
        if login_key and login_key != email_key:
            self._once(number, self.keys, login_key, "login")
        starts_on, ends_on = self._day(number, cells, "starts_on"), self._day(number, cells, "ends_on")
        if ends_on == date.max:  # how some systems say "never"
            ends_on = None
        if starts_on and ends_on and ends_on < starts_on:
            say(number, _("this day lies before the start date"), self._column("ends_on"))
        return StaffLine(
            number=number,
            name=name,
            external_id=external_id,
            email=email,
            email_key=email_key,
            login=login,
            login_key=login_key,
            preferred_name=cells.get("preferred_name"),
            title=self._kept_once(cells.get("title")),
            department=self._kept_once(cells.get("department")),
            place=self._kept_once(cells.get("place")),
            time_zone=self._zone(number, cells.get("time_zone")),
            manager=self._kept_once(cells.get("manager")),
            starts_on=starts_on,
            ends_on=ends_on,
            kind=self._kind(number, cells.get("kind")),
        )

    def _was_said(self, number: int) -> bool:
        return any(problem.line == number for problem in self.problems.first[-20:])

    def _kept_once(self, text: str | None) -> str | None:
        return self.shared.setdefault(text, text) if text else None

    def _once(self, number: int, seen: dict[str, int], key: str, field: str) -> None:
        first = seen.setdefault(key, number)
        if first != number:
            words = _("the same as in line %(line)s; each person stands there once", line=first)
            self.problems.add(number, words, self._column(field))

    def _day(self, number: int, cells: dict[str, str], field: str) -> date | None:
        text = cells.get(field)
        if not text:
            return None
        found = read_day(text)
        if found is None:
            words = _("%(text)s is no day that we can be sure of; write it like 2030-12-31 or 31.12.2030", text=text)
            self.problems.add(number, words, self._column(field))
        return found

    def _zone(self, number: int, text: str | None) -> str | None:
        if not text:
            return None
        found, near = read_zone(text)
        if found is None:
            if near:
                words = _("we do not know the time zone %(text)s; did you mean %(near)s?", text=text, near=near)
            else:
                words = _("we do not know the time zone %(text)s; write it like Europe/Berlin", text=text)
            self.problems.add(number, words, self._column("time_zone"))
        return found

    def _kind(self, number: int, text: str | None) -> str | None:
        if not text:
            return None
        key = _key(text)
        if key in _MEMBERS.split():
            return "member"
        if key in _GUESTS.split():
            return "guest"
        words = _("%(text)s is neither member nor guest; write one of the two", text=text)
        self.problems.add(number, words, self._column("kind"))
        return None


_ISO = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ]0?0:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)


@lru_cache(10_000)
def read_day(text: str) -> date | None:
    """A day that can be read in one way alone."""
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text)
    if iso:
        year, month, day = int(iso[1]), int(iso[3]), int(iso[4])
    elif dotted:
        year, month, day = int(dotted[3]), int(dotted[2]), int(dotted[1])
    else:
        return None
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


@cache
def _zones_by_key() -> dict[str, str]:
    return {zone.casefold(): zone for zone in sorted(available_zones())}


@lru_cache(10_000)
def read_zone(text: str) -> tuple[str | None, str | None]:
    """(the IANA zone, or None; then the nearest that there is)."""
    key = text.replace(" ", "_").casefold()
    zones = _zones_by_key()
    if key in zones:
        return zones[key], None
    by_city = [zone for folded, zone in zones.items() if folded.rpartition("/")[2] == key and "/" in folded]
    near = by_city or [zones[one] for one in difflib.get_close_matches(key, zones, n=1, cutoff=0.6)]
    return None, near[0] if near else None


# ---- out again -----------------------------------------------------------------------------------------------


def safe_cell(cell: str) -> str:
    """As a spreadsheet may read it: it would carry out what begins like a formula. `read_staff_list` takes the
    apostrophe away again."""
    return f"'{cell}" if _FORMULA.match(cell) or _ESCAPED.match(cell) else cell
