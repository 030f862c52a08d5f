"""hallway search experts"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from portal.core.errors import Refused
from portal.search.queries import experts, staff_ids
from portal.search.scoring import Mode

from ._app import hallway_app
from ._measuring import ask_all, may_measure

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
        may_measure(measuring=measuring)
        known_as = staff_ids()

        def answer(line: int, row: Mapping[str, str], asker: int | None) -> Iterator[tuple[object, ...]]:
            use = mode or MODES.get(row["kind"])
            if use is None:
                raise Refused(f"{queries.name}, line {line}: the kind is neither area nor question. Say --mode.")
            ranked = experts(row["query"], mode=use, leave_out=asker, most=most)
            for place, (one, titles) in enumerate(ranked, start=1):
                who = known_as.get(one.person_id, str(one.person_id))
                yield who, place, f"{one.score:.6f}", " | ".join(titles)

        count = ask_all(queries, out, ("person", "rank", "score", "why"), answer)
    click.echo(f"{count} questions answered.")
