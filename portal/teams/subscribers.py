"""What teams do when something happened elsewhere."""

from __future__ import annotations

from portal.people.events import KindChanged, PersonLeft

from . import services


def on_person_left(event: PersonLeft) -> None:
    services.person_has_left(event.person_id)


def on_kind_changed(event: KindChanged) -> None:
    services.kind_was_changed(event.person_id)


SUBSCRIPTIONS = ((PersonLeft, on_person_left), (KindChanged, on_kind_changed))
