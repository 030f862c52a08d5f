"""Reads for whoever comes in first: whom they know already, and whom they meet in their first days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.help.models import HelpAsk, HelpAskTopic
from portal.help.queries import seen_by as ask_seen_by
from portal.people.models import NEW_FOR, Person
from portal.people.queries import Card, cards, listed
from portal.teams.models import Team, TeamBuddy, TeamMember
from portal.ties.models import Tie
from portal.ties.queries import i_know
from portal.topics.models import Topic, TopicClaim, TopicOff, root_of

from . import queries
from .firstday import Candidate, Purpose, first_five
from .models import MeetWish, Suggestion
from .reasons import Reason

ASKED_FOR = timedelta(days=30)  # from the account on: whom do you know already?
MATES, REPORTS, NEAR, MOST = 60, 30, 40, 200


@dataclass(frozen=True)
class Beginning:
    """Where somebody stands who came in. asks: do we ask whom they know? is_new: did they start here lately?"""

    asks: bool
    is_new: bool
    manager_id: int | None
    department_id: int | None


def beginning(viewer: Viewer) -> Beginning:
    """My own. One query."""
    row = db.session.execute(
        sa.select(Person.starts_on, Person.manager_id, Person.department_id, Account.created_at, MeetWish.known_at)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(MeetWish, MeetWish.person_id == Person.id)
        .where(Person.id == viewer.person_id)
    ).one()
    starts_on, manager_id, department_id, created_at, known_at = row
    today = clock.today(viewer.zone)
    is_new = starts_on is not None and today - NEW_FOR <= starts_on <= today
    asks = known_at is None and created_at is not None and created_at > clock.now() - ASKED_FOR
    return Beginning(asks, is_new, manager_id, department_id)


# ---- whom I know already -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Colleagues:
    """Those whom I said I know, and others by where I might know them from; each person once."""

    known: list[Card]
    teams: list[Card]
    line: list[Card]  # manager and reports
    near: list[Card]  # the same department

    @property
    def everybody(self) -> list[Card]:
        return [*self.known, *self.teams, *self.line, *self.near]


def colleagues(viewer: Viewer) -> Colleagues:
    """Whom I may well work with, those left out with whom I was in touch here. A fixed number of queries."""
    me, mine = viewer.person_id, beginning(viewer)
    there = sa.and_(Person.left_at.is_(None), Person.kind != "guest", Person.id != me, listed(viewer, Person.id))
    tied = sa.select(Tie.other_id).where(Tie.person_id == me, Tie.other_id == Person.id)
    left = sa.select(Person.id).where(there, ~tied.exists())
    mates = sa.select(TeamMember.person_id).where(TeamMember.team_id.in_(_my_teams(viewer)))
    of_line = sa.or_(Person.manager_id == me, Person.id == (mine.manager_id or 0))
    beside = sa.case((Person.manager_id == (mine.manager_id or 0), 0), else_=1)
    found = [
        sorted(i_know(viewer)),
        db.session.scalars(left.where(Person.id.in_(mates)).order_by(Person.id).limit(MATES)).all(),
        db.session.scalars(left.where(of_line).order_by(Person.id).limit(REPORTS)).all(),
        db.session.scalars(
            left.where(Person.department_id == (mine.department_id or 0)).order_by(beside, Person.id).limit(NEAR)
        ).all(),
    ]
    people = {card.id: card for card in cards(viewer, sorted({one for part in found for one in part}))}
    parts = [[people.pop(one) for one in part if one in people] for part in found]
    return Colleagues(*(sorted(part, key=lambda card: card.name) for part in parts))


def _my_teams(viewer: Viewer) -> sa.Select[int]:
    mine = sa.select(TeamMember.team_id).join(Team, Team.id == TeamMember.team_id)
    return mine.where(TeamMember.person_id == viewer.person_id, Team.closed_at.is_(None))


# ---- the first days ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pick:
    """Somebody to meet in the first days. what: the team they lead or are in, the topic they ask about or learn, "";
    learns: they did not ask about it."""

    card: Card
    purpose: Purpose
    what: str
    reasons: list[Reason]
    learns: bool = False


@dataclass(frozen=True)
class FirstDays:
    """The buddy (with the team they are it in), and those of the five who are left to meet."""

    buddy: tuple[Card, str] | None
    picks: list[Pick]


def first_days(viewer: Viewer, mine: Beginning) -> FirstDays:
    """For somebody who started lately. A fixed number of queries."""
    me = viewer.person_id
    buddy = db.session.execute(
        sa.select(TeamBuddy.buddy_id, Team.name)
        .join(Team, Team.id == TeamBuddy.team_id)
        .where(TeamBuddy.newcomer_id == me, TeamBuddy.said_yes.is_(True), Team.closed_at.is_(None))
        .order_by(TeamBuddy.answered_at.desc())
        .limit(1)
    ).one_or_none()
    fits, what, learners = _who_fits(viewer, mine)
    fits.pop(me, None)
    if buddy:
        fits.pop(buddy.buddy_id, None)
    met = set(db.session.scalars(sa.select(Tie.other_id).where(Tie.person_id == me, Tie.other_id.in_(list(fits)))))
    may = met.union(queries.not_over(viewer, list(fits)))
    chosen = first_five([Candidate(one, frozenset(its)) for one, its in fits.items() if one in may], met)
    ids = list(chosen.values())
    known = {card.id: card for card in cards(viewer, [*ids, *([buddy.buddy_id] if buddy else [])])}
    why = queries.reasons(viewer, ids)
    picks = [
        Pick(known[one], purpose, what.get((one, purpose), ""), why.get(one, []), one in learners)
        for purpose, one in chosen.items()
        if one in known
    ]
    there = known.get(buddy.buddy_id) if buddy else None
    return FirstDays((there, buddy.name) if buddy and there else None, picks)


def _who_fits(
    viewer: Viewer, mine: Beginning
) -> tuple[dict[int, set[Purpose]], dict[tuple[int, Purpose], str], set[int]]:
    """For which purposes people would do, the best first, what is to be said of that, and who learns, not asks."""
    me, today = viewer.person_id, clock.today(viewer.zone)
    fits: dict[int, set[Purpose]] = defaultdict(set)
    what: dict[tuple[int, Purpose], str] = {}

    def add(one: int, purpose: Purpose, words: str = "") -> None:
        fits[one].add(purpose)
        what.setdefault((one, purpose), words)

    in_teams = db.session.execute(
        sa.select(TeamMember.person_id, TeamMember.is_lead, Team.name)
        .join(Team, Team.id == TeamMember.team_id)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id.in_(_my_teams(viewer)), TeamMember.person_id != me)
        # Closest are those of the own department.
        .order_by(sa.case((Person.department_id == (mine.department_id or 0), 0), else_=1), Team.id, Person.id)
        .limit(MOST)
    ).tuples()
    for one, is_lead, team in in_teams:
        add(one, "lead" if is_lead else "mate", team)
    if mine.manager_id is not None and not any("lead" in its for its in fits.values()):
        add(mine.manager_id, "lead")
    asking, learning = _who_asks(viewer)
    for one, topic in [*asking, *learning]:
        add(one, "asks", topic)
    new = sa.select(Person.id).where(
        Person.starts_on.between(today - NEW_FOR, today), Person.id != me, listed(viewer, Person.id)
    )
    for one in db.session.scalars(new.order_by(Person.starts_on.desc(), Person.id).limit(REPORTS)):
        add(one, "new")
    for one in db.session.scalars(
        sa.select(Suggestion.other_id).where(Suggestion.person_id == me).order_by(Suggestion.place).limit(REPORTS)
    ):
        fits.setdefault(one, set())
    for one in _elsewhere(list(fits), mine.department_id):
        add(one, "elsewhere")
    return fits, what, {one for one, _topic in learning} - {one for one, _topic in asking}


def _who_asks(viewer: Viewer) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(who, topic) of whoever has an open ask about something that I know, and of those who are learning it."""
    known = (
        sa.select(root_of())
        .join(TopicClaim, TopicClaim.topic_id == Topic.id)
        .where(TopicClaim.person_id == viewer.person_id, TopicClaim.level != "learning")
    )
    topics = db.session.scalars(known).all()
    if not topics:
        return [], []
    asks = (
        sa.select(HelpAsk.asker_id, Topic.name)
        .join(HelpAskTopic, HelpAskTopic.ask_id == HelpAsk.id)
        .join(Topic, Topic.id == HelpAskTopic.topic_id)
        .where(root_of().in_(topics), HelpAsk.state == "open", ask_seen_by(viewer), HelpAsk.asker_id.is_not(None))
        .order_by(HelpAsk.id.desc())
        .limit(REPORTS)
    )
    off = sa.select(TopicOff.topic_id).where(
        TopicOff.topic_id == root_of(), TopicOff.person_id == TopicClaim.person_id
    )
    learners = (
        sa.select(TopicClaim.person_id, Topic.name)
        .join(Topic, Topic.id == TopicClaim.topic_id)
        .where(root_of().in_(topics), TopicClaim.level == "learning", ~off.exists())
        .order_by(TopicClaim.id.desc())
        .limit(REPORTS)
    )
    return list(db.session.execute(asks).tuples()), list(db.session.execute(learners).tuples())


def _elsewhere(person_ids: Collection[int], department_id: int | None) -> Sequence[int]:
    """Those of these who are in another department than that."""
    other = sa.select(Person.id).where(Person.id.in_(person_ids), Person.department_id.is_not(None))
    if department_id is not None:
        other = other.where(Person.department_id != department_id)
    return db.session.scalars(other.order_by(Person.id)).all()
