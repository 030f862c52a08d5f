"""hallway erase person"""

from __future__ import annotations

import sys

import click
import sqlalchemy as sa

from portal.core.db import db, unit_of_work
from portal.core.errors import Refused, RuleBroken
from portal.people.erasing import erase_person
from portal.people.models import Person
from portal.people.names import fold

from ._app import hallway_app


@click.command("person", help="Erase somebody: by mail address, the name in the address of their page, or login.")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def command(who: str, yes: bool) -> None:
    with hallway_app():
        person = _person(who.strip())
        if not yes:
            if not sys.stdin.isatty():
                raise click.UsageError("There is no terminal to ask at: say --yes to erase without asking.")
            click.confirm(f"Erase {person.name} ({person.handle})? This cannot be undone.", abort=True, err=True)
        person_id = person.id
        try:
            unit_of_work(lambda: erase_person(person_id=person_id, actor_id=None))
        except RuleBroken as broken:
            raise Refused(f"{broken.message}\nNothing was erased.") from None
    click.echo("Erased. An empty entry stays, which leads to nobody.")


def _person(who: str) -> Person:
    try:
        key = fold(who)
        meant = sa.or_(Person.email_key == key, Person.login_key == key, Person.handle == who.lower())
        found = db.session.scalars(sa.select(Person).where(meant, Person.erased_at.is_(None))).all()
    except UnicodeEncodeError:
        found = []
    if not found:
        raise Refused("Nobody here has this address, page or login.")
    if len(found) > 1:
        raise Refused("Several people are called so. Say their mail address.")
    if found[0].merged_into_id is not None:
        kept = db.session.get_one(Person, found[0].merged_into_id)
        raise Refused(f"This entry became part of another one. Erase that one: {kept.handle}")
    return found[0]
