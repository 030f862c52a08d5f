"""What happens to teams."""

from __future__ import annotations

from dataclasses import dataclass

from .pasted import Invited


@dataclass(frozen=True)
class TeamStarted:
    team_id: int
    by_id: int


@dataclass(frozen=True)
class TeamChanged:
    """Name, purpose, kick-off, goal, lead or link."""

    team_id: int


@dataclass(frozen=True)
class MembersAdded:
    """People came in: added by somebody (`by_id`), or by themselves (None)."""

    team_id: int
    person_ids: tuple[int, ...]
    by_id: int | None


@dataclass(frozen=True)
class AddressesInvited:
    """Addresses were asked in: by somebody (`by_id`), or by their owners through the join link (None)."""

    team_id: int
    invited: tuple[Invited, ...]
    by_id: int | None


@dataclass(frozen=True)
class MemberLeft:
    """By themselves, by the lead, or because they left the company."""

    team_id: int
    person_id: int


@dataclass(frozen=True)
class TeamClosed:
    team_id: int


@dataclass(frozen=True)
class TeamReopened:
    team_id: int


@dataclass(frozen=True)
class KickOffAttended:
    """Somebody says that they were at the kick-off (or, with there=False, that they were not after all)."""

    team_id: int
    person_id: int
    there: bool
