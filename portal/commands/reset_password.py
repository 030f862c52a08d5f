"""hallway reset-password"""

from __future__ import annotations

import click

from portal.accounts import passwords, services
from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.people.models import Person
from portal.people.queries import id_of_email

from ._app import hallway_app, password_from


@click.command("reset-password", help="Let somebody (back) in: a new password, and every session of theirs ends.")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def command(email: str, password_stdin: bool) -> None:
    password = password_from(password_stdin)
    with hallway_app():
        person_id = id_of_email(email.strip())
        if person_id is None:
            raise Refused("Nobody here has this address.")
        person = db.session.get_one(Person, person_id)
        if not person.has_access(clock.today(person.time_zone)):
            raise Refused("This person has left.")
        try:
            services.check_password(password, email=email.strip())
        except RuleBroken as broken:
            raise Refused(f"password: {broken.message}") from None
        hashed = passwords.hashed(password)

        def reset() -> None:
            services.set_password(person_id=person_id, password_hash=hashed)
            services.end_sessions(person_id=person_id)

        unit_of_work(reset)
    click.echo("Done. They can sign in with the new password; their old sessions have ended.")
