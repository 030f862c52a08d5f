"""What has to be so about notices."""

from __future__ import annotations

from portal.core.checks import Check, said
from portal.core.db import db, unit_of_work

from . import queries, services


def _look() -> list[str]:
    ids = sorted(one for gone in queries.orphans() for one in db.session.scalars(gone))
    return said("notices about what is not there", ids)


def _mend() -> None:
    unit_of_work(services.drop_orphans)


CHECKS = [Check("notices", _look, _mend)]
