"""What intros see to as time goes by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

import sqlalchemy as sa

from portal.accounts.queries import readers
from portal.core import clock, outbox, settings
from portal.core.db import batches, db, unit_of_work
from portal.core.worker import Duty

from .findable import put_intros
from .models import STILL_RIGHT_AFTER, WORK_GOES_AFTER, Infomercial

MAIL = "still_right"  # the kind of mail that is owed
OLD_WORK = "intro_work_gone"  # the setting: until when old work was taken out of search


def occasion_of(confirmed_at: datetime, now: datetime) -> int:
    """Which half year since somebody confirmed their intro a mail is about."""
    return confirmed_at.toordinal() + (now - confirmed_at) // STILL_RIGHT_AFTER


def ask_still_right() -> bool:
    """Owe the question about every intro that nobody has looked at for 180 days; once for each half year."""
    now = clock.now()
    old = sa.select(Infomercial.person_id, Infomercial.confirmed_at).where(
        Infomercial.confirmed_at <= now - STILL_RIGHT_AFTER
    )
    confirmed = dict(db.session.execute(old).tuples().all())
    for some in batches(confirmed):
        unit_of_work(partial(_owe, some, confirmed, now))
    return False


def _owe(person_ids: list[int], confirmed: Mapping[int, datetime], now: datetime) -> None:
    by_occasion: dict[int, list[int]] = {}
    for one in readers(person_ids):
        by_occasion.setdefault(occasion_of(confirmed[one.person_id], now), []).append(one.person_id)
    for occasion, ids in sorted(by_occasion.items()):
        outbox.owe_mail(MAIL, ids, occasion=occasion)


def forget_old_work() -> bool:
    """What the page drops since it is old is not found any more."""
    now = clock.now()
    before = datetime.fromisoformat(settings.get(OLD_WORK, datetime.min.replace(tzinfo=UTC).isoformat()))
    changed = Infomercial.work_changed_at
    gone = sa.select(Infomercial.person_id).where(changed > before, changed <= now - WORK_GOES_AFTER)

    for some in batches(db.session.scalars(gone).all()):
        unit_of_work(partial(put_intros, some))
    unit_of_work(partial(settings.put, OLD_WORK, (now - WORK_GOES_AFTER).isoformat()))
    return False


DUTIES = [
    Duty("ask_still_right", ask_still_right, at_hour=6),
    Duty("forget_old_work", forget_old_work, every=timedelta(hours=1)),
]
