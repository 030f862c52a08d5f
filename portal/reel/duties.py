"""What the reel sees to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import services


def forget_nudges() -> bool:
    """Those that are old."""
    unit_of_work(services.forget_old)
    return False


DUTIES = [Duty("forget_nudges", forget_nudges, at_hour=2)]
