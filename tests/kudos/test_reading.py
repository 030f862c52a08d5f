"""The pages on which thanks are read, and what can be done there. On both databases."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.kudos import queries, services, yours
from portal.kudos.models import CompanyValue, Kudos, KudosCheer, ThanksWish
from portal.kudos.services import Thanks
from portal.moderation.models import Boundary
from portal.people import services as people
from portal.people.erasing import erase_person
from portal.teams import services as teams
from tests.client import Client, Page
from tests.makers import Make

pytestmark = pytest.mark.both_databases

WHY = "You stayed until every import was green."

assert yours  # what is looked at here, through its pages


@pytest.fixture
def hana(client: Client, make: Make) -> int:
    """Who looks."""
    make.noise(1)
    person_id = make.member("Hana Kim", email="hana@example.org")
    client.sign_in("hana@example.org")
    return person_id


@pytest.fixture
def tomas(make: Make) -> int:
    return make.member("Tomás Rivera", email="tomas@example.org")


@pytest.fixture
def ben(make: Make) -> int:
    return make.member("Ben Ode", email="ben@example.org")


def by(client: Client, email: str) -> Client:
    return client.another().sign_in(email)


def value(make: Make, name: str = "Make it simple", slug: str = "make-it-simple", **more: object) -> int:
    def work() -> int:
        row = CompanyValue(slug=slug, name=name, icon="sparkles", position=1, created_at=clock.now(), **more)
        db.session.add(row)
        db.session.flush()
        return row.id

    return make.do(work)


def words(page: Page) -> list[str]:
    """What the cards on a page say."""
    return [" ".join(one.text_content().split()) for one in page.all(".kudos blockquote")]


def token(client: Client) -> str:
    return str(client.get("home.me").fields(action="/sign-out")["csrf_token"])


def post(client: Client, address: str, **sent: str):  # type: ignore[no-untyped-def]
    return client.raw.post(address, data={"csrf_token": token(client), **sent})


# ---- the wall ----------------------------------------------------------------------------------------------


def test_the_wall_shows_what_is_for_me_to_see(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    make.kudos(tomas, ben, why="Everybody may read this one.")
    make.kudos(tomas, ben, why="Only these two may read that.", shown_to="us")
    make.kudos(hana, tomas, why="Hana says this to Tomás alone.", shown_to="us")
    make.kudos(tomas, hana, why="Tomás says that to Hana alone.", shown_to="us")
    assert words(client.get("kudos.wall")) == ["Everybody may read this one."]
    assert words(client.get("kudos.wall", tab="to-me")) == ["Tomás says that to Hana alone."]
    assert words(client.get("kudos.wall", tab="from-me")) == ["Hana says this to Tomás alone."]
    assert words(client.get("kudos.wall", tab="teams")) == []
    assert words(client.get("kudos.wall", tab="nonsense")) == ["Everybody may read this one."]


def test_my_teams_are_those_i_am_in(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    mine, other = make.project("Elm", hana, tomas), make.project("Oak", tomas, ben)
    make.kudos(tomas, hana, why="Elm has to do with this one.", team_id=mine)
    make.kudos(tomas, ben, why="Oak has to do with that one.", team_id=other)
    make.kudos(tomas, ben, why="No team has to do with this.")
    assert words(client.get("kudos.wall", tab="teams")) == ["Elm has to do with this one."]
    assert len(words(client.get("kudos.wall"))) == 3


def test_by_value_and_by_goal(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    simple, club = value(make), value(make, "Start with the club", "start-with-the-club")
    make.kudos(tomas, ben, why="This one made it simple.", value_id=simple)
    make.kudos(tomas, ben, why="That one began with the club.", value_id=club)
    page = client.get("kudos.wall", value="make-it-simple")
    assert words(page) == ["This one made it simple."]
    assert page.all("select[name=value] option[selected]")[0].get("value") == "make-it-simple"
    assert words(client.get("kudos.wall", value="start-with-the-club")) == ["That one began with the club."]
    assert len(words(client.get("kudos.wall", value="nothing-of-ours"))) == 2
    make.do(lambda: db.session.execute(sa.update(CompanyValue).values(retired_at=clock.now())))
    retired = client.get("kudos.wall", value="make-it-simple")
    assert words(retired) == ["This one made it simple."] and "Make it simple" in retired.main
    assert not client.get("kudos.wall").all("select[name=value]")


def test_page_by_page_each_once(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    said = [f"Thanks that are number {n:02d} of many." for n in range(30)]
    start = clock.now() - timedelta(days=9)
    for number, why in enumerate(said):
        # Some in the same second, so that the order is by number as well.
        with clock.pinned(start + timedelta(hours=6 * (number // 3))):
            make.kudos((tomas, ben)[number % 2], hana, why=why)
    page = client.get("kudos.wall")
    first = words(page)
    following = page.all("a[rel=next]")[0].get("href")
    second = words(client.get(following))
    assert len(first) == 24 and not client.get(following).all("a[rel=next]")
    assert first + second == list(reversed(said))
    part = client.raw.get(following, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "<html" not in part and all(why in part for why in second) and first[0] not in part


def test_new_ones_are_announced(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    make.kudos(tomas, ben, why="This stands there already.")
    asks = client.get("kudos.wall").all("[hx-trigger=poll]")[0].get("hx-get")

    def said() -> str:
        return " ".join(client.raw.get(asks).get_data(as_text=True).split())

    assert "new" not in said()
    make.kudos(hana, tomas, why="What I said myself is no news.")
    make.kudos(tomas, ben, why="What is for others is none.", shown_to="us")
    assert "new" not in said()
    make.kudos(ben, tomas, why="But this is one that is new.")
    assert "1 new" in said() and 'href="/kudos"' in said()
    for number in range(11):
        make.kudos(ben, tomas, why=f"And many more after that one, {number}.")
    assert "10 or more are new" in said()
    for address in ("/kudos/newer", "/kudos/newer?since=yesterday", "/kudos/newer?since=2030-01-01"):
        assert client.raw.get(address).status_code == 400


@pytest.mark.parametrize(
    ("tab", "says"),
    [
        ("everyone", "The first one is the hardest."),
        ("teams", "No thanks in your teams yet"),
        ("to-me", "Nobody has thanked you here yet"),
        ("from-me", "You have not thanked anybody here yet"),
    ],
)
def test_empty_walls_lead_to_the_first_thanks(client: Client, hana: int, tab: str, says: str) -> None:
    page = client.get("kudos.wall", tab=tab)
    assert says in page.main and page.all(".empty a.btn-primary")[0].get("href") == "/kudos/new"


def test_a_guest_sees_their_teams_walls_alone(client: Client, make: Make, tomas: int, ben: int) -> None:
    guest = make.guest("Gita Rao", email="gita@example.org")
    elm, oak = make.project("Elm", tomas, ben, guest), make.project("Oak", tomas, ben)
    make.kudos(tomas, ben, why="Everybody of the house may read this.")
    make.kudos(tomas, ben, why="The people of Elm may read this.", team_id=elm, shown_to="team")
    make.kudos(tomas, ben, why="The people of Oak may read this.", team_id=oak, shown_to="team")
    client.sign_in("gita@example.org")
    assert words(client.get("kudos.wall")) == ["The people of Elm may read this."]
    assert words(client.get("kudos.wall", tab="teams")) == ["The people of Elm may read this."]


def test_who_is_named_for_a_guest(client: Client, make: Make, tomas: int, ben: int) -> None:
    """A guest sees people of shared teams alone: of others it is said that they are there, never who."""
    guest, far = make.guest("Gita Rao", email="gita@example.org"), make.member("Farah Far")
    make.project("Elm", tomas, guest)
    public_id = make.kudos(far, guest, tomas, ben, why="Three of you made it in one night.")
    one = client.sign_in("gita@example.org").get("kudos.one", public_id=public_id)
    assert one.h1 == "A colleague thanked Gita, Tomás and one more"
    assert "Farah" not in one.main and "Ben" not in one.main


# ---- one kudos ---------------------------------------------------------------------------------------------


def test_one_says_who_did_helped_and_unblocked(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    leila = make.member("Leila Haddad")
    public_id = make.kudos(hana, tomas, helped_ids=(ben,), unblocked_ids=(leila,), value_id=value(make))
    page = client.get("kudos.one", public_id=public_id)
    assert page.h1 == "Hana thanked Tomás; Ben helped; Leila unblocked it"
    assert page.title.startswith("Hana thanked Tomás; Ben helped; Leila unblocked it")
    assert "Make it simple" in page.main and "Who sees it: everyone" in page.main
    assert {"/p/hana-kim", "/p/tomas-rivera", "/p/ben-ode", "/p/leila-haddad"} <= set(page.links())


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("helped_ids", "Hana thanked Tomás Rivera for helping"),
        ("unblocked_ids", "Hana thanked Tomás Rivera for clearing the way"),
    ],
)
def test_helping_alone_is_said_so(client: Client, make: Make, hana: int, tomas: int, role: str, says: str) -> None:
    public_id = make.kudos(hana, **{role: (tomas,)})
    assert client.get("kudos.one", public_id=public_id).h1 == says


def test_who_sees_it_in_words(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    elm = make.project("Elm", hana, tomas, ben)
    two = make.kudos(hana, tomas, why="Between the two of us alone.", shown_to="us")
    three = make.kudos(hana, tomas, ben, why="Between the three of us alone.", shown_to="us")
    team = make.kudos(hana, tomas, why="Among the people of the team.", shown_to="team", team_id=elm)
    whole = make.kudos(hana, why="All of you made this happen.", to_team=True, team_id=elm)
    says = {
        one: client.get("kudos.one", public_id=one).main.split("Who sees it: ")[1]
        for one in (two, three, team, whole)
    }
    assert says[two].startswith("only you two")
    assert says[three].startswith("only those who are named")
    assert says[team].startswith("the people of Elm")
    assert client.get("kudos.one", public_id=whole).h1 == "Hana thanked Elm"


def test_what_one_may_not_see_is_not_there(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    secret = make.kudos(tomas, ben, shown_to="us")
    for address in (f"/k/{secret}", f"/k/{secret}/edit", f"/k/{secret}/take-back", "/k/none", "/k/%00", "/k/ünder"):
        assert client.raw.get(address).status_code == 404, address
    for act in ("cheer", "undo", "edit", "take-back", "place"):
        answer = post(client, f"/k/{secret}/{act}", cheer="heart", why=WHY)
        # What one cannot take back is not said to be there either.
        assert answer.status_code in (303, 404), act
        assert WHY not in answer.get_data(as_text=True)
    assert make.read(lambda: db.session.scalar(sa.select(Kudos.taken_back_at))) is None
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(KudosCheer))) == 0


def test_markup_in_words_stays_words(client: Client, make: Make, hana: int, tomas: int) -> None:
    why = '<script>alert(1)</script> "><img src=x onerror=alert(1)> [x](javascript:alert(1)) **bold**'
    public_id = make.kudos(hana, tomas, why=why)
    for page in (client.get("kudos.one", public_id=public_id), client.get("kudos.wall"), client.get("kudos.yours")):
        assert not page.all("blockquote script, blockquote img, blockquote a[href^=javascript]")
        assert page.all("blockquote strong")[0].text_content() == "bold"


def test_leavers_keep_their_name_and_the_erased_do_not(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    public_id = make.kudos(tomas, hana, why="Thanks from somebody who leaves.")
    make.do(lambda: people.mark_left(person_id=tomas, actor_id=None))
    page = client.get("kudos.one", public_id=public_id)
    assert page.h1 == "Tomás thanked Hana Kim" and "/p/tomas-rivera" not in page.links()
    make.do(lambda: erase_person(person_id=tomas, actor_id=None))
    page = client.get("kudos.one", public_id=public_id)
    assert page.h1 == "A former colleague thanked Hana Kim" and "Tomás" not in page.html
    assert "A former colleague thanked you this week." in client.get("home.home").main


def test_cheers_are_by_name_and_can_be_taken_back(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    public_id = make.kudos(tomas, ben)
    for person in (make.member("Leila Haddad"), ben):
        viewer = make.viewer(person)
        make.do(lambda viewer=viewer: services.cheer(viewer=viewer, public_id=public_id, kind="heart"))
    page = client.get("kudos.wall")
    buttons = page.all(".react")
    assert [one.get("aria-pressed") for one in buttons] == ["false"] * 3
    assert " ".join(buttons[1].text_content().split()) == "Warms my heart: Leila and Ben"
    address = f"/k/{public_id}/cheer"
    answer = post(client, address, cheer="heart", next="/kudos?tab=everyone")
    assert answer.status_code == 303 and answer.location == f"/kudos?tab=everyone#k-{public_id}"
    post(client, address, cheer="heart")  # twice does no harm
    button = client.get("kudos.wall").all(".react")[1]
    assert button.get("aria-pressed") == "true" and button.get("name") == "uncheer"
    assert " ".join(button.text_content().split()) == "Warms my heart: Hana, Leila and Ben"
    assert "Hana Kim, Leila Haddad and Ben Ode" in client.get("kudos.one", public_id=public_id).main
    part = client.raw.post(
        address, data={"csrf_token": token(client), "uncheer": "heart"}, headers={"HX-Request": "true"}
    )
    assert part.status_code == 200 and "<html" not in part.text and "Hana" not in part.text and "Leila" in part.text
    assert post(client, address, cheer="clap").status_code == 400
    assert post(client, address).status_code == 400


def test_many_cheers_are_not_counted(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    public_id = make.kudos(tomas, ben)
    for number in range(22):
        viewer = make.viewer(make.person(f"Cheering {chr(65 + number)}"))
        make.do(lambda viewer=viewer: services.cheer(viewer=viewer, public_id=public_id, kind="celebrate"))
    button = client.get("kudos.wall").all(".react")[0]
    assert " ".join(button.text_content().split()).endswith("and others")
    whole = client.get("kudos.one", public_id=public_id).all(".cheered li")[0]
    assert len(whole.cssselect("a")) == 20 and whole.text_content().strip().endswith("and others")


def test_the_giver_cheers_nothing_of_their_own(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    assert not client.get("kudos.one", public_id=public_id).all("button.react")
    assert post(client, f"/k/{public_id}/cheer", cheer="heart").status_code == 404


def test_taken_back_while_somebody_reads_and_cheers(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    public_id = make.kudos(tomas, ben)
    giver = make.viewer(tomas)
    make.do(lambda: services.take_back(viewer=giver, public_id=public_id))
    answer = post(client, f"/k/{public_id}/cheer", cheer="heart")
    assert answer.status_code == 404 and "taken back" in answer.text
    part = client.raw.post(
        f"/k/{public_id}/cheer",
        data={"csrf_token": token(client), "cheer": "heart"},
        headers={"HX-Request": "true"},
    )
    assert part.status_code == 404 and "not there any more" in part.text and "<html" not in part.text
    assert client.raw.get(f"/k/{public_id}").status_code == 404
    assert not words(client.get("kudos.wall"))


# ---- the giver ---------------------------------------------------------------------------------------------


def test_undo_gives_every_word_back(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    simple = value(make)
    elm = make.project("Elm", hana, tomas, ben)
    why = "Grüße & Küsse = 100 % für ありがとう, #7?"
    public_id = make.kudos(hana, tomas, why=why, helped_ids=(ben,), value_id=simple, team_id=elm, shown_to="team")
    page = client.get("kudos.one", public_id=public_id, posted=1)
    assert "Posted." in page.main
    sent = page.fields(action=f"/k/{public_id}/undo")
    answer = client.raw.post(f"/k/{public_id}/undo", data=sent)
    assert answer.status_code == 303
    assert len(answer.location) < 100, "words are not for addresses"
    said = client.get(answer.location).fields(containing="why")
    assert said["to"] == "tomas-rivera" and said["helped"] == "ben-ode" and said["why"].strip() == why
    assert said["value"] == "make-it-simple" and said["team"] == "elm" and said["audience"] == "team"
    assert client.raw.get(f"/k/{public_id}").status_code == 404
    # Pressed twice: the same words again.
    again = client.raw.post(f"/k/{public_id}/undo", data=sent)
    assert (again.status_code, again.location) == (303, answer.location)
    # They are for their writer alone.
    other = client.another().sign_in(make.email(ben))
    assert not other.get(answer.location).fields(containing="why")["why"].strip()


def test_after_the_minute_it_cannot_be_undone(client: Client, make: Make, hana: int, tomas: int) -> None:
    with clock.pinned(clock.now() - timedelta(seconds=61)):
        public_id = make.kudos(hana, tomas)
    page = client.get("kudos.one", public_id=public_id, posted=1)
    assert "The minute for undoing is over" in page.main and not page.all(f"form[action='/k/{public_id}/undo']")
    answer = post(client, f"/k/{public_id}/undo")
    assert answer.status_code == 303 and answer.location == f"/k/{public_id}"
    assert any("You can still take it back" in said for said in client.get("kudos.one", public_id=public_id).flashes)


def test_undo_stands_on_my_pages_as_well(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    assert client.get("home.me").all(f"form[action='/k/{public_id}/undo']")
    make.do(lambda: db.session.execute(sa.update(Kudos).values(at=clock.now() - timedelta(seconds=61))))
    assert not client.get("home.me").all(f"form[action='/k/{public_id}/undo']")


def test_other_words_within_15_minutes(client: Client, make: Make, hana: int, tomas: int) -> None:
    simple = value(make)
    public_id = make.kudos(hana, tomas)
    page = client.get("kudos.edit", public_id=public_id)
    answer = page.submit({"why": "You stayed until the very end.", "value": "make-it-simple"}, containing="why")
    assert answer.status_code == 303
    shown = client.get("kudos.one", public_id=public_id)
    assert words(shown) == ["You stayed until the very end."]
    assert "edited Today" in shown.main and "Make it simple" in shown.main
    assert "edited" in by(client, "tomas@example.org").get("kudos.wall").main
    assert make.read(lambda: db.session.scalar(sa.select(Kudos.value_id))) == simple


def test_wrong_words_come_back(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    for why, says in (
        ("", "Say what they did"),
        ("too short", "Say what they did"),
        ("x" * 1001, "1 character over"),
    ):
        page = client.get("kudos.edit", public_id=public_id)
        back = client.read(page.submit({"why": why}, containing="why"), 422)
        assert says in " ".join(back.errors)
        assert back.all("textarea[name=why]")[0].text_content().strip() == why
    assert words(client.get("kudos.one", public_id=public_id)) == [WHY]


def test_the_topic_is_said_with_the_thanks_and_changed_with_the_words(
    client: Client, make: Make, hana: int, tomas: int
) -> None:
    make.claim(hana, "GDPR exports", "Slides")
    page = client.get("kudos.new", to="tomas")
    back = client.read(page.submit({"why": WHY, "topic": "Knitting"}, containing="why"), 422)
    assert "Take a topic that is there" in " ".join(back.errors)
    assert back.all("input[name=topic]")[0].get("value") == "Knitting"
    back.submit({"topic": "gdpr Exports"}, containing="why")
    (public_id,) = make.read(lambda: db.session.scalars(sa.select(Kudos.public_id)).all())
    assert "GDPR exports" in client.get("kudos.one", public_id=public_id).main

    page = client.get("kudos.edit", public_id=public_id)
    back = client.read(page.submit({"topic": "Knitting"}, containing="why"), 422)
    assert back.all("input[name=topic]")[0].get("value") == "Knitting"
    back.submit({"topic": "Slides"}, containing="why")
    shown = client.get("kudos.one", public_id=public_id).main
    assert "Slides" in shown and "GDPR exports" not in shown
    client.get("kudos.edit", public_id=public_id).submit({"topic": ""}, containing="why")
    assert "Slides" not in client.get("kudos.one", public_id=public_id).main


def test_two_tabs_overwrite_nothing_unseen(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    one, other = (client.get("kudos.edit", public_id=public_id) for _ in range(2))
    one.submit({"why": "What the first tab said of it."}, containing="why")
    back = client.read(other.submit({"why": "What the other tab said of it."}, containing="why"), 422)
    assert "another tab" in " ".join(back.errors) and "What the first tab said of it." in back.main
    assert back.all("textarea[name=why]")[0].text_content().strip() == "What the other tab said of it."
    back.submit({}, containing="why")
    assert words(client.get("kudos.one", public_id=public_id)) == ["What the other tab said of it."]


def test_after_15_minutes_the_words_stay(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    page = client.get("kudos.edit", public_id=public_id)
    make.do(lambda: db.session.execute(sa.update(Kudos).values(at=clock.now() - timedelta(minutes=16))))
    back = client.read(page.submit({"why": "Words that came too late."}, containing="why"), 422)
    assert "15 minutes" in " ".join(back.errors)
    assert back.all("textarea[name=why]")[0].text_content().strip() == "Words that came too late."
    assert client.raw.get(f"/k/{public_id}/edit").location == f"/k/{public_id}"
    assert not client.get("kudos.one", public_id=public_id).all(f"a[href='/k/{public_id}/edit']")
    # Others cannot even ask.
    assert by(client, "tomas@example.org").raw.get(f"/k/{public_id}/edit").status_code == 404


def test_taking_back_is_asked_once_and_twice_does_no_harm(client: Client, make: Make, hana: int, tomas: int) -> None:
    public_id = make.kudos(hana, tomas)
    page = client.get("kudos.take_back", public_id=public_id)
    assert WHY in page.main
    assert words(client.get("kudos.one", public_id=public_id)) == [WHY]  # looking takes nothing back
    for _ in range(2):
        answer = page.submit(action=f"/k/{public_id}/take-back")
        assert answer.status_code == 303 and answer.location == "/kudos"
    assert "Taken back" in " ".join(client.get("kudos.wall").flashes)
    assert post(client, f"/k/{public_id}/take-back").status_code == 303
    assert make.read(lambda: db.session.scalar(sa.select(Kudos.why))) == ""
    assert by(client, "tomas@example.org").raw.get(f"/k/{public_id}/take-back").status_code == 404


# ---- the receiver ------------------------------------------------------------------------------------------


def test_the_receiver_decides_where_it_stands(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    public_id = make.kudos(tomas, hana)
    other = by(client, "ben@example.org")
    assert words(other.get("kudos.wall")) == words(other.get("people.person", handle="hana-kim")) == [WHY]

    def put(*places: str) -> None:
        page = client.get("kudos.one", public_id=public_id)
        sent = {**page.fields(action=f"/k/{public_id}/place"), "on": list(places)}
        assert client.raw.post(f"/k/{public_id}/place", data=sent).status_code == 303

    put("profile", "screen")
    assert not words(other.get("kudos.wall")) and words(other.get("people.person", handle="hana-kim"))
    assert words(client.get("kudos.wall", tab="to-me")) == [WHY]  # it is mine still
    put("wall")
    assert words(other.get("kudos.wall")) and not words(other.get("people.person", handle="hana-kim"))
    ticks = client.get("kudos.one", public_id=public_id).all("input[name=on]")
    assert [(one.get("value"), one.get("checked") is not None) for one in ticks] == [
        ("wall", True),
        ("profile", False),
        ("screen", False),
    ]
    assert "Where this stands" not in other.get("kudos.one", public_id=public_id).main
    assert post(other, f"/k/{public_id}/place", on="wall").status_code == 404


def test_one_of_several_takes_it_off_the_wall_for_all(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    public_id = make.kudos(tomas, hana, ben)
    post(client, f"/k/{public_id}/place", on="profile")
    other = by(client, "ben@example.org")
    assert not words(other.get("kudos.wall"))
    assert words(other.get("people.person", handle="hana-kim")) == [WHY]


def test_who_blocked_the_giver_sees_nothing_of_it(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    make.do(lambda: db.session.add(Boundary(person_id=hana, other_id=tomas, kind="block", at=clock.now())))
    public_id = make.kudos(tomas, hana)
    assert client.raw.get(f"/k/{public_id}").status_code == 404
    assert not words(client.get("kudos.wall", tab="to-me")) and not words(
        client.get("people.person", handle="hana-kim")
    )
    assert not words(client.get("kudos.yours"))
    assert words(by(client, "tomas@example.org").get("kudos.one", public_id=public_id)) == [WHY]


def test_a_team_thanked_as_a_whole_keeps_to_what_each_likes(
    client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    elm = make.project("Elm", tomas, hana, ben)
    make.do(lambda: db.session.add(ThanksWish(person_id=hana, shown="me", on_screen="no")))
    make.kudos(tomas, why="All of you made this happen.", to_team=True, team_id=elm)
    other = by(client, "tomas@example.org")
    assert words(other.get("people.person", handle="ben-ode"))
    assert not words(other.get("people.person", handle="hana-kim"))
    assert words(other.get("teams.team", slug="elm")) == ["All of you made this happen."]


# ---- on other pages ----------------------------------------------------------------------------------------


def test_home_says_who_thanked_me_this_week(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    with clock.pinned(clock.now() - timedelta(days=8)):
        make.kudos(ben, hana, why="This was more than a week ago.")
    assert "thanked you this week" not in client.get("home.home").main
    make.kudos(tomas, hana, why="This one is of today.")
    page = client.get("home.home")
    assert "Tomás thanked you this week." in page.main
    assert words(page) == ["This one is of today.", "This was more than a week ago."]


def test_a_profile_and_a_team_lead_to_the_composer(client: Client, make: Make, hana: int, tomas: int) -> None:
    make.project("Elm", hana, tomas)
    profile, team = client.get("people.person", handle="tomas-rivera"), client.get("teams.team", slug="elm")
    assert "/kudos/new?to=tomas-rivera" in profile.links()
    assert "Was thanked" not in profile.main and "Thanks around here" not in team.main
    assert any(one.startswith("/kudos/new?to=elm") for one in team.links())
    assert not any("to=hana" in one for one in client.get("people.person", handle="hana-kim").links())


# ---- for me alone ------------------------------------------------------------------------------------------


def test_my_thanks_of_a_year(client: Client, make: Make, hana: int, tomas: int, ben: int) -> None:
    with clock.pinned(datetime(2020, 12, 31, 23, 30, tzinfo=UTC)):
        make.kudos(tomas, hana, why="In the last half hour of a year.")
    with clock.pinned(datetime(2021, 1, 1, 0, 30, tzinfo=UTC)):
        make.kudos(hana, tomas, why="=HYPERLINK(1) in the first of the next.", helped_ids=(ben,))
    make.kudos(tomas, ben, why="What has nothing to do with me.")
    page = client.get("kudos.yours", year=2020)
    assert page.h1 == "My thanks in 2020" and "In the last half hour of a year." in page.main
    assert "=HYPERLINK" not in page.main
    assert "/me/kudos?year=2021" in page.links()
    rows = list(
        csv.reader(io.StringIO(client.raw.get("/me/kudos.csv?year=2021").get_data(as_text=True).lstrip("\ufeff")))
    )
    assert len(rows) == 2
    assert rows[1][:7] == [
        "2021-01-01", "from me", "Hana Kim", "Tomás Rivera", "Ben Ode", "",
        "'=HYPERLINK(1) in the first of the next.",
    ]  # fmt: skip
    for year in ("2019", "3000", "x", "", "20200", "²020"):
        assert client.raw.get(f"/me/kudos.csv?year={year}").status_code == 404, year
        assert client.raw.get(f"/me/kudos?year={year}").status_code == 404, year


def test_the_wall_needs_no_more_queries_for_more_thanks(
    app: Flask, client: Client, make: Make, hana: int, tomas: int, ben: int
) -> None:
    said: list[str] = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda _c, _cursor, words, *_more: said.append(words))

    def costs() -> dict[str, int]:
        found = {}
        for address in (
            "/kudos",
            "/kudos?tab=teams",
            "/kudos?tab=to-me",
            "/me/kudos",
            "/",
            "/p/tomas-rivera",
            "/t/elm",
        ):
            said.clear()
            assert client.raw.get(address).status_code == 200
            found[address] = len(said)
        return found

    elm = make.project("Elm", hana, tomas, ben)

    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            giver, to = ((tomas, hana), (ben, tomas), (tomas, ben))[number % 3]
            with clock.pinned(clock.now() - timedelta(hours=3 * number)):
                public_id = make.kudos(giver, to, why=f"One of many thanks, number {number}.", team_id=elm)
            viewer = make.viewer(hana)
            make.do(partial(services.cheer, viewer=viewer, public_id=public_id, kind="heart"))

    fill(0, 3)
    few = costs()
    fill(3, 30)
    assert costs() == few
    assert len(words(client.get("kudos.wall"))) == 24


def test_views_keep_the_order_and_drop_what_is_not_seen(make: Make, hana: int, tomas: int, ben: int) -> None:
    def ids() -> list[int]:
        return list(db.session.scalars(sa.select(Kudos.id).order_by(Kudos.id)))

    make.kudos(tomas, ben, why="This is the first of three.")
    make.kudos(tomas, ben, why="This is the second, for two.", shown_to="us")
    make.kudos(tomas, ben, why="This is the third of three.")
    viewer = make.viewer(hana)
    found = make.read(lambda: queries.views(viewer, list(reversed(ids()))))
    assert [one.why for one in found] == ["This is the third of three.", "This is the first of three."]


def test_a_team_that_a_guest_left_is_named_no_more(client: Client, make: Make, tomas: int) -> None:
    guest = make.guest("Gita Rao", email="gita@example.org")
    make.project("Elm", tomas, guest)
    oak = make.project("Oak", tomas, guest)
    viewer = make.viewer(tomas)
    public_id = make.do(
        lambda: services.give_kudos(viewer=viewer, thanks=Thanks(WHY, (guest,), team_id=oak, shown_to="team"))
    )
    make.do(lambda: teams.remove_member(viewer=viewer, team_id=oak, person_id=guest))
    page = client.sign_in("gita@example.org").get("kudos.one", public_id=public_id)
    assert words(page) == [WHY] and "Oak" not in page.main and "the people of a team" in page.main
