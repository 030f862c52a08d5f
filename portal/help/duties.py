"""What help sees to as time goes by: the next ones are asked, an ask is raised, promises are reminded of."""

from __future__ import annotations

from datetime import timedelta

from portal.core.db import unit_of_work
from portal.core.worker import Duty

from . import asking, promises, services


def ask_the_next() -> bool:
    """The next round of asks for which it is time. Who is able is looked for before anything is locked."""
    due = services.due_rounds(most=5)
    for ask_id in due:
        able = asking.able_for(ask_id)
        unit_of_work(lambda ask_id=ask_id, able=able: services.ask_next(ask_id=ask_id, able=able))  # type: ignore[misc]
    return len(due) == 5


def raise_unanswered() -> bool:
    """An ask that nobody answered in a week."""
    return unit_of_work(services.raise_due)


def remind() -> bool:
    """The next reminder that is due."""
    return unit_of_work(promises.remind_next)


def forget_promises() -> bool:
    """Promises that ended long ago."""
    unit_of_work(promises.forget_old)
    return False


DUTIES = [
    Duty("ask_the_next", ask_the_next),
    Duty("raise_unanswered", raise_unanswered, every=timedelta(minutes=5)),
    Duty("remind_of_promises", remind),
    Duty("forget_promises", forget_promises, at_hour=2),
]
