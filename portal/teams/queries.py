"""Reads of teams. What a viewer may not see is not in the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.audiences.queries import visible_to
from portal.core import clock, links, settings
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import batches, db
from portal.core.errors import NotVisible
from portal.core.paging import PAGE, Page, cursor_of, page_of, read_cursor
from portal.goals.queries import GoalLine, goal_line
from portal.people import names
from portal.people.lineup import side_by_side
from portal.people.models import Person, hue_of
from portal.people.queries import Card, by_addresses, by_names, cards

from .kickoff import is_today
from .models import OldTeamSlug, Team, TeamBuddy, TeamKeep, TeamMember
from .pasted import Pasted

LINE_UP = 40  # bars on a page; more people stand in the directory
NEW_IN_TEAM_FOR = 14  # days that a late joiner is announced


@dataclass(frozen=True)
class TeamView:
    """A team as this viewer may see it. `size` counts who is in it today; kickoff_at is a moment, to be shown in
    the zone that the kick-off was set in."""

    id: int
    slug: str
    audience_id: int
    name: str
    purpose: str
    goal: GoalLine | None
    talks_at: str
    kickoff_at: datetime | None
    kickoff_zone: str
    kickoff_place: str
    calendar_uid: str
    calendar_sequence: int
    closed_at: datetime | None
    learned: str
    version: int
    size: int
    has_lead: bool
    i_am_in: bool
    i_lead: bool
    was_i_there: bool | None
    joined_at: datetime | None
    may_keep: bool  # lead or admin: settings, closing, opening again
    may_invite: bool  # anyone in it who is no guest, while it is open

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def talks_url(self) -> str | None:
        """Where we talk, if it is a link."""
        return self.talks_at if self.talks_at.startswith(("https://", "http://")) else None

    @property
    def has_met(self) -> bool:
        """The kick-off has begun."""
        return self.kickoff_at is not None and self.kickoff_at <= clock.now()

    @property
    def kickoff_is_today(self) -> bool:
        return is_today(self.kickoff_at, self.kickoff_zone)


@dataclass(frozen=True)
class Member:
    """Somebody in a team today."""

    person_id: int
    hue: str
    is_lead: bool
    is_guest: bool
    joined_at: datetime
    was_there: bool | None  # of the viewer alone


def seen_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may see a `Team`: employees see all of them, a guest the open ones they are in
    (whoever is in a team's audience; guests are taken out of it when the team closes)."""
    # Not as one condition: a database that reads "1 IN (…) OR" goes through all teams to find a guest's three.
    return sa.true() if EVERYONE in viewer.audience_ids else visible_to(viewer, Team.audience_id)


def still_here(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that a `Person` has neither left nor passed their last day."""
    return _has_access(clock.today(viewer.zone))


def _has_access(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(Person.left_at.is_(None), sa.or_(Person.ends_on.is_(None), Person.ends_on >= today))


def team(viewer: Viewer, slug: str) -> TeamView:
    """The team at that address. `NotVisible` when there is none for this viewer. Three queries."""
    if not names.may_be_handle(slug):
        raise NotVisible
    return _team(viewer, Team.slug == slug)


def team_by_id(viewer: Viewer, team_id: int) -> TeamView:
    """The same, by id."""
    return _team(viewer, Team.id == team_id)


def _team(viewer: Viewer, condition: sa.ColumnElement[bool]) -> TeamView:
    mine = sa.select(TeamMember).where(TeamMember.person_id == viewer.person_id).subquery()
    found = db.session.execute(
        sa.select(Team, mine.c.is_lead, mine.c.was_there, mine.c.joined_at)
        .outerjoin(mine, mine.c.team_id == Team.id)
        .where(condition, seen_by(viewer))
    ).one_or_none()
    if found is None:
        raise NotVisible
    row: Team = found[0]
    size, leads = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.cast(TeamMember.is_lead, sa.Integer)), 0))
        .select_from(TeamMember)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id == row.id, still_here(viewer))
    ).one()
    i_am_in, i_lead = found.joined_at is not None, bool(found.is_lead)
    return TeamView(
        id=row.id,
        slug=row.slug,
        audience_id=row.audience_id,
        name=row.name,
        purpose=row.purpose,
        goal=goal_line(viewer, row.goal_id) if row.goal_id else None,
        talks_at=row.talks_at if i_am_in or viewer.is_admin else "",
        kickoff_at=row.kickoff_at,
        kickoff_zone=row.kickoff_zone or "UTC",
        kickoff_place=row.kickoff_place,
        calendar_uid=row.calendar_uid,
        calendar_sequence=row.calendar_sequence,
        closed_at=row.closed_at,
        learned=row.learned,
        version=row.version,
        size=int(size),
        has_lead=bool(leads),
        i_am_in=i_am_in,
        i_lead=i_lead,
        was_i_there=found.was_there,
        joined_at=found.joined_at,
        may_keep=(i_lead or viewer.is_admin) and not viewer.is_guest,
        may_invite=row.is_open and (i_am_in or viewer.is_admin) and not viewer.is_guest,
    )


def slug_today(viewer: Viewer, old: str) -> str:
    """The address of the team that once had that one. `NotVisible` when there is none for this viewer."""
    if not names.may_be_handle(old):
        raise NotVisible
    slug = db.session.scalar(
        sa.select(Team.slug)
        .join(OldTeamSlug, OldTeamSlug.team_id == Team.id)
        .where(OldTeamSlug.slug == old, seen_by(viewer))
    )
    if slug is None:
        raise NotVisible
    return slug


def members(viewer: Viewer, team: TeamView) -> list[Member]:
    """Who is in the team today, in the order of its line-up: leads first, then as they came, and neighbours differ
    in colour as far as the line-up goes. One query."""
    rows = db.session.execute(
        sa.select(TeamMember, Person.hue, Person.kind)
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id == team.id, still_here(viewer))
        .order_by(TeamMember.is_lead.desc(), TeamMember.joined_at, TeamMember.person_id)
    )
    found = [
        Member(
            row.person_id,
            hue or hue_of(row.person_id),
            row.is_lead,
            kind == "guest",
            row.joined_at,
            row.was_there if row.person_id == viewer.person_id else None,
        )
        for row, hue, kind in rows
    ]
    return side_by_side(found[:LINE_UP]) + found[LINE_UP:]


def last_days(person_ids: Sequence[int]) -> dict[int, date]:
    """Until when these guests are here (for whoever leads them)."""
    rows = (
        db.session.execute(sa.select(Person.id, Person.ends_on).where(Person.id.in_(person_ids)))
        if person_ids
        else ()
    )
    return {person_id: ends_on for person_id, ends_on in rows if ends_on}


def line_up(viewer: Viewer, members: Sequence[Member]) -> list[Card]:
    """The cards of the first of them, as many as a page shows. Two queries."""
    return cards(viewer, [member.person_id for member in members[:LINE_UP]])


def came_late(team: TeamView, members: Sequence[Member]) -> list[Member]:
    """Who came in after the kick-off, the newest first, for two weeks."""
    if team.kickoff_at is None:
        return []
    since = max(team.kickoff_at, clock.ago(days=NEW_IN_TEAM_FOR))
    late = [member for member in members if member.joined_at > since]
    return sorted(late, key=lambda member: member.joined_at, reverse=True)


# ---- lists of teams ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TeamLine:
    """A team in a list. `faces`: some of its people, in the order of the line-up."""

    id: int
    slug: str
    name: str
    purpose: str
    kickoff_at: datetime | None
    kickoff_zone: str
    kickoff_place: str
    is_open: bool
    size: int
    faces: list[Card] = field(default_factory=list)

    @property
    def kickoff_lies_ahead(self) -> bool:
        return self.is_open and self.kickoff_at is not None and self.kickoff_at > clock.now()


FACES = 8


def _lines(viewer: Viewer, rows: Sequence[Team]) -> list[TeamLine]:
    """With their sizes and faces. Two queries, however many teams there are (at most a page), or none."""
    ids = [row.id for row in rows]
    place = sa.func.row_number().over(
        partition_by=TeamMember.team_id,
        order_by=(TeamMember.is_lead.desc(), TeamMember.joined_at, TeamMember.person_id),
    )
    ranked = (
        sa.select(
            TeamMember.team_id,
            TeamMember.person_id,
            place.label("place"),
            sa.func.count().over(partition_by=TeamMember.team_id).label("size"),
        )
        .join(Person, Person.id == TeamMember.person_id)
        .where(TeamMember.team_id.in_(ids), still_here(viewer))
        .subquery()
    )
    first = db.session.execute(
        sa.select(ranked.c.team_id, ranked.c.person_id, ranked.c.size)
        .where(ranked.c.place <= FACES)
        .order_by(ranked.c.team_id, ranked.c.place)
    ).all()
    known = {card.id: card for card in cards(viewer, list({row.person_id for row in first}))}
    faces: dict[int, list[Card]] = {}
    sizes = {row.team_id: row.size for row in first}
    for row in first:
        if row.person_id in known:
            faces.setdefault(row.team_id, []).append(known[row.person_id])
    return [
        TeamLine(
            id=row.id,
            slug=row.slug,
            name=row.name,
            purpose=row.purpose,
            kickoff_at=row.kickoff_at,
            kickoff_zone=row.kickoff_zone or "UTC",
            kickoff_place=row.kickoff_place,
            is_open=row.is_open,
            size=sizes.get(row.id, 0),
            faces=side_by_side(faces.get(row.id, [])),
        )
        for row in rows
    ]


def my_teams(viewer: Viewer, most: int = 50) -> list[TeamLine]:
    """The open teams I am in: those with a kick-off ahead first, the next one first; then by name."""
    rows = db.session.scalars(
        sa.select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == viewer.person_id, Team.closed_at.is_(None))
        # Today's counts as ahead for 12 hours more.
        .order_by(sa.case((Team.kickoff_at > clock.ago(hours=12), Team.kickoff_at)).asc().nulls_last())
        .order_by(Team.sort_key, Team.id)
        .limit(most)
    ).all()
    return _lines(viewer, rows)


def all_teams(
    viewer: Viewer, *, q: str = "", closed: bool = False, cursor: str | None = None, size: int = PAGE
) -> Page[TeamLine]:
    """A page of the teams that the viewer may see, by name: the open ones, or the closed ones."""
    start = read_cursor(cursor, str, int)
    query = sa.select(Team).where(
        seen_by(viewer), Team.closed_at.is_not(None) if closed else Team.closed_at.is_(None)
    )
    for word in names.fold(q).split()[:8]:
        query = query.where(Team.sort_key.contains(word, autoescape=True))
    if start:
        query = query.where(sa.tuple_(Team.sort_key, Team.id) > sa.tuple_(sa.literal(start[0]), start[1]))
    rows = db.session.scalars(query.order_by(Team.sort_key, Team.id).limit(size + 1)).all()
    return page_of(rows, size, lambda row: cursor_of(row.sort_key, row.id)).map(lambda found: _lines(viewer, found))


def teams_for_goal(viewer: Viewer, goal_id: int, most: int = 50) -> list[TeamLine]:
    """The open teams that work for a goal, by name."""
    query = sa.select(Team).where(seen_by(viewer), Team.goal_id == goal_id, Team.closed_at.is_(None))
    return _lines(viewer, db.session.scalars(query.order_by(Team.sort_key, Team.id).limit(most)).all())


@dataclass(frozen=True)
class TeamName:
    """A team, in a line."""

    slug: str
    name: str


def teams_of_person(viewer: Viewer, person_id: int, most: int = 20) -> list[TeamName]:
    """The open teams that somebody is in, as far as the viewer may see them, by name."""
    query = (
        sa.select(Team.slug, Team.name)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person_id, seen_by(viewer), Team.closed_at.is_(None))
    )
    rows = db.session.execute(query.order_by(Team.sort_key, Team.id).limit(most))
    return [TeamName(slug, name) for slug, name in rows]


def led_by(person_id: int) -> list[TeamName]:
    """The open teams that somebody leads, by name (for the admins)."""
    query = (
        sa.select(Team.slug, Team.name)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person_id, TeamMember.is_lead, Team.closed_at.is_(None))
    )
    return [TeamName(slug, name) for slug, name in db.session.execute(query.order_by(Team.sort_key, Team.id))]


def lines_of(viewer: Viewer, team_ids: Collection[int]) -> dict[int, TeamLine]:
    """Those of these teams that the viewer may see. A fixed number of queries."""
    rows = db.session.scalars(sa.select(Team).where(Team.id.in_(sorted(team_ids)), seen_by(viewer))).all()
    return {line.id: line for line in _lines(viewer, rows)}


def mates(viewer: Viewer, most: int) -> list[int]:
    """Who is in an open team with the viewer, of the teams that they joined last first."""
    mine = aliased(TeamMember)
    query = (
        sa.select(TeamMember.person_id)
        .join(mine, mine.team_id == TeamMember.team_id)
        .join(Team, Team.id == mine.team_id)
        .where(mine.person_id == viewer.person_id, Team.closed_at.is_(None))
        .where(TeamMember.person_id != viewer.person_id)
        .order_by(mine.joined_at.desc(), mine.team_id, TeamMember.person_id)
        .limit(most)
    )
    return list(dict.fromkeys(db.session.scalars(query)))


def my_team_names(viewer: Viewer) -> list[tuple[str, str]]:
    """(slug, name) of the open teams I am in, by name."""
    return [(one.slug, one.name) for one in teams_of_person(viewer, viewer.person_id, most=100)]


# ---- the join link -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JoinLink:
    """The link of a team: its token (None when it is off or the team is closed), and when it ends."""

    token: str | None
    until: datetime
    is_good: bool


def join_link(viewer: Viewer, team_id: int) -> JoinLink:
    """For whoever may invite (the caller asks `may_invite`)."""
    row = db.session.get_one(Team, team_id)
    token = links.token_for("join", row.id, row.join_nonce) if row.join_nonce else None
    return JoinLink(token, row.join_until, row.may_be_joined(clock.now()))


@dataclass(frozen=True)
class Joinable:
    """What a join link tells whoever holds it: little, since it may have been forwarded."""

    team_id: int
    name: str
    lead: str  # the first name of a lead, "" when there is none
    is_good: bool  # it has not expired


def joinable(token: str) -> Joinable:
    """The team behind a join link. `NotVisible` for a wrong one, a renewed one and a closed team's."""
    team_id = links.row_of(token)
    row = db.session.get(Team, team_id) if team_id else None
    if row is None or not row.is_open or not links.fits(token, "join", row.id, row.join_nonce):
        raise NotVisible
    lead = db.session.scalar(
        sa.select(Person)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.team_id == row.id, TeamMember.is_lead, _has_access(clock.today()))
        .order_by(TeamMember.joined_at, TeamMember.person_id)
        .limit(1)
    )
    return Joinable(row.id, row.name, lead.first_name if lead else "", row.may_be_joined(clock.now()))


@dataclass(frozen=True)
class Silhouette:
    """Somebody in a line-up for who is not in yet: a first name and a colour, nothing more."""

    first_name: str
    hue: str


def silhouettes(team_id: int) -> list[Silhouette]:
    """The line-up that an invitation shows before it asks for anything. One query."""
    rows = db.session.scalars(
        sa.select(Person)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.team_id == team_id, _has_access(clock.today()))
        .order_by(TeamMember.is_lead.desc(), TeamMember.joined_at, TeamMember.person_id)
        .limit(LINE_UP)
    )
    return side_by_side([Silhouette(person.first_name, person.colour) for person in rows])


def name_of(team_id: int) -> str:
    """What a team is called (for whoever was invited to it)."""
    return db.session.scalar(sa.select(Team.name).where(Team.id == team_id)) or ""


def slug_of(team_id: int) -> str:
    """Where a team is."""
    return db.session.scalar(sa.select(Team.slug).where(Team.id == team_id)) or ""


def names_by_id(team_ids: Collection[int]) -> dict[int, TeamName]:
    """Which teams these are (for the admins)."""
    rows = db.session.execute(sa.select(Team.id, Team.slug, Team.name).where(Team.id.in_(sorted(team_ids))))
    return {team_id: TeamName(slug, name) for team_id, slug, name in rows}


def audience_of(team_id: int) -> int:
    """The audience of a team's members."""
    return db.session.scalars(sa.select(Team.audience_id).where(Team.id == team_id)).one()


def invite_domains() -> list[str]:
    """Whose addresses may come in as colleagues without somebody looking; the admin's list, empty at first."""
    found: list[str] = settings.get("invite_domains", [])
    return [domain.strip().removeprefix("@").lower() for domain in found]


# ---- who is meant ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meant:
    """What became of one pasted entry.

    state: "known" (person says who), "unclear" (choices says who it could be), "new" (an address nobody has),
    "nobody" (a name nobody has), "left", "in" (is in already), "twice", "skipped", "nonsense". An address that nobody
    has beside the name of somebody who works here may be their second one: choices says whose.
    """

    entry: Pasted
    state: str
    person: Card | None = None
    choices: tuple[Card, ...] = ()

    @property
    def field(self) -> str:
        """The name of the field that picks one of the choices."""
        return f"pick-{names.mark(self.entry.key)}"


def who_is_meant(
    viewer: Viewer, entries: Sequence[Pasted], picked: Mapping[str, str], already: frozenset[int] = frozenset()
) -> list[Meant]:
    """Whom the pasted entries mean. A fixed number of queries a batch.

    picked: field of an unclear entry -> handle, "skip" or (for an address) "new"; already: people who are in.
    """
    with_address = [entry for entry in entries if entry.email]
    with_name = [entry for entry in entries if not entry.email and entry.name]
    by_address = by_addresses(viewer, [entry.email_key for entry in with_address]) if with_address else {}
    namesakes = [entry for entry in with_address if entry.name and entry.email_key not in by_address]
    asked = [entry.name for entry in (*with_name, *namesakes)]
    by_name = by_names(viewer, asked) if asked else {}
    ids = {found.person_id for found in by_address.values()} | {one for some in by_name.values() for one in some}
    known = {card.id: card for some in batches(ids) for card in cards(viewer, some)}
    answers: list[Meant] = []
    taken: set[int] = set()
    for entry in entries:
        if entry.is_nonsense:
            answers.append(Meant(entry, "nonsense"))
            continue
        if entry.email:
            found = by_address.get(entry.email_key)
            if found is None or found.has_left or found.person_id not in known:
                same = [known[one] for one in by_name.get(entry.name, []) if one in known] if found is None else []
                same = [card for card in same if names.fold(card.name) == names.fold(entry.name)]
                if same and picked.get(Meant(entry, "").field) != "new":
                    answers.append(_settled(entry, same, picked, already, taken, sure=False))
                else:
                    answers.append(Meant(entry, "left" if found and found.has_left else "new", choices=tuple(same)))
                continue
            choices = [known[found.person_id]]
        else:
            choices = [known[one] for one in by_name.get(entry.name, []) if one in known]
        answers.append(_settled(entry, choices, picked, already, taken))
    return answers


def _settled(
    entry: Pasted,
    choices: list[Card],
    picked: Mapping[str, str],
    already: frozenset[int],
    taken: set[int],
    sure: bool = True,
) -> Meant:
    if not choices:
        return Meant(entry, "nobody")
    chosen = choices[0] if len(choices) == 1 and sure else None
    if chosen is None:
        pick = picked.get(Meant(entry, "").field, "")
        if pick == "skip":
            return Meant(entry, "skipped", choices=tuple(choices))
        chosen = next((card for card in choices if card.handle == pick), None)
        if chosen is None:
            return Meant(entry, "unclear", choices=tuple(choices))
    kept = tuple(choices) if len(choices) > 1 or not sure else ()
    if chosen.id in already:
        return Meant(entry, "in", chosen, kept)
    if chosen.id in taken:
        return Meant(entry, "twice", chosen, kept)
    taken.add(chosen.id)
    return Meant(entry, "known", chosen, kept)


# ---- buddies, and whom I keep ------------------------------------------------------------------------------


@dataclass(frozen=True)
class BuddyAsked:
    """Somebody was asked to be a newcomer's buddy; said_yes is None until they answer."""

    newcomer_id: int
    buddy_id: int
    said_yes: bool | None


def buddies(team_id: int) -> list[BuddyAsked]:
    """Who was asked to be whose buddy in a team, the last asked first."""
    rows = db.session.scalars(
        sa.select(TeamBuddy)
        .where(TeamBuddy.team_id == team_id)
        .order_by(TeamBuddy.asked_at.desc(), TeamBuddy.buddy_id)
    )
    return [BuddyAsked(row.newcomer_id, row.buddy_id, row.said_yes) for row in rows]


@dataclass(frozen=True)
class BuddyQuestion:
    """I am asked to be somebody's buddy."""

    slug: str
    team: str
    newcomer: Card


def my_buddy_questions(viewer: Viewer) -> list[BuddyQuestion]:
    """What I have not answered yet."""
    rows = db.session.execute(
        sa.select(TeamBuddy.newcomer_id, Team.slug, Team.name)
        .join(Team, Team.id == TeamBuddy.team_id)
        .where(TeamBuddy.buddy_id == viewer.person_id, TeamBuddy.said_yes.is_(None), Team.closed_at.is_(None))
        .order_by(TeamBuddy.asked_at)
        .limit(5)
    ).all()
    known = {card.id: card for card in cards(viewer, [row.newcomer_id for row in rows])} if rows else {}
    return [BuddyQuestion(row.slug, row.name, known[row.newcomer_id]) for row in rows if row.newcomer_id in known]


@dataclass(frozen=True)
class KickOffQuestion:
    """Was I at that kick-off?"""

    slug: str
    team: str
    at: datetime
    zone: str


def my_kickoff_questions(viewer: Viewer) -> list[KickOffQuestion]:
    """Kick-offs of the last 14 days that I was in the team for and have not said anything about."""
    now = clock.now()
    rows = db.session.scalars(
        sa.select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(
            TeamMember.person_id == viewer.person_id,
            TeamMember.was_there.is_(None),
            TeamMember.joined_at <= Team.kickoff_at,
            Team.closed_at.is_(None),
            Team.kickoff_at <= now,
            Team.kickoff_at >= clock.ago(days=14),
        )
        .order_by(Team.kickoff_at)
        .limit(5)
    )
    return [KickOffQuestion(t.slug, t.name, t.kickoff_at, t.kickoff_zone or "UTC") for t in rows if t.kickoff_at]


def whom_i_keep(viewer: Viewer, team_id: int) -> set[int]:
    """Whom I want to keep in touch with after a team. Mine alone."""
    rows = db.session.scalars(
        sa.select(TeamKeep.other_id).where(TeamKeep.team_id == team_id, TeamKeep.person_id == viewer.person_id)
    )
    return set(rows)
