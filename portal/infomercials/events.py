"""What happens to intros."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IntroPublished:
    """For the first time, or changed."""

    person_id: int
    first: bool


@dataclass(frozen=True)
class IntroWithdrawn:
    person_id: int
