"""What happened of late: domains say what of theirs stands among it, so that one page can put it all in one order.

A domain lists its own kinds in `happening.py`, `app.py` registers them. Each gives what the viewer may see by its own
predicate, so nothing is shown here that its own page would not show.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from .auth import EVERYONE, Viewer
from .paging import Rows


@dataclass(frozen=True)
class Asked:
    """What is looked for. before: only what lies behind this moment and id; audience_ids: of the viewer, those that
    count; people and since: what is close to the viewer is newer than that, and by these or in the viewer's teams."""

    size: int
    audience_ids: frozenset[int]
    before: tuple[datetime, int] | None
    people: Collection[int]
    since: datetime

    @property
    def only_teams(self) -> bool:
        return EVERYONE not in self.audience_ids

    def behind(self, at: Any, key: Any) -> list[sa.ColumnElement[bool]]:
        """The condition, for columns of a source's own order; none on the first page."""
        if self.before is None:
            return []
        moment, number = self.before
        return [sa.tuple_(at, key) < sa.tuple_(sa.literal(moment, at.type), sa.literal(number))]


@dataclass(frozen=True)
class Source:
    """One kind of thing that happens.

    latest, near: selects of (at, id, by) that the viewer may see, the newest first, at most as many as asked: all of
    it, and what is close to the viewer (None where nothing can be); `by` is whose it is. show: these as the template
    shows them, without what the viewer may not see, in a fixed number of queries. is_one: all of a day are one line,
    whosever they are; else those of one person are. moment, place: what `at` means, and a place in `at` of its own.
    """

    kind: str
    latest: Callable[[Viewer, Asked], Rows | None]
    near: Callable[[Viewer, Asked], Rows | None]
    show: Callable[[Viewer, Sequence[int]], Mapping[int, Any]]
    template: str
    is_one: bool = False
    moment: Callable[[Any], datetime] = lambda at: at
    place: Callable[[tuple[datetime, int]], tuple[Any, int]] = lambda place: place


def register(app: Flask, sources: Iterable[Source]) -> None:
    """Add a domain's kinds."""
    app.extensions.setdefault("hallway.happening", []).extend(sources)


def sources() -> list[Source]:
    """All kinds, in the order of the domains."""
    found: list[Source] = current_app.extensions.get("hallway.happening", [])
    return found
