"""What accounts see to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import services


def forget_old() -> bool:
    """Sessions, links, codes and words that are over."""
    unit_of_work(services.forget_old)
    return False


DUTIES = [Duty("forget_accounts", forget_old, at_hour=2)]
