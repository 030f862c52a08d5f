"""What notices do when something happened elsewhere."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import at_the_end
from portal.core.events import Acted
from portal.kudos.events import (
    CheerWithdrawn,
    KudosCheered,
    KudosGiven,
    KudosHidden,
    KudosRestored,
    KudosWithdrawn,
    ScreenAsked,
    ScreenShared,
)
from portal.moderation.events import PauseBegan, PauseEnded
from portal.people.events import PersonChanged
from portal.topics.events import PersonNamed, TopicVouched

from . import services


def on_kudos_given(event: KudosGiven) -> None:
    if event.to_many:
        services.tell_many(kudos_id=event.kudos_id)
    others = [one for one in event.receiver_ids if one != event.giver_id]
    services.tell(code="kudos", subject_id=event.kudos_id, person_ids=others)
    services.tell(code="mention", subject_id=event.kudos_id, person_ids=event.mentioned_ids)


def on_kudos_withdrawn(event: KudosWithdrawn) -> None:
    services.forget_kudos(kudos_id=event.kudos_id)


def on_kudos_cheered(event: KudosCheered) -> None:
    services.tell_of_cheer(kudos_id=event.kudos_id, person_id=event.person_id)


def on_cheer_withdrawn(event: CheerWithdrawn) -> None:
    services.forget_cheer(kudos_id=event.kudos_id)


def on_kudos_hidden(event: KudosHidden) -> None:
    services.tell_of_moderation(code="hidden", kudos_id=event.kudos_id)


def on_kudos_restored(event: KudosRestored) -> None:
    services.tell_of_moderation(code="restored", kudos_id=event.kudos_id)


def on_screen_asked(event: ScreenAsked) -> None:
    services.tell(code="screen_ask", subject_id=event.kudos_id, person_ids=event.person_ids, occasion=event.screen_id)


def on_screen_shared(event: ScreenShared) -> None:
    services.tell(code="screen_shared", subject_id=event.screen_id, person_ids=event.person_ids)


def on_person_named(event: PersonNamed) -> None:
    services.tell(code="topic_named", subject_id=event.topic_id, person_ids=[event.person_id], occasion=event.by_id)


def on_vouched(event: TopicVouched) -> None:
    services.tell(code="vouched", subject_id=event.topic_id, person_ids=[event.person_id], occasion=event.voucher_id)


def on_pause_began(event: PauseBegan) -> None:
    """Told to the one who pauses, alone."""
    services.tell_again(code="paused", subject_id=event.person_id, person_ids=[event.person_id], at=clock.now())


def on_pause_ended(event: PauseEnded) -> None:
    services.forget(subject_id=event.person_id, codes=["paused"])


def on_person_changed(event: PersonChanged) -> None:
    """Their zone or their days may be others: the digest comes at its hour there."""
    at_the_end(_plan_digests, [event.person_id])  # a staff list changes hundreds at once


def _plan_digests(person_ids: list[int]) -> None:
    services.plan_digests(person_ids=person_ids)


def on_acted(event: Acted) -> None:
    services.note_act(person_id=event.person_id)


SUBSCRIPTIONS = (
    (KudosGiven, on_kudos_given),
    (KudosWithdrawn, on_kudos_withdrawn),
    (KudosCheered, on_kudos_cheered),
    (CheerWithdrawn, on_cheer_withdrawn),
    (KudosHidden, on_kudos_hidden),
    (KudosRestored, on_kudos_restored),
    (ScreenAsked, on_screen_asked),
    (ScreenShared, on_screen_shared),
    (PersonNamed, on_person_named),
    (TopicVouched, on_vouched),
    (PauseBegan, on_pause_began),
    (PauseEnded, on_pause_ended),
    (PersonChanged, on_person_changed),
    (Acted, on_acted),
)
