"""What notices see to as time goes by."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.worker import Duty

from . import queries, services
from .models import Digest, NoticeFanOut

AT_ONCE = 20  # digests chosen before the worker looks at something else


def tell_many() -> bool:
    """Go on with a kudos for many; True when somebody may be left."""
    if db.session.scalar(sa.select(NoticeFanOut.id).limit(1)) is None:  # a look without a write
        return False
    return unit_of_work(services.tell_some_of_many)


def write_digests() -> bool:
    """Choose what stands in the digests that are due."""
    due = sa.select(Digest.id).where(Digest.frozen_at.is_(None), Digest.due_at <= clock.now()).limit(1)
    if db.session.scalar(due) is None:
        return False
    return all(unit_of_work(services.freeze_next_digest) for _ in range(AT_ONCE))


def plan_digests() -> bool:
    """Whoever has an account and is owed no digest is owed their next one."""
    after = 0
    while some := queries.without_digest(after):
        unit_of_work(partial(services.plan_digests, person_ids=some))
        after = some[-1]
    return False


def forget_notices() -> bool:
    """Old ones."""
    unit_of_work(services.forget_old)
    return False


DUTIES = [
    Duty("tell_many", tell_many),
    Duty("write_digests", write_digests),
    Duty("plan_digests", plan_digests, at_hour=3),
    Duty("forget_notices", forget_notices, at_hour=2),
]
