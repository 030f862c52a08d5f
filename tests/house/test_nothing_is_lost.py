"""What must not get lost, or out, when things go wrong half way: through the pages, as it would happen."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts.services import count_try
from portal.core import clock, settings
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import after_commit, alone, db, unit_of_work
from portal.core.errors import ChangedMeanwhile
from portal.core.markup import safe_html
from portal.core.storage import storage
from portal.demo import fill as demo
from portal.infomercials import services as intros
from portal.infomercials.queries import my_intro
from portal.people import services as people
from portal.people.models import Person
from portal.people.names import is_visible
from portal.people.photos import Pictures
from portal.people.queries import anybody
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases


@pytest.fixture
def me(client: Client, make: Make) -> int:
    make.noise()
    person_id = make.member("Gita Rao")
    client.sign_in(make.email(person_id))
    return person_id


def test_the_same_form_with_other_words_is_another_thing_to_do(client: Client, make: Make, me: int) -> None:
    """After Back the browser shows the form as it was, nonce and all."""
    page = client.get("people.away")
    first, second = (clock.today() + timedelta(days=n) for n in (3, 9))
    for day in (first, first, second):
        assert page.submit({"until": day.isoformat()}).status_code == 303
    assert make.read(lambda: db.session.get_one(Person, me).away_until) == second


def test_other_words_over_an_old_version_come_back_and_are_not_dropped(client: Client, me: int) -> None:
    page = client.get("infomercials.ask")
    assert page.submit({"ask_about": "Queues"}).status_code == 303
    again = client.read(page.submit({"ask_about": "Bees on a roof"}), 422)
    assert "Bees on a roof" in again.html and "Queues" in again.main
    assert again.submit({"ask_about": "Bees on a roof"}).status_code == 303
    assert "Bees on a roof" in client.get("infomercials.ask").html


def test_a_preview_publishes_only_what_it_showed(client: Client, make: Make, me: int) -> None:
    make.intro(me, headline="As I looked at it.", publish=False)
    preview = client.get("infomercials.preview")
    viewer = make.viewer(me)
    half = [{"prompt": "", "text": "half a"}]
    make.do(lambda: intros.save_facts(viewer=viewer, headline="Half writ", facts=half, lang="en"))
    page = client.read(preview.submit(containing="shown_to"), 422)
    assert "Half writ" in page.main and not make.read(lambda: my_intro(viewer).is_published)
    assert page.submit(containing="shown_to").status_code == 303
    with pytest.raises(ChangedMeanwhile):
        make.do(lambda: intros.publish(viewer=viewer, seen="0-0-0"))


def test_a_session_that_ended_sends_the_whole_page_to_the_door(client: Client) -> None:
    answer = client.raw.get("/people?q=a", headers={"HX-Request": "true"})
    assert answer.status_code == 200 and not answer.get_data()
    assert answer.headers["HX-Redirect"].startswith("/sign-in?next=")


@pytest.mark.parametrize("referrer", ["http://[", "http://[::1", "", "https://evil.example/x"])
def test_a_button_pressed_after_the_session_leads_to_the_door(client: Client, referrer: str) -> None:
    token = client.get("accounts.sign_in").fields()["csrf_token"]
    answer = client.raw.post("/sign-out", data={"csrf_token": token}, headers={"Referer": referrer})
    assert answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")


def pictures(number: int) -> Pictures:
    return Pictures(b"RIFF....WEBP portrait %d" % number, b"RIFF....WEBP square %d" % number, False)


def test_a_photo_goes_only_when_the_new_one_is_kept(app: Flask, make: Make, me: int) -> None:
    make.do(lambda: people.set_photo(person_id=me, pictures=pictures(1)))
    portrait = make.read(lambda: db.session.get_one(Person, me).portrait) or ""

    def half_way() -> None:
        people.set_photo(person_id=me, pictures=pictures(2))
        raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        make.do(half_way)
    with app.app_context():
        assert storage().get(portrait) == pictures(1).portrait
    make.do(lambda: people.set_photo(person_id=me, pictures=pictures(2)))
    with app.app_context():
        assert storage().get(portrait) is None


def test_what_fails_after_the_commit_neither_repeats_nor_takes_back(app: Flask, make: Make) -> None:
    calls = []

    def fails() -> None:
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database is locked"))

    def work() -> str:
        calls.append("work")
        settings.put("kept", len(calls))
        after_commit(fails)
        after_commit(lambda: calls.append("later"))
        return "done"

    assert make.do(work) == "done"
    assert calls == ["work", "later"]
    assert make.read(lambda: settings.get("kept")) == 1


def test_the_demo_company_moves_in_whole_or_not_at_all(
    app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**_words: object) -> None:
        raise RuntimeError("Ctrl+C")

    with monkeypatch.context() as patch, app.app_context():
        patch.setattr(demo.accounts, "set_password", killed)
        with pytest.raises(RuntimeError):
            demo.fill()
    assert make.read(lambda: (anybody(), settings.get("demo"))) == (False, None)
    with app.app_context():
        assert demo.fill() and demo.fill() is None
    assert make.read(lambda: settings.get("demo")) is True


def test_a_database_that_was_moved_away_is_said(sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make) -> None:
    person_id = sqlite_make.member("Gita Rao")
    sqlite_client.sign_in(sqlite_make.email(person_id))
    page = sqlite_client.get("infomercials.ask")
    file = Path(sqlite_app.config["HALLWAY"].database_url.removeprefix("sqlite:///"))
    moved = [(path, path.with_suffix(path.suffix + ".away")) for path in file.parent.glob("hallway.sqlite3*")]
    for path, away in moved:
        path.rename(away)
    assert sqlite_client.raw.get("/people").status_code == 503
    assert sqlite_client.raw.get("/readyz").status_code == 503
    answer = page.submit({"ask_about": "Bees on a roof in Delft"})
    assert answer.status_code == 503 and "Bees on a roof in Delft" in answer.get_data(as_text=True)
    assert not file.exists(), "no empty one in its place"
    for path, away in moved:
        away.rename(path)
    assert page.submit({"ask_about": "Bees on a roof in Delft"}).status_code == 303


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Improve List<String> handling", "Improve List&lt;String&gt; handling"),
        ("Use <details> for it", "Use &lt;details&gt; for it"),
        ("<T>", "&lt;T&gt;"),
        ("[a](//evil.example) b", "a b"),
        ("[a](/sign-out) b", "a b"),
    ],
)
def test_words_in_brackets_stay_and_links_lead_only_out(text: str, shown: str) -> None:
    assert safe_html(text) == f"<p>{shown}</p>"


@pytest.mark.parametrize("name", ["\u200b\u200d", "\u3164", "\u0301", "\u2800", "  ", "\ufe0f"])
def test_a_name_has_something_to_click_on(client: Client, me: int, name: str) -> None:
    assert not is_visible(name)
    assert client.read(client.get("people.details").submit({"name": name}), 422).errors


def test_addresses_of_one_ipv6_household_count_as_one(app: Flask, make: Make) -> None:
    tries = [
        make.do(lambda a=address: count_try(email_key="a", address=a, device=None))  # type: ignore[misc]
        for address in ("2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:1::1", "192.0.2.1", "unknown")
    ]
    assert tries[0].address == tries[1].address
    assert len({t.address for t in tries}) == 4


def test_alone_is_for_one_at_a_time(app: Flask, make: Make) -> None:
    def work() -> str:
        alone("something")
        alone("something")
        return "done"

    with app.app_context():
        assert unit_of_work(work) == "done"
    assert Viewer(1, frozenset(), frozenset({EVERYONE})).audience_ids == {EVERYONE}
