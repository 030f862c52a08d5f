"""What help does when something happened elsewhere."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.core.db import at_the_end
from portal.infomercials.events import IntroPublished, IntroWithdrawn
from portal.moderation.events import BoundaryDrawn
from portal.people.events import (
    KindChanged,
    PeopleMerged,
    PeopleParted,
    PersonChanged,
    PersonLeft,
    PersonReturned,
)
from portal.topics.events import TopicsRenamed

from . import findable, from_intro, offers, promises, queries, services


def on_membership_changed(event: MembershipChanged) -> None:
    """What is for my teams is for those of today."""
    _list_again(event.person_ids)


def _list_again(person_ids: tuple[int, ...]) -> None:
    at_the_end(_relist, person_ids)


def _relist(person_ids: list[int]) -> None:
    services.relist(person_ids)
    offers.relist(person_ids)


def on_person_changed(event: PersonChanged) -> None:
    """Their zone or their days may be others."""
    at_the_end(_plan_again, [event.person_id])


def _plan_again(person_ids: list[int]) -> None:
    promises.plan_again(person_ids)


def on_intro_changed(event: IntroPublished | IntroWithdrawn) -> None:
    """What is offered there is an offer."""
    from_intro.follow(event.person_id)


def on_kind_changed(event: KindChanged) -> None:
    _list_again((event.person_id,))


def on_person_left(event: PersonLeft) -> None:
    """Nobody waits for somebody who is gone."""
    services.close_of(event.person_id)
    offers.close_of(event.person_id)
    promises.call_off_between(event.person_id)


def on_person_returned(event: PersonReturned) -> None:
    _list_again((event.person_id,))
    from_intro.follow(event.person_id)


def on_entries_changed(event: PeopleMerged | PeopleParted) -> None:
    promises.drop_own()
    _list_again((event.kept_id, event.gone_id))
    from_intro.follow(event.kept_id)
    from_intro.follow(event.gone_id)
    at_the_end(findable.put_answers, queries.useful_of([event.kept_id, event.gone_id]))


def on_boundary_set(event: BoundaryDrawn) -> None:
    """Whoever blocks somebody has nothing open with them."""
    if event.is_block:
        promises.call_off_between(event.person_id, event.other_id)


def on_topics_renamed(event: TopicsRenamed) -> None:
    """What stands under them is found by their names of today."""
    asks, posts = queries.about_topics(event.topic_ids)
    at_the_end(findable.put_asks, asks)
    at_the_end(findable.put_answers, posts)


SUBSCRIPTIONS = (
    (IntroPublished, on_intro_changed),
    (IntroWithdrawn, on_intro_changed),
    (MembershipChanged, on_membership_changed),
    (PersonChanged, on_person_changed),
    (KindChanged, on_kind_changed),
    (PersonLeft, on_person_left),
    (PersonReturned, on_person_returned),
    (PeopleMerged, on_entries_changed),
    (PeopleParted, on_entries_changed),
    (BoundaryDrawn, on_boundary_set),
    (TopicsRenamed, on_topics_renamed),
)
