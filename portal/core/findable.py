"""What can be found: domains say how each kind gets into the index, so that the index can be made anew.

A domain lists its own in `findable.py`, `app.py` registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask import Flask, current_app


@dataclass(frozen=True)
class Source:
    """One kind of thing that can be found.

    ids: the next so many subjects after an id, in order; put: these as they can be found (inside a unit of work).
    """

    kind: str
    ids: Callable[[int, int], Sequence[int]]
    put: Callable[[Sequence[int]], None]


def register(app: Flask, sources: Iterable[Source]) -> None:
    """Add a domain's kinds."""
    app.extensions.setdefault("hallway.findable", []).extend(sources)


def sources() -> list[Source]:
    """All kinds, in the order of the domains."""
    found: list[Source] = current_app.extensions.get("hallway.findable", [])
    return found
