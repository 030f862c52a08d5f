"""Reads of whom to meet. A person's own suggestions, for their eyes only; what may not be suggested any more by the
time they look is not in the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.goals.models import Goal
from portal.infomercials.models import WORK_GOES_AFTER, Infomercial, InfomercialListing
from portal.infomercials.touching import uncommon_words
from portal.introductions.queries import named_for
from portal.moderation.queries import who_keeps_apart
from portal.people.models import NEW_FOR, Department, Person
from portal.people.queries import listed
from portal.teams.models import Team, TeamMember
from portal.teams.queries import seen_by as team_seen_by
from portal.ties import queries as ties
from portal.topics.models import READ_AS, Topic, TopicClaim, TopicOff, root_of

from . import trial
from .models import MeetWish, SetAside, Suggestion
from .ranking import FAMILIES, KEPT, balanced
from .reasons import Reason, Shown, reasons_for

NEW_ONES, OLD_ONES = 6, 3
TOPICS_HELP = 3
TO_WARM_UP = ("cooling", "dormant", "quiet")


@dataclass(frozen=True)
class Suggested:
    """Somebody whom I might meet, and why, what says most first."""

    person_id: int
    reasons: list[Reason]


def suggestions(viewer: Viewer, most: int = NEW_ONES) -> list[Suggested]:
    """Whom I might get to know, the best first, at least half from other departments where enough are. A fixed number
    of queries."""
    me = viewer.person_id
    aside = sa.select(SetAside.other_id).where(
        SetAside.person_id == me, SetAside.other_id == Suggestion.other_id, SetAside.until > clock.now()
    )
    rows = db.session.execute(
        sa.select(Suggestion.other_id, Person.department_id)
        .join(Person, Person.id == Suggestion.other_id)
        .join(Account, Account.person_id == Person.id)
        .where(
            Suggestion.person_id == me,
            Person.kind != "guest",
            Person.left_at.is_(None),
            listed(viewer, Suggestion.other_id),
            ~aside.exists(),
            ~trial.holds(me, Suggestion.other_id),
        )
        .order_by(Suggestion.place, Suggestion.other_id)
        .limit(2 * KEPT)
    ).tuples()
    department = dict(rows.all())
    if not department:
        return []
    gone = ties.tied_among(me, department) | who_keeps_apart(me, department)
    left = [one for one in department if one not in gone and one != me]
    mine = db.session.scalar(sa.select(Person.department_id).where(Person.id == me))
    elsewhere = [one for one in left if department[one] != mine]
    chosen = balanced(left, elsewhere, most)[:most]
    why = reasons(viewer, chosen)
    return [Suggested(one, why.get(one, [])) for one in chosen]


def to_warm_up(viewer: Viewer, most: int = OLD_ONES) -> list[ties.MyTie]:
    """Whom I have not heard from: cooling ties first, then those that were strongest. As the week began, so that they
    stay for the week unless we are in touch."""
    today = clock.today(viewer.zone)
    sunday = today - timedelta(days=today.weekday() + 1)
    found = [tie for tie in ties.my_ties(viewer, until=sunday) if tie.state in TO_WARM_UP]
    gone = who_keeps_apart(viewer.person_id, [tie.other_id for tie in found]) | set_aside_by(viewer)
    left = [tie for tie in found if tie.other_id not in gone]
    return sorted(left, key=lambda tie: (TO_WARM_UP.index(tie.state), -tie.strength, tie.other_id))[:most]


def not_over(viewer: Viewer, other_ids: Sequence[int]) -> list[int]:
    """Those of these people who may still be suggested: not tied, not set aside, not kept apart, still here."""
    me = viewer.person_id
    gone = ties.tied_among(me, other_ids) | who_keeps_apart(me, other_ids) | set_aside_by(viewer)
    here = (
        sa.select(Person.id)
        .join(Account, Account.person_id == Person.id)
        .where(Person.id.in_(other_ids), Person.kind != "guest", Person.left_at.is_(None), listed(viewer, Person.id))
    )
    there = set(db.session.scalars(here)) - gone
    return [one for one in other_ids if one in there and one != me]


def set_aside_by(viewer: Viewer) -> set[int]:
    """To whom I said "not now"."""
    mine = sa.select(SetAside.other_id).where(SetAside.person_id == viewer.person_id, SetAside.until > clock.now())
    return set(db.session.scalars(mine))


def not_heard_from(viewer: Viewer, other_id: int) -> ties.MyTie | None:
    """The tie with somebody I know and have not heard from; None where we are in touch, or are not to be brought
    together."""
    tie = ties.my_tie_with(viewer, other_id)
    if tie is None or tie.state not in TO_WARM_UP or other_id in set_aside_by(viewer):
        return None
    return None if who_keeps_apart(viewer.person_id, [other_id]) else tie


def my_signals(viewer: Viewer) -> dict[str, bool]:
    """Each family of signals: may I be suggested people by it?"""
    wish = db.session.get(MeetWish, viewer.person_id)
    off = wish.off if wish else []
    return {family: family not in off for family in FAMILIES}


def why_nobody(viewer: Viewer) -> Literal["off", "topics", "nobody"]:
    """What there is to say where nobody is suggested: they turned everything off, claim fewer than three topics, or
    there is nobody new."""
    if not any(my_signals(viewer).values()):
        return "off"
    claims = sa.select(TopicClaim.id).where(TopicClaim.person_id == viewer.person_id).limit(TOPICS_HELP)
    return "topics" if len(db.session.scalars(claims).all()) < TOPICS_HELP else "nobody"


# ---- why -------------------------------------------------------------------------------------------------------


def reasons(viewer: Viewer, other_ids: Sequence[int], *, as_of: datetime | None = None) -> dict[int, list[Reason]]:
    """For each of these people why the viewer might meet them: facts alone that the viewer can open, and none that
    came after that moment, where one is given."""
    if not other_ids:
        return {}
    shown = _shown(viewer, sorted({viewer.person_id, *other_ids}), as_of)
    me = shown.get(viewer.person_id, Shown())
    return {one: reasons_for(me, shown[one]) for one in other_ids if one in shown}


def _by(as_of: datetime | None, at: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
    """The condition that something was there by then. (Without a moment there is none: of those who join at once each
    joins a little later than the one before.)"""
    return at <= as_of if as_of else sa.true()


def _shown(viewer: Viewer, person_ids: list[int], as_of: datetime | None) -> dict[int, Shown]:
    """What the viewer may see of each of them that could be a reason. Four queries."""
    now = as_of or clock.now()
    today = now.astimezone(clock.zone(viewer.zone)).date()
    seen = listed(viewer, Person.id)
    people = db.session.execute(
        sa.select(Person.id, Department.name, Person.starts_on, named_for(viewer.person_id, Person.id, now))
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Person.id.in_(person_ids), seen)
    ).tuples()
    where = {one: (department or "", start is not None and today - NEW_FOR <= start <= today, bool(is_named))
             for one, department, start, is_named in people}  # fmt: skip
    teams: dict[int, dict[int, str]] = defaultdict(dict)
    goals: dict[int, dict[int, str]] = defaultdict(dict)
    goal = sa.and_(Goal.id == Team.goal_id, visible_to(viewer, Goal.audience_id), Goal.closed_at.is_(None))
    in_teams = (
        sa.select(TeamMember.person_id, Team.id, Team.name, Goal.id, Goal.title)
        .join(Team, Team.id == TeamMember.team_id)
        .outerjoin(Goal, goal)
        .where(
            TeamMember.person_id.in_(person_ids),
            _by(as_of, TeamMember.joined_at),
            Team.closed_at.is_(None),
            team_seen_by(viewer),
        )
    )
    for one, team_id, name, goal_id, title in db.session.execute(in_teams).tuples():
        teams[one][team_id] = name
        if goal_id is not None:
            goals[one][goal_id] = title
    words: dict[int, frozenset[str]] = {}
    readable = sa.select(InfomercialListing.person_id).where(
        InfomercialListing.person_id == Infomercial.person_id, visible_to(viewer, InfomercialListing.audience_id)
    )
    work = (
        sa.select(Infomercial.person_id, Infomercial.working_on, Goal.id, Goal.title)
        .outerjoin(Goal, sa.and_(Goal.id == Infomercial.goal_id, visible_to(viewer, Goal.audience_id)))
        .where(
            Infomercial.person_id.in_(person_ids),
            sa.or_(readable.exists(), Infomercial.person_id == viewer.person_id),
            Infomercial.work_changed_at > now - WORK_GOES_AFTER,
            _by(as_of, Infomercial.work_changed_at),
        )
    )
    for one, line, goal_id, title in db.session.execute(work).tuples():
        words[one] = frozenset(uncommon_words(line))
        if goal_id is not None:
            goals[one][goal_id] = title
    knows: dict[int, dict[int, str]] = defaultdict(dict)
    learns: dict[int, dict[int, str]] = defaultdict(dict)
    for one, topic_id, name, level in _claims(person_ids, as_of):
        (learns if level == "learning" else knows)[one][topic_id] = name
    return {
        one: Shown(
            teams[one], goals[one], knows[one], learns[one], words.get(one, frozenset()), department, is_new, is_named
        )
        for one, (department, is_new, is_named) in where.items()
    }  # fmt: skip


def _claims(person_ids: list[int], as_of: datetime | None) -> list[tuple[int, int, str, str]]:
    """(person, topic, its name, level) of what these people can be asked about, or are learning."""
    root = READ_AS
    off = sa.select(TopicOff.topic_id).where(TopicOff.topic_id == root.id, TopicOff.person_id == TopicClaim.person_id)
    query = (
        sa.select(TopicClaim.person_id, root.id, root.name, TopicClaim.level)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .join(root, root.id == root_of())
        .where(
            TopicClaim.person_id.in_(person_ids),
            _by(as_of, TopicClaim.at),
            root.retired_at.is_(None),
            sa.or_(TopicClaim.is_open, TopicClaim.level == "learning"),
            ~off.exists(),
        )
        .order_by(root.id, TopicClaim.id)
    )
    return list(db.session.execute(query).tuples())
