"""What has to be so about the index."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.checks import Check, said
from portal.core.db import db, unit_of_work
from portal.core.findable import sources

from . import services
from .engines import engine
from .models import SearchItem


def _engine_knows() -> list[str]:
    trouble = engine().trouble()
    return [f"the index of the engine does not fit the items: {trouble}"] if trouble else []


def _everything_is_there() -> list[str]:
    """Each subject, by whoever may find it and nobody else."""
    lines = []
    for source in sources():
        there = sa.select(SearchItem.subject_id, SearchItem.audience_id).where(SearchItem.kind == source.kind)
        found = {(one or 0, audience) for one, audience in db.session.execute(there).tuples()}
        last, wanted = 0, set[tuple[int, int]]()
        while some := source.ids(last, 500):
            last = some[-1]
            wanted.update((entry.subject_id, entry.audience_id) for entry in source.entries(some))
        lines += said(f"of the kind {source.kind} cannot be found", sorted({one for one, _whose in wanted - found}))
        lines += said(
            f"of the kind {source.kind} are found by whoever should not",
            sorted({one for one, _whose in found - wanted}),
        )
    return lines


CHECKS = [
    Check("the engine of the search knows every item", _engine_knows, lambda: unit_of_work(services.rebuild_engine)),
    Check("everything can be found as it is", _everything_is_there, services.rebuild),
]
