"""Somebody who is erased leaves no question and no answer behind, in the index of search neither; whoever left keeps
their name under what they wrote."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.help import queries, services
from portal.help.services import Question
from portal.people import erasing as people_erasing
from portal.people import services as people
from portal.search.models import SearchItem
from tests.help.test_services import ask
from tests.makers import Make


def words_found(make: Make) -> str:
    return make.read(lambda: " ".join(db.session.scalars(sa.select(SearchItem.words))))


def test_what_they_asked_and_answered_is_found_no_more(make: Make) -> None:
    maya, ben, hana = make.member(), make.member("Ben Small"), make.member("Hana Kim")
    theirs = ask(make, maya, question=Question("How are zeppelins moored at night?"))
    asked = ask(make, ben, question=Question("How are balloons moored at night?"))
    asker, writers = make.viewer(maya), [make.viewer(ben), make.viewer(hana)]
    for writer, words in zip(writers, ("Moor it with quicksilver", "Moor it with gossamer"), strict=True):
        post = make.do(lambda writer=writer, words=words: services.write(viewer=writer, ask_id=theirs, words=words))
        make.do(lambda post=post: services.mark_useful(viewer=asker, ask_id=theirs, post_id=post, useful=True))
        make.do(lambda post=post, writer=writer: services.let_be_found(viewer=writer, post_id=post, may=True))
    found = words_found(make)
    assert all(word in found for word in ("zeppelin", "balloon", "quicksilver", "gossamer"))
    make.do(lambda: people.mark_left(person_id=hana, actor_id=None))
    left = make.read(lambda: queries.posts(asker, theirs).items)
    assert [post.by.name for post in left if post.by] == ["Ben Small", "Hana Kim"]  # under their name still
    make.do(lambda: people.mark_left(person_id=ben, actor_id=None))
    make.do(lambda: people_erasing.erase_person(person_id=ben, actor_id=None))
    found = words_found(make)
    assert "balloon" not in found and "quicksilver" not in found and "gossamer" in found
    assert make.read(lambda: queries.views(asker, [asked])) == []
    make.do(lambda: people.mark_left(person_id=maya, actor_id=None))
    assert "gossamer" in words_found(make), "what Hana knew leaves with Maya"
    make.do(lambda: people_erasing.erase_person(person_id=maya, actor_id=None))
    assert not any(word in words_found(make) for word in ("zeppelin", "gossamer"))


def test_a_question_for_teams_is_passed_on_within_them(make: Make) -> None:
    maya, mate, other, outside = [make.member() for _ in range(4)]
    make.project("Elm", maya, mate, other)
    ask_id = ask(make, maya, question=Question("How are zeppelins moored at night?", shown_to="teams"))
    viewer = make.viewer(mate)
    try:
        make.do(lambda: services.name_helper(viewer=viewer, ask_id=ask_id, person_id=outside, line=""))
    except RuleBroken as broken:
        assert broken.field == "who"
    else:
        raise AssertionError("told somebody outside")
    make.do(lambda: services.name_helper(viewer=viewer, ask_id=ask_id, person_id=other, line=""))
    stranger = make.viewer(outside)
    assert make.read(lambda: queries.views(stranger, [ask_id])) == []
