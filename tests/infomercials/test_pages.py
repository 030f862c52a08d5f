"""Writing an intro through its pages: steps, autosave, tabs, preview, publish, what home says about it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.i18n import WRITTEN_IN
from portal.goals import services as goals
from portal.infomercials import services
from portal.infomercials.queries import MyIntro, my_intro
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import Make

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<a href='javascript:alert(1)' onclick='x()'>x</a>",
)


@pytest.fixture
def priya(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Priya Raman", email="priya@example.org")
    client.sign_in("priya@example.org")
    return person_id


@pytest.fixture
def sqlite_priya(sqlite_client: Client, sqlite_make: Make) -> int:
    sqlite_make.noise()
    person_id = sqlite_make.member("Priya Raman", email="priya@example.org")
    sqlite_client.sign_in("priya@example.org")
    return person_id


def mine(make: Make, person_id: int) -> MyIntro:
    viewer = make.viewer(person_id)
    return make.read(lambda: my_intro(viewer))


def save(client: Client, step: str, **said: Any) -> Any:
    return client.submit(f"infomercials.{step}", said, containing="version")


def autosave(page: Page, **said: Any) -> Any:
    return page.submit(said, containing="version", headers={"X-Autosave": "1"})


# ---- the whole way -----------------------------------------------------------------------------------------


def test_from_nothing_to_an_intro_that_others_read(client: Client, make: Make, priya: int) -> None:
    page = client.follow(client.raw.get("/me/intro"))
    assert page.path == "/me/intro/photo"
    page = client.follow(page.submit({"initials": "1"}, containing="photo"))
    assert page.path == "/me/intro/facts"
    page = client.follow(page.submit({"headline": "Mine.", "fact1": "One", "lang": "nl"}, containing="version"))
    assert page.path == "/me/intro/ask"
    page = client.follow(page.submit({"ask_about": "Queues, Radios"}, containing="version"))
    assert page.path == "/me/intro/work"
    page = client.follow(
        page.submit({"working_on": "the *queue*", "so_that": "all leave", "offer": "Tea"}, containing="version")
    )
    assert page.path == "/me/intro/preview"
    for words in ("Nobody sees it yet", "Mine.", "One", "Queues", "the queue", "all leave", "Tea"):
        assert words in page.main
    out = page.submit(containing="shown_to")
    page = client.follow(client.raw.get(out.headers["Location"]))
    assert page.path == "/p/priya-raman"
    assert page.flashes == ["Your intro is out."]
    other = client.another().sign_in(make.email(make.member("Bo")))
    page = other.get("/p/priya-raman")
    for words in ("Mine.", "One", "Queues", "the queue", "all leave", "Happy to help: Tea"):
        assert words in page.main
    assert page.all(".hero-role")[0].get("lang") == "nl"
    assert [e.text_content() for e in page.all("em")] == ["queue"]
    assert "/p/priya-raman" in other.get("home.home").links()


def test_begin_leads_to_the_first_step_that_is_left(client: Client, make: Make, priya: int) -> None:
    for step, said in (
        ("photo", {"initials": "1"}),
        ("facts", {"headline": "Mine.", "fact1": "One"}),
        ("ask", {"ask_about": "Queues"}),
        ("work", {"offer": "Tea"}),
    ):
        assert client.raw.get("/me/intro").headers["Location"] == f"/me/intro/{step}"
        client.submit(f"infomercials.{step}", said, containing="once")
    assert client.raw.get("/me/intro").headers["Location"] == "/me/intro/preview"


def test_completeness_in_plain_words(client: Client, make: Make, priya: int) -> None:
    said = [
        ("photo", {}, "Four short steps, about 5 minutes."),
        ("photo", {"initials": "1"}, "Three bits left, about 4 minutes."),
        ("facts", {"headline": "Mine.", "fact1": "One"}, "Two quick bits left, about 3 minutes."),
        ("ask", {"ask_about": "Queues"}, "One quick bit left, about a minute."),
        ("work", {"offer": "Tea"}, "All is written. Publish it when you like."),
    ]
    for step, fields, words in said:
        if fields:
            client.submit(f"infomercials.{step}", fields, containing="once")
        assert words in client.get("home.me").main
    client.submit("infomercials.preview", containing="shown_to")
    assert "Complete." in client.get("home.me").main


def test_what_home_says_is_mine_to_do(client: Client, make: Make, priya: int) -> None:
    def owed() -> str:
        return " ".join(e.text_content() for e in client.get("home.home").all(".owed"))

    assert "Write your intro" in owed()
    save(client, "ask", ask_about="Queues")
    assert "Finish your intro" in owed()
    save(client, "facts", headline="Mine.", fact1="One")
    client.submit("infomercials.preview", containing="shown_to")
    assert owed() == ""
    assert "Nothing waits for you" in client.get("home.home").main
    save(client, "facts", headline="Changed.", fact1="One")
    assert "Your changes are not out yet" in owed()
    client.get("home.me").submit(action="/me/intro/discard")
    assert owed() == ""


def test_still_right_is_asked_on_home_after_180_days(client: Client, make: Make, priya: int) -> None:
    with clock.pinned(clock.ago(days=181)):
        make.intro(priya)
    page = client.get("home.home")
    assert "Is your intro still right?" in page.main
    page = client.follow(page.submit(action="/me/intro/confirm"))
    assert page.flashes == ["Good. We will ask again in half a year."]
    assert "still right?" not in client.get("home.home").main


def test_buttons_for_what_is_not_there_say_so(client: Client, make: Make, priya: int) -> None:
    token = client.get("home.me").fields(action="/sign-out")["csrf_token"]
    page = client.follow(client.raw.post("/me/intro/confirm", data={"csrf_token": token}))
    assert page.flashes == ["There is no intro to confirm yet"]
    for verb in ("discard", "withdraw"):
        assert client.raw.post(f"/me/intro/{verb}", data={"csrf_token": token}).status_code == 303
    assert not mine(make, priya).is_published


def test_a_leavers_intro_leaves_home_and_its_page(client: Client, make: Make, priya: int) -> None:
    gone = make.intro(make.member("Gone Person"), headline="I was here.")
    assert "I was here." in client.get("/p/gone-person").main
    assert "/p/gone-person" in client.get("home.home").links()
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    client.get("/p/gone-person", status=404)
    assert "/p/gone-person" not in client.get("home.home").links()


# ---- one step ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "said", "field"),
    [
        ("facts", {"headline": "x" * 3000}, "headline"),
        ("facts", {"headline": "Mine.", "fact2": "y" * 3000}, "fact2"),
        ("ask", {"ask_about": "z" * 3000}, "ask_about"),
        ("ask", {"ask_about": "z" * 61}, "ask_about"),
        ("ask", {"ask_about": "\n".join(map(str, range(16)))}, "ask_about"),
        ("work", {"working_on": "w" * 3000}, "working_on"),
        ("work", {"so_that": "w" * 281}, "so_that"),
        ("work", {"offer": "w" * 281}, "offer"),
        ("facts", {"headline": "nul\x00"}, "headline"),
        ("ask", {"ask_about": "nul\x00"}, "ask_about"),
        ("work", {"offer": "nul\x00"}, "offer"),
        ("facts", {"lang": "tlh"}, "lang"),
    ],
)
def test_what_does_not_fit_comes_back(
    client: Client, make: Make, priya: int, step: str, said: dict[str, str], field: str
) -> None:
    page = client.read(save(client, step, **said), 422)
    assert len(page.errors) == 1
    assert page.all(f"[name={field}]")[0].get("aria-invalid") == "true"
    back = page.fields(containing="version")
    for name, value in said.items():
        if name != "lang":
            assert back[name].strip() == value.replace("\x00", "")
    assert not mine(make, priya).is_begun


def test_nothing_at_all_saves_too(client: Client, make: Make, priya: int) -> None:
    for step in ("facts", "ask", "work"):
        assert save(client, step).status_code == 303
    assert mine(make, priya).missing == ["photo", "facts", "ask", "work"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Queues, Radios;Tea\nBread", ["Queues", "Radios", "Tea", "Bread"]),
        ("قوائم، راديو؛ شاي", ["قوائم", "راديو", "شاي"]),
        ("キュー、ラジオ，お茶；パン", ["キュー", "ラジオ", "お茶", "パン"]),
        (" , ,,\r\n\r\n  Queues  and   more ,", ["Queues and more"]),
        ("C++, C#, .NET", ["C++", "C#", ".NET"]),
        ("", []),
    ],
)
def test_subjects_in_any_script_and_form(client: Client, make: Make, priya: int, typed: str, kept: list[str]) -> None:
    assert save(client, "ask", ask_about=typed).status_code == 303
    assert mine(make, priya).words["ask_about"] == kept


def test_the_form_shows_what_was_saved(client: Client, make: Make, priya: int) -> None:
    said = {"headline": "Mine.", "fact1": "One\nmore", "fact2": "Two", "fact3": "", "lang": "ja"}
    save(client, "facts", **said)
    back = client.get("infomercials.facts").fields(containing="version")
    assert {name: back[name].strip() for name in said} == said
    assert client.get("infomercials.facts").all("[name=headline]")[0].get("lang") == "ja"


def test_every_language_can_be_chosen(sqlite_client: Client, sqlite_priya: int) -> None:
    page = sqlite_client.get("infomercials.facts")
    assert {o.get("value") for o in page.all("[name=lang] option")} == set(WRITTEN_IN)
    sqlite_client.raw.set_cookie("language", "de")
    page = sqlite_client.get("infomercials.facts")
    assert page.fields(containing="version")["lang"] == "de", "one's own language is offered first"


@pytest.mark.parametrize("turn", ["0", "1", "5", "999", "-1", "x", "9" * 30, "%00"])
def test_prompts_turn_and_stay_with_their_fact(
    sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, turn: str
) -> None:
    first = sqlite_client.get("infomercials.facts")
    prompt = first.fields(containing="version")["prompt2"]
    first.submit({"fact2": "Kept with its prompt"}, containing="version")
    page = sqlite_client.get(f"/me/intro/facts?turn={turn}")
    fields = page.fields(containing="version")
    assert (fields["fact1"].strip(), fields["prompt1"]) == ("Kept with its prompt", prompt)
    assert len({fields[f"prompt{n}"] for n in (1, 2, 3)}) == 3


def test_a_made_up_prompt_is_not_kept(client: Client, make: Make, priya: int) -> None:
    save(client, "facts", fact1="One", prompt1="<script>")
    assert mine(make, priya).words["facts"] == [{"prompt": "", "text": "One"}]


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_in_every_field_are_text(
    sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, attack: str
) -> None:
    client = sqlite_client
    save(client, "facts", headline=attack, fact1=attack, fact2=attack)
    save(client, "ask", ask_about=attack)
    save(client, "work", working_on=attack, so_that=attack, offer=attack)
    preview = client.get("infomercials.preview")
    preview.submit(containing="shown_to")
    other = client.another().sign_in(sqlite_make.email(sqlite_make.member("Bo")))
    pages = [preview, client.get("infomercials.facts"), client.get("infomercials.work"), client.get("home.me"),
             other.get("/p/priya-raman"), other.get("home.home"), other.get("people.directory")]  # fmt: skip
    for page in pages:
        assert not page.all("main script, main img[onerror], main [onclick], main img[src*=evil]"), page.path
        assert not [h for h in page.links() if h.strip().lower().startswith(("javascript", "data", "https://evil"))]
    assert attack in pages[4].main


# ---- autosave and tabs -------------------------------------------------------------------------------------


def test_autosave_saves_and_answers_in_json(client: Client, make: Make, priya: int) -> None:
    page = client.get("infomercials.facts")
    answer = autosave(page, headline="Half")
    assert answer.status_code == 200
    assert answer.json["version"] == 1
    assert answer.json["saved"].startswith("Saved ")
    answer = autosave(page, headline="Half written", version="1")
    assert answer.json["version"] == 2
    assert page.submit({"headline": "Whole", "version": "2"}, containing="version").status_code == 303
    assert mine(make, priya).words["headline"] == "Whole", "the button still works: quiet saves leave its nonce"


def test_autosave_of_what_does_not_fit(client: Client, make: Make, priya: int) -> None:
    answer = autosave(client.get("infomercials.ask"), ask_about="x" * 61)
    assert answer.status_code == 422
    assert answer.json == {"error": "1 character over"}
    assert not mine(make, priya).is_begun


def test_autosave_in_two_tabs(client: Client, make: Make, priya: int) -> None:
    first, second = client.get("infomercials.work"), client.get("infomercials.work")
    assert autosave(first, offer="Tea").status_code == 200
    answer = autosave(second, offer="Coffee")
    assert answer.status_code == 422
    assert "another tab" in answer.json["error"]
    assert mine(make, priya).words["offer"] == "Tea"


def test_autosave_without_a_session(client: Client, make: Make, priya: int) -> None:
    page = client.get("infomercials.work")
    client.raw.delete_cookie("hallway")
    assert autosave(page, offer="Tea").status_code == 303
    assert not mine(make, priya).is_begun


@pytest.mark.parametrize(("step", "field"), [("facts", "headline"), ("ask", "ask_about"), ("work", "offer")])
def test_two_tabs_of_each_step(client: Client, make: Make, priya: int, step: str, field: str) -> None:
    first, second = client.get(f"infomercials.{step}"), client.get(f"infomercials.{step}")
    assert first.submit({field: "First"}, containing="version").status_code == 303
    page = client.read(second.submit({field: "Second"}, containing="version"), 422)
    assert "another tab" in page.errors[0]
    assert page.fields(containing="version")[field].strip() == "Second", "nothing typed is lost"
    assert "First" in page.main, "and what is saved stands beside it"
    assert page.submit(containing="version").status_code == 303
    words = mine(make, priya).words[field]
    assert words in ("Second", ["Second"])


def test_two_tabs_of_two_steps(client: Client, make: Make, priya: int) -> None:
    first, second = client.get("infomercials.facts"), client.get("infomercials.ask")
    assert first.submit({"headline": "Mine."}, containing="version").status_code == 303
    assert second.submit({"ask_about": "Queues"}, containing="version").status_code == 303


@pytest.mark.parametrize("version", ["", "-1", "9" * 30, "x", "٣", "1.0"])
def test_damaged_versions(sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, version: str) -> None:
    save(sqlite_client, "ask", ask_about="First")
    answer = save(sqlite_client, "ask", ask_about="Second", version=version)
    assert answer.status_code == 422
    assert mine(sqlite_make, sqlite_priya).words["ask_about"] == ["First"]


def test_the_same_step_sent_twice(client: Client, make: Make, priya: int) -> None:
    page = client.get("infomercials.ask")
    for _ in range(2):
        assert page.submit({"ask_about": "Queues"}, containing="version").status_code == 303
    assert mine(make, priya).versions["ask"] == 1


# ---- preview and publishing --------------------------------------------------------------------------------


def test_preview_before_there_is_enough(client: Client, make: Make, priya: int) -> None:
    page = client.get("infomercials.preview")
    assert "A headline and one fact are enough to publish" in page.main
    assert not page.all("[name=shown_to]")
    token = client.get("home.me").fields(action="/sign-out")["csrf_token"]
    answer = client.raw.post("/me/intro/preview", data={"csrf_token": token, "shown_to": "everyone"})
    page = client.read(answer, 422)
    assert "A headline is missing" in page.errors[0]
    assert not mine(make, priya).is_begun


def test_publishing_twice_is_once(client: Client, make: Make, priya: int) -> None:
    save(client, "facts", headline="Mine.", fact1="One")
    page = client.get("infomercials.preview")
    for _ in range(2):
        assert page.submit(containing="shown_to").status_code == 303
    assert client.get("home.home").flashes.count("Your intro is out.") == 2, "both are answered with what came of it"
    assert mine(make, priya).is_published


@pytest.mark.parametrize("shown_to", ["nobody", "", "everyone\x00"])
def test_who_may_read_it_is_one_of_two(client: Client, make: Make, priya: int, shown_to: str) -> None:
    save(client, "facts", headline="Mine.", fact1="One")
    page = client.read(client.submit("infomercials.preview", {"shown_to": shown_to}, containing="shown_to"), 422)
    assert len(page.errors) == 1
    assert not mine(make, priya).is_published


def test_to_my_teams_alone(client: Client, make: Make, priya: int) -> None:
    mate, stranger = make.member("Mate", email="mate@example.org"), make.member("Stranger", email="s@example.org")
    assert stranger
    make.team(priya, mate)
    save(client, "facts", headline="For my team.", fact1="One")
    client.submit("infomercials.preview", {"shown_to": "teams"}, containing="shown_to")
    assert client.get("infomercials.preview").fields(containing="shown_to")["shown_to"] == "teams"
    other = client.another().sign_in("mate@example.org")
    assert "For my team." in other.get("/p/priya-raman").main
    assert "/p/priya-raman" in other.get("/").links()
    other = client.another().sign_in("s@example.org")
    for path in ("/p/priya-raman", "/", "/people?q=priya"):
        assert "For my team." not in other.get(path).main
    assert "/p/priya-raman" not in other.get("/").links()
    assert "No intro yet" in other.get("/p/priya-raman").main


def test_preview_of_changes(client: Client, make: Make, priya: int) -> None:
    make.intro(priya, headline="First.")
    assert "It is out, just like this." in client.get("infomercials.preview").main
    save(client, "facts", headline="Second.", fact1="One")
    page = client.get("infomercials.preview")
    assert "Nobody sees your changes yet." in page.main
    assert "Second." in page.main
    other = client.another().sign_in(make.email(make.member("Bo")))
    assert "First." in other.get("/p/priya-raman").main
    page = client.get("infomercials.preview")
    page.submit(containing="shown_to")
    assert "Second." in other.get("/p/priya-raman").main


def test_taking_it_back(client: Client, make: Make, priya: int) -> None:
    make.intro(priya, headline="First.")
    page = client.follow(client.get("home.me").submit(action="/me/intro/withdraw"))
    assert "Nobody sees your intro now" in page.flashes[0]
    other = client.another().sign_in(make.email(make.member("Bo")))
    assert "First." not in other.get("/p/priya-raman").main
    assert "First." in client.get("infomercials.preview").main


def test_grey_work_says_of_when_it_is(client: Client, make: Make, priya: int) -> None:
    with clock.pinned(clock.ago(days=70)):
        make.intro(priya, working_on="the export queue")
    page = client.get("/p/priya-raman")
    assert "the export queue" in page.main
    assert "As of " in page.main
    with clock.pinned(clock.ago(days=130)):
        make.intro(make.member("Old News"), working_on="the import queue")
    page = client.get("/p/old-news")
    assert "the import queue" not in page.main
    assert "Working on now" not in page.main


def test_long_intros_in_every_script(client: Client, make: Make, priya: int) -> None:
    for headline, fact in (
        ("خ" * 140, "ع" * 200),
        ("山" * 140, "花" * 200),
        ("W" * 140, "\u00ad".join("ab" * 50)),
        ("👩🏽‍💻" * 28, "🎉" * 200),
    ):
        assert save(client, "facts", headline=headline, fact1=fact).status_code == 303
        client.submit("infomercials.preview", containing="shown_to")
        page = client.get("/p/priya-raman")
        assert headline in page.html


# ---- the goal that the work serves -------------------------------------------------------------------------


def goal(make: Make, title: str = "Save paper") -> int:
    viewer = make.viewer(make.person("Amara Admin"), "admin")
    return make.do(lambda: goals.add_goal(viewer=viewer, words=goals.Words(title)))


def close(make: Make, goal_id: int) -> None:
    viewer = make.viewer(make.person("Amara Admin"), "admin")
    make.do(lambda: goals.close_goal(viewer=viewer, goal_id=goal_id))


def offered(page: Page) -> list[str]:
    return [o.text_content() for o in page.all("[name=goal] option")]


def test_where_there_are_no_goals_none_is_asked_for(client: Client, make: Make, priya: int) -> None:
    assert not client.get("infomercials.work").all("[name=goal]")
    close(make, goal(make, "Closed long ago"))
    page = client.get("infomercials.work")
    assert not page.all("[name=goal]")
    assert page.submit({"working_on": "the queue"}, containing="version").status_code == 303


def test_from_the_step_to_the_profile_and_the_goals_page(client: Client, make: Make, priya: int) -> None:
    paper = goal(make)
    goal(make, "Éink for all")
    page = client.get("infomercials.work")
    assert offered(page) == ["None", "Éink for all", "Save paper"]
    assert page.fields(containing="version")["goal"] == ""
    said = {"working_on": "the *queue*", "so_that": "all leave", "goal": str(paper)}
    page = client.follow(page.submit(said, containing="version"))
    assert page.path == "/me/intro/preview"
    save(client, "facts", headline="Mine.", fact1="One")
    page = client.get("infomercials.preview")
    assert "Goal: Save paper" in page.main and "/goals/save-paper" in page.links()
    assert client.get("infomercials.work").fields(containing="version")["goal"] == str(paper)
    other = client.another().sign_in(make.email(make.member("Bo Lindgren")))
    assert "Priya Raman" not in other.get("/goals/save-paper").main
    page.submit(containing="shown_to")
    page = other.get("/p/priya-raman")
    assert "Goal: Save paper" in page.main and "/goals/save-paper" in page.links()
    page = other.get("/goals/save-paper")
    assert "/p/priya-raman" in page.links() and "/me/intro/work" in page.links()
    assert "the queue" in page.main and "so that all leave" in page.main
    assert [e.text_content() for e in page.all("main em")] == ["queue"]
    assert "Priya Raman" not in other.get("/goals/eink-for-all").main


def test_guests_read_the_words_and_no_goal(client: Client, make: Make, priya: int) -> None:
    save(client, "facts", headline="Mine.", fact1="One")
    save(client, "work", so_that="all leave", goal=str(goal(make)))
    client.submit("infomercials.preview", containing="shown_to")
    guest = make.guest("Gus Guest")
    make.team(priya, guest)
    other = client.another().sign_in(make.email(guest))
    page = other.get("/p/priya-raman")
    assert "so that all leave" in page.main
    assert "Save paper" not in page.text and "/goals/save-paper" not in page.links()
    page = other.get("infomercials.work")
    assert not page.all("[name=goal]")
    page = other.read(page.submit({"goal": "1"}, containing="version"), 422)
    assert page.errors == ["Pick one from the list"]
    assert "Save paper" not in page.text


@pytest.mark.parametrize("forged", ["999", "0", "-1", "x", "٣", "9" * 40, "\x00", "1.0", "<b>"])
def test_a_forged_goal_lands_on_its_field(client: Client, make: Make, priya: int, forged: str) -> None:
    goal(make)
    page = client.read(save(client, "work", working_on="the queue", goal=forged), 422)
    assert page.errors == ["Pick one from the list"]
    assert page.all("[name=goal]")[0].get("aria-invalid") == "true"
    assert page.fields(containing="version")["working_on"].strip() == "the queue", "nothing typed is lost"
    assert not mine(make, priya).is_begun
    answer = autosave(client.get("infomercials.work"), goal=forged)
    assert (answer.status_code, answer.json) == (422, {"error": "Pick one from the list"})


def test_a_goal_that_closes_before_the_answer(client: Client, make: Make, priya: int) -> None:
    paper = goal(make)
    goal(make, "Save ink")
    page = client.get("infomercials.work")
    close(make, paper)
    page = client.read(page.submit({"goal": str(paper), "offer": "Tea"}, containing="version"), 422)
    assert page.errors == ["This goal is closed by now. Pick another one, or none."]
    assert offered(page) == ["None", "Save ink"]
    assert page.submit(containing="version").status_code == 303
    assert mine(make, priya).words["offer"] == "Tea"


def test_a_closed_goal_stays_chosen(client: Client, make: Make, priya: int) -> None:
    paper = goal(make)
    save(client, "work", working_on="the queue", goal=str(paper))
    close(make, paper)
    page = client.get("infomercials.work")
    assert offered(page) == ["None", "Save paper"]
    assert page.fields(containing="version")["goal"] == str(paper)
    assert page.submit({"offer": "Tea"}, containing="version").status_code == 303
    assert mine(make, priya).words["goal_id"] == paper
    save(client, "facts", headline="Mine.", fact1="One")
    client.submit("infomercials.preview", containing="shown_to")
    assert "Priya Raman" in client.get("/goals/save-paper").main
    assert "/me/intro/work" not in client.get("/goals/save-paper").links(), "nobody is asked to serve a closed one"


def test_a_form_without_the_field_leaves_the_goal(client: Client, make: Make, priya: int) -> None:
    paper = goal(make)
    save(client, "work", goal=str(paper))
    assert save(client, "work", goal=None, offer="Tea").status_code == 303
    assert mine(make, priya).words["goal_id"] == paper


def test_two_tabs_say_the_goal_by_its_title(client: Client, make: Make, priya: int) -> None:
    paper, ink = goal(make), goal(make, "Save ink")
    first, second, third = (client.get("infomercials.work") for _ in range(3))
    assert autosave(first, goal=str(paper)).status_code == 200
    page = client.read(second.submit({"goal": str(ink), "offer": "Tea"}, containing="version"), 422)
    assert "another tab" in page.errors[0]
    beside = [d.text_content() for d in page.all("#meanwhile-h + dl dd")]
    assert beside == ["Save paper", "nothing"], "by its title, and no number"
    assert page.fields(containing="version")["goal"] == str(ink)
    close(make, paper)
    page = client.read(third.submit({"offer": "Tea"}, containing="version"), 422)
    assert [d.text_content() for d in page.all("#meanwhile-h + dl dd")] == ["Save paper", "nothing"]
    assert page.submit(containing="version").status_code == 303
    assert mine(make, priya).words["goal_id"] is None


def test_a_field_that_is_wrong_hides_no_other_tab(client: Client, make: Make, priya: int) -> None:
    first, second = client.get("infomercials.work"), client.get("infomercials.work")
    assert first.submit({"offer": "Tea"}, containing="version").status_code == 303
    page = client.read(second.submit({"working_on": "x" * 281}, containing="version"), 422)
    assert page.errors == ["1 character over"]
    page = client.read(page.submit({"working_on": "x"}, containing="version"), 422)
    assert "another tab" in page.errors[0]
    assert mine(make, priya).words["offer"] == "Tea"


def test_titles_of_goals_are_text(sqlite_client: Client, sqlite_make: Make, sqlite_priya: int) -> None:
    title = "<img src=x onerror=alert(1)> x"
    made = goal(sqlite_make, title)
    save(sqlite_client, "work", goal=str(made))
    save(sqlite_client, "facts", headline="Mine.", fact1="One")
    preview = sqlite_client.get("infomercials.preview")
    preview.submit(containing="shown_to")
    for page in (preview, sqlite_client.get("infomercials.work"), sqlite_client.get("/p/priya-raman")):
        assert title in page.main
        assert not page.all("main img[onerror]")


def test_a_goals_page_shows_the_newest_24_in_a_fixed_number_of_queries(
    client: Client, make: Make, priya: int
) -> None:
    paper, counts = goal(make), []
    said: list[str] = []
    with client.app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            said.append(statement)

    for number in range(26):
        one = make.viewer(make.intro(make.member(f"Person {number:02}")))

        def point(one: Any = one) -> None:
            services.save_work(viewer=one, working_on="x", so_that="", offer="", goal_id=paper)
            services.publish(viewer=one)

        make.do(point)
        if number in (1, 25):
            said.clear()
            page = client.get("/goals/save-paper")
            counts.append(len(said))
    assert counts[0] == counts[1]
    assert len(page.all("#serves-h")) == 1
    assert len([h for h in page.links() if h.startswith("/p/person-")]) == 24
    assert "These are the newest." in page.main
    assert "/p/person-25" in page.links() and "/p/person-01" not in page.links()
