"""What changes ties. Contacts are written in the transaction of what they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock, settings
from portal.core.auth import Viewer
from portal.core.db import batches, db, insert_many, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.people.models import Person
from portal.people.queries import listed

from .events import Talked, TalkWithdrawn, TiesChanged
from .models import AwaySpan, Contact, ImportedContact, ImportedContactOff, KnownColleague, Tie
from .queries import CONTACTS_ORDER, TAKEN_BACK_FOR
from .state import that_matter

SPANS_KEPT = timedelta(days=400)


# ---- contacts ------------------------------------------------------------------------------------------------


def record(
    *,
    pairs: Iterable[tuple[int, int]],
    ways: Iterable[tuple[int, int]] = (),
    medium: str,
    subject_id: int,
    at: datetime,
) -> None:
    """These two (of each pair) were in touch; by one of `ways` the first alone thinks so. Said again it changes
    nothing."""
    both = {way for one, other in pairs if one != other for way in ((one, other), (other, one))}
    _record(both | set(ways), medium, subject_id, at)


def take_back(*, medium: str, subject_id: int, person_id: int | None = None) -> None:
    """What came from this is no contact after all: of nobody, or of that person."""
    condition = sa.and_(Contact.medium == medium, Contact.subject_id == subject_id)
    if person_id is not None:
        condition = sa.and_(condition, sa.or_(Contact.person_id == person_id, Contact.other_id == person_id))
    _forget(condition)


def say_we_talked(*, viewer: Viewer, other_id: int) -> None:
    """We talked today, by whatever means. It counts for me alone, once a day."""
    _check_other(viewer, other_id)
    now = clock.now()
    _record({(viewer.person_id, other_id)}, "talked", clock.today(viewer.zone).toordinal(), now)
    publish(Talked(viewer.person_id, other_id))


def unsay_we_talked(*, viewer: Viewer, other_id: int) -> None:
    """We did not talk after all: what was said last, within a day, counts no more."""
    mine = sa.and_(
        Contact.person_id == viewer.person_id, Contact.other_id == other_id, Contact.medium == "talked",
        Contact.at > clock.now() - TAKEN_BACK_FOR,
    )  # fmt: skip
    last = sa.select(sa.func.max(Contact.subject_id)).where(mine)
    _forget(sa.and_(mine, Contact.subject_id == last.scalar_subquery()))
    publish(TalkWithdrawn(viewer.person_id, other_id))


def say_met(*, viewer: Viewer, other_id: int, medium: str) -> None:
    """We met, which came of that. It counts for me alone, once a day."""
    _check_other(viewer, other_id)
    _record({(viewer.person_id, other_id)}, medium, clock.today(viewer.zone).toordinal(), clock.now())


def unsay_met(*, viewer: Viewer, other_id: int, medium: str, at: datetime) -> None:
    """What I said then is no contact after all."""
    day = at.astimezone(clock.zone(viewer.zone)).date().toordinal()
    mine = sa.and_(Contact.person_id == viewer.person_id, Contact.other_id == other_id)
    _forget(sa.and_(mine, Contact.medium == medium, Contact.subject_id == day))


def say_known(*, viewer: Viewer, other_ids: Collection[int]) -> None:
    """I know these already. Whom I may not see is left out."""
    seen = db.session.scalars(sa.select(Person.id).where(Person.id.in_(other_ids), listed(viewer, Person.id)))
    now, me = clock.now(), viewer.person_id
    rows = [{"person_id": me, "other_id": one, "at": now} for one in sorted(seen) if one != me]
    insert_missing(KnownColleague, rows)
    if rows:
        publish(TiesChanged((me,)))


def unsay_known(*, viewer: Viewer, other_id: int) -> None:
    """I do not know them after all."""
    db.session.execute(
        sa.delete(KnownColleague).where(
            KnownColleague.person_id == viewer.person_id, KnownColleague.other_id == other_id
        )
    )
    publish(TiesChanged((viewer.person_id,)))


def _check_other(viewer: Viewer, other_id: int) -> None:
    if other_id == viewer.person_id:
        raise RuleBroken("", gettext("That is you"))
    if db.session.scalar(sa.select(Person.id).where(Person.id == other_id, listed(viewer, Person.id))) is None:
        raise NotVisible


def _record(ways: set[tuple[int, int]], medium: str, subject_id: int, at: datetime) -> None:
    if not ways:
        return
    rows = [
        {"person_id": one, "other_id": other, "medium": medium, "subject_id": subject_id, "at": at}
        for one, other in sorted(ways)
    ]
    db.session.flush()
    insert_missing(Contact, rows)
    _changed(ways)


def _forget(condition: sa.ColumnElement[bool]) -> None:
    gone = sa.delete(Contact).where(condition).returning(Contact.person_id, Contact.other_id)
    _changed({(one, other) for one, other in db.session.execute(gone).tuples()})


def _changed(ways: set[tuple[int, int]]) -> None:
    if ways:
        resum(person_ids=sorted({one for one, _other in ways}), ways=ways)
        publish(TiesChanged(tuple(sorted({one for one, _other in ways}))))


def resum(*, person_ids: Collection[int], ways: Collection[tuple[int, int]] | None = None) -> None:
    """The ties of these people as their contacts say (only the given ones, where some are given). Three statements
    a batch."""
    wanted = None if ways is None else set(ways)
    for some in batches(person_ids):
        mine = sa.select(Contact.person_id, Contact.other_id, Contact.at).where(Contact.person_id.in_(some))
        away = sa.delete(Tie).where(Tie.person_id.in_(some))
        if wanted is not None:
            others = sorted({other for one, other in wanted if one in set(some)})
            mine, away = mine.where(Contact.other_id.in_(others)), away.where(Tie.other_id.in_(others))
        found = db.session.execute(mine.order_by(Contact.person_id, Contact.other_id, Contact.at)).tuples().all()
        db.session.execute(away.execution_options(synchronize_session=False))
        rows = []
        for (one, other), contacts in groupby(found, key=lambda row: (row[0], row[1])):
            moments = [at for _one, _other, at in contacts]
            days = [day.isoformat() for day in that_matter(at.date() for at in moments)]
            rows.append(
                {"person_id": one, "other_id": other, "first_at": moments[0], "last_at": moments[-1], "days": days}
            )
        insert_many(Tie, rows)


def resum_around(person_ids: list[int]) -> None:
    """The ties of these people and of everybody who has been in touch with them."""
    around = sa.select(Contact.person_id).where(Contact.other_id.in_(person_ids))
    people = sorted({*person_ids, *db.session.scalars(around)})
    resum(person_ids=people)
    publish(TiesChanged(tuple(people)))


# ---- days away -----------------------------------------------------------------------------------------------


def note_away(person_ids: list[int]) -> None:
    """Keep on which days these people are away, as they say now."""
    today = clock.today()
    rows = db.session.execute(sa.select(Person.id, Person.away_until).where(Person.id.in_(person_ids))).tuples()
    until = {one: day for one, day in rows if day is not None and day >= today}
    spans = db.session.scalars(
        sa.select(AwaySpan).where(AwaySpan.person_id.in_(person_ids), AwaySpan.until_on >= today)
    )
    running = {span.person_id: span for span in spans}
    for person_id, span in running.items():
        if person_id in until:
            span.until_on = until[person_id]
        elif span.from_on == today:
            db.session.delete(span)
        else:
            span.until_on = today - timedelta(days=1)
    fresh = sorted(until.keys() - running.keys())
    insert_missing(AwaySpan, [{"person_id": one, "from_on": today, "until_on": until[one]} for one in fresh])


def forget_away() -> None:
    """Days away that no state depends on any more."""
    old = sa.delete(AwaySpan).where(AwaySpan.until_on < clock.today() - SPANS_KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))


# ---- contacts from elsewhere ---------------------------------------------------------------------------------


def let_contacts_order(*, order: bool) -> None:
    """Imported contacts may order whom somebody is suggested, or no longer."""
    settings.put(CONTACTS_ORDER, order)


def leave_out(*, viewer: Viewer) -> None:
    """I want no part in imported contacts: what there is of me goes, and nothing comes in again."""
    me = viewer.person_id
    insert_missing(ImportedContactOff, [{"person_id": me, "at": clock.now()}])
    drop_imported(person_id=me)


def take_part(*, viewer: Viewer) -> None:
    """I do not mind after all: from the next import on."""
    db.session.execute(sa.delete(ImportedContactOff).where(ImportedContactOff.person_id == viewer.person_id))


def drop_imported(*, person_id: int) -> None:
    """What there is of imported contacts with them goes."""
    mine = sa.or_(ImportedContact.low_id == person_id, ImportedContact.high_id == person_id)
    db.session.execute(sa.delete(ImportedContact).where(mine).execution_options(synchronize_session=False))
