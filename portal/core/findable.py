"""What can be found: domains say how each kind gets into the index, so that the index can be made anew.

A domain lists its own in `findable.py`, `app.py` registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from .auth import Viewer
from .db import Base, db


@dataclass(frozen=True)
class Shown:
    """A subject among what was found, as one viewer may open it: its address, a title and a line, both plain words.

    lang: of the title, "" for that of the page.
    """

    url: str
    title: str
    line: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Why:
    """Why somebody was found, in one line. url: where it can be read, "" for nowhere; lang: of what is `quoted`
    behind the words."""

    words: str
    quoted: str = ""
    url: str = ""
    lang: str = ""


@dataclass(frozen=True)
class Entry:
    """What one audience can find of one subject. people: (id, role) of whose knowledge it shows.

    name: the title holds a name: it is looked for in Latin letters as well, and none of its words is too common.
    """

    subject_id: int
    audience_id: int
    title: str
    text: str = ""
    people: Sequence[tuple[int, str]] = ()
    at: datetime | None = None
    url: str | None = None
    is_name: bool = False


Named = Callable[[Viewer, sa.ColumnElement[Any]], sa.ColumnElement[bool]]
Show = Callable[[Viewer, Sequence[int]], Mapping[int, Shown]]
Tell = Callable[[Viewer, Sequence[int], Collection[str]], Mapping[int, Why]]


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found.

    ids: the next so many subjects after an id, in order; entries: what can be found of these.
    named: the condition that a subject (a column of ids) names the viewer, who finds it whatever its audience is.
    show: subjects as they stand among what was found; why: why whoever they speak for was found, given the words that
    were looked for. Both leave out what the viewer may not open, and ask a fixed number of queries.
    """

    kind: str
    ids: Callable[[int, int], Sequence[int]]
    entries: Callable[[Sequence[int]], Sequence[Entry]]
    named: Named | None = None
    show: Show | None = None
    why: Tell | None = None


def ids_of(model: type[Base]) -> Callable[[int, int], Sequence[int]]:
    """`Source.ids` where every row of a table is a subject."""
    column = model.metadata.tables[model.__tablename__].c.id

    def after(last: int, most: int) -> Sequence[int]:
        return list(db.session.scalars(sa.select(column).where(column > last).order_by(column).limit(most)))

    return after


def register(app: Flask, sources: Iterable[Source]) -> None:
    """Add a domain's kinds."""
    app.extensions.setdefault("hallway.findable", []).extend(sources)


def sources() -> list[Source]:
    """All kinds, in the order of the domains."""
    found: list[Source] = current_app.extensions.get("hallway.findable", [])
    return found


def source_of(kind: str) -> Source | None:
    """How a kind gets into the index and onto pages; None for one that no domain has."""
    return next((source for source in sources() if source.kind == kind), None)
