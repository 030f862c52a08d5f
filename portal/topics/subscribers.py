"""What topics do when something happened elsewhere: who finds somebody's claims follows from who sees them."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.core.db import at_the_end
from portal.people.events import KindChanged, LastDayChanged, PeopleMerged, PeopleParted, PersonLeft, PersonReturned

from .keeping import put_people


def on_membership_changed(event: MembershipChanged) -> None:
    at_the_end(put_people, event.person_ids)


def on_person(event: PersonLeft | PersonReturned | KindChanged | LastDayChanged) -> None:
    at_the_end(put_people, [event.person_id])


def on_merged(event: PeopleMerged | PeopleParted) -> None:
    at_the_end(put_people, [event.kept_id, event.gone_id])


SUBSCRIPTIONS = (
    (MembershipChanged, on_membership_changed),
    (PersonLeft, on_person),
    (PersonReturned, on_person),
    (KindChanged, on_person),
    (LastDayChanged, on_person),
    (PeopleMerged, on_merged),
    (PeopleParted, on_merged),
)
