"""hallway restore"""

from __future__ import annotations

from pathlib import Path

import click

from portal.core.errors import Refused
from portal.keeping.restore import restore

from ._app import hallway_app
from ._progress import Bar


@click.command(
    "restore",
    help="Put the backup FILE into an empty installation. Whoever was erased since it was made is erased again, as "
    "erasures.jsonl in INSTANCE_PATH and beside the backups says.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--erasures",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Another erasures.jsonl, from beside the backups. May be said more than once.",
)
def command(file: Path, erasures: tuple[Path, ...]) -> None:
    with hallway_app(state=("ok", "empty", "behind", "restoring")), Bar("Restoring") as bar:
        done = restore(file, ledgers=erasures, progress=bar)
    made = done.manifest
    click.echo(f"{made.rows} rows and {made.files} files of {made.made:%Y-%m-%d %H:%M} UTC are here.")
    if done.erased:
        click.echo(f"Erased since, and again: {len(done.erased)}.")
    if done.other_key:
        click.echo(
            "SECRET_KEY is another one than it was: everybody signs in anew, and links in earlier mails do not work. "
            "With the one of before they do.",
            err=True,
        )
    if done.left:
        lines = [f"{result.name}: {line}" for result in done.left for line in result.left]
        raise Refused("\n".join(["Everything was restored, but:", *lines]))
