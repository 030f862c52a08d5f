"""hallway search rebuild"""

from __future__ import annotations

import click

from portal.search import services

from ._app import hallway_app


@click.command(
    "rebuild",
    help="Make the index of the search anew, from people, teams and everything else that can be found. Imported work "
    "stays. Others go on meanwhile.",
)
def command() -> None:
    with hallway_app():
        services.rebuild()
    click.echo("The index is made anew.")
