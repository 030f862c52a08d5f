"""hallway import contacts"""

from __future__ import annotations

from pathlib import Path

import click

from portal.core.errors import Refused
from portal.people.staff_list import StaffListRefused
from portal.ties import importing

from ._app import hallway_app, make_schema
from ._progress import Bar


@click.command(
    "contacts",
    help="Bring who was in touch with whom elsewhere from a CSV file: a, b (each an id, mail address or login name), "
    "at and medium (email, chat, meeting, …), in any order. Commas, semicolons or tabs; UTF-8; packed as .gz or not. "
    "A line that cannot be taken is named, and the others are taken; the same file again adds nothing. Only pairs, "
    "times and the medium are kept, and of what is older than CONTACT_DAYS the first and the last time. They may "
    "order whom somebody is suggested, where the admin turned that on, and are shown to nobody.",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file, and write nothing.")
def command(file: Path, dry_run: bool) -> None:
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        try:
            found = importing.read(file)
        except StaffListRefused as refused:
            raise Refused("\n".join([*refused.lines(), "Nothing was written."])) from None
        except OSError as error:
            raise Refused(f"{file.name}: {error.strerror or error}") from None
        for problem in found.problems.first:
            click.echo(str(problem), err=True)
        left_out = _left_out(found)
        if dry_run:
            contacts = "1 contact" if len(found) == 1 else f"{len(found)} contacts"
            click.echo(f"{contacts}.{left_out} Nothing was written.")
            return
        with Bar("Importing") as bar:
            bar.begin(len(found))
            done = importing.write(found, tell=bar.step)
    click.echo(f"{done.added} added, {done.same} as before.{left_out}")


def _left_out(found: importing.Contacts) -> str:
    words = ""
    if found.untaken:
        named = len(found.problems.first)
        which = "named above" if found.problems.count == named else f"the first {named} things named above"
        lines = "1 line" if found.untaken == 1 else f"{found.untaken} lines"
        words += f" {lines} could not be taken ({which})."
    if found.apart:
        is_ = "is" if found.apart == 1 else "are"
        words += f" {found.apart} {is_} about people who have left or take no part."
    return words
