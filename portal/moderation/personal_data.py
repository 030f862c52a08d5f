"""What moderation holds about a person."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

from .models import Report


def _mine(person_id: int) -> sa.ColumnElement[bool]:
    """What somebody wrote, and what was sent to them; what went to the admins about them is not theirs to read."""
    to_them = sa.and_(Report.person_id == person_id, Report.goes_to == "person")
    return sa.or_(Report.by_id == person_id, to_them)


HELD = [
    Held(
        "report",
        ("id", "person_id", "by_id", "kind", "goes_to", "words", "at", "settled_at", "settled_by_id"),
        _("What somebody said is not right on a profile"),
        _("So that it can be put right"),
        _("The person or the admins, whichever it was sent to"),
        _("%(days)s after it was settled"),
        keeps="reports",
        whose=("person_id", "by_id"),
        named=("settled_by_id",),
        rows=_mine,
        secret=("by_id", "settled_by_id"),
    ),
]

KEPT = [Kept("reports", _("Reports that something is wrong, once they are settled"), 90, 7, 365)]
