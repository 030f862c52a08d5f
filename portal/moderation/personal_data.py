"""What moderation holds about a person."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

from .models import Boundary, Report, WordsReport


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
    Held(
        "boundary",
        ("person_id", "other_id", "kind", "at"),
        _("Whom you never want to be brought together with, or blocked"),
        _("So that it never happens"),
        _("You alone; the other is not told"),
        _("Until you undo it, or one of you is erased"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: Boundary.person_id == person_id,
        merge="if_free",
    ),
    Held(
        "words_report",
        ("id", "subject_kind", "subject_id", "about_id", "by_id", "why", "words_then", "at", "settled_at",
         "settled_by_id", "outcome"),
        _("Reports that something you or others wrote should not stand there"),
        _("So that moderators can look at it"),
        _("Moderators, but not whom it is about"),
        _("%(days)s after it was settled"),
        keeps="reports",
        whose=("about_id", "by_id"),
        named=("settled_by_id",),
        rows=lambda person_id: WordsReport.by_id == person_id,
        secret=("settled_by_id",),
        merge="if_free",
    ),
    Held(
        "words_report_named",
        ("report_id", "person_id"),
        _("That words which were reported, and taken back since, were about you"),
        _("So that nobody settles a report about what names them"),
        _("Nobody"),
        _("As long as the report"),
        rows=lambda _person_id: sa.false(),  # that something was reported is for moderators
        merge="if_free",
    ),
    Held(
        "pause",
        ("person_id", "until", "why", "by_id", "at"),
        _("Until when you may not write to colleagues, and why"),
        _("To calm down what went wrong"),
        _("You and the moderators"),
        _("Until you are erased"),
        named=("by_id",),
        secret=("by_id",),
        merge="if_free",
    ),
]  # fmt: skip

KEPT = [Kept("reports", _("Reports that something is wrong, once they are settled"), 90, 7, 365)]
