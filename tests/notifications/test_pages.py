"""The pages: notices, read marks, the bell, preferences."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.checks import checks
from portal.core.db import db
from portal.kudos import services as kudos
from portal.notifications import queries, services
from portal.notifications.kinds import CHOICES, KINDS, Facts, in_a_row, thanked
from portal.notifications.models import Notice
from portal.people import services as people
from portal.people.erasing import erase_person
from tests.client import Client
from tests.house.test_query_counts import Counter
from tests.makers import Make

from .conftest import NOON, Colleagues


@pytest.fixture
def bo(app: Flask, house: Colleagues) -> Client:
    return Client(app).sign_in(house.make.email(house.bo))


def bell(client: Client) -> str:
    (found,) = client.get("home.me").all(".bell")
    return str(found.get("aria-label"))


def test_nothing_is_there_yet(house: Colleagues, bo: Client) -> None:
    page = bo.get("notifications.notices")
    assert page.h1 == "Notices" and "All read." in page.main
    assert bell(bo) == "Notices" and not bo.get("home.me").all(".bell-count")


def test_the_newest_first_by_day_and_the_bell_says_how_many(house: Colleagues, bo: Client) -> None:
    with clock.pinned(NOON - timedelta(days=1)):
        house.make.kudos(house.ada, house.bo, why="You stayed until it was done.")
    house.make.kudos(house.cleo, house.bo, why="You found <b>it</b> in one night.")
    page = bo.get("notifications.notices")
    assert [h.text_content() for h in page.all("h2")] == ["Wednesday 22 May", "Tuesday 21 May"]
    assert [" ".join(a.text_content().split()) for a in page.all(".notices strong a")] == [
        "Cleo thanked you",
        "Ada thanked you",
    ]
    assert "You found <b>it</b> in one night." in page.main
    assert bell(bo) == "Notices, 2 unread"
    assert "Unread:" in page.main


def test_one_is_marked_as_read_then_all(house: Colleagues, bo: Client) -> None:
    for giver in (house.ada, house.cleo, house.dan):
        house.make.kudos(giver, house.bo)
    page = bo.get("notifications.notices")
    (first, *_others) = page.all(".notices form")
    page = bo.follow(page.submit(action=first.get("action")))
    assert bell(bo) == "Notices, 2 unread"
    page = bo.follow(page.submit(action="/notices/read"))
    assert bell(bo) == "Notices" and not page.all(".notices form") and "All read." in page.main
    assert len(page.all(".notices li")) == 3


def test_what_came_after_the_page_stays_unread(house: Colleagues, bo: Client) -> None:
    house.make.kudos(house.ada, house.bo)
    page = bo.get("notifications.notices")
    with clock.pinned(NOON + timedelta(minutes=5)):
        house.make.kudos(house.cleo, house.bo)
        page.submit(action="/notices/read")
        assert bell(bo) == "Notices, 1 unread"


def test_somebody_elses_notice_is_not_there(app: Flask, house: Colleagues, bo: Client) -> None:
    house.make.kudos(house.ada, house.cleo)
    notice_id = house.make.read(lambda: db.session.scalars(sa.select(Notice.id)).one())
    token = bo.get("home.settings").fields("csrf_token")["csrf_token"]
    for number in (notice_id, notice_id + 1, 2**70):
        assert bo.raw.post(f"/notices/{number}/read", data={"csrf_token": token}).status_code == 404
    assert house.unread(house.cleo) == 1


def test_pages_follow_without_losing_one(house: Colleagues, bo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        house.make.kudos(house.ada, house.bo, why=f"For the export number {number}.")
    viewer = house.make.viewer(house.bo)

    def read(cursor: str | None) -> tuple[list[int], str | None]:
        page = house.make.read(lambda: queries.notices(viewer, cursor=cursor, size=3))
        return [one.id for one in page.items], page.next

    seen: list[int] = []
    cursor: str | None = None
    for _ in range(3):
        some, cursor = read(cursor)
        seen += some
    assert cursor is None and len(seen) == len(set(seen)) == 7 and seen == sorted(seen, reverse=True)
    assert read("nonsense")[0] == seen[:3]


def test_a_page_of_many_costs_as_much_as_of_one(app: Flask, house: Colleagues, bo: Client) -> None:
    counter = Counter(app)
    house.make.kudos(house.ada, house.bo, why="For the first of them all.")
    few = counter.of(bo, "notifications.notices")
    for number in range(18):
        giver = (house.ada, house.cleo, house.dan)[number % 3]
        public_id = house.make.kudos(giver, house.bo, why=f"For the export number {number}.")
        if number % 2:
            viewer = house.make.viewer(house.dan if giver != house.dan else house.ada)
            house.make.do(lambda who=viewer, one=public_id: kudos.cheer(viewer=who, public_id=one, kind="heart"))  # type: ignore[misc]
    many = counter.of(bo, "notifications.notices")
    assert len(few) == len(many) <= 20
    house.make.do(lambda: people.mark_left(person_id=house.dan, actor_id=None))
    house.make.do(lambda: erase_person(person_id=house.cleo, actor_id=None))
    page = bo.get("notifications.notices")
    assert "Dan thanked you" in page.main and "Cleo" not in page.main
    assert len(counter.of(bo, "notifications.notices")) == len(few), "whoever is gone costs no more"
    assert len([said for said in counter.of(bo, "home.guide") if "notice" in said]) == 2, (
        "the bell: which kinds wait, and what of them"
    )


# ---- preferences -------------------------------------------------------------------------------------------


def test_each_kind_has_its_choice_and_keeps_it(house: Colleagues, bo: Client) -> None:
    page = bo.get("notifications.preferences")
    for kind in CHOICES:
        chosen = page.all(f"input[name='way-{kind.code}'][checked]")
        assert [one.get("value") for one in chosen] == [kind.ways[0]]
        assert [one.get("value") for one in page.all(f"input[name='way-{kind.code}']")] == list(kind.ways)
    sent = {
        "way-kudos": "digest",
        "way-cheer": "off",
        "quiet_from": "20:15",
        "digest_day": "fri",
        "digest_hour": "16",
    }
    page = bo.follow(page.submit(sent, containing="quiet_from"))
    assert page.flashes == ["Saved."]
    assert [one.get("value") for one in page.all("input[name='way-cheer'][checked]")] == ["off"]
    hours = house.make.read(lambda: queries.my_hours(house.bo))
    assert (hours.quiet_from, hours.quiet_to, hours.digest_day, hours.digest_hour) == (1215, 450, "fri", 16)
    off = bo.follow(page.submit({"is_quiet": None, "days_off": None}, containing="quiet_from"))
    assert off.status == 200
    hours = house.make.read(lambda: queries.my_hours(house.bo))
    assert not hours.is_quiet and not hours.days_off


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("quiet_from", "25:00"), ("quiet_to", ""), ("way-kudos", "off"), ("digest_hour", "24"), ("digest_day", "xyz")],
)
def test_a_wrong_choice_comes_back_with_words(house: Colleagues, bo: Client, field: str, wrong: str) -> None:
    page = bo.get("notifications.preferences")
    again = bo.read(page.submit({field: wrong, "way-cheer": "off"}, containing="quiet_from"), 422)
    assert again.errors
    assert [one.get("value") for one in again.all("input[name='way-cheer'][checked]")] == ["off"], (
        "nothing typed is lost"
    )
    assert house.make.read(lambda: queries.my_ways(house.bo))["cheer"] == "digest"


def test_it_is_found_from_settings_and_from_my_pages(house: Colleagues, bo: Client) -> None:
    for page in ("home.settings", "home.me", "notifications.notices"):
        assert "/settings/notices" in bo.get(page).links(), page


# ---- words, and what is checked ------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if kind.about])
@pytest.mark.parametrize(
    "facts", [Facts(), Facts(("Hana", "Ben", "Leila"), True, "Elm", "Elm", True, NOON.date())], ids=["little", "all"]
)
def test_every_kind_says_something_whatever_is_known(app: Flask, code: str, facts: Facts) -> None:
    with app.test_request_context():
        words = KINDS[code].words(facts)
        assert len(words) > 8 and "None" not in words and "%(" not in words


def test_names_stand_in_a_row(app: Flask) -> None:
    with app.test_request_context():
        assert in_a_row(()) == "Somebody"
        assert in_a_row(("Hana",)) == "Hana"
        assert in_a_row(("Hana", "Ben", "Leila")) == "Hana, Ben and Leila"
        assert in_a_row(("Hana", "Ben"), more=True) == "Hana, Ben and others"
        assert thanked("", ("Ben",)) == "A former colleague thanked Ben"


def test_notices_of_nothing_are_found_and_dropped(app: Flask, house: Colleagues, make: Make) -> None:
    house.make.kudos(house.ada, house.bo)

    def lost() -> None:
        db.session.add(Notice(person_id=house.bo, kind="kudos", subject_id=999, occasion=1, at=NOON))

    make.do(lost)
    with app.app_context():
        check: Any = next(one for one in checks() if one.name == "notices")
        assert len(check.look()) == 1
        check.mend()
        assert check.look() == []
    assert house.rows() == [(house.bo, "kudos")]
    assert services.CHEERS_TOLD_TO == 20
