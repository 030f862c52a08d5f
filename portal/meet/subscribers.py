"""What changes for whom somebody is suggested when something happened elsewhere."""

from __future__ import annotations

from portal.accounts.events import SignedIn
from portal.audiences.events import MembershipChanged
from portal.core.db import db
from portal.infomercials.events import IntroPublished
from portal.introductions.events import IntroductionDeclined, IntroductionMade, ManagerAskAnswered
from portal.ties.events import Talked, TalkWithdrawn, TiesChanged

from . import met, services
from .models import Suggestion


def on_signed_in(event: SignedIn) -> None:
    """Whoever comes in for the first time has suggestions a moment later."""
    if db.session.query(Suggestion).filter_by(person_id=event.person_id).first() is None:
        services.note_due(person_ids=[event.person_id])


def on_membership_changed(event: MembershipChanged) -> None:
    services.note_due(person_ids=event.person_ids)


def on_intro_published(event: IntroPublished) -> None:
    services.note_due(person_ids=[event.person_id])


def on_ties_changed(event: TiesChanged) -> None:
    services.note_due(person_ids=event.person_ids)


def on_manager_ask_answered(event: ManagerAskAnswered) -> None:
    services.note_due(person_ids=[event.person_id])


def on_introduction_declined(event: IntroductionDeclined) -> None:
    """Whom they would rather not meet now, they are not suggested either; the other learns of neither."""
    services.set_aside(person_id=event.person_id, other_id=event.other_id)


def on_introduction_made(event: IntroductionMade) -> None:
    """Both are asked some days later whether they met, each for themselves."""
    met.expect(person_id=event.one_id, other_id=event.other_id, medium="introduction")
    met.expect(person_id=event.other_id, other_id=event.one_id, medium="introduction")


def on_talked(event: Talked) -> None:
    met.note_talked(person_id=event.person_id, other_id=event.other_id)


def on_talk_withdrawn(event: TalkWithdrawn) -> None:
    met.note_not_talked(person_id=event.person_id, other_id=event.other_id)


SUBSCRIPTIONS = (
    (SignedIn, on_signed_in),
    (MembershipChanged, on_membership_changed),
    (IntroPublished, on_intro_published),
    (TiesChanged, on_ties_changed),
    (ManagerAskAnswered, on_manager_ask_answered),
    (IntroductionDeclined, on_introduction_declined),
    (IntroductionMade, on_introduction_made),
    (Talked, on_talked),
    (TalkWithdrawn, on_talk_withdrawn),
)
