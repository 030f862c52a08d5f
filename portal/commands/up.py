"""hallway up"""

from __future__ import annotations

import click

from portal.config import Config
from portal.people.queries import anybody

from ._app import hallway_app, make_schema
from .run import serve


@click.command("up", help="Fill an empty installation with the demo company (unless DEMO=0), upgrade, and serve.")
def command() -> None:
    with hallway_app(state=("ok", "empty", "behind")) as app:
        config: Config = app.config["HALLWAY"]
        make_schema()
        if config.demo != "0" and not anybody():
            from portal.demo.fill import fill  # only the first start pays for it

            click.echo("Filling the demo company in, once ...")
            fill()
        serve(app)
