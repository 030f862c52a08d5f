"""What happens to intros of a team."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IntroNudged:
    """A lead would like this person's intro."""

    team_id: int
    person_id: int
