"""What happens to ties."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TiesChanged:
    """These people were in touch with somebody, or no longer count as such, or say whom they know."""

    person_ids: tuple[int, ...]
