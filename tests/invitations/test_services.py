"""Saying yes, once; what is refused, and what happens at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, events, links
from portal.core.audit import AuditEntry
from portal.core.db import MAX_ID, db
from portal.core.errors import NotVisible, RuleBroken
from portal.invitations import queries, services
from portal.invitations.events import InvitationAccepted
from portal.invitations.models import INVITATION_LASTS, Invitation, nonce_of
from portal.people import services as people
from portal.teams import services as teams
from portal.teams.pasted import Invited
from tests.makers import Make

from .conftest import FAR, HANA, House, guest

NOON = datetime(2030, 5, 20, 12, tzinfo=UTC)


def refused(house: House, token: str, state: str) -> None:
    """It is not good, and trying changes nothing."""
    before = house.people(), house.owed(), [(r.accepted_at, r.withdrawn_at, r.nonce) for r in house.rows()]
    assert house.state(token) == state
    with pytest.raises(RuleBroken):
        house.accept(token)
    after = house.people(), house.owed(), [(r.accepted_at, r.withdrawn_at, r.nonce) for r in house.rows()]
    assert before == after


# ---- yes -------------------------------------------------------------------------------------------------------


def test_a_guest_comes_in(app: Flask, house: House) -> None:
    told: list[object] = []
    events.subscribe(app, [(InvitationAccepted, told.append)])
    house.add(invited=[guest()])
    row = house.row(email=HANA)
    assert house.owed() == [(row.id, 1)]
    hana = house.accept(house.token(email=HANA), "Hana Kim-Lee")
    person = house.person(hana)
    assert (person.name, person.email, person.kind, person.ends_on) == ("Hana Kim-Lee", HANA, "guest", FAR)
    assert house.has_account(hana) and house.is_in(hana)
    assert house.viewer(hana).audience_ids == set(house.sees(hana)) and len(house.sees(hana)) == 1
    row = house.row(email=HANA)
    assert row.accepted_at is not None and row.person_id == hana
    assert house.owed() == []
    assert told == [InvitationAccepted(row.id, hana, house.team)]
    said = house.make.read(lambda: db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).all())
    entry = next(one for one in said if one.code == "invitation_accepted")
    assert (entry.actor_id, entry.subject_id) == (hana, row.id)


def test_a_colleague_comes_in(house: House) -> None:
    house.add(invited=[Invited("Jonas@Example.org")], by=house.priya)
    jonas = house.accept(house.token(email_key="jonas@example.org"), "Jonas Berg")
    person = house.person(jonas)
    assert (person.kind, person.ends_on, person.email) == ("member", None, "Jonas@Example.org")
    assert house.is_in(jonas)


@pytest.mark.parametrize("name", ["김하나", "هناء كيم", "Ōe Kenzaburō", "Nguyễn Thị Hà", "O'Brien", "Ḧäna", "한"])
def test_names_in_any_script(house: House, name: str) -> None:
    house.add(invited=[guest(name=name)])
    token = house.token(email=HANA)
    assert house.make.read(lambda: queries.welcome(token)).suggested == name
    assert house.person(house.accept(token, name)).name == name


def test_a_name_is_guessed_where_only_an_address_was_given(house: House) -> None:
    house.add(invited=[Invited("ada.lovelace@example.org")])
    token = house.token()
    assert house.make.read(lambda: queries.welcome(token)).suggested == "Ada Lovelace"


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200d", "\u3164", "x" * 121])
def test_a_name_that_is_none_leaves_the_link_good(house: House, name: str) -> None:
    house.add(invited=[guest()])
    token = house.token()
    with pytest.raises(RuleBroken) as broken:
        house.accept(token, name)
    assert broken.value.field == "name"
    assert house.state(token) == "open"
    assert len(house.owed()) == 1


def test_somebody_of_the_staff_list_keeps_their_name(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    assert house.is_in(oskar)
    token = house.token(person_id=oskar)
    before = house.people()
    assert house.accept(token, "Somebody Else") == oskar
    assert house.people() == before
    assert house.person(oskar).name == "Oskar Nilsen"
    assert house.has_account(oskar) and house.is_in(oskar)


def test_an_address_that_came_with_the_staff_list_meanwhile(house: House) -> None:
    house.add(invited=[Invited("oskar@example.org", "O.")])
    token = house.token()
    oskar = house.make.person("Oskar Nilsen", email="OSKAR@example.org")
    assert house.accept(token, "O.") == oskar
    assert house.person(oskar).name == "Oskar Nilsen"
    assert house.is_in(oskar)


def test_one_yes_for_several_teams(app: Flask, house: House) -> None:
    told: list[InvitationAccepted] = []
    events.subscribe(app, [(InvitationAccepted, told.append)])
    later = FAR.replace(year=3000)
    house.add(invited=[guest()])
    second = house.start("Harbour", invited=[guest("HANA@y.example", ends_on=later)])
    closed = house.start("Quarry", invited=[guest()])
    with clock.pinned(clock.ago(days=20)):
        stale = house.start("Canal", invited=[guest()])
    other = house.start("Bridge", invited=[guest("ines@y.example")])
    house.close(closed)
    hana = house.accept(house.token(team_id=house.team))
    assert house.is_in(hana) and house.is_in(hana, second)
    assert not house.is_in(hana, closed) and not house.is_in(hana, stale) and not house.is_in(hana, other)
    assert house.person(hana).ends_on == later, "the last of the days they were asked for"
    accepted = {row.team_id for row in house.rows() if row.accepted_at is not None}
    assert accepted == {house.team, second, closed}
    assert {event.team_id for event in told} == accepted
    assert {subject for subject, _o in house.owed()} == {house.row(team_id=t).id for t in (stale, other)}
    refused(house, house.token(team_id=second), "used")
    assert house.state(house.token(team_id=other)) == "open"


def test_an_invitation_without_a_team(house: House) -> None:
    def write() -> int:
        now = clock.now()
        row = Invitation(
            email="jo@example.org",
            email_key="jo@example.org",
            invited_by_id=house.lead,
            nonce=nonce_of(None, 1),
            created_at=now,
            sent_at=now,
        )
        db.session.add(row)
        db.session.flush()
        return row.id

    number = house.make.do(write)
    house.send_again(house.lead, number)
    with pytest.raises(NotVisible):
        house.send_again(house.priya, number)
    house.send_again(house.priya, number, "admin", "member")
    jo = house.accept(house.token(), "Jo")
    assert house.has_account(jo) and house.sees(jo) == []


# ---- no --------------------------------------------------------------------------------------------------------


def test_a_link_works_once(house: House) -> None:
    house.add(invited=[guest()])
    token = house.token()
    house.accept(token)
    refused(house, token, "used")


def test_a_link_works_for_14_days(house: House) -> None:
    with clock.pinned(NOON):
        house.add(invited=[guest()])
        token = house.token()
    with clock.pinned(NOON + INVITATION_LASTS):
        refused(house, token, "expired")
    with clock.pinned(NOON + INVITATION_LASTS - timedelta(microseconds=1)):
        assert house.state(token) == "open"
        assert house.is_in(house.accept(token))


def test_every_link_before_the_last_is_known_for_what_it_was(house: House) -> None:
    house.add(invited=[guest()])
    number, tokens = house.row().id, [house.token()]
    for _ in range(3):
        house.send_again(house.lead, number)
        tokens.append(house.token())
    assert len(set(tokens)) == 4
    for token in tokens[:-1]:
        refused(house, token, "renewed")
    hana = house.accept(tokens[-1])
    assert house.is_in(hana)
    assert {house.state(token) for token in tokens} == {"used"}


def test_what_never_was_a_link(house: House) -> None:
    house.add(invited=[guest(), guest("ines@y.example")])
    first, second = house.rows()
    good = house.token(id=first.id)
    made_up = [
        "",
        "x",
        good[:-1],
        good + "0",
        good.upper() if good.upper() != good else good + "F",
        f"{second.id}-{good.partition('-')[2]}",
        f"{first.id}-{'0' * 40}",
        f"{MAX_ID}-{'0' * 40}",
        f"{MAX_ID + 1}-{'0' * 40}",
        f"0-{'0' * 40}",
        house.make.read(lambda: links.token_for("join", first.id, first.nonce)),
        house.make.read(lambda: links.token_for("welcome", first.id, nonce_of(first.nonce, 2))),
        house.make.read(lambda: links.token_for("welcome", first.id, nonce_of(first.nonce, 0))),
        house.make.read(lambda: links.token_for("welcome", first.id, "")),
    ]
    for token in made_up:
        with pytest.raises(NotVisible):
            house.state(token)
        with pytest.raises(NotVisible):
            house.accept(token)
    assert house.state(good) == "open"


def test_an_address_that_has_an_account_by_now(house: House) -> None:
    house.add(invited=[Invited("oskar@example.org")])
    token = house.token()
    oskar = house.make.member("Oskar Nilsen", email="oskar@example.org")
    refused(house, token, "account")
    assert not house.is_in(oskar)
    viewer = house.viewer(oskar)
    assert house.make.do(lambda: services.join(viewer=viewer, token=token)) == house.team
    assert house.is_in(oskar)
    refused(house, token, "used")


def test_only_whose_invitation_it_is_joins_with_it(house: House) -> None:
    house.add(invited=[Invited("oskar@example.org")])
    token = house.token()
    oskar = house.make.member("Oskar Nilsen", email="oskar@example.org")
    for other in (house.priya, house.lead):
        viewer = house.viewer(other)
        with pytest.raises(NotVisible):
            house.make.do(lambda v=viewer: services.join(viewer=v, token=token))  # type: ignore[misc]
    viewer = house.viewer(oskar)
    house.withdraw(house.lead, house.row().id)
    with pytest.raises(RuleBroken):
        house.make.do(lambda: services.join(viewer=viewer, token=token))
    assert not house.is_in(oskar)


def test_a_link_of_nobody_here_yet_is_joined_by_nobody_signed_in(house: House) -> None:
    house.add(invited=[guest()])
    token, viewer = house.token(), house.viewer(house.make.member("Ines Other"))
    with pytest.raises(NotVisible):
        house.make.do(lambda: services.join(viewer=viewer, token=token))


def test_the_same_person_by_two_addresses(house: House) -> None:
    """The second link stays what it is: nothing is lost, and nothing is decided for them."""
    house.add(invited=[guest(), guest("hana.kim@y.example")])
    hana = house.accept(house.token(email=HANA))
    other, viewer = house.token(email="hana.kim@y.example"), house.viewer(hana)
    with pytest.raises(NotVisible):
        house.make.do(lambda: services.join(viewer=viewer, token=other))
    assert house.state(other) == "open"


def test_a_leaver(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    token = house.token()
    house.make.do(lambda: people.mark_left(person_id=oskar, actor_id=None))
    refused(house, token, "withdrawn")
    assert not house.has_account(oskar)


def test_somebody_whose_last_day_has_passed(house: House) -> None:
    last = clock.today() + timedelta(days=1)
    ines = house.make.person("Ines", email="ines@y.example", kind="guest", ends_on=last)
    house.add(ines, invited=[guest(ends_on=last)])
    tokens = [house.token(person_id=ines), house.token(email=HANA)]
    with clock.pinned(clock.now() + timedelta(days=3)):
        for token in tokens:
            refused(house, token, "gone")
    for token in tokens:
        assert house.state(token) == "open"


def test_a_closed_team(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    ines = house.make.person("Ines", email="ines@y.example", kind="guest")
    house.add(oskar, ines, invited=[guest(), Invited("jo@example.org")])
    staff, one, other, address = (
        house.token(person_id=oskar),
        house.token(person_id=ines),
        house.token(email=HANA),
        house.token(email="jo@example.org"),
    )
    house.close()
    for token in (one, other, address):
        refused(house, token, "closed")
    assert {subject for subject, _o in house.owed()} == {house.row(person_id=oskar).id}
    assert house.accept(staff) == oskar, "who works here gets an account all the same"
    assert house.has_account(oskar)
    house.reopen()
    assert house.is_in(house.accept(other)), "the link stayed"


# ---- at the same moment ------------------------------------------------------------------------------------------


def at_once(*works: Callable[[], object]) -> list[str]:
    """What became of each: "done", or the name of what it raised."""
    gate, results = threading.Barrier(len(works)), [""] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
            results[place] = "done"
        except Exception as error:
            results[place] = type(error).__name__

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_at_once_with_the_same_link(house: House) -> None:
    house.add(invited=[guest()])
    token, before = house.token(), house.people()
    results = at_once(*[lambda: house.accept(token)] * 4)
    assert sorted(results) == ["RuleBroken"] * 3 + ["done"]
    assert house.people() == before + 1
    assert house.state(token) == "used"


def test_two_links_of_one_address_at_once(house: House) -> None:
    house.add(invited=[guest()])
    second = house.start("Harbour", invited=[guest()])
    tokens, before = [house.token(team_id=house.team), house.token(team_id=second)], house.people()
    results = at_once(*[lambda t=token: house.accept(t) for token in tokens])  # type: ignore[misc]
    assert sorted(results) == ["RuleBroken", "done"]
    assert house.people() == before + 1
    hana = house.rows()[0].person_id
    assert hana and house.is_in(hana) and house.is_in(hana, second)


def test_sending_again_while_it_is_accepted(house: House) -> None:
    house.add(invited=[guest()])
    token, number = house.token(), house.row().id
    accepted, sent = at_once(lambda: house.accept(token), lambda: house.send_again(house.lead, number))
    assert sorted([accepted, sent]) == ["RuleBroken", "done"]
    assert (house.row().accepted_at is not None) == (accepted == "done")
    assert len(house.owed()) == (1 if sent == "done" else 0)


def test_closing_while_somebody_comes_in(house: House) -> None:
    house.add(invited=[guest()])
    token, before = house.token(), house.people()
    accepted, closed = at_once(lambda: house.accept(token), house.close)
    assert closed == "done"
    if accepted == "done":
        assert house.people() == before + 1 and house.is_in(house.row().person_id or 0)
        assert house.sees(house.row().person_id or 0) == [], "a guest of a closed team sees nobody"
    else:
        assert (accepted, house.people(), house.state(token)) == ("RuleBroken", before, "closed")


def test_leaving_while_the_link_is_used(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    token = house.token()
    accepted, left = at_once(
        lambda: house.accept(token),
        lambda: house.make.do(lambda: people.mark_left(person_id=oskar, actor_id=None)),
    )
    assert left == "done" and accepted in ("done", "RuleBroken")
    assert not house.is_in(oskar) and house.sees(oskar) == []
    assert house.has_account(oskar) == (accepted == "done")


def test_being_taken_out_while_the_link_is_used(house: House) -> None:
    oskar = house.make.person("Oskar Nilsen", email="oskar@example.org")
    house.add(oskar)
    token, viewer = house.token(), house.viewer(house.lead)
    accepted, out = at_once(
        lambda: house.accept(token),
        lambda: house.make.do(lambda: teams.remove_member(viewer=viewer, team_id=house.team, person_id=oskar)),
    )
    assert out == "done" and accepted in ("done", "RuleBroken")
    assert house.state(token) == ("used" if accepted == "done" else "withdrawn")


def test_inviting_the_same_address_twice_at_once(house: House) -> None:
    at_once(
        lambda: house.add(invited=[guest()]),
        lambda: house.add(invited=[guest()]),
        lambda: house.add(invited=[guest()]),
    )
    assert len(house.rows()) == 1
    assert len(house.owed()) == 1


# ---- sending again, taking back ------------------------------------------------------------------------------------


def test_sending_again_begins_anew(house: House) -> None:
    with clock.pinned(NOON):
        house.add(invited=[guest()])
        old, number = house.token(), house.row().id
    with clock.pinned(NOON + timedelta(days=20)):
        house.send_again(house.lead, number)
        new = house.token()
        assert house.owed() == [(number, 2)], "the mail with the dead link is not owed any more"
        row = house.row()
        assert (row.times_sent, row.sent_at, row.created_at) == (2, NOON + timedelta(days=20), NOON)
    with clock.pinned(NOON + timedelta(days=33)):
        assert (house.state(old), house.state(new)) == ("renewed", "open")


def test_a_withdrawn_link_is_dead(house: House) -> None:
    house.add(invited=[guest()])
    token, number = house.token(), house.row().id
    house.withdraw(house.lead, number)
    assert house.owed() == []
    refused(house, token, "withdrawn")
    house.withdraw(house.lead, number)
    with pytest.raises(RuleBroken):
        house.send_again(house.lead, number)
    refused(house, token, "withdrawn")
    house.add(invited=[guest()])
    assert house.is_in(house.accept(house.token(withdrawn_at=None))), "but they may be invited anew"


def test_who_is_in_is_neither_sent_anything_nor_taken_back(house: House) -> None:
    house.add(invited=[guest()])
    house.accept(house.token())
    for act in (house.send_again, house.withdraw):
        with pytest.raises(RuleBroken, match="They are in already"):
            act(house.lead, house.row().id)
    assert house.row().accepted_at is not None and house.owed() == []


def test_whose_invitations_they_are(house: House) -> None:
    """Whoever invited, the leads of the team and the admins; for all others there is none."""
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    bo = house.make.member("Bo Lindgren")
    ines = house.make.guest("Ines")
    house.add(bo, ines)
    outside = house.make.member("Ada Okoye")
    number = house.row().id
    for act in (house.send_again, house.withdraw):
        for other in (bo, ines, outside):
            with pytest.raises(NotVisible):
                act(other, number)
        for wrong in (0, -1, number + 1, MAX_ID, MAX_ID + 1):
            with pytest.raises(NotVisible):
                act(house.lead, wrong)
    for times, (who, roles) in enumerate(
        ((house.priya, ()), (house.lead, ()), (outside, ("admin", "member"))), start=2
    ):
        house.send_again(who, number, *roles)
        assert house.row().times_sent == times
        assert house.row().invited_by_id == house.priya
    house.withdraw(outside, number, "admin", "member")
    assert house.row().withdrawn_at is not None
    codes = house.make.read(lambda: list(db.session.scalars(sa.select(AuditEntry.code))))
    assert codes.count("invitation_sent_again") == 3 and codes.count("invitation_withdrawn") == 1


def test_a_guest_manages_nothing_even_what_they_sent_before(house: House) -> None:
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    with pytest.raises(NotVisible):
        house.send_again(house.priya, house.row().id, "guest")


def test_whoever_sends_it_again_for_somebody_who_is_gone_invites_now(house: House) -> None:
    house.add(invited=[Invited("jo@example.org")], by=house.priya)
    house.make.do(lambda: people.mark_left(person_id=house.priya, actor_id=None))
    assert house.state(house.token()) == "open", "it was the team's invitation"
    house.send_again(house.lead, house.row().id)
    assert house.row().invited_by_id == house.lead


def test_what_is_not_sent_again(house: House) -> None:
    last = clock.today() + timedelta(days=1)
    ines = house.make.person("Ines", email="ines@y.example", kind="guest", ends_on=last)
    house.add(ines, invited=[guest(ends_on=last), guest("jo@y.example")])
    with clock.pinned(clock.now() + timedelta(days=3)):
        for which in ({"person_id": ines}, {"email": HANA}):
            with pytest.raises(RuleBroken):
                house.send_again(house.lead, house.row(**which).id)
    house.close()
    with pytest.raises(RuleBroken, match="closed"):
        house.send_again(house.lead, house.row(email="jo@y.example").id)
    house.withdraw(house.lead, house.row(email="jo@y.example").id)
    assert [row.times_sent for row in house.rows()] == [1, 1, 1]


def test_nonces_never_repeat(make: Make) -> None:
    first, second = nonce_of(None, 1), nonce_of(None, 1)
    assert first != second
    assert nonce_of(first, 2) == first.removesuffix(".1") + ".2"
    row = Invitation(id=7, nonce=nonce_of(first, 200), times_sent=200)

    def fits(number: int) -> bool:
        return row.once_fitted(links.token_for("welcome", 7, nonce_of(first, number)))

    assert make.read(lambda: [fits(n) for n in (200, 199, 150, 149)]) == [False, True, True, False]
