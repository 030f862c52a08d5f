"""Contacts of many into a fresh installation, and everybody's suggestions made anew, in a process of its own.

`python -m tests.bench.meeting PEOPLE CONTACTS`: one line of JSON with {"import_seconds", "import_cpu", "contacts",
"refresh_seconds", "refresh_cpu", "without", "megabytes"}: `without` says how many people got no suggestion,
`megabytes` the most that the process held.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import sys
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from portal.app import create_app
from portal.core import clock
from portal.core.db import db, insert_many, unit_of_work
from portal.core.schema import upgrade
from portal.meet import services
from portal.meet.models import Suggestion
from portal.people.models import Department, Person
from portal.ties import importing
from portal.ties.models import ImportedContact
from portal.ties.services import let_contacts_order

DEPARTMENTS = 60
TIES = 7  # that each begins
MOST = 60  # contacts of two


def write_people(many: int) -> None:
    now = clock.now()
    names = [f"Department {number}" for number in range(DEPARTMENTS)]
    rows = [{"id": place, "name": name, "key": name} for place, name in enumerate(names, start=1)]
    unit_of_work(lambda: insert_many(Department, rows))
    blank = {"kind": "member", "languages": [], "working_days": [], "links": [], "cutout": False, "shown": {},
             "locked": [], "version": 0, "created_at": now}  # fmt: skip
    for start in range(1, many + 1, 5_000):
        people = [
            {"id": n, "name": f"Person {n}", "handle": f"person-{n}", "external_id": f"B{n}",
             "department_id": 1 + n * DEPARTMENTS // (many + 1), **blank}
            for n in range(start, min(start + 5_000, many + 1))
        ]  # fmt: skip
        unit_of_work(lambda people=people: insert_many(Person, people))


def write_contacts(path: Path, people: int, contacts: int) -> None:
    """Most ties are close by, some anywhere, and a few people know very many; the same file each time."""
    draw, start = random.Random(1), clock.now() - timedelta(days=390)
    pairs = []
    for one in range(1, people + 1):
        for _ in range(TIES):
            kind = draw.random()
            if kind < 0.6:
                other = one + draw.randint(1, 40)
            else:
                other = draw.randint(1, people) if kind < 0.9 else int(people * draw.random() ** 4) + 1
            if 1 <= other <= people and other != one:
                pairs.append((one, other))
    heavy = [min(int(draw.paretovariate(1.1)), MOST) for _ in pairs]
    scale = contacts / sum(heavy)
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.write("a,b,at,medium\n")
        for (one, other), weight in zip(pairs, heavy, strict=True):
            for _ in range(max(1, int(weight * scale + draw.random()))):
                at = start + timedelta(seconds=draw.randrange(389 * 86_400))
                out.write(f"B{one},B{other},{at.isoformat()},email\n")


def main() -> None:
    people, contacts = int(sys.argv[1]), int(sys.argv[2])
    app = create_app()
    path = Path(os.environ["INSTANCE_PATH"]) / "contacts.csv.gz"
    found: dict[str, float] = {}
    with app.app_context():
        upgrade()
        write_people(people)
        write_contacts(path, people, contacts)
        started, cpu = time.perf_counter(), time.process_time()
        importing.write(importing.read(path))
        found["import_seconds"], found["import_cpu"] = time.perf_counter() - started, time.process_time() - cpu
        found["contacts"] = db.session.scalar(sa.select(sa.func.count()).select_from(ImportedContact)) or 0
        unit_of_work(lambda: let_contacts_order(order=True))
        started, cpu = time.perf_counter(), time.process_time()
        done = services.refresh()
        found["refresh_seconds"], found["refresh_cpu"] = time.perf_counter() - started, time.process_time() - cpu
        some = sa.select(sa.func.count(sa.distinct(Suggestion.person_id)))
        found["without"] = done - (db.session.scalar(some) or 0)
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
