"""What kudos see to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import meetings


def forget_screens() -> bool:
    """Meetings that are long over."""
    unit_of_work(meetings.forget_old)
    return False


DUTIES = [Duty("forget_screens", forget_screens, at_hour=2)]
