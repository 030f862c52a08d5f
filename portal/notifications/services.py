"""Rules and writes of notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.dialects import postgresql, sqlite

from portal.accounts.models import Account
from portal.core import clock, outbox, personal
from portal.core.auth import Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.kudos.models import KudosCheer, KudosPerson
from portal.people.models import WEEK, Person, Place

from . import helping, queries, when
from .kinds import ABOUT_KUDOS, KINDS, Kind
from .models import Digest, DigestPace, Notice, NoticeFanOut, NoticeHours, NoticeWish

WRITERS_TOLD = 20  # of those who wrote under an ask
BATCH = 500  # people told by the worker in one transaction
CHEERS_TOLD_TO = 20  # thanked people who hear of cheers; where there are more, the giver alone does


# ---- telling -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wants:
    """Somebody who gets a notice: how, and when their mail may come."""

    person_id: int
    way: str
    hours: when.Hours
    reads_mail: bool  # has an account and an address


def _wanting(kind: Kind, person_ids: Collection[int]) -> list[_Wants]:
    """Those of these people who work here today and want that kind, by id. One query."""
    rows = db.session.execute(
        sa.select(Person, Place.time_zone, NoticeWish.way, NoticeHours, Account.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(NoticeWish, sa.and_(NoticeWish.person_id == Person.id, NoticeWish.kind == kind.chosen_by))
        .outerjoin(NoticeHours, NoticeHours.person_id == Person.id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id.in_(sorted(person_ids)), Person.erased_at.is_(None), Person.merged_into_id.is_(None))
        .order_by(Person.id)
    ).tuples()
    found = []
    for person, place_zone, chosen, hours, account_id in rows:
        zone = person.time_zone or place_zone
        way = chosen or kind.ways[0]
        if person.has_access(clock.today(zone)) and way != "off":
            reads_mail = account_id is not None and person.email is not None
            found.append(_Wants(person.id, way, queries.hours_of(zone, person.working_days, hours), reads_mail))
    return found


def tell(
    *, code: str, subject_id: int, person_ids: Collection[int], occasion: int = 1, at: datetime | None = None
) -> None:
    """Write a notice for each of these people who want it, and owe the mail of those who want that. What was told
    already stays as it is. A fixed number of statements, however many people there are."""
    _write(KINDS[code], subject_id, person_ids, at or clock.now(), occasion=occasion)


def tell_again(*, code: str, subject_id: int, person_ids: Collection[int], at: datetime) -> None:
    """The same, of what goes on: a notice that is there tells of `at` now, and is unread again. One mail a day."""
    _write(KINDS[code], subject_id, person_ids, at, again=True)


def _write(
    kind: Kind,
    subject_id: int,
    person_ids: Collection[int],
    at: datetime,
    *,
    occasion: int = 1,
    again: bool = False,
) -> None:
    wanting = _wanting(kind, person_ids) if person_ids else []
    if not wanting:
        return
    about = {"kind": kind.code, "subject_id": subject_id, "occasion": occasion}
    insert_missing(Notice, [{"person_id": one.person_id, "at": at, "read_at": None, **about} for one in wanting])
    if again:
        ids = [one.person_id for one in wanting]
        older = sa.update(Notice).filter_by(**about).where(Notice.person_id.in_(ids), Notice.at < at)
        db.session.execute(older.values(at=at, read_at=None).execution_options(synchronize_session=False))
    by_mail = {one.person_id: one.hours for one in wanting if one.way == "mail" and one.reads_mail}
    if not by_mail:
        return
    written = sa.select(Notice.id, Notice.person_id).filter_by(**about)
    rows = db.session.execute(written.where(Notice.person_id.in_(sorted(by_mail)))).tuples()
    usual = clock.now() + outbox.UNDO_FOR
    due = {notice_id: when.out_of_quiet(usual, by_mail[person_id]) for notice_id, person_id in rows}
    outbox.owe_mail(kind.code, list(due), occasion=at.toordinal() if again else occasion, due=due)


def forget(*, subject_id: int, codes: Collection[str], only: int | None = None) -> None:
    """Take back what was told about a subject (to all, or to one person): the notices, and the mail that has not
    left. A fixed number of statements."""
    told = sa.select(Notice.id).where(Notice.subject_id == subject_id)
    if only is not None:
        told = told.where(Notice.person_id == only)
    for code in codes:
        outbox.forget_mail(code, told.where(Notice.kind == code))
    gone = sa.delete(Notice).where(Notice.id.in_(told.where(Notice.kind.in_(codes))))
    db.session.execute(gone.execution_options(synchronize_session=False))


def tell_many(*, kudos_id: int) -> None:
    """Owe everybody who was thanked their notice: the worker tells them."""
    insert_missing(NoticeFanOut, [{"subject_id": kudos_id, "at": clock.now(), "told_to_id": 0}])


def tell_some_of_many() -> bool:
    """Tell the next ones of a large kudos; True when somebody may be left. Whoever is at a row holds it to the end of
    the transaction, and others take another one: told or not told, nobody is told twice."""
    owed = sa.select(NoticeFanOut).order_by(NoticeFanOut.id).limit(1).with_for_update(skip_locked=True)
    row = db.session.scalar(owed)
    if row is None:
        return False
    thanked = sa.select(KudosPerson.person_id).where(
        KudosPerson.kudos_id == row.subject_id, KudosPerson.side == "to", KudosPerson.muted.is_(False)
    )
    some = db.session.scalars(
        thanked.where(KudosPerson.person_id > row.told_to_id).order_by(KudosPerson.person_id).limit(BATCH)
    ).all()
    if some:
        tell(code="kudos", subject_id=row.subject_id, person_ids=some, at=row.at)
        row.told_to_id = some[-1]
    if len(some) < BATCH:
        db.session.delete(row)
    return True


def forget_kudos(*, kudos_id: int) -> None:
    """A kudos is gone: nothing is told of it any more."""
    # First the row that a worker may be at: it waits for the notices that are being written.
    gone = sa.delete(NoticeFanOut).where(NoticeFanOut.subject_id == kudos_id)
    db.session.execute(gone.execution_options(synchronize_session=False))
    forget(subject_id=kudos_id, codes=ABOUT_KUDOS)


def _concerned(kudos_id: int) -> list[int]:
    """Its giver, and whoever was thanked: where they are many, the giver alone."""
    named = sa.select(KudosPerson.person_id, KudosPerson.side).where(
        KudosPerson.kudos_id == kudos_id, KudosPerson.muted.is_(False)
    )
    first = named.order_by(KudosPerson.side != "from", KudosPerson.person_id).limit(CHEERS_TOLD_TO + 2)
    rows = db.session.execute(first).all()
    few = len(rows) <= CHEERS_TOLD_TO + 1
    return [row.person_id for row in rows if few or row.side == "from"]


def tell_of_cheer(*, kudos_id: int, person_id: int) -> None:
    """Somebody cheered: the notice about it is unread again. The same cheer a second time changes nothing."""
    last = sa.select(sa.func.max(KudosCheer.at)).where(
        KudosCheer.kudos_id == kudos_id, KudosCheer.person_id == person_id
    )
    at = db.session.scalar(last)
    if at is not None:
        others = [one for one in _concerned(kudos_id) if one != person_id]
        tell_again(code="cheer", subject_id=kudos_id, person_ids=others, at=at)


def forget_cheer(*, kudos_id: int) -> None:
    """A cheer was taken back: where none is left but one's own, nothing is told."""
    left = sa.select(KudosCheer.person_id).where(KudosCheer.kudos_id == kudos_id).distinct().limit(2)
    people = list(db.session.scalars(left))
    if not people:
        forget(subject_id=kudos_id, codes=["cheer"])
    elif len(people) == 1:
        forget(subject_id=kudos_id, codes=["cheer"], only=people[0])


def tell_of_post(*, ask_id: int, writer_id: int) -> None:
    """Somebody wrote under an ask: whoever takes part hears of it, in one notice for all that is written there."""
    others = helping.concerned(ask_id, writer_id, WRITERS_TOLD)
    tell_again(code="answered", subject_id=ask_id, person_ids=others, at=clock.now())


def forget_post(*, ask_id: int) -> None:
    """Words were taken back: where none of another are left, nothing is told."""
    people = helping.writers_left(ask_id)
    if not people:
        forget(subject_id=ask_id, codes=["answered"])
    elif len(people) == 1:
        forget(subject_id=ask_id, codes=["answered"], only=people[0])


def tell_of_moderation(*, code: str, kudos_id: int) -> None:
    """A kudos was hidden, or stands again: its people are told so, and not the other any more."""
    other = "restored" if code == "hidden" else "hidden"
    forget(subject_id=kudos_id, codes=[other])
    named = sa.select(KudosPerson.person_id).where(
        KudosPerson.kudos_id == kudos_id, KudosPerson.muted.is_(False)
    ).order_by(KudosPerson.side != "from", KudosPerson.person_id).limit(200)  # fmt: skip
    tell_again(code=code, subject_id=kudos_id, person_ids=db.session.scalars(named).all(), at=clock.now())


# ---- reading -----------------------------------------------------------------------------------------------


def mark_read(*, viewer: Viewer, notice_id: int) -> None:
    """I have read it; again does no harm. `NotVisible` for one that is not mine."""
    row = db.session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if row is None or row.person_id != viewer.person_id:
        raise NotVisible
    row.read_at = row.read_at or clock.now()


def mark_all_read(*, viewer: Viewer, until: datetime) -> None:
    """I have read everything up to that moment; what came after it I have not seen."""
    mine = sa.update(Notice).where(Notice.person_id == viewer.person_id, Notice.read_at.is_(None), Notice.at <= until)
    db.session.execute(mine.values(read_at=clock.now()).execution_options(synchronize_session=False))


def forget_old() -> None:
    """Notices and digests, after the days that the admins chose."""
    cut = personal.forgotten_before("notices")
    if cut is not None:
        for table, old in ((Notice, Notice.at < cut), (Digest, Digest.frozen_at < cut)):
            db.session.execute(sa.delete(table).where(old).execution_options(synchronize_session=False))


def drop_orphans() -> None:
    """Notices about what is not there any more."""
    for gone in queries.orphans():
        orphaned = sa.delete(Notice).where(Notice.id.in_(gone))
        db.session.execute(orphaned.execution_options(synchronize_session=False))


# ---- preferences -------------------------------------------------------------------------------------------


def choose(*, viewer: Viewer, ways: Mapping[str, str], hours: Mapping[str, Any]) -> None:
    """Keep how somebody wants each kind, and their hours (columns of `NoticeHours`). `RuleBroken` on the field."""
    for code, way in ways.items():
        _choose(viewer.person_id, code, way)
    for name in ("quiet_from", "quiet_to"):
        if not 0 <= hours[name] < 24 * 60:
            raise RuleBroken(name, gettext("Write the time like 14:30"))
    if hours["digest_day"] not in (None, *WEEK):
        raise RuleBroken("digest_day", gettext("Pick one from the list"))
    if not 0 <= hours["digest_hour"] < 24:
        raise RuleBroken("digest_hour", gettext("Pick one from the list"))
    db.session.merge(NoticeHours(person_id=viewer.person_id, **hours))
    db.session.flush()
    plan_digest(person_id=viewer.person_id)


def _choose(person_id: int, code: str, way: str) -> None:
    kind = KINDS.get(code)
    if kind is None or kind.wish or way not in kind.ways:
        raise RuleBroken(code, gettext("Pick one from the list"))
    db.session.merge(NoticeWish(person_id=person_id, kind=code, way=way))
    db.session.flush()


def turn_mail(*, person_id: int, code: str, on: bool) -> None:
    """By the link in a mail: no more of this kind by mail, or as before after all."""
    kind = KINDS[code]
    wish = KINDS[kind.chosen_by]
    fallback = "here" if "here" in wish.ways else "off"
    _choose(person_id, wish.code, kind.mailed_as if on else fallback)
    if code == "digest":
        plan_digest(person_id=person_id)


# ---- the digest --------------------------------------------------------------------------------------------


def plan_digest(*, person_id: int) -> None:
    """Owe somebody their next digest, at the moment that follows from their choices today."""
    plan_digests(person_ids=[person_id])


def plan_digests(*, person_ids: Collection[int]) -> None:
    """The same for many. Where nothing changed nothing is written; who wants none, or gets none any more, owes
    none."""
    now = clock.now()
    missing = []
    for one in queries.digest_plans(person_ids):
        wanted = when.next_digest(now, one.hours, one.person_id, one.last_week, one.unanswered) if one.wants else None
        if one.open_id is None:
            missing += [_open(one.person_id, *wanted)] if wanted else []
            continue
        open_row = sa.and_(Digest.id == one.open_id, Digest.frozen_at.is_(None))
        if wanted is None:
            gone = sa.delete(Digest).where(open_row)
            db.session.execute(gone.execution_options(synchronize_session=False))
        elif one.open_due is not None and one.open_due > now and one.open_due != wanted[1]:
            moved = sa.update(Digest).where(open_row).values(week=wanted[0], due_at=wanted[1])
            db.session.execute(moved.execution_options(synchronize_session=False))
    if missing:
        insert_missing(Digest, missing)


def _open(person_id: int, week: int, due: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id, "week": week, "due_at": due, "frozen_at": None, "number": 0, "chosen": {},
    }  # fmt: skip


def note_act(*, person_id: int) -> None:
    """Somebody did something here: their digest is weekly again. One statement, and on the first act of a day two."""
    today = clock.today()
    if _first_act_of(person_id, today):
        plan_digest(person_id=person_id)


def _first_act_of(person_id: int, today: date) -> bool:
    made = (postgresql if db.engine.dialect.name == "postgresql" else sqlite).insert(DigestPace)
    fresh = made.values(person_id=person_id, unanswered=0, acted_on=today)
    newer = sa.or_(DigestPace.acted_on.is_(None), DigestPace.acted_on < today, DigestPace.unanswered > 0)
    set_ = {"unanswered": 0, "acted_on": today}
    done = db.session.execute(fresh.on_conflict_do_update(index_elements=["person_id"], set_=set_, where=newer))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def freeze_next_digest() -> bool:
    """Choose what stands in the digest that is due the longest, and owe its mail: from here on it stays the same,
    however often it is sent. False when none is due."""
    now = clock.now()
    due = sa.select(Digest).where(Digest.frozen_at.is_(None), Digest.due_at <= now)
    row = db.session.scalar(due.order_by(Digest.due_at, Digest.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return False
    reader, way = queries.digest_reader(row.person_id)
    if reader is None or way == "off":
        db.session.delete(row)
        return True
    row.frozen_at = now
    row.chosen = queries.around(reader, since=queries.last_digest(row.person_id, row.id, now), until=now)
    if row.chosen:
        row.number = _count_one(row.person_id)
        outbox.owe_mail("digest", [row.id], due={row.id: now})
    db.session.flush()
    plan_digest(person_id=row.person_id)
    return True


def _count_one(person_id: int) -> int:
    """One more without an act; how many that are by now."""
    insert_missing(DigestPace, [{"person_id": person_id, "unanswered": 0, "acted_on": None}])
    pace = db.session.get_one(DigestPace, person_id, with_for_update=True)
    pace.unanswered += 1
    return pace.unanswered
