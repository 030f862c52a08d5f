"""What is kept about a person: each domain claims its columns in `personal_data.py`. One registry drives the page
`/about/data`, the export of one's own data, erasing, the merge of two entries, and for how long each kind is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from flask import Flask, current_app, g
from flask_babel import gettext, ngettext

from . import clock, settings
from .db import Base, db
from .errors import RuleBroken

FOR_EVER = 0  # as a number of days


@dataclass(frozen=True)
class Whom:
    """Somebody who is being erased: the id, the keys of their addresses, and words that others may have kept."""

    person_id: int
    email_keys: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


# rows: they are deleted; empty: the claim's columns are; unlink: `whose` no longer names them; stays: an id or a code
# that leads nowhere.
Erase: TypeAlias = Literal["rows", "empty", "unlink", "stays"] | Callable[[Whom], None]
# moves: to the kept entry, whose own row wins where both have one; if_free: the same, but the other row stays behind;
# goes: is deleted; derived: is deleted, and made anew by whoever listens; stays: with the entry that goes.
Merge: TypeAlias = Literal["moves", "if_free", "goes", "derived", "stays"]


@dataclass(frozen=True)
class Held:
    """Columns of one table about a person. The words are lazy translations.

    table: name; columns: names; purpose, viewers, retention: one plain phrase each. keeps: the kind of data (`Kept`)
    whose days apply; they stand for %(days)s in `retention`.
    whose: the columns that hold the id of the person whose row it is; () for facts that are nobody's. named: columns
    in which the rows of others name a person: emptied when they are erased, moved when they are merged.
    rows: which rows are exported, where `whose` says it wrongly; secret: columns that are not exported; beside:
    columns that nobody claims here, and that say which row it is.
    made_anew: rows are made anew from what they follow from, so that none is missed that an undone merge finds gone.
    either: true for the kept row where it was true for one of both.
    """

    table: str
    columns: tuple[str, ...]
    title: Any
    purpose: Any
    viewers: Any
    retention: Any
    keeps: str = ""
    whose: tuple[str, ...] = ("person_id",)
    named: tuple[str, ...] = ()
    rows: Callable[[int], sa.ColumnElement[bool]] | None = None
    secret: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    erase: Erase = "rows"
    merge: Merge = "moves"
    made_anew: bool = False
    either: tuple[str, ...] = ()

    @property
    def how_long(self) -> str:
        """`retention`, with the days in force."""
        words = str(self.retention)
        return words.replace("%(days)s", in_days(days_of(self.keeps))) if self.keeps else words

    @property
    def of_table(self) -> sa.Table:
        return Base.metadata.tables[self.table]

    def about(self, person_id: int) -> sa.ColumnElement[bool]:
        """The condition that a row is theirs."""
        return sa.or_(*(self.of_table.c[name] == person_id for name in self.whose))


@dataclass(frozen=True)
class Kept:
    """A kind of data that is forgotten after a number of days, which the admins choose between bounds.

    days: at first; `FOR_EVER` is never. may_be_off: "never" may be chosen.
    """

    kind: str
    title: Any
    days: int
    least: int
    most: int
    may_be_off: bool = False


def register(app: Flask, held: Iterable[Held], kept: Iterable[Kept] = ()) -> None:
    """Add a domain's claims, and the kinds of data whose days can be chosen."""
    app.extensions.setdefault("hallway.personal", []).extend(held)
    app.extensions.setdefault("hallway.kept", {}).update({one.kind: one for one in kept})


def everything_held() -> list[Held]:
    """All claims, in the order of the domains."""
    found: list[Held] = current_app.extensions.get("hallway.personal", [])
    return found


# ---- for how long ------------------------------------------------------------------------------------------


def everything_kept() -> list[Kept]:
    """Every kind of data that is forgotten after some days."""
    found: Mapping[str, Kept] = current_app.extensions.get("hallway.kept", {})
    return list(found.values())


def days_of(kind: str) -> int:
    """After how many days this kind is forgotten; `FOR_EVER` for never."""
    known: Kept = current_app.extensions["hallway.kept"][kind]
    if "kept_days" not in g:  # a page names many kinds
        g.kept_days = settings.get("keep", {})
    return int(g.kept_days.get(kind, known.days))


def forgotten_before(kind: str) -> datetime | None:
    """What is older than that is forgotten; None when nothing is."""
    days = days_of(kind)
    return None if days == FOR_EVER else clock.ago(days=days)


def in_days(days: int) -> str:
    """ "90 days"."""
    return (
        gettext("as long as Hallway is here") if days == FOR_EVER else ngettext("%(num)d day", "%(num)d days", days)
    )


def choose_days(chosen: Mapping[str, int | None]) -> None:
    """Keep what the admins chose (inside a unit of work). `RuleBroken` on the kind; None is "never"."""
    kept = dict(settings.get("keep", {}))
    for known in everything_kept():
        if known.kind not in chosen:
            continue
        days = chosen[known.kind]
        if days is None and not known.may_be_off:
            raise RuleBroken(known.kind, gettext("Say after how many days"))
        if days is not None and not known.least <= days <= known.most:
            words = gettext("A number from %(least)s to %(most)s", least=known.least, most=known.most)
            raise RuleBroken(known.kind, words)
        kept[known.kind] = FOR_EVER if days is None else days
    settings.put("keep", kept)
    g.pop("kept_days", None)


# ---- forgetting --------------------------------------------------------------------------------------------


def forget(whom: Whom) -> None:
    """Carry out every claim about somebody (inside a unit of work). Their own row comes last: others look at it."""
    claims = sorted(everything_held(), key=lambda claim: claim.table == "person")
    for claim in claims:
        _forget(claim, whom)
        table = claim.of_table
        for name in claim.named:
            _run(sa.update(table).where(table.c[name] == whom.person_id).values({name: None}))


def _forget(claim: Held, whom: Whom) -> None:
    table = claim.of_table
    if callable(claim.erase):
        claim.erase(whom)
    elif claim.erase == "rows":
        _run(sa.delete(table).where(claim.about(whom.person_id)))
    elif claim.erase == "empty":
        blank = {name: blank_of(table.c[name]) for name in claim.columns}
        _run(sa.update(table).where(claim.about(whom.person_id)).values(blank))
    elif claim.erase == "unlink":
        for name in claim.whose:
            _run(sa.update(table).where(table.c[name] == whom.person_id).values({name: None}))


def _run(statement: sa.Update | sa.Delete) -> None:
    db.session.execute(statement)


def blank_of(column: sa.Column[Any]) -> Any:
    """What stands in a column when nothing does."""
    if column.nullable:
        return sa.null()
    default = column.default
    if default is not None and default.is_callable:
        return default.arg(None)  # type: ignore[attr-defined]
    if default is not None and default.is_scalar:
        return default.arg  # type: ignore[attr-defined]
    return ""
