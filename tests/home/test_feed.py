"""Happening now: in which order, what is one line, what is close, and who sees none of it. On both databases."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.help import offers
from portal.help import services as asks
from portal.home.feed import AT_A_TIME, NEAR, Happening, happening_now
from portal.kudos.models import Kudos
from portal.moderation import services as moderation
from portal.people import services as people
from portal.ties import services as ties
from portal.topics import services as topics
from tests.client import Client
from tests.makers import Make


def read(make: Make, viewer: Viewer, **how: Any) -> Happening:
    return make.read(lambda: happening_now(viewer, **how))


def said(page: Happening, near: bool = False) -> list[tuple[str, list[str]]]:
    """Each line: which template, and whom or what its things are about."""
    lines = page.near if near else [line for _day, some in page.days for line in some]
    return [(line.template.partition("/")[0], [_name(one) for one in line.some]) for line in lines]


def _name(one: Any) -> str:
    return next(getattr(one, name) for name in ("why", "question", "what", "name") if hasattr(one, name))


def test_everything_in_one_order_and_what_is_alike_is_one_line(make: Make) -> None:
    make.noise()
    me, hana, ben = make.member("Me Too"), make.member("Hana Kim"), make.member("Ben Bos")
    make.member("Nia New", starts_on=clock.today() - timedelta(days=2))
    now = clock.now().replace(hour=20)
    crowd = [make.member(f"Writer {number}") for number in range(5)]
    for minutes, one in enumerate([*crowd, me]):
        with clock.pinned(now - timedelta(days=400, minutes=minutes)):
            make.intro(one)
    with clock.pinned(now - timedelta(days=399)):
        make.kudos(hana, ben, why="The first of two thanks.")
        make.kudos(hana, me, why="The second of two thanks.")
        make.kudos(ben, hana, why="Another one's thanks.")
        make.project("Elm", ben, hana)
    viewer = make.viewer(me)

    def old(page: Happening) -> list[tuple[str, list[str]]]:
        return [line for line in said(page) if line[1][0].partition(" ")[0] not in ("Noise", "Noise.")]

    found = [line for line in old(read(make, viewer, lines=40)) if "Noise" not in str(line)]
    assert found == [
        ("people", ["Nia New"]),
        ("teams", ["Elm"]),
        ("kudos", ["Another one's thanks."]),
        ("kudos", ["The second of two thanks.", "The first of two thanks."]),
        ("infomercials", [f"Writer {number}" for number in range(5)]),
    ]
    # Page by page it is the same, each thing once, whatever the size of a page.
    for size in (1, 2, 3):
        cursor, seen = None, []
        for _page in range(60):
            page = read(make, viewer, lines=size, cursor=cursor, with_near=False)
            seen += [name for _kind, names in said(page) for name in names]
            assert len(said(page)) <= size
            cursor = page.next
            if cursor is None:
                break
        whole = [name for _kind, names in said(read(make, viewer, lines=60, with_near=False)) for name in names]
        assert sorted(seen) == sorted(whole) and len(seen) == len(set(seen))
    for damaged in ("x", "W10", None):
        assert said(read(make, viewer, cursor=damaged, with_near=False))[0][0]


def test_nothing_that_its_reader_may_not_see_not_even_counted(make: Make) -> None:
    """A stranger sees none of it, whoever is in the team all; no fold counts what is hidden."""
    make.noise()
    lead, mate, stranger = make.member("Lea Lead"), make.member("Mo Mate"), make.member("Stan Stranger")
    guest, other_guest = make.guest("Gil Guest"), make.guest("Ola Guest")
    oak = make.project("Oak", lead, mate, guest)
    make.project("Fir", stranger, other_guest)
    make.intro(lead, headline="For teams alone.", shown_to="teams")
    make.intro(mate, headline="For all.")
    make.kudos(lead, mate, why="Seen by the team alone.", shown_to="team", team_id=oak)
    make.kudos(mate, lead, why="Between us two alone.", shown_to="us")
    hidden = make.kudos(mate, lead, why="Hidden by a moderator.")
    make.do(
        lambda: db.session.execute(sa.update(Kudos).where(Kudos.public_id == hidden).values(hidden_at=clock.now()))
    )
    viewers = {one: make.viewer(one) for one in (lead, mate, stranger, guest, other_guest)}

    def work() -> None:
        asks.ask(viewer=viewers[lead], question=asks.Question("What do teams ask of teams alone?", shown_to="teams"))
        asks.ask(viewer=viewers[lead], question=asks.Question("Who is asked in private here?", shown_to="asked"))
        paused = offers.make_offer(viewer=viewers[mate], words=offers.Words("A paused offer of help"))
        offers.pause(viewer=viewers[mate], offer_id=make_id(paused))

    def make_id(public_id: str) -> int:
        return int(db.session.scalar(sa.text("SELECT id FROM help_offer WHERE public_id = :one"), {"one": public_id}))

    make.do(work)
    team_only = {"For teams alone.", "Seen by the team alone.", "What do teams ask of teams alone?"}
    never = {
        "Between us two alone.",
        "Hidden by a moderator.",
        "Who is asked in private here?",
        "A paused offer of help",
    }

    def all_of(viewer_id: int) -> str:
        pages = [read(make, viewers[viewer_id], lines=60, only_teams=only) for only in (False, True)]
        return str([(page.near, page.days) for page in pages])

    for one in (mate, guest):
        text = all_of(one)
        assert all(words in text for words in team_only - {"Seen by the team alone."}), one
    assert "Seen by the team alone." in all_of(mate)
    for one in (stranger, other_guest):
        text = all_of(one)
        assert not [words for words in team_only | never if words in text], one
        intros = [names for kind, names in said(read(make, viewers[one], lines=60)) if kind == "infomercials"]
        assert "Lea Lead" not in str(intros)
        assert sum(map(len, intros)) == (0 if one == other_guest else 3)  # and two of the noise
    assert "Oak" not in all_of(other_guest) and "Oak" in all_of(stranger)
    for one in (lead, mate, guest):
        assert not [words for words in never - {"Between us two alone."} if words in all_of(one)]
    only = read(make, viewers[stranger], lines=60, only_teams=True)
    assert {kind for kind, _names in said(only)} == {"teams"} and not only.near
    people_gone = all_of(stranger)
    assert "Mo Mate" in people_gone
    make.do(partial(people.mark_left, person_id=mate, actor_id=None))
    assert "Mo Mate" not in str(said(read(make, viewers[stranger], lines=60)))


def test_close_is_my_teams_my_ties_and_my_topics(make: Make) -> None:
    me, mate, tied, far, apart = (
        make.member(name) for name in ("Me Too", "Mo Mate", "Tia Tied", "Fay Far", "Al Apart")
    )
    make.noise()
    make.project("Elm", me, mate)
    make.claim(me, "Slides")
    viewer = make.viewer(me)
    make.do(lambda: ties.say_we_talked(viewer=viewer, other_id=tied))
    make.do(lambda: ties.say_we_talked(viewer=viewer, other_id=apart))
    make.do(lambda: moderation.set_boundary(viewer=viewer, other_id=apart, kind="never"))
    for one in (tied, far, apart):
        make.intro(one)
    make.kudos(far, mate, why="Thanks to somebody of my team.")
    make.kudos(far, apart, why="Thanks that are far from me.")
    far_viewer = make.viewer(far)

    def ask() -> None:
        topic = (topics.topic_for(viewer=far_viewer, name="Slides"),)
        asks.ask(viewer=far_viewer, question=asks.Question("How do we name the slides?", topic_ids=topic))
        asks.ask(viewer=far_viewer, question=asks.Question("Something of another kind?"))

    make.do(ask)
    page = read(make, viewer, lines=40)
    near = sorted(name for _kind, names in said(page, near=True) for name in names)
    assert near == sorted(["Tia Tied", "Thanks to somebody of my team.", "How do we name the slides?", "Elm"])
    below = [name for _kind, names in said(page) for name in names]
    assert not set(near) & set(below)
    assert {"Fay Far", "Al Apart", "Thanks that are far from me.", "Something of another kind?"} <= set(below)
    for number in range(9):
        make.kudos(far, mate, why=f"More thanks to my team, number {number}.")
    assert sum(len(names) for _kind, names in said(read(make, viewer), near=True)) == NEAR
    # Nobody else's choice is made of it.
    assert "Tia Tied" not in str(said(read(make, make.viewer(mate)), near=True))


@pytest.mark.both_databases
def test_the_page(app: Flask, client: Client, make: Make) -> None:
    """It reads well, leads on by day, and costs the same whatever there is of each kind."""
    me = make.member("Me Too")
    client.sign_in(make.email(me))
    assert "Nothing has happened here yet" in client.get("home.feed").main
    others = [make.member(f"Other {number}", starts_on=clock.today()) for number in range(4)]
    statements: list[str] = []
    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", lambda *seen: statements.append(seen[2]))

    def costs(**values: Any) -> int:
        statements.clear()
        client.get("home.feed", **values)
        return len(statements)

    def more(number: int) -> None:
        for one in others:
            viewer = make.viewer(one)
            words = offers.Words(f"A hand with number {number}")
            make.do(lambda viewer=viewer, words=words: offers.make_offer(viewer=viewer, words=words))  # type: ignore[misc]
            question = asks.Question(f"Who can help {one} with number {number}?")
            make.do(lambda viewer=viewer, question=question: asks.ask(viewer=viewer, question=question))  # type: ignore[misc]
        for giver, to in itertools.pairwise(others):
            make.kudos(giver, to, why=f"Thanks of number {number}, well meant.")
        make.project(f"Team {number}", *others)

    for one in others:
        make.intro(one)
    more(0)
    few = costs()
    for number in range(1, 4):
        more(number)
    assert costs() == few
    page = client.get("home.feed")
    assert "Other 3, Other 2 and 2 more published their intros" in page.main
    assert "Other 3, Other 2 and 2 more are new here" in page.main
    assert "more from them on that day" in page.main
    home = client.get("home.home")
    assert home.all("#feed-h") and "/feed?only=teams" in home.links()
    assert "Nothing in your teams yet" in client.get("home.feed", only="teams").main
    assert "That was all of it" in client.get("home.feed", after="WyIyMDAwLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwwLDFd").main
    assert len(page.all(".feed > li")) <= 20 < 20 * AT_A_TIME
