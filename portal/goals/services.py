"""Rules and writes of goals."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.core import audit, clock
from portal.core.auth import Viewer
from portal.core.db import alone, db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.people import names
from portal.people.models import Person
from portal.people.slugs import free_slug

from .events import GoalAdded, GoalChanged
from .models import Goal

MAX_TITLE, MAX_WHY, MAX_NOTE = 120, 600, 400


@dataclass(frozen=True)
class Words:
    """What a goal's page says. `note` is how it stands; nobody owns a goal with owner_id None."""

    title: str
    why: str = ""
    owner_id: int | None = None
    note: str = ""


def add_goal(*, viewer: Viewer, words: Words) -> int:
    """A new goal, by an admin; its id. Raises `RuleBroken` on the fields of `Words`, and on "owner"."""
    if not viewer.is_admin or viewer.is_guest:
        raise NotVisible
    alone("goal slugs")
    title = _checked_title(words.title)
    goal = Goal(slug=_slug(title), title=title, sort_key="", created_at=clock.now())
    _write(viewer, goal, words)
    db.session.add(goal)
    db.session.flush()
    audit.record("goal_added", actor_id=viewer.person_id, subject_id=goal.id)
    publish(GoalAdded(goal.id))
    return goal.id


def change_goal(*, viewer: Viewer, goal_id: int, words: Words, version: int | None = None) -> None:
    """Keep what a goal's page says, by its owner or an admin. `version` is the one that the form showed.

    Nothing happens where nothing is different. Raises `ChangedMeanwhile` where somebody else was quicker.
    """
    goal = _kept(viewer, goal_id)
    if words == Words(goal.title, goal.why, goal.owner_id, goal.note):
        return
    _unchanged_since(goal, version)
    _write(viewer, goal, words)
    goal.version += 1
    publish(GoalChanged(goal.id))


def close_goal(*, viewer: Viewer, goal_id: int, note: str | None = None, version: int | None = None) -> None:
    """It is reached, or given up; `note` says which (None leaves it as it was). A closed one stays closed."""
    goal = _kept(viewer, goal_id)
    noted = note is not None and note != goal.note
    if note is not None and noted:
        _unchanged_since(goal, version)
        _say(goal, note)
        goal.version += 1
    closes = goal.closed_at is None
    if closes:
        goal.closed_at = clock.now()
        audit.record("goal_closed", actor_id=viewer.person_id, subject_id=goal.id)
    if closes or noted:
        publish(GoalChanged(goal.id))


def reopen_goal(*, viewer: Viewer, goal_id: int) -> None:
    """It is pursued again; nothing happens to an open one."""
    goal = _kept(viewer, goal_id)
    if goal.closed_at is not None:
        goal.closed_at = None
        audit.record("goal_reopened", actor_id=viewer.person_id, subject_id=goal.id)
        publish(GoalChanged(goal.id))


def person_has_left(person_id: int) -> None:
    """Nobody owns a leaver's goals, until an admin names somebody."""
    owned = sa.select(Goal).where(Goal.owner_id == person_id).order_by(Goal.id).with_for_update()
    for goal in db.session.scalars(owned.execution_options(populate_existing=True)).all():
        goal.owner_id = None
        goal.version += 1
        publish(GoalChanged(goal.id))


def kind_was_changed(person_id: int) -> None:
    """A guest sees no goals, and owns none."""
    if db.session.scalar(sa.select(Person.kind).where(Person.id == person_id)) == "guest":
        person_has_left(person_id)


def _kept(viewer: Viewer, goal_id: int) -> Goal:
    """The goal, locked, for whoever keeps it; for others it is not there."""
    goal = db.session.get(Goal, goal_id, with_for_update=True, populate_existing=True)
    if goal is None or goal.audience_id not in viewer.audience_ids or not goal.is_kept_by(viewer):
        raise NotVisible
    return goal


def _unchanged_since(goal: Goal, version: int | None) -> None:
    if version is not None and version != goal.version:
        raise ChangedMeanwhile(
            "", gettext("Somebody else changed this meanwhile. Your words are below: look, then save again.")
        )


def _write(viewer: Viewer, goal: Goal, words: Words) -> None:
    title = _checked_title(words.title)
    why = _short("why", words.why, MAX_WHY)
    _short("note", words.note, MAX_NOTE)
    if words.owner_id is not None and words.owner_id != goal.owner_id:
        _check_owner(viewer, words.owner_id)
    goal.title, goal.why, goal.owner_id = title, why, words.owner_id
    # Short enough for any index entry and any cursor: one letter can unfold into 18.
    goal.sort_key = names.fold(title)[:200]
    if words.note != (goal.note or ""):
        _say(goal, words.note)


def _say(goal: Goal, note: str) -> None:
    goal.note = _short("note", note, MAX_NOTE)
    goal.noted_at = clock.now() if note else None


def _check_owner(viewer: Viewer, person_id: int) -> None:
    # Locked, so that nobody leaves between this look and our commit: either we see it, or they see the goal.
    person = db.session.get(Person, person_id, with_for_update={"read": True}, populate_existing=True)
    if person is None or not person.has_access(clock.today(viewer.zone)):
        raise RuleBroken("owner", gettext("Nobody with that name"))
    if person.kind != "member":
        raise RuleBroken("owner", gettext("The owner has to be somebody who works here. Name somebody else."))


def _checked_title(title: str) -> str:
    letters = "".join(c for c in title if c.isalnum())
    if not names.is_visible(letters):
        raise RuleBroken("title", gettext("Say what is to be reached, in a few words"))
    return _short("title", title, MAX_TITLE)


def _short(field: str, words: str, most: int) -> str:
    over = len(words) - most
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))
    return words


def _slug(title: str) -> str:
    like = names.handle_for(title, nothing_left="goal") + "%"
    taken = set(db.session.scalars(sa.select(Goal.slug).where(Goal.slug.like(like))))
    return free_slug(title, taken, "goal")
