"""Rules and writes of moderation."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import audit, clock, personal
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.people.models import Person
from portal.people.queries import cards

from .models import KINDS, TO_ADMINS, Report

A_DAY = 10  # reports that one person writes in any 24 hours
MAX_WORDS = 500


def report(*, viewer: Viewer, person_id: int, kind: str, words: str, goes_to: str) -> int:
    """Say that something on a colleague's profile is not right; the report's number.

    The same said again is said once, with the words of today. That somebody left, or stands there twice, is for the
    admins."""
    if viewer.is_guest or not cards(viewer, [person_id]):
        raise NotVisible
    if person_id == viewer.person_id:
        raise RuleBroken("", gettext("This is your own page. You can change it yourself."))
    if kind not in KINDS or goes_to not in ("person", "admins"):
        raise RuleBroken("kind", gettext("Pick one from the list"))
    if kind in ("missing", "wrong") and not words:
        raise RuleBroken("words", gettext("Say what is not right, in a few words"))
    if len(words) > MAX_WORDS:
        raise RuleBroken("words", gettext("At most %(most)d characters", most=MAX_WORDS))
    goes_to = "admins" if kind in TO_ADMINS else goes_to
    # Whoever writes waits for their own other report, so that the count is right and nothing is there twice.
    db.session.execute(sa.select(Person.id).where(Person.id == viewer.person_id).with_for_update())
    same = sa.select(Report).where(
        Report.by_id == viewer.person_id,
        Report.person_id == person_id,
        Report.kind == kind,
        Report.settled_at.is_(None),
    )
    row = db.session.scalar(same.limit(1).with_for_update())
    if row is None:
        _not_too_many(viewer.person_id)
        row = Report(person_id=person_id, by_id=viewer.person_id, kind=kind, at=clock.now())
        db.session.add(row)
        audit.record("profile_reported", actor_id=viewer.person_id)  # about whom stands in the report alone
    row.words, row.goes_to = words, goes_to
    db.session.flush()
    return row.id


def _not_too_many(person_id: int) -> None:
    written = sa.select(sa.func.count()).select_from(Report)
    written = written.where(Report.by_id == person_id, Report.at > clock.ago(days=1))
    if (db.session.scalar(written) or 0) >= A_DAY:
        raise RuleBroken("", gettext("You have written %(most)d reports today. Go on tomorrow.", most=A_DAY))


def settle(*, viewer: Viewer, report_id: int) -> None:
    """It is put right, or right as it is: for whom it was sent to. Settled already: nothing happens."""
    row = db.session.get(Report, report_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotVisible
    mine = row.goes_to == "person" and row.person_id == viewer.person_id
    if not mine and not (viewer.is_admin and row.goes_to == "admins" and row.person_id != viewer.person_id):
        raise NotVisible
    if row.settled_at is None:
        row.settled_at, row.settled_by_id = clock.now(), viewer.person_id
        audit.record("report_settled", actor_id=viewer.person_id, subject_id=row.person_id)


def settle_left(person_id: int) -> None:
    """They have left: what was asked of them is not asked any more, and nobody need say so again."""
    over = sa.or_(Report.kind == "left", Report.goes_to == "person")
    done = sa.update(Report).where(Report.person_id == person_id, Report.settled_at.is_(None), over)
    db.session.execute(done.values(settled_at=clock.now()).execution_options(synchronize_session=False))


def settle_duplicate(person_id: int) -> None:
    """They stand there once by now."""
    twice = sa.update(Report).where(
        Report.person_id == person_id, Report.settled_at.is_(None), Report.kind == "duplicate"
    )
    db.session.execute(twice.values(settled_at=clock.now()).execution_options(synchronize_session=False))


def forget_old() -> None:
    """Settled reports are forgotten after the days that the admins chose."""
    cut = personal.forgotten_before("reports")
    if cut is not None:
        db.session.execute(sa.delete(Report).where(Report.settled_at < cut))
