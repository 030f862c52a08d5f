"""Reads of kudos: who may see one, and one as they see it. What a viewer may not see is not in the answer.

Which ones stand on a wall, and on other pages, is in `walls`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.audiences.models import AudienceMember
from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.markup import plain
from portal.goals.models import Goal
from portal.people.models import Person
from portal.people.names import initials
from portal.people.queries import Card, cards_and_leavers
from portal.teams.models import Team
from portal.teams.queries import seen_by as team_seen_by
from portal.topics.models import READ_AS, Topic, root_of
from portal.topics.queries import seen as topic_seen_by

from .models import CHEERS, EDIT_FOR, UNDO_FOR, CompanyValue, Kudos, KudosCheer, KudosPerson, ThanksWish

SHOWN_NAMES = 20  # of the people thanked in one kudos
SHOWN_CHEERS = 20  # names of each kind


# ---- who may see it ----------------------------------------------------------------------------------------


_MINE = aliased(KudosPerson)  # where others are asked about in the same query


def names(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that a `Kudos` names the viewer: its giver, or whoever was thanked and had not blocked them."""
    return (
        sa.select(_MINE.kudos_id)
        .where(_MINE.kudos_id == Kudos.id, _MINE.person_id == viewer.person_id, _MINE.muted.is_(False))
        .exists()
    )


def seen_by(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may see a `Kudos`: by its audience, or because it names them. What a moderator
    hid is seen by its giver alone; what was taken back by nobody."""
    may = sa.or_(visible_to(viewer, Kudos.audience_id), names(viewer))
    shown = sa.or_(Kudos.hidden_at.is_(None), Kudos.giver_id == viewer.person_id)
    return sa.and_(may, shown, Kudos.taken_back_at.is_(None))


def may_see(viewer: Viewer, kudos_ids: Collection[int]) -> set[int]:
    """Those of these kudos that the viewer may see. One query."""
    if not kudos_ids:
        return set()
    return set(db.session.scalars(sa.select(Kudos.id).where(Kudos.id.in_(kudos_ids), seen_by(viewer))))


def who_may_see(kudos: Kudos, person_ids: Collection[int]) -> set[int]:
    """Those of these people who are in the audience of a kudos, or named in it (whoever blocked its giver apart)."""
    from_audience = sa.select(Person.id).where(Person.id.in_(person_ids), Person.left_at.is_(None))
    if kudos.audience_id == EVERYONE:
        from_audience = from_audience.where(Person.kind != "guest")
    else:
        members = sa.select(AudienceMember.person_id).where(AudienceMember.audience_id == kudos.audience_id)
        from_audience = from_audience.where(Person.id.in_(members))
    named = sa.select(KudosPerson.person_id).where(
        KudosPerson.kudos_id == kudos.id, KudosPerson.person_id.in_(person_ids), KudosPerson.muted.is_(False)
    )
    return set(db.session.scalars(from_audience.union(named)))


def has_thanked(giver_id: int, person_id: int) -> bool:
    """Does a kudos from one of them name the other, who may read it?"""
    theirs = sa.select(Kudos.id).join(KudosPerson, KudosPerson.kudos_id == Kudos.id)
    theirs = theirs.where(KudosPerson.person_id == person_id, KudosPerson.side == "to", KudosPerson.muted.is_(False))
    theirs = theirs.where(Kudos.giver_id == giver_id, Kudos.hidden_at.is_(None), Kudos.taken_back_at.is_(None))
    return db.session.scalar(theirs.limit(1)) is not None


# ---- one, or several ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receiver:
    """Somebody who was thanked: for doing it, helping, or unblocking it."""

    person: Card
    role: str


@dataclass(frozen=True)
class ValueLine:
    """Something the organization stands for."""

    id: int
    slug: str
    name: str
    line: str
    icon: str
    is_open: bool


@dataclass(frozen=True)
class Named:
    """A team or a goal, in a line."""

    slug: str
    name: str


@dataclass(frozen=True)
class Cheer:
    """One kind of cheer on a kudos: the names of whoever gave it (as far as the viewer sees them), me first."""

    kind: str
    people: tuple[Card, ...]
    others: bool  # there are more than those
    mine: bool


@dataclass(frozen=True)
class KudosView:
    """One kudos, as this viewer may see it. `giver` is None for somebody whose name the viewer does not see: a
    former colleague who was erased (`giver_is_gone`), or, for a guest, somebody they share no team with."""

    id: int
    public_id: str
    giver: Card | None
    giver_is_gone: bool
    receivers: tuple[Receiver, ...]
    more: int  # receivers beyond those
    to_team: Named | None  # the team itself is thanked
    team: Named | None  # that it has to do with, if the viewer may see it
    goal: Named | None
    goal_id: int | None
    topic: Named | None
    value: ValueLine | None
    why: str
    why_html: str
    shown_to: str
    at: datetime
    edited_at: datetime | None
    version: int
    cheers: tuple[Cheer, ...]
    is_mine: bool
    is_for_me: bool
    is_hidden: bool
    off_wall: bool  # I took it off
    off_profile: bool
    off_screen: bool
    may_be_undone: bool
    may_be_edited: bool
    zone: str  # the viewer's, for its hour

    @property
    def words(self) -> str:
        """Why, without marks: for a line, and for the plain half of a mail."""
        return plain(self.why_html)

    @property
    def undo_until(self) -> datetime:
        return self.at + UNDO_FOR

    @property
    def edit_until(self) -> datetime:
        return self.at + EDIT_FOR

    @property
    def hue(self) -> str:
        """The colour of its card: of whom it is for."""
        if self.receivers:
            return self.receivers[0].person.hue
        return self.giver.hue if self.giver else "sky"

    def did(self, role: str) -> list[Card]:
        """Who was thanked for that."""
        return [one.person for one in self.receivers if one.role == role]


def kudos_for(viewer: Viewer, public_id: str) -> KudosView:
    """The kudos at that address. `NotVisible` when there is none for this viewer."""
    found = views(viewer, [id_of(viewer, public_id)])
    if not found:
        raise NotVisible
    return found[0]


def id_of(viewer: Viewer, public_id: str) -> int:
    """The number of the kudos at that address. `NotVisible` when there is none for this viewer."""
    if not public_id.isascii() or not public_id.isalnum() or len(public_id) > 40:
        raise NotVisible
    kudos_id = db.session.scalar(sa.select(Kudos.id).where(Kudos.public_id == public_id, seen_by(viewer)))
    if kudos_id is None:
        raise NotVisible
    return kudos_id


def views(viewer: Viewer, kudos_ids: Sequence[int]) -> list[KudosView]:
    """Those kudos, in that order, without what the viewer may not see. A fixed number of queries."""
    if not kudos_ids:
        return []
    root = READ_AS
    rows = {
        row[0].id: row
        for row in db.session.execute(
            sa.select(Kudos, CompanyValue, Goal, Team, root)
            .outerjoin(CompanyValue, CompanyValue.id == Kudos.value_id)
            .outerjoin(Goal, sa.and_(Goal.id == Kudos.goal_id, visible_to(viewer, Goal.audience_id)))
            .outerjoin(Team, sa.and_(Team.id == Kudos.team_id, team_seen_by(viewer)))
            .outerjoin(Topic, Topic.id == Kudos.topic_id)
            .outerjoin(root, sa.and_(root.id == root_of(), topic_seen_by(viewer, root.id.expression)))
            .where(Kudos.id.in_(kudos_ids), seen_by(viewer))
        )
    }
    people = _people(viewer, list(rows), {row[0].id for row in rows.values() if row[0].to_team and row[3]})
    cheers = _cheers(viewer, list(rows))
    known, gone = _cards(viewer, {row[0].giver_id for row in rows.values()}, people, cheers)
    now = clock.now()
    return [
        _view(viewer, *rows[kudos_id], people[kudos_id], cheers[kudos_id], known, gone, now)
        for kudos_id in kudos_ids
        if kudos_id in rows
    ]


@dataclass(frozen=True)
class _Side:
    """The people of one kudos, before their cards: the first few who were thanked, and my own row."""

    shown: list[tuple[int, str]]
    total: int
    mine: KudosPerson | None


def _people(viewer: Viewer, kudos_ids: list[int], by_team: set[int]) -> dict[int, _Side]:
    """Whoever was thanked, as the viewer may know it: who blocked the giver is named to the giver alone. by_team:
    those that name a team in place of its people, who may be thousands."""
    by_name = [one for one in kudos_ids if one not in by_team]
    is_mine = sa.select(Kudos.id).where(Kudos.id == KudosPerson.kudos_id, Kudos.giver_id == viewer.person_id)
    named = sa.or_(KudosPerson.muted.is_(False), is_mine.exists())
    receivers = (
        sa.select(
            KudosPerson.kudos_id,
            KudosPerson.person_id,
            KudosPerson.role,
            KudosPerson.place,
            sa.func.count().over(partition_by=KudosPerson.kudos_id).label("total"),
            sa.func.row_number()
            .over(partition_by=KudosPerson.kudos_id, order_by=(KudosPerson.place, KudosPerson.person_id))
            .label("rank"),
        )
        .where(KudosPerson.kudos_id.in_(by_name), KudosPerson.side == "to", named)
        .subquery()
    )
    shown: dict[int, list[tuple[int, str]]] = defaultdict(list)
    totals: dict[int, int] = {}
    rows = db.session.execute(
        sa.select(receivers).where(receivers.c.rank <= SHOWN_NAMES).order_by(receivers.c.kudos_id, receivers.c.rank)
    )
    for row in rows:
        shown[row.kudos_id].append((row.person_id, row.role))
        totals[row.kudos_id] = row.total
    own = {
        row.kudos_id: row
        for row in db.session.scalars(
            sa.select(KudosPerson).where(
                KudosPerson.kudos_id.in_(kudos_ids),
                KudosPerson.person_id == viewer.person_id,
                KudosPerson.muted.is_(False),
            )
        )
    }
    return {one: _Side(shown[one], totals.get(one, 0), own.get(one)) for one in kudos_ids}


def _cheers(viewer: Viewer, kudos_ids: list[int]) -> dict[int, dict[str, list[int]]]:
    """Who cheered, by kind, the first first and me before all; at most a few names of each."""
    place = sa.func.row_number().over(
        partition_by=(KudosCheer.kudos_id, KudosCheer.kind),
        order_by=(KudosCheer.person_id != viewer.person_id, KudosCheer.at, KudosCheer.person_id),
    )
    ranked = sa.select(KudosCheer, place.label("place")).where(KudosCheer.kudos_id.in_(kudos_ids)).subquery()
    found: dict[int, dict[str, list[int]]] = {one: {kind: [] for kind in CHEERS} for one in kudos_ids}
    rows = db.session.execute(
        sa.select(ranked.c.kudos_id, ranked.c.kind, ranked.c.person_id)
        .where(ranked.c.place <= SHOWN_CHEERS + 1)
        .order_by(ranked.c.place)
    )
    for kudos_id, kind, person_id in rows:
        found[kudos_id][kind].append(person_id)
    return found


def _cards(
    viewer: Viewer, giver_ids: set[int], people: dict[int, _Side], cheers: dict[int, dict[str, list[int]]]
) -> tuple[dict[int, Card], set[int]]:
    ids = {person_id for side in people.values() for person_id, _role in side.shown} | giver_ids
    ids |= {person_id for kinds in cheers.values() for some in kinds.values() for person_id in some}
    return _known(viewer, sorted(ids))


def _known(viewer: Viewer, person_ids: Sequence[int]) -> tuple[dict[int, Card], set[int]]:
    """As `former_and_present`, and who of them was erased."""
    found, leavers = cards_and_leavers(viewer, person_ids)
    found |= {person.id: bare_card(person) for person in leavers if person.erased_at is None and person.name}
    return found, {person.id for person in leavers if person.erased_at is not None}


def former_and_present(viewer: Viewer, person_ids: Sequence[int]) -> dict[int, Card]:
    """The cards of those people whom the viewer may see, and the bare names of who has left (they keep what they gave
    under their name). Erased people are not among them."""
    return _known(viewer, person_ids)[0]


def bare_card(person: Person) -> Card:
    """Somebody in name alone."""
    return Card(
        id=person.id,
        handle="",
        name=person.name,
        first_name=person.first_name,
        initials=initials(person.name),
        hue=person.colour,
        title="",
        department="",
        place="",
        portrait_url=None,
        square_url=None,
        cutout=False,
        is_new=False,
        starts_on=None,
        away_until=None,
        is_guest=person.kind == "guest",
    )


def _view(
    viewer: Viewer,
    row: Kudos,
    value: CompanyValue | None,
    goal: Goal | None,
    team: Team | None,
    topic: Topic | None,
    side: _Side,
    cheers: dict[str, list[int]],
    known: dict[int, Card],
    gone: set[int],
    now: datetime,
) -> KudosView:
    shown = [Receiver(known[person_id], role) for person_id, role in side.shown if person_id in known]
    named = Named(team.slug, team.name) if team else None
    mine = side.mine if side.mine is not None and side.mine.side == "to" else None
    return KudosView(
        id=row.id,
        public_id=row.public_id,
        giver=known.get(row.giver_id),
        giver_is_gone=row.giver_id in gone,
        receivers=tuple(shown),
        more=max(0, side.total - len(shown)),
        to_team=named if row.to_team else None,
        team=named,
        goal=Named(goal.slug, goal.title) if goal else None,
        goal_id=goal.id if goal else None,
        topic=Named(topic.slug, topic.name) if topic else None,
        value=value_line(value) if value else None,
        why=row.why,
        why_html=row.why_html,
        shown_to=row.shown_to,
        at=row.at,
        edited_at=row.edited_at,
        version=row.version,
        cheers=tuple(
            Cheer(
                kind,
                tuple(known[one] for one in some[:SHOWN_CHEERS] if one in known),
                len(some) > SHOWN_CHEERS,
                viewer.person_id in some,
            )
            for kind, some in cheers.items()
        ),
        is_mine=row.giver_id == viewer.person_id,
        is_for_me=mine is not None,
        is_hidden=row.hidden_at is not None,
        off_wall=mine is not None and mine.off_wall,
        off_profile=mine is not None and mine.off_profile,
        off_screen=mine is not None and mine.off_screen,
        may_be_undone=row.may_be_undone_by(viewer.person_id, now),
        may_be_edited=row.may_be_edited_by(viewer.person_id, now),
        zone=viewer.zone,
    )


def value_line(row: CompanyValue) -> ValueLine:
    return ValueLine(row.id, row.slug, row.name, row.line, row.icon, row.retired_at is None)


# ---- how people like to be thanked -------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """How somebody likes to be thanked: one of WISHES, and one of ON_SCREEN."""

    shown: str = "wall"
    on_screen: str = "ask"


def wishes(person_ids: Collection[int]) -> dict[int, Wish]:
    """How each of these people likes to be thanked. One query."""
    rows = db.session.scalars(sa.select(ThanksWish).where(ThanksWish.person_id.in_(person_ids)))
    said = {row.person_id: Wish(row.shown, row.on_screen) for row in rows}
    return {one: said.get(one, Wish()) for one in person_ids}


# ---- values ------------------------------------------------------------------------------------------------


def open_values() -> list[ValueLine]:
    """What the organization stands for today, in its order."""
    rows = sa.select(CompanyValue).where(CompanyValue.retired_at.is_(None))
    return [value_line(row) for row in db.session.scalars(rows.order_by(CompanyValue.position, CompanyValue.id))]


def value_by_slug(slug: str) -> ValueLine | None:
    """The value at that address, retired or not."""
    row = db.session.scalar(sa.select(CompanyValue).where(CompanyValue.slug == slug[:200]))
    return value_line(row) if row else None


def value_by_id(value_id: int | None) -> ValueLine | None:
    """The value of that number, retired or not."""
    row = db.session.get(CompanyValue, value_id) if value_id else None
    return value_line(row) if row else None


# ---- while thanking ----------------------------------------------------------------------------------------


def without_account(people: Sequence[Card]) -> list[Card]:
    """Those of these people who have not signed in yet: being thanked invites them."""
    ids = [card.id for card in people]
    known = set(db.session.scalars(sa.select(Account.person_id).where(Account.person_id.in_(ids)))) if ids else set()
    return [card for card in people if card.id not in known]
