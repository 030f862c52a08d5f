"""What happens to invitations."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InvitationAccepted:
    """Somebody said yes: one for each of their invitations."""

    invitation_id: int
    person_id: int
    team_id: int | None
