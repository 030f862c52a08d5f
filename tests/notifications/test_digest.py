"""The weekly digest: what stands in it, when it comes, how it ends, and that a second try is the same mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import services as accounts
from portal.core import clock
from portal.core.db import db
from portal.kudos import services as kudos
from portal.meet import pages
from portal.meet import services as meet
from portal.notifications import around, duties, meeting, services
from portal.notifications.models import Digest, DigestPace
from portal.people import services as people
from portal.teams import services as teams
from portal.ties import services as ties
from tests.client import Client
from tests.makers import Make
from tests.sink import Post, words

from .conftest import NOON, Colleagues
from .test_services import choose

WEEK = timedelta(weeks=1)
NEXT = datetime(2030, 5, 27, 10, 30, tzinfo=UTC)  # the Monday after, when all of the hour has passed


@contextmanager
def later(moment: datetime) -> Iterator[None]:
    with clock.pinned(moment):
        yield


@pytest.fixture
def planned(app: Flask, house: Colleagues) -> Colleagues:
    """Everybody is owed a digest; nobody has done anything."""
    with app.app_context():
        duties.plan_digests()
    return house


def owed(make: Make, person_id: int) -> list[datetime]:
    query = sa.select(Digest.due_at).where(Digest.person_id == person_id, Digest.frozen_at.is_(None))
    return make.read(lambda: list(db.session.scalars(query)))


def written(app: Flask, post: Post, moment: datetime) -> dict[str, str]:
    """address -> words of the digests that arrive when the worker looks at that moment."""
    with later(moment), app.app_context():
        while duties.write_digests():
            pass
        before = len(post.sink.mails)
        post.go(after=timedelta(minutes=2))
    sent = zip(post.sink.to[before:], post.sink.mails[before:], strict=True)
    return {to: words(mail) for to, mail in sent if mail["Subject"] == "What happened around you"}


def test_everybody_with_an_account_is_owed_one_on_their_monday_morning(app: Flask, planned: Colleagues) -> None:
    moments = [owed(planned.make, one) for one in (planned.ada, planned.bo, planned.gil)]
    assert all(len(due) == 1 for due in moments)
    assert all(NEXT - timedelta(minutes=90) <= due[0] < NEXT - timedelta(minutes=30) for due in moments)
    assert len({due[0] for due in moments}) == 3, "not all at once"
    with app.app_context():
        duties.plan_digests()
    assert [owed(planned.make, one) for one in (planned.ada, planned.bo, planned.gil)] == moments
    assert owed(planned.make, planned.make.person("Wim Waits")) == []


def test_it_tells_what_happened_around_its_reader(app: Flask, planned: Colleagues, post: Post) -> None:
    make = planned.make
    with later(NOON + timedelta(hours=1)):
        make.kudos(planned.ada, planned.bo, why="You found it in one night.")
        make.kudos(planned.ada, planned.cleo, why="You drew the plan.", team_id=planned.team)
        make.kudos(planned.ada, planned.dan, why="You held the door.", shown_to="us")
        make.intro(planned.cleo, headline="Keeps the queues short.")
        boss = make.viewer(planned.ada)
        make.do(lambda: teams.add_people(viewer=boss, team_id=planned.team, person_ids=[planned.dan]))
    found = written(app, post, NEXT)[make.email(planned.bo)]
    assert "Ada thanked you: “You found it in one night.”" in found
    assert "Ada thanked Cleo: “You drew the plan.”" in found
    assert "Cleo Roy: Keeps the queues short." in found
    assert "Elm: Dan Wu" in found
    assert "held the door" not in found
    html = words(next(m for m in post.sink.mails if "What happened around you" in m["Subject"]), "html")
    assert "<h2" in html and "/k/" in html


def test_it_carries_somebody_to_meet_and_somebody_to_hear_from(
    app: Flask, planned: Colleagues, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "INTROS_NEEDED", 0)
    make, bo = planned.make, planned.bo
    reader = make.viewer(bo)
    make.do(lambda: accounts.set_locale(person_id=bo, locale="de"))
    eve, fay = (make.member(name, department="Sales") for name in ("Eve Stone", "Fay Moor"))
    with later(NOON - timedelta(days=60)):
        make.kudos(planned.dan, bo)
    for one in (eve, fay):
        make.claim(one, "Maps")
    make.claim(bo, "Maps", level="learning")
    make.kudos(eve, planned.dan, why="The maps of the harbour.")
    make.kudos(eve, planned.dan, why="Just between us.", shown_to="us")
    make.read(meet.refresh)
    make.kudos(planned.ada, bo)
    with later(NEXT), app.app_context():
        while duties.write_digests():
            pass
        (chosen,) = db.session.scalars(sa.select(Digest.chosen).where(Digest.person_id == bo, Digest.number > 0))
    first = chosen["meet"][0]
    assert first in (eve, fay) and chosen["hear"] == [planned.dan]
    with later(NEXT):
        post.go(after=timedelta(minutes=2))
    found = [words(mail) for to, mail in zip(post.sink.to, post.sink.mails, strict=True) if to == make.email(bo)][-1]
    name = {eve: "Eve Stone", fay: "Fay Moor"}[first]
    assert f"{name}: Beantwortet Fragen zu Maps, das du gerade lernst" in found, "in the reader's language"
    assert "Dan Wu: " in found and "The maps of the harbour." in found and "Just between us" not in found
    # Whoever is known meanwhile is not in it, and nobody else's mail names them for that.
    make.do(lambda: ties.say_known(viewer=reader, other_ids=[first]))
    with later(NEXT), app.app_context(), app.test_request_context():
        again = meeting.told(reader, chosen)
    assert again.meet is None and again.hear is not None


def test_nothing_is_sent_where_nothing_happened(app: Flask, planned: Colleagues, post: Post) -> None:
    planned.make.kudos(planned.ada, planned.bo)
    found = written(app, post, NEXT)
    assert planned.make.email(planned.bo) in found and planned.make.email(planned.dan) not in found
    assert owed(planned.make, planned.dan) == [due + WEEK for due in [owed(planned.make, planned.dan)[0] - WEEK]], (
        "and the next one is owed"
    )


def test_a_second_try_is_the_same_mail(app: Flask, planned: Colleagues, post: Post) -> None:
    address = planned.make.email(planned.bo)
    planned.make.kudos(planned.ada, planned.bo, why="You found it in one night.")
    post.sink.recipient = lambda to: "451 later" if to == address else None
    assert address not in written(app, post, NEXT)
    (tried,) = [row for row in post.rows(kind="digest") if row.sent_at is None]
    planned.make.kudos(planned.cleo, planned.bo, why="Later words than the digest has.")
    post.sink.recipient = lambda _to: None
    again = written(app, post, NEXT + timedelta(hours=1))[address]
    assert "You found it in one night." in again and "Later words" not in again
    (sent,) = post.rows(id=tried.id)
    assert sent.sent_at is not None and sent.occasion == tried.occasion, "one row, so one Message-ID"


def test_what_was_taken_back_since_is_not_in_it(app: Flask, planned: Colleagues, post: Post) -> None:
    public_id = planned.make.kudos(planned.ada, planned.bo, why="You found it in one night.")
    with later(NEXT), app.app_context():
        while duties.write_digests():
            pass
    giver = planned.make.viewer(planned.ada)
    planned.make.do(lambda: kudos.take_back(viewer=giver, public_id=public_id))
    with later(NEXT):
        assert planned.make.email(planned.bo) not in {str(mail["To"].addresses[0].addr_spec) for mail in post.go()}


def test_two_workers_write_it_once(app: Flask, planned: Colleagues, post: Post) -> None:
    planned.make.kudos(planned.ada, planned.bo)
    written(app, post, NEXT)
    assert written(app, post, NEXT + timedelta(minutes=5)) == {}
    assert written(app, post, NEXT + WEEK) == {}, "nothing since"


def test_another_zone_moves_it_at_once(app: Flask, planned: Colleagues) -> None:
    make = planned.make
    (before,) = owed(make, planned.bo)
    viewer = make.viewer(planned.bo)
    make.do(
        lambda: people.change_details(
            viewer=viewer,
            details=people.Details(
                name="Bo Lindgren", preferred_name=None, pronouns=None, say_name=None, place_detail=None,
                time_zone="Asia/Kathmandu", languages=[], working_days=[], links=[], reach_me_by=None, hue=None,
                shown={},
            ),
        )
    )  # fmt: skip
    (after,) = owed(make, planned.bo)
    assert before - after == timedelta(hours=5, minutes=45)
    choose(planned, planned.bo, {"digest_day": "wed", "digest_hour": 16})
    (chosen,) = owed(make, planned.bo)
    assert chosen.date() == datetime(2030, 5, 29, tzinfo=UTC).date() and chosen > after
    choose(planned, planned.bo, digest="off")
    assert owed(make, planned.bo) == []
    choose(planned, planned.bo, digest="digest")
    assert owed(make, planned.bo) == [before - timedelta(hours=5, minutes=45)]


def test_a_worker_that_was_away_writes_it_late_and_once(app: Flask, planned: Colleagues, post: Post) -> None:
    planned.make.kudos(planned.ada, planned.bo)
    with later(NEXT + timedelta(days=2)), app.app_context():
        duties.plan_digests()
    assert planned.make.email(planned.bo) in written(app, post, NEXT + timedelta(days=2))


def test_who_has_left_gets_none(app: Flask, planned: Colleagues, post: Post) -> None:
    planned.make.kudos(planned.ada, planned.bo)
    planned.make.do(lambda: people.mark_left(person_id=planned.bo, actor_id=None))
    assert planned.make.email(planned.bo) not in written(app, post, NEXT)
    assert owed(planned.make, planned.bo) == []


def test_three_without_an_act_make_it_monthly_six_end_it_and_an_act_brings_it_back(
    app: Flask, planned: Colleagues, post: Post
) -> None:
    make, moment = planned.make, NEXT
    address = make.email(planned.bo)
    # Forty weeks of Bo alone: what the others get is no part of it, and takes as long for each of them.
    for other in make.read(lambda: list(db.session.scalars(sa.text("SELECT person_id FROM account")))):
        if other != planned.bo:
            choose(planned, other, digest="off")
    came: list[tuple[int, str]] = []
    for week in range(40):
        with later(moment - timedelta(days=1)):
            public_id = make.kudos(planned.ada, planned.bo, why=f"You kept it green in week {week}.")
            assert public_id
        found = written(app, post, moment)
        if address in found:
            came.append((week, found[address]))
        moment += WEEK
    assert [week for week, _words in came] == [0, 1, 2, 6, 10, 14]
    assert "once a month" in came[2][1] and "once a month" not in came[1][1]
    assert "This is the last one." in came[5][1] and "the last one" not in came[4][1]
    assert owed(make, planned.bo) == []
    with later(moment - timedelta(days=3)), app.app_context():
        duties.plan_digests()
        assert owed(make, planned.bo) == [], "nobody is written to who does not want to be"
    with later(moment - timedelta(days=3)):
        make.do(lambda: services.note_act(person_id=planned.bo))
        make.kudos(planned.ada, planned.bo, why="Good that you are back.")
    assert address in written(app, post, moment)


def test_sending_a_form_is_an_act_and_looking_is_none(app: Flask, planned: Colleagues) -> None:
    def pace() -> DigestPace | None:
        return planned.make.read(lambda: db.session.get(DigestPace, planned.bo))

    client = Client(app).sign_in(planned.make.email(planned.bo))
    client.get("home.home")
    client.get("notifications.notices")
    assert pace() is None
    assert client.get("people.details").submit({"reach_me_by": "By bell"}).status_code == 303
    found = pace()
    assert found is not None and found.acted_on == NOON.date() and found.unanswered == 0


def test_nothing_of_others_is_chosen(app: Flask, planned: Colleagues) -> None:
    """As an outsider sees it: a guest of another team."""
    make = planned.make
    outside = make.guest("Olga Outside")
    make.project("Oak", make.member("Olaf Other"), outside)
    with later(NOON + timedelta(hours=1)):
        make.kudos(planned.ada, planned.bo, team_id=planned.team)
        make.intro(planned.cleo)
    viewer = make.viewer(outside)
    found = make.read(lambda: around.chosen(viewer, NOON, NOON + WEEK))
    assert not any(found.values())


def test_what_is_chosen_is_what_its_reader_may_see(planned: Colleagues) -> None:
    """Each part asks for itself: of what is chosen only six stand in a digest, and hidden ones would take a place."""
    make = planned.make
    old = make.guest("Ola Over", ends_on=NOON.date() + timedelta(days=1), department="Design")
    make.do(lambda: people.add_person(name="Nobody", email="nobody@example.org", department="Design"))
    apart = make.person("Ina Inside", department="Design")
    dora = make.member("Dora Design", department="Design")
    make.project("Oak", apart, planned.ada)
    boss, gil = make.viewer(planned.ada), make.viewer(planned.gil)
    with later(NOON + timedelta(hours=1)):
        make.kudos(planned.ada, planned.cleo, why="You drew the plan.", team_id=planned.team)
        inside = make.kudos(planned.ada, planned.bo, why="You read the plan.", team_id=planned.team, shown_to="team")
        make.intro(planned.cleo)
        make.do(lambda: teams.add_people(viewer=boss, team_id=planned.team, person_ids=[old]))
        make.intro(old)
        make.intro(apart, shown_to="teams")
    since, until = NOON, NOON + timedelta(days=5)
    with later(until):
        found = make.read(lambda: around.chosen(gil, since, until))
    assert found["thanks"] == [planned.id_of(inside)]
    assert make.read(lambda: around.chosen(make.viewer(dora), since, until))["intros"] == [old]
    assert found["joined"] == [] and old not in found["intros"] and planned.cleo in found["intros"]
