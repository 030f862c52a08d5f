"""How what stands below search gets into the index: people, teams and goals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from portal.audiences.queries import visible_to
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import among, db
from portal.core.findable import Entry, Shown, Source, Why, ids_of
from portal.goals.models import Goal
from portal.people.models import Department, Person, PersonListing, Place
from portal.teams.models import Team
from portal.teams.queries import seen_by

from .services import putter
from .words import words_of

# Of what somebody shows of themselves, that which says nothing to look for.
_NOT_LOOKED_FOR = {"time_zone", "working_days"}


def _words_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _words_in(one)]
    if isinstance(value, list):
        return [text for one in value for text in _words_in(one)]
    return []


def person_entries(person_ids: Sequence[int]) -> list[Entry]:
    """Each audience finds somebody by what it sees of them (`person_listing`)."""
    rows = db.session.execute(
        sa.select(
            PersonListing.person_id, PersonListing.audience_id, PersonListing.shown, Person.name,
            Person.preferred_name, Person.title, Person.created_at, Department.name, Place.name,
        )
        .join(Person, Person.id == PersonListing.person_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .outerjoin(Place, Place.id == PersonListing.place_id)
        .where(among(PersonListing.person_id, person_ids))
        .order_by(PersonListing.person_id, PersonListing.audience_id)
    )  # fmt: skip
    entries = []
    for person_id, audience_id, shown, name, preferred, title, created_at, department, place in rows.tuples():
        told = [text for field, value in shown.items() if field not in _NOT_LOOKED_FOR for text in _words_in(value)]
        called = name if not preferred or preferred in name else f"{name} {preferred}"
        text = " \n ".join(one for one in (title, department, place, *told) if one)
        entries.append(Entry(person_id, audience_id, called, text, at=created_at, is_name=True))
    return entries


def team_entries(team_ids: Sequence[int]) -> list[Entry]:
    """Everyone who works here finds every team; guests those they are in."""
    rows = db.session.execute(
        sa.select(Team.id, Team.audience_id, Team.name, Team.purpose, Team.created_at).where(Team.id.in_(team_ids))
    )
    return [
        Entry(team_id, audience_id, name, purpose, at=created_at, is_name=True)
        for team_id, own, name, purpose, created_at in rows.tuples()
        for audience_id in (EVERYONE, own)
    ]


def goal_entries(goal_ids: Sequence[int]) -> list[Entry]:
    rows = db.session.execute(
        sa.select(Goal.id, Goal.audience_id, Goal.title, Goal.why, Goal.note, Goal.created_at).where(
            Goal.id.in_(goal_ids)
        )
    )
    return [
        Entry(goal_id, audience_id, title, f"{why} \n {note}", at=created_at)
        for goal_id, audience_id, title, why, note, created_at in rows.tuples()
    ]


def show_teams(viewer: Viewer, team_ids: Sequence[int]) -> Mapping[int, Shown]:
    """Name and purpose."""
    rows = db.session.execute(
        sa.select(Team.id, Team.slug, Team.name, Team.purpose).where(Team.id.in_(team_ids), seen_by(viewer))
    )
    return {
        team_id: Shown(url_for("teams.team", slug=slug), name, purpose)
        for team_id, slug, name, purpose in rows.tuples()
    }


def show_goals(viewer: Viewer, goal_ids: Sequence[int]) -> Mapping[int, Shown]:
    """Title and why."""
    rows = db.session.execute(
        sa.select(Goal.id, Goal.slug, Goal.title, Goal.why).where(
            Goal.id.in_(goal_ids), visible_to(viewer, Goal.audience_id)
        )
    )
    return {
        goal_id: Shown(url_for("goals.goal", slug=slug), title, why) for goal_id, slug, title, why in rows.tuples()
    }


def why_people(viewer: Viewer, person_ids: Sequence[int], looked_for: Collection[str]) -> Mapping[int, Why]:
    """What of somebody's profile holds most of the words, among what the viewer sees of it."""
    rows = db.session.execute(
        sa.select(Person, PersonListing.shown)
        .join(PersonListing, PersonListing.person_id == Person.id)
        .where(Person.id.in_(person_ids), visible_to(viewer, PersonListing.audience_id + 0))
    )
    wanted, found = set(looked_for), dict[int, Why]()
    for person, shown in rows.tuples():
        told = [one for field, value in shown.items() if field not in _NOT_LOOKED_FOR for one in _words_in(value)]
        best = max(told, key=lambda one: len(wanted & set(words_of(one))), default="")
        if wanted & set(words_of(best)):
            words = gettext("On the profile of %(name)s", name=person.first_name)
            found[person.id] = Why(words, best, url_for("people.person", handle=person.handle))
    return found


put_people = putter(kind="person", entries=person_entries)
put_teams = putter(kind="team", entries=team_entries)
put_goals = putter(kind="goal", entries=goal_entries)

SOURCES = [
    Source("person", ids_of(Person), person_entries),
    Source("team", ids_of(Team), team_entries, show=show_teams),
    Source("goal", ids_of(Goal), goal_entries, show=show_goals),
]
