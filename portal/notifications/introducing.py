"""Notices about introductions and asks to managers: which of them a reader may see, and what they speak of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from portal.core.auth import Viewer
from portal.core.db import db
from portal.introductions import queries
from portal.introductions.models import Introduction, IntroductionSide, ManagerAsk
from portal.people.queries import Card, cards, listed

from .helping import Said
from .kinds import in_a_row, of
from .models import Notice


def visible(viewer: Viewer) -> dict[str, Callable[[], sa.ColumnElement[bool]]]:
    """By kind: what makes the condition that a `Notice` of the viewer speaks of what they may see today."""
    me = viewer.person_id

    def side(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        mine = (
            sa.select(Introduction.id)
            .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
            .where(
                Introduction.id == Notice.subject_id,
                queries.seen_side(me),
                listed(viewer, IntroductionSide.other_id),
                *conditions,
            )
        )
        return mine.exists()

    def ask(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.select(ManagerAsk.id).where(ManagerAsk.id == Notice.subject_id, condition).exists()

    return {
        "introduction": lambda: side(Introduction.state == "waiting", IntroductionSide.answer.is_(None)),
        "introduced": lambda: side(Introduction.state == "made"),
        "manager_ask": lambda: ask(queries.put_to(me)),
        "manager_named": lambda: queries.named_by(Notice.subject_id, me).exists(),
        "manager_quiet": lambda: ask(ManagerAsk.person_id == me),
    }


def orphans() -> dict[str, sa.Select[int]]:
    """By what notices are about: a select of what is there."""
    return {
        "introduction": sa.select(Introduction.id).where(Introduction.id == Notice.subject_id),
        "manager_ask": sa.select(ManagerAsk.id).where(ManagerAsk.id == Notice.subject_id),
    }


def said(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    """By notice. A fixed number of queries."""
    about_two = [row for row in rows if row.kind in of("introduction")]
    about_asks = [row for row in rows if row.kind in of("manager_ask")]
    found = _of_introductions(viewer, about_two) if about_two else {}
    return found | (_of_asks(viewer, about_asks) if about_asks else {})


def _of_introductions(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    known = {one.id: one for one in queries.sides_of(viewer, [row.subject_id for row in rows])}
    found = {}
    for row in rows:
        one = known.get(row.subject_id)
        if one is not None:
            path = f"/p/{one.other.handle}/hello" if row.kind == "introduced" else "/introductions"
            found[row.id] = Said(
                _first_name(one.by), False, one.other.name, path, is_mine=one.by_my_manager, line=one.line
            )
    return found


def _of_asks(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    ids = [row.subject_id for row in rows]
    asks = {row.id: row for row in db.session.scalars(sa.select(ManagerAsk).where(ManagerAsk.id.in_(ids)))}
    people = {one for ask in asks.values() for one in (ask.person_id, ask.manager_id)}
    known = {card.id: card for card in cards(viewer, sorted(people))}
    named = _named(viewer, [row.subject_id for row in rows if row.kind == "manager_named"])
    found = {}
    for row in rows:
        ask = asks.get(row.subject_id)
        if ask is None:
            continue
        if row.kind == "manager_ask":
            by, path, line = known.get(ask.person_id), f"/introductions/asked/{ask.public_id}", ask.line
        else:
            by, path, line = known.get(ask.manager_id), "/introductions", ""
        found[row.id] = Said(_first_name(by), False, in_a_row(tuple(named.get(ask.id, ()))), path, line=line)
    return found


def _named(viewer: Viewer, ask_ids: Sequence[int]) -> dict[int, list[str]]:
    """By ask: the names that came of it, as far as I may see them."""
    if not ask_ids:
        return {}
    rows = db.session.execute(
        sa.select(Introduction.ask_id, IntroductionSide.other_id)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .where(Introduction.ask_id.in_(ask_ids), queries.seen_side(viewer.person_id))
        .order_by(Introduction.id)
    ).all()
    known = {card.id: card.name for card in cards(viewer, [row.other_id for row in rows])}
    found: dict[int, list[str]] = {}
    for ask_id, other_id in rows:
        if ask_id is not None and other_id in known:
            found.setdefault(ask_id, []).append(known[other_id])
    return found


def _first_name(card: Card | None) -> tuple[str, ...]:
    return (card.first_name,) if card else ()
