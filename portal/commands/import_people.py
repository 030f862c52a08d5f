"""hallway import people"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.core.db import unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.people.services import import_people
from portal.people.staff_list import StaffListRefused, read_staff_list

from ._app import hallway_app, make_schema


@click.command(
    "people", help="Bring people from a CSV file with the columns id, name, email and, if known, department."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Ask nothing.")
def command(file: Path, yes: bool) -> None:
    try:
        lines = read_staff_list(file.read_bytes())
    except StaffListRefused as refused:
        raise Refused("\n".join([*refused.problems, "Nothing was written."])) from None
    except OSError as error:
        raise Refused(f"{file.name}: {error.strerror}") from None
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("There is no terminal to ask at: say --yes to import without asking.")
        click.confirm(f"Import {len(lines)} people?", abort=True, err=True)
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        try:
            done = unit_of_work(lambda: import_people(lines))
        except RuleBroken as broken:
            raise Refused(f"{broken.field}: {broken.message}\nNothing was written.") from None
    click.echo(f"{done.added} added, {done.changed} changed, {done.same} as before.")
