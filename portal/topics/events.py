"""What happens to topics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TopicsRenamed:
    """These topics, some of which are read as others, are called otherwise than before."""

    topic_ids: tuple[int, ...]


@dataclass(frozen=True)
class TopicVouched:
    """Somebody vouched for the first time (not: in other words)."""

    topic_id: int
    person_id: int
    voucher_id: int


@dataclass(frozen=True)
class VouchWithdrawn:
    topic_id: int
    person_id: int
    voucher_id: int


@dataclass(frozen=True)
class PersonNamed:
    """Somebody was named as one who knows about it."""

    topic_id: int
    person_id: int
    by_id: int
