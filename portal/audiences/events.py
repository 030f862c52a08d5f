"""What happens to audiences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MembershipChanged:
    """People came into a team's audience, or left it."""

    audience_id: int
    person_ids: tuple[int, ...]
