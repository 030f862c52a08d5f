"""What introductions do when something happened elsewhere."""

from __future__ import annotations

from portal.core.db import at_the_end
from portal.people.events import KindChanged, PeopleMerged, PeopleParted, PersonLeft

from . import managers, services


def on_person_left(event: PersonLeft) -> None:
    """Nobody waits for somebody who is gone."""
    services.end_of(event.person_id)
    managers.end_to(event.person_id)
    managers.drop_of(event.person_id)


def on_kind_changed(event: KindChanged) -> None:
    """A guest is asked by nobody whom to meet, and asks nobody; of whoever was one, nothing is there to end."""
    managers.end_to(event.person_id)
    managers.drop_of(event.person_id)


def on_entries_changed(event: PeopleMerged | PeopleParted) -> None:
    at_the_end(_drop_own, [event.kept_id, event.gone_id])


def _drop_own(person_ids: list[int]) -> None:
    services.drop_own(person_ids)
    managers.drop_own()


SUBSCRIPTIONS = (
    (PersonLeft, on_person_left),
    (KindChanged, on_kind_changed),
    (PeopleMerged, on_entries_changed),
    (PeopleParted, on_entries_changed),
)
