"""hallway demo"""

from __future__ import annotations

import click

from portal.core.errors import Refused
from portal.demo.fill import fill
from portal.people.queries import anybody

from ._app import hallway_app, make_schema


@click.command("demo", help="Fill an empty installation with the demo company and mark it as a demo.")
@click.option("--if-empty", is_flag=True, help="Do nothing, silently, where somebody is here already.")
def command(if_empty: bool) -> None:
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        people = None if anybody() else fill()
        if people is None:
            if if_empty:
                return
            raise Refused("This installation is not empty; the demo company moves only into an empty one.")
    click.echo(f"The demo company is in: {people} people. Everybody's password is demo.")
