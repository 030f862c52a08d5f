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


@dataclass(frozen=True)
class PersonReturned:
    """Somebody who had left is back."""

    person_id: int


@dataclass(frozen=True)
class LastDayChanged:
    """Somebody's last day was set, moved or taken back."""

    person_id: int


@dataclass(frozen=True)
class KindChanged:
    """A guest works here now, or the other way round."""

    person_id: int


@dataclass(frozen=True)
class PeopleMerged:
    """Two entries of one person are one. What pointed to `gone_id` points to `kept_id` already."""

    kept_id: int
    gone_id: int


@dataclass(frozen=True)
class PeopleParted:
    """They are two again."""

    kept_id: int
    gone_id: int


@dataclass(frozen=True)
class PersonErased:
    """An empty tombstone is left of them."""

    person_id: int
