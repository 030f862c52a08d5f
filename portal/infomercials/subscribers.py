"""What intros do when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.core.db import at_the_end
from portal.people.events import PeopleMerged, PeopleParted, PersonErased, PersonLeft, PersonReturned

from . import findable, services


def on_membership_changed(event: MembershipChanged) -> None:
    """A team reads its members' intros."""
    services.relist_in(audience_id=event.audience_id, person_ids=event.person_ids)


def on_person_left(event: PersonLeft) -> None:
    services.unlist(event.person_id)


def on_person_returned(event: PersonReturned) -> None:
    services.relist(event.person_id)


def on_entries_changed(event: PeopleMerged | PeopleParted) -> None:
    services.relist(event.kept_id)
    services.relist(event.gone_id)


def on_person_erased(event: PersonErased) -> None:
    at_the_end(findable.put_intros, [event.person_id])


SUBSCRIPTIONS = (
    (MembershipChanged, on_membership_changed),
    (PersonLeft, on_person_left),
    (PersonReturned, on_person_returned),
    (PeopleMerged, on_entries_changed),
    (PeopleParted, on_entries_changed),
    (PersonErased, on_person_erased),
)
