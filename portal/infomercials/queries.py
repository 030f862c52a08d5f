"""Reads of intros. What a viewer may not read is not in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.markup import safe_html
from portal.goals.models import Goal
from portal.people.models import Person
from portal.people.queries import Card, cards

from .models import WORK_GOES_AFTER, Draft, Infomercial, InfomercialListing

STEPS = ("photo", "facts", "ask", "work")


@dataclass(frozen=True)
class GoalLink:
    """The goal that some work serves."""

    slug: str
    title: str


@dataclass(frozen=True)
class Intro:
    """A published intro as this viewer may read it."""

    person_id: int
    lang: str
    headline: str
    facts: list[str]
    ask_about: list[str]
    working_on_html: str
    so_that: str
    offer_html: str
    offer_stands: bool  # it is among their offers
    work_is_grey: bool
    work_changed_at: datetime | None
    published_at: datetime
    shown_to: str
    goal: GoalLink | None = None  # None as well where this viewer may not see it


def _goal(viewer: Viewer, goal_id: sa.ColumnElement[int | None]) -> sa.ColumnElement[bool]:
    """The condition that a `Goal` is the one with that id, and the viewer may see it."""
    return sa.and_(Goal.id == goal_id, visible_to(viewer, Goal.audience_id))


def _link(slug: str | None, title: str | None) -> GoalLink | None:
    return GoalLink(slug, title or "") if slug else None


def _readable(viewer: Viewer) -> sa.ColumnElement[bool]:
    """The condition that the viewer may read an `Infomercial`."""
    listed = (
        sa.select(InfomercialListing.person_id)
        .where(
            InfomercialListing.person_id == Infomercial.person_id,
            visible_to(viewer, InfomercialListing.audience_id),
        )
        .exists()
    )
    return sa.or_(listed, Infomercial.person_id == viewer.person_id)


def intro_of(viewer: Viewer, person_id: int) -> Intro | None:
    """That person's intro, if it is published and the viewer may read it."""
    found = db.session.execute(
        sa.select(Infomercial, Goal.slug, Goal.title)
        .outerjoin(Goal, _goal(viewer, Infomercial.goal_id.expression))
        .where(Infomercial.person_id == person_id, _readable(viewer))
    ).one_or_none()
    if found is None:
        return None
    row: Infomercial = found[0]
    now = clock.now()
    gone = row.work_is_gone(now)
    return Intro(
        person_id=row.person_id,
        lang=row.lang,
        headline=row.headline,
        facts=[fact["text"] for fact in row.facts],
        ask_about=row.ask_about,
        working_on_html="" if gone else row.working_on_html,
        so_that="" if gone else row.so_that,
        offer_html=row.offer_html,
        offer_stands=row.offer_stands,
        work_is_grey=row.work_is_grey(now),
        work_changed_at=row.work_changed_at,
        published_at=row.published_at,
        shown_to=row.shown_to,
        goal=None if gone else _link(found.slug, found.title),
    )


def headlines(viewer: Viewer, person_ids: list[int]) -> Mapping[int, tuple[str, str]]:
    """For those people whose intro the viewer may read: headline and its language. One query."""
    rows = db.session.execute(
        sa.select(Infomercial.person_id, Infomercial.headline, Infomercial.lang).where(
            Infomercial.person_id.in_(person_ids), _readable(viewer)
        )
    )
    return {person_id: (headline, lang) for person_id, headline, lang in rows}


@dataclass(frozen=True)
class Serves:
    """Somebody whose work serves a goal, in their words."""

    person: Card
    lang: str
    working_on_html: str
    so_that: str


def who_serves(viewer: Viewer, goal_id: int, most: int) -> list[Serves]:
    """Whose intro says that their work serves that goal, the newest words first. Three queries."""
    listed = sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today(viewer.zone))
    rows = db.session.scalars(
        sa.select(Infomercial)
        .join(Goal, _goal(viewer, Infomercial.goal_id.expression))
        .join(Person, Person.id == Infomercial.person_id)
        .where(
            Goal.id == goal_id,
            Infomercial.work_changed_at > clock.now() - WORK_GOES_AFTER,
            Person.left_at.is_(None),
            listed,
            _readable(viewer),
        )
        .order_by(Infomercial.work_changed_at.desc(), Infomercial.person_id)
        .limit(most)
    ).all()
    known = {card.id: card for card in cards(viewer, [row.person_id for row in rows])}
    return [
        Serves(known[row.person_id], row.lang, row.working_on_html, row.so_that)
        for row in rows
        if row.person_id in known
    ]


# ---- my own ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One step of writing: done, and what it is called in the address."""

    name: str
    done: bool


@dataclass(frozen=True)
class MyIntro:
    """Everything about my own intro. `words` is the working copy (what is published, where there is none)."""

    words: dict[str, Any]
    versions: dict[str, int]
    saved_at: datetime | None
    steps: list[Step]
    is_published: bool
    published_at: datetime | None
    has_changes: bool
    still_right: bool
    person_id: int
    goal: GoalLink | None = None  # what `words` points to

    @property
    def may_publish(self) -> bool:
        """A headline and one fact are enough."""
        return bool(self.words["headline"] and self.words["facts"])

    @property
    def mark(self) -> str:
        """Which saves these words are of; a preview publishes only what it showed."""
        return versions_mark(self.versions)

    @property
    def preview(self) -> Intro:
        """The working copy as others would read it."""
        words = self.words
        return Intro(
            person_id=self.person_id,
            lang=words["lang"],
            headline=words["headline"],
            facts=[fact["text"] for fact in words["facts"]],
            ask_about=words["ask_about"],
            working_on_html=safe_html(words["working_on"]),
            so_that=words["so_that"],
            offer_html=safe_html(words["offer"]),
            offer_stands=words["offer_stands"],
            work_is_grey=False,
            work_changed_at=None,
            published_at=clock.now(),
            shown_to=words["shown_to"],
            goal=self.goal,
        )

    @property
    def missing(self) -> list[str]:
        return [step.name for step in self.steps if not step.done]

    @property
    def is_begun(self) -> bool:
        return self.is_published or self.saved_at is not None


def versions_mark(versions: Mapping[str, Any]) -> str:
    """ "2-1-0": how often each step that has words was saved."""
    return "-".join(str(int(versions.get(step, 0))) for step in STEPS[1:])


_EMPTY: dict[str, Any] = {
    "lang": "", "headline": "", "facts": [], "ask_about": [], "working_on": "", "so_that": "",
    "goal_id": None, "offer": "", "offer_stands": False, "shown_to": "everyone",
}  # fmt: skip


def my_intro(viewer: Viewer) -> MyIntro:
    """My own intro. One query."""
    goal_id = sa.case((Draft.person_id.is_not(None), Draft.goal_id), else_=Infomercial.goal_id)
    draft, published, portrait, slug, title = db.session.execute(
        sa.select(Draft, Infomercial, Person.portrait, Goal.slug, Goal.title)
        .select_from(Person)
        .outerjoin(Draft, Draft.person_id == Person.id)
        .outerjoin(Infomercial, Infomercial.person_id == Person.id)
        .outerjoin(Goal, _goal(viewer, goal_id))
        .where(Person.id == viewer.person_id)
    ).one()
    words = draft.words() if draft else published.words() if published else dict(_EMPTY)
    done = {
        "photo": bool(portrait) or bool(draft and draft.photo_settled),
        "facts": bool(words["headline"] and words["facts"]),
        "ask": bool(words["ask_about"]),
        "work": bool(words["working_on"] or words["offer"]),
    }
    return MyIntro(
        words=words,
        versions={step: int(draft.versions.get(step, 0)) if draft else 0 for step in STEPS},
        saved_at=draft.saved_at if draft else None,
        steps=[Step(name, done[name]) for name in STEPS],
        is_published=published is not None,
        published_at=published.published_at if published else None,
        has_changes=bool(draft) and (published is None or draft.words() != published.words()),
        still_right=published is not None and published.asks_still_right(clock.now()),
        person_id=viewer.person_id,
        goal=_link(slug, title),
    )
