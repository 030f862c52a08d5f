"""What search sees to as time goes by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.db import db, unit_of_work
from portal.core.worker import Duty

from . import services
from .models import SearchItem
from .vocabulary import TOTALS

FEW = 20_000  # items that are counted again whenever something changed
COUNT_EVERY = timedelta(minutes=5)


def count_again() -> bool:
    """Words are counted anew where something changed; at first everything is put in that was there before search."""
    totals: dict[str, Any] = settings.get(TOTALS, {})
    if not totals:
        services.rebuild()
        return False
    last_id, items = db.session.execute(sa.select(sa.func.max(SearchItem.id), sa.func.count())).one()
    changed = (last_id, items) != (totals.get("last_id"), totals.get("every"))
    old = clock.now().isoformat() > str(totals["old_at"])
    if old or (changed and items <= FEW):
        unit_of_work(services.recount)
    return False


DUTIES = [Duty("search_counts", count_again, every=COUNT_EVERY)]
