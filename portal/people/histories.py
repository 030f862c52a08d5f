"""Which entries were merged of late, and who asked to be erased: reads for the admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core import clock
from portal.core.db import db

from .merging import may_be_undone
from .models import Erasure, Person, PersonMerge

SHOWN_FOR = 30  # days


@dataclass(frozen=True)
class MergeLine:
    """Two entries that were made one. Names as of today, "" for who was erased."""

    id: int
    at: datetime
    undone_at: datetime | None
    kept: str
    kept_handle: str
    gone: str
    may_be_undone: bool


def merges(most: int = 20) -> list[MergeLine]:
    """The last ones, the newest first."""
    kept, gone = aliased(Person), aliased(Person)
    rows = db.session.execute(
        sa.select(PersonMerge, kept.name, kept.handle, gone.name)
        .join(kept, kept.id == PersonMerge.kept_id)
        .join(gone, gone.id == PersonMerge.gone_id)
        .where(PersonMerge.at > clock.ago(days=SHOWN_FOR))
        .order_by(PersonMerge.id.desc())
        .limit(most)
    )
    return [
        MergeLine(merge.id, merge.at, merge.undone_at, name, handle, other, may_be_undone(merge))
        for merge, name, handle, other in rows
    ]


@dataclass(frozen=True)
class RequestLine:
    """Somebody asked to be erased."""

    id: int
    asked_at: datetime
    name: str
    handle: str


def requests() -> list[RequestLine]:
    """Who waits for it, the longest first."""
    rows = db.session.execute(
        sa.select(Erasure.id, Erasure.asked_at, Person.name, Person.handle)
        .join(Person, Person.id == Erasure.person_id)
        .where(Erasure.done_at.is_(None), Person.erased_at.is_(None), Person.merged_into_id.is_(None))
        .order_by(Erasure.id)
    )
    return [RequestLine(*row) for row in rows]
