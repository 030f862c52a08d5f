"""Reads of a team's intros. What a viewer may not read is not in the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.infomercials.models import Infomercial
from portal.infomercials.queries import Intro, headlines, intro_of
from portal.people.models import Person
from portal.people.queries import Card, cards, id_of_handle
from portal.teams.kickoff import is_today
from portal.teams.models import Team, TeamMember
from portal.teams.queries import Member, TeamView, came_late, members

from .models import NUDGE_KEPT_FOR, IntroNudge, IntroSeen, QuietSlide
from .nudging import Obstacle, obstacle

WHO_TO_ASK = 8  # rows of the table
TOPICS_FROM = 40  # people whose topics are asked for: those at the front of the line-up


# ---- the slides --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reel:
    """Whose slides there are, in the order of the line-up; late: theirs alone who came after the kick-off."""

    team: TeamView
    ids: list[int]
    late: bool
    newcomers: int  # how many came after the kick-off


def reel(viewer: Viewer, team: TeamView, *, late: bool = False) -> Reel:
    """The slides of a team. Where nobody came late, the late ones are all of them. One query."""
    found = members(viewer, team)
    newcomers = came_late(team, found)
    late = late and bool(newcomers)
    return Reel(team, [member.person_id for member in (newcomers if late else found)], late, len(newcomers))


@dataclass(frozen=True)
class Slide:
    """One person's slide. `intro` is None where there is none that the viewer may read: the slide says so."""

    card: Card
    intro: Intro | None
    number: int
    total: int
    back: Card | None
    next: Card | None
    first: Card | None
    last: Card | None
    is_quiet: bool  # skipped aloud


def slide(viewer: Viewer, reel: Reel, handle: str) -> Slide:
    """That person's slide. `NotVisible` when they are not among these. Six queries, whatever the size."""
    person_id = id_of_handle(viewer, handle)
    if person_id is None or person_id not in reel.ids:
        raise NotVisible
    place = reel.ids.index(person_id)
    around = {
        "back": reel.ids[place - 1] if place else None,
        "next": reel.ids[place + 1] if place + 1 < len(reel.ids) else None,
        "first": reel.ids[0],
        "last": reel.ids[-1],
    }
    known = {card.id: card for card in cards(viewer, [person_id, *{one for one in around.values() if one}])}
    return Slide(
        card=known[person_id],
        intro=intro_of(viewer, person_id),
        number=place + 1,
        total=len(reel.ids),
        is_quiet=person_id in quiet_in(reel.team.id, [person_id]),
        **{name: known.get(one) if one else None for name, one in around.items()},
    )


def quiet_in(team_id: int, person_ids: Collection[int]) -> set[int]:
    """Those of them whose slide is read and not spoken to in this team."""
    rows = db.session.scalars(
        sa.select(QuietSlide.person_id).where(
            QuietSlide.team_id == team_id, QuietSlide.person_id.in_(sorted(person_ids))
        )
    )
    return set(rows)


def seen_by_me(viewer: Viewer, person_ids: Collection[int]) -> set[int]:
    """Those of them whose intro I have seen. Mine alone."""
    rows = db.session.scalars(
        sa.select(IntroSeen.seen_id).where(
            IntroSeen.person_id == viewer.person_id, IntroSeen.seen_id.in_(sorted(person_ids))
        )
    )
    return set(rows)


@dataclass(frozen=True)
class Line:
    """Somebody in the list on the start card."""

    card: Card
    is_in: bool
    seen: bool
    is_quiet: bool


@dataclass(frozen=True)
class StartCard:
    """What stands before the first slide. `seen` and `others` count intros that are in, without my own."""

    lines: list[Line]
    seen: int
    others: int
    on_their_way: int
    i_am_quiet: bool


def start_card(viewer: Viewer, reel: Reel) -> StartCard:
    """The people of the reel in order, and how far I am. Five queries, whatever the size."""
    ready, seen = headlines(viewer, reel.ids), seen_by_me(viewer, reel.ids)
    quiet = quiet_in(reel.team.id, reel.ids)
    lines = [
        Line(card.with_line(ready.get(card.id)), card.id in ready, card.id in seen, card.id in quiet)
        for card in cards(viewer, reel.ids)
    ]
    # Of those whose intro is in: one that is on its way cannot be seen yet.
    others = [line for line in lines if line.is_in and line.card.id != viewer.person_id]
    return StartCard(
        lines=lines,
        seen=sum(line.seen for line in others),
        others=len(others),
        on_their_way=sum(not line.is_in for line in lines),
        i_am_quiet=viewer.person_id in quiet,
    )


# ---- the sheet ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """Somebody on the sheet; without facts where there is no intro that the viewer may read."""

    card: Card
    lang: str
    headline: str
    facts: list[str]
    ask_about: list[str]
    is_in: bool


def sheet(viewer: Viewer, team: TeamView) -> list[Entry]:
    """The people of a team with what they say about themselves, in the order of the line-up. Five queries."""
    ids = [member.person_id for member in members(viewer, team)]
    ready = headlines(viewer, ids)
    words = _words(ready)
    return [
        Entry(
            card=card,
            lang=ready[card.id][1] if card.id in ready else "",
            headline=ready[card.id][0] if card.id in ready else "",
            facts=words[card.id][0] if card.id in words else [],
            ask_about=words[card.id][1] if card.id in words else [],
            is_in=card.id in ready,
        )
        for card in cards(viewer, ids)
    ]


def _words(ready: Collection[int]) -> dict[int, tuple[list[str], list[str]]]:
    """Facts and topics of intros that the viewer may read (the caller knows which)."""
    rows = db.session.execute(
        sa.select(Infomercial.person_id, Infomercial.facts, Infomercial.ask_about).where(
            Infomercial.person_id.in_(sorted(ready))
        )
    )
    return {person_id: ([fact["text"] for fact in facts], list(ask)) for person_id, facts, ask in rows}


# ---- on the team's page --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AskRow:
    """Whom to ask about something, and why them. `is_ours`: the topic is our words, not theirs."""

    topic: str
    card: Card
    because: str
    lang: str
    is_ours: bool = False


def who_to_ask(
    viewer: Viewer,
    team: TeamView,
    *,
    people: Sequence[Member] | None = None,
    ready: Mapping[int, tuple[str, str]] | None = None,
) -> list[AskRow]:
    """A short table: the first topic of each, in the order of the line-up; then second ones, while there is room.

    people, ready: who is in the team and whose intro is in, where the caller knows. Three queries more.
    """
    people = members(viewer, team) if people is None else people
    ready = headlines(viewer, [one.person_id for one in people]) if ready is None else ready
    asked = [one.person_id for one in people if one.person_id in ready][:TOPICS_FROM]
    topics = {person_id: list(ask) for person_id, (_facts, ask) in _words(asked).items()}
    lead = next((one.person_id for one in people if one.is_lead), None)
    order = [one.person_id for one in people if one.person_id in topics or one.person_id == lead]
    known = {card.id: card for card in cards(viewer, order)}
    rows = list(_rows([known[one] for one in order if one in known], topics, ready, lead))
    return rows[:WHO_TO_ASK]


def _rows(
    people: Sequence[Card], topics: Mapping[int, list[str]], ready: Mapping[int, tuple[str, str]], lead: int | None
) -> Iterator[AskRow]:
    """Everybody's first row, then everybody's second one. The lead's first one is what leads are asked."""
    for place in range(2):
        for card in people:
            own = topics.get(card.id, [])
            headline, lang = ready.get(card.id, ("", ""))
            if card.id == lead and place == 0:
                yield AskRow(gettext("Decisions, scope, dates"), card, gettext("Leads the team"), "", is_ours=True)
                continue
            at = place - 1 if card.id == lead else place
            if at < len(own):
                yield AskRow(own[at], card, headline, lang)


@dataclass(frozen=True)
class Missing:
    """Somebody whose intro is missing, and why they are not nudged now (None: they may be)."""

    card: Card
    obstacle: Obstacle | None


@dataclass(frozen=True)
class IntrosIn:
    """How many intros are in. `missing` is for the lead alone, and without oneself."""

    ready: int
    total: int
    mine_is_missing: bool
    missing: list[Missing]

    @property
    def may_be_nudged(self) -> int:
        return sum(one.obstacle is None for one in self.missing)


def intros_in(
    viewer: Viewer,
    team: TeamView,
    *,
    people: Sequence[Member] | None = None,
    ready: Collection[int] | None = None,
) -> IntrosIn:
    """ "6 of 8 are in", as far as the viewer may read them. Three queries more for the lead."""
    people = members(viewer, team) if people is None else people
    ids = [one.person_id for one in people]
    ready = headlines(viewer, ids) if ready is None else ready
    absent = [one for one in ids if one not in ready]
    return IntrosIn(
        ready=len(ids) - len(absent),
        total=len(ids),
        mine_is_missing=viewer.person_id in absent,
        missing=missing(viewer, team, [one for one in absent if one != viewer.person_id]) if team.i_lead else [],
    )


def missing(viewer: Viewer, team: TeamView, person_ids: Sequence[int], ready: Collection[int] = ()) -> list[Missing]:
    """May these be nudged? (The caller knows that the viewer leads the team.) Three queries."""
    if not person_ids:
        return []
    last = dict(
        db.session.execute(
            sa.select(IntroNudge.person_id, IntroNudge.at).where(IntroNudge.person_id.in_(sorted(person_ids)))
        )
        .tuples()
        .all()
    )
    return [
        Missing(
            card,
            obstacle(
                is_open=team.is_open,
                is_me=card.id == viewer.person_id,
                is_in=card.id in ready,
                starts_on=card.starts_on,
                kickoff_is_today=team.kickoff_is_today,
                nudged_at=last.get(card.id),
                zone=viewer.zone,
            ),
        )
        for card in cards(viewer, person_ids)
    ]


# ---- at home -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NudgedMe:
    """A lead would like my intro. `by` is a first name, "" when nobody can be named any more."""

    slug: str
    team: str
    by: str
    before_kickoff: bool
    at: datetime


def nudged_me(viewer: Viewer) -> NudgedMe | None:
    """Was I nudged in the last 30 days, for a team that is still open, and have not published? One query."""
    return nudged(viewer.person_id)


def nudged(person_id: int) -> NudgedMe | None:
    """The same, of anybody: for the mail to them."""
    row = db.session.execute(
        sa.select(Team, Person, IntroNudge.at)
        .select_from(IntroNudge)
        .join(Team, Team.id == IntroNudge.team_id)
        .join(TeamMember, sa.and_(TeamMember.team_id == Team.id, TeamMember.person_id == IntroNudge.person_id))
        .outerjoin(Person, sa.and_(Person.id == IntroNudge.by_id, Person.left_at.is_(None)))
        .outerjoin(Infomercial, Infomercial.person_id == IntroNudge.person_id)
        .where(
            IntroNudge.person_id == person_id,
            IntroNudge.at > clock.now() - NUDGE_KEPT_FOR,
            Infomercial.person_id.is_(None),
            Team.closed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    team, lead, at = row
    if is_today(team.kickoff_at, team.kickoff_zone):
        return None  # no reminder on the day itself
    ahead = team.kickoff_at is not None and not team.has_met(clock.now())
    return NudgedMe(team.slug, team.name, lead.first_name if lead else "", ahead, at)
