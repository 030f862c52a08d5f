"""What search does when something happened below it: people, teams and goals cannot push, so it looks."""

from __future__ import annotations

from portal.audiences.events import MembershipChanged
from portal.core.db import at_the_end
from portal.goals.events import GoalAdded, GoalChanged
from portal.people.events import (
    KindChanged,
    LastDayChanged,
    PeopleMerged,
    PeopleParted,
    PersonAdded,
    PersonChanged,
    PersonErased,
    PersonLeft,
    PersonReturned,
)
from portal.teams.events import TeamChanged, TeamClosed, TeamReopened, TeamStarted

from . import services
from .findable import put_goals, put_people, put_teams


def _forget_words(word_ids: list[int]) -> None:
    """At the very end: once the domains above have put in anew what named them."""
    at_the_end(services.forget_unused_words, word_ids)


def on_person(
    event: PersonAdded | PersonChanged | PersonLeft | PersonReturned | KindChanged | LastDayChanged,
) -> None:
    at_the_end(put_people, [event.person_id])


def on_membership_changed(event: MembershipChanged) -> None:
    at_the_end(put_people, event.person_ids)


def on_merged(event: PeopleMerged | PeopleParted) -> None:
    at_the_end(put_people, [event.kept_id, event.gone_id])


def on_erased(event: PersonErased) -> None:
    called = services.words_of_person(event.person_id)
    at_the_end(put_people, [event.person_id])
    at_the_end(_forget_words, called)
    services.forget_nobodys_work()


def on_team(event: TeamStarted | TeamChanged | TeamClosed | TeamReopened) -> None:
    at_the_end(put_teams, [event.team_id])


def on_goal(event: GoalAdded | GoalChanged) -> None:
    at_the_end(put_goals, [event.goal_id])


SUBSCRIPTIONS = (
    (PersonAdded, on_person),
    (PersonChanged, on_person),
    (PersonLeft, on_person),
    (PersonReturned, on_person),
    (KindChanged, on_person),
    (LastDayChanged, on_person),
    (MembershipChanged, on_membership_changed),
    (PeopleMerged, on_merged),
    (PeopleParted, on_merged),
    (PersonErased, on_erased),
    (TeamStarted, on_team),
    (TeamChanged, on_team),
    (TeamClosed, on_team),
    (TeamReopened, on_team),
    (GoalAdded, on_goal),
    (GoalChanged, on_goal),
)
