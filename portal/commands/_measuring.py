"""What commands share that ask many questions of an installation, to measure what it answers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from portal.accounts.queries import has_anybody_signed_in
from portal.core import audit
from portal.core.db import db, unit_of_work
from portal.core.errors import Refused
from portal.search.evidence import people_by_name

from ._progress import Bar

NEEDED = ("id", "kind", "query", "asker")


def may_measure(*, measuring: bool) -> None:
    """`Refused` where somebody has signed in, unless it is said on purpose, which is written into the log."""
    if has_anybody_signed_in():
        if not measuring:
            raise Refused(
                "Somebody has signed in here, and this looks at evidence that its people may not have seen yet. "
                "To measure all the same: --i-am-measuring, which is written into the log."
            )
        unit_of_work(lambda: audit.record("search_measured", actor_id=None))


def ask_all(
    queries: Path,
    out: Path,
    header: Sequence[str],
    answer: Callable[[int, Mapping[str, str], int | None], Iterable[Sequence[object]]],
) -> int:
    """Write what is answered to each question of a CSV file; how many there are. answer: the line, its cells and its
    asker, if that is somebody here -> rows, without the question's id. `Refused` where a file is not as it should
    be."""
    asked = list(_read(queries))
    people = people_by_name()
    try:
        target = out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Refused(f"{out}: {error.strerror or error}") from None
    with target, Bar("Asking") as bar:
        bar.begin(len(asked))
        writer = csv.writer(target)
        writer.writerow(["query", *header])
        for line, row in asked:
            writer.writerows([row["id"], *cells] for cells in answer(line, row, people.get(row["asker"])))
            db.session.rollback()
            bar.step()
    return len(asked)


def _read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            reader = csv.DictReader(source)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or [])]
            if missing:
                raise Refused(f"{path.name}: no column {', '.join(missing)}.")
            for row in reader:
                if any(row[name] is None for name in NEEDED):
                    raise Refused(f"{path.name}, line {reader.line_num}: cells are missing.")
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error):
        raise Refused(f"{path.name}: this is no CSV file in UTF-8.") from None
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
