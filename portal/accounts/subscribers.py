"""What accounts do when something happened elsewhere."""

from __future__ import annotations

from portal.people.events import KindChanged, LastDayChanged, PeopleMerged, PeopleParted, PersonLeft

from . import services


def on_person_left(event: PersonLeft) -> None:
    services.person_has_left(event.person_id)


def on_last_day_changed(event: LastDayChanged) -> None:
    services.last_day_was_set(event.person_id)


def on_kind_changed(event: KindChanged) -> None:
    services.kind_was_changed(event.person_id)


def on_people_merged(event: PeopleMerged) -> None:
    """What the kept entry had no place for stayed behind: was it the last admin's account?"""
    services.keep_an_admin(without=event.gone_id)
    services.last_day_was_set(event.kept_id)


def on_people_parted(event: PeopleParted) -> None:
    """An account that goes back to somebody who has left has no role."""
    for person_id in (event.kept_id, event.gone_id):
        services.leavers_have_no_role(person_id)


SUBSCRIPTIONS = (
    (PersonLeft, on_person_left),
    (LastDayChanged, on_last_day_changed),
    (KindChanged, on_kind_changed),
    (PeopleMerged, on_people_merged),
    (PeopleParted, on_people_parted),
)
