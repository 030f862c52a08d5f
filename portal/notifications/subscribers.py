"""What notices do when something happened elsewhere."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import at_the_end
from portal.core.events import Acted
from portal.help.events import (
    AnswerMarked,
    AnswerUnmarked,
    AskClosed,
    AskDeclined,
    AskWithdrawn,
    HelperNamed,
    PeopleAsked,
    PostWithdrawn,
    PostWritten,
    PromiseDropped,
    PromiseFulfilled,
    PromiseMade,
    PromiseMoved,
    PromiseMoveDropped,
    PromiseMoveProposed,
    PromiseReminded,
    PromiseReopened,
)
from portal.introductions.events import (
    IntroductionDeclined,
    IntroductionLapsed,
    IntroductionMade,
    IntroductionOffered,
    IntroductionWithdrawn,
    ManagerAskAnswered,
    ManagerAsked,
    ManagerAskLapsed,
    ManagerAskPassed,
    ManagerAskWithdrawn,
)
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

from . import helping, services
from .helping import ABOUT_ASKS


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


def on_people_asked(event: PeopleAsked) -> None:
    services.tell(code="asked", subject_id=event.ask_id, person_ids=event.person_ids)


def on_helper_named(event: HelperNamed) -> None:
    services.tell(code="helper_named", subject_id=event.ask_id, person_ids=[event.person_id], occasion=event.by_id)


def on_ask_over(event: AskWithdrawn | AskClosed) -> None:
    """Nobody is asked any more."""
    codes = ABOUT_ASKS if isinstance(event, AskWithdrawn) else ("asked", "helper_named")
    services.forget(subject_id=event.ask_id, codes=codes)


def on_ask_declined(event: AskDeclined) -> None:
    services.forget(subject_id=event.ask_id, codes=("asked", "helper_named"), only=event.person_id)


def on_post_written(event: PostWritten) -> None:
    if not event.is_muted:
        services.tell_of_post(ask_id=event.ask_id, writer_id=event.person_id)


def on_post_withdrawn(event: PostWithdrawn) -> None:
    services.forget_post(ask_id=event.ask_id)


def on_answer_marked(event: AnswerMarked) -> None:
    if event.person_id != helping.asker_of(event.ask_id):
        services.tell(code="useful", subject_id=event.ask_id, person_ids=[event.person_id])


def on_answer_unmarked(event: AnswerUnmarked) -> None:
    services.forget(subject_id=event.ask_id, codes=["useful"], only=event.person_id)


def on_promise_made(event: PromiseMade) -> None:
    if event.ask_id is not None:
        services.forget(subject_id=event.ask_id, codes=("asked", "helper_named"), only=event.giver_id)
    if not event.is_muted:
        services.tell(code="promised", subject_id=event.promise_id, person_ids=[event.receiver_id])


def on_move_proposed(event: PromiseMoveProposed) -> None:
    services.forget(subject_id=event.promise_id, codes=["promise_move"])
    services.tell(code="promise_move", subject_id=event.promise_id, person_ids=[event.other_id])


def on_move_settled(event: PromiseMoved | PromiseMoveDropped) -> None:
    codes = ["promise_move"]
    if isinstance(event, PromiseMoved):
        codes += ["promise_before", "promise_day"]
    services.forget(subject_id=event.promise_id, codes=codes)


def on_promise_kept(event: PromiseFulfilled) -> None:
    services.forget(subject_id=event.promise_id, codes=["promise_move", "promise_before", "promise_day"])
    other = event.receiver_id if event.by_id == event.giver_id else event.giver_id
    services.tell(code="promise_kept", subject_id=event.promise_id, person_ids=[other])


def on_promise_reopened(event: PromiseReopened) -> None:
    services.forget(subject_id=event.promise_id, codes=["promise_kept"])


def on_promise_called_off(event: PromiseDropped) -> None:
    services.forget(subject_id=event.promise_id, codes=["promised", "promise_move", "promise_before", "promise_day"])
    if event.other_id is not None:
        services.tell(code="promise_off", subject_id=event.promise_id, person_ids=[event.other_id])


def on_promise_reminded(event: PromiseReminded) -> None:
    code = "promise_before" if event.is_before else "promise_day"
    services.tell(code=code, subject_id=event.promise_id, person_ids=[event.person_id])


def on_introduction_offered(event: IntroductionOffered) -> None:
    services.tell(code="introduction", subject_id=event.introduction_id, person_ids=[event.person_id])


def on_introduction_declined(event: IntroductionDeclined) -> None:
    services.forget(subject_id=event.introduction_id, codes=["introduction"], only=event.person_id)


def on_introduction_over(event: IntroductionWithdrawn | IntroductionLapsed) -> None:
    services.forget(subject_id=event.introduction_id, codes=["introduction"])


def on_introduction_made(event: IntroductionMade) -> None:
    services.forget(subject_id=event.introduction_id, codes=["introduction"])
    both = [event.one_id, event.other_id]
    services.tell(code="introduced", subject_id=event.introduction_id, person_ids=both)


def on_manager_asked(event: ManagerAsked) -> None:
    if not event.is_muted:
        services.tell(code="manager_ask", subject_id=event.ask_id, person_ids=[event.manager_id])


def on_manager_passed(event: ManagerAskPassed) -> None:
    services.forget(subject_id=event.ask_id, codes=["manager_ask"])


def on_manager_answered(event: ManagerAskAnswered) -> None:
    services.forget(subject_id=event.ask_id, codes=["manager_ask"])
    services.tell(code="manager_named", subject_id=event.ask_id, person_ids=[event.person_id])


def on_manager_ask_withdrawn(event: ManagerAskWithdrawn) -> None:
    services.forget(subject_id=event.ask_id, codes=["manager_ask"])


def on_manager_ask_lapsed(event: ManagerAskLapsed) -> None:
    services.forget(subject_id=event.ask_id, codes=["manager_ask"])
    services.tell(code="manager_quiet", subject_id=event.ask_id, person_ids=[event.person_id])


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
    (PeopleAsked, on_people_asked),
    (HelperNamed, on_helper_named),
    (AskWithdrawn, on_ask_over),
    (AskClosed, on_ask_over),
    (AskDeclined, on_ask_declined),
    (PostWritten, on_post_written),
    (PostWithdrawn, on_post_withdrawn),
    (AnswerMarked, on_answer_marked),
    (AnswerUnmarked, on_answer_unmarked),
    (PromiseMade, on_promise_made),
    (PromiseMoveProposed, on_move_proposed),
    (PromiseMoved, on_move_settled),
    (PromiseMoveDropped, on_move_settled),
    (PromiseFulfilled, on_promise_kept),
    (PromiseReopened, on_promise_reopened),
    (PromiseDropped, on_promise_called_off),
    (PromiseReminded, on_promise_reminded),
    (IntroductionOffered, on_introduction_offered),
    (IntroductionDeclined, on_introduction_declined),
    (IntroductionWithdrawn, on_introduction_over),
    (IntroductionLapsed, on_introduction_over),
    (IntroductionMade, on_introduction_made),
    (ManagerAsked, on_manager_asked),
    (ManagerAskPassed, on_manager_passed),
    (ManagerAskAnswered, on_manager_answered),
    (ManagerAskWithdrawn, on_manager_ask_withdrawn),
    (ManagerAskLapsed, on_manager_ask_lapsed),
    (PauseBegan, on_pause_began),
    (PauseEnded, on_pause_ended),
    (PersonChanged, on_person_changed),
    (Acted, on_acted),
)
