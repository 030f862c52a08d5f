"""Did it help? One in ten pairs that would be suggested is not, for 60 days, by lot, so that both can be compared.

A pair is drawn when one of the two would see the other for the first time, and for both of them: a hello from the
other side would count for what was left out. The draw follows from a secret of this installation, the pair and the
period, and is written down with its date. Whoever is left out keeps their place in the ranking, and takes none in
what is shown.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.db import alone, among, db, insert_missing, unit_of_work

from .models import Suggestion, SuggestionDraw

SEED = "meet_draw_seed"  # the setting: what draws follow from
ONE_IN = 10
HOLDS = timedelta(days=60)
KEPT = timedelta(days=240)
Pair = tuple[int, int]


def pair_of(one: int, other: int) -> Pair:
    """The two, the lower id first."""
    return (one, other) if one < other else (other, one)


def is_left_out(secret: str, pair: Pair, at: datetime) -> bool:
    """Is this pair left out, when it is drawn at that moment? The same all through a period of 60 days."""
    period = at.toordinal() // HOLDS.days
    said = hmac.new(secret.encode(), f"{pair[0]} {pair[1]} {period}".encode(), hashlib.sha256).digest()
    return int.from_bytes(said[:8]) % ONE_IN == 0


@dataclass
class Draws:
    """What holds for some people, and what is drawn now. secret: None where nothing is drawn. shown: who stands among
    this week's of the other already, from before anything was drawn: nobody vanishes in the middle of a week."""

    secret: str | None
    known: dict[Pair, bool] = field(default_factory=dict)
    shown: set[Pair] = field(default_factory=set)
    new: list[dict[str, Any]] = field(default_factory=list)

    def leaves_out(self, one: int, other: int) -> bool:
        return self.known.get(pair_of(one, other), False)

    def draw(self, person_id: int, others: Collection[int]) -> bool:
        """These are to be shown to that person: whoever is not drawn yet is. Is one of those left out?"""
        if self.secret is None:
            return False
        now, left_out = clock.now(), False
        for other in sorted(others):
            pair = pair_of(person_id, other)
            if pair not in self.known and pair not in self.shown:
                self.known[pair] = is_left_out(self.secret, pair, now)
                left_out = left_out or self.known[pair]
                self.new.append(
                    {
                        "low_id": pair[0], "high_id": pair[1], "at": now, "until": now + HOLDS,
                        "is_left_out": self.known[pair],
                    }
                )  # fmt: skip
        return left_out


def secret() -> str:
    """That of this installation, made when it is first needed (in a unit of work of its own)."""
    return str(settings.get(SEED, "")) or unit_of_work(_make_secret)


def _make_secret() -> str:
    alone(SEED)
    found = str(settings.get(SEED, "")) or secrets.token_hex(16)
    settings.put(SEED, found)
    return found


def keep(drawn: Collection[dict[str, Any]]) -> None:
    """Write down what was drawn, unless the same pair was drawn elsewhere meanwhile: it counts once."""
    if drawn:
        alone(SEED)
        row, low = SuggestionDraw, {one["low_id"] for one in drawn}
        known = sa.select(row.low_id, row.high_id).where(among(row.low_id, low), row.until > clock.now())
        there = set(db.session.execute(known).tuples())
        insert_missing(row, [one for one in drawn if (one["low_id"], one["high_id"]) not in there])


def draws_of(
    person_ids: Collection[int], secret: str | None, week: int, kept: Mapping[int, Collection[int]]
) -> Draws:
    """What holds for these people now, and whom that week shows them (`kept`), or them to."""
    row, now = SuggestionDraw, clock.now()
    found = Draws(secret)
    for side in (row.low_id, row.high_id):
        rows = sa.select(row.low_id, row.high_id, row.is_left_out).where(
            among(side, list(person_ids)), row.until > now
        )
        found.known.update({(low, high): left_out for low, high, left_out in db.session.execute(rows).tuples()})
    if secret:
        to_others = sa.select(Suggestion.person_id, Suggestion.other_id).where(
            among(Suggestion.other_id, list(person_ids)), Suggestion.week == week
        )
        found.shown.update(pair_of(one, other) for one, other in db.session.execute(to_others).tuples())
        found.shown.update(pair_of(one, other) for one, others in kept.items() for other in others)
    return found


def holds(person_id: int, other_id: Any) -> sa.ColumnElement[bool]:
    """The condition that somebody (a column of ids) is left out of that person's suggestions now."""
    row = SuggestionDraw
    both = sa.or_(
        sa.and_(row.low_id == person_id, row.high_id == other_id),
        sa.and_(row.low_id == other_id, row.high_id == person_id),
    )
    return sa.select(row.low_id).where(both, row.is_left_out.is_(True), row.until > clock.now()).exists()


def forget_old() -> None:
    """What is too old to be compared."""
    old = sa.delete(SuggestionDraw).where(SuggestionDraw.at < clock.now() - KEPT)
    db.session.execute(old.execution_options(synchronize_session=False))
