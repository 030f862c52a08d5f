"""What ties do when something happened elsewhere: whoever was in touch is noted, and what is taken back goes."""

from __future__ import annotations

from portal.core import clock
from portal.core.db import at_the_end
from portal.help.events import PromiseFulfilled, PromiseReopened
from portal.introductions.events import IntroductionMade
from portal.kudos.events import KudosGiven, KudosWithdrawn
from portal.people.events import PeopleMerged, PeopleParted, PersonChanged
from portal.teams.events import KickOffAttended

from . import attending, services

MOST_TOOK_PART = 5


def on_kudos_given(event: KudosGiven) -> None:
    if event.took_part is not None and event.took_part <= MOST_TOOK_PART:
        pairs = [(event.giver_id, one) for one in event.receiver_ids]
        mine = [(event.giver_id, one) for one in event.unheard_ids]
        services.record(pairs=pairs, ways=mine, medium="kudos", subject_id=event.kudos_id, at=clock.now())


def on_kudos_withdrawn(event: KudosWithdrawn) -> None:
    services.take_back(medium="kudos", subject_id=event.kudos_id)


def on_promise_fulfilled(event: PromiseFulfilled) -> None:
    pair = (event.giver_id, event.receiver_id)
    services.record(pairs=[pair], medium="help", subject_id=event.promise_id, at=clock.now())


def on_promise_reopened(event: PromiseReopened) -> None:
    services.take_back(medium="help", subject_id=event.promise_id)


def on_introduction_made(event: IntroductionMade) -> None:
    pair = (event.one_id, event.other_id)
    services.record(pairs=[pair], medium="introduction", subject_id=event.introduction_id, at=clock.now())


def on_kick_off_attended(event: KickOffAttended) -> None:
    attending.note(team_id=event.team_id, person_id=event.person_id, there=event.there)


def on_person_changed(event: PersonChanged) -> None:
    at_the_end(services.note_away, [event.person_id])


def on_people(event: PeopleMerged | PeopleParted) -> None:
    at_the_end(services.resum_around, [event.kept_id, event.gone_id])


SUBSCRIPTIONS = (
    (KudosGiven, on_kudos_given),
    (KudosWithdrawn, on_kudos_withdrawn),
    (PromiseFulfilled, on_promise_fulfilled),
    (PromiseReopened, on_promise_reopened),
    (IntroductionMade, on_introduction_made),
    (KickOffAttended, on_kick_off_attended),
    (PersonChanged, on_person_changed),
    (PeopleMerged, on_people),
    (PeopleParted, on_people),
)
