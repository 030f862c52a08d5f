"""What ties see to as time goes by."""

from __future__ import annotations

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import importing, services


def forget_contacts() -> bool:
    """Imported contacts that are older than they are kept; days away that no state depends on any more."""
    importing.forget_old()
    unit_of_work(services.forget_away)
    return False


DUTIES = [Duty("forget_contacts", forget_contacts, at_hour=2)]
