"""What arrives: the mail of a notice, its headers, and turning it off by the link in it."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.core.outbox import owe_mail
from portal.kudos import services as kudos
from portal.notifications import mails, queries, services
from portal.notifications.kinds import KINDS
from portal.notifications.models import Notice
from portal.people import services as people
from tests.client import Client
from tests.makers import Make
from tests.sink import Post, link_in, words

from .conftest import NOON, Colleagues
from .test_services import HOURS, choose

WHY = "You <b>stayed</b> until every import was green."


def address(mail: EmailMessage) -> str:
    """The path in the header by which a mail program turns the mail off."""
    return (
        str(mail["List-Unsubscribe"]).strip("<>").split("//", 1)[1].partition("/")[1]
        + str(mail["List-Unsubscribe"]).strip("<>").split("//", 1)[1].partition("/")[2]
    )


def test_a_mail_says_who_and_what_for_and_how_to_turn_it_off(house: Colleagues, post: Post) -> None:
    public_id = house.make.kudos(house.ada, house.bo, why=WHY)
    assert post.go(after=timedelta(seconds=50)) == []
    (mail,) = post.go()
    assert mail["Subject"] == "Ada thanked you"
    assert f"“{WHY}”" in words(mail) and "You &lt;b&gt;stayed&lt;/b&gt; until" in words(mail, "html")
    assert link_in(mail, "/k/") == f"/k/{public_id}"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address(mail) in words(mail) and address(mail) in words(mail, "html")
    assert post.go() == []


def test_marks_are_drawn_in_one_half_and_left_out_in_the_other(house: Colleagues, post: Post) -> None:
    why = f"You found **two weeks** with @{house.make.handle(house.cleo)}:\n\n- first the `queue`\n- then the rest"
    house.make.kudos(house.ada, house.bo, why=why)
    (mail,) = post.go()
    plain = words(mail).replace("\r", "")
    assert "“You found two weeks with @Cleo Roy:\n\n- first the queue\n- then the rest”" in plain
    html = words(mail, "html")
    assert "<strong>two weeks</strong>" in html and "<li>first the <code>queue</code></li>" in html
    assert f'<a href="http://127.0.0.1:8000/p/{house.make.handle(house.cleo)}"' in html
    assert plain.count("Ada thanked you") == 1 and "mail is on for “Somebody thanks you”." in plain


def test_it_shows_the_words_of_the_moment_it_leaves(house: Colleagues, post: Post) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    viewer = house.make.viewer(house.ada)
    house.make.do(
        lambda: kudos.edit_kudos(
            viewer=viewer,
            public_id=public_id,
            why="Better words than before.",
            value_id=None,
            goal_id=None,
            topic_id=None,
        )
    )
    (mail,) = post.go()
    assert "Better words than before." in words(mail)


def test_what_was_taken_back_or_read_meanwhile_does_not_leave(house: Colleagues, post: Post) -> None:
    public_id = house.make.kudos(house.ada, house.bo)
    viewer = house.make.viewer(house.ada)
    house.make.do(lambda: kudos.take_back(viewer=viewer, public_id=public_id))
    house.make.kudos(house.ada, house.cleo)
    reader = house.make.viewer(house.cleo)
    house.make.do(lambda: services.mark_all_read(viewer=reader, until=clock.now()))
    assert post.go() == []
    house.make.kudos(house.ada, house.dan)
    house.make.do(lambda: people.mark_left(person_id=house.dan, actor_id=None))
    assert post.go() == []


def test_mail_of_a_week_ago_does_not_leave_any_more(house: Colleagues, post: Post) -> None:
    house.make.kudos(house.ada, house.bo)
    assert post.go(after=timedelta(days=7, hours=1)) == []
    assert post.rows(kind="kudos") == []


def test_only_us_goes_to_whom_it_names(house: Colleagues, post: Post) -> None:
    why = f"You found it with @{house.make.handle(house.cleo)} in one night."
    choose(house, house.cleo, mention="mail")
    choose(house, house.dan, cheer="mail")
    public_id = house.make.kudos(house.ada, house.bo, why=why, shown_to="us")
    kudos_id = house.id_of(public_id)
    # Whatever is owed by mistake is not written.
    house.make.do(lambda: services.tell(code="mention", subject_id=kudos_id, person_ids=[house.cleo]))
    post.go()
    assert post.sink.to == [house.make.email(house.bo)]


def test_quiet_hours_chosen_meanwhile_are_kept(house: Colleagues, post: Post) -> None:
    house.make.kudos(house.ada, house.bo)
    choose(house, house.bo, {"quiet_from": 11 * 60, "quiet_to": 14 * 60})
    assert post.go() == []
    (row,) = post.rows(kind="kudos")
    assert row.due_at == NOON + timedelta(hours=2) and row.tries == 0 and row.leased_until is None
    assert post.go(after=timedelta(hours=1, minutes=50)) == []
    assert len(post.go(after=timedelta(hours=2))) == 1


def test_it_is_in_the_language_of_its_reader(app: Flask, house: Colleagues, post: Post) -> None:
    client = Client(app).sign_in(house.make.email(house.bo))
    client.get("home.settings").submit({"language": "de"}, action="/settings/language")
    house.make.kudos(house.ada, house.bo)
    (mail,) = post.go()
    assert mail["Subject"] == "Ada hat dir gedankt"


def test_cheers_in_one_mail_by_name(house: Colleagues, post: Post) -> None:
    choose(house, house.ada, cheer="mail")
    public_id = house.make.kudos(house.ada, house.bo)
    for one in (house.cleo, house.dan):
        viewer = house.make.viewer(one)
        house.make.do(lambda who=viewer: kudos.cheer(viewer=who, public_id=public_id, kind="heart"))  # type: ignore[misc]
    subjects = {str(mail["Subject"]) for mail in post.go()}
    assert subjects == {"Ada thanked you", "Cleo and Dan cheered"}


# ---- turning it off ----------------------------------------------------------------------------------------


def ways(make: Make, person_id: int) -> dict[str, str]:
    return make.read(lambda: queries.my_ways(person_id))


def test_one_post_of_a_mail_program_turns_it_off(app: Flask, house: Colleagues, post: Post) -> None:
    house.make.kudos(house.ada, house.bo)
    (mail,) = post.go()
    answer = app.test_client().post(address(mail), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "no redirect, no session, no token"
    assert ways(house.make, house.bo)["kudos"] == "here"
    assert ways(house.make, house.cleo)["kudos"] == "mail"
    house.make.kudos(house.cleo, house.bo)
    assert post.go() == []
    assert house.unread(house.bo) == 2


def test_by_hand_it_asks_first_says_what_was_turned_off_and_offers_it_back(
    app: Flask, house: Colleagues, post: Post
) -> None:
    house.make.kudos(house.ada, house.bo)
    (mail,) = post.go()
    client = Client(app)
    page = client.get(address(mail))
    assert "Somebody thanks you" in page.main and ways(house.make, house.bo)["kudos"] == "mail", (
        "looking changes nothing"
    )
    done = client.read(page.submit({"do": "off"}, containing="do"))
    assert "Turned off" in done.main and "Somebody thanks you" in done.main
    assert house.make.email(house.bo) not in done.html and "Bo" not in done.main.split(), "says nobody's name"
    assert ways(house.make, house.bo)["kudos"] == "here"
    client.read(done.submit({"do": "undo"}, containing="do"))
    assert ways(house.make, house.bo)["kudos"] == "mail"


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_kind_can_be_turned_off_and_on(app: Flask, house: Colleagues, code: str) -> None:
    token = house.make.read(lambda: mails.token_for(code, house.bo))
    client, kind = Client(app), KINDS[code]
    client.read(client.raw.post(f"/unsubscribe/{code}/{token}", data={"List-Unsubscribe": "One-Click"}))
    assert ways(house.make, house.bo)[kind.chosen_by] in ("here", "off")
    client.read(client.raw.post(f"/unsubscribe/{code}/{token}", data={"do": "undo"}))
    assert ways(house.make, house.bo)[kind.chosen_by] == kind.mailed_as


def test_a_link_is_for_one_person_and_one_kind(app: Flask, house: Colleagues) -> None:
    token = house.make.read(lambda: mails.token_for("kudos", house.bo))
    client = Client(app)
    forged = f"{house.cleo}-{token.split('-')[1]}"
    for path in (f"/unsubscribe/cheer/{token}", f"/unsubscribe/kudos/{forged}", "/unsubscribe/kudos/x",
                 f"/unsubscribe/nothing/{token}", "/unsubscribe/kudos/99999999999999999999-" + "0" * 40):  # fmt: skip
        assert client.raw.get(path).status_code == 404
        assert client.raw.post(path).status_code == 404
    assert ways(house.make, house.cleo)["kudos"] == ways(house.make, house.bo)["kudos"] == "mail"


def test_the_mail_of_intros_can_be_turned_off_as_well(app: Flask, house: Colleagues, post: Post) -> None:
    house.make.intro(house.bo)
    from_now = clock.now() + timedelta(days=181)
    with clock.pinned(from_now):
        house.make.do(lambda: owe_mail("still_right", [house.bo], occasion=_occasion(house, house.bo)))
        choose(house, house.bo, {"quiet_from": 11 * 60, "quiet_to": 14 * 60})
        assert post.go() == [], "it keeps to the quiet hours, as all mail at once does"
        (mail,) = post.go(after=timedelta(hours=2))
        assert mail["Subject"] == "Is your intro still right?"
        app.test_client().post(address(mail), data={"List-Unsubscribe": "One-Click"})
        assert ways(house.make, house.bo)["still_right"] == "off"
        house.make.do(lambda: db.session.execute(sa.text("DELETE FROM owed_mail")))
        house.make.do(lambda: owe_mail("still_right", [house.bo], occasion=_occasion(house, house.bo)))
        assert post.go() == []


def _occasion(house: Colleagues, person_id: int) -> int:
    from portal.infomercials.duties import occasion_of
    from portal.infomercials.models import Infomercial

    return occasion_of(db.session.get_one(Infomercial, person_id).confirmed_at, clock.now())


def test_links_to_come_in_carry_none(app: Flask, house: Colleagues, post: Post) -> None:
    waiting = house.make.person("Wim Waits")
    house.make.kudos(house.ada, waiting)
    client = Client(app)
    client.get("accounts.reset").submit({"email": house.make.email(house.bo)})
    sent = post.go()
    assert {str(mail["Subject"]) for mail in sent} >= {"Choose a new password"}
    assert len(sent) == 2 and all(mail["List-Unsubscribe"] is None for mail in sent)


def test_every_kind_with_notices_has_its_mail(app: Flask) -> None:
    written = app.extensions["hallway.mails"]
    assert {code for code, kind in KINDS.items() if kind.about} | {"digest"} <= set(written)
    assert set(KINDS) <= set(written), "what can be turned off is a mail that somebody writes"


def test_hours_are_columns_of_the_table() -> None:
    chosen: dict[str, Any] = HOURS
    assert set(chosen) == set(services.NoticeHours.__table__.columns.keys()) - {"person_id"}
    assert Notice.__tablename__ == "notice"
