"""What core sees to as time goes by."""

from __future__ import annotations

import sqlalchemy as sa

from . import clock, outbox, personal
from .audit import AuditEntry
from .db import Base, db, unit_of_work
from .forms import FormOnce
from .worker import Duty


def forget_log() -> bool:
    """Entries of the log, after the days that the admins chose; marks of forms after one."""
    cut = personal.forgotten_before("audit")
    if cut is not None:
        unit_of_work(lambda: _drop(AuditEntry, AuditEntry.at < cut))
    unit_of_work(lambda: _drop(FormOnce, FormOnce.at < clock.ago(days=1)))
    return False


def _drop(table: type[Base], old: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.delete(table).where(old).execution_options(synchronize_session=False))


DUTIES = [Duty("forget_log", forget_log, at_hour=2), *outbox.DUTIES]
