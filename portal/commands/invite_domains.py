"""hallway invite-domains"""

from __future__ import annotations

import click

from portal.core.db import unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.teams.queries import invite_domains
from portal.teams.services import set_invite_domains

from ._app import hallway_app


@click.command(
    "invite-domains",
    help="Whose addresses come in as colleagues: by a team's join link, or when a member of a team types them. "
    "All others are guests. Without DOMAINS it says which there are; --none empties the list.",
)
@click.argument("domains", nargs=-1)
@click.option("--none", "empty", is_flag=True, help="No domain: every new address is a guest's.")
def command(domains: tuple[str, ...], empty: bool) -> None:
    if empty and domains:
        raise click.UsageError("Name domains, or say --none.")
    with hallway_app():
        if domains or empty:
            try:
                unit_of_work(lambda: set_invite_domains(domains=domains, actor_id=None))
            except RuleBroken as broken:
                raise Refused(broken.message) from None
        found = invite_domains()
    click.echo("\n".join(found) if found else "No domain: every new address is a guest's.")
