"""Did you meet? Asked some days later, answered in one tap, for one's own eyes. On both databases."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock, settings
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.meet import measures, met, trial
from portal.meet.models import MetQuestion, SuggestionDraw
from portal.moderation import services as moderation
from portal.people import services as people
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


def test_who_left_does_not_stand_before_who_is_here(make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    gone = [make.member(f"Leaver {number}") for number in range(6)]
    with clock.pinned(clock.now() - timedelta(days=1)):
        for one in gone:
            says(make, me, met.say_hello_was_sent, other_id=one, medium="hello")
    says(make, me, met.say_hello_was_sent, other_id=priya, medium="hello")
    for one in gone:
        make.do(lambda one=one: people.mark_left(person_id=one, actor_id=None))
    with clock.pinned(clock.now() + timedelta(days=12)):
        assert asked(make, me) == ("Priya", False)


def test_asked_later_and_again_and_the_other_is_told_nothing(make: Make, two: tuple[int, int]) -> None:
    me, priya = two
    now = clock.now()
    says(make, me, met.say_hello_was_sent, other_id=priya, medium="coffee")
    assert asked(make, me) is None, "not at once"
    with pytest.raises(RuleBroken):
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
        says(make, me, met.take_back, other_id=priya)
        assert asked(make, me) == ("Priya", False), "twice is once"
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
        make.do(met.forget_old)
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


def test_the_page_says_what_was_counted(client: Client, make: Make) -> None:
    """40 pairs shown of whom 20 talked, 40 left out of whom 4 did; 24 people asked, 12 met, 3 of them again."""
    people = [make.member(f"Person {number}") for number in range(42)]
    begun = datetime(2030, 1, 10, 9, tzinfo=UTC)
    shown = [trial.pair_of(one, other) for one, other in itertools.pairwise(people)][:40]
    left_out = [trial.pair_of(one, other) for one, other in zip(people, people[2:], strict=False)][:40]

    def draw() -> None:
        until = begun + trial.HOLDS
        for out, pairs in ((False, shown), (True, left_out)):
            for low, high in pairs:
                db.session.add(SuggestionDraw(low_id=low, high_id=high, at=begun, until=until, is_left_out=out))
        for place, (one, other) in enumerate(zip(people[:24], people[5:], strict=False)):
            row = MetQuestion(person_id=one, other_id=other, medium="hello", stage="met", at=begun, due_at=None)
            row.met_at = begun + timedelta(days=9) if place < 12 else None
            row.again_at = begun + timedelta(days=40) if place < 3 else None
            db.session.add(row)

    make.do(draw)
    with clock.pinned(begun + timedelta(days=5)):
        for low, high in [*shown[:20], *left_out[-4:]]:
            viewer = make.viewer(low)
            make.do(lambda viewer=viewer, high=high: ties.say_we_talked(viewer=viewer, other_id=high))
    with clock.pinned(datetime(2030, 4, 2, 5, tzinfo=UTC)):
        make.read(measures.count_due)
        client.sign_in(make.email(people[0]))
        page = client.get("meet.about_measures").main
    assert "Counted up to 1 April," in page
    assert "20 of 40 pairs (50.0 %)" in page and "4 of 40 pairs (10.0 %)" in page
    assert "+40.0 percentage points" in page and "Chance alone would seldom bring that much" in page
    assert "12 of 24 pairs (50.0 %)" in page
    assert page.count("Too few to say") == 1, "twelve who met are fewer than twenty"
    said = make.read(lambda: settings.get(measures.COUNTED))
    assert "again" not in said, "what is too little to be told is not kept"

    def words(shown: int, left_out: int) -> str:
        counts = {"shown": shown, "left_out": left_out}
        groups = {name: {"pairs": 40, "reached": count, "people": 30} for name, count in counts.items()}
        make.do(lambda: settings.put(measures.COUNTED, {"until": "2030-04-01", **groups}))
        with clock.pinned(datetime(2030, 4, 2, 6, tzinfo=UTC)):
            return client.get("meet.about_measures").main

    assert "That may as well be chance" in words(12, 10)
    assert "Suggestions did not help here" in words(2, 25)
    assert "+100.0 percentage points" in words(40, 0)
