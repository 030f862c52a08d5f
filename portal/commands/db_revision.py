"""hallway db revision"""

from __future__ import annotations

import click

from portal.core.schema import new_migration

from ._app import hallway_app, make_schema


@click.command(
    "revision", help="For developers: write a migration from what the models have and the database has not."
)
@click.argument("message")
def command(message: str) -> None:
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        click.echo(new_migration(message))
