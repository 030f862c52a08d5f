"""The people who are here as a staff list: what `import people` reads. Reads alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible

from .models import Department, Person, Place
from .staff_list import safe_cell

HEADER = (
    "id", "name", "preferred name", "email", "login", "title", "department", "place", "time zone", "manager",
    "start date", "end date", "kind",
)  # fmt: skip


def staff_list(viewer: Viewer) -> Iterator[str]:
    """Everybody who is here, for admins, line by line. Read again, it changes nobody."""
    if not viewer.is_admin:
        raise NotVisible
    boss = aliased(Person)
    query = (
        sa.select(
            Person.external_id, Person.name, Person.preferred_name, Person.email, Person.login, Person.title,
            Department.name, Place.name, Person.time_zone,
            sa.func.coalesce(boss.external_id, boss.email, boss.login), Person.starts_on, Person.ends_on, Person.kind,
        )
        .outerjoin(Department, Department.id == Person.department_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(boss, sa.and_(boss.id == Person.manager_id, boss.left_at.is_(None)))
        .where(Person.left_at.is_(None), Person.erased_at.is_(None))
        .order_by(Person.id)
    )  # fmt: skip
    rows = [tuple(row) for row in db.session.execute(query)]
    return _lines(rows)


def _lines(rows: list[tuple[object, ...]]) -> Iterator[str]:
    yield "\ufeff" + _line(HEADER)
    for row in rows:
        yield _line([safe_cell("" if cell is None else str(cell)) for cell in row])


def _line(cells: object) -> str:
    made = io.StringIO()
    csv.writer(made).writerow(cells)  # type: ignore[arg-type]
    return made.getvalue()
