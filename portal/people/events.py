"""What happens to people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PersonAdded:
    person_id: int


@dataclass(frozen=True)
class PersonChanged:
    """A name, a detail, a photo or what is shown to whom."""

    person_id: int


@dataclass(frozen=True)
class PersonLeft:
    person_id: int
