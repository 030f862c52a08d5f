"""Who is told what, once, and what is taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock, outbox
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.kudos import services as kudos
from portal.kudos.events import KudosGiven, KudosHidden, KudosRestored, ScreenAsked, ScreenShared
from portal.kudos.models import Kudos, KudosPerson, KudosScreen, KudosScreenAnswer, KudosScreenPick
from portal.moderation import services as moderation
from portal.notifications import duties, queries, services
from portal.notifications.models import Notice, NoticeFanOut
from portal.people import services as people
from portal.teams import services as teams
from tests.makers import Make

from .conftest import NOON, Colleagues

MINUTE = timedelta(minutes=1)
HOURS = {
    "is_quiet": True, "quiet_from": 1140, "quiet_to": 450, "days_off": True, "digest_day": None, "digest_hour": 9,
}  # fmt: skip


def choose(house: Colleagues, person_id: int, hours: dict[str, Any] | None = None, **ways: str) -> None:
    viewer = house.make.viewer(person_id)
    house.make.do(lambda: services.choose(viewer=viewer, ways=ways, hours=HOURS | (hours or {})))


# ---- thanks ------------------------------------------------------------------------------------------------


def test_whoever_is_thanked_is_told_in_the_same_moment_and_by_mail_a_minute_later(house: Colleagues) -> None:
    house.make.kudos(house.ada, house.bo, house.cleo)
    assert house.notices(house.bo) == [("kudos", "Ada thanked you")]
    assert house.unread(house.cleo) == 1
    assert house.rows() == [(house.bo, "kudos"), (house.cleo, "kudos")]
    assert house.mail() == [("kudos", NOON + MINUTE)] * 2
    assert house.unread(house.ada) == house.unread(house.dan) == 0


def test_whoever_is_named_in_the_words_is_told_if_they_may_read_them(house: Colleagues) -> None:
    why = "You found it with @{} and @{} in one night."
    handles = [house.make.handle(one) for one in (house.dan, house.bo)]
    house.make.kudos(house.ada, house.bo, why=why.format(*handles))
    assert house.notices(house.dan) == [("mention", "Ada named you in thanks to somebody else")]
    assert house.kinds(house.bo) == ["kudos"], "thanked, so not told twice"
    house.make.kudos(house.ada, house.cleo, why=why.format(*handles) + " Again.", shown_to="us")
    assert house.kinds(house.dan) == ["mention"], "only us: nobody else is told"


def test_who_has_left_gets_none_and_who_returns_finds_none(house: Colleagues) -> None:
    house.make.do(lambda: people.mark_left(person_id=house.bo, actor_id=None))
    house.make.do(lambda: services.tell(code="kudos", subject_id=1, person_ids=[house.bo, house.cleo]))
    assert house.rows() == [(house.cleo, "kudos")]


def test_told_twice_is_told_once(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    again = KudosGiven(house.id_of(public_id), house.ada, (house.bo,), (), (), (), False)
    house.make.do(lambda: publish(again))
    assert house.rows() == [(house.bo, "kudos")] and len(house.mail()) == 1


def test_undone_or_taken_back_nothing_is_left_and_no_mail_leaves(house: Colleagues) -> None:
    viewer = house.make.viewer(house.ada)
    first = house.make.kudos(house.ada, house.bo)
    house.make.do(lambda: kudos.undo(viewer=viewer, public_id=first))
    assert house.rows() == [] and house.mail() == []
    second = house.make.kudos(house.ada, house.bo, house.cleo)
    cheering = house.make.viewer(house.dan)
    house.make.do(lambda: kudos.cheer(viewer=cheering, public_id=second, kind="heart"))
    house.make.do(lambda: kudos.take_back(viewer=viewer, public_id=second))
    assert house.rows() == [] and house.mail() == []


def test_who_is_in_quiet_hours_gets_the_mail_when_they_end(house: Colleagues) -> None:
    choose(house, house.bo, {"quiet_from": 9 * 60, "quiet_to": 15 * 60})
    choose(house, house.cleo, {"is_quiet": False})
    with clock.pinned(NOON + timedelta(hours=9)):
        house.make.kudos(house.ada, house.cleo)
    house.make.kudos(house.ada, house.bo)
    assert house.mail() == [("kudos", NOON + timedelta(hours=9) + MINUTE), ("kudos", NOON + timedelta(hours=3))]


def test_each_way_is_kept_to(house: Colleagues) -> None:
    choose(house, house.bo, kudos="digest", mention="off")
    choose(house, house.dan, mention="off")
    choose(house, house.cleo, kudos="here", mention="mail")
    handles = [house.make.handle(one) for one in (house.dan, house.cleo)]
    house.make.kudos(house.ada, house.bo, why="You and @{} and @{} made it work.".format(*handles))
    assert house.rows() == [(house.bo, "kudos"), (house.cleo, "mention")]
    assert [kind for kind, _due in house.mail()] == ["mention"]


def test_who_has_no_account_yet_has_a_notice_and_no_mail_of_it(house: Colleagues) -> None:
    waiting = house.make.person("Wim Waits")
    house.make.kudos(house.ada, waiting)
    assert house.rows() == [(waiting, "kudos")] and house.mail() == []


@pytest.mark.parametrize(
    ("ways", "hours"),
    [
        ({"kudos": "off"}, {}),
        ({"kudos": "pigeon"}, {}),
        ({"restored": "mail"}, {}),
        ({"nothing": "mail"}, {}),
        ({}, {"quiet_from": 1440}),
        ({}, {"digest_day": "someday"}),
        ({}, {"digest_hour": 24}),
    ],
)
def test_what_cannot_be_chosen_is_refused(house: Colleagues, ways: dict[str, str], hours: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken):
        choose(house, house.bo, hours, **ways)


# ---- cheers ------------------------------------------------------------------------------------------------


def cheer(house: Colleagues, person_id: int, public_id: str, kind: str = "heart", back: bool = False) -> None:
    viewer = house.make.viewer(person_id)
    act = kudos.uncheer if back else kudos.cheer
    house.make.do(lambda: act(viewer=viewer, public_id=public_id, kind=kind))


def test_cheers_are_one_notice_by_name_and_a_new_one_makes_it_unread(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    cheer(house, house.cleo, public_id)
    assert house.notices(house.ada) == [("cheer", "Cleo cheered")]
    assert house.kinds(house.bo) == ["cheer", "kudos"] or house.kinds(house.bo) == ["kudos", "cheer"]
    reader = house.make.viewer(house.ada)
    house.make.do(lambda: services.mark_all_read(viewer=reader, until=clock.now()))
    assert house.unread(house.ada) == 0
    with clock.pinned(NOON + MINUTE):
        cheer(house, house.dan, public_id)
        assert house.notices(house.ada) == [("cheer", "Cleo and Dan cheered")]
        assert house.unread(house.ada) == 1
    assert house.kinds(house.cleo) == house.kinds(house.dan) == [], "nobody hears of their own cheer"


def test_the_same_cheer_twice_changes_nothing(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    cheer(house, house.cleo, public_id)
    reader = house.make.viewer(house.ada)
    house.make.do(lambda: services.mark_all_read(viewer=reader, until=clock.now()))
    with clock.pinned(NOON + MINUTE):
        cheer(house, house.cleo, public_id)
        assert house.unread(house.ada) == 0


def test_a_cheer_taken_back_leaves_no_notice_of_nobody(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    cheer(house, house.cleo, public_id)
    cheer(house, house.bo, public_id)  # who was thanked cheers as well
    assert house.notices(house.ada) == [("cheer", "Bo and Cleo cheered")]
    cheer(house, house.cleo, public_id, back=True)
    assert house.notices(house.ada) == [("cheer", "Bo cheered")]
    assert house.kinds(house.bo) == ["kudos"], "their own cheer alone is nothing to tell them"
    cheer(house, house.bo, public_id, back=True)
    assert "cheer" not in {kind for _person, kind in house.rows()}


def test_cheers_come_by_mail_once_a_day_for_who_wants_that(house: Colleagues) -> None:
    choose(house, house.ada, cheer="mail")
    public_id = house.make.kudos(house.ada, house.bo)
    for hours, person_id in ((0, house.cleo), (1, house.dan)):
        with clock.pinned(NOON + timedelta(hours=hours)):
            cheer(house, person_id, public_id)
    assert [kind for kind, _due in house.mail()].count("cheer") == 1
    with clock.pinned(NOON + timedelta(days=1)):
        cheer(house, house.bo, public_id)
    assert [kind for kind, _due in house.mail()].count("cheer") == 2


# ---- moderators, and the meeting ---------------------------------------------------------------------------


def test_hidden_and_restored_is_told_to_giver_and_receivers(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    kudos_id = house.id_of(public_id)

    def hide(hidden: bool) -> Callable[[], None]:
        def work() -> None:
            row = db.session.get_one(Kudos, kudos_id)
            row.hidden_at = clock.now() if hidden else None
            db.session.flush()
            publish(KudosHidden(kudos_id) if hidden else KudosRestored(kudos_id))

        return work

    house.make.do(hide(True))
    assert house.notices(house.ada) == [
        ("hidden", "A moderator took your thanks off the pages. Only you see them now.")
    ]
    assert house.notices(house.bo) == [("hidden", "A moderator took thanks that were for you off the pages")]
    assert house.unread(house.bo) == 1, "what was hidden is not counted"
    house.make.do(hide(False))
    assert house.kinds(house.ada) == ["restored"]
    assert sorted(house.kinds(house.bo)) == ["kudos", "restored"]
    house.make.do(hide(True))
    assert house.kinds(house.bo) == ["hidden"]


def test_a_pause_is_told_to_who_pauses_alone_with_why_and_until_when(house: Colleagues) -> None:
    moderator = house.make.viewer(house.make.member("Mo Moderator", role="moderator"), "member", "moderator")
    house.make.do(lambda: moderation.pause(viewer=moderator, person_id=house.bo, days=7, why="Three the same."))
    assert house.notices(house.bo) == [("paused", "A moderator asked you to pause thanking until 29 May")]
    assert house.rows() == [(house.bo, "paused")]
    house.make.do(lambda: moderation.end_pause(viewer=moderator, person_id=house.bo))
    assert house.rows() == [] and house.mail() == []


def meeting(house: Colleagues, kudos_id: int) -> int:
    def work() -> int:
        screen = KudosScreen(
            public_id="m1", team_id=house.team, host_id=house.ada, since=NOON, nonce="n", started_at=NOON,
            ends_at=NOON + timedelta(hours=4),
        )  # fmt: skip
        db.session.add(screen)
        db.session.flush()
        db.session.add(KudosScreenPick(screen_id=screen.id, kudos_id=kudos_id, position=1))
        answer = KudosScreenAnswer(screen_id=screen.id, kudos_id=kudos_id, person_id=house.bo, asked_at=NOON)
        db.session.add(answer)
        db.session.flush()
        publish(ScreenAsked(screen.id, kudos_id, (house.bo,)))
        return screen.id

    return house.make.do(work)


def test_may_it_be_shown_is_asked_until_the_meeting_ends(house: Colleagues) -> None:
    screen_id = meeting(house, house.id_of(house.make.kudos(house.ada, house.bo)))
    assert ("screen_ask", "May this be shown in the meeting of Elm?") in house.notices(house.bo)
    with clock.pinned(NOON + timedelta(hours=5)):
        assert house.kinds(house.bo) == ["kudos"]
    house.make.do(lambda: publish(ScreenShared(screen_id, (house.bo, house.cleo))))
    assert house.notices(house.cleo) == [("screen_shared", "The thanks that the meeting of Elm showed")]
    viewer = house.make.viewer(house.cleo)
    (told,) = house.make.read(lambda: queries.notices(viewer).items)
    # Bo never said yes: what may be shown is known by the meeting's own page alone.
    assert told.thanks == () and told.path == "/kudos/screen/m1/shown"


# ---- many --------------------------------------------------------------------------------------------------


def crowd(house: Colleagues, count: int) -> tuple[int, list[int]]:
    """A team of that many, and Ada."""

    def add() -> list[int]:
        return [people.add_person(name=f"One {n:03d}", email=f"one{n}@example.org") for n in range(count)]

    ids = house.make.do(add)
    return house.make.project("Oak", house.ada, *ids), ids


def test_more_than_200_are_told_by_the_worker_in_batches_each_once(
    app: Flask, house: Colleagues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 90)
    team, ids = crowd(house, 205)
    house.make.kudos(house.ada, why="You all stayed until it was green.", to_team=True, team_id=team)
    assert house.rows() == []
    with app.app_context():
        assert duties.tell_many()
    assert len(house.rows()) == 90
    rows = house.make.read(lambda: db.session.scalars(sa.select(NoticeFanOut)).all())
    assert len(rows) == 1

    def begun_anew() -> None:
        db.session.execute(sa.update(NoticeFanOut).values(told_to_id=0))

    house.make.do(begun_anew)  # as after a worker that was killed before it wrote down how far it was
    with app.app_context():
        while duties.tell_many():
            pass
    assert house.rows() == [(one, "kudos") for one in sorted(ids)]
    assert house.notices(ids[0]) == [("kudos", "Ada thanked Oak")]


def test_taken_back_half_way_nobody_else_is_told(
    app: Flask, house: Colleagues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 90)
    team, _ids = crowd(house, 205)
    public_id = house.make.kudos(house.ada, why="You all stayed until it was green.", to_team=True, team_id=team)
    with app.app_context():
        duties.tell_many()
    viewer = house.make.viewer(house.ada)
    house.make.do(lambda: kudos.take_back(viewer=viewer, public_id=public_id))
    with app.app_context():
        assert not duties.tell_many()
    assert house.rows() == []


def counted(app: Flask, work: Callable[[], None]) -> int:
    said: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with app.app_context():
        sa.event.listen(db.engine, "before_cursor_execute", note)
        try:
            unit_of_work(work)
        finally:
            sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(said)


def test_three_or_two_hundred_receivers_take_the_same_statements(app: Flask, house: Colleagues) -> None:
    _team, ids = crowd(house, 200)
    for one in ids:
        house.make.account(one)
    kudos_id = house.id_of(house.make.kudos(house.ada, house.bo))

    def costs(some: list[int]) -> tuple[int, int]:
        telling = counted(app, lambda: services.tell(code="kudos", subject_id=kudos_id, person_ids=some))
        return telling, counted(app, lambda: services.forget_kudos(kudos_id=kudos_id))

    few, many = costs(ids[:3]), costs(ids)
    assert few == many
    assert few[0] <= 6


def test_cheers_for_a_whole_crowd_are_told_to_its_giver_alone(house: Colleagues) -> None:
    team, ids = crowd(house, 30)
    public_id = house.make.kudos(house.ada, why="You all stayed until it was green.", to_team=True, team_id=team)
    cheer(house, house.cleo, public_id)
    assert [one for one in house.rows() if one[1] == "cheer"] == [(house.ada, "cheer")]
    assert house.kinds(ids[0]) == ["kudos"]


def test_two_at_once_tell_once(app: Flask, house: Colleagues) -> None:
    """The unique key holds under two connections at the same moment."""
    kudos_id = house.id_of(house.make.kudos(house.ada, house.bo))
    gate = threading.Barrier(4)
    wrong: list[Exception] = []

    def one() -> None:
        gate.wait()
        try:
            with app.app_context(), clock.pinned(NOON):
                unit_of_work(
                    lambda: services.tell_again(
                        code="cheer", subject_id=kudos_id, person_ids=[house.ada, house.bo, house.cleo], at=NOON
                    )
                )
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert [row for row in house.rows() if row[1] == "cheer"] == [
        (one, "cheer") for one in (house.ada, house.bo, house.cleo)
    ]


def test_two_workers_at_once_tell_each_once(app: Flask, house: Colleagues, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 20)
    team, ids = crowd(house, 205)
    house.make.kudos(house.ada, why="You all stayed until it was green.", to_team=True, team_id=team)
    wrong: list[Exception] = []

    def worker() -> None:
        try:
            with app.app_context(), clock.pinned(NOON):
                while duties.tell_many():
                    pass
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=worker) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        while duties.tell_many():
            pass
    assert wrong == []
    assert house.rows() == [(one, "kudos") for one in sorted(ids)]


# ---- reading, and what goes ----------------------------------------------------------------------------------


def test_read_marks_are_my_own(house: Colleagues, make: Make) -> None:
    house.make.kudos(house.ada, house.bo)
    notice_id = make.read(lambda: db.session.scalars(sa.select(Notice.id)).one())
    mine, another = make.viewer(house.bo), make.viewer(house.cleo)
    with pytest.raises(NotVisible):
        make.do(lambda: services.mark_read(viewer=another, notice_id=notice_id))
    make.do(lambda: services.mark_read(viewer=mine, notice_id=notice_id))
    assert house.unread(house.bo) == 0 and house.kinds(house.bo) == ["kudos"]
    with pytest.raises(NotVisible):
        make.do(lambda: services.mark_read(viewer=mine, notice_id=10**9))


def test_all_read_is_what_stood_on_the_page(house: Colleagues) -> None:
    house.make.kudos(house.ada, house.bo)
    with clock.pinned(NOON + MINUTE):
        house.make.kudos(house.cleo, house.bo)
    viewer = house.make.viewer(house.bo)
    house.make.do(lambda: services.mark_all_read(viewer=viewer, until=NOON))
    assert house.unread(house.bo) == 1


def test_old_ones_are_forgotten(app: Flask, house: Colleagues) -> None:
    house.make.kudos(house.ada, house.bo)
    for days, left in ((179, 1), (181, 0)):
        with clock.pinned(NOON + timedelta(days=days)), app.app_context():
            duties.forget_notices()
        assert len(house.rows()) == left


def test_who_leaves_the_team_does_not_see_its_thanks_any_more(house: Colleagues) -> None:
    why = f"You found it with @{house.make.handle(house.cleo)} in one night."
    house.make.kudos(house.ada, house.bo, why=why, shown_to="team", team_id=house.team)
    assert house.unread(house.cleo) == 1
    leaving = house.make.viewer(house.cleo)
    house.make.do(lambda: teams.remove_member(viewer=leaving, team_id=house.team, person_id=house.cleo))
    assert house.kinds(house.cleo) == [] and house.unread(house.cleo) == 0
    assert house.kinds(house.bo) == ["kudos"]


def test_whom_somebody_blocked_does_not_reach_them(house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo, house.cleo)
    kudos_id = house.id_of(public_id)

    def mute() -> None:
        db.session.get_one(KudosPerson, (kudos_id, house.bo)).muted = True

    house.make.do(mute)
    cheer(house, house.dan, public_id)
    assert [row for row in house.rows() if row[1] == "cheer"] == [(house.ada, "cheer"), (house.cleo, "cheer")]


def test_no_mail_leaves_of_what_was_taken_back(app: Flask, house: Colleagues) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    viewer = house.make.viewer(house.ada)
    house.make.do(lambda: kudos.take_back(viewer=viewer, public_id=public_id))
    assert house.make.read(outbox.waiting) == []
