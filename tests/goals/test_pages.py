"""The pages of goals, as a guest, a member, the owner and an admin use them. On both databases."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.goals import services
from portal.goals.models import Goal
from portal.goals.services import Words
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import Make

ATTACKS = (
    "<script>alert(1)</script> x",
    'x"><img src=x onerror=alert(1)>',
    "x</textarea><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "{{ 7 * 7 }}",
)


def add(make: Make, title: str = "Save paper", **more: object) -> int:
    viewer = make.viewer(make.person("Added Everything"), "admin")
    return make.do(lambda: services.add_goal(viewer=viewer, words=Words(title, **more)))  # type: ignore[arg-type]


def kept(make: Make, goal_id: int) -> Goal:
    return make.read(lambda: db.session.get_one(Goal, goal_id))


def save(page: Page, **said: Any) -> Any:
    return page.submit(said, containing="title")


def token(client: Client) -> str:
    return str(client.get("home.me").fields(action="/sign-out")["csrf_token"])


@pytest.fixture
def admin(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Amara Admin", "admin", email="amara@example.org")
    client.sign_in("amara@example.org")
    return person_id


@pytest.fixture
def member(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Priya Raman", email="priya@example.org")
    client.sign_in("priya@example.org")
    return person_id


# ---- the list ----------------------------------------------------------------------------------------------


def test_the_list_says_what_why_whom_to_ask_and_how_it_stands(client: Client, make: Make, member: int) -> None:
    owner = make.person("Omar Owner")
    add(make, "Save paper", why="Trees.\n\nAnd desks.", owner_id=owner, note="Half of it.")
    add(make, "Nobody's goal")
    page = client.get("goals.goals")
    for words in ("Save paper", "Trees.", "And desks.", "Omar Owner", "Half of it.", "Nobody owns it just now"):
        assert words in page.main
    assert f"As of {clock.today().day} " in page.main
    assert {"/goals/save-paper", "/p/omar-owner"} <= set(page.links())
    assert not {"/goals/new", "/goals/save-paper/edit"} & set(page.links())
    assert [h.text_content() for h in page.all("main li h2")] == ["Nobody's goal", "Save paper"]


def test_empty_lists_say_what_goals_are_for(client: Client, make: Make, member: int) -> None:
    page = client.get("goals.goals")
    assert "No goals yet" in page.main
    assert "/me/intro/work" in page.links()
    assert "/goals/new" not in page.links()
    page = client.get("goals.goals", closed=1)
    assert "No goal is closed yet" in page.main
    boss = client.another().sign_in(make.email(make.member("Amara Admin", "admin")))
    assert "/goals/new" in [a.get("href") for a in boss.get("goals.goals").all(".empty a")]


def test_open_and_closed_ones_apart(client: Client, make: Make, admin: int) -> None:
    add(make, "Save paper")
    done = add(make, "Old goal")
    client.get("goals.goal", slug="old-goal").submit(containing="note")
    assert kept(make, done).closed_at
    page = client.get("goals.goals")
    assert "Save paper" in page.main and "Old goal" not in page.main
    page = client.get("goals.goals", closed=1)
    assert "Old goal" in page.main and "Save paper" not in page.main and "Closed on" in page.main


@pytest.mark.parametrize("closed", ["0", "x", "%00", "11", ""])
def test_odd_parameters_are_the_open_ones(client: Client, make: Make, member: int, closed: str) -> None:
    add(make, "Save paper")
    assert "Save paper" in client.get(f"/goals?closed={closed}&after=%00x").main


def test_paging(client: Client, make: Make, member: int) -> None:
    for number in range(26):
        add(make, f"Goal {number:02}")
    page = client.get("goals.goals")
    assert len(page.all("main li h2")) == 24
    (more,) = page.all("a[rel=next]")
    assert [h.text_content() for h in client.get(more.get("href")).all("main li h2")] == ["Goal 24", "Goal 25"]
    make.do(lambda: db.session.query(Goal).update({"closed_at": clock.now()}))
    page = client.get(more.get("href"))
    assert "No more goals" in page.main
    page = client.get("goals.goals", closed=1)
    (more,) = page.all("a[rel=next]")
    assert len(client.get(more.get("href")).all("main li h2")) == 2, "the next page is of the closed ones too"


# ---- a goal ------------------------------------------------------------------------------------------------


def test_a_member_reads_and_finds_no_button(client: Client, make: Make, member: int) -> None:
    add(make, "Save paper", owner_id=make.person("Omar Owner"), why="Trees.", note="Half.")
    page = client.get("goals.goal", slug="save-paper")
    assert page.h1 == "Save paper"
    for words in ("Trees.", "Half.", "As of ", "Omar Owner", "Nobody has said yet that their work serves it"):
        assert words in page.main
    assert not page.all("main form")
    assert "/goals/save-paper/edit" not in page.links()


def test_guests_find_nothing(client: Client, make: Make) -> None:
    mate = make.member("Mate")
    guest = make.guest("Gus Guest")
    make.team(mate, guest)
    made = add(make, "Save paper", owner_id=mate)
    client.sign_in(make.email(guest))
    for path in ("/goals", "/goals?closed=1", "/goals/save-paper", "/goals/save-paper/edit", "/goals/new"):
        page = client.get(path, status=404)
        assert "Save paper" not in page.text
    proof = {"csrf_token": token(client), "title": "Mine", "note": "Mine"}
    for path in ("/goals/new", "/goals/save-paper/edit", "/goals/save-paper/close", "/goals/save-paper/reopen"):
        assert client.raw.post(path, data=proof).status_code == 404
    assert (kept(make, made).title, kept(make, made).closed_at) == ("Save paper", None)


def test_members_who_do_not_keep_it_cannot(client: Client, make: Make, member: int) -> None:
    made = add(make, "Save paper")
    for path in ("/goals/save-paper/edit", "/goals/new"):
        client.get(path, status=404)
    proof = {"csrf_token": token(client)}
    for more in ({}, {"title": "Mine", "note": "x"}, {"title": ""}, {"title": "Mine", "owner": "nobody at all"}):
        for path in ("/goals/new", "/goals/save-paper/edit", "/goals/save-paper/close", "/goals/save-paper/reopen"):
            assert client.raw.post(path, data=proof | more).status_code == 404
    assert client.raw.post("/goals/save-paper/close", data=proof | {"note": "x" * 401}).status_code == 404
    assert (kept(make, made).title, kept(make, made).closed_at) == ("Save paper", None)


@pytest.mark.parametrize("slug", ["nothing", "new-1", "Save-Paper", "%00", "é", "a" * 300])
def test_goals_that_are_not_there(client: Client, make: Make, admin: int, slug: str) -> None:
    add(make, "Save paper")
    client.get(f"/goals/{slug}", status=404)
    client.get(f"/goals/{slug}/edit", status=404)
    for verb in ("edit", "close", "reopen"):
        answer = client.raw.post(f"/goals/{slug}/{verb}", data={"csrf_token": token(client), "title": "x"})
        assert answer.status_code == 404


# ---- adding ------------------------------------------------------------------------------------------------


def test_an_admin_adds_a_goal(client: Client, make: Make, admin: int) -> None:
    make.person("Omar Owner")
    page = client.get("goals.goals")
    assert "/goals/new" in page.links()
    sent = save(client.get("goals.new"), title=" Save  paper\r\n", why="Trees.", owner="omar", note="Half.")
    page = client.follow(sent)
    assert page.path == "/goals/save-paper"
    assert page.flashes == ["The goal is on the list."]
    for words in ("Trees.", "Half.", "Omar Owner"):
        assert words in page.main
    assert page.h1 == "Save paper"


def test_sent_twice_it_is_one_goal(client: Client, make: Make, admin: int) -> None:
    page = client.get("goals.new")
    for _ in range(2):
        assert save(page, title="Save paper").headers["Location"] == "/goals/save-paper"
    assert len(client.get("goals.goals").all("main li h2")) == 1


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({}, "title", "Say what is to be reached, in a few words"),
        ({"title": "   "}, "title", "Say what is to be reached, in a few words"),
        ({"title": "🎉"}, "title", "Say what is to be reached, in a few words"),
        ({"title": "x" * 121}, "title", "1 character over"),
        ({"title": "x", "why": "y" * 610}, "why", "10 characters over"),
        ({"title": "x", "note": "y" * 401}, "note", "1 character over"),
        ({"title": "x", "owner": "y" * 121}, "owner", "1 character over"),
        ({"title": "nul\x00"}, "title", "cannot be kept"),
        ({"title": "x", "owner": "Nobody At All"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner": "%"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner": "Gone Person"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner": "gone-person"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner_handle": "gone-person"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner_handle": "\x00"}, "owner", "Nobody with that name"),
        ({"title": "x", "owner": "Gus Guest"}, "owner", "The owner has to be somebody who works here"),
        ({"title": "x", "owner": "gus-guest"}, "owner", "The owner has to be somebody who works here"),
        ({"title": "x", "owner_handle": "gus-guest"}, "owner", "The owner has to be somebody who works here"),
    ],
)
def test_what_does_not_fit_comes_back(
    client: Client, make: Make, admin: int, said: dict[str, str], field: str, words: str
) -> None:
    gone = make.person("Gone Person")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    make.guest("Gus Guest")
    page = client.read(save(client.get("goals.new"), **said), 422)
    assert len(page.errors) == 1 and words in page.errors[0]
    assert page.title.startswith("Error: ")
    assert page.all(f"[name={field}]")[0].get("aria-invalid") == "true"
    back = page.fields(containing="title")
    for name, value in said.items():
        if name != "owner_handle":
            assert back[name].strip() == value.replace("\x00", "").strip(), "nothing typed is lost"
    assert "No goals yet" in client.get("goals.goals").main


def test_all_that_is_wrong_is_said_at_once(client: Client, make: Make, admin: int) -> None:
    page = client.read(save(client.get("goals.new"), title="", why="y" * 601, owner="Nobody At All"), 422)
    assert len(page.errors) == 3


def test_an_unclear_owner_comes_back_as_a_choice(client: Client, make: Make, admin: int) -> None:
    make.person("Ada Okoye", department="Data")
    second = make.person("Ada Obi")
    make.guest("Ada Guest")
    page = client.read(save(client.get("goals.new"), title="Save paper", owner="ada"), 422)
    assert page.errors == ["Who do you mean? Pick one, or leave it empty."]
    assert [r.get("value") for r in page.all("[name=owner_handle]")] == ["ada-obi", "ada-okoye"]
    assert "Ada Okoye, Data" in page.main
    assert page.fields(containing="title")["owner"] == "ada"
    # Picked, and something else is wrong: who was picked is not asked again.
    page = client.read(save(page, title="", owner_handle="ada-obi"), 422)
    assert page.fields(containing="title")["owner"] == "ada-obi"
    page = client.follow(save(page, title="Save paper"))
    assert "Ada Obi" in page.main
    assert make.read(lambda: db.session.query(Goal).one().owner_id) == second


@pytest.mark.parametrize("typed", ["ada okoye-2", "ADA", "ada-okoye-2"])
def test_a_whole_name_or_a_handle_is_clear(client: Client, make: Make, admin: int, typed: str) -> None:
    ada = make.person("Ada")
    make.person("Ada Okoye")
    twin = make.person("Ada Okoye")
    answer = save(client.get("goals.new"), title="Save paper", owner=typed)
    if " " in typed:
        assert client.read(answer, 422).errors == ["Nobody with that name"]
    else:
        client.follow(answer)
        expected = ada if typed == "ADA" else twin
        assert make.read(lambda: db.session.query(Goal).one().owner_id) == expected


def test_titles_of_other_scripts_and_lengths(client: Client, make: Make, admin: int) -> None:
    for title in ("بيانات لكل نادٍ", "每个俱乐部都能带走数据", "W" * 120, "ab\u00ad" * 40, "new"):
        page = client.follow(save(client.get("goals.new"), title=title))
        assert title in page.html
        assert page.all("h1 bdi")
    assert "/goals/new-1" in client.get("goals.goals").links()


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_are_text(client: Client, make: Make, admin: int, attack: str) -> None:
    page = client.follow(save(client.get("goals.new"), title=attack, why=attack, note=attack))
    slug = page.path.rpartition("/")[2]
    for shown in (page, client.get("goals.goals"), client.get("goals.edit", slug=slug)):
        assert not shown.all("main script, main img[onerror]")
        assert not [h for h in shown.links() if h.strip().lower().startswith(("javascript", "data"))]
        assert attack in shown.html or attack in shown.text or attack in str(shown.fields(containing="note"))


# ---- keeping it --------------------------------------------------------------------------------------------


def test_the_owner_keeps_it(client: Client, make: Make, member: int) -> None:
    made = add(make, "Save paper", owner_id=member, why="Trees.")
    page = client.get("goals.goal", slug="save-paper")
    assert "/goals/save-paper/edit" in page.links()
    page = client.get("goals.edit", slug="save-paper")
    fields = page.fields(containing="title")
    assert {n: fields[n].strip() for n in ("title", "why", "owner", "note")} == {
        "title": "Save paper", "why": "Trees.", "owner": "Priya Raman", "note": "",
    }  # fmt: skip
    page = client.follow(save(page, title="Save a lot of paper", note="Half."))
    assert (page.path, page.h1) == ("/goals/save-paper", "Save a lot of paper")
    assert page.flashes == ["Saved."]
    assert f"As of {clock.today().day} " in page.main
    assert kept(make, made).owner_id == member


def test_handing_it_over_and_sending_that_twice(client: Client, make: Make, member: int) -> None:
    heir = make.person("Heir Apparent")
    made = add(make, "Save paper", owner_id=member)
    page = client.get("goals.edit", slug="save-paper")
    for _ in range(2):
        assert client.follow(save(page, owner="heir")).path == "/goals/save-paper"
    assert kept(make, made).owner_id == heir
    client.get("goals.edit", slug="save-paper", status=404)
    assert "/goals/save-paper/edit" not in client.get("goals.goal", slug="save-paper").links()


def test_the_owners_name_as_it_stands_is_no_question(client: Client, make: Make, admin: int) -> None:
    make.person("Ada Okoye")
    twin = make.person("Ada Okoye")
    made = add(make, "Save paper", owner_id=twin)
    client.follow(save(client.get("goals.edit", slug="save-paper"), why="Trees."))
    assert (kept(make, made).owner_id, kept(make, made).why) == (twin, "Trees.")
    client.follow(save(client.get("goals.edit", slug="save-paper"), owner=""))
    assert kept(make, made).owner_id is None


def test_the_owner_left_meanwhile(client: Client, make: Make, admin: int) -> None:
    owner = make.person("Omar Owner")
    made = add(make, "Save paper", owner_id=owner)
    page = client.get("goals.edit", slug="save-paper")
    make.do(lambda: people.mark_left(person_id=owner, actor_id=None))
    page = client.read(save(page, why="Trees."), 422)
    assert page.errors == ["Nobody with that name"]
    page = client.read(save(page, owner=""), 422)
    assert "Somebody else changed this meanwhile" in page.errors[0]
    client.follow(save(page))
    row = kept(make, made)
    assert (row.owner_id, row.why) == (None, "Trees.")
    assert "Nobody owns it just now" in client.get("goals.goal", slug="save-paper").main


def test_two_tabs(client: Client, make: Make, admin: int) -> None:
    made = add(make, "Save paper", owner_id=make.person("Omar Owner"))
    first, second = (client.get("goals.edit", slug="save-paper") for _ in range(2))
    client.follow(save(first, title="First", owner="", note="First note"))
    page = client.read(save(second, title="Second", why="x" * 601), 422)
    assert page.errors == ["1 character over"]
    page = client.read(save(page, why="Second why"), 422)
    assert "Somebody else changed this meanwhile" in page.errors[0], "a field that was wrong hides no conflict"
    assert page.fields(containing="title")["title"] == "Second", "nothing typed is lost"
    for words in ("What is saved by now", "First", "First note", "nothing"):
        assert words in page.main
    client.follow(save(page))
    row = kept(make, made)
    assert (row.title, row.why, row.note) == ("Second", "Second why", "")


@pytest.mark.parametrize("version", ["", "-1", "9" * 30, "x", "٣"])
def test_damaged_versions(client: Client, make: Make, admin: int, version: str) -> None:
    made = add(make, "Save paper")
    make.do(lambda: db.session.query(Goal).update({"version": 3}))
    page = client.read(save(client.get("goals.edit", slug="save-paper"), version=version, title="x"), 422)
    assert "Somebody else changed this meanwhile" in page.errors[0]
    assert kept(make, made).title == "Save paper"


def test_nothing_sent_changes_nothing(client: Client, make: Make, admin: int) -> None:
    owner = make.person("Omar Owner")
    made = add(make, "Save paper", owner_id=owner, why="Trees.")
    assert client.raw.post("/goals/save-paper/edit", data={"csrf_token": token(client)}).status_code == 303
    row = kept(make, made)
    assert (row.title, row.why, row.owner_id, row.version) == ("Save paper", "Trees.", owner, 0)


# ---- closing -----------------------------------------------------------------------------------------------


def test_closing_says_how_it_ended_and_it_can_be_opened_again(client: Client, make: Make, member: int) -> None:
    made = add(make, "Save paper", owner_id=member, note="Half.")
    page = client.get("goals.goal", slug="save-paper")
    assert page.fields(containing="note")["note"].strip() == "Half."
    page = client.follow(page.submit({"note": "Reached."}, containing="note"))
    assert page.flashes == ["The goal is closed."]
    assert "Reached." in page.main and "Closed on" in page.main
    assert not page.all("form[action$='/close']")
    page = client.follow(page.submit(action="/goals/save-paper/reopen"))
    assert page.flashes == ["The goal is open again."]
    assert "Closed on" not in page.main
    assert kept(make, made).note == "Reached."


def test_closing_twice_and_opening_twice(client: Client, make: Make, admin: int) -> None:
    made = add(make, "Save paper")
    page = client.get("goals.goal", slug="save-paper")
    for _ in range(2):
        assert page.submit({"note": "Reached."}, containing="note").status_code == 303
    page = client.get("goals.goal", slug="save-paper")
    for _ in range(2):
        assert page.submit(action="/goals/save-paper/reopen").status_code == 303
    assert kept(make, made).closed_at is None


def test_closing_with_too_many_words_or_over_anothers(client: Client, make: Make, admin: int) -> None:
    made = add(make, "Save paper", note="Half.")
    opened = client.get("goals.goal", slug="save-paper")
    page = client.read(opened.submit({"note": "x" * 401}, containing="note"), 422)
    assert page.errors == ["1 character over"]
    assert page.title.startswith("Error: ")
    assert page.all("details[open] [name=note]")
    client.follow(save(client.get("goals.edit", slug="save-paper"), note="Three quarters."))
    page = client.read(opened.submit({"note": "Reached."}, containing="note"), 422)
    assert "Somebody else changed this meanwhile" in page.errors[0]
    assert "Three quarters." in page.main
    assert page.fields(containing="note")["note"].strip() == "Reached."
    assert kept(make, made).closed_at is None
    client.follow(page.submit(containing="note"))
    assert (kept(make, made).note, bool(kept(make, made).closed_at)) == ("Reached.", True)


def test_a_bare_button_closes_too(client: Client, make: Make, admin: int) -> None:
    made = add(make, "Save paper", note="Half.")
    assert client.raw.post("/goals/save-paper/close", data={"csrf_token": token(client)}).status_code == 303
    assert (kept(make, made).note, bool(kept(make, made).closed_at)) == ("Half.", True)


def test_it_is_closed_by_a_post_with_a_token_alone(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make
) -> None:
    made = add(sqlite_make, "Save paper")
    sqlite_client.sign_in(sqlite_make.email(sqlite_make.member("Amara Admin", "admin")))
    for verb in ("close", "reopen"):
        assert sqlite_client.raw.get(f"/goals/save-paper/{verb}").status_code == 405
        assert sqlite_client.raw.post(f"/goals/save-paper/{verb}").status_code == 400
    assert kept(sqlite_make, made).closed_at is None
