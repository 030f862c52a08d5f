"""Contacts come with what they came from and go with it; each person's ties are their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.checks import checks
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.help import promises
from portal.kudos import services as kudos
from portal.moderation import services as moderation
from portal.people import erasing, merging
from portal.people import services as people
from portal.people.models import Person
from portal.teams import services as teams
from portal.teams.models import Team, TeamMember
from portal.ties import attending, duties, importing, queries, services
from portal.ties.models import AwaySpan, Contact, ImportedContact, ImportedContactOff, KnownColleague, Tie
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def me(make: Make) -> int:
    make.noise()
    return make.member("Maya Chen")


def ways(make: Make, medium: str) -> set[tuple[int, int]]:
    """(whose, with whom) of the contacts by that medium."""
    rows = sa.select(Contact.person_id, Contact.other_id).where(Contact.medium == medium)
    return set(make.read(lambda: db.session.execute(rows).tuples().all()))


def all_is_well(make: Make) -> bool:
    ours = next(check for check in checks_of(make) if check.name == "ties are what contacts come to")
    return make.read(ours.look) == []


def checks_of(make: Make) -> list[Any]:
    return make.read(checks)


def does(make: Make, who: int, what: Any, **given: Any) -> Any:
    viewer = make.viewer(who)
    return make.do(lambda: what(viewer=viewer, **given))


def test_thanks_are_a_contact_until_they_are_taken_back(make: Make, me: int) -> None:
    bo, *others = (make.member(f"Colleague {number}") for number in range(5))
    first = make.kudos(me, bo)
    second = make.kudos(me, bo, *others[:3], why="You all kept the lights on.")  # five took part
    make.kudos(me, bo, *others, why="All of you, thank you for today.")  # six did
    together = {(me, one) for one in (bo, *others[:3])}
    assert ways(make, "kudos") == together | {(other, one) for one, other in together}
    tie = make.read(lambda: queries.my_tie_with(make.viewer(bo), me))
    assert tie and tie.state == "new" and tie.strength > 0
    does(make, me, kudos.undo, public_id=second)
    assert ways(make, "kudos") == {(me, bo), (bo, me)}
    does(make, me, kudos.take_back, public_id=first)
    assert ways(make, "kudos") == set()
    assert make.read(lambda: queries.my_ties(make.viewer(me))) == []
    assert all_is_well(make)


def test_whom_somebody_blocked_does_not_notice_it_by_thanks(make: Make, me: int) -> None:
    bo, others = make.member("Bo Lindgren"), [make.member(f"Crew {number}") for number in range(4)]
    does(make, bo, moderation.set_boundary, other_id=me, kind="block")
    make.kudos(me, bo)
    assert ways(make, "kudos") == {(me, bo)}
    make.kudos(
        me, bo, *others, why="All of you carried it up the stairs."
    )  # as many as for whom nobody blocked: too many to be in touch
    assert ways(make, "kudos") == {(me, bo)}
    assert all_is_well(make)


def test_a_kick_off_of_twelve_makes_contacts_and_one_of_thirteen_none(make: Make, me: int) -> None:
    crew = [make.person(f"Crew {number}") for number in range(12)]
    team = make.project("Harbour", me, *crew)
    at = clock.now() - timedelta(days=3)
    make.do(lambda: db.session.execute(sa.update(Team).where(Team.id == team).values(kickoff_at=at)) and None)

    def says(who: int, there: bool) -> None:
        does(make, who, teams.say_was_there, team_id=team, was_there=there)

    for who in (me, *crew[:11]):
        says(who, True)
    assert len(ways(make, "kickoff")) == 12 * 11
    assert make.read(lambda: db.session.scalars(sa.select(Contact.at)).first()) == at
    says(crew[11], True)
    assert ways(make, "kickoff") == set()
    says(crew[0], False)
    assert len(ways(make, "kickoff")) == 12 * 11
    # Who leaves the team was there all the same.
    make.do(lambda: db.session.execute(sa.delete(TeamMember).where(TeamMember.person_id == crew[1])) and None)
    says(crew[2], False)
    met = {one for one, _other in ways(make, "kickoff")}
    assert met == {me, crew[1], *crew[3:]} and all_is_well(make)
    assert attending.MOST_THERE == 12


def test_what_one_of_the_two_says_counts_for_them_alone(make: Make, me: int) -> None:
    bo, guest = make.member("Bo Lindgren"), make.guest("Gil Guest")
    for _again in range(2):
        does(make, me, services.say_we_talked, other_id=bo)
    does(make, me, services.say_known, other_ids=[bo, me, guest, 10**9])
    assert ways(make, "talked") == {(me, bo)}
    assert make.read(lambda: queries.my_ties(make.viewer(bo))) == []
    assert make.read(lambda: queries.i_know(make.viewer(me))) == {bo, guest}
    assert make.read(lambda: queries.i_know(make.viewer(bo))) == set()
    assert make.read(lambda: queries.tied_among(bo, [me, guest])) == {me}
    weeks = make.read(lambda: queries.my_weeks(make.viewer(me)))
    assert [met for _week, met in weeks] == [0] * 11 + [1]
    does(make, me, services.unsay_we_talked, other_id=bo)
    does(make, me, services.unsay_known, other_id=bo)
    assert ways(make, "talked") == set() and make.read(lambda: queries.i_know(make.viewer(me))) == {guest}
    with pytest.raises(RuleBroken):
        does(make, me, services.say_we_talked, other_id=me)
    with pytest.raises(NotVisible):
        does(make, guest, services.say_we_talked, other_id=bo)


def test_who_left_counts_no_more_and_cannot_be_said_to_be_known(make: Make, me: int) -> None:
    gone = make.member("Gone Leaver")
    does(make, me, services.say_we_talked, other_id=gone)
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    assert not any(met for _week, met in make.read(lambda: queries.my_weeks(make.viewer(me))))
    assert make.read(lambda: queries.my_ties(make.viewer(me))) == []
    does(make, me, services.say_known, other_ids=[gone])
    assert make.read(lambda: db.session.get(KnownColleague, (me, gone))) is None
    with pytest.raises(NotVisible):
        does(make, me, services.say_we_talked, other_id=gone)


def test_a_tie_changes_with_time_and_days_away_are_kept(make: Make, me: int) -> None:
    bo, start = make.member("Bo Lindgren"), clock.now()
    for days in (0, 14, 28, 42):
        with clock.pinned(start + timedelta(days=days)):
            does(make, me, services.say_we_talked, other_id=bo)

    def state(days: int) -> str:
        with clock.pinned(start + timedelta(days=days)):
            tie = make.read(lambda: queries.my_tie_with(make.viewer(me), bo))
            return tie.state if tie else ""

    assert [state(days) for days in (42, 70, 71, 133)] == ["strong", "strong", "cooling", "dormant"]
    with clock.pinned(start + timedelta(days=50)):
        does(make, bo, people.set_away, until=clock.today() + timedelta(days=30))
    with clock.pinned(start + timedelta(days=60)):  # back sooner
        does(make, bo, people.set_away, until=None)
    spans = make.read(lambda: db.session.scalars(sa.select(AwaySpan)).all())
    assert [(span.until_on - span.from_on).days for span in spans] == [9]
    with clock.pinned(start + timedelta(days=81)):
        make.read(duties.forget_contacts)
    assert [state(days) for days in (71, 80, 81)] == ["strong", "strong", "cooling"]
    with clock.pinned(start + timedelta(days=600)):
        make.read(duties.forget_contacts)
    assert make.read(lambda: db.session.scalars(sa.select(AwaySpan)).all()) == []


def test_a_promise_that_was_kept_is_a_contact_until_it_is_said_not_to_be(make: Make, me: int) -> None:
    bo, day = make.member("Bo Lindgren"), clock.today() + timedelta(days=3)
    giver = make.viewer(bo)
    public_id = make.do(lambda: promises.make_promise(viewer=giver, what="Send the notes", due_on=day, to_id=me))
    promise_id = make.read(lambda: promises.promise_for(giver, public_id)).id
    does(make, bo, promises.done, promise_id=promise_id)
    assert ways(make, "help") == {(me, bo), (bo, me)}
    does(make, me, promises.not_done, promise_id=promise_id)
    assert ways(make, "help") == set()


def test_two_entries_of_one_person_have_the_ties_of_both(make: Make, me: int) -> None:
    bo, twin = make.member("Bo Lindgren"), make.person("Bo L.")
    make.kudos(me, bo)
    does(make, me, services.say_we_talked, other_id=twin)
    make.do(lambda: merging.merge_people(kept_id=bo, gone_id=twin, actor_id=me))
    assert [tie.other_id for tie in make.read(lambda: queries.my_ties(make.viewer(me)))] == [bo]
    assert all_is_well(make)


def test_leaving_out_and_being_erased_leave_nothing(client: Client, make: Make, me: int) -> None:
    bo, cy = make.member("Bo Lindgren"), make.member("Cy Rossi")
    make.kudos(me, bo)
    earlier = min(make.read(lambda: db.session.scalars(sa.select(Person.id)).all()))
    pairs = [(me, bo), (me, cy), (bo, cy), (earlier, me)]

    def bring() -> None:
        found = importing.Contacts()
        found.media.append("email")
        for one, other in pairs:
            found.low.append(min(one, other))
            found.high.append(max(one, other))
            found.at.append(1_900_000_000_000_000)
            found.medium.append(0)
        importing.write(found)

    make.read(bring)
    imported = sa.select(ImportedContact.low_id, ImportedContact.high_id)
    page = client.sign_in(make.email(me)).get("ties.elsewhere")
    page = client.follow(page.submit({"part": "0"}, action="/me/elsewhere"))
    assert "You take no part" in page.main
    assert make.read(lambda: db.session.execute(imported).tuples().all()) == [(bo, cy)]
    assert not make.read(lambda: queries.takes_part(make.viewer(me)))
    client.follow(page.submit({"part": "1"}, action="/me/elsewhere"))
    assert make.read(lambda: queries.takes_part(make.viewer(me)))
    make.read(bring)
    make.do(lambda: erasing.erase_person(person_id=me, actor_id=None))
    for table in (Contact, Tie, KnownColleague, ImportedContactOff):
        assert make.read(lambda table=table: db.session.scalars(sa.select(table)).all()) == []
    assert make.read(lambda: db.session.execute(imported).tuples().all()) == [(bo, cy)]
