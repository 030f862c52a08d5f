"""What intros do when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.people.events import PersonLeft

from . import services


def on_membership_changed(event: MembershipChanged) -> None:
    """A team reads its members' intros."""
    services.relist_in(audience_id=event.audience_id, person_ids=event.person_ids)


def on_person_left(event: PersonLeft) -> None:
    services.unlist(event.person_id)


SUBSCRIPTIONS = ((MembershipChanged, on_membership_changed), (PersonLeft, on_person_left))
