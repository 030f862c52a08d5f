"""The composer, as somebody uses it without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.kudos import blueprint, forms, giving, services
from portal.kudos.models import CompanyValue, Kudos, ThanksWish
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import PASSWORD, Make

WHY = "You stayed until every import was green."
assert blueprint and forms and giving  # what is looked at here, through its pages


@pytest.fixture
def make(sqlite_make: Make) -> Make:
    return sqlite_make


@pytest.fixture
def client(sqlite_client: Client) -> Client:
    return sqlite_client


@pytest.fixture
def maya(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Maya Cohen", email="maya@example.org")
    client.sign_in("maya@example.org")
    return person_id


def rows(make: Make) -> list[Kudos]:
    return make.read(lambda: list(db.session.scalars(sa.select(Kudos).order_by(Kudos.id))))


def value(make: Make, slug: str = "simple", **more: Any) -> None:
    row = CompanyValue(slug=slug, name=slug.title(), icon="heart", position=1, created_at=clock.now(), **more)
    make.do(lambda: db.session.add(row))


def post(page: Page, **said: Any) -> str:
    """Send it as it stands, with these words; the address that it leads to."""
    answer = page.submit(said, containing="why")
    assert answer.status_code == 303, page.client.read(answer, answer.status_code).errors
    return str(answer.headers["Location"])


def mend(page: Page, **said: Any) -> Page:
    """Send it; the page that comes back with what is wrong."""
    return page.client.read(page.submit(said, containing="why"), 422)


def test_four_words_and_it_is_posted(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    leads_to = post(client.get("kudos.new"), to="Hana Kim", why=WHY)
    (row,) = rows(make)
    assert leads_to.startswith(f"/k/{row.public_id}")
    assert (row.why, row.shown_to, row.giver_id) == (WHY, "everyone", maya)


def test_it_comes_filled_in(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    make.member("Ben Ode")
    value(make)
    team = make.project("Lighthouse", maya)
    page = client.get("kudos.new", to="hana-kim", why=WHY, value="simple", team="lighthouse", audience="us")
    fields = page.fields(containing="why")
    assert fields["to"] == "hana-kim" and "Hana Kim" in page.html
    assert (fields["why"].strip(), fields["value"], fields["team"], fields["audience"]) == (
        WHY,
        "simple",
        "lighthouse",
        "us",
    )
    post(page)
    (row,) = rows(make)
    assert (row.shown_to, row.team_id) == ("us", team)
    several = client.get("kudos.new", to=["hana-kim", "ben-ode"]).fields(containing="why")
    assert several["to"] == "hana-kim, ben-ode" and several["audience"] == "everyone"


def test_the_audience_begins_where_the_receivers_like_it(client: Client, make: Make, maya: int) -> None:
    hana, boss = make.member("Hana Kim"), make.member("Bo Boss")
    make.do(lambda: db.session.add(ThanksWish(person_id=hana, shown="me", on_screen="no")))
    make.do(lambda: people.set_manager(person_id=maya, manager_id=boss))
    page = client.get("kudos.new", to="hana-kim")
    assert page.fields(containing="why")["audience"] == "us" and "likes to be thanked in private" in page.main
    assert [one.get("value") for one in page.all("input[name=audience]")] == ["us"]
    page = client.get("kudos.new", to="bo-boss")
    assert page.fields(containing="why")["audience"] == "us"
    assert [one.get("value") for one in page.all("input[name=audience]")] == ["everyone", "team", "us"]


def test_from_a_blank_form_thanks_to_somebody_above_stay_between_us(client: Client, make: Make, maya: int) -> None:
    boss = make.member("Bo Boss")
    make.do(lambda: people.set_manager(person_id=maya, manager_id=boss))
    page = client.get("kudos.new")
    fields = page.fields(containing="why") | {"to": "@bo-boss"}
    assert fields["audience"] == fields["started"] == "everyone"
    hints = client.raw.post("/kudos/new/hints", data=fields).get_data(as_text=True)
    assert 'value="us" checked' in hints and 'value="everyone" checked' not in hints
    post(page, to="Bo Boss", why=WHY)
    assert rows(make)[0].shown_to == "us", "it was left as it stood"
    opened = client.get("kudos.new", to="bo-boss")
    post(opened, why="You opened the door for all of us.", audience="everyone")
    assert rows(make)[1].shown_to == "everyone", "it was chosen"


def test_wider_than_somebody_likes_is_made_narrower_and_said(client: Client, make: Make, maya: int) -> None:
    hana = make.member("Hana Kim")
    make.do(lambda: db.session.add(ThanksWish(person_id=hana, shown="me", on_screen="no")))
    post(client.get("kudos.new"), to="Hana Kim", why=WHY, audience="everyone")
    (row,) = rows(make)
    assert row.shown_to == "us"
    assert any("in private" in line for line in client.get("home.home").flashes)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"to": "", "why": WHY}, "Say whom you thank"),
        ({"to": "Nobody Atall", "why": WHY}, "We know nobody called"),
        (
            {"to": "No Body, No One", "why": "short"},
            "“No Body”. We know nobody called “No One” Say what they did",
        ),
        ({"to": "maya-cohen", "why": WHY}, "You cannot thank yourself"),
        ({"to": "Hana Kim", "why": "short"}, "Say what they did"),
        ({"to": "Hana Kim", "why": "x" * 1001}, "1 character over"),
        ({"to": "Hana Kim", "why": WHY, "value": "no-such"}, "Pick one from the list"),
        ({"to": "Hana Kim", "why": WHY, "goal": "999"}, "Pick one from the list"),
        ({"to": "Hana Kim", "why": WHY, "team": "no-such"}, "Pick one from the list"),
        ({"to": "Hana Kim", "why": WHY, "audience": "mars"}, "Pick one from the list"),
        ({"to": "Hana Kim", "why": WHY, "audience": "team"}, "Say which team may see it"),
        ({"to": "", "why": ""}, "Say what they did"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: Client, make: Make, maya: int, said: dict[str, str], words: str
) -> None:
    make.member("Hana Kim")
    page = mend(client.get("kudos.new"), **said)
    assert words in " ".join(page.errors), page.errors
    kept = page.fields(containing="why")
    assert kept["why"].strip() == said["why"] and kept["to"] == said["to"]
    assert rows(make) == []


def test_an_unclear_name_comes_back_as_a_choice(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    sato = make.member("Hana Sato")
    page = mend(client.get("kudos.new"), to="Hana", why=WHY)
    assert "Who is Hana?" in page.main and page.fields(containing="why")["why"].strip() == WHY
    pick = next(one.get("name") for one in page.all("input[value=hana-sato]"))
    post(page, **{pick: "hana-sato"})
    view = make.read(lambda: giving.queries.views(make.viewer(maya), [rows(make)[0].id]))[0]
    assert [one.person.id for one in view.receivers] == [sato]


def test_a_double_click_and_a_repeat_after_a_lost_answer_post_once(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    page = client.get("kudos.new")
    first, second = post(page, to="Hana Kim", why=WHY), post(page, to="Hana Kim", why=WHY)
    assert first == second and len(rows(make)) == 1


def test_back_after_an_undo_says_so_and_posts_again(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    page = client.get("kudos.new")
    public_id = post(page, to="Hana Kim", why=WHY).split("/")[2].partition("?")[0]
    viewer = make.viewer(maya)
    make.do(lambda: services.undo(viewer=viewer, public_id=public_id))
    again = mend(page, to="Hana Kim", why=WHY)
    assert "You took this back" in again.errors[0] and rows(make) == []
    post(again)
    assert len(rows(make)) == 1


def test_from_another_tab_the_same_words_are_refused(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    one, other = client.get("kudos.new"), client.get("kudos.new")
    post(one, to="Hana Kim", why=WHY)
    page = mend(other, to="Hana Kim", why=WHY)
    assert "You said just this to them" in page.errors[0] and len(rows(make)) == 1


def test_a_wrong_field_answers_before_the_nonce_is_looked_at(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    page = client.get("kudos.new")
    mend(page, to="Hana Kim", why="short", once="forged")
    post(page, to="Hana Kim", why=WHY)
    assert len(rows(make)) == 1


def test_most_of_a_team_may_become_the_whole_team(client: Client, make: Make, maya: int) -> None:
    names = ("Hana Kim", "Ben Ode", "Tomás Rivera", "Leila Haddad")
    make.project("Lighthouse", maya, *(make.member(name) for name in names))
    page = client.get("kudos.new", to="hana-kim, ben-ode, tomas-rivera", why=WHY)
    assert "That is most of Lighthouse." in page.main
    fields = page.fields(containing="why") | {"whole": "lighthouse"}
    page = client.read(client.raw.post("/kudos/new", data=fields))
    fields = page.fields(containing="why")
    assert fields["to"] == "lighthouse" and fields["why"].strip() == WHY
    post(page)
    assert rows(make)[0].to_team


def test_completions_and_hints_write_nothing(client: Client, make: Make, maya: int) -> None:
    hana = make.member("Hana <b>Kim")
    make.do(lambda: db.session.add(ThanksWish(person_id=hana, shown="me", on_screen="no")))
    html = client.raw.get("/kudos/names?q=han").get_data(as_text=True)
    assert "Hana &lt;b&gt;Kim" in html and "<b>Kim" not in html
    fields = client.get("kudos.new").fields(containing="why") | {"to": "@" + make.handle(hana)}
    answer = client.raw.post("/kudos/new/hints", data=fields)
    assert answer.status_code == 200 and "likes to be thanked in private" in answer.get_data(as_text=True)
    assert rows(make) == []


def test_who_signs_in_on_the_way_finds_the_form_filled(client: Client, make: Make, maya: int) -> None:
    make.member("Hana Kim")
    page = client.get("kudos.new")
    fields = page.fields(containing="why") | {"to": "Hana Kim", "why": WHY}
    client.raw.delete_cookie("hallway")
    answer = client.raw.post("/kudos/new", data=fields)
    assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"] and rows(make) == []
    door = client.follow(answer)
    page = client.follow(door.submit({"email": "maya@example.org", "password": PASSWORD}, containing="password"))
    back = page.fields(containing="why")
    assert page.path == "/kudos/new" and back["to"] == "Hana Kim" and back["why"].strip() == WHY and rows(make) == []
