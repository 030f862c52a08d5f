"""hallway db upgrade"""

from __future__ import annotations

import click

from ._app import hallway_app, make_schema


@click.command("upgrade", help="Bring the database to this version's shape, after a backup. Safe to repeat.")
@click.option("--no-backup", is_flag=True, help="Make no backup first: there is one, or there is no room for one.")
def command(no_backup: bool) -> None:
    with hallway_app(state=("ok", "empty", "behind", "ahead")):
        make_schema(backup=not no_backup)
    click.echo("The database is up to date.")
