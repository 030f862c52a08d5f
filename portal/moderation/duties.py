"""What moderation sees to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import services


def forget_reports() -> bool:
    """Settled ones, after some days."""
    unit_of_work(services.forget_old)
    return False


DUTIES = [Duty("forget_reports", forget_reports, at_hour=2)]
