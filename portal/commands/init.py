"""hallway init"""

from __future__ import annotations

import click

from portal.accounts import passwords, queries, services
from portal.core.db import alone, unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.people import services as people
from portal.people.queries import id_of_email
from portal.teams.pasted import name_of_address

from ._app import hallway_app, make_schema, password_from


@click.command("init", help="Make the first admin on an empty installation.")
@click.option("--email", required=True, help="Their address, to sign in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def command(email: str, password_stdin: bool) -> None:
    email = email.strip()
    password = password_from(password_stdin)
    with hallway_app(state=("ok", "empty", "behind")):
        make_schema()
        if queries.any_account():
            raise Refused(
                "Somebody has an account here already. To let somebody (back) in: "
                "hallway reset-password EMAIL --password-stdin"
            )
        try:
            services.check_password(password, email=email)
            hashed = passwords.hashed(password)

            def first_admin() -> None:
                # Asked again, alone: two at once would both have found nobody.
                alone("first admin")
                if queries.any_account():
                    raise RuleBroken("", "Somebody has an account here already.")
                person_id = id_of_email(email)
                if person_id is None:
                    person_id = people.add_person(name=name_of_address(email)[:120], email=email)
                services.set_password(person_id=person_id, password_hash=hashed, role="admin")

            unit_of_work(first_admin)
        except RuleBroken as broken:
            raise Refused(f"{broken.field or 'account'}: {broken.message}") from None
    click.echo(f"{email} is the admin. Start with: hallway run")
