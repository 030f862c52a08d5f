"""hallway meet export"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import click

from portal.accounts.queries import has_anybody_signed_in
from portal.core import audit, clock
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.meet.exporting import exported
from portal.search.evidence import read_moment

from ._app import hallway_app
from ._progress import Bar


@click.command(
    "export",
    help="For measuring: whom everybody with a contact might meet, as a CSV file with person, suggested, rank, score "
    "and reasons, by the ids of the staff list. Only what had happened by --as-of counts; where nobody has signed in "
    "yet, imported contacts count and everybody may be suggested. Since it looks at everybody's suggestions, where "
    "somebody has signed in it refuses without --i-am-measuring, which is written into the log.",
)
@click.option("--k", "most", type=click.IntRange(1, 100), default=10, show_default=True, help="People for each.")
@click.option("--new-only", is_flag=True, help="Leave out whoever is already tied.")
@click.option("--as-of", "as_of", help="A moment like 2030-12-31T12:00:00Z; now, when it is not given.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--i-am-measuring", "measuring", is_flag=True, help="Look at what is each person's own.")
def command(most: int, new_only: bool, as_of: str | None, out: Path, measuring: bool) -> None:
    with hallway_app():
        moment = _moment(as_of)
        if has_anybody_signed_in():
            if not measuring:
                raise Refused(
                    "Somebody has signed in here, and whom somebody is suggested is for their eyes only. To measure "
                    "all the same: --i-am-measuring, which is written into the log."
                )
            unit_of_work(lambda: audit.record("meet_measured", actor_id=None))
        try:
            target = out.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise Refused(f"{out}: {error.strerror or error}") from None
        people = 0
        with target, Bar("Looking for whom to meet") as bar:
            writer = csv.writer(target)
            writer.writerow(["person", "suggested", "rank", "score", "reasons"])
            for person, rows in exported(moment, most=most, new_only=new_only, begin=bar.begin, step=bar.step):
                people += bool(rows)
                for place, line in enumerate(rows, start=1):
                    writer.writerow([person, line.suggested, place, f"{line.score:.6f}", " | ".join(line.reasons)])
    click.echo(f"Suggestions for {people} people.")


def _moment(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    moment = read_moment(text.strip())
    if moment is None:
        raise Refused(f"{text[:40]} is no moment; write it like 2030-12-31T12:00:00Z.")
    return moment.astimezone(UTC)
