"""What invitations see to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import services


def forget_invitations() -> bool:
    """Those that have been settled long enough."""
    unit_of_work(services.forget_old)
    return False


DUTIES = [Duty("forget_invitations", forget_invitations, at_hour=2)]
