"""What people do when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged

from . import services


def on_membership_changed(event: MembershipChanged) -> None:
    """A team sees what its members show to their teams."""
    services.relist(event.person_id)


SUBSCRIPTIONS = ((MembershipChanged, on_membership_changed),)
