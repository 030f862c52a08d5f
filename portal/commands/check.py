"""hallway check"""

from __future__ import annotations

import sys

import click

from portal.keeping.checks import run

from ._app import hallway_app


@click.command(
    "check",
    help="Is everything as it has to be? What can be put right is. Exit code 0 when all is well (now), 1 when not.",
)
@click.option("--dry-run", is_flag=True, help="Say what is wrong, and put nothing right.")
def command(dry_run: bool) -> None:
    wrong = 0
    with hallway_app():
        for result in run(mend=not dry_run):
            if not result.found:
                click.echo(f"ok      {result.name}")
                continue
            wrong += bool(result.left)
            click.echo(f"{'wrong ' if result.left else 'mended'}  {result.name}")
            for line in result.left or result.found:
                click.echo(f"        {line}")
    if wrong:
        sys.exit(1)
