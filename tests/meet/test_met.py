"""Did you meet? Asked some days later, answered in one tap, for one's own eyes. On both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.meet import met
from portal.meet.models import MetQuestion
from portal.moderation import services as moderation
from portal.ties import services as ties
from portal.ties.models import Contact
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def two(make: Make) -> tuple[int, int]:
    make.noise()
    return make.member("Maya Lind"), make.member("Priya Raman")


def asked(make: Make, who: int) -> tuple[str, bool] | None:
    found = make.read(lambda: met.question(make.viewer(who)))
    return (found.card.first_name, found.again) if found else None


def contacts(make: Make, who: int) -> list[tuple[int, str]]:
    mine = sa.select(Contact.other_id, Contact.medium).where(Contact.person_id == who).order_by(Contact.medium)
    return make.read(lambda: list(db.session.execute(mine).tuples()))


def says(make: Make, who: int, what: Any, **given: Any) -> None:
    viewer = make.viewer(who)
    make.do(lambda: what(viewer=viewer, **given))


def test_asked_later_and_again_and_the_other_is_told_nothing(make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    now = clock.now()
    says(make, me, met.say_hello_was_sent, other_id=priya, medium="coffee")
    assert asked(make, me) is None, "not at once"
    with pytest.raises(NotVisible):
        says(make, me, met.answer, other_id=priya, said="yes")
    with clock.pinned(now + timedelta(days=8)):
        assert asked(make, me) == ("Priya", False) and asked(make, priya) is None
        says(make, me, met.answer, other_id=priya, said="not-yet")
        assert asked(make, me) is None
    with clock.pinned(now + timedelta(days=16)):
        assert asked(make, me) == ("Priya", False)
        says(make, me, met.answer, other_id=priya, said="yes")
        assert asked(make, me) is None
        assert contacts(make, me) == [(priya, "coffee")] and contacts(make, priya) == []
        says(make, me, met.take_back, other_id=priya)
        assert asked(make, me) == ("Priya", False) and contacts(make, me) == []
        with pytest.raises(NotVisible):
            says(make, me, met.take_back, other_id=priya)
        says(make, me, met.answer, other_id=priya, said="yes")
    with clock.pinned(now + timedelta(days=47)):
        assert asked(make, me) == ("Priya", True)
        says(make, me, met.answer, other_id=priya, said="yes")
        assert asked(make, me) is None
    with clock.pinned(now + timedelta(days=100)):
        assert asked(make, me) is None
        assert len(contacts(make, me)) == 2 and contacts(make, priya) == []
    # It begins anew with the next hello.
    with clock.pinned(now + timedelta(days=200)):
        says(make, me, met.say_hello_was_sent, other_id=priya, medium="hello")
    with clock.pinned(now + timedelta(days=206)):
        assert asked(make, me) == ("Priya", False)
        says(make, me, met.answer, other_id=priya, said="no")
        assert asked(make, me) is None


def test_it_goes_away_by_itself_and_never_asks_of_whoever_is_kept_apart(make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    now = clock.now()
    says(make, me, met.say_hello_was_sent, other_id=priya, medium="hello")
    with clock.pinned(now + timedelta(days=30)):
        assert asked(make, me) is None, "unanswered for three weeks"
    with clock.pinned(now + timedelta(days=6)):
        assert asked(make, me) == ("Priya", False)
        says(make, priya, moderation.set_boundary, other_id=me, kind="never")
        assert asked(make, me) is None
    with clock.pinned(now + timedelta(days=500)):
        make.do(met.forget_old)
        assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(MetQuestion))) == 0
    for wrong in (me, 999_999):
        with pytest.raises(NotVisible):
            says(make, me, met.say_hello_was_sent, other_id=wrong, medium="hello")


def test_whoever_says_that_they_talked_is_asked_only_later(make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    now = clock.now()
    says(make, me, ties.say_we_talked, other_id=priya)
    with clock.pinned(now + timedelta(hours=1)):
        says(make, me, ties.unsay_we_talked, other_id=priya)
    with clock.pinned(now + timedelta(days=31)):
        assert asked(make, me) is None
        says(make, me, ties.say_we_talked, other_id=priya)
    with clock.pinned(now + timedelta(days=62)):
        assert asked(make, me) == ("Priya", True) and asked(make, priya) is None
        says(make, me, ties.say_we_talked, other_id=priya)
        assert asked(make, me) is None, "that was it"
        says(make, me, ties.unsay_we_talked, other_id=priya)
        assert asked(make, me) == ("Priya", True)


def test_one_tap_on_home_and_the_page_of_measures(client: Client, make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    now = clock.now()
    client.sign_in(make.email(me))
    page = client.get("meet.hello", handle="priya-raman")
    sent = client.follow(page.submit(action="/p/priya-raman/wrote"))
    assert "home asks you whether you met Priya" in sent.text
    with clock.pinned(now + timedelta(days=6)):
        home = client.get("home.home")
        assert "Did you meet Priya Raman?" in home.main
        done = client.follow(home.submit({"said": "yes"}, action="/p/priya-raman/met"))
        assert "You alone see that you and Priya met" in done.text and "Did you meet Priya" not in done.main
        back = client.follow(done.submit(action="/p/priya-raman/met/undo"))
        assert "Did you meet Priya Raman?" in back.main
        client.read(
            client.raw.post("/p/priya-raman/met", data={**back.fields(action="/p/priya-raman/met"), "said": "x"}), 400
        )
    words = client.get("meet.about_measures")
    assert words.main.count("Too few to say") == 2
    assert "left out for 60 days, by lot" in words.main
    other = client.another().sign_in(make.email(priya))
    with clock.pinned(now + timedelta(days=6)):
        assert "Maya" not in other.get("home.home").main
