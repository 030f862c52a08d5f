"""What happens to ties."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TiesChanged:
    """These people were in touch with somebody, or no longer count as such, or say whom they know."""

    person_ids: tuple[int, ...]


@dataclass(frozen=True)
class Talked:
    """Somebody says that the two talked; the other is told nothing."""

    person_id: int
    other_id: int


@dataclass(frozen=True)
class TalkWithdrawn:
    """They did not after all."""

    person_id: int
    other_id: int
