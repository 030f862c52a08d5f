"""Two others touch billing: from lines that their reader may read, by rare words. On both databases."""

from __future__ import annotations

from datetime import timedelta

from portal.core import clock
from portal.infomercials.models import WORK_GOES_AFTER
from portal.infomercials.touching import AT_MOST, Touching, alike, as_written, touching_mine, uncommon_words
from portal.moderation import services as moderation
from tests.client import Client
from tests.makers import Make


def of(make: Make, who: int) -> Touching | None:
    return make.read(lambda: touching_mine(make.viewer(who)))


def test_who_touches_it_too_as_far_as_i_may_read(make: Make, client: Client) -> None:
    make.noise()
    me, ben, cy, team_only, mate, gone, apart = (
        make.member(name) for name in ("Me Too", "Ben Bos", "Cy Coe", "Tia Team", "Mo Mate", "Gil Gone", "Al Apart")
    )
    make.project("Elm", team_only, mate)
    make.intro(me, working_on="the new Billing-page, and whatever comes with it")
    assert of(make, me) is None
    make.intro(ben, working_on="billing for clubs")
    make.intro(cy, working_on="what people page through", so_that="billing works")
    make.intro(team_only, working_on="the billing nobody knows of", shown_to="teams")
    make.intro(apart, working_on="billing, too")
    with clock.pinned(clock.now() - WORK_GOES_AFTER - timedelta(days=1)):
        make.intro(gone, working_on="billing long ago")
    viewer = make.viewer(apart)
    make.do(lambda: moderation.set_boundary(viewer=viewer, other_id=me, kind="never"))
    found = of(make, me)
    assert found is not None and (found.word, [card.name for card in found.people]) == ("Billing-page", ["Ben Bos"])
    make.intro(mate, working_on="Billing, first of all")
    client.sign_in(make.email(me))
    for page in (client.get("home.home"), client.get("people.person", handle="me-too")):
        assert "2 others touch “Billing-page”: Mo Mate and Ben Bos" in page.main
        assert "Tia" not in page.main.partition("touch")[2].partition("in common")[0]
    theirs = of(make, mate)
    assert theirs is not None and "Tia Team" in [card.name for card in theirs.people]
    assert "touch" not in client.another().sign_in(make.email(ben)).get("people.person", handle="me-too").main


def test_a_word_that_many_have_says_nothing() -> None:
    rare = {"billing": 3, "export": 40}
    many = dict.fromkeys(range(AT_MOST + 1), "billing and nothing else")
    assert alike(rare, many) is None
    assert alike(rare, {**many, 90: "an export"}) == ("export", [90])
    assert alike(rare, {1: "Billing", 2: "exports"}) == ("billing", [1])
    assert alike({}, {1: "Billing"}) is None and alike(rare, {}) is None
    assert as_written("_Exports_, and more", "export") == "Exports" and as_written("—", "export") == "export"
    # Of when and of how many: nobody works on that.
    assert uncommon_words("the first steps between two seasons, more of them next year") == {"step"}
    assert uncommon_words("die ersten drei Wochen zwischen zwei Jahren") == set()
