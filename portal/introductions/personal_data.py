"""What introductions hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept, Whom

from .models import Introduction, IntroductionSide, ManagerAsk
from .queries import seen_side, together

_OVER = _("%(days)s after it ended; until one of you is erased")


def forget_sides(whom: Whom) -> None:
    """What they were to be brought together by, as a whole."""
    theirs = sa.select(IntroductionSide.introduction_id).where(IntroductionSide.person_id == whom.person_id)
    gone = sa.delete(Introduction).where(Introduction.id.in_(theirs))
    db.session.execute(gone.execution_options(synchronize_session=False))


def _asked_or_mine(person_id: int) -> sa.ColumnElement[bool]:
    """What I asked, and what was put to me as far as it reached me."""
    put = sa.and_(ManagerAsk.manager_id == person_id, together(ManagerAsk.person_id, ManagerAsk.manager_id))
    return sa.or_(ManagerAsk.person_id == person_id, put)


HELD = [
    Held(
        "manager_ask",
        ("id", "public_id", "person_id", "manager_id", "line", "at", "ends_at"),
        _("That you asked your manager whom to meet, and who asked you"),
        _("To put it to them, and to end it kindly"),
        _("You and the other"),
        _OVER,
        keeps="introductions",
        whose=("person_id", "manager_id"),
        rows=_asked_or_mine,
    ),
    Held(
        "manager_ask",
        ("state", "passed_at", "ended_at"),
        _("What you answered to those who asked you whom to meet"),
        _("So that you are not asked again"),
        _("You alone; whoever asked sees the names, or a silence"),
        _("As long as the ask"),
        whose=("manager_id",),
        rows=lambda person_id: sa.and_(
            ManagerAsk.manager_id == person_id, together(ManagerAsk.person_id, ManagerAsk.manager_id)
        ),
        beside=("id",),
        erase="stays",  # with its row
        merge="stays",
    ),
    Held(
        "introduction",
        ("id", "public_id", "by_id", "ask_id", "state", "at", "ended_at"),
        _("Whom you brought together, and whether both said yes"),
        _("To ask the two"),
        _("You; each of the two their own part"),
        _OVER,
        keeps="introductions",
        whose=("by_id",),
    ),
    Held(
        "introduction_side",
        ("introduction_id", "person_id", "other_id", "line", "told_at", "answer", "answered_at"),
        _("With whom somebody would like to bring you together, what they say, and what you answered"),
        _("To ask you first"),
        _("You alone; the line whoever wrote it as well; that both said yes all three"),
        _("As long as the introduction"),
        whose=("person_id", "other_id"),
        rows=seen_side,
        erase=forget_sides,
    ),
]

KEPT = [Kept("introductions", _("Introductions that were made, or that nothing came of"), 180, 90, 1095)]
