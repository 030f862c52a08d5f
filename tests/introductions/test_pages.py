"""Introductions on pages: from a profile to hello, without JavaScript; what was typed stays; nobody else's eyes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.introductions import managers, services
from portal.notifications import services as notices
from portal.people import services as people
from tests.client import Client
from tests.house.test_query_counts import Counter
from tests.makers import Make
from tests.sink import Post, link_in, words

from .test_managers import asks, names, reports_to
from .test_services import bring, does, says

pytestmark = pytest.mark.both_databases


@pytest.fixture
def company(make: Make) -> dict[str, int]:
    """Ann reports to Mia; there are two who are called Bo."""
    names = {"ann": "Ann Adler", "mia": "Mia Moss", "bo": "Bo Brown", "bea": "Bo Bell", "cy": "Cy Clark"}
    them = {key: make.member(name) for key, name in names.items()}
    reports_to(make, them["ann"], them["mia"])
    return them


def test_from_a_profile_to_hello(client: Client, make: Make, company: dict[str, int]) -> None:
    client.sign_in(make.email(company["ann"]))
    profile = client.get("people.person", handle="bo-brown")
    assert "/introductions/new?one=bo-brown" in profile.links()
    page = client.get("introductions.new", one="bo-brown")
    typed = {"one": "Bo", "other": "Cy Clark", "line_one": "Cy moved two teams.", "line_other": ""}
    page = client.read(page.submit(typed, action="/introductions/new"), 422)
    assert page.title.startswith("Error") and "Say in a line why" in page.text and "more than one" in page.text
    assert {"bo-brown", "bo-bell"} <= {box.get("value") for box in page.all("fieldset input[type=radio]")}
    assert page.root.xpath("string(//input[@name='line_one']/@value)") == "Cy moved two teams."
    field = page.all("fieldset input[type=radio]")[0].get("name")
    done = page.submit({field: "bo-brown", "line_other": "Bo runs the export."}, action="/introductions/new")
    mine = client.follow(done)
    assert "If both say yes" in mine.flashes[0]
    assert "Open until" in mine.main and "To Bo: Cy moved two teams." in mine.main
    typed = {"one": "cy-clark", "other": "bo-brown", "line_one": "x", "line_other": "y"}
    again = client.read(client.get("introductions.new").submit(typed, action="/introductions/new"), 422)
    assert "You brought these two together on" in again.text
    twice = client.read(again.submit({"other": "cy-clark"}, action="/introductions/new"), 422)
    assert "nobody twice" in twice.text
    bo = client.another().sign_in(make.email(company["bo"]))
    home = bo.get("home.home")
    assert "Ann Adler would like to bring you together with Cy Clark" in home.main
    assert "Cy moved two teams." in home.main and "Bo runs the export." not in home.main
    (yes,) = [form for form in home.all("form") if form.get("action", "").endswith("/yes")]
    page = bo.follow(home.submit(action=yes.get("action")))
    assert "you both hear of it" in page.flashes[0] and "bring you together" not in page.main
    cy = client.another().sign_in(make.email(company["cy"]))
    waiting = cy.get("introductions.index")
    assert "Bo runs the export." in waiting.main and "Cy moved" not in waiting.main
    page = cy.follow(waiting.submit(action=yes.get("action")))
    assert "You both said yes" in page.main and "/p/bo-brown/hello" in page.links()
    notices = bo.get("notifications.notices")
    assert "Ann brought you together with Cy Clark: both said yes" in notices.main
    assert "/p/cy-clark/hello" in notices.links() and "Cy moved two teams." in notices.main
    assert "Both said yes" in client.get("introductions.index").main
    # The hello begins with who it was, as long as that is lately; the next one does not.
    first = "Hi Cy, Ann Adler brought us together."
    assert bo.get("meet.hello", handle="cy-clark").fields("words")["words"].strip().startswith(first)
    assert "Ann Adler" not in bo.get("meet.hello", handle="bo-bell").main
    with clock.pinned(clock.now() + timedelta(days=31)):
        later = client.another().sign_in(make.email(company["bo"])).get("meet.hello", handle="cy-clark")
        assert "Ann Adler" not in later.main
    for other in ("mia", "bea"):
        page = client.another().sign_in(make.email(company[other])).get("introductions.index")
        assert "Clark" not in page.main and "Brown" not in page.main and "Nobody yet" in page.main


def test_a_manager_names_somebody(client: Client, make: Make, company: dict[str, int]) -> None:
    ann = client.sign_in(make.email(company["ann"]))
    page = ann.get("introductions.ask_manager")
    page = ann.follow(page.submit({"line": "Somebody who moved a team."}, action="/introductions/manager"))
    assert "You asked Mia whom to meet. They have until" in page.main
    assert "You can ask again from" in ann.get("introductions.ask_manager").main
    mia = client.another().sign_in(make.email(company["mia"]))
    home = mia.get("home.home")
    assert "Ann Adler asks you whom to meet" in home.main and "Somebody who moved a team." in home.main
    (link,) = [one for one in home.links() if one.startswith("/introductions/asked/")]
    public_id = link.rsplit("/", 1)[1]
    page = mia.get("introductions.name_people", public_id=public_id)
    typed = {"name_1": "Bo Brown", "reason_1": "Moved two teams.", "reason_2": "Why whom?"}
    page = mia.read(page.submit(typed, action=link), 422)
    assert "Say whom you mean" in page.text
    assert page.root.xpath("string(//input[@name='reason_1']/@value)") == "Moved two teams."
    done = mia.follow(page.submit({"name_2": "@cy-clark"}, action=link))
    assert "reads it, and each colleague is asked" in done.flashes[0]
    mia.get("introductions.name_people", public_id=public_id, status=404)
    mine = ann.get("introductions.index").main
    assert "they named somebody" in mine and "Mia: Moved two teams." in mine and "You said yes by asking" in mine
    assert "Your manager thinks you should meet" in ann.get("people.person", handle="bo-brown").main
    bo = client.another().sign_in(make.email(company["bo"]))
    assert "Your manager" not in bo.get("people.person", handle="ann-adler").main
    bo.get("introductions.name_people", public_id=public_id, status=404)


def test_why_nobody_can_be_asked_is_said(client: Client, make: Make, company: dict[str, int]) -> None:
    bo = client.sign_in(make.email(company["bo"]))
    assert "Hallway knows of nobody whom you report to" in bo.get("introductions.ask_manager").main
    reports_to(make, company["bo"], make.person("Ed Elm"))
    page = bo.get("introductions.ask_manager")
    assert "Ed Elm has not been here yet" in page.main and not page.all("form[action='/introductions/manager']")
    reports_to(make, company["bo"], company["cy"])
    until = clock.today() + timedelta(days=40)
    does(make, company["cy"], people.set_away, until=until, stand_in_id=None)
    assert "Ask them once they are back" in bo.get("introductions.ask_manager").main
    guest = client.another().sign_in(make.email(make.guest("Gus Guest")))
    guest.get("introductions.ask_manager", status=404)
    assert "Ask my manager" not in guest.get("introductions.index").main


def test_mail_goes_to_whoever_wants_it_and_none_after_taking_back(
    make: Make, company: dict[str, int], post: Post
) -> None:
    ann, bo, cy = (company[key] for key in ("ann", "bo", "cy"))
    with clock.pinned(datetime(2030, 5, 7, 12, 0, tzinfo=UTC)):
        this = bring(make, ann, bo, cy)
        make.do(lambda: notices.turn_mail(person_id=cy, code="introduction", on=False))
        (mail,) = post.go()
        assert post.sink.to == [make.email(bo)]
        assert mail["Subject"] == "Ann would like to bring you together with Cy Clark"
        assert "“Meet Cy.”" in words(mail) and link_in(mail, "/introductions") == "/introductions"
        says(make, bo, this)
        says(make, cy, this)
        (mail,) = post.go()
        assert mail["Subject"] == "Ann brought you together with Cy Clark: both said yes"
        assert link_in(mail, "/p/") == "/p/cy-clark/hello"
        again = bring(make, ann, bo, company["bea"])
        does(make, ann, services.take_back, public_id=again)
        assert post.go() == []
        asks(make, ann, "Somebody who moved a team.")
        (mail,) = post.go()
        assert mail["Subject"] == "Ann asks you whom to meet" and "/introductions/asked/" in words(mail)


def test_the_page_costs_the_same_for_few_and_for_many(
    app: Flask, client: Client, make: Make, company: dict[str, int]
) -> None:
    ann = company["ann"]
    client.sign_in(make.email(ann))
    counter = Counter(app)

    def more(names: tuple[str, ...]) -> None:
        others = [make.member(name) for name in names]
        for one in others:
            bring(make, ann, company["mia"], one)
            says(make, ann, bring(make, company["cy"], ann, one))
            bring(make, company["bea"], ann, make.member(f"With {one}"))
            reports_to(make, one, ann)
            asks(make, one)

    more(("Xa One",))
    few = [len(counter.of(client, page)) for page in ("introductions.index", "home.home")]
    more(("Xb Two", "Xc Three"))
    assert [len(counter.of(client, page)) for page in ("introductions.index", "home.home")] == few
    assert few[0] <= 24


def test_whoever_became_a_guest_is_told_nothing_of_what_they_asked(
    client: Client, make: Make, company: dict[str, int]
) -> None:
    this = asks(make, company["ann"])
    names(make, company["mia"], this, (company["cy"], "Cy moved two teams."))
    client.sign_in(make.email(company["ann"]))
    with_it = client.get("introductions.index").main
    until = clock.today() + timedelta(days=30)
    make.do(lambda: people.change_kind(person_id=company["ann"], kind="guest", actor_id=company["bo"], ends_on=until))
    without = client.get("introductions.index").main
    assert "You asked Mia" in with_it and "You asked" not in without


def test_what_a_manager_wrote_to_somebody_who_took_it_back_is_not_lost(
    client: Client, make: Make, company: dict[str, int]
) -> None:
    this = asks(make, company["ann"])
    client.sign_in(make.email(company["mia"]))
    form = client.get("introductions.name_people", public_id=this)
    does(make, company["ann"], managers.take_back, public_id=this)
    why = "Cy moved two teams, and did it “well” <i>twice</i>."
    answer = form.submit({"name_1": "Cy Clark", "reason_1": why}, action=f"/introductions/asked/{this}")
    page = client.read(answer, 404)
    assert [box.text_content() for box in page.all("textarea")] == [why]
    assert not page.all("main form"), "there is nowhere to send it"
    stranger = (
        client.another()
        .sign_in(make.email(company["bo"]))
        .get("introductions.name_people", status=404, public_id=this)
    )
    assert not stranger.all("textarea")
