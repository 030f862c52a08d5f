"""How people like to be thanked."""

from __future__ import annotations

import pytest

from portal.core.errors import RuleBroken
from portal.kudos import queries, wishes
from portal.kudos.queries import Wish
from tests.makers import Make


def say(make: Make, person_id: int, shown: str, on_screen: str) -> None:
    viewer = make.viewer(person_id)
    make.do(lambda: wishes.set_wish(viewer=viewer, shown=shown, on_screen=on_screen))


def test_who_said_nothing_takes_thanks_on_the_wall_and_is_asked(make: Make) -> None:
    noise = make.noise()
    gita, mo = make.member("Gita Rao"), make.member("Mo Mate")
    say(make, noise[0], "me", "no")
    say(make, gita, "team", "yes")
    found = make.read(lambda: queries.wishes([gita, mo]))
    assert found == {gita: Wish("team", "yes"), mo: Wish("wall", "ask")}


def test_what_was_said_last_holds(make: Make) -> None:
    gita, mo = make.member("Gita Rao"), make.member("Mo Mate")
    say(make, mo, "team", "no")
    for shown, on_screen in (("me", "no"), ("me", "no"), ("wall", "yes")):
        say(make, gita, shown, on_screen)
    assert make.read(lambda: queries.wishes([gita, mo])) == {gita: Wish("wall", "yes"), mo: Wish("team", "no")}


@pytest.mark.parametrize(("shown", "on_screen", "field"), [("moon", "ask", "shown"), ("me", "", "on_screen")])
def test_what_is_not_offered_is_refused(make: Make, shown: str, on_screen: str, field: str) -> None:
    gita = make.member("Gita Rao")
    with pytest.raises(RuleBroken) as broken:
        say(make, gita, shown, on_screen)
    assert broken.value.field == field
    assert make.read(lambda: queries.wishes([gita])) == {gita: Wish()}
