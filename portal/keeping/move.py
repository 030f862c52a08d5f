"""Moving the tables to another database, with everything compared on both sides. Files stay where they are."""

from __future__ import annotations

from portal.config import Config
from portal.core.db import db
from portal.core.errors import Refused

from . import checks, tables
from .checks import Result
from .fill import DatabaseSource, empty_database, fill
from .places import alone_on_this_machine, config, trouble
from .progress import QUIET, Progress
from .tables import Sum, Unfit


def move(to: Config, *, progress: Progress = QUIET) -> tuple[dict[str, Sum], list[Result]]:
    """Copy every row from this installation's database into an empty one; nobody else writes meanwhile. What each
    table came to, on both sides, and what the checks said over there."""
    if to.database_url == config().database_url:
        raise Refused("That is the database that Hallway is on already.")
    try:
        with alone_on_this_machine(), tables.snapshot(db.engine, locked=True) as connection:
            source = DatabaseSource(connection)
            progress.begin(source.total)
            with empty_database(to):
                try:
                    sums = fill(source, progress)
                except Unfit as unfit:
                    raise Refused(f"The other database does not take it: {unfit}") from None
                return sums, list(checks.run(mend=True))
    except OSError as error:
        raise trouble(error, to.instance_path) from None
