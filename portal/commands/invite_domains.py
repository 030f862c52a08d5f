"""hallway invite-domains"""

from __future__ import annotations

import re

import click

from portal.core import settings
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.teams.queries import invite_domains

from ._app import hallway_app


@click.command(
    "invite-domains",
    help="Whose addresses come in as colleagues: by a team's join link, or when a member of a team types them. "
    "All others are guests. Without DOMAINS it says which there are; --none empties the list.",
)
@click.argument("domains", nargs=-1)
@click.option("--none", "empty", is_flag=True, help="No domain: every new address is a guest's.")
def command(domains: tuple[str, ...], empty: bool) -> None:
    wanted = sorted({domain.strip().removeprefix("@").lower() for domain in domains})
    if empty and wanted:
        raise click.UsageError("Name domains, or say --none.")
    for domain in wanted:
        if not re.fullmatch(r"(?:[^\s@,;.*]+\.)+[^\s@,;.*]{2,}", domain):
            raise Refused(f"{domain!r} is no domain. Write it like example.org")
    with hallway_app():
        if wanted or empty:
            unit_of_work(lambda: settings.put("invite_domains", wanted))
        found = invite_domains()
    click.echo("\n".join(found) if found else "No domain: every new address is a guest's.")
