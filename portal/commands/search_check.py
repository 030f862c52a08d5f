"""hallway search check"""

from __future__ import annotations

import sys

import click

from portal.search import checks

from ._app import hallway_app


@click.command(
    "check",
    help="Is everything that can be found in the index, and nothing else? Exit code 0 when it is, 1 when not; "
    "`hallway search rebuild` puts it right.",
)
def command() -> None:
    wrong = 0
    with hallway_app():
        for check in checks.CHECKS:
            lines = check.look()
            wrong += bool(lines)
            click.echo(f"{'wrong ' if lines else 'ok    '}  {check.name}")
            for line in lines:
                click.echo(f"        {line}")
    if wrong:
        sys.exit(1)
