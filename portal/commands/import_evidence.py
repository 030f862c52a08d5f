"""hallway import evidence"""

from __future__ import annotations

from pathlib import Path

import click

from portal.core.errors import Refused
from portal.people.staff_list import StaffListRefused
from portal.search import evidence

from ._app import hallway_app, make_schema
from ._progress import Bar


@click.command(
    "evidence",
    help="Bring work that shows who knows what from a CSV file: item, person (id, mail address or login name), role "
    "(author or reviewer), title, text, at, and url if there is one, in any order. Commas, semicolons or tabs; "
    "UTF-8; packed as .gz or not. All of it is checked before anything is written; the same file again changes "
    "nothing. Of the text only its words are kept. Its people see it 14 days before others do.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file, and write nothing.")
def command(file: Path, dry_run: bool) -> None:
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        try:
            found = evidence.check(file)
        except StaffListRefused as refused:
            raise Refused("\n".join([*refused.lines(), "Nothing was written."])) from None
        except OSError as error:
            raise Refused(f"{file.name}: {error.strerror or error}") from None
        if dry_run:
            click.echo(f"{len(found.rows_of)} items. Nothing was written.")
            return
        with Bar("Importing") as bar:
            bar.begin(len(found.rows_of))
            done = evidence.write(found, tell=bar.step)
    click.echo(f"{done.added} added, {done.changed} changed, {done.same} as before.")
