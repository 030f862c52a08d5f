"""What people do when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged

from . import services


def on_membership_changed(event: MembershipChanged) -> None:
    """A team sees what its members show to their teams."""
    services.relist_in(audience_id=event.audience_id, person_ids=event.person_ids)


SUBSCRIPTIONS = ((MembershipChanged, on_membership_changed),)
