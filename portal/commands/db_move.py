"""hallway db move"""

from __future__ import annotations

import os

import click
from sqlalchemy.exc import SQLAlchemyError

from portal.config import from_environ
from portal.core.errors import Refused
from portal.keeping.move import move

from ._app import database_trouble, hallway_app
from ._progress import Bar


@click.command(
    "move",
    help="Copy everything into another, empty database, and compare both sides. Stop Hallway first: what is written "
    "to the old database afterwards stays there.",
)
@click.option(
    "--to", required=True, metavar="URL", help="postgresql://user:password@host/database, or sqlite:////file"
)
def command(to: str) -> None:
    with hallway_app():
        target = from_environ({**os.environ, "DATABASE_URL": to})
        try:
            with Bar("Moving") as bar:
                sums, results = move(target, progress=bar)
        except SQLAlchemyError as error:
            raise Refused(f"{database_trouble(target, error)}\nNothing was moved.") from None
    for name, found in sorted(sums.items()):
        click.echo(f"{found.rows:>9}  {name}")
    click.echo(f"{sum(found.rows for found in sums.values()):>9}  rows, the same on both sides.")
    click.echo("Now set DATABASE_URL to the new database and start Hallway. The old one is as it was.")
    left = [f"{result.name}: {line}" for result in results for line in result.left]
    if left:
        raise Refused("\n".join(["Everything was moved, but:", *left]))
