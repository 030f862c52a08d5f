"""The words of a kudos: their key, whom they mention, and how they stand on a page."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from portal.core.db import db
from portal.core.markup import mentioned, safe_html
from portal.people.models import Person
from portal.people.names import fold


def key_of(why: str) -> str:
    """The same for words that read the same."""
    return hashlib.sha256(fold(why).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def render(why: str) -> tuple[str, list[int]]:
    """(HTML, ids of whom it mentions). One query where anybody may be mentioned; whoever is gone stays words."""
    handles = mentioned(why)[:50]
    if not handles:
        return safe_html(why), []
    rows = db.session.execute(
        sa.select(Person.id, Person.handle, Person.name).where(Person.handle.in_(handles), Person.left_at.is_(None))
    ).all()
    return safe_html(why, {row.handle: row.name for row in rows}), sorted(row.id for row in rows)
