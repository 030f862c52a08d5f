"""What has to be so about accounts."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.checks import Check, said
from portal.core.db import db, unit_of_work
from portal.people.models import Person

from . import services
from .models import SignIn


def _open_of_leavers() -> list[int]:
    rows = db.session.scalars(
        sa.select(SignIn.person_id)
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.ended_at.is_(None), sa.or_(Person.left_at.is_not(None), Person.erased_at.is_not(None)))
        .distinct()
        .order_by(SignIn.person_id)
    )
    return list(rows)


def _end() -> None:
    def end() -> None:
        for person_id in _open_of_leavers():
            services.end_sessions(person_id=person_id)

    unit_of_work(end)


CHECKS = [
    Check("who has left is signed in nowhere", lambda: said("leavers are signed in", _open_of_leavers()), _end),
]
