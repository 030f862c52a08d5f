"""hallway backup"""

from __future__ import annotations

from pathlib import Path

import click

from portal.core.errors import Refused
from portal.keeping.backup import backup
from portal.keeping.restore import trial

from ._app import hallway_app
from ._progress import Bar


@click.command(
    "backup",
    help="Keep everything in FILE (a zip), while Hallway runs on. FILE holds all that people wrote, and "
    "the secret key where Hallway made its own: only its owner may read it.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE.")
@click.option("--verify", is_flag=True, help="Make nothing: restore FILE as a trial, and say whether it is good.")
def command(file: Path, force: bool, verify: bool) -> None:
    if verify and force:
        raise click.UsageError("--verify makes nothing, so there is nothing to replace.")
    with hallway_app(state=("ok", "behind", "empty") if verify else ("ok", "behind")):
        if verify:
            with Bar("Restoring as a trial") as bar:
                wrong = trial(file, progress=bar)
            if wrong:
                raise Refused("\n".join([*wrong, f"{file} can be restored, and this is wrong in it."]))
            click.echo(f"{file} is good: it was restored as a trial, and all is well in it.")
            return
        with Bar("Keeping") as bar:
            made = backup(file, force=force, progress=bar)
    for name in made.missing:
        click.echo(f"The file {name} is not there any more, though a row refers to it.", err=True)
    click.echo(f"{file}: {made.rows} rows, {made.files} files.")
