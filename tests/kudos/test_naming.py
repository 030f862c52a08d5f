"""Whom somebody means by what they typed. On both databases."""

from __future__ import annotations

import pytest

from portal.kudos import naming
from portal.people import services as people
from tests.makers import Make


@pytest.fixture
def cast(make: Make) -> dict[str, int]:
    make.noise(1)
    names = ("Maya Cohen", "Hana Kim", "Hana Sato", "Tomás Rivera", "Ben Ode", "李 小龙")
    return {name: make.member(name) for name in names}


def read(make: Make, viewer_id: int, picked: dict[str, str] | None = None, **texts: str) -> naming.Who:
    viewer = make.viewer(viewer_id)
    return make.read(lambda: naming.read(viewer, texts, picked or {}))


def test_names_handles_and_addresses_in_any_order(make: Make, cast: dict[str, int]) -> None:
    maya = cast["Maya Cohen"]
    address = make.email(cast["Ben Ode"])
    who = read(make, maya, did=f"@hana-kim, tomas rivera;{address}\n李 小龙,hana-kim", helped="hana-sato")
    assert [card.name for card in who.people["did"]] == ["Hana Kim", "Tomás Rivera", "Ben Ode", "李 小龙"] or {
        card.name for card in who.people["did"]
    } == {"Hana Kim", "Tomás Rivera", "Ben Ode", "李 小龙"}
    assert [card.name for card in who.people["helped"]] == ["Hana Sato"]
    assert who.is_clear and len(who.everybody) == 5


def test_a_name_of_two_comes_back_as_a_choice(make: Make, cast: dict[str, int]) -> None:
    maya = cast["Maya Cohen"]
    who = read(make, maya, did="Hana, Ben")
    assert [card.name for card in who.people["did"]] == ["Ben Ode"]
    (unclear,) = who.unclear["did"]
    assert {card.name for card in unclear.choices} == {"Hana Kim", "Hana Sato"} and who.unread["did"] == ["Hana"]
    assert not who.is_clear
    chosen = read(make, maya, {unclear.field: "hana-sato"}, did="Hana, Ben")
    assert chosen.is_clear and {card.name for card in chosen.people["did"]} == {"Hana Sato", "Ben Ode"}
    left_out = read(make, maya, {unclear.field: "skip"}, did="Hana, Ben")
    assert left_out.is_clear and [card.name for card in left_out.people["did"]] == ["Ben Ode"]


@pytest.mark.parametrize("text", ["Nobody Atall", "@no-such-handle", "x@nowhere.example", "💐", "a" * 5000])
def test_whom_nobody_knows_is_said(make: Make, cast: dict[str, int], text: str) -> None:
    who = read(make, cast["Maya Cohen"], did=text)
    assert not who.is_clear or not who.everybody
    assert who.everybody == []


def test_a_leaver_is_said_by_address_and_not_known_by_name(make: Make, cast: dict[str, int]) -> None:
    ben = cast["Ben Ode"]
    address = make.email(ben)
    make.do(lambda: people.mark_left(person_id=ben, actor_id=None))
    for text in (address, "Ben Ode", "@ben-ode"):
        who = read(make, cast["Maya Cohen"], did=text)
        assert who.everybody == [] and not who.is_clear


def test_a_team_is_meant_by_its_name_or_address(make: Make, cast: dict[str, int]) -> None:
    maya = cast["Maya Cohen"]
    make.project("Lighthouse Crew", maya, cast["Hana Kim"])
    for text in ("lighthouse crew", "lighthouse-crew", "Lighthouse  Crew"):
        who = read(make, maya, did=text)
        assert who.team is not None and who.team.slug == "lighthouse-crew" and who.is_clear
    assert read(make, maya, did="Ben Ode", helped="Lighthouse Crew").team is None, "a team did it, or nobody"
    outsider = make.guest("Gita Guest")
    assert read(make, outsider, did="lighthouse-crew").team is None
    known = [
        make.read(lambda who=who: naming.team_id_of(make.viewer(who), "lighthouse-crew")) for who in (maya, outsider)
    ]
    assert known[0] and known[1] is None


def test_completing_begins_with_whom_i_share_a_team(make: Make, cast: dict[str, int]) -> None:
    maya = cast["Maya Cohen"]
    make.project("Hanami", maya, cast["Hana Sato"])
    viewer = make.viewer(maya)
    found = make.read(lambda: naming.complete(viewer, "han"))
    assert [card.name for card in found.people] == ["Hana Sato", "Hana Kim"]
    assert [team.name for team in found.teams] == ["Hanami"]
    assert [card.name for card in make.read(lambda: naming.complete(viewer, "cohen")).people] == [], "not oneself"
    assert make.read(lambda: naming.complete(viewer, "  ")).people == []
    assert [card.name for card in make.read(lambda: naming.complete(viewer, "rivera tom")).people] == ["Tomás Rivera"]
    guest = make.viewer(make.guest("Gita Guest"))
    assert make.read(lambda: naming.complete(guest, "hana")) == naming.Completions([], [])


def test_most_of_a_team_offers_all_of_it(make: Make, cast: dict[str, int]) -> None:
    maya = cast["Maya Cohen"]
    others = [cast[name] for name in ("Hana Kim", "Hana Sato", "Tomás Rivera", "Ben Ode")]
    make.project("Lighthouse", maya, *others)
    viewer = make.viewer(maya)

    def offered(*names: str) -> str | None:
        who = read(make, maya, did=", ".join(names))
        team = make.read(lambda: naming.whole_team(viewer, who.everybody))
        return team.name if team else None

    assert offered("Hana Kim", "Hana Sato", "Ben Ode") == "Lighthouse"
    assert offered("Hana Kim", "Hana Sato") is None
    assert offered("Hana Kim", "Hana Sato", "Ben Ode", "Tomás Rivera") is None, "that is all of it"
    assert offered("Hana Kim", "Hana Sato", "Ben Ode", "李 小龙") is None, "somebody else is among them"
