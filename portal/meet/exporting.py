"""Everybody's suggestions at once, for measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from portal.accounts.queries import has_anybody_signed_in
from portal.audiences.queries import audiences_of
from portal.core.auth import Viewer
from portal.core.db import db
from portal.search.queries import staff_ids
from portal.ties.models import Tie
from portal.ties.queries import contacts_order

from . import ranking
from .queries import reasons
from .reasons import said
from .signals import Everybody, load


@dataclass(frozen=True)
class Line:
    """Somebody who is suggested, by the id of the staff list, and why in words."""

    suggested: str
    score: float
    reasons: list[str]


def exported(
    as_of: datetime,
    *,
    most: int,
    new_only: bool,
    begin: Callable[[int], None] = lambda _total: None,
    step: Callable[[int], None] = lambda _done: None,
) -> Iterator[tuple[str, list[Line]]]:
    """(person, whom they might meet) for everybody with a contact by then. Not `new_only`: the last third are old
    ties of theirs to warm up, where there are any."""
    everybody = load(as_of, with_imported=contacts_order() or not has_anybody_signed_in())
    world, known_as = everybody.world, staff_ids()
    people = [number for number in range(len(everybody.ids)) if world.degree[number]]
    begin(len(people))
    lists = {}
    for number in people:
        lists[number] = ranking.order(world, number, most)
        step(1)
    lists = ranking.spread(world, lists, most)
    for number in people:
        chosen = [(everybody.ids[one.person], one.score) for one in lists[number][:most]]
        if not new_only:
            old = _to_warm_up(everybody, number, as_of, most // 3)
            chosen = chosen[: most - len(old)] + [(one, 0.0) for one in old]
        me = everybody.ids[number]
        viewer = Viewer(me, frozenset({"member"}), audiences_of(me, is_guest=False))
        why = reasons(viewer, [one for one, _score in chosen], as_of=as_of)
        lines = [
            Line(known_as.get(one, str(one)), score, [said(reason) for reason in why.get(one, [])])
            for one, score in chosen
        ]
        yield known_as.get(me, str(me)), lines
        db.session.rollback()


def _to_warm_up(everybody: Everybody, number: int, as_of: datetime, most: int) -> list[int]:
    """Of those with whom they were in touch here: from whom they have not heard for longest."""
    query = sa.select(Tie.other_id).where(Tie.person_id == everybody.ids[number], Tie.last_at <= as_of)
    found = db.session.scalars(query.order_by(Tie.last_at, Tie.other_id)).all()
    numbers, world = everybody.numbers, everybody.world
    apart = world.apart.get(number, ())
    return [one for one in found if one in numbers and world.open[numbers[one]] and numbers[one] not in apart][:most]
