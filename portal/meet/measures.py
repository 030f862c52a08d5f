"""What suggestions add, and how often people meet again: counted once a month, over whom at least 20 stand for.

Counted up to the first of the month and kept as it is until the next, so that two days cannot be told apart by what
changed between them. Only shares and numbers of pairs and people: nothing of anybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.db import db, unit_of_work
from portal.ties.models import Contact

from .models import MetQuestion, SuggestionDraw
from .trial import HOLDS, KEPT

COUNTED = "meet_measures"  # the setting: what was counted last
LEAST = 20  # people
CERTAIN = 1.96  # standard errors: 95 of 100 intervals hold what is so


@dataclass(frozen=True)
class Group:
    """pairs: how many; reached: how many of them were in touch, or met again; people: in those pairs."""

    pairs: int
    reached: int
    people: int

    @property
    def says_something(self) -> bool:
        return self.people >= LEAST

    @property
    def share(self) -> float:
        return self.reached / self.pairs if self.pairs else 0.0


@dataclass(frozen=True)
class Measures:
    """until: the first of a month; None for a group of which fewer than 20 people are."""

    until: date
    shown: Group | None
    left_out: Group | None
    met: Group | None
    again: Group | None

    @property
    def can_compare(self) -> bool:
        return self.shown is not None and self.left_out is not None

    @property
    def added(self) -> float:
        """What the share of those shown has more than that of those left out."""
        return self.shown.share - self.left_out.share if self.shown and self.left_out else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """In which the difference lies, as far as chance goes."""
        return difference(self.shown, self.left_out) if self.shown and self.left_out else (0.0, 0.0)

    @property
    def is_chance(self) -> bool:
        """May it as well be nothing?"""
        low, high = self.interval
        return low <= 0 <= high


# ---- reckoning -------------------------------------------------------------------------------------------------


def wilson(group: Group) -> tuple[float, float]:
    """The 95 % interval of a share."""
    n, p, z = group.pairs, group.share, CERTAIN
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    off = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - off), min(1.0, middle + off)


def difference(one: Group, other: Group) -> tuple[float, float]:
    """The 95 % interval of the difference of two shares (Newcombe's, from that of each)."""
    (low, high), (other_low, other_high) = wilson(one), wilson(other)
    p, q = one.share, other.share
    return (
        p - q - math.sqrt((p - low) ** 2 + (other_high - q) ** 2),
        p - q + math.sqrt((high - p) ** 2 + (q - other_low) ** 2),
    )


# ---- counting --------------------------------------------------------------------------------------------------


def count_due() -> bool:
    """Count what is over by the first of this month, unless it was; False, since there is no more to do."""
    until = clock.today().replace(day=1)
    if (settings.get(COUNTED) or {}).get("until") != until.isoformat():
        unit_of_work(lambda: settings.put(COUNTED, _counted(until)))
    return False


def measures() -> Measures | None:
    """What was counted last; None before the first time. Groups of fewer than 20 people are not in it."""
    said = settings.get(COUNTED)
    if not said:
        return None
    groups = {name: _told(said.get(name)) for name in ("shown", "left_out", "met", "again")}
    return Measures(date.fromisoformat(said["until"]), **groups)


def _told(said: Mapping[str, int] | None) -> Group | None:
    group = Group(**said) if said else None
    return group if group is not None and group.says_something else None


def _counted(until: date) -> dict[str, Any]:
    end = datetime.combine(until, time(0), ZoneInfo("UTC"))
    found = {
        "shown": _drawn(end, left_out=False),
        "left_out": _drawn(end, left_out=True),
        "met": _asked(end, MetQuestion.at, MetQuestion.met_at, sa.true()),
        "again": _asked(end, MetQuestion.met_at, MetQuestion.again_at, MetQuestion.met_at.is_not(None)),
    }
    # What is too little to be told is not even kept.
    kept = {name: asdict(group) for name, group in found.items() if group.says_something}
    return {"until": until.isoformat(), **kept}


def _drawn(end: datetime, *, left_out: bool) -> Group:
    """Pairs whose 60 days were over by then, and those of them who were in touch here within these."""
    row = SuggestionDraw
    ripe = sa.and_(row.is_left_out.is_(left_out), row.until <= end, row.at > end - KEPT)
    touched = sa.or_(*(
        sa.select(Contact.person_id)
        .where(Contact.person_id == one, Contact.other_id == other, Contact.at > row.at, Contact.at <= row.until)
        .exists()
        for one, other in ((row.low_id, row.high_id), (row.high_id, row.low_id))
    ))  # fmt: skip
    pairs = db.session.scalar(sa.select(sa.func.count()).select_from(row).where(ripe)) or 0
    reached = db.session.scalar(sa.select(sa.func.count()).select_from(row).where(ripe, touched)) or 0
    people = sa.union(sa.select(row.low_id.label("id")).where(ripe), sa.select(row.high_id).where(ripe)).subquery()
    return Group(pairs, reached, db.session.scalar(sa.select(sa.func.count()).select_from(people)) or 0)


def _asked(
    end: datetime,
    began: sa.orm.InstrumentedAttribute[Any],
    reached: sa.orm.InstrumentedAttribute[Any],
    counts: sa.ColumnElement[bool],
) -> Group:
    """Of what people were asked and began 60 days before then or earlier: how many of them said yes by then."""
    row = MetQuestion
    ripe = sa.and_(counts, began <= end - HOLDS, began > end - KEPT, row.medium != "talked")
    yes = sa.func.count(sa.case((reached <= end, 1)))
    people = sa.func.count(sa.distinct(row.person_id))
    pairs, said, who = db.session.execute(sa.select(sa.func.count(), yes, people).where(ripe)).one()
    return Group(pairs, said, who)
