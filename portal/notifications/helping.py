"""Notices about asks and promises: which of them a reader may see, and what they speak of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from portal.core.auth import Viewer
from portal.core.db import db
from portal.help import promises, queries
from portal.help.models import HelpAsk, HelpAsked, HelpPost, HelpPromise
from portal.help.queries import token_of
from portal.people.queries import cards

from .kinds import of
from .models import Notice

ABOUT_ASKS = tuple(of("question"))
NAMES = 3  # of whoever wrote


# ---- what may be seen --------------------------------------------------------------------------------------


def visible(viewer: Viewer) -> dict[str, Callable[[], sa.ColumnElement[bool]]]:
    """By kind: what makes the condition that a `Notice` of the viewer speaks of what they may see today."""

    def ask() -> sa.ColumnElement[bool]:
        return sa.select(HelpAsk.id).where(HelpAsk.id == Notice.subject_id, queries.seen_by(viewer)).exists()

    def asked() -> sa.ColumnElement[bool]:
        put = sa.select(HelpAsked.id).where(
            HelpAsked.ask_id == Notice.subject_id,
            HelpAsked.person_id == viewer.person_id,
            sa.or_(HelpAsked.said.is_(None), HelpAsked.said == "yes"),
        )
        return sa.and_(ask(), put.exists())

    def answered() -> sa.ColumnElement[bool]:
        written = sa.select(HelpPost.id).where(
            HelpPost.ask_id == Notice.subject_id, HelpPost.person_id != viewer.person_id, HelpPost.muted.is_(False)
        )
        return sa.and_(ask(), written.exists())

    def useful() -> sa.ColumnElement[bool]:
        mine = sa.select(HelpPost.id).where(
            HelpPost.ask_id == Notice.subject_id,
            HelpPost.person_id == viewer.person_id,
            HelpPost.useful_at.is_not(None),
        )
        return sa.and_(ask(), mine.exists())

    def promise() -> sa.ColumnElement[bool]:
        mine = sa.select(HelpPromise.id).where(HelpPromise.id == Notice.subject_id, promises.seen_by(viewer))
        return mine.exists()

    seen = {"asked": asked, "helper_named": asked, "answered": answered, "useful": useful}
    return seen | dict.fromkeys(of("promise"), promise)


def orphans() -> dict[str, sa.Select[int]]:
    """By what notices are about: a select of what is there."""
    return {
        "question": sa.select(HelpAsk.id).where(HelpAsk.id == Notice.subject_id),
        "promise": sa.select(HelpPromise.id).where(HelpPromise.id == Notice.subject_id),
    }


# ---- what they say -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What a notice speaks of: names of whoever did it, the words, where it leads, a line beside it.

    answer: the secret part of the two links in a mail about an ask.
    """

    by: tuple[str, ...]
    more: bool
    what: str
    path: str
    until: date | None = None
    is_mine: bool = False
    line: str = ""
    answer: str = ""


def said(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    """By notice. A fixed number of queries."""
    about_asks = [row for row in rows if row.kind in ABOUT_ASKS]
    about_promises = [row for row in rows if row.kind in of("promise")]
    return _of_asks(viewer, about_asks) | _of_promises(viewer, about_promises)


def _of_asks(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    if not rows:
        return {}
    asks = {one.id: one for one in queries.views(viewer, sorted({row.subject_id for row in rows}))}
    put = {
        row.ask_id: row
        for row in db.session.scalars(
            sa.select(HelpAsked).where(HelpAsked.ask_id.in_(list(asks)), HelpAsked.person_id == viewer.person_id)
        )
    }
    writers = _writers(viewer, [row.subject_id for row in rows if row.kind == "answered"])
    found = {}
    for row in rows:
        ask = asks.get(row.subject_id)
        if ask is None:
            continue
        mine = put.get(ask.id)
        by: tuple[str, ...] = (ask.asker.first_name,) if ask.asker else ()
        more, line, answer, path = False, "", "", f"/h/{ask.public_id}"
        if row.kind == "answered":
            names = writers.get(ask.id, [])
            by, more = tuple(names[:NAMES]), len(names) > NAMES
            path += "?last=1"  # what is new stands at the end
        elif row.kind == "helper_named" and ask.asked is not None:
            by, line = ((ask.asked.by.first_name,) if ask.asked.by else ()), ask.asked.line
        if row.kind in ("asked", "helper_named") and mine is not None and mine.said is None and ask.is_open:
            answer = token_of(mine)
        found[row.id] = Said(by, more, ask.question, path, until=ask.due_on, line=line, answer=answer)
    return found


def _writers(viewer: Viewer, ask_ids: Sequence[int]) -> dict[int, list[str]]:
    """First names of whoever else wrote under each ask, as far as the viewer sees them, the last first."""
    if not ask_ids:
        return {}
    last = sa.func.max(HelpPost.id).label("last")
    rows = db.session.execute(
        sa.select(HelpPost.ask_id, HelpPost.person_id, last)
        .where(HelpPost.ask_id.in_(ask_ids), HelpPost.person_id != viewer.person_id, HelpPost.muted.is_(False))
        .group_by(HelpPost.ask_id, HelpPost.person_id)
        .order_by(last.desc())
        .limit(100)
    ).all()
    known = {card.id: card.first_name for card in cards(viewer, sorted({row.person_id for row in rows}))}
    found: dict[int, list[str]] = {}
    for ask_id, person_id, _last in rows:
        if person_id in known:
            found.setdefault(ask_id, []).append(known[person_id])
    return found


def _of_promises(viewer: Viewer, rows: Sequence[Notice]) -> dict[int, Said]:
    if not rows:
        return {}
    known = {one.id: one for one in promises.views_of(viewer, sorted({row.subject_id for row in rows}))}
    found = {}
    for row in rows:
        one = known.get(row.subject_id)
        if one is not None:
            found[row.id] = Said(
                (one.other.first_name,) if one.other else (),
                False,
                one.what,
                f"/me/promises/{one.public_id}",
                until=one.move_to if row.kind == "promise_move" else one.due_on,
                is_mine=one.is_mine,
                line=one.word if row.kind == "promise_off" else "",
            )
    return found


# ---- who is told -------------------------------------------------------------------------------------------


def asker_of(ask_id: int) -> int | None:
    """Whose ask it is."""
    return db.session.scalar(sa.select(HelpAsk.asker_id).where(HelpAsk.id == ask_id))


def concerned(ask_id: int, writer_id: int, most: int) -> Collection[int]:
    """Who hears of a post: whoever asked, and the last ones who wrote under it."""
    last = sa.func.max(HelpPost.id).label("last")
    rows = db.session.execute(
        sa.select(HelpPost.person_id, last)
        .where(HelpPost.ask_id == ask_id, HelpPost.muted.is_(False))
        .group_by(HelpPost.person_id)
        .order_by(last.desc())
        .limit(most)
    )
    people = {person_id for person_id, _last in rows} | {asker_of(ask_id) or writer_id}
    return sorted(people - {writer_id})


def writers_left(ask_id: int) -> list[int]:
    """Up to two people who wrote under an ask."""
    some = sa.select(HelpPost.person_id).where(HelpPost.ask_id == ask_id, HelpPost.muted.is_(False))
    return list(db.session.scalars(some.distinct().limit(2)))
