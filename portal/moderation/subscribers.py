"""What moderation does when something happened elsewhere."""

from __future__ import annotations

from portal.people.events import PeopleMerged, PersonLeft

from . import services


def on_person_left(event: PersonLeft) -> None:
    services.settle_left(event.person_id)


def on_people_merged(event: PeopleMerged) -> None:
    services.settle_duplicate(event.kept_id)
    services.forget_boundary_to_oneself(event.kept_id)


SUBSCRIPTIONS = ((PersonLeft, on_person_left), (PeopleMerged, on_people_merged))
