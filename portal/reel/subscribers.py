"""What the reel does when something happened elsewhere."""

from __future__ import annotations

from portal.teams.events import MemberLeft

from . import services


def on_member_left(event: MemberLeft) -> None:
    services.forget(team_id=event.team_id, person_id=event.person_id)


SUBSCRIPTIONS = ((MemberLeft, on_member_left),)
