"""What happens to goals."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GoalAdded:
    goal_id: int


@dataclass(frozen=True)
class GoalChanged:
    """Its words, its owner, how it stands, or that it is closed or open again."""

    goal_id: int
