"""What is known about everybody, read into a `ranking.World`: only what had happened by a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from heapq import merge
from itertools import groupby

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.accounts.queries import has_anybody_signed_in
from portal.core import clock, settings
from portal.core.db import db
from portal.infomercials.models import WORK_GOES_AFTER, Infomercial
from portal.infomercials.touching import uncommon_words
from portal.introductions.queries import named_by_managers
from portal.moderation.queries import everybody_apart
from portal.people.models import Person
from portal.teams.models import Team, TeamMember
from portal.ties import queries as ties
from portal.ties.state import HALF_LIFE
from portal.topics.models import Topic, TopicClaim, TopicOff, root_of

from .learning import plain_weights
from .models import MeetWish, SetAside
from .ranking import Groups, Topics, Weighted, World

WEIGHTS = "meet_weights"  # the setting: weights that were learned, where there are any
FLATTENED = 0.25  # ten times the contact is not ten times the tie
LIVELY_HALF_LIFE = 60  # days
NEW_FOR = timedelta(days=60)
AT_ONE_MOMENT = 12  # people; more were written to, not met


@dataclass(frozen=True)
class Everybody:
    """The world, and whose number is whose id."""

    ids: Sequence[int]
    world: World

    @property
    def numbers(self) -> dict[int, int]:
        return {person_id: number for number, person_id in enumerate(self.ids)}


def load(as_of: datetime, *, with_imported: bool) -> Everybody:
    """Everybody who works here, as of that moment. Whoever has no account yet is not open to be suggested, unless
    nobody has signed in at all."""
    today = as_of.date()
    people = db.session.execute(
        sa.select(Person.id, Person.department_id, Person.starts_on, Account.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(
            Person.kind != "guest", Person.left_at.is_(None), Person.erased_at.is_(None),
            Person.merged_into_id.is_(None), sa.or_(Person.starts_on.is_(None), Person.starts_on <= today),
            sa.or_(Person.ends_on.is_(None), Person.ends_on >= today),
        )
        .order_by(Person.id)
    ).tuples().all()  # fmt: skip
    ids = [person_id for person_id, _department, _start, _account in people]
    numbers = {person_id: number for number, person_id in enumerate(ids)}
    everybody = not has_anybody_signed_in()
    new = {
        numbers[person_id]: 1 - (today - start) / NEW_FOR
        for person_id, _department, start, _account in people
        if start is not None and timedelta(0) <= today - start < NEW_FOR
    }
    lively: dict[int, float] = defaultdict(float)
    world = World(
        department=[department or -1 for _id, department, _start, _account in people],
        ties=Weighted(len(ids), _ties(as_of, numbers, lively, with_imported)),
        together=Weighted(len(ids), _together(as_of, numbers) if with_imported else ()),
        open=[everybody or account is not None for _id, _department, _start, account in people],
        lively=lively,
        new=new,
        named=_named(as_of, numbers),
        tied=_both_ways(ties.known_pairs(as_of), numbers),
        apart=_apart(numbers),
        off=_off(numbers),
        teams=_teams(as_of, numbers),
        goals=_goals(as_of, numbers),
        work=_work(as_of, numbers),
        topics=_topics(as_of, numbers),
        weights={**plain_weights(), **settings.get(WEIGHTS, {})},
    )
    return Everybody(ids, world)


# ---- contacts ------------------------------------------------------------------------------------------------


def _ties(
    as_of: datetime, numbers: dict[int, int], lively: dict[int, float], with_imported: bool
) -> Iterator[tuple[int, int, float]]:
    """(one, other, weight) of every pair that was in touch, and how lively they are."""
    rows: Iterable[ties.Row] = ties.contacts_here(as_of)
    if with_imported:
        rows = merge(rows, ties.contacts_elsewhere(as_of), key=_pair)
    today = as_of.date().toordinal()
    for (low, high), contacts in groupby(rows, key=_pair):
        one, other = numbers.get(low), numbers.get(high)
        days = {_day(at[:10]) for _low, _high, at in contacts}
        if one is None or other is None or one == other:
            continue
        fresh = 0.5 ** ((today - min(days)) / LIVELY_HALF_LIFE)
        lively[one] += fresh
        lively[other] += fresh
        yield one, other, sum(0.5 ** ((today - day) / HALF_LIFE) for day in days) ** FLATTENED


@lru_cache(5_000)
def _day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def _pair(row: ties.Row) -> tuple[int, int]:
    return row[0], row[1]


def _together(as_of: datetime, numbers: dict[int, int]) -> Iterator[tuple[int, int, float]]:
    """(one, other, weight) of every two who were in touch with the same person at the same moment."""
    found: dict[tuple[int, int], float] = defaultdict(float)
    today = as_of.date().toordinal()
    for at, contacts in groupby(ties.contacts_elsewhere_by_moment(as_of), key=lambda row: row[2]):
        pairs = [(low, high) for low, high, _at in contacts]
        if len(pairs) < 2:
            continue
        with_whom: dict[int, set[int]] = defaultdict(set)
        for low, high in pairs:
            with_whom[low].add(high)
            with_whom[high].add(low)
        age = today - _day(at[:10])
        for others in with_whom.values():
            if 2 <= len(others) <= AT_ONE_MOMENT:
                worth = 0.5 ** (age / HALF_LIFE) / (len(others) - 1)
                here = sorted(numbers[one] for one in others if one in numbers)
                for place, one in enumerate(here):
                    for other in here[place + 1 :]:
                        found[one, other] += worth
    for (one, other), worth in found.items():
        yield one, other, worth


# ---- who is apart, and what is turned off ----------------------------------------------------------------------


def _both_ways(pairs: Iterable[tuple[int, int]], numbers: dict[int, int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        if one in numbers and other in numbers:
            found[numbers[one]].add(numbers[other])
            found[numbers[other]].add(numbers[one])
    return found


def _apart(numbers: dict[int, int]) -> dict[int, set[int]]:
    found = _both_ways(everybody_apart(), numbers)
    aside = sa.select(SetAside.person_id, SetAside.other_id).where(SetAside.until > clock.now())
    for one, other in db.session.execute(aside).tuples():
        if one in numbers and other in numbers:
            found[numbers[one]].add(numbers[other])
    return found


def _named(as_of: datetime, numbers: dict[int, int]) -> dict[int, set[int]]:
    """Whom managers named, for who asked them."""
    found: dict[int, set[int]] = defaultdict(set)
    for one, other in named_by_managers(as_of):
        if one in numbers and other in numbers:
            found[numbers[one]].add(numbers[other])
    return found


def _off(numbers: dict[int, int]) -> dict[int, list[str]]:
    wishes = db.session.execute(sa.select(MeetWish.person_id, MeetWish.off)).tuples()
    return {numbers[person_id]: off for person_id, off in wishes if person_id in numbers}


# ---- what they have in common ----------------------------------------------------------------------------------


def _grouped(rows: Iterable[tuple[int, int]], numbers: dict[int, int]) -> dict[int, set[int]]:
    """(what, person) as: what, and the numbers of everybody."""
    found: dict[int, set[int]] = defaultdict(set)
    for what, person_id in rows:
        if person_id in numbers:
            found[what].add(numbers[person_id])
    return found


def _groups(found: dict[int, set[int]]) -> Groups:
    groups = Groups()
    for what in sorted(found):
        groups.add(found[what])
    return groups


def _in_teams(as_of: datetime, what: sa.SQLColumnExpression[int]) -> sa.Select[int, int]:
    query = sa.select(what, TeamMember.person_id).join(Team, Team.id == TeamMember.team_id)
    return query.where(Team.closed_at.is_(None), TeamMember.joined_at <= as_of)


def _teams(as_of: datetime, numbers: dict[int, int]) -> Groups:
    return _groups(_grouped(db.session.execute(_in_teams(as_of, Team.id)).tuples(), numbers))


def _goals(as_of: datetime, numbers: dict[int, int]) -> Groups:
    """Whose work serves the same goal, as their intro says or their team."""
    by_team = _in_teams(as_of, sa.func.coalesce(Team.goal_id, 0)).where(Team.goal_id.is_not(None))
    by_intro = sa.select(sa.func.coalesce(Infomercial.goal_id, 0), Infomercial.person_id).where(
        Infomercial.goal_id.is_not(None),
        Infomercial.published_at <= as_of,
        Infomercial.work_changed_at > as_of - WORK_GOES_AFTER,
    )
    rows = [*db.session.execute(by_team).tuples(), *db.session.execute(by_intro).tuples()]
    return _groups(_grouped(rows, numbers))


def _work(as_of: datetime, numbers: dict[int, int]) -> Groups:
    """Who uses the same uncommon word for what they work on."""
    lines = db.session.execute(
        sa.select(Infomercial.person_id, Infomercial.working_on).where(
            Infomercial.working_on != "",
            Infomercial.published_at <= as_of,
            Infomercial.work_changed_at > as_of - WORK_GOES_AFTER,
        )
    ).tuples()
    by_word: dict[str, set[int]] = defaultdict(set)
    for person_id, line in lines:
        if person_id in numbers:
            for word in uncommon_words(line):
                by_word[word].add(numbers[person_id])
    groups = Groups()
    most = max(2, len(numbers) // 50)
    for word in sorted(by_word):
        if len(by_word[word]) <= most:
            groups.add(by_word[word])
    return groups


def _topics(as_of: datetime, numbers: dict[int, int]) -> Topics:
    off = sa.select(TopicOff.topic_id).where(
        TopicOff.topic_id == root_of(), TopicOff.person_id == TopicClaim.person_id
    )
    rows = db.session.execute(
        sa.select(root_of(), TopicClaim.person_id, TopicClaim.level, TopicClaim.is_open)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(TopicClaim.at <= as_of, Topic.retired_at.is_(None), ~off.exists())
    ).tuples()
    known: dict[int, set[int]] = defaultdict(set)
    learnt: dict[int, set[int]] = defaultdict(set)
    for topic_id, person_id, level, is_open in rows:
        if person_id in numbers:
            if level == "learning":
                learnt[topic_id].add(numbers[person_id])
            elif is_open:
                known[topic_id].add(numbers[person_id])
    topics = Topics()
    for topic_id in sorted(known.keys() | learnt.keys()):
        topics.add(known[topic_id], learnt[topic_id])
    return topics
