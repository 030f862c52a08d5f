"""Adding, renaming, importing and leaving: the rules of people, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.people import queries, services
from portal.people.events import PersonChanged
from portal.people.models import OPTIONAL, Department, OldHandle, Person, PersonListing
from portal.people.services import Details
from tests.makers import Make

NOTHING_SAID = Details(
    name="Priya Raman",
    preferred_name=None,
    pronouns=None,
    say_name=None,
    place_detail=None,
    time_zone=None,
    languages=[],
    working_days=[],
    links=[],
    reach_me_by=None,
    hue=None,
    shown=dict.fromkeys(OPTIONAL, "everyone"),
)


def change(make: Make, person_id: int, version: int | None = None, **said: Any) -> int:
    viewer = make.viewer(person_id)
    return make.do(
        lambda: services.change_details(viewer=viewer, details=replace(NOTHING_SAID, **said), version=version)
    )


def person(make: Make, person_id: int) -> Person:
    return make.read(lambda: db.session.get_one(Person, person_id))


def listings(make: Make, person_id: int) -> dict[int, dict[str, Any]]:
    """Per audience, what it sees."""
    query = sa.select(PersonListing.audience_id, PersonListing.shown).where(PersonListing.person_id == person_id)
    return make.read(lambda: {row.audience_id: row.shown for row in db.session.execute(query)})


# ---- adding ------------------------------------------------------------------------------------------------


def test_handles_of_people_with_one_name_are_counted(make: Make) -> None:
    ids = [make.person("Priya Raman") for _ in range(3)]
    assert [make.handle(i) for i in ids] == ["priya-raman", "priya-raman-2", "priya-raman-3"]
    assert make.handle(make.person("Priyá RAMAN")) == "priya-raman-4"
    assert make.handle(make.person("Priya Ramanathan")) == "priya-ramanathan"


def test_two_with_a_reserved_name(make: Make) -> None:
    assert [make.handle(make.person("New")) for _ in range(2)] == ["new-1", "new-1-2"]


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_nobody_is_added_without_a_name(make: Make, name: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.add_person(name=name, email=None))
    assert broken.value.field == "name"


def test_a_name_of_120_characters_and_one_more(make: Make) -> None:
    assert len(person(make, make.person("ä" * 120)).name) == 120
    with pytest.raises(RuleBroken) as broken:
        make.person("ä" * 121)
    assert (broken.value.field, broken.value.message) == ("name", "1 character over")
    with pytest.raises(RuleBroken, match="3 characters over"):
        make.person("ä" * 123)


def test_an_address_belongs_to_one_person_in_any_case(make: Make) -> None:
    make.person("Ada", email="Ada@Example.org")
    with pytest.raises(RuleBroken) as broken:
        make.person("Other", email="aDA@example.ORG")
    assert broken.value.field == "email"
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(Person.id)))) == 1, "nothing was written"


def test_people_without_an_address(make: Make) -> None:
    first = make.do(lambda: services.add_person(name="A", email=None))
    second = make.do(lambda: services.add_person(name="B", email=None))
    assert first != second


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.org"])
def test_what_is_no_address_is_refused(make: Make, email: str) -> None:
    with pytest.raises(RuleBroken) as broken:
        make.person("Ada", email=email)
    assert broken.value.field == "email"


def test_a_guest_needs_an_end(make: Make) -> None:
    with pytest.raises(RuleBroken) as broken:
        make.do(lambda: services.add_person(name="G", email=None, kind="guest"))
    assert broken.value.field == "ends_on"


def test_the_last_day_moves_wherever_they_are_listed(app: Flask, make: Make) -> None:
    told: list[Any] = []
    app.extensions["hallway.events"][PersonChanged].append(told.append)
    guest, mate = make.person("Gita", kind="guest", ends_on=date(2027, 1, 20)), make.person("Ada")
    make.team(guest, mate)
    make.team(guest)

    def listed(person_id: int) -> list[date]:
        found = sa.select(PersonListing.listed_until).where(PersonListing.person_id == person_id)
        return make.read(lambda: list(db.session.scalars(found)))

    def until(person_id: int, day: date | None) -> None:
        make.do(lambda: services.set_last_day(person_id=person_id, ends_on=day))

    before = listed(guest)
    assert len(before) > 2
    until(guest, date(2027, 3, 1))
    assert (person(make, guest).ends_on, listed(guest)) == (date(2027, 3, 1), [date(2027, 3, 1)] * len(before))
    assert told == [PersonChanged(guest)]
    with pytest.raises(RuleBroken) as broken:
        until(guest, None)
    assert broken.value.field == "ends_on"
    with pytest.raises(NotVisible):
        until(999_999, date(2027, 3, 1))
    assert (person(make, guest).ends_on, told) == (date(2027, 3, 1), [PersonChanged(guest)])
    for day, seen in ((date(2027, 2, 1), date(2027, 2, 1)), (None, date.max)):
        until(mate, day)
        assert (person(make, mate).ends_on, set(listed(mate))) == (day, {seen}), "whoever works here may stay"
    make.do(lambda: services.mark_left(person_id=guest, actor_id=None))
    until(guest, date(2027, 4, 1))
    assert listed(guest) == [], "a leaver stays away"


def test_departments_and_places_are_one_in_any_spelling(make: Make) -> None:
    for name in ("Data", "DATA", "data", "Dáta"):
        make.person(name, department=name, place=name)
    assert make.read(lambda: db.session.scalars(sa.select(Department.name)).all()) == ["Data"]


def test_a_colour_that_is_none_is_left_out(make: Make) -> None:
    assert person(make, make.person("A", hue="mauve")).hue is None
    assert person(make, make.person("A", hue="coral")).hue == "coral"


def test_ids_are_never_used_again(make: Make) -> None:
    gone = make.person("Ada")
    make.do(lambda: db.session.execute(sa.delete(Person).where(Person.id == gone)))
    assert make.person("Bo") > gone


# ---- renaming ----------------------------------------------------------------------------------------------


def test_an_old_handle_leads_to_its_person(make: Make) -> None:
    me, colleague = make.member("Priya Raman"), make.member("Bo")
    change(make, me, name="Priya Nair")
    assert make.handle(me) == "priya-nair"
    viewer = make.viewer(colleague)
    assert make.read(lambda: queries.handle_today(viewer, "priya-raman")) == "priya-nair"
    with pytest.raises(NotVisible):
        make.read(lambda: queries.profile(viewer, "priya-raman"))


def test_an_old_handle_is_never_anybody_elses(make: Make) -> None:
    change(make, make.person("Priya Raman"), name="Priya Nair")
    assert make.handle(make.person("Priya Raman")) == "priya-raman-2"


def test_going_back_gives_the_handle_back(make: Make) -> None:
    me = make.person("Priya Raman")
    for name in ("Priya Nair", "Priya Raman", "Priya Nair", "Priya Raman"):
        change(make, me, name=name)
    assert make.handle(me) == "priya-raman"
    assert make.read(lambda: db.session.scalars(sa.select(OldHandle.handle)).all()) == ["priya-nair"]


def test_a_change_of_letters_that_leaves_the_handle_alone(make: Make) -> None:
    make.person("Zoe Muller")
    me = make.person("Zoe Muller")
    change(make, me, name="Zoë Müller")
    assert make.handle(me) == "zoe-muller-2"
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count(OldHandle.handle)))) == 0


def test_old_handles_are_hidden_as_their_people_are(make: Make) -> None:
    me, guest = make.member("Priya Raman"), make.guest("G")
    change(make, me, name="Priya Nair")
    viewer = make.viewer(guest)
    with pytest.raises(NotVisible):
        make.read(lambda: queries.handle_today(viewer, "priya-raman"))
    make.team(me, guest)
    viewer = make.viewer(guest)
    assert make.read(lambda: queries.handle_today(viewer, "priya-raman")) == "priya-nair"


def test_renamed_people_are_found_by_the_new_name(make: Make) -> None:
    me, colleague = make.member("Priya Raman"), make.member("Bo")
    change(make, me, name="Nandini Rao")
    viewer = make.viewer(colleague)
    assert [c.id for c in make.read(lambda: queries.directory(viewer, q="nandini")).items] == [me]
    assert make.read(lambda: queries.directory(viewer, q="priya")).items == []


# ---- details -----------------------------------------------------------------------------------------------


def test_every_detail_is_kept(make: Make) -> None:
    make.noise()
    me = make.person("Priya Raman", place="Utrecht")
    said: dict[str, Any] = {
        "preferred_name": "Pri",
        "pronouns": "she or they",
        "say_name": "PREE-yah",
        "place_detail": "3rd floor",
        "time_zone": "Asia/Kolkata",
        "languages": ["English", "தமிழ்"],
        "working_days": ["fri", "mon", "mon"],
        "reach_me_by": "Chat",
        "hue": "iris",
    }
    change(make, me, version=0, **said, links=[{"label": "Code", "url": "example.org/me"}])
    kept = person(make, me)
    assert {name: getattr(kept, name) for name in said} == said | {"working_days": ["mon", "fri"]}
    assert kept.links == [{"label": "Code", "url": "https://example.org/me"}]
    assert kept.version == 1


def test_emptied_details_are_gone(make: Make) -> None:
    me = make.person("Priya Raman")
    change(make, me, pronouns="she", reach_me_by="Chat", links=[{"label": "", "url": "a.example"}])
    change(make, me, pronouns="", reach_me_by="")
    kept = person(make, me)
    assert (kept.pronouns, kept.reach_me_by, kept.links) == (None, None, [])
    assert list(listings(make, me).values()) == [{}]


def test_another_tabs_save_is_not_overwritten(make: Make) -> None:
    me = make.person("Priya Raman")
    assert change(make, me, version=0, pronouns="she") == me
    with pytest.raises(RuleBroken, match="another tab"):
        change(make, me, version=0, pronouns="they")
    assert person(make, me).pronouns == "she"
    change(make, me, version=1, pronouns="they")
    assert person(make, me).pronouns == "they"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"working_days": ["mon", "someday"]}, "working_days"),
        ({"hue": "mauve"}, "hue"),
        ({"shown": {"place": "managers"}}, ""),
        ({"shown": {"name": "nobody"}}, ""),
        ({"links": [{"label": "x", "url": "javascript://%0aalert(1)"}]}, "links"),
        ({"links": [{"label": "x", "url": "ftp://example.org"}]}, "links"),
        ({"links": [{"label": "x", "url": "data://text/html,x"}]}, "links"),
        ({"links": [{"label": "x", "url": "https://"}]}, "links"),
        ({"links": [{"label": "x", "url": "https://["}]}, "links"),
        ({"links": [{"label": "x", "url": "https://a℀b"}]}, "links"),
        ({"links": [{"label": "x", "url": "mailto:"}]}, "links"),
        ({"links": [{"label": str(n), "url": f"https://{n}.example"} for n in range(6)]}, "links"),
        ({"links": [{"label": "x", "url": "https://example.org/" + "x" * 600}]}, "links"),
        ({"links": [{"label": "x" * 100, "url": "https://example.org/"}]}, "links"),
    ],
)
def test_refused_details_change_nothing(make: Make, said: dict[str, Any], field: str) -> None:
    me = make.person("Priya Raman")
    with pytest.raises(RuleBroken) as broken:
        change(make, me, **({"pronouns": "she"} | said))
    assert broken.value.field == field
    assert (person(make, me).pronouns, person(make, me).version) == (None, 0)


@pytest.mark.parametrize(
    ("label", "url", "kept"),
    [
        ("Code", "https://example.org/me", {"label": "Code", "url": "https://example.org/me"}),
        ("", "example.org/me", {"label": "example.org", "url": "https://example.org/me"}),
        ("", "mailto:a@b.example", {"label": "a@b.example", "url": "mailto:a@b.example"}),
        ("x", "HTTP://Example.org", {"label": "x", "url": "HTTP://Example.org"}),
        # No scheme but one of ours: whatever it looks like, it opens nothing but https.
        ("x", "javascript:alert(1)", {"label": "x", "url": "https://javascript:alert(1)"}),
    ],
)
def test_links(make: Make, label: str, url: str, kept: dict[str, str]) -> None:
    me = make.person("Priya Raman")
    change(make, me, links=[{"label": label, "url": url}])
    assert person(make, me).links == [kept]


def test_a_locked_name_is_changed_in_the_staff_list_alone(make: Make) -> None:
    make.staff_list("id,name,email\n1,Priya Raman,priya@example.org\n")
    me = make.read(lambda: queries.id_of_email("priya@example.org"))
    assert me
    with pytest.raises(RuleBroken) as broken:
        change(make, me, name="Somebody Else")
    assert broken.value.field == "name"
    change(make, me, pronouns="she")
    assert person(make, me).pronouns == "she"


def test_somebody_deleted_meanwhile(make: Make) -> None:
    me = make.person("Priya Raman")
    viewer = make.viewer(me)
    make.do(lambda: db.session.execute(sa.delete(Person).where(Person.id == me)))
    with pytest.raises(NotVisible):
        make.do(lambda: services.change_details(viewer=viewer, details=NOTHING_SAID))


# ---- away --------------------------------------------------------------------------------------------------


def away(make: Make, person_id: int, until: date | None, stand_in_id: int | None = None) -> None:
    viewer = make.viewer(person_id)
    make.do(lambda: services.set_away(viewer=viewer, until=until, stand_in_id=stand_in_id))


def test_away_until_and_who_stands_in(make: Make) -> None:
    me, other = make.person("Priya Raman"), make.person("Bo")
    away(make, me, clock.today() + timedelta(days=3), other)
    viewer = make.viewer(other)
    profile = make.read(lambda: queries.profile(viewer, "priya-raman"))
    assert profile.card.away_until == clock.today() + timedelta(days=3)
    assert profile.stand_in
    assert profile.stand_in.id == other


def test_away_ends_by_itself(make: Make) -> None:
    me, other = make.person("Priya Raman", place="Utrecht", place_time_zone="UTC"), make.person("Bo")
    until = clock.today()
    away(make, me, until, other)
    viewer = make.viewer(other)
    assert make.read(lambda: queries.profile(viewer, "priya-raman")).stand_in, "the last day counts"
    with clock.pinned(clock.now() + timedelta(days=1)):
        profile = make.read(lambda: queries.profile(viewer, "priya-raman"))
    assert (profile.card.away_until, profile.stand_in) == (None, None)


def test_back_before_the_day(make: Make) -> None:
    me, other = make.person("Priya Raman"), make.person("Bo")
    away(make, me, clock.today() + timedelta(days=3), other)
    away(make, me, None)
    assert (person(make, me).away_until, person(make, me).stand_in_id) == (None, None)


def test_away_days_and_people_that_cannot_be(make: Make) -> None:
    me, other = make.person("Priya Raman"), make.person("Bo Lindgren")
    soon = clock.today() + timedelta(days=9)
    away(make, other, soon)
    for until, stand_in, field in (
        (clock.today() - timedelta(days=2), None, "until"),
        (clock.today() + timedelta(days=400), None, "until"),
        (date.max, None, "until"),
        (soon, me, "stand_in"),
        (soon, other, "stand_in"),
    ):
        with pytest.raises(RuleBroken) as broken:
            away(make, me, until, stand_in)
        assert broken.value.field == field
    assert person(make, me).away_until is None


def test_today_is_the_day_where_they_are(make: Make) -> None:
    me = make.person("Priya Raman", place="Kiritimati", place_time_zone="Pacific/Kiritimati")
    noon = clock.now().replace(hour=12)
    with clock.pinned(noon), pytest.raises(RuleBroken):
        away(make, me, noon.date())  # there it is the next day already
    with clock.pinned(noon):
        away(make, me, noon.date() + timedelta(days=1))


def test_a_stand_in_who_is_hidden_is_not_shown(make: Make) -> None:
    me, other, guest = make.person("Priya Raman"), make.person("Bo"), make.guest("G")
    make.team(me, guest)
    away(make, me, clock.today() + timedelta(days=3), other)
    viewer = make.viewer(guest)
    assert make.read(lambda: queries.profile(viewer, "priya-raman")).stand_in is None


def test_a_stand_in_who_left_is_not_shown(make: Make) -> None:
    me, other = make.person("Priya Raman"), make.person("Bo")
    away(make, me, clock.today() + timedelta(days=3), other)
    make.do(lambda: services.mark_left(person_id=other, actor_id=None))
    viewer = make.viewer(make.person("Chi"))
    profile = make.read(lambda: queries.profile(viewer, "priya-raman"))
    assert profile.card.away_until
    assert profile.stand_in is None


# ---- leaving -----------------------------------------------------------------------------------------------


def test_a_leaver_is_listed_nowhere(make: Make) -> None:
    noise = make.noise()
    me = make.member("Priya Raman")
    make.team(me, noise[0])
    make.do(lambda: services.mark_left(person_id=me, actor_id=noise[1]))
    viewer = make.viewer(noise[0])
    assert listings(make, me) == {}
    assert make.read(lambda: queries.directory(viewer, q="priya")).items == []
    assert make.read(lambda: queries.cards(viewer, [me])) == []
    assert make.read(lambda: queries.id_of_handle(viewer, "priya-raman")) is None
    with pytest.raises(NotVisible):
        make.read(lambda: queries.profile(viewer, "priya-raman"))


def test_a_leaver_stays_unlisted_whatever_team_they_are_in(make: Make) -> None:
    me = make.member("Priya Raman")
    make.do(lambda: services.mark_left(person_id=me, actor_id=None))
    make.team(me)
    assert listings(make, me) == {}


def test_leaving_is_in_the_audit_by_ids(make: Make) -> None:
    me, admin = make.person("Priya Raman"), make.person("Bo")
    make.do(lambda: services.mark_left(person_id=me, actor_id=admin))
    query = sa.select(AuditEntry).where(AuditEntry.code == "person_left")
    entry = make.read(lambda: db.session.scalars(query).one())
    assert (entry.actor_id, entry.subject_id) == (admin, me)


def test_a_manager_is_shown_to_those_who_may_see_them(make: Make) -> None:
    me, manager, guest = make.person("Priya Raman"), make.person("Bo"), make.guest("G")
    make.do(lambda: services.set_manager(person_id=me, manager_id=manager))
    make.team(me, guest)
    viewer = make.viewer(manager)
    found = make.read(lambda: queries.profile(viewer, "priya-raman")).manager
    assert found
    assert found.id == manager
    viewer = make.viewer(guest)
    assert make.read(lambda: queries.profile(viewer, "priya-raman")).manager is None


# ---- both databases ----------------------------------------------------------------------------------------


def test_what_is_written_reads_the_same_on_both_databases(app: Flask, make: Make) -> None:
    name = "𝔘nicode 😀 \u200dname \U0010ffff"
    me = make.person(name)
    change(make, me, name=name, pronouns="\u2028 \ufeff ¯\\_(ツ)_/¯ ' \" % _ \\")
    assert person(make, me).name == name
    assert person(make, me).pronouns == "\u2028 \ufeff ¯\\_(ツ)_/¯ ' \" % _ \\"
