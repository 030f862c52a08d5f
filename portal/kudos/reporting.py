"""Thanks that should not stand there: reported by whoever may see them, settled by moderators.

A moderator who is named in them, as giver or receiver, neither sees nor settles the report: the other moderators and
the admins do.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.events import publish
from portal.core.paging import PAGE, Page, cursor_of, page_of, read_cursor
from portal.moderation import services as moderation
from portal.moderation.models import Pause, WordsReport, WordsReportNamed
from portal.people.models import Person
from portal.teams.models import Team

from . import queries
from .events import KudosHidden, KudosRestored
from .models import Kudos, KudosPerson
from .services import KIND, relist

# ---- reading -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reported:
    """A report as a moderator reads it. Names are those of today, "" for who was erased.

    words_now: what it says today, "" where it was taken back (`is_gone`). outcome: None while it is open.
    """

    id: int
    giver: str
    receivers: tuple[str, ...]
    words_then: str
    words_now: str
    is_gone: bool
    is_hidden: bool
    by: str
    why: str
    at: datetime
    outcome: str | None
    settled_at: datetime | None
    settled_by: str
    paused_until: datetime | None

    @property
    def changed(self) -> bool:
        return not self.is_gone and self.words_now != self.words_then


def _settled_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that a `WordsReport` is one which this moderator may see and settle."""
    named = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.kudos_id == WordsReport.subject_id, KudosPerson.person_id == viewer.person_id
    )
    before = sa.select(WordsReportNamed.report_id).where(
        WordsReportNamed.report_id == WordsReport.id, WordsReportNamed.person_id == viewer.person_id
    )
    mine = sa.or_(WordsReport.about_id == viewer.person_id, named.exists(), before.exists())
    return sa.and_(WordsReport.subject_kind == KIND, ~mine)


def reports(viewer: Viewer, *, settled: bool = False, cursor: str | None = None, size: int = PAGE) -> Page[Reported]:
    """The open ones, or the settled ones, the newest first. `NotVisible` for who is no moderator."""
    start = read_cursor(cursor, int)
    when = [WordsReport.settled_at.is_not(None) if settled else WordsReport.settled_at.is_(None)]
    return page_of(
        _read(viewer, *when, *([WordsReport.id < start[0]] if start else []), most=size + 1),
        size,
        lambda line: cursor_of(line.id),
    )


def report_for(viewer: Viewer, report_id: int) -> Reported:
    """One of them. `NotVisible` when there is none for this viewer."""
    found = _read(viewer, WordsReport.id == report_id, most=1)
    if not found:
        raise NotVisible
    return found[0]


def _read(viewer: Viewer, *wanted: sa.ColumnElement[bool], most: int) -> list[Reported]:
    if not viewer.is_moderator:
        raise NotVisible
    about, by, settler = aliased(Person), aliased(Person), aliased(Person)
    query = (
        sa.select(WordsReport, Kudos, about.name, by.name, settler.name, Pause.until, Team.name)
        .join(about, about.id == WordsReport.about_id)
        .outerjoin(by, by.id == WordsReport.by_id)
        .outerjoin(settler, settler.id == WordsReport.settled_by_id)
        .outerjoin(Kudos, sa.and_(Kudos.id == WordsReport.subject_id, Kudos.taken_back_at.is_(None)))
        .outerjoin(Team, sa.and_(Team.id == Kudos.team_id, Kudos.to_team))
        .outerjoin(Pause, sa.and_(Pause.person_id == WordsReport.about_id, Pause.until > clock.now()))
        .where(_settled_by(viewer), *wanted)
        .order_by(WordsReport.id.desc())
        .limit(most)
    )
    rows = db.session.execute(query).tuples().all()
    named = _receivers([kudos.id for _row, kudos, *_rest in rows if kudos and not kudos.to_team])
    return [
        Reported(
            id=row.id,
            giver=giver,
            receivers=() if kudos is None else (team,) if team else tuple(named[kudos.id]),
            words_then=row.words_then,
            words_now=kudos.why if kudos else "",
            is_gone=kudos is None,
            is_hidden=kudos is not None and kudos.hidden_at is not None,
            by=reporter or "",
            why=row.why,
            at=row.at,
            outcome=row.outcome,
            settled_at=row.settled_at,
            settled_by=settled_by or "",
            paused_until=until,
        )
        for row, kudos, giver, reporter, settled_by, until, team in rows
    ]


def _receivers(kudos_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    names = (
        sa.select(KudosPerson.kudos_id, Person.name)
        .join(Person, Person.id == KudosPerson.person_id)
        .where(KudosPerson.kudos_id.in_(kudos_ids), KudosPerson.side == "to")
        .order_by(KudosPerson.place, KudosPerson.person_id)
    )
    for kudos_id, name in db.session.execute(names).tuples():
        found[kudos_id].append(name)
    return found


def how_many_open(viewer: Viewer) -> int:
    """Reports that wait for this moderator; 0 for who is none."""
    if not viewer.is_moderator:
        return 0
    waiting = sa.select(sa.func.count()).select_from(WordsReport)
    return db.session.scalar(waiting.where(WordsReport.settled_at.is_(None), _settled_by(viewer))) or 0


def somebody_settles(kudos_id: int) -> bool:
    """Is there a moderator or an admin who is not named in it?"""
    named = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.kudos_id == kudos_id, KudosPerson.person_id == Account.person_id
    )
    others = (
        sa.select(Account.person_id)
        .join(Person, Person.id == Account.person_id)
        .where(Account.role.in_(("moderator", "admin")), Person.kind != "guest", Person.left_at.is_(None))
        .where(sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today()), ~named.exists())
    )
    return db.session.scalar(others.limit(1)) is not None


# ---- reporting and settling --------------------------------------------------------------------------------


def report(*, viewer: Viewer, public_id: str, why: str) -> int:
    """Say that it should not stand there; the report's number. Raises `RuleBroken` on "why"."""
    kudos_id = queries.id_of(viewer, public_id)
    kudos = _held(kudos_id)
    if kudos is None:
        raise NotVisible
    return moderation.report_words(
        viewer=viewer, subject_kind=KIND, subject_id=kudos.id, about_id=kudos.giver_id, why=why, words_then=kudos.why
    )


def _held(kudos_id: int) -> Kudos | None:
    """The kudos, held until the end of the unit of work; None for one that is gone."""
    row = sa.select(Kudos).where(Kudos.id == kudos_id, Kudos.taken_back_at.is_(None)).with_for_update()
    return db.session.scalar(row.execution_options(populate_existing=True))


def _mine_to_settle(viewer: Viewer, report_id: int) -> WordsReport:
    if not viewer.is_moderator:
        raise NotVisible
    row = db.session.scalar(sa.select(WordsReport).where(WordsReport.id == report_id, _settled_by(viewer)))
    if row is None:
        raise NotVisible
    return row


def decide(*, viewer: Viewer, report_id: int, seen: str | None, hide: bool) -> str:
    """Hide what was reported, or let it stand (again). Its people are told where something changes.

    What came of it: "hidden", "kept", or "gone" where it was taken back meanwhile. `seen`: see
    `moderation.services.decide_words`.
    """
    asked = _mine_to_settle(viewer, report_id)
    kudos = _held(asked.subject_id)
    outcome = "gone" if kudos is None else "hidden" if hide else "kept"
    moderation.decide_words(viewer=viewer, report_id=report_id, seen=seen, outcome=outcome)
    if kudos is not None and hide != (kudos.hidden_at is not None):
        kudos.hidden_at = clock.now() if hide else None
        kudos.version += 1
        db.session.flush()
        relist(kudos=kudos)
        if hide:
            publish(KudosHidden(kudos.id))
        else:
            publish(KudosRestored(kudos.id))
    return outcome


def pause_giver(*, viewer: Viewer, report_id: int, days: int, why: str) -> None:
    """Whoever wrote what was reported may not thank for so many days. See `moderation.services.pause`."""
    asked = _mine_to_settle(viewer, report_id)
    moderation.pause(viewer=viewer, person_id=asked.about_id, days=days, why=why)
