""" "Is your intro still right?", asked once in half a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from portal.core import clock
from portal.infomercials import duties, services
from portal.people import services as people
from tests.makers import Make
from tests.sink import Post, words

HALF_A_YEAR = timedelta(days=180)


@pytest.fixture(autouse=True)
def by_day() -> Iterator[None]:
    """A Friday at noon, and half a year later is a working day as well: at other times mail waits (notifications)."""
    with clock.pinned(datetime(2030, 5, 24, 12, tzinfo=UTC)):
        yield


@pytest.fixture
def ada(make: Make) -> int:
    return make.intro(make.member("Ada Okoye", email="ada@example.org"), headline="Keeps <b>queues</b> short.")


def asked_after(app: Flask, post: Post, *waits: timedelta) -> list[int]:
    """How many mails came of the daily look, each so long after now."""
    found = []
    for wait in waits:
        with clock.pinned(clock.now() + wait), app.app_context():
            duties.ask_still_right()
            found.append(len(post.go()))
    return found


def test_it_is_asked_once_in_180_days(app: Flask, post: Post, ada: int) -> None:
    day = timedelta(days=1)
    waits = (HALF_A_YEAR - day, HALF_A_YEAR, HALF_A_YEAR + day, 2 * HALF_A_YEAR - day, 2 * HALF_A_YEAR)
    assert asked_after(app, post, *waits) == [0, 1, 0, 0, 1]
    mail = post.sink.mails[0]
    assert mail["Subject"] == "Is your intro still right?"
    assert "“Keeps <b>queues</b> short.”" in words(mail)
    assert "Keeps &lt;b&gt;queues&lt;/b&gt; short." in words(mail, "html")


def test_who_said_so_is_asked_half_a_year_later(app: Flask, make: Make, post: Post, ada: int) -> None:
    viewer = make.viewer(ada)
    with clock.pinned(clock.now() + HALF_A_YEAR):
        with app.app_context():
            duties.ask_still_right()
        make.do(lambda: services.confirm(viewer=viewer))
        assert post.go() == [], "said so within the minute"
        assert asked_after(app, post, timedelta(days=100), HALF_A_YEAR) == [0, 1]


def test_who_has_left_or_never_had_an_account_is_not_asked(app: Flask, make: Make, post: Post, ada: int) -> None:
    make.intro(make.person("Wim Waits"))
    make.do(lambda: people.mark_left(person_id=ada, actor_id=None))
    assert asked_after(app, post, HALF_A_YEAR) == [0]
    assert post.rows() == []
