"""Work from elsewhere for an installation that has people: made up by a rule, and brought in as the command does.

`python -m tests.bench.evidence ITEMS`: {"seconds", "own", "items", "text", "index", "megabytes"}. The time is from
the bytes of the file to the last commit, checking included, and `own` what of it was this process's; `text` is what
the items say, `index` what the database grew by.
"""

from __future__ import annotations

import csv
import json
import random
import resource
import sys
import tempfile
import time
from itertools import accumulate
from pathlib import Path

import sqlalchemy as sa

from portal.app import create_app
from portal.core import clock, settings
from portal.core.db import db, unit_of_work
from portal.people.models import Person
from portal.search.evidence import check, write
from portal.search.models import SearchLink
from portal.search.queries import WORK_SHOWN

WORDS = 20_000  # in the language of these items; the n-th is said 1/n as often as the first
SAID = (6, 40)  # words of a title, and of a text
_HEADS = "ba co di fu ge ha ki lo mu ne pa qui ra so tu ve wi xa yo za"


def word(number: int) -> str:
    """The n-th word, three syllables and more; letters alone."""
    made, heads = "", _HEADS.split()
    while number or len(made) < 6:
        number, at = divmod(number, len(heads))
        made += heads[at]
    return made


def write_file(path: Path, items: int, people: list[str]) -> int:
    """A file of so many items by these people; how many bytes its titles and texts have."""
    rule = random.Random(20261128)
    words = [word(number) for number in range(WORDS)]
    often = list(accumulate(1 / (number + 1) for number in range(WORDS)))
    size = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["item", "person", "role", "title", "text", "at"])
        for number in range(items):
            said = rule.choices(words, cum_weights=often, k=sum(SAID))
            title, text = " ".join(said[: SAID[0]]), " ".join(said[SAID[0] :])
            at = f"20{20 + number % 6}-{1 + number % 12:02}-{1 + number % 28:02}"
            rows.writerow([f"i{number}", rule.choice(people), "author", title, text, at])
            size += len(title) + len(text)
    return size


def _size() -> int:
    """Bytes of the database."""
    if db.engine.dialect.name == "postgresql":
        return int(db.session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)
    pages = db.session.scalar(sa.text("PRAGMA page_count")) or 0
    return int(pages * (db.session.scalar(sa.text("PRAGMA page_size")) or 0))


def _show() -> None:
    """As if the two weeks were over."""
    settings.put(WORK_SHOWN, True)
    shown = sa.update(SearchLink).values(shown_from=clock.ago(days=1))
    db.session.execute(shown.execution_options(synchronize_session=False))


def main() -> None:
    items = int(sys.argv[1])
    app = create_app()
    with app.app_context(), tempfile.TemporaryDirectory(prefix="hallway-bench-") as made:
        people = [str(one) for one in db.session.scalars(sa.select(Person.email).where(Person.left_at.is_(None)))]
        path = Path(made) / "evidence.csv"
        text, before = write_file(path, items, sorted(people)), _size()
        db.session.rollback()
        started, spent = time.perf_counter(), time.process_time()
        write(check(path))
        seconds, own = time.perf_counter() - started, time.process_time() - spent
        found = {"seconds": seconds, "own": own, "items": items, "text": text, "index": _size() - before}
        db.session.rollback()
        unit_of_work(_show)
    print(json.dumps({**found, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
