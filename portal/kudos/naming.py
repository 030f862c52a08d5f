"""Whom somebody means by what they typed: names, handles, addresses, or a team; and what completes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa
from flask_babel import gettext

from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db
from portal.people import names
from portal.people.models import Person, PersonListing
from portal.people.queries import Card, cards, directory
from portal.teams import pasted
from portal.teams.models import Team, TeamMember
from portal.teams.queries import Meant, TeamName, seen_by, who_is_meant

from .models import ROLES
from .services import MOST_PEOPLE

LONGEST = 4000  # characters of one field of names
OFFERED = 8  # completions
_APART = re.compile(r"[,;\n\t،、，；]")
_HANDLE = re.compile(r"@?([a-z0-9][a-z0-9-]*)")


@dataclass
class Who:
    """Whom the fields of names mean. problems: role -> what to mend, in words; unread: role -> what
    has to be typed or chosen otherwise, as it was typed."""

    people: dict[str, list[Card]] = field(default_factory=lambda: {role: [] for role in ROLES})
    team: TeamName | None = None
    unclear: dict[str, list[Meant]] = field(default_factory=lambda: {role: [] for role in ROLES})
    problems: dict[str, list[str]] = field(default_factory=lambda: {role: [] for role in ROLES})
    unread: dict[str, list[str]] = field(default_factory=lambda: {role: [] for role in ROLES})

    @cached_property
    def everybody(self) -> list[Card]:
        return [card for role in ROLES for card in self.people[role]]

    @property
    def is_clear(self) -> bool:
        return not any(self.unclear.values()) and not any(self.problems.values())

    def ids(self, role: str) -> tuple[int, ...]:
        return tuple(card.id for card in self.people[role])


def read(viewer: Viewer, texts: Mapping[str, str], picked: Mapping[str, str]) -> Who:
    """Whom these texts mean, role -> what was typed. A fixed number of queries.

    picked: name of the field of an unclear entry -> handle, as `who_is_meant` takes it.
    """
    who = Who()
    parts = {role: _parts(texts.get(role, "")) for role in ROLES}
    handles = _by_handle(viewer, [part for some in parts.values() for part in some])
    teams = _teams(viewer, [part for part in parts["did"] if part not in handles])
    taken: set[int] = set()
    for role in ROLES:
        left = []
        for part in parts[role]:
            card, team = handles.get(part), teams.get(part) if role == "did" else None
            if card is not None:
                _take(who, role, card, taken)
            elif team is not None and who.team is None:
                who.team = team
            else:
                left.append(part)
        for meant in who_is_meant(viewer, pasted.read("\n".join(left)), picked) if left else []:
            if meant.person is not None:
                _take(who, role, meant.person, taken)
            elif meant.state == "unclear":
                who.unclear[role].append(meant)
                who.unread[role].append(meant.entry.raw)
            elif meant.state != "skipped":
                who.problems[role].append(_problem(meant))
                who.unread[role].append(meant.entry.raw)
    return who


def _parts(text: str) -> list[str]:
    return list(
        dict.fromkeys(part for part in (" ".join(one.split()) for one in _APART.split(text[:LONGEST])) if part)
    )


def _take(who: Who, role: str, card: Card, taken: set[int]) -> None:
    if card.id not in taken:
        taken.add(card.id)
        who.people[role].append(card)


def _problem(meant: Meant) -> str:
    entry = meant.entry.raw
    if meant.state == "left":
        return gettext("%(name)s does not work here any more", name=entry)
    if meant.state == "new":
        return gettext("Nobody here has the address %(address)s", address=entry)
    return gettext("We know nobody called “%(name)s”", name=entry)


def _by_handle(viewer: Viewer, parts: list[str]) -> dict[str, Card]:
    """What is a handle, whole ("hana-kim" or "@hana-kim")."""
    written = {part: found[1] for part in parts if (found := _HANDLE.fullmatch(part))}
    if not written:
        return {}
    rows = db.session.execute(
        sa.select(Person.handle, Person.id).where(Person.handle.in_(set(written.values())))
    ).all()
    by_id = {card.id: card for card in cards(viewer, [row.id for row in rows])}
    by_handle = {row.handle: by_id[row.id] for row in rows if row.id in by_id}
    return {part: by_handle[handle] for part, handle in written.items() if handle in by_handle}


def _teams(viewer: Viewer, parts: list[str]) -> dict[str, TeamName]:
    """What is the name or the address of a team that the viewer may see."""
    if not parts:
        return {}
    keys = {part: names.fold(part)[:200] for part in parts}
    rows = db.session.execute(
        sa.select(Team.slug, Team.name, Team.sort_key)
        .where(seen_by(viewer), sa.or_(Team.slug.in_(parts), Team.sort_key.in_(set(keys.values()))))
        .order_by(Team.closed_at.is_not(None), Team.id.desc())
    ).all()
    found: dict[str, TeamName] = {}
    for part, key in keys.items():
        same = next((row for row in rows if row.slug == part or row.sort_key == key), None)
        if same is not None:
            found[part] = TeamName(same.slug, same.name)
    return found


def team_id_of(viewer: Viewer, slug: str) -> int | None:
    """The number of a team that the viewer may see."""
    if not names.may_be_handle(slug):
        return None
    return db.session.scalar(sa.select(Team.id).where(Team.slug == slug, seen_by(viewer)))


# ---- completing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Completions:
    """What goes on from some letters: people, those I share a team with first, and teams."""

    people: list[Card]
    teams: list[TeamName]


def complete(viewer: Viewer, q: str) -> Completions:
    """What somebody may mean who has typed so far. A fixed number of queries; nothing for nothing."""
    wanted = names.fold(q)[:100]
    if not wanted:
        return Completions([], [])
    near = _teammates(viewer, wanted)
    found = [*near, *directory(viewer, q=wanted, size=OFFERED).items]
    people = {card.id: card for card in found if card.id != viewer.person_id}
    rows = db.session.execute(
        sa.select(Team.slug, Team.name)
        .where(seen_by(viewer), Team.closed_at.is_(None), Team.sort_key.contains(wanted, autoescape=True))
        .order_by(Team.sort_key, Team.id)
        .limit(3)
    )
    return Completions(list(people.values())[:OFFERED], [TeamName(slug, name) for slug, name in rows])


def _teammates(viewer: Viewer, wanted: str) -> list[Card]:
    """People of my teams whose name has all of these words, by name."""
    teams = sorted(viewer.audience_ids - {EVERYONE})
    if not teams:
        return []
    row = PersonListing
    query = sa.select(row.sort_key, row.person_id).where(row.audience_id.in_(teams)).distinct()
    for word in wanted.split()[:8]:
        query = query.where(row.search_key.contains(word, autoescape=True))
    rows = db.session.execute(query.order_by(row.sort_key, row.person_id).limit(OFFERED))
    return cards(viewer, [person_id for _key, person_id in rows])


# ---- the whole team? ---------------------------------------------------------------------------------------


def whole_team(viewer: Viewer, people: list[Card]) -> TeamName | None:
    """The team of the viewer of which these people are most, but not all: at least three, and three in five."""
    ids = [card.id for card in people]
    if not 3 <= len(ids) <= MOST_PEOPLE:
        return None
    mine = sa.select(TeamMember.team_id).where(TeamMember.person_id == viewer.person_id)
    named = sa.func.sum(sa.case((TeamMember.person_id.in_(ids), 1), else_=0))
    others = sa.func.sum(sa.case((TeamMember.person_id != viewer.person_id, 1), else_=0))
    row = db.session.execute(
        sa.select(Team.slug, Team.name)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(Team.id.in_(mine), Team.closed_at.is_(None))
        .group_by(Team.id, Team.slug, Team.name)
        .having(named == len(ids), others > len(ids), 3 * others <= 5 * named)
        .order_by(others, Team.id)
        .limit(1)
    ).first()
    return TeamName(row.slug, row.name) if row else None
