"""The rules of intros: steps that save alone, publishing, ageing, taking back. On both databases."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.audiences import services as audiences
from portal.core import clock
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.goals import services as goals
from portal.infomercials import services
from portal.infomercials.models import Draft, Infomercial, InfomercialListing
from portal.infomercials.prompts import PROMPTS, prompts_for
from portal.infomercials.queries import GoalLink, Intro, MyIntro, intro_of, my_intro, who_serves
from portal.people import services as people
from tests.makers import Make, whose_intro_is_new


def facts(
    make: Make, me: int, headline: str = "Mine.", *texts: str, version: int | None = None, lang: str = "en"
) -> int:
    viewer = make.viewer(me)
    written = [{"prompt": "made", "text": text} for text in texts]
    return make.do(
        lambda: services.save_facts(viewer=viewer, headline=headline, facts=written, lang=lang, version=version)
    )


def ask(make: Make, me: int, *subjects: str, version: int | None = None) -> int:
    viewer = make.viewer(me)
    return make.do(lambda: services.save_ask(viewer=viewer, ask_about=subjects, version=version))


def work(make: Make, me: int, *, version: int | None = None, **words: str) -> int:
    viewer = make.viewer(me)
    said = {"working_on": "", "so_that": "", "offer": ""} | words
    return make.do(lambda: services.save_work(viewer=viewer, version=version, **said))


def publish(make: Make, me: int, shown_to: str = "everyone") -> bool:
    viewer = make.viewer(me)
    return make.do(lambda: services.publish(viewer=viewer, shown_to=shown_to))


def does(make: Make, me: int, verb: Any) -> None:
    viewer = make.viewer(me)
    make.do(lambda: verb(viewer=viewer))


def mine(make: Make, me: int) -> MyIntro:
    viewer = make.viewer(me)
    return make.read(lambda: my_intro(viewer))


def read(make: Make, reader: int, writer: int) -> Intro | None:
    viewer = make.viewer(reader)
    return make.read(lambda: intro_of(viewer, writer))


@pytest.fixture
def me(make: Make) -> int:
    make.noise()
    return make.member("Priya Raman")


@pytest.fixture
def reader(make: Make) -> int:
    return make.member("Reader")


# ---- steps -------------------------------------------------------------------------------------------------


def test_steps_save_alone(make: Make, me: int) -> None:
    assert mine(make, me).missing == ["photo", "facts", "ask", "work"]
    assert not mine(make, me).is_begun
    assert ask(make, me, "Queues") == 1
    assert mine(make, me).missing == ["photo", "facts", "work"]
    assert work(make, me, offer="Tea") == 1
    assert facts(make, me, "Mine.", "One") == 1
    assert mine(make, me).missing == ["photo"]
    does(make, me, services.use_initials)
    found = mine(make, me)
    assert found.missing == []
    assert found.versions == {"photo": 0, "facts": 1, "ask": 1, "work": 1}
    assert found.words["ask_about"] == ["Queues"]
    assert found.words["offer"] == "Tea"
    assert not found.is_published


def test_a_headline_without_a_fact_or_the_other_way_is_not_done(make: Make, me: int) -> None:
    facts(make, me, "Mine.")
    assert "facts" in mine(make, me).missing
    facts(make, me, "", "One")
    assert "facts" in mine(make, me).missing


def test_empty_facts_between_others_close_up(make: Make, me: int) -> None:
    viewer = make.viewer(me)
    written = [{"prompt": "made", "text": ""}, {"prompt": "yes", "text": "Two"}, {"prompt": "", "text": ""}]
    make.do(lambda: services.save_facts(viewer=viewer, headline="", facts=written, lang="en"))
    assert mine(make, me).words["facts"] == [{"prompt": "yes", "text": "Two"}]


def test_more_than_three_facts_are_not_kept(make: Make, me: int) -> None:
    facts(make, me, "Mine.", "1", "2", "3", "4")
    assert len(mine(make, me).words["facts"]) == 3


def test_saving_the_same_again_counts_as_no_save(make: Make, me: int) -> None:
    assert facts(make, me, "Mine.", "One", version=0) == 1
    assert facts(make, me, "Mine.", "One", version=1) == 1
    assert facts(make, me, "Mine.", "One", version=0) == 1, "an old tab with the same words is no conflict"


def test_two_tabs_on_one_step_notice_each_other(make: Make, me: int) -> None:
    assert facts(make, me, "First tab", version=0) == 1
    with pytest.raises(RuleBroken, match="another tab"):
        facts(make, me, "Second tab", version=0)
    assert mine(make, me).words["headline"] == "First tab"
    assert facts(make, me, "Second tab", version=1) == 2


def test_two_tabs_on_different_steps_do_not_meet(make: Make, me: int) -> None:
    assert facts(make, me, "Mine.", version=0) == 1
    assert ask(make, me, "Queues", version=0) == 1
    assert work(make, me, offer="Tea", version=0) == 1


def test_every_step_has_its_own_limit(make: Make, me: int) -> None:
    facts(make, me, "ä" * services.MAX_HEADLINE, "ö" * services.MAX_FACT)
    ask(make, me, *["x" * 57 + f"{n:03}" for n in range(services.MAX_ASKS)])
    work(make, me, working_on="x" * services.MAX_WORK, so_that="y" * services.MAX_WORK, offer="z" * services.MAX_WORK)
    assert publish(make, me) is True
    for save, field in (
        (lambda: facts(make, me, "x" * 141), "headline"),
        (lambda: facts(make, me, "x", "y" * 201), "fact1"),
        (lambda: facts(make, me, "x", "y", "y", "y" * 201), "fact3"),
        (lambda: ask(make, me, "x" * 61), "ask_about"),
        (lambda: ask(make, me, *map(str, range(16))), "ask_about"),
        (lambda: work(make, me, working_on="x" * 281), "working_on"),
        (lambda: work(make, me, so_that="x" * 281), "so_that"),
        (lambda: work(make, me, offer="x" * 281), "offer"),
        (lambda: facts(make, me, "x", lang="tlh"), "lang"),
    ):
        with pytest.raises(RuleBroken) as broken:
            save()
        assert broken.value.field == field
    assert not mine(make, me).has_changes, "nothing of it was written"


def test_subjects_are_kept_once_in_their_order(make: Make, me: int) -> None:
    ask(make, me, "Queues", "", "queues", "QUEUES", "Radios")
    assert mine(make, me).words["ask_about"] == ["Queues", "Radios"]


def test_two_first_saves_at_once(app: Flask, make: Make, me: int) -> None:
    viewer, gate = make.viewer(me), threading.Barrier(3)
    wrong: list[Exception] = []

    def save(verb: Any) -> None:
        gate.wait()
        try:
            make.do(verb)
        except Exception as error:
            wrong.append(error)

    verbs = [
        lambda: services.save_ask(viewer=viewer, ask_about=["Queues"], version=0),
        lambda: services.save_work(viewer=viewer, working_on="x", so_that="", offer="", version=0),
        lambda: services.save_facts(viewer=viewer, headline="Mine.", facts=[], lang="en", version=0),
    ]
    threads = [threading.Thread(target=save, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    words = mine(make, me).words
    assert (words["ask_about"], words["working_on"], words["headline"]) == (["Queues"], "x", "Mine.")


def test_two_tabs_saving_at_once_lose_nothing_unseen(app: Flask, make: Make, me: int) -> None:
    facts(make, me, "Before")
    viewer, gate = make.viewer(me), threading.Barrier(4)
    results: list[object] = []

    def save(text: str) -> None:
        gate.wait()
        try:
            results.append(
                make.do(lambda: services.save_facts(viewer=viewer, headline=text, facts=[], lang="en", version=1))
            )
        except RuleBroken:
            results.append("told")

    threads = [threading.Thread(target=save, args=(f"tab {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == ["2", "told", "told", "told"]


# ---- publishing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("headline", "texts"), [("", ()), ("Mine.", ()), ("", ("One",))])
def test_a_headline_and_one_fact_are_needed(make: Make, me: int, headline: str, texts: tuple[str, ...]) -> None:
    facts(make, me, headline, *texts)
    with pytest.raises(RuleBroken):
        publish(make, me)
    assert not mine(make, me).is_published
    assert not mine(make, me).may_publish


def test_nothing_written_at_all_cannot_be_published(make: Make, me: int) -> None:
    with pytest.raises(RuleBroken):
        publish(make, me)
    assert not mine(make, me).is_begun, "trying leaves nothing behind"


@pytest.mark.parametrize("shown_to", ["", "nobody", "managers"])
def test_who_may_read_it_is_everyone_or_my_teams(make: Make, me: int, shown_to: str) -> None:
    facts(make, me, "Mine.", "One")
    with pytest.raises(RuleBroken) as broken:
        publish(make, me, shown_to)
    assert broken.value.field == "shown_to"
    assert not mine(make, me).is_published


def test_nothing_shows_before_it_is_published_nor_a_change_before_it_is(make: Make, me: int, reader: int) -> None:
    facts(make, me, "First.", "One")
    assert read(make, reader, me) is None
    assert publish(make, me) is True
    assert publish(make, me) is False, "the second time is no first time"
    facts(make, me, "Second.", "Two")
    work(make, me, offer="Tea")
    found = read(make, reader, me)
    assert found
    assert (found.headline, found.facts, found.offer_html) == ("First.", ["One"], "")
    assert mine(make, me).has_changes
    publish(make, me)
    found = read(make, reader, me)
    assert found
    assert (found.headline, found.facts, found.offer_html) == ("Second.", ["Two"], "<p>Tea</p>")
    assert not mine(make, me).has_changes


def test_changes_can_be_dropped(make: Make, me: int) -> None:
    make.intro(me, headline="First.")
    opened = mine(make, me).versions["facts"]
    facts(make, me, "Second.", "Two")
    does(make, me, services.discard_changes)
    found = mine(make, me)
    assert (found.words["headline"], found.has_changes) == ("First.", False)
    with pytest.raises(RuleBroken):
        facts(make, me, "From a tab that did not notice", version=opened + 1)


def test_dropping_changes_of_what_was_never_out_drops_nothing(make: Make, me: int) -> None:
    does(make, me, services.discard_changes)
    facts(make, me, "First.", "One")
    does(make, me, services.discard_changes)
    assert mine(make, me).words["headline"] == "First."


def test_taking_it_back_keeps_the_words(make: Make, me: int, reader: int) -> None:
    make.intro(me, headline="First.")
    does(make, me, services.withdraw)
    assert read(make, reader, me) is None
    assert read(make, me, me) is None
    found = mine(make, me)
    assert (found.is_published, found.words["headline"], found.has_changes) == (False, "First.", True)
    does(make, me, services.withdraw)
    assert publish(make, me) is True
    assert read(make, reader, me)


def test_taking_it_back_with_the_working_copy_gone(make: Make, me: int) -> None:
    make.intro(me, headline="First.")
    make.do(lambda: db.session.execute(sa.delete(Draft).where(Draft.person_id == me)))
    assert mine(make, me).words["headline"] == "First."
    does(make, me, services.withdraw)
    assert mine(make, me).words["headline"] == "First."


def test_it_is_shown_to_my_teams_of_today(make: Make, me: int, reader: int) -> None:
    make.intro(me, shown_to="teams")
    assert read(make, reader, me) is None
    team = make.team(me, reader)
    assert read(make, reader, me)
    make.do(lambda: audiences.leave(audience_id=team, person_ids=[me]))
    assert read(make, reader, me) is None
    publish(make, me, "everyone")
    assert read(make, reader, me)


def test_markdown_is_safe(make: Make, me: int, reader: int) -> None:
    make.intro(
        me, working_on="**bold** <script>alert(1)</script> [x](javascript:alert(1))", offer="<img src=x onerror=a()>"
    )
    found = read(make, reader, me)
    assert found
    assert "<strong>bold</strong>" in found.working_on_html
    for html in (found.working_on_html, found.offer_html):
        assert "<script" not in html
        assert "<img" not in html
        assert "javascript:" not in html


# ---- growing old -------------------------------------------------------------------------------------------


def test_still_right_after_180_days(make: Make, me: int) -> None:
    make.intro(me)
    now = clock.now()
    with clock.pinned(now + timedelta(days=179)):
        assert not mine(make, me).still_right
    with clock.pinned(now + timedelta(days=180)):
        assert mine(make, me).still_right
        does(make, me, services.confirm)
        assert not mine(make, me).still_right
    with clock.pinned(now + timedelta(days=361)):
        assert mine(make, me).still_right
        publish(make, me)
        assert not mine(make, me).still_right, "publishing is looking at it"


def test_there_is_nothing_to_confirm_before_it_is_out(make: Make, me: int) -> None:
    facts(make, me, "Mine.", "One")
    with pytest.raises(RuleBroken):
        does(make, me, services.confirm)


def test_working_on_greys_after_60_days_and_goes_after_120(make: Make, me: int, reader: int) -> None:
    make.intro(me)
    now = clock.now()
    seen = {}
    for days in (0, 59, 60, 119, 120, 400):
        with clock.pinned(now + timedelta(days=days, hours=-1 if days in (59, 119) else 1)):
            found = read(make, reader, me)
            assert found
            seen[days] = (
                bool(found.working_on_html),
                bool(found.so_that),
                found.work_is_grey,
                bool(found.offer_html),
            )
    assert seen == {
        0: (True, True, False, True),
        59: (True, True, False, True),
        60: (True, True, True, True),
        119: (True, True, True, True),
        120: (False, False, True, True),
        400: (False, False, True, True),
    }


def test_confirming_makes_working_on_fresh(make: Make, me: int, reader: int) -> None:
    make.intro(me)
    with clock.pinned(clock.now() + timedelta(days=130)):
        does(make, me, services.confirm)
        found = read(make, reader, me)
        assert found
        assert found.working_on_html
        assert not found.work_is_grey
        publish(make, me)
        found = read(make, reader, me)
        assert found
        assert not found.work_is_grey


def test_another_headline_does_not_make_working_on_fresh(make: Make, me: int, reader: int) -> None:
    make.intro(me)
    with clock.pinned(clock.now() + timedelta(days=70)):
        facts(make, me, "New.", "One")
        publish(make, me)
        found = read(make, reader, me)
        assert found
        assert found.work_is_grey
        work(make, me, working_on="the export queue", so_that="every club can leave with its data", offer="Tea")
        publish(make, me)
        found = read(make, reader, me)
        assert found
        assert found.work_is_grey, "another offer is no other work"
        work(make, me, working_on="something new")
        publish(make, me)
        found = read(make, reader, me)
        assert found
        assert not found.work_is_grey


def test_new_intros_stand_the_newest_first(make: Make, reader: int) -> None:
    now = clock.now()
    ages = (0, 29, 5)
    ids = {}
    for days in ages:
        with clock.pinned(now - timedelta(days=days)):
            ids[days] = make.intro(make.member(f"P{days}"), headline=f"Of {days} days.")
    make.intro(reader)
    viewer = make.viewer(reader)
    with clock.pinned(now):
        found = make.read(lambda: whose_intro_is_new(viewer))
        two = make.read(lambda: whose_intro_is_new(viewer, 2))
    assert found[:3] == [ids[0], ids[5], ids[29]]
    assert reader not in found
    assert two == [ids[0], ids[5]]


def test_a_changed_intro_is_not_new_again(make: Make, me: int, reader: int) -> None:
    with clock.pinned(clock.ago(days=31)):
        make.intro(me)
    make.intro(make.member("Later"))
    facts(make, me, "New.", "One")
    publish(make, me)
    viewer = make.viewer(reader)
    assert make.read(lambda: whose_intro_is_new(viewer))[0] != me


# ---- leavers -----------------------------------------------------------------------------------------------


def test_a_leavers_intro_is_read_by_nobody(make: Make, me: int, reader: int) -> None:
    make.intro(me)
    team = make.team(me, reader)
    make.do(lambda: people.mark_left(person_id=me, actor_id=None))
    assert read(make, reader, me) is None
    make.do(lambda: audiences.leave(audience_id=team, person_ids=[me]))
    assert read(make, reader, me) is None, "also when they are taken out of their teams afterwards"
    listed = sa.select(sa.func.count()).select_from(InfomercialListing).where(InfomercialListing.person_id == me)
    assert make.read(lambda: db.session.scalar(listed)) == 0


def test_an_intro_goes_with_its_person(make: Make, me: int) -> None:
    make.intro(me)
    make.do(lambda: db.session.execute(sa.text("DELETE FROM person WHERE id = :id"), {"id": me}))
    assert make.read(lambda: db.session.get(Infomercial, me)) is None
    assert make.read(lambda: db.session.get(Draft, me)) is None


# ---- prompts -----------------------------------------------------------------------------------------------


def test_prompts_turn_through_all_of_them() -> None:
    for person_id in range(1, 8):
        seen = {prompt.key for turn in range(2) for prompt in prompts_for(person_id, turn)}
        assert seen == {prompt.key for prompt in PROMPTS}
        assert len({p.key for p in prompts_for(person_id, 0)}) == 3
    assert prompts_for(1, 0) != prompts_for(2, 0)


def test_each_prompt_has_two_examples_that_fit() -> None:
    assert len({prompt.key for prompt in PROMPTS}) == len(PROMPTS)
    for prompt in PROMPTS:
        assert len(prompt.examples) == 2
        assert all(0 < len(str(example)) <= services.MAX_FACT for example in prompt.examples)


# ---- the goal that the work serves -------------------------------------------------------------------------


@pytest.fixture
def admin(make: Make) -> int:
    return make.person("Amara Admin")


def goal(make: Make, admin: int, title: str = "Save paper") -> int:
    viewer = make.viewer(admin, "admin")
    return make.do(lambda: goals.add_goal(viewer=viewer, words=goals.Words(title)))


def close(make: Make, admin: int, goal_id: int) -> None:
    viewer = make.viewer(admin, "admin")
    make.do(lambda: goals.close_goal(viewer=viewer, goal_id=goal_id))


def serve(make: Make, me: int, goal_id: int | None, *, version: int | None = None, **words: str) -> int:
    viewer = make.viewer(me)
    said = {"working_on": "the queue", "so_that": "all leave", "offer": ""} | words
    return make.do(lambda: services.save_work(viewer=viewer, goal_id=goal_id, version=version, **said))


def serving(make: Make, reader: int, goal_id: int, most: int = 24) -> list[tuple[int, str, str]]:
    viewer = make.viewer(reader)
    found = make.read(lambda: who_serves(viewer, goal_id, most))
    return [(one.person.id, one.working_on_html, one.so_that) for one in found]


def test_work_points_to_a_goal_once_it_is_out(make: Make, me: int, reader: int, admin: int) -> None:
    paper, ink = goal(make, admin), goal(make, admin, "Save ink")
    serve(make, me, paper)
    facts(make, me, "Mine.", "One")
    found = mine(make, me)
    assert (found.words["goal_id"], found.goal, found.preview.goal) == (
        paper,
        GoalLink("save-paper", "Save paper"),
        GoalLink("save-paper", "Save paper"),
    )
    assert serving(make, reader, paper) == [], "a draft is nobody else's to read"
    publish(make, me)
    read_intro = read(make, reader, me)
    assert read_intro and read_intro.goal == GoalLink("save-paper", "Save paper")
    assert serving(make, reader, paper) == [(me, "<p>the queue</p>", "all leave")]
    serve(make, me, ink)
    assert mine(make, me).has_changes
    assert serving(make, reader, ink) == []
    does(make, me, services.discard_changes)
    found = mine(make, me)
    assert (found.words["goal_id"], found.has_changes) == (paper, False)
    serve(make, me, None)
    publish(make, me)
    read_intro = read(make, reader, me)
    assert read_intro and read_intro.goal is None
    assert serving(make, reader, paper) == []


def test_taking_it_back_and_beginning_from_what_is_out_keep_the_goal(make: Make, me: int, admin: int) -> None:
    paper = goal(make, admin)
    serve(make, me, paper)
    facts(make, me, "Mine.", "One")
    publish(make, me)
    make.do(lambda: db.session.execute(sa.delete(Draft).where(Draft.person_id == me)))
    assert mine(make, me).goal == GoalLink("save-paper", "Save paper"), "what is out, where there is no draft"
    does(make, me, services.withdraw)
    assert mine(make, me).words["goal_id"] == paper


@pytest.mark.parametrize("forged", [0, -1, 9_999_999, 10**18])
def test_a_goal_that_is_not_there_is_refused(make: Make, me: int, forged: int) -> None:
    with pytest.raises(RuleBroken, match="from the list") as broken:
        serve(make, me, forged)
    assert broken.value.field == "goal"
    assert not mine(make, me).is_begun


def test_a_closed_goal_stays_chosen_and_is_not_chosen_anew(make: Make, me: int, reader: int, admin: int) -> None:
    paper, other = goal(make, admin), make.member("Bo Lindgren")
    serve(make, me, paper)
    close(make, admin, paper)
    serve(make, me, paper, offer="Tea")
    facts(make, me, "Mine.", "One")
    publish(make, me)
    assert serving(make, reader, paper) == [(me, "<p>the queue</p>", "all leave")]
    with pytest.raises(RuleBroken, match="closed by now") as broken:
        serve(make, other, paper)
    assert broken.value.field == "goal"
    serve(make, me, None)
    with pytest.raises(RuleBroken, match="closed by now"):
        serve(make, me, paper)


def test_guests_have_no_goals(make: Make, me: int, admin: int) -> None:
    paper, guest = goal(make, admin), make.guest("Gus Guest")
    make.team(me, guest)
    with pytest.raises(RuleBroken, match="from the list"):
        serve(make, guest, paper)
    serve(make, me, paper)
    facts(make, me, "Mine.", "One")
    publish(make, me)
    found = read(make, guest, me)
    assert found and found.so_that and found.goal is None, "they read the words, and no goal"
    assert serving(make, guest, paper) == []


def test_the_goal_ages_with_the_words(make: Make, me: int, reader: int, admin: int) -> None:
    paper, now = goal(make, admin), clock.now()
    with clock.pinned(now):
        serve(make, me, paper)
        facts(make, me, "Mine.", "One")
        publish(make, me)
    seen = {}
    for days in (59, 61, 119, 120, 121):
        with clock.pinned(now + timedelta(days=days)):
            found = read(make, reader, me)
            assert found
            seen[days] = (found.goal is not None, len(serving(make, reader, paper)))
    assert seen == {59: (True, 1), 61: (True, 1), 119: (True, 1), 120: (False, 0), 121: (False, 0)}
    with clock.pinned(now + timedelta(days=130)):
        does(make, me, services.confirm)
        assert serving(make, reader, paper), "still right"


def test_another_goal_makes_the_words_fresh(make: Make, me: int, reader: int, admin: int) -> None:
    paper = goal(make, admin)
    make.intro(me)
    with clock.pinned(clock.ago(days=-70)):
        found = read(make, reader, me)
        assert found and found.work_is_grey
        said = {"working_on": "the export queue", "so_that": "every club can leave with its data"}
        serve(make, me, paper, **said)
        publish(make, me)
        found = read(make, reader, me)
        assert found and not found.work_is_grey


def test_who_serves_a_goal_is_who_the_viewer_may_read(make: Make, me: int, reader: int, admin: int) -> None:
    paper, ink = goal(make, admin), goal(make, admin, "Save ink")
    people_of: dict[str, int] = {}
    now = clock.now()
    for age, name in enumerate(("Newest", "Older", "Team alone", "Gone", "Over", "Elsewhere", "No words")):
        one = people_of[name] = make.member(name)
        with clock.pinned(now - timedelta(hours=age)):
            words = {"working_on": "", "so_that": ""} if name == "No words" else {"working_on": name, "so_that": ""}
            serve(make, one, ink if name == "Elsewhere" else paper, **words)
            facts(make, one, "Mine.", "One")
            publish(make, one, "teams" if name == "Team alone" else "everyone")
    make.do(lambda: people.mark_left(person_id=people_of["Gone"], actor_id=None))
    over = {"d": clock.today() - timedelta(days=2), "i": people_of["Over"]}
    make.do(lambda: db.session.execute(sa.text("UPDATE person SET ends_on = :d WHERE id = :i"), over))
    shown = [people_of[name] for name in ("Newest", "Older", "No words")]
    assert [one for one, *_words in serving(make, reader, paper)] == shown
    make.team(reader, people_of["Team alone"])
    with_team = [people_of[name] for name in ("Newest", "Older", "Team alone", "No words")]
    assert [one for one, *_words in serving(make, reader, paper)] == with_team
    assert [one for one, *_words in serving(make, reader, paper, most=2)] == with_team[:2]
    assert [one for one, *_words in serving(make, me, ink)] == [people_of["Elsewhere"]]
    assert serving(make, reader, 999) == []


def test_two_tabs_with_two_goals_notice_each_other(make: Make, me: int, admin: int) -> None:
    paper, ink = goal(make, admin), goal(make, admin, "Save ink")
    assert serve(make, me, paper, version=0) == 1
    with pytest.raises(RuleBroken, match="another tab"):
        serve(make, me, ink, version=0)
    assert serve(make, me, paper, version=0) == 1, "the same goal is no conflict"
    assert serve(make, me, ink, version=1) == 2


def test_a_goal_that_is_erased_leaves_the_words(make: Make, me: int, admin: int) -> None:
    paper = goal(make, admin)
    serve(make, me, paper)
    facts(make, me, "Mine.", "One")
    publish(make, me)
    make.do(lambda: db.session.execute(sa.text("DELETE FROM goal")))
    found = mine(make, me)
    assert (found.words["goal_id"], found.words["working_on"], found.has_changes) == (None, "the queue", False)
