"""hallway bench route"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from portal.core import clock
from portal.help.able import POOL
from portal.help.routing import Candidate, choose
from portal.search.queries import experts, staff_ids

from ._app import hallway_app
from ._measuring import ask_all, may_measure


@click.command(
    "route",
    help="Who is asked first, for many questions at once, each as if it were the only one: nobody has anything open. "
    "Reads a CSV file with the columns id, kind (of which only question is looked at), query and asker, and writes "
    "query, person and rank. It looks at all evidence, previewed or not; so where somebody has signed in it refuses "
    "without --i-am-measuring, which is written into the log.",
)
@click.option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another number, other turns of near-equals.")
@click.option("--i-am-measuring", "measuring", is_flag=True, help="Look at what people have not seen yet themselves.")
def command(queries: Path, out: Path, seed: int, measuring: bool) -> None:
    with hallway_app():
        may_measure(measuring=measuring)
        known_as = staff_ids()

        def answer(line: int, row: Mapping[str, str], asker: int | None) -> Iterator[tuple[object, ...]]:
            if row["kind"] != "question":
                return
            ranked = experts(row["query"], mode="answer", leave_out=asker, most=POOL)
            able = [Candidate(one.person_id, one.score) for one, _titles in ranked]
            for one in choose(able, seed=seed * 1_000_003 + line, now=clock.now()):
                yield known_as.get(one.person_id, str(one.person_id)), one.place

        count = ask_all(queries, out, ("person", "rank"), answer)
    click.echo(f"{count} questions put to people.")
