"""Two entries of one person made one, and two again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.models import Account
from portal.core import clock
from portal.core.db import Base, db
from portal.core.errors import NotVisible, RuleBroken
from portal.infomercials.models import Infomercial, InfomercialListing
from portal.people import duties, erasing, merging, services
from portal.people.histories import merges
from portal.people.models import Person, PersonListing, PersonMerge
from portal.reel.models import IntroSeen
from portal.teams import services as teams
from portal.teams.models import TeamMember
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def boss(make: Make) -> int:
    make.noise()
    return make.member("Ada Admin", role="admin")


def merged(make: Make, kept: int, gone: int, boss: int) -> int:
    return make.do(lambda: merging.merge_people(kept_id=kept, gone_id=gone, actor_id=boss))


def person(make: Make, person_id: int) -> Person:
    return make.read(lambda: db.session.get_one(Person, person_id))


# What is only written down, what search makes anew from all the rest, with numbers of its own, and what is to be made
# anew.
NOT_COMPARED = (
    "audit_entry", "person_merge", "form_once", "sign_in", "search_item", "search_link", "search_word", "meet_due",
)  # fmt: skip


def everything(but: tuple[str, ...] = NOT_COMPARED) -> dict[str, Any]:
    """Every row of every table, as it can be compared."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in but]
    return {table.name: sorted(repr(tuple(row)) for row in db.session.execute(sa.select(table))) for table in tables}


def test_everything_of_the_other_entry_is_the_kept_ones_and_comes_back_by_undo(make: Make, boss: int) -> None:
    kept, mate = make.member("Gita Rao"), make.member("Mo Mate")
    gone = make.intro(make.member("Gita Rao", external_id="77"))
    make.project("Elm", mate, gone)
    both = make.project("Oak", mate, kept, gone)
    make.do(lambda: _lead(both, gone))
    make.do(lambda: services.set_manager(person_id=mate, manager_id=gone))
    make.do(lambda: services.set_manager(person_id=kept, manager_id=gone))
    make.do(lambda: db.session.add(IntroSeen(person_id=mate, seen_id=gone, at=clock.now())))
    before = make.read(everything)
    merge = merged(make, kept, gone, boss)

    def looks() -> None:
        teams_of = sa.select(TeamMember.team_id).where(TeamMember.person_id == kept)
        assert len(db.session.scalars(teams_of).all()) == 2
        assert db.session.get_one(TeamMember, (both, kept)).is_lead
        assert db.session.get_one(Person, mate).manager_id == kept
        assert db.session.get_one(Person, kept).manager_id is None, "nobody is their own manager"
        assert db.session.get_one(Person, kept).external_id == "77"
        assert db.session.get(Infomercial, kept) and db.session.get(Infomercial, gone) is None
        assert len(db.session.scalars(sa.select(InfomercialListing)).all()) > 2
        assert db.session.get(IntroSeen, (mate, kept))
        for row in db.session.execute(sa.select(PersonListing.person_id)).scalars():
            assert row != gone

    make.read(looks)
    assert make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=boss)) == 0
    after = make.read(everything)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def _lead(team_id: int, person_id: int) -> None:
    db.session.get_one(TeamMember, (team_id, person_id)).is_lead = True


def test_where_both_have_an_intro_the_kept_ones_counts(make: Make, boss: int) -> None:
    kept = make.intro(make.member("Gita Rao"), headline="The kept one.")
    gone = make.intro(make.member("Gita Rao"), headline="The other one.")
    make.read(lambda: None)
    plan = make.read(lambda: merging.plan(kept, gone))
    assert sum(line.stays for line in plan.lines) == 3  # account, intro, draft
    merged(make, kept, gone, boss)
    assert make.read(lambda: db.session.get_one(Infomercial, kept).headline) == "The kept one."
    seen = sa.select(InfomercialListing.person_id).where(InfomercialListing.person_id == gone)
    assert make.read(lambda: db.session.scalar(seen)) is None


def test_whoever_had_no_address_and_no_password_takes_them_over(client: Client, make: Make, boss: int) -> None:
    kept = make.person("Gita Rao", email=None)
    gone = make.member("Gita Rao", email="gita@example.org")
    handle = make.handle(gone)
    client.sign_in("gita@example.org")
    merged(make, kept, gone, boss)
    assert client.raw.get("/").status_code == 303, "the sessions of the entry that is gone ended"
    browser = client.another().sign_in_by_form("gita@example.org")
    assert browser.get("home.me").h1 == "Gita Rao"
    assert browser.raw.get(f"/p/{handle}").headers["Location"].endswith(f"/p/{make.handle(kept)}")
    merge = make.read(lambda: db.session.scalars(sa.select(PersonMerge.id)).one())
    assert make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=boss)) == 0
    assert browser.raw.get("/").status_code == 303
    client.another().sign_in_by_form("gita@example.org").get("home.home")
    assert person(make, kept).email is None
    assert make.read(lambda: db.session.get(Account, kept)) is None


def test_what_cannot_be_merged_is_said(make: Make, boss: int) -> None:
    one, other, third = make.member(), make.member(), make.member()
    guest, left = make.guest(), make.member()
    make.do(lambda: services.mark_left(person_id=left, actor_id=boss))
    erased = make.member()
    make.do(lambda: erasing.erase_person(person_id=erased, actor_id=boss))
    merged(make, one, other, boss)
    for kept, gone, words in (
        (third, third, "one and the same"),
        (third, guest, "guest"),
        (third, erased, "erased"),
        (erased, third, "erased"),
        (third, other, "already"),
        (other, third, "already"),
        (left, third, "left"),
        (third, boss, "last admin"),
    ):
        with pytest.raises(RuleBroken, match=words):
            merged(make, kept, gone, boss)
    with pytest.raises(NotVisible):
        merged(make, third, 10**9, boss)
    assert person(make, boss).merged_into_id is None


def test_what_was_changed_since_stays(make: Make, boss: int) -> None:
    kept, gone, mate = make.member("Gita Rao"), make.member("Gita Rao"), make.member("Mo Mate")
    team = make.project("Elm", mate, gone)
    merge = merged(make, kept, gone, boss)
    viewer = make.viewer(kept)
    make.do(lambda: teams.remove_member(viewer=viewer, team_id=team, person_id=kept))
    assert make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=boss)) > 0
    assert make.read(lambda: db.session.get(TeamMember, (team, gone))) is None
    assert person(make, gone).left_at is None


def test_it_is_undone_once_and_within_a_day_and_the_later_one_first(app: Flask, make: Make, boss: int) -> None:
    a, b, c, d = (make.member(name) for name in ("A One", "B Two", "C Three", "D Four"))
    first = merged(make, b, c, boss)
    second = merged(make, a, b, boss)
    assert person(make, c).merged_into_id == a
    with pytest.raises(RuleBroken, match="that one first"):
        make.do(lambda: merging.undo_merge(merge_id=first, actor_id=boss))
    make.do(lambda: merging.undo_merge(merge_id=second, actor_id=boss))
    with pytest.raises(RuleBroken, match="already"):
        make.do(lambda: merging.undo_merge(merge_id=second, actor_id=boss))
    make.do(lambda: merging.undo_merge(merge_id=first, actor_id=boss))
    assert {person(make, one).merged_into_id for one in (a, b, c)} == {None}
    make.intro(d)
    make.intro(a)
    third = merged(make, a, d, boss)
    with app.app_context(), clock.pinned(clock.now() + timedelta(days=1, minutes=1)):
        with pytest.raises(RuleBroken, match="more than a day"):
            make.do(lambda: merging.undo_merge(merge_id=third, actor_id=boss))
        duties.settle_merges()
    with pytest.raises(NotVisible):
        make.do(lambda: merging.undo_merge(merge_id=10**9, actor_id=boss))
    gone = person(make, d)
    # Whom it means stays, so that the next staff list adds nobody; what it had does not.
    assert (gone.name, gone.merged_into_id, gone.erased_at) == ("D Four", a, None)
    assert make.read(lambda: db.session.get(Account, d)) is None
    assert make.read(lambda: db.session.get_one(PersonMerge, third).moved) is None
    assert [line.may_be_undone for line in make.read(merges)] == [False, False, False]


def test_erasing_the_kept_entry_erases_what_became_part_of_it(make: Make, boss: int) -> None:
    kept, gone = make.member("Gita Rao"), make.member("Gita Schmidt", email="old@example.org")
    merged(make, kept, gone, boss)
    make.do(lambda: erasing.erase_person(person_id=kept, actor_id=boss))
    assert {person(make, one).name for one in (kept, gone)} == {""}
    assert person(make, gone).email is None


def test_whoever_left_meanwhile_does_not_come_back_by_undoing(make: Make, boss: int) -> None:
    kept, gone = make.person("Gita Rao"), make.member("Gita Rao")
    merge = merged(make, kept, gone, boss)
    make.do(lambda: services.mark_left(person_id=kept, actor_id=boss))
    make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=boss))
    assert person(make, gone).left_at is not None and person(make, kept).left_at is not None


def test_a_refused_address_that_takes_mail_again_goes_back_all_the_same(make: Make, boss: int) -> None:
    kept, gone = make.person("Gita Rao", email=None), make.member("Gita Rao", email="gita@x.example")
    make.do(lambda: services.mark_address(person_id=gone, takes_mail=False))
    merge = merged(make, kept, gone, boss)
    make.do(lambda: services.mark_address(person_id=kept, takes_mail=True))
    make.do(lambda: merging.undo_merge(merge_id=merge, actor_id=boss))
    assert (person(make, gone).email, person(make, kept).email) == ("gita@x.example", None)


def test_an_admin_with_a_last_day_is_not_the_one_who_stays(make: Make, boss: int) -> None:
    leaving = make.member("Lea Leaving", role="admin")
    make.do(lambda: services.set_last_day(person_id=leaving, ends_on=clock.today()))
    with pytest.raises(RuleBroken, match="last admin"):
        make.do(lambda: services.mark_left(person_id=boss, actor_id=boss))
