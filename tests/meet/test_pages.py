"""Whom to meet on pages: the thread of reasons, the acts, and nobody else's eyes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from portal.core import clock
from portal.core.db import db
from portal.help import services as asks
from portal.meet import hello, network, news, pages, services
from portal.meet.forms import times_of
from portal.meet.ranking import FAMILIES
from portal.meet.reasons import Reason
from portal.moderation import services as moderation
from portal.notifications.models import DigestPace
from portal.people import services as people
from portal.people.models import Person
from portal.ties import queries as ties_queries
from portal.ties import services as ties
from portal.ties.models import Tie
from portal.ties.queries import talked_with
from tests.client import Client
from tests.house.test_query_counts import Counter
from tests.makers import Make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def company(make: Make, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Ann and Bo in one team, Cy knows what Ann is learning; few intros are enough here."""
    monkeypatch.setattr(pages, "INTROS_NEEDED", 2)
    names = {"ann": "Ann Adler", "bo": "Bo Brown", "cy": "Cy Clark", "di": "Di Dorn"}
    them = {key: make.member(name, department=f"Room {key}") for key, name in names.items()}
    make.project("Harbour", them["ann"], them["bo"])
    make.claim(them["ann"], "Maps", level="learning")
    make.claim(them["cy"], "Maps")
    for key in ("bo", "cy"):
        make.intro(them[key])
    make.read(services.refresh)
    return them


def change(make: Make, person_id: int, **values: object) -> None:
    def work() -> None:
        db.session.execute(sa.update(Person).where(Person.id == person_id).values(**values))
        people.relist(person_id)

    make.do(work)


def test_home_says_whom_to_meet_and_why_and_keeps_to_what_is_said(
    client: Client, make: Make, company: dict[str, int]
) -> None:
    client.sign_in(make.email(company["ann"]))
    home = client.get("home.home")
    cards = {card.cssselect("h3")[0].text_content().strip(): card for card in home.all(".meet")}
    assert {"Bo Brown", "Cy Clark"} <= set(cards) and len(cards) <= pages.ON_HOME
    assert [" ".join(li.text_content().split()) for li in cards["Cy Clark"].cssselect(".thread li .why")] == [
        "Can be asked about Maps, which you are learning",
        "Works in another department: Room cy",
        "You get an answer, they get a good question",
    ]
    assert "Is in Harbour with you" in cards["Bo Brown"].text_content()
    # Not now, and not now taken back; each leads back to where one was.
    later = home.submit(action="/p/cy-clark/not-now")
    assert later.headers["Location"] == "/"
    assert "Cy Clark" not in [h.text_content().strip() for h in client.follow(later).all(".meet h3")]
    meet = client.get("meet.meet")
    assert "Cy Clark" in meet.main and not meet.root.xpath("//form[@action='/p/cy-clark/not-now']")
    meet = client.follow(meet.submit(action="/p/cy-clark/not-now/undo"))
    assert meet.root.xpath("//form[@action='/p/cy-clark/not-now']")
    # Known already, never: neither is suggested, and nobody else sees anything of it.
    meet = client.follow(meet.submit(action="/p/cy-clark/known"))
    meet = client.follow(meet.submit(action="/p/bo-brown/never"))
    assert not meet.root.xpath("//h3[contains(., 'Cy Clark') or contains(., 'Bo Brown')]")
    for other in ("bo", "cy"):
        page = client.another().sign_in(make.email(company[other])).get("meet.meet")
        assert not page.root.xpath("//h3[contains(., 'Ann Adler')]") and "Ann" not in page.main
    profile = client.get("people.person", handle="cy-clark")
    assert "You said that you know each other." in profile.main
    profile = client.follow(profile.submit(action="/p/cy-clark/known/undo"))
    profile = client.follow(profile.submit(action="/p/cy-clark/talked"))
    assert "Last in touch here on" in profile.main and "You alone see it" in profile.flashes[0]
    theirs = client.another().sign_in(make.email(company["cy"])).get("people.person", handle="ann-adler")
    assert "Last in touch" not in theirs.main and "know each other" in theirs.main


def test_with_few_intros_there_are_facts_and_without_anything_one_act(
    client: Client, make: Make, company: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_in(make.email(company["ann"]))
    monkeypatch.setattr(pages, "INTROS_NEEDED", 3)
    make.intro(company["ann"], facts=["Only mine."], publish=False)
    home = client.get("home.home")
    assert "Did you know?" in home.main and home.main.count("Repairs radios on Sundays.") == 2
    assert not home.all(".meet") and "Only mine." not in home.main
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    # Each signal off: nobody is suggested from then on, and the page says why; else what would help.
    page = client.get("meet.settings")
    assert len(page.all("input[name=on][checked]")) == len(FAMILIES)
    page = client.follow(page.submit({"on": None}, action="/meet/settings"))
    assert not page.all("input[name=on][checked]")
    assert all("You turned everything off" in client.get(name).main for name in ("home.home", "meet.meet"))
    make.read(services.refresh)
    client.follow(page.submit({"on": list(FAMILIES)}, action="/meet/settings"))
    assert "We know too little to suggest anyone" in client.get("home.home").main
    for topic in ("Tides", "Charts"):
        make.claim(company["ann"], topic)
    assert "Nobody new at the moment" in client.get("home.home").main
    how = client.get("meet.how").main
    assert "a correlation in one company" in how and "never named" in how
    guest = client.another().sign_in(make.email(make.guest("Gil Guest")))
    assert not guest.get("home.home").root.xpath("//h2[@id='meet-h']")


def test_hello_opens_the_way_that_they_want(app: Flask, client: Client, make: Make, company: dict[str, int]) -> None:
    links = [
        {"label": "Chat", "url": "https://teams.microsoft.com/l/chat/0/0?users=cy"},
        {"label": "Code", "url": "https://example.org/cy"},
    ]
    change(make, company["cy"], reach_me_by="By mail: cy@example.org, before ten", links=links)
    client.sign_in(make.email(company["ann"]))
    text = "Hi Cy, I am learning about Maps, and you know it: I have a question. 15 minutes this week? Ann"
    page = client.get("meet.hello", handle="cy-clark")
    assert text in page.main and "before ten" in page.main
    mail = next(link for link in page.links() if link.startswith("mailto:cy@example.org?"))
    assert unquote(mail).replace("\n", " ").endswith(text)
    # Changed words go along, also without JavaScript; none are nothing to send.
    action = "/p/cy-clark/hello"
    page = client.read(page.submit({"words": "Hi Cy & all, tea?"}, action=action))
    assert any(link.endswith("&message=Hi%20Cy%20%26%20all%2C%20tea%3F") for link in page.links())
    assert page.fields("words")["words"].strip() == "Hi Cy & all, tea?"
    assert client.read(page.submit({"words": " "}, action=action), 422).errors == ["Write a few words"]
    with app.test_request_context("/"):
        ways = hello.ways("cy@example.org", links, "Hi Cy & all")
        said = {hello.words("Cy", "Ann", [Reason(kind, 1, "Maps")]) for kind in (
            "ask", "offer", "team", "goal", "both", "work", "new", "department", "elsewhere")}  # fmt: skip
        team, knows = [Reason("team", 1, "Maps")], ("no", "well", "silent")
        known = {hello.words("Cy", "Ann", team, know=know) for know in knows}
        nothing = hello.words("Cy", "Ann", [])
    assert [way.kind for way in ways] == ["mail", "chat"] and all(
        way.url.startswith(way.before) and way.before for way in ways
    )
    assert "Hi Cy & all" in unquote(ways[0].url) and "&message=Hi%20Cy%20%26%20all" in ways[1].url
    assert len(said) == 9
    # Nobody who talks to somebody writes as if they did not, and nobody else as if they had.
    assert len(known) == 3 and not any("whom I work with" in words for words in known - said)
    assert "get to know you" in nothing and "for a while" not in nothing
    bo, ann = make.viewer(company["bo"]), company["ann"]
    make.do(lambda: ties.say_known(viewer=bo, other_ids=[ann]))
    page = client.another().sign_in(make.email(company["bo"])).get("meet.hello", handle="ann-adler")
    assert "whom I work with" not in page.main and "Hi Ann, I would like to hear how" in page.main
    client.get("meet.hello", handle="ann-adler", status=404)
    # Whoever blocked somebody is not reached from here; it looks like having said nothing.
    cy, ann = make.viewer(company["cy"]), company["ann"]
    make.do(lambda: moderation.set_boundary(viewer=cy, other_id=ann, kind="block"))
    page = client.get("meet.hello", handle="cy-clark")
    assert text in page.main and "before ten" not in page.main and "Copy the words" in page.main
    assert not any(link.startswith(("mailto:", "https://teams")) for link in page.links())


def test_a_coffee_is_proposed_within_both_hours_and_goes_into_the_calendar(
    client: Client, make: Make, company: dict[str, int]
) -> None:
    change(make, company["ann"], time_zone="Europe/Amsterdam")
    change(
        make, company["cy"], time_zone="America/New_York", reach_me_by="cy@example.org", working_days=["tue", "thu"]
    )
    client.sign_in(make.email(company["ann"]))
    page = client.get("meet.coffee", handle="cy-clark")
    keys = [box.get("value") for box in page.all("input[name=at]")]
    assert len(keys) == 6 and "for Cy)" in page.main and "do not overlap" not in page.main
    local = [at.astimezone(clock.zone("America/New_York")) for at in times_of(keys) or []]
    assert all(at.strftime("%a") in ("Tue", "Thu") and 9 <= at.hour < 17 for at in local)
    action = "/p/cy-clark/coffee"
    for wrong, words in (([], "Pick one to three times"), (keys[:4], "Pick three times at most"),
                         (["20200101T0900Z"], "One of these times is over. Pick again.")):  # fmt: skip
        again = client.read(page.submit({"at": wrong}, action=action), 422)
        assert again.errors == [words] and len(again.all("input[name=at]")) == 6
    chosen = client.read(page.submit({"at": keys[:2]}, action=action))
    words = chosen.fields("words")["words"]
    assert words.count("for me,") == 2 and f"{local[0]:%H:%M} for you" in words
    changed = client.read(chosen.submit({"words": "Tea?"}, action=action))
    assert any(link.endswith("&body=Tea%3F") for link in changed.links())
    ics = next(link for link in changed.links() if "coffee.ics" in link)
    file = client.raw.get(ics)
    starts = [event["dtstart"].dt for event in Calendar.from_ical(file.data).walk("VEVENT")]
    assert starts == times_of(keys[:2]) and file.mimetype == "text/calendar"
    assert client.raw.get(ics).data.count(b"UID:coffee-") == 2 and b"Cy Clark" in file.data
    client.get("meet.coffee_ics", handle="cy-clark", at="20200101T0900Z", status=404)
    # No common hour: said, and what is least bad is there. Of somebody who hides their zone nothing is guessed.
    change(make, company["cy"], time_zone="Pacific/Honolulu", working_days=[])
    page = client.get("meet.coffee", handle="cy-clark")
    assert "do not overlap" in page.main and len(page.all("input[name=at]")) == 6
    change(make, company["cy"], shown={"time_zone": "nobody"})
    page = client.get("meet.coffee", handle="cy-clark")
    assert "goes by your own clock" in page.main and "for Cy)" not in page.main


def test_what_is_said_can_be_taken_back_and_counts_as_an_act(
    client: Client, make: Make, company: dict[str, int]
) -> None:
    def acted() -> bool:
        return make.read(lambda: db.session.get(DigestPace, company["ann"])) is not None

    client.sign_in(make.email(company["ann"]))
    profile = client.get("people.person", handle="di-dorn")
    assert not acted()
    profile = client.follow(profile.submit(action="/p/di-dorn/talked"))
    assert acted() and profile.all(".toast form[action='/p/di-dorn/talked/undo']")
    assert not profile.root.xpath("//form[@action='/p/di-dorn/talked']") and "Last in touch" in profile.main
    assert profile.root.xpath("//a[@href='/me/promises/new?to=di-dorn']")  # what was said there
    assert make.read(lambda: db.session.scalars(sa.select(Tie.other_id)).all()) == [company["di"]]
    profile = client.follow(profile.submit(action="/p/di-dorn/talked/undo"))
    assert make.read(lambda: db.session.scalars(sa.select(Tie.other_id)).all()) == []
    assert "Last in touch" not in profile.main and profile.root.xpath("//form[@action='/p/di-dorn/talked']")
    # A minute after midnight it can still be taken back, and the day of today is free.
    before = clock.now().replace(hour=23, minute=59)
    with clock.pinned(before):
        make.do(lambda: ties.say_we_talked(viewer=make.viewer(company["ann"]), other_id=company["di"]))
    with clock.pinned(before + timedelta(minutes=2)):
        me = make.viewer(company["ann"])
        assert make.read(lambda: talked_with(me, [company["di"]])) == {company["di"]: False}
        make.do(lambda: ties.unsay_we_talked(viewer=me, other_id=company["di"]))
        assert make.read(lambda: talked_with(me, [company["di"]])) == {}


def test_home_and_meet_cost_the_same_for_few_and_for_many(
    app: Flask, client: Client, make: Make, company: dict[str, int]
) -> None:
    client.sign_in(make.email(company["ann"]))
    counter = Counter(app)
    few = {page: len(counter.of(client, page)) for page in ("home.home", "meet.meet")}
    more = [make.member(f"More {number}", department="Room more") for number in range(12)]
    make.project("Quay", company["ann"], *more)
    for one in more:
        make.intro(one)
    make.read(services.refresh)
    many = {page: len(counter.of(client, page)) for page in few}
    assert len(client.get("meet.meet").all(".meet")) == 6
    assert many["meet.meet"] == few["meet.meet"] <= 32, (few, many)
    assert many["home.home"] <= 72, many


def test_my_network_is_a_picture_and_tables_for_my_eyes_only(
    app: Flask, client: Client, make: Make, company: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bo, cy = company["ann"], company["bo"], company["cy"]
    client.sign_in(make.email(ann))
    assert "Nothing here yet" in client.get("meet.network").main
    with clock.pinned(clock.now() - timedelta(days=110)):
        make.kudos(cy, ann)
    make.kudos(ann, bo)
    me = make.viewer(ann)
    make.do(lambda: ties.say_we_talked(viewer=me, other_id=bo))
    counter = Counter(app)
    few = len(counter.of(client, "meet.network"))
    page = client.get("meet.network")
    names = [row.cssselect("th .namelink bdi")[-1].text for row in page.all(".network-table tbody tr")]
    assert names == ["Bo Brown", "Cy Clark"]
    assert "for two weeks at most" in page.main and "nothing here for three months" in page.main
    cells = [[cell.text_content() for cell in row.cssselect("td")] for row in page.all("details tbody tr")]
    assert cells[0] == ["not yet"] * 11 + ["New"] and cells[1][-1] == "Asleep" and cells[1][0] == "Quiet"
    assert "Quiet, then asleep" in page.main and len(page.all(".network-table .weekstrip rect")) == 24
    weeks = [int(row.cssselect("td")[0].text_content()) for row in page.all(".weeks tbody tr")]
    assert len(weeks) == 12 and weeks[-1] == 1 and sum(weeks[:-1]) == 0
    assert len(page.all(".network .net-dot")) == 2 <= network.DRAWN and not page.all("[style]")
    # Whom I have not heard from: something to say, of what I may see; noting a talk leads back here.
    assert "Their intro is new since then: Keeps the queues short." in page.main
    for shown_to, why in (("us", "That which is between us two alone."), ("everyone", "The maps of the harbour.")):
        make.kudos(company["di"], cy, shown_to=shown_to, why=why)
        page = client.get("meet.network")
        assert "between us two" not in page.main
    assert "They were thanked: The maps of the harbour." in page.main
    asker = make.viewer(cy)
    make.do(lambda: asks.ask(viewer=asker, question=asks.Question("How do you fold a chart of the sea?")))
    page = client.get("meet.network")
    assert "They ask: How do you fold a chart of the sea?" in page.main
    words = client.get("meet.hello", handle="cy-clark").fields("words")["words"]
    assert "“How do you fold a chart of the sea?”" in words
    page = client.follow(page.submit(action="/p/cy-clark/talked"))
    assert page.h1 == "Your network" and "To hear from again" not in page.main and "Noted for today" in page.main
    for number in range(5):
        make.kudos(make.member(f"More {number}"), ann)
    assert len(counter.of(client, "meet.network")) <= few <= 30
    monkeypatch.setattr(ties_queries.page_of_ties, "__kwdefaults__", {"cursor": None, "size": 3})
    page, seen = client.get("meet.network"), []
    while True:
        seen += [row.cssselect("th .namelink bdi")[-1].text for row in page.all(".network-table tbody tr")]
        following = page.all("a[rel=next]")
        if not following:
            break
        page = client.get(following[0].get("href"))
        assert not page.all(".network") and page.all("details table")
    assert len(seen) == len(set(seen)) == 7
    # Bo was thanked and knows that; that Ann says they talked is no part of what Bo sees.
    theirs = client.another().sign_in(make.email(company["di"])).get("meet.network")
    assert "Ann" not in theirs.main and "Bo" not in theirs.main


def test_an_intro_for_my_teams_lends_nothing_to_others(make: Make) -> None:
    """Neither its facts, where there are few intros, nor its headline, where something is to be said again."""
    writer, mate, stranger = make.member("Wera Writer"), make.member("Mo Mate"), make.member("Stan Stranger")
    make.project("Elm", writer, mate)
    make.intro(writer, shown_to="teams")
    since = {writer: clock.today() - timedelta(days=9)}
    for who, sees in ((mate, True), (stranger, False)):
        viewer = make.viewer(who)
        facts, said = make.read(lambda viewer=viewer: (pages.facts(viewer), news.news_of(viewer, since)))
        assert (writer in [one.card.id for one in facts], writer in said) == (sees, sees)
