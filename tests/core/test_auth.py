"""Closed unless it says otherwise; the way back leads nowhere else."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from portal.core.auth import EVERYONE, Viewer, for_role, public, safe_next, viewer, viewer_or_none
from tests.client import Client
from tests.makers import PASSWORD, Make


@pytest.mark.parametrize(
    "target",
    ["/", "/people", "/people?q=a&new=1", "/p/priya-raman", "/me/intro/facts?turn=2", "/a%2Fb", "/p/%C3%BC", "/a#b",
     "/people?next=//evil.example", "/a:b", "/" + "x" * 1999],
)  # fmt: skip
def test_a_path_of_ours_is_kept(target: str) -> None:
    assert safe_next(target) == target


ELSEWHERE = [
    *(None, "", " ", "people", "evil.example", "//evil.example", "///evil.example", "////evil.example"),
    *("/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\\/evil.example", "/a\\b"),
    *("http://evil.example", "https:evil.example", "https:/evil.example", "javascript:alert(1)", "data:text/html,x"),
    *("/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example"),
    *("/\x00", "/a\x1fb", "/people\r\nSet-Cookie: a=b", "/" + "x" * 2000, "mailto:a@example.org", "?next=/", "#a"),
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_what_leads_elsewhere_is_not(target: str | None) -> None:
    assert safe_next(target) is None


@given(st.text(alphabet="/\\:.@?#%abc \t\n\x00evil", max_size=20))
def test_whatever_comes_through_stays_here(target: str) -> None:
    kept = safe_next(target)
    if kept is not None:
        assert kept == target and kept.startswith("/") and not kept.startswith(("//", "/\\"))
        parts = urlsplit(kept)
        assert not parts.netloc and not parts.scheme


@pytest.mark.parametrize("target", [t for t in ELSEWHERE if t])
def test_sign_in_goes_nowhere_else(sqlite_client: Client, sqlite_make: Make, target: str) -> None:
    person = sqlite_make.member("Gita Rao")
    page = sqlite_client.read(sqlite_client.raw.get("/sign-in", query_string={"next": target}))
    answer = page.submit({"email": sqlite_make.email(person), "password": PASSWORD}, containing="password")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    again = sqlite_client.raw.get("/sign-in", query_string={"next": target})
    assert (again.status_code, again.headers["Location"]) == (303, "/")


def test_after_sign_in_one_is_where_one_wanted_to_be(sqlite_client: Client, sqlite_make: Make) -> None:
    person = sqlite_make.member("Gita Rao")
    door = sqlite_client.follow(sqlite_client.raw.get("/people?q=gi&new=1"))
    answer = door.submit({"email": sqlite_make.email(person), "password": PASSWORD}, containing="password")
    assert answer.headers["Location"] == "/people?q=gi&new=1"


@pytest.mark.parametrize(
    ("path", "referrer", "back"),
    [
        ("/me/details", None, "/me/details"),  # a form's own page
        ("/me/intro/confirm", "http://localhost/me", "/me"),  # the page that the button stood on
        ("/me/intro/confirm", None, None),
        ("/me/intro/confirm", "http://evil.example//evil.example/x", None),
        ("/me/intro/confirm", "nonsense \\\\x", None),
    ],
)
def test_a_form_that_came_too_late_knows_its_way_back(
    sqlite_client: Client, path: str, referrer: str | None, back: str | None
) -> None:
    answer = sqlite_client.raw.post(path, headers={"Referer": referrer} if referrer else {})
    assert answer.status_code == 303
    location = urlsplit(answer.headers["Location"])
    assert location.path == "/sign-in" and not location.netloc
    assert parse_qs(location.query).get("next", [None])[0] == back


# ---- roles -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 303), ("guest", 404), ("member", 404), ("moderator", 404), ("admin", 200)]
)
def test_a_page_for_admins_is_not_there_for_others(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, who: str, status: int
) -> None:
    sqlite_app.add_url_rule("/secret", "secret", for_role("admin")(lambda: "for admins"))
    if who != "nobody":
        person = sqlite_make.guest() if who == "guest" else sqlite_make.member(role=who)
        sqlite_client.sign_in(sqlite_make.email(person))
    answer = sqlite_client.raw.get("/secret")
    assert answer.status_code == status
    assert ("for admins" in answer.text) == (who == "admin")


@pytest.mark.parametrize(("role", "status"), [("member", 404), ("moderator", 200), ("admin", 200)])
def test_a_page_for_two_roles_is_there_for_both(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, role: str, status: int
) -> None:
    sqlite_app.add_url_rule("/secret", "secret", for_role("moderator", "admin")(lambda: "for two roles"))
    sqlite_client.sign_in(sqlite_make.email(sqlite_make.member(role=role)))
    assert sqlite_client.raw.get("/secret").status_code == status


def test_a_guest_with_an_admin_account_is_a_guest(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make
) -> None:
    sqlite_app.add_url_rule("/secret", "secret", for_role("admin")(lambda: "for admins"))
    person = sqlite_make.account(sqlite_make.person(kind="guest"), role="admin")
    sqlite_client.sign_in(sqlite_make.email(person))
    assert sqlite_client.raw.get("/secret").status_code == 404


def test_a_new_page_is_closed_unless_it_says_otherwise(sqlite_app: Flask) -> None:
    sqlite_app.add_url_rule("/closed", "closed", lambda: "closed")
    sqlite_app.add_url_rule("/open", "open", public(lambda: "open"))
    client = sqlite_app.test_client()
    assert client.get("/closed").status_code == 303
    assert client.get("/open").text == "open"


# ---- the viewer --------------------------------------------------------------------------------------------


def test_a_viewer_knows_guests_and_admins() -> None:
    guest = Viewer(1, frozenset({"guest"}), frozenset())
    admin = Viewer(2, frozenset({"member", "admin"}), frozenset({EVERYONE}))
    assert (guest.is_guest, guest.is_admin, admin.is_guest, admin.is_admin) == (True, False, False, True)
    with pytest.raises(AttributeError):
        admin.roles = frozenset()  # type: ignore[misc]


def test_where_nobody_is_signed_in_asking_for_a_viewer_is_a_mistake(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context("/sign-in"):
        assert viewer_or_none() is None
        with pytest.raises(RuntimeError, match="no viewer"):
            viewer()


def test_without_accounts_there_is_nobody() -> None:
    bare = Flask("bare")
    with bare.test_request_context():
        assert viewer_or_none() is None and g.viewer is None


def test_the_viewer_has_todays_audiences(client: Client, make: Make) -> None:
    me, guest = make.member("Gita Rao"), make.guest("Oskar Guest")
    assert make.viewer(me).audience_ids == {EVERYONE}
    assert make.viewer(guest).audience_ids == set()
    team = make.team(me, guest)
    assert make.viewer(me).audience_ids == {EVERYONE, team}
    assert make.viewer(guest).audience_ids == {team}
