"""hallway meet learn"""

from __future__ import annotations

import click

from portal.core import clock
from portal.core.errors import Refused
from portal.meet import services
from portal.search.evidence import read_moment

from ._app import hallway_app


@click.command(
    "learn",
    help="Learn how much each signal is worth for whom to meet, from whom people here got to know or wrote to in the "
    "60 days before --as-of: from the first 30 days, and what it is worth is measured on the last 30. The weights "
    "are used where that is better than the plain ones, and else the plain ones are.",
)
@click.option("--as-of", "as_of", help="A moment like 2030-12-31T12:00:00Z; now, when it is not given.")
@click.option("--forget", is_flag=True, help="Go back to the plain weights.")
def command(as_of: str | None, forget: bool) -> None:
    with hallway_app():
        if forget:
            services.forget_weights()
            click.echo("The plain weights are used.")
            return
        moment = clock.now() if as_of is None else read_moment(as_of.strip())
        if moment is None:
            raise Refused(f"{str(as_of)[:40]} is no moment; write it like 2030-12-31T12:00:00Z.")
        found = services.learn_weights(as_of=moment)
    if not found.people:
        click.echo(
            "Nobody got to know anybody new in these 60 days: nothing to learn from. The plain weights are used."
        )
        return
    click.echo(f"NDCG@10 of {found.people} people who met somebody: {found.plain:.3f}, learned {found.learned:.3f}.")
    click.echo("The learned weights are used." if found.is_better else "No better: the plain weights are used.")
