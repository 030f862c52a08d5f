"""What people see to as time goes by."""

from __future__ import annotations

import logging
from datetime import timedelta

import sqlalchemy as sa

from portal.core import clock, personal
from portal.core.db import db, unit_of_work
from portal.core.errors import RuleBroken
from portal.core.worker import Duty

from . import erasing, importing, merging, services
from .models import Person, Place

log = logging.getLogger("hallway.people")


def leave_on_time() -> bool:
    """Whoever's last day has passed where they are has left."""
    zone = sa.func.coalesce(Person.time_zone, Place.time_zone)
    ending = (
        sa.select(Person.id, Person.ends_on, zone)
        .outerjoin(Place, Place.id == Person.place_id)
        # Tomorrow begins in the east before it does in Greenwich.
        .where(Person.left_at.is_(None), Person.ends_on <= clock.today() + timedelta(days=1))
    )
    over = [one for one, last, where in db.session.execute(ending).tuples() if last and last < clock.today(where)]
    for person_id in over:
        _alone("leave_on_time", person_id)
    return False


def _alone(what: str, person_id: int) -> None:
    """One person, in a unit of work of their own: one who may not leave keeps nobody else."""
    try:
        unit_of_work(lambda: _leave(person_id) if what == "leave_on_time" else _erase(person_id))
    except RuleBroken:
        log.warning("duty_refused", extra={"duty": what, "person_id": person_id})


def _leave(person_id: int) -> None:
    person = db.session.get(Person, person_id)
    # Asked again inside: a lead may have moved the day meanwhile.
    if person is not None and person.ends_on is not None and person.ends_on < clock.today(_zone_of(person_id)):
        services.mark_left(person_id=person_id, actor_id=None)


def _zone_of(person_id: int) -> str | None:
    """Where they are: their own zone, else their place's."""
    zone = sa.func.coalesce(Person.time_zone, Place.time_zone)
    found = sa.select(zone).select_from(Person).outerjoin(Place, Place.id == Person.place_id)
    return db.session.scalar(found.where(Person.id == person_id))


def _erase(person_id: int) -> None:
    cut = personal.forgotten_before("leavers")
    person = db.session.get(Person, person_id)
    if person is not None and cut is not None and person.left_at is not None and person.left_at < cut:
        erasing.erase_person(person_id=person_id, actor_id=None)


def forget_leavers() -> bool:
    """Whoever left so long ago is erased, where the admins want that."""
    cut = personal.forgotten_before("leavers")
    if cut is None:
        return False
    gone = sa.select(Person.id).where(
        Person.left_at < cut, Person.erased_at.is_(None), Person.merged_into_id.is_(None)
    )
    for person_id in db.session.scalars(gone.order_by(Person.id)).all():
        _alone("forget_leavers", person_id)
    return False


def settle_merges() -> bool:
    """What can no longer be undone is forgotten."""
    while unit_of_work(merging.settle_old):
        pass
    return False


def forget_staff_lists() -> bool:
    """What came of staff lists that are done, and drafts that nobody came back for."""
    cut = personal.forgotten_before("staff_lists")
    if cut is not None:
        unit_of_work(lambda: importing.forget_old(cut))
    return False


def import_staff_lists() -> bool:
    """The next staff list that waits; one at a time, whoever writes it."""
    if not importing.is_due():
        return False
    run = unit_of_work(importing.take_next)
    if run is None:
        return False
    importing.work_on(run)
    return True


DUTIES = [
    Duty("leave_on_time", leave_on_time, every=timedelta(minutes=15)),
    Duty("settle_merges", settle_merges, every=timedelta(hours=1)),
    Duty("forget_leavers", forget_leavers, at_hour=2),
    Duty("forget_staff_lists", forget_staff_lists, at_hour=2),
    Duty("import_staff_lists", import_staff_lists, lane="staff lists"),
]
