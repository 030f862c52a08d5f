"""What Hallway owes to the outside: one row for each mail, written together with the fact that it is about.

A row says what kind of mail is owed about which row of which domain; whoever owes it renders it anew from that row,
so nothing usable stands here. `occasion` tells a second mail about the same thing from the first one sent twice.

Workers claim some rows at a time with a lease, send them over one connection, and mark each as it goes. A worker that
is killed in between leaves its lease behind: when it has run out, another sends the same mail under the same
Message-ID. So each mail arrives at least once.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from . import clock, mail, personal, smtp
from .db import Base, Key, alone, batches, db, insert_missing, unit_of_work
from .events import MailAccepted, MailRefused, publish
from .paging import Page, cursor_of, page_of, read_cursor
from .worker import Duty

log = logging.getLogger("hallway.mail")

UNDO_FOR = timedelta(seconds=60)  # what leaves the house waits so long, for whoever takes it back
BATCH = 20  # mails over one connection
# Longer than a batch takes: it begins no mail after BEGIN_FOR, and one takes eight answers of 30 seconds at the most.
LEASE = timedelta(minutes=15)
BEGIN_FOR = timedelta(minutes=5)
# After each try that failed; after the last one it is parked.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
)
# A server that lets no mail through at all is left alone for a while by this worker: 10 seconds, then longer.
SHORTEST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(minutes=5)
ON_PAGE = 50

_WAITS = "sent_at IS NULL AND parked_at IS NULL"


class OwedMail(Base):
    __tablename__ = "owed_mail"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "occasion"),
        # What waits is found in an index as small as what waits.
        Index(
            "ix_owed_mail_waiting",
            "at_once",
            "due_at",
            "id",
            sqlite_where=sa.text(_WAITS),
            postgresql_where=sa.text(_WAITS),
        ),
        Index(None, "tried_at"),
        Index(None, "sent_at"),
        Index(None, "parked_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Key)
    subject_id: Mapped[int]  # no foreign key: core knows no domain
    occasion: Mapped[int]
    at_once: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # before all that is not
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    tried_at: Mapped[datetime | None]  # the last time that a worker took it up
    leased_until: Mapped[datetime | None]  # a worker is at it until then
    sent_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]  # given up, until somebody sends it again
    problem: Mapped[str | None]  # what the mail server said last
    person_id: Mapped[int | None] = mapped_column(index=True)  # to whom; no foreign key: core knows no domain


_waiting = sa.and_(OwedMail.sent_at.is_(None), OwedMail.parked_at.is_(None))


# ---- owing ---------------------------------------------------------------------------------------------------


def owe_mail(
    kind: str,
    subject_ids: Collection[int],
    *,
    occasion: int = 1,
    at_once: bool = False,
    due: Mapping[int, datetime] | None = None,
) -> None:
    """Owe one mail for each subject (inside a unit of work); what is owed already stays as it is.

    at_once: somebody waits for it at this moment, because they asked for it themselves. due: the moment for a
    subject, where it is another one than the end of the minute for undoing (its reader's night).
    """
    usual = clock.now() if at_once else clock.now() + UNDO_FOR
    moments = due or {}
    rows = [
        {"kind": kind, "subject_id": one, "occasion": occasion, "due_at": moments.get(one, usual), "at_once": at_once}
        for one in subject_ids
    ]
    if rows:
        insert_missing(OwedMail, rows)


def forget_mail(kind: str, subject_ids: Collection[int] | sa.Select[int]) -> None:
    """What was owed about these is not owed any more. What has left already stays written down.

    Given as a select, they are any number in one statement."""
    given: Iterable[list[int] | sa.Select[int]]
    given = [subject_ids] if isinstance(subject_ids, sa.Select) else batches(subject_ids)
    for some in given:
        about = sa.and_(OwedMail.kind == kind, OwedMail.subject_id.in_(some), OwedMail.sent_at.is_(None))
        db.session.execute(sa.delete(OwedMail).where(about).execution_options(synchronize_session=False))


# ---- claiming ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claimed:
    """A mail that this worker sends now."""

    id: int
    kind: str
    subject_id: int
    occasion: int
    tries: int


def _database_now() -> sa.ColumnElement[datetime]:
    """The moment by which leases are kept: of the database, where several machines share one."""
    if db.engine.dialect.name == "postgresql":
        return sa.func.clock_timestamp(type_=OwedMail.due_at.type)
    return sa.literal(clock.now(), OwedMail.due_at.type)


def _free_places(now: datetime) -> int:
    """How many may be taken up at this moment, by all workers together."""
    taken = db.session.scalar(
        sa.select(sa.func.count()).where(OwedMail.tried_at > now - timedelta(minutes=1), OwedMail.tried_at <= now)
    )
    per_minute: int = current_app.config["HALLWAY"].mail_per_minute
    return max(0, min(BATCH, per_minute - (taken or 0)))


def claim() -> list[Claimed]:
    """Take up some of what is due (inside a unit of work): what is wanted at once first, then the longest due."""
    alone("claim mail")  # so that all workers together keep to MAIL_PER_MINUTE
    now = db.session.scalar(sa.select(_database_now()))
    if now is None:  # no database answers so
        return []
    free = _free_places(now)
    taken: list[Claimed] = []
    for at_once in (True, False):
        if free - len(taken) <= 0:
            break
        due = (
            sa.select(OwedMail.id)
            .where(
                _waiting,
                OwedMail.at_once == at_once,
                OwedMail.due_at <= clock.now(),
                OwedMail.kind.in_(mail.kinds()),
                sa.or_(OwedMail.leased_until.is_(None), OwedMail.leased_until < now),
            )
            .order_by(OwedMail.due_at, OwedMail.id)
            .limit(free - len(taken))
            .with_for_update(skip_locked=True)
            # Read once, before the update: as a subquery, PostgreSQL may read it anew for each row that it looks at,
            # past those locked meanwhile, and so take more than the limit.
            .cte("due")
            .prefix_with("MATERIALIZED")
        )
        rows = db.session.execute(
            sa.update(OwedMail)
            .where(OwedMail.id.in_(sa.select(due.c.id)))
            .values(leased_until=now + LEASE, tried_at=now)
            .returning(OwedMail.id, OwedMail.kind, OwedMail.subject_id, OwedMail.occasion, OwedMail.tries)
            .execution_options(synchronize_session=False)
        )
        taken += sorted((Claimed(*row) for row in rows), key=lambda one: one.id)
    return taken


# ---- sending -------------------------------------------------------------------------------------------------


@dataclass
class _Rest:
    """How long this worker leaves a server alone that lets no mail through."""

    until: datetime | None = None
    length: timedelta = SHORTEST_REST

    def begin(self) -> None:
        self.until = clock.now() + self.length
        self.length = min(2 * self.length, LONGEST_REST)

    def end(self) -> None:
        self.until, self.length = None, SHORTEST_REST


def _rest() -> _Rest:
    rest: _Rest = current_app.extensions.setdefault("hallway.mail_rest", _Rest())
    return rest


def send_due() -> bool:
    """Send some of what is due; True when there may be more at once. Without a mail server all of it waits."""
    config = current_app.config["HALLWAY"]
    rest = _rest()
    if not config.smtp_url or (rest.until is not None and clock.now() < rest.until):
        return False
    if not _is_anything_due():
        return False
    claimed = unit_of_work(claim)
    began = clock.now()
    hello = mail.sender(config.mail_from).domain
    with smtp.Line(smtp.server_of(config.smtp_url), hello) as line:
        for place, one in enumerate(claimed):
            if clock.now() - began > BEGIN_FOR:
                _give_back(claimed[place:])
                break
            try:
                _send(one, line)
            except smtp.ServerTrouble as trouble:
                log.warning("mail_server", extra={"problem": str(trouble)})
                _settle_trouble(one, str(trouble))
                _give_back(claimed[place + 1 :])
                rest.begin()
                return False
            rest.end()
    return len(claimed) == BATCH


def _is_anything_due() -> bool:
    """A look without a write: most looks find nothing to do."""
    due = sa.and_(_waiting, OwedMail.due_at <= clock.now(), OwedMail.kind.in_(mail.kinds()))
    return any(
        db.session.scalar(sa.select(OwedMail.id).where(due, OwedMail.at_once == at_once).limit(1)) is not None
        for at_once in (True, False)
    )


def _send(one: Claimed, line: smtp.Line) -> None:
    """Write and send one mail, and mark what came of it. Raises `ServerTrouble`, which is about no mail."""
    try:
        envelope = mail.written(one.kind, one.subject_id, one.occasion)
    except mail.NotYet as later:
        db.session.rollback()
        unit_of_work(partial(_settled, one.id, due_at=later.until, tried_at=None))
        return
    except mail.BadAddress as bad:
        _settle_refused(one, "This is not an address that mail can be sent to", bad.person_id)
        return
    except Exception as error:  # a mistake of ours in one kind of mail must not keep the others from going
        db.session.rollback()
        log.exception("mail_not_written", extra={"kind": one.kind})
        _settle_trouble(one, f"It could not be written: {type(error).__name__}")
        return
    db.session.rollback()  # no read transaction stays open while we talk to a mail server
    if envelope is None:
        unit_of_work(lambda: _drop(one.id))
        return
    try:
        line.send(envelope.message, sender=envelope.sender, to=envelope.to)
    except smtp.MailTrouble as trouble:
        _settle_trouble(one, str(trouble), envelope.person_id)
    except smtp.AddressRefused as refused:
        _settle_refused(one, str(refused), envelope.person_id)
    else:
        unit_of_work(lambda: _mark_sent(one, envelope.person_id))


def _settled(mail_id: int, **values: Any) -> None:
    change = sa.update(OwedMail).where(OwedMail.id == mail_id).values(leased_until=None, **values)
    db.session.execute(change.execution_options(synchronize_session=False))


def _drop(mail_id: int) -> None:
    db.session.execute(sa.delete(OwedMail).where(OwedMail.id == mail_id).execution_options(synchronize_session=False))


def _mark_sent(one: Claimed, person_id: int | None) -> None:
    _settled(one.id, sent_at=clock.now(), tries=one.tries + 1, problem=None, person_id=person_id)
    log.info("mail_sent", extra={"mail": one.id, "kind": one.kind})
    if person_id is not None:
        publish(MailAccepted(person_id))


def _settle_trouble(one: Claimed, problem: str, person_id: int | None = None) -> None:
    """Again after a while, or given up."""
    log.warning("mail_trouble", extra={"mail": one.id, "kind": one.kind, "tries": one.tries + 1})
    now = clock.now()
    values: dict[str, Any] = {"tries": one.tries + 1, "problem": problem}
    if person_id is not None:
        values["person_id"] = person_id
    if one.tries < len(PAUSES):
        values["due_at"] = now + PAUSES[one.tries]
    else:
        values["parked_at"] = now
    unit_of_work(lambda: _settled(one.id, **values))


def _settle_refused(one: Claimed, problem: str, person_id: int | None) -> None:
    """Nobody will ever take it: parked, and whoever keeps addresses is told."""
    log.warning("mail_refused", extra={"mail": one.id, "kind": one.kind})

    def work() -> None:
        parked = {"parked_at": clock.now(), "problem": problem, "person_id": person_id}
        _settled(one.id, tries=one.tries + 1, **parked)
        if person_id is not None:
            publish(MailRefused(person_id))

    unit_of_work(work)


def _give_back(some: list[Claimed]) -> None:
    """Claimed, and not begun: as if nobody had taken them up."""
    ids = [one.id for one in some]

    def work() -> None:
        untouched = sa.update(OwedMail).where(OwedMail.id.in_(ids)).values(leased_until=None, tried_at=None)
        db.session.execute(untouched.execution_options(synchronize_session=False))

    if ids:
        unit_of_work(work)


# ---- what recurs ---------------------------------------------------------------------------------------------


def drop_old() -> bool:
    """What was sent so long ago is forgotten."""
    cut = personal.forgotten_before("mail")

    def work() -> None:
        old = sa.delete(OwedMail).where(OwedMail.sent_at < cut)
        db.session.execute(old.execution_options(synchronize_session=False))

    if cut is not None:
        unit_of_work(work)
    return False


DUTIES = [
    Duty("mail", send_due, lane="mail"),
    Duty("forget_mail", drop_old, at_hour=2),
]


# ---- for whoever looks after it ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """What waits of one kind."""

    kind: str
    count: int
    oldest: datetime  # when the first of them was due
    tried: int  # how many have been tried without success


@dataclass(frozen=True)
class MailLine:
    """One mail on the admin's page."""

    id: int
    kind: str
    subject_id: int
    person_id: int | None
    due_at: datetime
    tries: int
    sent_at: datetime | None
    parked_at: datetime | None
    problem: str | None


_COLUMNS = (
    OwedMail.id, OwedMail.kind, OwedMail.subject_id, OwedMail.person_id, OwedMail.due_at, OwedMail.tries,
    OwedMail.sent_at, OwedMail.parked_at, OwedMail.problem,
)  # fmt: skip


def waiting() -> list[Waiting]:
    """What waits, by kind."""
    tried = sa.func.sum(sa.case((OwedMail.tries > 0, 1), else_=0))
    rows = db.session.execute(
        sa.select(OwedMail.kind, sa.func.count(), sa.func.min(OwedMail.due_at), tried)
        .where(_waiting)
        .group_by(OwedMail.kind)
        .order_by(OwedMail.kind)
    )
    return [Waiting(*row) for row in rows]


def in_trouble(size: int = ON_PAGE) -> list[MailLine]:
    """What waits and did not go at the last try, the last tried first."""
    rows = sa.select(*_COLUMNS).where(_waiting, OwedMail.tries > 0).order_by(OwedMail.tried_at.desc()).limit(size)
    return [MailLine(*row) for row in db.session.execute(rows)]


def parked(cursor: str | None = None, size: int = ON_PAGE) -> Page[MailLine]:
    """What was given up, the last first."""
    return _page(OwedMail.parked_at, cursor, size, OwedMail.sent_at.is_(None))


def sent(cursor: str | None = None, size: int = ON_PAGE) -> Page[MailLine]:
    """What has left, the last first."""
    return _page(OwedMail.sent_at, cursor, size)


def _page(column: Any, cursor: str | None, size: int, *conditions: sa.ColumnElement[bool]) -> Page[MailLine]:
    query = sa.select(*_COLUMNS).where(column.is_not(None), *conditions).order_by(column.desc(), OwedMail.id.desc())
    behind = read_cursor(cursor, int)
    if behind is not None:
        last = sa.select(column, OwedMail.id).where(OwedMail.id == behind[0]).subquery()
        query = query.where(sa.tuple_(column, OwedMail.id) < sa.select(last).scalar_subquery())
    lines = [MailLine(*row) for row in db.session.execute(query.limit(size + 1))]
    return page_of(lines, size, lambda line: cursor_of(line.id))


def count_parked() -> int:
    """How many were given up."""
    return db.session.scalar(sa.select(sa.func.count()).where(OwedMail.parked_at.is_not(None))) or 0


@dataclass(frozen=True)
class Fate:
    """What became of a mail that was owed."""

    sent_at: datetime | None
    parked_at: datetime | None
    problem: str | None
    tries: int
    due_at: datetime


def fates(kind: str, subjects: Mapping[int, int]) -> dict[int, Fate]:
    """What became of the mail about each subject, on its occasion (subject -> occasion). One query."""
    if not subjects:
        return {}
    rows = db.session.scalars(
        sa.select(OwedMail).where(OwedMail.kind == kind, OwedMail.subject_id.in_(sorted(subjects)))
    )
    return {
        row.subject_id: Fate(row.sent_at, row.parked_at, row.problem, row.tries, row.due_at)
        for row in rows
        if subjects[row.subject_id] == row.occasion
    }


def last_fate(kind: str, subject_id: int | None = None) -> Fate | None:
    """What became of the last mail of a kind (about one subject)."""
    query = sa.select(OwedMail).where(OwedMail.kind == kind).order_by(OwedMail.id.desc()).limit(1)
    row = db.session.scalar(query if subject_id is None else query.where(OwedMail.subject_id == subject_id))
    return Fate(row.sent_at, row.parked_at, row.problem, row.tries, row.due_at) if row else None


def send_again(mail_id: int | None = None) -> int:
    """Give what was given up another chance, one or (None) all; how many that were (inside a unit of work)."""
    given_up: list[sa.ColumnElement[bool]] = [OwedMail.parked_at.is_not(None), OwedMail.sent_at.is_(None)]
    if mail_id is not None:
        given_up.append(OwedMail.id == mail_id)
    fresh = sa.update(OwedMail).where(*given_up).values(parked_at=None, tries=0, due_at=clock.now())
    done = db.session.execute(fresh.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def sent_to(person_id: int) -> list[tuple[str, datetime]]:
    """(kind, when) of each mail that has left for somebody, the newest first."""
    query = sa.select(OwedMail.kind, OwedMail.sent_at).where(OwedMail.person_id == person_id)
    query = query.where(OwedMail.sent_at.is_not(None)).order_by(OwedMail.sent_at.desc(), OwedMail.id.desc())
    return [(kind, at) for kind, at in db.session.execute(query).tuples() if at is not None]
