"""What introductions see to as time goes by: who may be asked by now is asked, and what nothing came of ends."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import managers, queries, services

_EVERY = timedelta(minutes=5)
_SOME = 20


def ask_more() -> bool:
    """Those for whom too much waited before, or who were not to be asked then."""
    due = queries.due_to_be_asked(_SOME)
    for introduction_id, person_id in due:
        unit_of_work(partial(services.ask, introduction_id=introduction_id, person_id=person_id))
    return len(due) == _SOME


def end_introductions() -> bool:
    """An introduction that nothing came of."""
    return unit_of_work(services.end_next)


def end_manager_asks() -> bool:
    """An ask that no manager answered."""
    return unit_of_work(managers.end_next)


def forget_introductions() -> bool:
    """What is long over."""
    unit_of_work(_forget)
    return False


def _forget() -> None:
    services.forget_old()
    managers.forget_old()


DUTIES = [
    Duty("ask_about_introductions", ask_more, every=_EVERY),
    Duty("end_introductions", end_introductions, every=_EVERY),
    Duty("end_manager_asks", end_manager_asks, every=_EVERY),
    Duty("forget_introductions", forget_introductions, at_hour=2),
]
