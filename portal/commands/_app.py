"""What commands share: the app, a database that is as new as the code, errors in plain words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.app import create_app
from portal.config import Config, from_environ
from portal.core.errors import Refused
from portal.core.schema import schema_state, upgrade
from portal.keeping.backup import before_upgrade


@contextmanager
def hallway_app(*, state: tuple[str, ...] = ("ok",)) -> Iterator[Flask]:
    """The app, in its context. `Refused` when the database is in another state than these."""
    config = from_environ()
    app = create_app(config)
    with app.app_context():
        try:
            found = schema_state()
        except SQLAlchemyError as error:
            raise Refused(database_trouble(config, error)) from None
        if found not in state:
            raise Refused(_state_words(found))
        try:
            yield app
        except SQLAlchemyError as error:
            raise Refused(database_trouble(config, error)) from None


def _state_words(state: str) -> str:
    return {
        "empty": "There is nothing in the database yet. `hallway init --email you@example.org --password-stdin` "
        "makes the first admin, `hallway demo` fills it with the demo company.",
        "behind": "The database is older than this version. Bring it up to date (a backup is made first): "
        "hallway db upgrade",
        "ahead": "The database was made by a newer version of Hallway. Run that one, or restore an older backup.",
        "restoring": "A restore or a move into this database was stopped half way. Begin it again: it starts anew.",
        "ok": "This installation is not empty.",
    }[state]


def database_trouble(config: Config, error: SQLAlchemyError) -> str:
    """What is wrong with the database, without its address or what was in the query."""
    words = str(getattr(error, "orig", None) or error).splitlines()[0][:200]
    where = (
        "the database in " + str(config.instance_path) if config.database_url.startswith("sqlite") else "PostgreSQL"
    )
    if "unable to open" in words or "readonly" in words or "read-only" in words:
        return f"Hallway cannot write to {where} ({words}). Give this user the right to write there."
    if "locked" in words:
        return f"Another program holds {where} locked. Stop it, or try again in a minute."
    if "malformed" in words or "not a database" in words:
        return f"The file of {where} is damaged ({words}). Restore a backup."
    return f"Hallway cannot use {where}: {words}"


def make_schema(*, backup: bool = True) -> None:
    """Bring an empty or older database to this version's shape; of an older one a backup is kept first."""
    state = schema_state()
    if state in ("ahead", "restoring"):
        raise Refused(_state_words(state))
    if state == "behind" and backup:
        try:
            kept = before_upgrade()
        except Refused as refused:
            raise Refused(
                f"No backup could be made before the upgrade: {refused}\nNothing was upgraded. To do it without: "
                "hallway db upgrade --no-backup"
            ) from None
        click.echo(f"Kept before the upgrade: {kept}", err=True)
    if state != "ok":
        upgrade()


def password_from(stdin: bool) -> str:
    """The password on standard input, without its line end; else asked for at the terminal."""
    if stdin:
        data = sys.stdin.buffer.read(4097)
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("The password is not UTF-8 text.") from None
        password = text.removesuffix("\n").removesuffix("\r")
        if len(data) > 4096 or "\n" in password or "\x00" in password:
            raise Refused("The password must be one line of at most 1,000 characters.")
        return password
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask at: give the password with --password-stdin.")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked
