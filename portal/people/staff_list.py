"""A staff list as a CSV file: read and checked as a whole before anything is written. Pure functions."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .names import fold, is_email, is_visible

NEEDED = ("id", "name", "email")
KNOWN = (*NEEDED, "department")
MAX_FIELD = {"id": 100, "name": 120, "email": 254, "department": 120}
MAX_PROBLEMS = 50


@dataclass(frozen=True)
class StaffLine:
    """One person in the file. `number` is the line where it starts, as an editor counts (the header is 1)."""

    number: int
    external_id: str
    name: str
    email: str
    department: str | None


class StaffListRefused(ValueError):
    """The file cannot be taken; `problems` are plain sentences, each with its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read_staff_list(data: bytes) -> list[StaffLine]:
    """Check everything, then answer with all lines. `StaffListRefused` names every problem (at most 50)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise StaffListRefused([f"line {number}: not UTF-8 text; save the file as UTF-8"]) from None
    if "\x00" in text:
        number = text[: text.index("\x00")].count("\n") + 1
        raise StaffListRefused([f"line {number}: holds a NUL character; this is not a text file"])
    records = _records(text)
    try:
        first, header = next(records)
    except StopIteration:
        raise StaffListRefused(["line 1: the file is empty; the first line names the columns"]) from None
    columns = [name.strip().casefold() for name in header]
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        raise StaffListRefused([f"line {first}: no column {', '.join(missing)}; the columns are {', '.join(KNOWN)}"])
    twice = sorted({name for name in columns if name in KNOWN and columns.count(name) > 1})
    if twice:
        raise StaffListRefused([f"line {first}: the column {', '.join(twice)} stands there twice"])
    return _checked(records, columns)


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of each record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        start = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise StaffListRefused([f"line {start}: {error}; look for a stray quotation mark"]) from None
        if any(field.strip() for field in fields):
            yield start, fields


def _checked(records: Iterator[tuple[int, list[str]]], columns: list[str]) -> list[StaffLine]:
    lines: list[StaffLine] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    for number, fields in records:
        if len(problems) >= MAX_PROBLEMS:
            problems.append("and more; mend these first")
            break
        if len(fields) != len(columns):
            problems.append(f"line {number}: {len(fields)} fields, but the header has {len(columns)}")
            continue
        row = {c: " ".join(f.split()) for c, f in zip(columns, fields, strict=True) if c in KNOWN}
        wrong = [f"no {c}" for c in NEEDED if not row[c]]
        wrong += [f"{c} is longer than {MAX_FIELD[c]} characters" for c, v in row.items() if len(v) > MAX_FIELD[c]]
        if row["name"] and not is_visible(row["name"]):
            wrong.append("nothing in the name can be seen")
        if any(unicodedata.category(c) == "Cc" for value in row.values() for c in value):
            wrong.append("a control character; take it out")
        if row["email"] and not wrong and not is_email(row["email"]):
            wrong.append("the email is not an address")
        for column, key in (("id", row["id"]), ("email", fold(row["email"]))):
            if not key:
                continue
            if (column, key) in seen:
                wrong.append(f"the same {column} as line {seen[column, key]}")
            else:
                seen[column, key] = number
        if wrong:
            problems.append(f"line {number}: {', '.join(wrong)}")
            continue
        lines.append(StaffLine(number, row["id"], row["name"], row["email"], row.get("department") or None))
    if problems:
        raise StaffListRefused(problems)
    return lines
