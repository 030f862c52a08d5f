"""Every route is answered for: who gets what from it. A new route has to be entered here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from portal.core.db import unit_of_work
from portal.core.storage import storage
from tests.client import Client
from tests.makers import Make

WHO = ("nobody", "guest", "member", "admin")
DOOR = "door"  # 303 to the sign-in page
Answers = tuple[Any, Any, Any, Any]  # for nobody, guest, member, admin


def all_get(status: int) -> Answers:
    return (status, status, status, status)


def signed_in(status: Any) -> Answers:
    return (DOOR, status, status, status)


PAGE = signed_in(200)
# What each answers to a GET. {handle} is a member who shares no team with the guest.
GETS: dict[str, Answers] = {
    "accounts.password": PAGE,
    "accounts.sessions": PAGE,
    "accounts.sign_in": (200, 303, 303, 303),
    "home.about_data": PAGE,
    "home.guide": PAGE,
    "home.home": PAGE,
    "home.me": PAGE,
    "home.menu": PAGE,
    "home.settings": all_get(200),
    "home.styleguide": all_get(404),  # in a demo and in development alone
    "infomercials.ask": PAGE,
    "infomercials.begin": signed_in(303),
    "infomercials.facts": PAGE,
    "infomercials.photo": PAGE,
    "infomercials.preview": PAGE,
    "infomercials.work": PAGE,
    "people.away": PAGE,
    "people.details": PAGE,
    "people.directory": PAGE,
    "people.me": signed_in(303),
    "people.person": (DOOR, 404, 200, 200),
    "people.photo": PAGE,
    "web.favicon": all_get(200),
    "web.healthz": all_get(200),
    "web.readyz": all_get(200),
    "web.static": all_get(200),
}
# What each answers to a POST with a good CSRF token and nothing else in it.
POSTS: dict[str, Answers] = {
    "accounts.end_sessions": signed_in(303),
    "accounts.password": signed_in(422),
    "accounts.sign_in": all_get(422),
    "accounts.sign_out": signed_in(DOOR),
    "home.set_keys": all_get(400),
    "home.set_language": all_get(400),
    "home.set_theme": all_get(400),
    "infomercials.ask": signed_in(303),
    "infomercials.confirm": signed_in(303),
    "infomercials.discard": signed_in(303),
    "infomercials.facts": signed_in(303),  # a step saves what there is
    "infomercials.photo": signed_in(422),
    "infomercials.preview": signed_in(422),
    "infomercials.withdraw": signed_in(303),
    "infomercials.work": signed_in(303),
    "people.away": signed_in(422),
    "people.details": signed_in(303),  # a field that was not sent stays as it was
}
PUBLIC = {
    "accounts.sign_in",  # the door
    "home.set_keys",  # cookies of the browser, no person's
    "home.set_language",
    "home.set_theme",
    "home.settings",
    "home.styleguide",  # drawn with made-up people; answers 404 outside a demo
    "web.favicon",
    "web.healthz",
    "web.readyz",
    "web.static",
}


def endpoints(app: Flask, method: str) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if method in (rule.methods or set())}


def test_no_route_is_lost_and_none_unknown(sqlite_app: Flask) -> None:
    assert set(GETS) == endpoints(sqlite_app, "GET")
    assert set(POSTS) == endpoints(sqlite_app, "POST")


def test_no_route_takes_other_methods(sqlite_app: Flask) -> None:
    for rule in sqlite_app.url_map.iter_rules():
        assert (rule.methods or set()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule


def test_one_address_has_one_meaning(sqlite_app: Flask) -> None:
    rules = [rule.rule for rule in sqlite_app.url_map.iter_rules()]
    assert len(rules) == len(set(rules))


def test_the_public_list_is_short_and_exact(sqlite_app: Flask) -> None:
    public = {name for name, view in sqlite_app.view_functions.items() if getattr(view, "hallway_public", False)}
    assert public == PUBLIC
    # What the table says about nobody agrees with it.
    for name, (nobody, *_others) in {**GETS, **POSTS}.items():
        assert (nobody != DOOR) == (name in PUBLIC), name


class Visit:
    """One kind of person in a browser, and an address for every endpoint."""

    def __init__(self, client: Client, make: Make, who: str) -> None:
        self.client = client
        hidden = make.member("Ines Hidden")
        make.intro(hidden)
        version = client.app.extensions["hallway.static"].version
        with client.app.app_context():
            photo = storage().put(b"a photo", "webp")
        self.values = {
            "people.person": {"handle": make.handle(hidden)},
            "people.photo": {"name": photo},
            "web.static": {"version": version, "path": "css/base.css"},
        }
        if who != "nobody":
            person = make.guest("Gita Rao") if who == "guest" else make.member("Gita Rao", role=who)
            client.sign_in(make.email(person))

    def url(self, endpoint: str) -> str:
        return self.client.url(endpoint, **self.values.get(endpoint, {}))


@pytest.fixture(params=WHO)
def visit(request: pytest.FixtureRequest, sqlite_client: Client, sqlite_make: Make) -> tuple[str, Visit]:
    return request.param, Visit(sqlite_client, sqlite_make, request.param)


def answer(response: Any) -> Any:
    at_the_door = response.status_code == 303 and urlsplit(response.headers["Location"]).path == "/sign-in"
    return DOOR if at_the_door else response.status_code


def test_each_get_answers_as_the_table_says(visit: tuple[str, Visit]) -> None:
    who, there = visit
    said = {name: answer(there.client.raw.get(there.url(name))) for name in GETS}
    assert said == {name: answers[WHO.index(who)] for name, answers in GETS.items()}


def test_each_post_answers_as_the_table_says(visit: tuple[str, Visit]) -> None:
    who, there = visit
    said = {}
    # Signing out comes last.
    for name in sorted(POSTS, key=lambda name: name == "accounts.sign_out"):
        token = (
            there.client.get("home.settings").form("csrf_token").xpath("string(.//input[@name='csrf_token']/@value)")
        )
        said[name] = answer(there.client.raw.post(there.url(name), data={"csrf_token": token}))
    assert said == {name: answers[WHO.index(who)] for name, answers in POSTS.items()}


def test_no_post_passes_without_a_token(visit: tuple[str, Visit]) -> None:
    who, there = visit
    for name, answers in POSTS.items():
        expected = DOOR if answers[WHO.index(who)] == DOOR and name not in PUBLIC and who == "nobody" else 400
        assert answer(there.client.raw.post(there.url(name))) == expected, name


def test_closed_pages_tell_nobody_anything_by_other_methods(sqlite_client: Client, sqlite_make: Make) -> None:
    there = Visit(sqlite_client, sqlite_make, "nobody")
    for name in set(GETS) - PUBLIC:
        for method in ("HEAD", "OPTIONS"):
            assert answer(there.client.raw.open(there.url(name), method=method)) == DOOR, (name, method)


def test_the_way_back_is_kept_at_the_door(sqlite_client: Client) -> None:
    response = sqlite_client.raw.get("/people?q=ada&new=1")
    assert response.status_code == 303
    assert response.headers["Location"] == "/sign-in?next=/people?q%3Dada%26new%3D1"


def test_a_person_who_is_gone_is_at_the_door_at_once(client: Client, make: Make) -> None:
    from portal.people import services as people

    person = make.member("Gita Rao")
    client.sign_in(make.email(person))
    client.get("home.home")
    with client.app.app_context():
        unit_of_work(lambda: people.mark_left(person_id=person, actor_id=None))
    for name in ("home.home", "people.directory", "accounts.password"):
        assert answer(client.raw.get(client.url(name))) == DOOR
