"""What accounts do when something happened elsewhere."""

from __future__ import annotations

from portal.people.events import PersonLeft

from . import services


def on_person_left(event: PersonLeft) -> None:
    """A leaver is out at once, everywhere."""
    services.end_sessions(person_id=event.person_id)


SUBSCRIPTIONS = ((PersonLeft, on_person_left),)
