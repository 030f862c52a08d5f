"""hallway db upgrade"""

from __future__ import annotations

import click

from ._app import hallway_app, make_schema


@click.command("upgrade", help="Bring the database to this version's shape. Safe to repeat.")
def command() -> None:
    with hallway_app(state=("ok", "empty", "behind", "ahead")):
        make_schema()
    click.echo("The database is up to date.")
