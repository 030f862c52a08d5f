"""What has to be so about ties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from portal.core.checks import derived
from portal.core.db import db

from . import services
from .models import Contact, Tie
from .state import that_matter


def _wrong() -> set[int]:
    """Whose ties are not what their contacts come to."""
    moments: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    contacts = sa.select(Contact.person_id, Contact.other_id, Contact.at).order_by(Contact.at)
    for one, other, at in db.session.execute(contacts).tuples():
        moments[one, other].append(at)
    wrong: set[int] = set()
    for tie in db.session.scalars(sa.select(Tie)):
        found = moments.pop((tie.person_id, tie.other_id), [])
        days = [day.isoformat() for day in that_matter(at.date() for at in found)] if found else []
        if not found or (found[0], found[-1], days) != (tie.first_at, tie.last_at, tie.days):
            wrong.add(tie.person_id)
    return wrong | {one for one, _other in moments}


def _again(person_ids: Sequence[int]) -> None:
    services.resum(person_ids=person_ids)


CHECKS = [derived("ties are what contacts come to", words="people's ties are not", wrong=_wrong, again=_again)]
