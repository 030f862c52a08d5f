"""What happens in moderation that others tell people of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PauseBegan:
    """They may not write to colleagues for a while; `queries.pause_of` says until when and why."""

    person_id: int


@dataclass(frozen=True)
class PauseEnded:
    """A moderator ended it before its time. A pause that runs out is told by nobody."""

    person_id: int


@dataclass(frozen=True)
class BoundaryDrawn:
    """Somebody keeps another apart (is_block: and lets nothing of theirs come through). For rules: nobody is told."""

    person_id: int
    other_id: int
    is_block: bool
