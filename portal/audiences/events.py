"""What happens to audiences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MembershipChanged:
    """A person came into an audience, or left it."""

    audience_id: int
    person_id: int
