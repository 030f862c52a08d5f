"""What has to be so about the index."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.checks import Check, said
from portal.core.db import db, unit_of_work
from portal.core.findable import sources
from portal.people.models import PersonListing

from . import services
from .engines import engine
from .models import SearchItem


def _engine_knows() -> list[str]:
    trouble = engine().trouble()
    return [f"the index of the engine does not fit the items: {trouble}"] if trouble else []


def _everything_is_there() -> list[str]:
    """People by what is listed of them; of the other kinds, whether each subject is there at all."""
    lines = []
    item = SearchItem
    listed = sa.select(PersonListing.person_id, PersonListing.audience_id)
    there = sa.select(item.subject_id, item.audience_id).where(item.kind == "person")
    pairs = set(db.session.execute(listed).tuples())
    found = {(one or 0, audience) for one, audience in db.session.execute(there).tuples()}
    lines += said("people cannot be found", sorted({one for one, _audience in pairs - found}))
    lines += said("people can be found who are not listed", sorted({one for one, _audience in found - pairs}))
    for source in sources():
        if source.kind == "person":
            continue
        kept = {one or 0 for one in db.session.scalars(sa.select(item.subject_id).where(item.kind == source.kind))}
        last, wanted = 0, set[int]()
        while some := source.ids(last, 1_000):
            last = some[-1]
            wanted.update(some)
        lines += said(f"of the kind {source.kind} cannot be found", sorted(wanted - kept))
        lines += said(f"of the kind {source.kind} are gone and still found", sorted(kept - wanted))
    return lines


CHECKS = [
    Check("the engine of the search knows every item", _engine_knows, lambda: unit_of_work(services.rebuild_engine)),
    Check("everything can be found as it is", _everything_is_there, services.rebuild),
]
