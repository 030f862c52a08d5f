"""What the worker keeps: the nightly backup, the trial that an admin asks for, and what the admin's page says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from portal.core import clock, settings, worker
from portal.core.auth import Viewer
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.keeping import backup, duties, panels, progress, tested
from portal.keeping.places import backups_folder
from tests.client import Client
from tests.keeping.conftest import Filled
from tests.makers import PASSWORD, Make

VIEWER = Viewer(person_id=1, roles=frozenset({"admin"}), audience_ids=frozenset({1}))


def see_to(name: str) -> None:
    worker.see_to(next(duty for duty in duties.DUTIES if duty.name == name))


def test_the_worker_knows_what_to_keep(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        assert set(duties.DUTIES) <= set(worker.duties())


def test_a_backup_each_night_and_what_the_page_says(filled: Filled) -> None:
    with filled.app.app_context():
        assert panels.on_admin(VIEWER, 0)["is_late"]
        see_to("backup")
        see_to("backup")
        said = panels.on_admin(VIEWER, 0)
        assert (said["number"], said["is_late"], said["problem"]) == (1, False, "")
        with clock.pinned(clock.now() + timedelta(days=3)):
            assert panels.on_admin(VIEWER, 0)["is_late"]


def test_a_night_that_failed_is_said_and_tried_again(filled: Filled) -> None:
    with filled.app.app_context():
        folder = backups_folder()
        folder.write_text("a file, no folder")
        see_to("backup")
        said = panels.on_admin(VIEWER, 0)
        assert "cannot be written" in said["problem"] and said["made"] is None
        folder.unlink()
        with clock.pinned(clock.now() + worker.AGAIN_AFTER):
            see_to("backup")
            assert panels.on_admin(VIEWER, 0)["problem"] == ""


def test_a_trial_is_done_once_when_it_is_asked_for(filled: Filled) -> None:
    with filled.app.app_context():
        see_to("backup_test")
        assert tested.last_test().state == ""
        unit_of_work(tested.ask_for_test)
        assert tested.last_test().state == "wanted"
        see_to("backup_test")
        last = tested.last_test()
        assert (last.state, last.problem) == ("good", "") and last.at is not None
        assert list(backups_folder().glob("*.zip")) == [], "it takes no night's place"
        see_to("backup_test")
        assert tested.last_test() == last


@pytest.mark.parametrize(
    ("error", "words"), [(Refused("It is damaged."), "It is damaged."), (RuntimeError("Ada"), "RuntimeError")]
)
def test_a_trial_that_fails_says_why(
    on_sqlite: Filled, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def wrong(*_: object) -> list[str]:
        raise error

    with on_sqlite.app.app_context():
        monkeypatch.setattr(tested, "trial", wrong)
        unit_of_work(tested.ask_for_test)
        see_to("backup_test")
        assert (tested.last_test().state, tested.last_test().problem) == ("failed", words)


def test_two_workers_do_one_trial(filled: Filled) -> None:
    with filled.app.app_context():
        unit_of_work(tested.ask_for_test)
        assert unit_of_work(tested._claim)
        assert not unit_of_work(tested._claim)
        see_to("backup_test")
        assert tested.last_test().state == "wanted", "another is at it"
        with clock.pinned(clock.now() + tested.LEASE):
            see_to("backup_test")
        assert tested.last_test().state == "good"


def test_the_admins_page_shows_it(sqlite_app: Flask, sqlite_make: Make, sqlite_client: Client) -> None:
    sqlite_make.member("Ada Okoye", role="admin", email="ada@example.org")
    sqlite_client.sign_in("ada@example.org", PASSWORD)
    assert "None was made yet" in sqlite_client.get("/admin").text
    with sqlite_app.app_context():
        see_to("backup")
    page = sqlite_client.get("/admin").text
    assert "All is well" in page and "None was made yet" not in page
    with sqlite_app.app_context():
        unit_of_work(lambda: settings.put(backup.LAST, {"problem": "There is no room left."}))
    assert "There is no room left." in sqlite_client.get("/admin").text


def test_nobody_has_to_look_at_progress() -> None:
    progress.QUIET.begin(3)
    progress.QUIET.step()
