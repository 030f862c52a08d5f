"""What invitations do when something happened elsewhere."""

from __future__ import annotations

from portal.people.events import PersonLeft
from portal.teams.events import AddressesInvited, MemberLeft, MembersAdded, TeamClosed

from . import services


def on_members_added(event: MembersAdded) -> None:
    """Whoever was added and has no account is asked in; who came by themselves is in already."""
    if event.by_id is not None:
        services.invite_people(team_id=event.team_id, person_ids=event.person_ids, by_id=event.by_id)


def on_addresses_invited(event: AddressesInvited) -> None:
    services.invite_addresses(team_id=event.team_id, invited=event.invited, by_id=event.by_id)


def on_member_left(event: MemberLeft) -> None:
    services.withdraw_of(person_id=event.person_id, team_id=event.team_id)


def on_team_closed(event: TeamClosed) -> None:
    services.team_has_closed(event.team_id)


def on_person_left(event: PersonLeft) -> None:
    """A leaver's links are dead."""
    services.withdraw_of(person_id=event.person_id)


SUBSCRIPTIONS = (
    (MembersAdded, on_members_added),
    (AddressesInvited, on_addresses_invited),
    (MemberLeft, on_member_left),
    (TeamClosed, on_team_closed),
    (PersonLeft, on_person_left),
)
