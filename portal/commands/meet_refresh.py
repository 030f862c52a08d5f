"""hallway meet refresh"""

from __future__ import annotations

import click

from portal.meet import services

from ._app import hallway_app
from ._progress import Bar


@click.command(
    "refresh",
    help="Make everybody's suggestions of whom to meet anew. The worker does so each night, and sooner for whomever "
    "something changed.",
)
def command() -> None:
    with hallway_app(), Bar("Looking for whom to meet") as bar:
        done = services.refresh(begin=bar.begin, step=bar.step)
    click.echo(f"Made anew for {done} people.")
