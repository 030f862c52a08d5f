"""Rules and writes of moderation."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import audit, clock, personal
from portal.core.auth import Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.people.models import Person
from portal.people.queries import cards

from .events import BoundaryDrawn, PauseBegan, PauseEnded
from .models import APART, KINDS, PAUSES, TO_ADMINS, Boundary, Pause, Report, WordsReport, WordsReportNamed

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
    db.session.execute(sa.select(Person.id).where(Person.id == viewer.person_id).with_for_update(key_share=True))
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
        for table in (Report, WordsReport):
            db.session.execute(sa.delete(table).where(table.settled_at < cut))


# ---- who is kept apart -------------------------------------------------------------------------------------
# Nothing here is audited or told to anybody: an admin who reads the log is perhaps whom it is about.


def set_boundary(*, viewer: Viewer, other_id: int, kind: str) -> None:
    """Never bring me together with them ("never"), or let them reach me neither ("block"). The last one said holds.

    About somebody whom the viewer may see, so about no leaver: `NotVisible`. Raises `RuleBroken` about oneself.
    """
    if other_id == viewer.person_id:
        raise RuleBroken("", gettext("That is you"))
    if kind not in APART or not cards(viewer, [other_id]):
        raise NotVisible
    row = {"person_id": viewer.person_id, "other_id": other_id, "kind": kind, "at": clock.now()}
    insert_missing(Boundary, [row])
    mine = sa.update(Boundary).where(Boundary.person_id == viewer.person_id, Boundary.other_id == other_id)
    mine = mine.where(Boundary.kind != kind).values(kind=kind, at=row["at"])
    db.session.execute(mine.execution_options(synchronize_session=False))
    publish(BoundaryDrawn(viewer.person_id, other_id, kind == "block"))


def undo_boundary(*, viewer: Viewer, other_id: int) -> None:
    """As if it had never been set; nothing happens where there is none."""
    mine = sa.delete(Boundary).where(Boundary.person_id == viewer.person_id, Boundary.other_id == other_id)
    db.session.execute(mine.execution_options(synchronize_session=False))


def forget_boundary_to_oneself(person_id: int) -> None:
    """Two entries that were kept apart turned out to be one person."""
    own = sa.delete(Boundary).where(Boundary.person_id == person_id, Boundary.other_id == person_id)
    db.session.execute(own.execution_options(synchronize_session=False))


# ---- words that should not stand there ---------------------------------------------------------------------
# Whose words they are, and who else is named in them, is for the domain above to say, which also hides them.


def report_words(
    *, viewer: Viewer, subject_kind: str, subject_id: int, about_id: int, why: str, words_then: str
) -> int:
    """Say that something which the viewer may see should not stand there; the report's number.

    about_id: who wrote it; words_then: what it says today. One report a person and subject: said again while it is
    open, it holds the words of today. Raises `RuleBroken` on "why".
    """
    if about_id == viewer.person_id:
        raise RuleBroken("", gettext("These are your own words. You can take them back."))
    if not why:
        raise RuleBroken("why", gettext("Say why, in a few words"))
    if len(why) > MAX_WORDS:
        raise RuleBroken("why", gettext("At most %(most)d characters", most=MAX_WORDS))
    # Whoever writes waits for their own other report, so that the count is right and nothing is there twice.
    db.session.execute(sa.select(Person.id).where(Person.id == viewer.person_id).with_for_update(key_share=True))
    mine = sa.select(WordsReport).where(
        WordsReport.subject_kind == subject_kind,
        WordsReport.subject_id == subject_id,
        WordsReport.by_id == viewer.person_id,
    )
    row = db.session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if row is not None and row.settled_at is not None:
        raise RuleBroken("", gettext("You reported this before. A moderator looked at it and settled it."))
    if row is None:
        written = sa.select(sa.func.count()).select_from(WordsReport)
        written = written.where(WordsReport.by_id == viewer.person_id, WordsReport.at > clock.ago(days=1))
        if (db.session.scalar(written) or 0) >= A_DAY:
            raise RuleBroken("", gettext("You have written %(most)d reports today. Go on tomorrow.", most=A_DAY))
        row = WordsReport(
            subject_kind=subject_kind,
            subject_id=subject_id,
            about_id=about_id,
            by_id=viewer.person_id,
            at=clock.now(),
        )
        db.session.add(row)
    row.why, row.words_then = why, words_then
    db.session.flush()
    return row.id


def remember_named(*, subject_kind: str, subject_id: int, people: sa.Select[int]) -> None:
    """What was reported goes away, and with it who is named there: they have no part in those reports afterwards
    either. people: a select of their ids. One statement."""
    named = people.subquery()
    told = sa.select(WordsReport.id, *named.c).where(
        WordsReport.subject_kind == subject_kind, WordsReport.subject_id == subject_id
    )
    rows = told.join_from(WordsReport, named, sa.true())
    db.session.execute(sa.insert(WordsReportNamed).from_select(["report_id", "person_id"], rows))


def decide_words(*, viewer: Viewer, report_id: int, seen: str | None, outcome: str) -> None:
    """A moderator's word on a report, and on all others about the same that stand as it does or are open.

    seen: the outcome that the moderator saw when they decided (None: open), so that of two at once one is told.
    outcome: "hidden", "kept" or "gone". The same decision sent twice by the same moderator is one.
    """
    asked = db.session.get(WordsReport, report_id)
    if asked is None or not viewer.is_moderator or asked.about_id == viewer.person_id:
        raise NotVisible
    same = sa.select(WordsReport).where(
        WordsReport.subject_kind == asked.subject_kind, WordsReport.subject_id == asked.subject_id
    )
    in_order = same.order_by(WordsReport.id).with_for_update().execution_options(populate_existing=True)
    rows = db.session.scalars(in_order).all()
    if asked.outcome == outcome and asked.settled_by_id == viewer.person_id:
        return
    if asked.outcome != seen:
        raise RuleBroken("", gettext("Somebody else settled this meanwhile. Look at what they decided."))
    for row in rows:
        if row.outcome is None or row.outcome == seen:
            row.outcome, row.settled_at, row.settled_by_id = outcome, clock.now(), viewer.person_id
    _note_decision(viewer, asked.about_id, seen, outcome)
    db.session.flush()


def _note_decision(viewer: Viewer, about_id: int, seen: str | None, outcome: str) -> None:
    """Whose words stay never learns that they were reported, not as an admin who reads the log either."""
    if outcome == "hidden":
        audit.record("words_hidden", actor_id=viewer.person_id, subject_id=about_id)
    elif outcome == "gone":
        audit.record("words_gone", actor_id=viewer.person_id)
    elif seen == "hidden":
        audit.record("words_restored", actor_id=viewer.person_id, subject_id=about_id)
    else:
        audit.record("words_kept", actor_id=viewer.person_id)


def pause(*, viewer: Viewer, person_id: int, days: int, why: str) -> None:
    """They may not write to colleagues for so many days (one of `PAUSES`), and read why. By a moderator, and never
    about themselves. Raises `RuleBroken` on "days" and "why", and for who is paused already."""
    _moderates(viewer, person_id)
    if days not in PAUSES:
        raise RuleBroken("days", gettext("Pick one from the list"))
    if not why:
        raise RuleBroken("why", gettext("Say why. They read it."))
    if len(why) > MAX_WORDS:
        raise RuleBroken("why", gettext("At most %(most)d characters", most=MAX_WORDS))
    # Whoever is about to write holds the same row: either they are done before this, or they see it.
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None or person.left_at is not None or person.erased_at is not None:
        raise RuleBroken("", gettext("They are not here any more"))
    now = clock.now()
    row = db.session.get(Pause, person_id, populate_existing=True)
    if row is not None and row.until > now:
        raise RuleBroken("", gettext("Somebody else paused them meanwhile"))
    if row is None:
        row = Pause(person_id=person_id)
        db.session.add(row)
    row.until, row.why, row.by_id, row.at = now + timedelta(days=days), why, viewer.person_id, now
    db.session.flush()
    audit.record("pause_began", actor_id=viewer.person_id, subject_id=person_id)
    publish(PauseBegan(person_id))


def end_pause(*, viewer: Viewer, person_id: int) -> None:
    """They may write again; nothing happens where they may."""
    _moderates(viewer, person_id)
    row = db.session.get(Pause, person_id, with_for_update=True, populate_existing=True)
    if row is not None and row.until > clock.now():
        row.until = clock.now()
        db.session.flush()
        audit.record("pause_ended", actor_id=viewer.person_id, subject_id=person_id)
        publish(PauseEnded(person_id))


def _moderates(viewer: Viewer, person_id: int) -> None:
    if not viewer.is_moderator or person_id == viewer.person_id:
        raise NotVisible
