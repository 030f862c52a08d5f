"""Panels: blocks that one domain lends to another's page, so that a page never names the giver.

A domain lists its panels in `panels.py`, `app.py` registers them, and a template shows a slot with
`{{ panels("person", subject) }}`. A slot's query gets the viewer and the subject's id and answers with the
template's context, or None when there is nothing to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, render_template
from markupsafe import Markup

from .auth import Viewer, viewer

SLOTS = (
    "person_top", "person_acts", "person", "person_us", "person_aside", "home_top", "home_wide", "home", "home_owed",
    "home_aside", "me", "team_acts", "team", "team_aside", "team_invite", "meeting", "goal", "topic",
    "admin",
)  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """One block. `order` is ascending; `template` is rendered with what `query` answers."""

    slot: str
    order: int
    template: str
    query: Callable[[Viewer, int], Mapping[str, Any] | None]


@dataclass(frozen=True)
class CardLine:
    """A line for many people at once (their headline), shown on cards: ids in, lines out, one query."""

    query: Callable[[Viewer, list[int]], Mapping[int, tuple[str, str]]]


@dataclass(frozen=True)
class Reason:
    """Why somebody without an account was invited by somebody: ids of both and the latter's first name in; two lazy
    lines out, a title and a sentence. None where this domain knows of no reason."""

    query: Callable[[int, int, str], tuple[Any, Any] | None]


@dataclass(frozen=True)
class Narrowed:
    """What the directory is narrowed to: the people of an audience, or those whose ids a query gives."""

    name: str
    audience_id: int | None = None
    people: sa.Select[int] | None = None


@dataclass(frozen=True)
class Narrowing:
    """What the directory can be narrowed to: a team, a topic.

    name: the parameter in the address; label and all: words of the choice; choices: (key, name) of what is offered;
    find: what is behind a key, None for what is not there for this viewer; typed: the endpoint that completes what is
    typed, where there are too many to choose from; nobody: what to say when nobody is found by it.
    """

    name: str
    label: Any
    all: Any
    choices: Callable[[Viewer], list[tuple[str, str]]]
    find: Callable[[Viewer, str], Narrowed | None]
    typed: str = ""
    nobody: Any = ""


def narrowings() -> list[Narrowing]:
    """All of them, in the order of the domains."""
    lent: list[Narrowing] = current_app.extensions.get("hallway.narrowings", [])
    return lent


def reason_to_come(person_id: int, by_id: int, by: str) -> tuple[Any, Any] | None:
    """Why that person was invited by that one, if a domain knows."""
    lent: list[Reason] = current_app.extensions.get("hallway.reasons", [])
    return next((found for one in lent if (found := one.query(person_id, by_id, by))), None)


def register(app: Flask, panels: Iterable[Panel | CardLine | Narrowing | Reason]) -> None:
    """Register a domain's panels."""
    for panel in panels:
        if isinstance(panel, Reason):
            app.extensions.setdefault("hallway.reasons", []).append(panel)
            continue
        if isinstance(panel, CardLine):
            app.extensions["hallway.card_line"] = panel
            continue
        if isinstance(panel, Narrowing):
            app.extensions.setdefault("hallway.narrowings", []).append(panel)
            continue
        if panel.slot not in SLOTS:
            raise ValueError(f"no slot {panel.slot}")
        slot = app.extensions.setdefault("hallway.panels", {}).setdefault(panel.slot, [])
        slot.append(panel)
        slot.sort(key=lambda p: (p.order, p.template))


def filled(slot: str, subject_id: int, **shown: Any) -> list[Markup]:
    """The rendered blocks of a slot, in order, empty ones left out. `shown` is what the page shows already."""
    blocks = []
    for panel in current_app.extensions.get("hallway.panels", {}).get(slot, ()):
        context = panel.query(viewer(), subject_id)
        if context is not None:
            blocks.append(Markup(render_template(panel.template, **shown, **context)))  # noqa: S704 - rendered by us
    return blocks


def card_lines(who: Viewer, person_ids: list[int]) -> Mapping[int, tuple[str, str]]:
    """For each person that has one: the line under the name, and its language."""
    lent = current_app.extensions.get("hallway.card_line")
    return lent.query(who, person_ids) if lent and person_ids else {}
