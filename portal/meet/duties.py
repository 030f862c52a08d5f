"""What suggestions see to as time goes by."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.worker import Duty

from . import measures, met, services, trial
from .models import SetAside

_LANE = "meet"  # a large organization takes minutes, and mail does not wait for it


def refresh_due() -> bool:
    """For whom something changed."""
    return services.refresh_due()


def refresh() -> bool:
    """Everybody: as time goes by, ties fade and people are new no longer."""
    unit_of_work(_forget)
    services.refresh()
    return False


def _forget() -> None:
    old = sa.delete(SetAside).where(SetAside.until <= clock.now())
    db.session.execute(old.execution_options(synchronize_session=False))
    trial.forget_old()
    met.forget_old()


DUTIES = [
    Duty("meet_due", refresh_due, lane=_LANE),
    Duty("meet_refresh", refresh, at_hour=3, lane=_LANE),
    Duty("meet_measures", measures.count_due, at_hour=4, lane=_LANE),
]
