"""Who is asked, and when the next ones are. Pure functions: the same numbers give the same people everywhere.

What somebody is worth for an ask is how likely they can answer it now, less for what they have open and for having
been asked a short while ago. Near-equals take turns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.people.models import WEEK

AT_A_TIME = 3  # people in a round
ROUNDS = 3
APART = 2  # working days between two rounds
LIMIT = 2  # how often in `LATELY` somebody is asked at most; they may choose less
LATELY = timedelta(days=7)
OFFICE_DAYS = WEEK[:5]

NEAR = 0.8  # worth at least this part of the best is nearly as good
PER_PROMISE, PER_WAITING = 1.0, 0.5  # what each thing open weighs
TIRED, RESTED_BY_HALF = 0.3, timedelta(days=7)  # less worth just after having been asked; half of that goes in a week
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be asked.

    score: how likely they can answer now, any scale above 0; asked_lately: how often within `LATELY`; limit: how
    often at most, 0 for never; away: today; elsewhere: in another department than the asker.
    """

    person_id: int
    score: float
    open_promises: int = 0
    asks_waiting: int = 0
    asked_lately: int = 0
    limit: int = LIMIT
    away: bool = False
    elsewhere: bool = False
    last_asked: datetime | None = None

    @property
    def may_be_asked(self) -> bool:
        return not self.away and self.asked_lately < self.limit


@dataclass(frozen=True)
class Chosen:
    """Somebody who is asked. place: from 1, in the order they were chosen."""

    person_id: int
    place: int


def worth(one: Candidate, now: datetime) -> float:
    """Their score, less for what they have open, and less the shorter ago they were asked."""
    load = 1 + PER_PROMISE * one.open_promises + PER_WAITING * one.asks_waiting
    tired = 0.0
    if one.last_asked is not None:
        tired = TIRED * 0.5 ** (max(now - one.last_asked, timedelta()) / RESTED_BY_HALF)
    return one.score / load * (1 - tired)


def turn(seed: int, person_id: int) -> bytes:
    """Whose turn it is among those who were asked as long ago: another one for each ask. (The order of checksums
    would prefer some people.)"""
    return hashlib.blake2b(f"{seed}-{person_id}".encode(), digest_size=8).digest()


def choose(
    candidates: Iterable[Candidate],
    *,
    count: int = AT_A_TIME,
    seed: int,
    fresh_eyes: bool = False,
    now: datetime,
) -> tuple[Chosen, ...]:
    """At most `count` of these people (each there once, in any order), nobody who is away or at their limit.

    Each place goes to the one who was asked longest ago among those nearly worth the best that is left. With
    `fresh_eyes` one of them at least is from elsewhere, where there is one. seed: of the ask and its round.
    """
    left = sorted(
        ((worth(one, now), one) for one in candidates if one.may_be_asked),
        key=lambda pair: (-pair[0], pair[1].person_id),
    )
    chosen: list[Candidate] = []
    while left and len(chosen) < count:
        pool = left
        if fresh_eyes and len(chosen) == count - 1 and not any(one.elsewhere for one in chosen):
            pool = [pair for pair in left if pair[1].elsewhere] or left
        least = pool[0][0] * NEAR
        near = (pair for pair in pool if pair[0] >= least)
        best = min(
            near, key=lambda pair: (pair[1].last_asked or _NEVER, turn(seed, pair[1].person_id), pair[1].person_id)
        )
        left.remove(best)
        chosen.append(best[1])
    return tuple(Chosen(one.person_id, place) for place, one in enumerate(chosen, start=1))


def next_round(at: datetime, *, zone: ZoneInfo, working_days: Collection[str] = OFFICE_DAYS) -> datetime:
    """When the next ones are asked, in UTC: on the second working day after, at the same time of the day or the next
    full hour, on the asker's clock (which is no full hour of UTC where their zone is half an hour off).

    zone, working_days: the asker's (see `portal.people.models.WEEK`); without any, Monday to Friday. An hour that
    does not exist comes after the jump; of one that comes twice the first counts.
    """
    days = [day for day in WEEK if day in working_days] or OFFICE_DAYS
    local = at.astimezone(zone).replace(fold=0)
    left = APART
    while left:
        local += timedelta(days=1)
        left -= WEEK[local.weekday()] in days
    found = local.astimezone(UTC)
    while past := _past_the_hour(found.astimezone(zone)):
        found += timedelta(hours=1) - past
    return found


def _past_the_hour(local: datetime) -> timedelta:
    return timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
