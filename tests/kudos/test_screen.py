"""The pages of the meeting screen: choosing, the stage, its link, the room, sending round."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.kudos import meetings, services
from portal.kudos.models import SCREEN_LASTS, KudosScreen, KudosScreenPerson, ThanksWish
from portal.people import services as people
from portal.people.photos import Pictures
from portal.teams import services as teams
from tests.client import Client, Page
from tests.makers import Make

FIRST = "You stayed until every import was green."
SECOND = "The sign-up page reads like a letter now."


@dataclass
class House:
    """Hana leads Lighthouse; Tomás and Ben are in it, Olu is not. Everybody says yes to screens."""

    make: Make
    client: Client
    hana: int
    tomas: int
    ben: int
    olu: int
    team: int
    first: str
    second: str

    def as_(self, person_id: int) -> Client:
        return self.client.another().sign_in(self.make.email(person_id))

    def start(self, hana: Client, *picked: str) -> str:
        """Start it from the page; its address."""
        page = hana.get("/kudos/screen?team=lighthouse&earlier=1")
        answer = page.submit({"pick": list(picked)}, containing="team")
        assert answer.status_code == 303
        return str(answer.headers["Location"]).rsplit("/", 1)[0]

    def link(self, hana: Client, address: str) -> str:
        found = hana.get(address).root.xpath("//input[@id='tv-link']/@value")
        return "/" + str(found[0]).split("/", 3)[3]

    def ask(self, person_id: int, wish: str = "ask") -> None:
        words = sa.update(ThanksWish).where(ThanksWish.person_id == person_id).values(on_screen=wish)
        self.make.do(lambda: db.session.execute(words))


@pytest.fixture
def house(make: Make, client: Client) -> House:
    def come() -> list[int]:
        make.noise(1)
        hana, tomas, ben, olu = (make.member(name) for name in ("Hana Kim", "Tomás Rivera", "Ben Ode", "Olu Adu"))
        team = make.project("Lighthouse", hana, tomas, ben)
        for one in (hana, tomas, ben, olu):
            make.do(lambda one=one: db.session.add(ThanksWish(person_id=one, shown="wall", on_screen="yes")))
        return [hana, tomas, ben, olu, team]

    hana, tomas, ben, olu, team = make.once("lighthouse of the screen", come)
    first = make.kudos(olu, tomas, why=FIRST)
    second = make.kudos(tomas, ben, hana, why=SECOND)
    return House(make, client, hana, tomas, ben, olu, team, first, second)


# ---- choosing ----------------------------------------------------------------------------------------------


def test_the_host_picks_and_says_in_which_order(house: House) -> None:
    hana = house.as_(house.hana)
    page = hana.get("/kudos/screen?team=lighthouse")
    assert FIRST in page.main and SECOND in page.main
    answer = page.submit(
        {"pick": [house.second, house.first], f"place-{house.first}": "1", f"place-{house.second}": "2"},
        containing="team",
    )
    start = hana.follow(answer)
    assert start.h1 == "Thanks" and "2 thank-yous" in start.main
    stage = start.path.removesuffix("/0")
    one = hana.get(f"{stage}/1")
    assert one.h1 == "Olu Adu thanked Tomás Rivera" and FIRST in one.main and "1 of 2" in one.main
    two = hana.get(f"{stage}/2")
    assert two.h1 == "Tomás Rivera thanked Ben Ode and Hana Kim" and SECOND in two.main
    ended = hana.follow(hana.raw.get(f"{stage}/3"))
    assert ended.h1 == "Send it round?" and ended.path.endswith("/end")


def test_eight_ticks_come_back_with_what_was_ticked(house: House) -> None:
    words = ["first box", "second box", "third box", "fourth box", "fifth box", "sixth box"]
    more = [house.make.kudos(house.olu, house.ben, why=f"You carried the {each} upstairs.") for each in words]
    hana = house.as_(house.hana)
    ticked = [house.first, house.second, *more]
    answer = hana.get("/kudos/screen?team=lighthouse").submit(
        {"pick": ticked, f"place-{house.first}": "3"}, containing="team"
    )
    page = hana.read(answer, 422)
    assert page.errors == ["Pick at most 7. The room can add more while you show them."]
    assert len(page.all("input[name=pick][checked]")) == 8
    assert page.root.xpath(f"//input[@name='place-{house.first}']/@value") == ["3"]


def test_who_is_asked_first_is_named_and_why_others_are_missing_is_not(house: House) -> None:
    house.ask(house.tomas)
    house.ask(house.ben, "no")
    page = house.as_(house.hana).get("/kudos/screen?team=lighthouse")
    assert "Tomás is asked first" in page.main
    assert SECOND not in page.main and "no" not in page.main.lower().split()


def test_another_host_sees_that_it_runs_and_joins(house: House) -> None:
    address = house.start(house.as_(house.hana), house.first)
    tomas = house.as_(house.tomas)
    page = tomas.get("/kudos/screen?team=lighthouse")
    assert "Hana started it at" in page.main and address in page.links()
    assert not page.all("input[name=pick]")
    assert address in tomas.get("/t/lighthouse").links()
    assert tomas.get(f"{address}/1").status == 200


def test_both_press_start_and_the_second_is_told(house: House) -> None:
    hana, tomas = house.as_(house.hana), house.as_(house.tomas)
    late = tomas.get("/kudos/screen?team=lighthouse")
    address = house.start(hana, house.first)
    page = tomas.read(late.submit({"pick": [house.second]}, containing="team"), 422)
    assert page.errors == ["Somebody has started the screen a moment ago. Join them."]
    assert address in page.links()


def test_started_twice_by_a_double_click_it_is_one(house: House) -> None:
    hana = house.as_(house.hana)
    page = hana.get("/kudos/screen?team=lighthouse")
    answers = [page.submit({"pick": [house.first]}, containing="team") for _again in range(2)]
    assert len({answer.headers["Location"] for answer in answers}) == 1


def test_a_closed_team_says_so(house: House) -> None:
    viewer = house.make.viewer(house.hana)
    house.make.do(lambda: teams.close_team(viewer=viewer, team_id=house.team, learned=""))
    page = house.as_(house.hana).get("/kudos/screen?team=lighthouse")
    assert "This team is closed" in page.main and not page.all("main form")


def test_for_others_none_of_it_is_there(house: House) -> None:
    address = house.start(house.as_(house.hana), house.first)
    olu = house.as_(house.olu)
    for path in ("?team=lighthouse", "?team=nothing", "?team="):
        olu.get(f"/kudos/screen{path}", status=404)
    for path in ("", "/0", "/1", "/end", "/1/more", "/round", "/shown", "/add"):
        if path.endswith("more"):
            assert olu.raw.get(address + path).headers["HX-Refresh"] == "true"
        else:
            olu.get(address + path, status=404)
    assert "Thanks on the screen" not in olu.get("/t/lighthouse").main


@pytest.mark.parametrize("path", ["/x", "/-1", "/1.5", "/99999999999999999999", "/END", "/²"])
def test_addresses_that_lead_nowhere(house: House, path: str) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    hana.get(address + path, status=404)


# ---- the stage ---------------------------------------------------------------------------------------------


def test_pause_comes_first_and_names_stand_above_the_words(house: House) -> None:
    hana = house.as_(house.hana)
    page = hana.get(house.start(hana, house.first) + "/1")
    inside = [each.get("class") for each in page.root.xpath("//main/*")]
    assert inside[0] == "meeting-bot" and page.root.xpath("//main//button")[0].get("aria-pressed") == "false"
    words = [each.tag for each in page.all(".meeting-kudos > *")]
    assert words.index("h1") < words.index("blockquote")
    assert page.root.xpath("//main/@data-lasts") == ["12"]


def test_what_is_taken_back_leads_on_to_the_next(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first, house.second)
    viewer = house.make.viewer(house.olu)
    house.make.do(lambda: services.take_back(viewer=viewer, public_id=house.first))
    assert hana.raw.get(f"{address}/1/more?of=2&said=0").headers["HX-Refresh"] == "true"
    page = hana.follow(hana.raw.get(f"{address}/1"))
    assert page.path == f"{address}/2" and "1 of 1" in page.main and SECOND in page.main


def _words(who: Client, path: str) -> str:
    answer = who.raw.get(path, follow_redirects=True)
    return answer.get_data(as_text=True)


def test_more_is_said_and_nothing_jumps(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    quiet = hana.raw.get(f"{address}/1/more?of=1&said=0")
    assert quiet.status_code == 204
    screen = address.rsplit("/", 1)[1]
    live = house.make.kudos(house.ben, house.hana, why="You brought the cake to the meeting.")
    ben = house.make.viewer(house.ben)
    house.make.do(lambda: meetings.add_live(ben, screen, live))
    news = hana.raw.get(f"{address}/1/more?of=1&said=0").get_data(as_text=True)
    assert "One more came in" in news and f"{address}/2" in news and "said=1" in news and "of=1" in news
    assert hana.raw.get(f"{address}/1/more?of=1&said=1").status_code == 204
    assert "2 of 2" in hana.get(f"{address}/2").main


def test_over_it_leads_back_to_the_room(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    hana.get(address).submit(action=f"{address}/over")
    over = hana.follow(hana.raw.get(f"{address}/1"))
    assert "This meeting is over" in over.main and "/me/promises/new" in over.links()
    assert hana.raw.get(f"{address}/1/more").headers["HX-Refresh"] == "true"


def test_a_team_is_thanked_by_its_name_and_a_crowd_in_short(house: House) -> None:
    make = house.make
    whole = make.kudos(house.olu, why="All of you got us over the line.", to_team=True, team_id=house.team)
    crowd = [make.member(f"Noa Number{number}") for number in range(9)]
    for one in crowd:
        make.do(lambda one=one: db.session.add(ThanksWish(person_id=one, shown="wall", on_screen="yes")))
    many = make.kudos(house.olu, house.ben, *crowd, why="You carried everything upstairs in an hour.")
    hana = house.as_(house.hana)
    address = house.start(hana, whole, many)
    said = {hana.get(f"{address}/{place}").h1 for place in (1, 2)}
    assert "Olu Adu thanked Lighthouse" in said
    assert any(one.startswith("Olu Adu thanked Ben, Noa") and one.endswith("and 4 more") for one in said)


# ---- its link ----------------------------------------------------------------------------------------------


def test_the_link_shows_the_same_to_nobody_in_particular(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first, house.second)
    link = house.link(hana, address)
    tv = house.client.another()
    start = tv.get(link)
    assert start.h1 == "Thanks" and start.all(".meeting-code svg")
    for place in (1, 2):
        mine, theirs = hana.get(f"{address}/{place}"), tv.get(f"{link}/{place}")
        assert (
            theirs.h1 == mine.h1
            and theirs.all("blockquote")[0].text_content() == mine.all("blockquote")[0].text_content()
        )
        assert not theirs.all("form") and "Leave" not in theirs.main
        for name, value in (("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")):
            assert theirs.response.headers[name] == value
    last = tv.follow(tv.raw.get(f"{link}/3"))
    assert last.h1 == "That was all" and not last.all("form")
    # What others stand on is not opened by it.
    for path in (address, f"{address}/1", f"{address}/round", "/kudos/screen?team=lighthouse"):
        assert tv.raw.get(path).headers["Location"].startswith("/sign-in")
    assert tv.raw.get(f"/k/{house.first}").status_code in (303, 404)


def test_the_link_asks_anew_for_every_page(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    link = house.link(hana, address)
    tv = house.client.another()
    assert FIRST in tv.get(f"{link}/1").main
    house.ask(house.tomas, "no")
    assert tv.raw.get(f"{link}/1/more?of=1&said=0").headers["HX-Refresh"] == "true"
    assert FIRST not in _words(tv, f"{link}/1") and tv.raw.get(f"{link}/1").status_code == 303


def test_the_link_goes_where_the_host_goes(house: House) -> None:
    hana, tomas = house.as_(house.hana), house.as_(house.tomas)
    address = house.start(hana, house.first, house.second)
    link = house.link(hana, address)
    tv = house.client.another()

    def polled(page: Page) -> str | None:
        return tv.raw.get(page.all(".meeting-more")[0].get("hx-get")).headers.get("HX-Redirect")

    start = tv.get(link)
    assert polled(start) is None
    card = hana.get(f"{address}/2")
    assert card.submit(action=f"{address}/2/at").status_code == 204
    assert polled(start) == f"{link}/2"
    there = tv.get(f"{link}/2")
    assert polled(there) is None and tv.get(link).h1 == there.h1, "opened late it begins where the host is"
    # Gone on by its own keys it stays there, until the host goes on.
    assert polled(tv.get(f"{link}/1")) is None
    assert hana.get(f"{address}/end").submit(action=f"{address}/end/at").status_code == 204
    assert polled(there) == f"{link}/end"
    # Nobody else leads it, and nothing follows when it is over.
    token = tomas.get("home.me").fields(action="/sign-out")["csrf_token"]
    assert not tomas.get(f"{address}/1").all(f"form[action='{address}/1/at']")
    assert tomas.raw.post(f"{address}/1/at", data={"csrf_token": token}).status_code == 404
    hana.get(address).submit(action=f"{address}/over")
    assert card.submit(action=f"{address}/2/at").status_code == 404


@pytest.mark.parametrize("how", ["ended", "four hours", "team closed"])
def test_the_link_ends_with_the_meeting(house: House, how: str) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    link = house.link(hana, address)
    if how == "ended":
        hana.get(address).submit(action=f"{address}/over")
    elif how == "four hours":
        past = sa.update(KudosScreen).values(ends_at=clock.now() - SCREEN_LASTS)
        house.make.do(lambda: db.session.execute(past))
    else:
        viewer = house.make.viewer(house.hana)
        house.make.do(lambda: teams.close_team(viewer=viewer, team_id=house.team, learned=""))
    tv = house.client.another()
    for path in (link, f"{link}/1"):
        page = tv.get(path, status=410)
        assert page.h1 == "This meeting is over" and FIRST not in page.text
        assert page.response.headers["Referrer-Policy"] == "no-referrer"
    more = tv.raw.get(f"{link}/1/more")
    assert more.status_code == 200 and more.headers["HX-Refresh"] == "true"


def test_a_link_that_does_not_fit_is_not_there(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    link = house.link(hana, address)
    tv = house.client.another()
    head, _slash, token = link.rpartition("/")
    for wrong in (f"{head}/{token[:-1]}0" if token[-1] != "0" else f"{head}/{token[:-1]}1", f"{head}/1-{'0' * 40}",
                  link.replace(address.rsplit("/", 1)[1], "0123456789"), f"{head}/x", f"{link}/x"):  # fmt: skip
        tv.get(wrong, status=404)


def test_the_secret_is_not_in_the_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    hana = house.as_(house.hana)
    link = house.link(hana, house.start(hana, house.first))
    token = link.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        house.client.another().get(link)
        house.client.another().get(f"{link}x", status=404)
    assert caplog.records and not [one for one in caplog.records if token in f"{one.getMessage()} {one.__dict__}"]


def test_faces_stand_within_the_page_for_who_is_not_signed_in(house: House) -> None:
    pictures = Pictures(b"a portrait", b"a square", cutout=False)
    house.make.do(lambda: people.set_photo(person_id=house.tomas, pictures=pictures))
    hana = house.as_(house.hana)
    address = house.start(hana, house.first)
    link = house.link(hana, address)
    assert [src for src in hana.get(f"{address}/1").root.xpath("//img/@src") if src.startswith("/photos/")]
    shown = house.client.another().get(f"{link}/1").root.xpath("//img/@src")
    assert shown and all(not src.startswith("/photos/") for src in shown)
    assert [src for src in shown if src.startswith("data:image/webp;base64,")]


# ---- the room ----------------------------------------------------------------------------------------------


def test_somebody_in_the_room_comes_in_once(house: House) -> None:
    address = house.start(house.as_(house.hana), house.first)
    ben = house.as_(house.ben)
    page = ben.get(address)
    for _twice in range(2):
        page = (
            ben.follow(page.submit(action=f"{address}/here")) if page.all(f"form[action='{address}/here']") else page
        )
    assert "You are in" in page.main
    rows = sa.select(sa.func.count()).select_from(KudosScreenPerson)
    assert house.make.read(lambda: db.session.scalar(rows)) == 2


def test_the_code_in_the_room_leads_to_saying_thanks(house: House) -> None:
    address = house.start(house.as_(house.hana), house.first)
    ben = house.as_(house.ben)
    answer = ben.raw.get(f"{address}/add")
    screen = address.rsplit("/", 1)[1]
    assert answer.headers["Location"] == f"/kudos/new?screen={screen}&team=lighthouse"
    form = ben.follow(answer)
    assert form.root.xpath("//input[@name='screen']/@value") == [screen]
    words = {"to": "Hana Kim", "why": "You brought the cake to the meeting.", "audience": "everyone"}
    assert form.submit(words, containing="why").status_code == 303
    assert "You brought the cake" in ben.get(f"{address}/2").main
    with ben.raw.session_transaction() as session:
        assert ("message", "It stands on the screen, as the last one.") in session["_flashes"]
    # Who is not signed in signs in first, and then is there.
    assert house.client.another().raw.get(f"{address}/add").headers["Location"].startswith("/sign-in?next=")


def test_a_guest_watches_and_does_not_host(house: House) -> None:
    guest, lead = house.make.guest("Gus Guest"), house.make.viewer(house.hana)
    house.make.do(lambda: teams.add_people(viewer=lead, team_id=house.team, person_ids=[guest]))
    gus = house.as_(guest)
    gus.get("/kudos/screen?team=lighthouse", status=404)
    assert "Thanks on the screen" not in gus.get("/t/lighthouse").main
    address = house.start(house.as_(house.hana), house.first)
    page = gus.follow(gus.raw.get("/kudos/screen?team=lighthouse"))
    assert page.path == address and not page.all("#tv-link") and not page.all(f"form[action='{address}/over']")
    assert "Join the screen" in gus.get("/t/lighthouse").main
    gus.get(f"{address}/round", status=404)


# ---- whoever is asked --------------------------------------------------------------------------------------


def test_who_is_asked_answers_and_may_change_it(house: House) -> None:
    house.ask(house.tomas)
    hana, tomas = house.as_(house.hana), house.as_(house.tomas)
    address = house.start(hana, house.first)
    assert "May thanks for you be shown in a meeting of Lighthouse?" in tomas.get("/").main
    page = tomas.get("/kudos/screen/asked")
    assert "Hana would show this in a meeting of Lighthouse" in page.main and FIRST in page.main
    assert FIRST not in _words(hana, f"{address}/1")
    page = tomas.follow(page.submit({"answer": "yes"}, action=page.form("answer").get("action")))
    assert "You said yes." in page.main and "May thanks for you" not in tomas.get("/").main
    assert FIRST in _words(hana, f"{address}/1")
    page = tomas.follow(page.submit({"answer": "no"}, action=page.form("answer").get("action")))
    assert "You said no." in page.main and "Nobody is told" in " ".join(page.flashes)
    assert FIRST not in _words(hana, f"{address}/1")
    action = page.form("answer").get("action")
    assert page.submit({"answer": "perhaps"}, action=action).status_code == 404
    stranger = house.as_(house.ben).get("/kudos/screen/asked")
    assert "Nobody asks you" in stranger.main


# ---- afterwards --------------------------------------------------------------------------------------------


def test_it_is_sent_round_once_to_who_was_there(house: House) -> None:
    hana, ben = house.as_(house.hana), house.as_(house.ben)
    address = house.start(hana, house.first)
    ben.get(address).submit(action=f"{address}/here")
    last = hana.get(f"{address}/end")
    page = hana.follow(last.submit(action=f"{address}/over"))
    assert page.path == f"{address}/round" and "Hana" not in [_name(box) for box in page.all("input[name=person]")]
    ticked = [box.get("value") for box in page.all("input[name=person][checked]")]
    assert ticked == [house.make.handle(house.ben)]
    first = page.submit({"person": [*ticked, "nobody-at-all"]}, containing="once")
    assert hana.follow(first).flashes == ["Sent to 1 person."]
    again = hana.get(f"{address}/round")
    assert "It went round" in again.main and not again.all("input[name=person]")
    assert hana.follow(page.submit({"person": [house.make.handle(house.tomas)]}, containing="once")).flashes == []
    assert FIRST in ben.get(f"{address}/shown").main
    house.as_(house.tomas).get(f"{address}/shown", status=404)


def _name(box: object) -> str:
    return str(box.getparent().text_content()).strip()  # type: ignore[attr-defined]


def test_with_nothing_shown_there_is_nothing_to_send(house: House) -> None:
    hana = house.as_(house.hana)
    address = house.start(hana)
    assert "Nothing stands here yet" in hana.get(f"{address}/0").main
    page = hana.get(f"{address}/round")
    assert "nothing to send" in page.main and not page.all("input[name=person]")
