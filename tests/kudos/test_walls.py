"""Which thanks stand in a list: those that its reader may see, whatever newer ones there are besides."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.errors import NotVisible, RuleBroken
from portal.goals import services as goals
from portal.kudos import meetings, services, walls
from portal.kudos.services import Thanks
from tests.client import Client
from tests.makers import Make

WHY = "You stayed until every import was green."


@pytest.fixture
def make(sqlite_make: Make) -> Make:
    return sqlite_make


@pytest.fixture
def client(sqlite_client: Client) -> Client:
    return sqlite_client


def test_newer_ones_that_are_hidden_take_no_place(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is filled with what its reader sees, so each query asks for that itself and not only the last one."""
    make.noise(1)
    hana, tomas, ben = (make.member(name) for name in ("Hana Kim", "Tomás Rivera", "Ben Ode"))
    guest = make.guest("Gita Rao")
    elm, oak = make.project("Elm", hana, tomas, ben, guest), make.project("Oak", hana, tomas)
    wide = make.kudos(hana, tomas, why="Everybody of the house may read this.", team_id=elm)
    inside = make.kudos(hana, tomas, why="The people of Elm may read this.", team_id=elm, shown_to="team")
    make.kudos(hana, tomas, why="The people of Oak may read this.", team_id=oak, shown_to="team")
    make.kudos(hana, tomas, why="Everybody may read this as well.", team_id=elm)
    make.kudos(hana, tomas, why="Only the two of us may read this.", shown_to="us")
    theirs, others = make.viewer(guest), make.viewer(ben)

    def first(page: object) -> list[str]:
        return [one.public_id for one in page.items]  # type: ignore[attr-defined]

    for tab in ("everyone", "teams"):
        assert make.read(lambda tab=tab: first(walls.wall(theirs, tab=tab, size=1))) == [inside]  # type: ignore[misc]
    found = make.read(lambda: [one.why for one in walls.thanks_for(others, tomas, size=1)])
    assert found == ["Everybody may read this as well."]
    found = make.read(lambda: [one.why for one in walls.wall(others, tab="teams", size=9).items])
    assert len(found) == 3 and not any("Oak" in words or "us" in words.split() for words in found)
    # What a host may pick is what all of the team may see.
    monkeypatch.setattr(meetings, "MOST_OFFERED", 2)

    def offered() -> list[str]:
        team = meetings.team_by_id(others, elm)
        return [one.kudos.public_id for one in meetings.offered(team, clock.ago(days=1))]

    assert len(make.read(offered)) == 2 and wide not in make.read(offered)


def test_a_guest_learns_of_no_goal_and_no_other_team(client: Client, make: Make) -> None:
    make.noise(1)
    hana, tomas = make.member("Hana Kim"), make.member("Tomás Rivera")
    guest = make.guest("Gita Rao")
    elm = make.project("Elm", hana, tomas, guest)
    make.project("Oak", hana, tomas)
    admin = make.viewer(hana, "admin")
    goal_id = make.do(lambda: goals.add_goal(viewer=admin, words=goals.Words("Quiet nights")))
    public_id = make.kudos(hana, tomas, why=WHY, team_id=elm, goal_id=goal_id, shown_to="team")
    assert "Quiet nights" in client.sign_in(make.email(tomas)).get("kudos.one", public_id=public_id).html
    assert "Quiet nights" in client.get("kudos.wall").html
    client = client.another().sign_in(make.email(guest))
    for page in (
        client.get("kudos.one", public_id=public_id),
        client.get("kudos.wall"),
        client.get("kudos.wall", goal="quiet-nights"),
        client.get("kudos.new", goal=goal_id),
    ):
        assert "Quiet nights" not in page.html
    own = make.kudos(guest, tomas, why="You showed me where the spare keys are.", team_id=elm, shown_to="team")
    assert "Quiet nights" not in client.get("kudos.edit", public_id=own).html
    page = client.get("kudos.new", to="tomas-rivera", why=WHY, team="oak")
    assert "Oak" not in page.main.replace("oak", "")
    wrong = client.read(page.submit({"team": "oak", "why": WHY, "audience": "team"}, containing="why"), 422)
    assert wrong.errors == ["Pick one from the list"] and "Oak" not in wrong.main


def test_whose_last_day_is_over_is_thanked_no_more(make: Make) -> None:
    make.noise(1)
    hana, guest = make.member("Hana Kim"), make.guest("Gita Rao", ends_on=clock.today())
    elm = make.project("Elm", hana, guest)
    viewer = make.viewer(hana)
    with clock.pinned(clock.now() + timedelta(days=2)):
        for thanks in (Thanks(WHY, (guest,)), Thanks(WHY, to_team=True, team_id=elm)):
            with pytest.raises(RuleBroken) as broken:
                make.do(lambda thanks=thanks: services.give_kudos(viewer=viewer, thanks=thanks))  # type: ignore[misc]
            assert broken.value.field == "to"
    public_id = make.kudos(hana, guest)
    theirs = make.viewer(guest)
    with pytest.raises(NotVisible):  # a cheer that does not exist
        make.do(lambda: services.cheer(viewer=theirs, public_id=public_id, kind="boo"))
