"""A staff list into an empty installation, in a process of its own: one line of JSON with what it took.

`python -m tests.bench.imports ROWS`: {"seconds", "again", "dry_run", "longest", "longest_again", "megabytes"}.
The time is from the bytes of the file to the last commit; `dry_run` is 500 lines beside all of them; `longest` is the
longest unit of work, which is how long another writer may have to wait.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from flask import Flask

from portal.app import create_app
from portal.core.schema import upgrade
from portal.people import importing
from portal.people.staff_list import read_staff_list
from portal.people.staff_plan import plan_of

GIVEN = ["Anna", "Jörg", "Søren", "Maria", "Olga", "Łukasz", "Ben", "Chi", "Dmitri", "Esi", "Farah", "Gita"]
FAMILY = (
    "Meyer",
    "Köln",
    "Okoye",
    "Nowak",
    "Iversen",
    "García",
    "O'Hara",
    "Żak",
    *(f"Family {n}" for n in range(300)),
)
HEADER = "Employee ID,Name,E-Mail,Job title,Department,Location,Time zone,Manager,Start date,Kind"


def staff(rows: int) -> bytes:
    """A list with all that organizations have, managers above managers; the same each time."""
    lines = [HEADER]
    for n in range(rows):
        name = f"{GIVEN[n * 7 % len(GIVEN)]} {FAMILY[n * 13 % len(FAMILY)]}"
        boss = f"P{n // 10}" if n else ""
        lines.append(
            f"P{n},{name},p{n}@big.example,Engineer {n % 30},Department {n % 120},Place {n % 25},Europe/Berlin,"
            f"{boss},20{10 + n % 15}-0{1 + n % 9}-1{n % 9},member"
        )
    return "\n".join(lines).encode()


class Watch:
    """The longest unit of work so far."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._work = importing.unit_of_work

    def unit_of_work(self, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        try:
            return self._work(work)
        finally:
            self.longest = max(self.longest, time.perf_counter() - started)


def timed(app: Flask, work: Callable[[], Any]) -> float:
    with app.app_context():
        started = time.perf_counter()
        work()
        return time.perf_counter() - started


def main() -> None:
    rows = int(sys.argv[1])
    app = create_app()
    with app.app_context():
        upgrade()
    data, few = staff(rows), staff(500)
    found: dict[str, float] = {}
    for what, longest in ("seconds", "longest"), ("again", "longest_again"):
        watch = Watch()
        importing.unit_of_work = watch.unit_of_work
        found[what] = timed(app, lambda: importing.import_people(read_staff_list(data)))
        found[longest] = watch.longest
        importing.unit_of_work = watch._work
    found["dry_run"] = timed(app, lambda: plan_of(read_staff_list(few), is_full=True))
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
