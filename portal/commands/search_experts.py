"""hallway search experts"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from portal.accounts.queries import has_anybody_signed_in
from portal.core import audit
from portal.core.db import db, unit_of_work
from portal.core.errors import Refused
from portal.search.evidence import people_by_name
from portal.search.queries import experts, staff_ids
from portal.search.scoring import Mode

from ._app import hallway_app
from ._progress import Bar

NEEDED = ("id", "kind", "query", "asker")
MODES: dict[str, Mode] = {"area": "expert", "question": "answer"}


@click.command(
    "experts",
    help="For measuring: who knows, for many questions at once. Reads a CSV file with the columns id, kind (area: "
    "who is the expert; question: who can answer it now), query and asker (left out of the answer), and writes "
    "query, person, rank, score and why. It looks at all evidence, previewed or not; so where somebody has signed in "
    "it refuses without --i-am-measuring, which is written into the log.",
)
@click.option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--k", "most", type=click.IntRange(1, 1000), default=10, show_default=True, help="People a question.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--mode", type=click.Choice(["expert", "answer"]), help="For all questions, whatever their kind.")
@click.option("--i-am-measuring", "measuring", is_flag=True, help="Look at what people have not seen yet themselves.")
def command(queries: Path, most: int, out: Path, mode: Mode | None, measuring: bool) -> None:
    with hallway_app():
        if has_anybody_signed_in():
            if not measuring:
                raise Refused(
                    "Somebody has signed in here, and this looks at evidence that its people may not have seen yet. "
                    "To measure all the same: --i-am-measuring, which is written into the log."
                )
            unit_of_work(lambda: audit.record("search_measured", actor_id=None))
        asked = list(_read(queries))
        people = people_by_name()
        known_as = staff_ids()
        try:
            target = out.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise Refused(f"{out}: {error.strerror or error}") from None
        with target, Bar("Asking") as bar:
            bar.begin(len(asked))
            writer = csv.writer(target)
            writer.writerow(["query", "person", "rank", "score", "why"])
            for line, row in asked:
                use = mode or MODES.get(row["kind"])
                if use is None:
                    raise Refused(f"{queries.name}, line {line}: the kind is neither area nor question. Say --mode.")
                asker = people.get(row["asker"])
                ranked = experts(row["query"], mode=use, leave_out=asker, most=most)
                for place, (one, titles) in enumerate(ranked, start=1):
                    who = known_as.get(one.person_id, str(one.person_id))
                    writer.writerow([row["id"], who, place, f"{one.score:.6f}", " | ".join(titles)])
                db.session.rollback()
                bar.step()
    click.echo(f"{len(asked)} questions answered.")


def _read(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
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
