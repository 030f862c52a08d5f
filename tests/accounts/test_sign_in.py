"""Getting in and out: sign-in, the throttle, sessions, passwords. Nobody learns whether an address has an account."""

from __future__ import annotations

import re
import threading
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.accounts import passwords, queries, services
from portal.accounts.devices import device_name
from portal.accounts.last_use import FLUSH_EVERY, LastUse, flush_regularly, last_use
from portal.accounts.models import Account, SignIn, SignInTry
from portal.app import create_app
from portal.config import from_environ
from portal.core import clock
from portal.core.audit import AuditEntry
from portal.core.db import db
from portal.core.errors import RuleBroken
from portal.people import services as people
from tests.client import Client, Page
from tests.makers import PASSWORD, Make

WRONG = "Address and password do not go together. Check both and try again."


@pytest.fixture
def priya(make: Make) -> int:
    make.noise()
    return make.member("Priya Raman", email="priya@example.org")


def attempt(client: Client, email: str, password: str, status: int | None = None, **more: Any) -> Any:
    """One try at the door; the page again when a status is said."""
    page = client.get("accounts.sign_in")
    answer = page.submit({"email": email, "password": password}, containing="password", **more)
    return answer if status is None else client.read(answer, status)


def count(make: Make, table: Any, *where: Any) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(*where)
    return int(make.read(lambda: db.session.scalar(query)) or 0)


def cookie(answer: Any, name: str) -> str:
    (line,) = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith(f"{name}=")]
    return str(line)


# ---- in and out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", ["priya@example.org", "  PRIYA@Example.ORG "])
def test_in_and_out(client: Client, make: Make, priya: int, email: str) -> None:
    answer = attempt(client, email, PASSWORD)
    assert client.follow(answer).path == "/"
    assert client.get("home.me").h1 == "Priya Raman"
    out = client.get("home.me").submit(action="/sign-out")
    assert out.headers["Clear-Site-Data"] == '"cache"'
    assert client.follow(out).path == "/sign-in"
    gone = client.raw.get("/me")
    assert (gone.status_code, gone.headers["Location"]) == (303, "/sign-in?next=/me")
    assert count(make, SignIn, SignIn.ended_at.is_(None)) == 0


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(client: Client, priya: int) -> None:
    attempt(client, "priya@example.org", PASSWORD)
    stolen = client.raw.get_cookie("hallway")
    assert stolen
    client.get("home.me").submit(action="/sign-out")
    thief = client.another()
    thief.raw.set_cookie("hallway", stolen.value)
    assert thief.raw.get("/me").status_code == 303


def test_the_session_changes_at_sign_in(client: Client, make: Make, priya: int) -> None:
    client.get("accounts.sign_in")
    before = client.raw.get_cookie("hallway")
    assert before, "the CSRF token is in it"
    answer = attempt(client, "priya@example.org", PASSWORD)
    after = client.raw.get_cookie("hallway")
    assert after
    assert after.value != before.value
    # Whoever planted the cookie has nothing of the session that began, not even its CSRF token.
    planted = client.another()
    planted.raw.set_cookie("hallway", before.value)
    assert planted.raw.get("/me").status_code == 303
    with client.raw.session_transaction() as kept:
        assert "csrf_token" not in kept
    assert answer.status_code == 303


def test_a_second_sign_in_is_a_second_session(client: Client, make: Make, priya: int) -> None:
    attempt(client, "priya@example.org", PASSWORD)
    attempt(client.another(), "priya@example.org", PASSWORD)
    keys = make.read(lambda: db.session.scalars(sa.select(SignIn.key_hash)).all())
    assert len(set(keys)) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys), "only hashes are kept"


def test_another_person_in_the_same_browser(client: Client, make: Make, priya: int) -> None:
    make.member("Bo Lindgren", email="bo@example.org")
    first, second = client.get("accounts.sign_in"), client.get("accounts.sign_in")
    assert (
        first.submit({"email": "priya@example.org", "password": PASSWORD}, containing="password").status_code == 303
    )
    old = second.submit({"email": "bo@example.org", "password": PASSWORD}, containing="password")
    assert old.status_code == 400, "a form from before the sign-in is too old"
    client.get("home.me").submit(action="/sign-out")
    client.sign_in_by_form("bo@example.org")
    assert client.get("home.me").h1 == "Bo Lindgren"


def test_cookies_are_out_of_reach(client: Client, priya: int) -> None:
    answer = attempt(client, "priya@example.org", PASSWORD)
    for name in ("hallway", "device"):
        line = cookie(answer, name)
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Secure" not in line, "plain HTTP on loopback"
    assert "Path=/sign-in" in cookie(answer, "device")
    assert "priya" not in cookie(answer, "device")


def test_cookies_are_secure_behind_tls(sqlite_app: Flask, sqlite_make: Make) -> None:
    assert sqlite_app.config["SESSION_COOKIE_SECURE"] is False
    sqlite_app.config["SESSION_COOKIE_SECURE"] = True
    sqlite_make.member("Priya", email="priya@example.org")
    client = Client(sqlite_app)
    base = "https://hallway.example.org"
    page = client.read(client.raw.get("/sign-in", base_url=base))
    sent = {"email": "priya@example.org", "password": PASSWORD}
    answer = page.submit(sent, containing="password", base_url=base)
    assert answer.status_code == 303
    assert "Secure" in cookie(answer, "hallway")
    assert "Secure" in cookie(answer, "device")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_an_https_address_makes_cookies_secure(tmp_path: Any) -> None:
    environ = {"INSTANCE_PATH": str(tmp_path), "BASE_URL": "https://hallway.example.org"}
    assert create_app(from_environ(environ)).config["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/people?q=a%20b", "/people?q=a%20b"),
        ("/me/details", "/me/details"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("people", "/"),
        ("/people\r\nX-Bad: 1", "/"),
        ("/" + "x" * 3000, "/"),
        ("", "/"),
    ],
)
def test_next_leads_nowhere_else(sqlite_client: Client, sqlite_make: Make, target: str, leads_to: str) -> None:
    sqlite_make.member("Priya", email="priya@example.org")
    page = sqlite_client.get("accounts.sign_in", next=target)
    answer = page.submit({"email": "priya@example.org", "password": PASSWORD}, containing="password")
    assert answer.headers["Location"] == leads_to
    again = sqlite_client.raw.get("/sign-in", query_string={"next": target})
    assert (again.status_code, again.headers["Location"]) == (303, leads_to), "who is in goes on at once"


def test_the_way_back_is_the_page_that_was_asked_for(client: Client, priya: int) -> None:
    answer = client.raw.get("/people?q=bo&place=x")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    answer = page.submit({"email": "priya@example.org", "password": PASSWORD}, containing="password")
    assert answer.headers["Location"] == "/people?q=bo&place=x"


# ---- who may not -------------------------------------------------------------------------------------------


def words_of(page: Page) -> str:
    """The page without what was typed and what differs by nature."""
    html = re.sub(r'(name="(csrf_token|email)"[^>]*)value="[^"]*"', r"\1", page.html)
    return re.sub(r'value="[^"]{20,}"', "", html)


def test_the_same_words_whether_or_not_there_is_an_account(client: Client, make: Make, priya: int) -> None:
    make.person("Without Account", email="none@example.org")
    gone = make.member("Gone", email="gone@example.org")
    make.do(lambda: people.mark_left(person_id=gone, actor_id=None))
    make.account(make.person("Ended", email="ended@example.org", kind="guest", ends_on=date(2001, 1, 1)))
    pages = [
        attempt(client.another(), email, password, 422)
        for email, password in (
            ("priya@example.org", "not the password"),
            ("unknown@example.org", "not the password"),
            ("none@example.org", PASSWORD),
            ("gone@example.org", PASSWORD),
            ("ended@example.org", PASSWORD),
            ("not an address", "x"),
        )
    ]
    assert {tuple(p.errors) for p in pages} == {(WRONG,)}
    assert len({words_of(p) for p in pages}) == 1
    assert all(p.fields(containing="password")["password"] in ("", None) for p in pages)
    assert pages[0].fields(containing="password")["email"] == "priya@example.org", "the address is not typed again"
    assert count(make, SignIn) == 0


def test_a_hash_is_computed_where_there_is_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Watching:
        """Counts what is verified; the real one works on."""

        def __init__(self, real: Any) -> None:
            self.real = real

        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored)
            return bool(self.real.verify(stored, password))

        def hash(self, password: str) -> str:
            return str(self.real.hash(password))

    monkeypatch.setattr(passwords, "_hasher", Watching(passwords._hasher))
    assert passwords.fits("x", None) is False
    assert passwords.fits("x", passwords.hashed("y")) is False
    assert len(checked) == 2, "as much work for the one as for the other"
    assert all(stored.startswith("$argon2id$") for stored in checked)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("", "", {"Type your mail address or your login name", "Type your password"}),
        ("priya@example.org", "", {"Type your password"}),
        ("", "x", {"Type your mail address or your login name"}),
        ("x" * 3000, "x", {"2746 characters over"}),
        ("priya@example.org", "x" * 5000, {"4000 characters over"}),
        ("a\x00b", "x", {"There was a character in here that cannot be kept. We took it out: look again."}),
        ("a@b", "x\x00", {"There was a character in here that cannot be kept. We took it out: look again."}),
    ],
)
def test_what_cannot_be_an_attempt_is_not_counted_as_one(
    client: Client, make: Make, email: str, password: str, said: set[str]
) -> None:
    page = attempt(client, email, password, 422)
    assert set(page.errors) == said
    assert count(make, SignInTry) == 0


def test_without_a_csrf_token_nobody_signs_in(client: Client, priya: int) -> None:
    answer = client.raw.post("/sign-in", data={"email": "priya@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert PASSWORD not in answer.get_data(as_text=True)


def test_the_password_is_in_no_answer(client: Client, priya: int) -> None:
    page = attempt(client, "priya@example.org", "secret-word-that-is-wrong", 422)
    assert "secret-word" not in page.html


def test_a_guest_whose_zone_is_a_day_ahead(client: Client, make: Make) -> None:
    """Credentials and sessions ask for the same day: nobody is let in only to be out again."""
    noon = clock.now().replace(hour=12)
    guest = make.person("G", email="g@example.org", kind="guest", ends_on=noon.date(), place="Kiritimati",
                        place_time_zone="Pacific/Kiritimati")  # fmt: skip
    make.account(guest)
    with clock.pinned(noon):  # there it is two in the morning of the day after
        attempt(client, "g@example.org", PASSWORD, 422)
    with clock.pinned(noon - timedelta(hours=3)):
        assert attempt(client, "g@example.org", PASSWORD).status_code == 303


def test_no_demo_names_on_a_real_door(sqlite_app: Flask, sqlite_client: Client) -> None:
    assert "hallway.example" not in sqlite_client.get("accounts.sign_in").html
    sqlite_app.config["HALLWAY_DEMO"] = True
    page = sqlite_client.get("accounts.sign_in")
    assert page.html.count("@hallway.example") == 3
    assert "Sign in as Maya" in page.main


# ---- the throttle ------------------------------------------------------------------------------------------


def tries(
    make: Make, moment: datetime, *, email: str = "a@b", address: str = "1.1.1.1", device: str | None = None
) -> int:
    with clock.pinned(moment):
        return make.do(lambda: services.count_try(email_key=email, address=address, device=device)).wait


NOON = datetime.fromisoformat("2026-05-05T12:00:00+00:00")


def test_five_are_free_then_each_waits_longer_and_never_over_a_minute(make: Make) -> None:
    assert [tries(make, NOON) for _ in range(5)] == [0] * 5
    moment, waits = NOON, []
    for _ in range(9):
        wait = tries(make, moment)
        waits.append(wait)
        assert tries(make, moment + timedelta(seconds=wait - 1)) >= 1, "one second too early"
        moment += timedelta(seconds=wait)
        assert tries(make, moment) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_try_that_has_to_wait_is_not_counted(make: Make) -> None:
    for _ in range(5):
        tries(make, NOON)
    assert [tries(make, NOON) for _ in range(50)] == [1] * 50
    assert tries(make, NOON + timedelta(seconds=1)) == 0


def test_an_hour_later_all_is_forgotten(make: Make) -> None:
    for _ in range(5):
        tries(make, NOON)
    later = NOON + timedelta(hours=1, seconds=1)
    assert [tries(make, later) for _ in range(5)] == [0] * 5


def test_accounts_and_addresses_are_counted_in_pairs(make: Make) -> None:
    for _ in range(6):
        tries(make, NOON)
    assert tries(make, NOON) == 1
    assert tries(make, NOON, email="other@b") == 0
    assert tries(make, NOON, address="2.2.2.2") == 0


def test_one_address_that_guesses_at_many_accounts(make: Make) -> None:
    waits = [tries(make, NOON, email=f"{n}@b") for n in range(services.FREE_TRIES_PER_ADDRESS + 1)]
    assert waits == [0] * services.FREE_TRIES_PER_ADDRESS + [1]
    assert tries(make, NOON, email="new@b", address="2.2.2.2") == 0


def test_a_known_device_is_slowed_by_nobody_else(make: Make) -> None:
    for n in range(services.FREE_TRIES_PER_ADDRESS + 1):
        tries(make, NOON, email="a@b" if n < 8 else f"{n}@b")
    assert tries(make, NOON) > 0, "a stranger at that address waits"
    assert [tries(make, NOON, device="mine") for _ in range(5)] == [0] * 5
    assert tries(make, NOON, device="mine") == 1, "and even the owner's device has its own limit"
    assert tries(make, NOON, device="mine", email="other@b") == 0


def test_the_bucket_names_nobody(make: Make) -> None:
    tries(make, NOON, email="priya@example.org")
    buckets = make.read(lambda: db.session.scalars(sa.select(SignInTry.bucket)).all())
    assert len(buckets) == 2
    assert all(re.fullmatch("[0-9a-f]{64}", bucket) for bucket in buckets)


def test_many_at_once_gain_nothing(app: Flask, make: Make) -> None:
    waits: list[int] = []
    gate = threading.Barrier(8)

    def guess() -> None:
        gate.wait()
        waits.append(tries(make, NOON))

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0] * 5 + [1] * 3


def test_the_page_says_how_long_and_the_right_password_waits_too(client: Client, make: Make, priya: int) -> None:
    with clock.pinned(NOON):
        for _ in range(5):
            attempt(client, "priya@example.org", "wrong", 422)
        page = attempt(client, "priya@example.org", PASSWORD, 429)
        assert page.errors == ["That was several wrong passwords. Wait 1 second, then try again."]
        assert page.fields(containing="password")["email"] == "priya@example.org"
    with clock.pinned(NOON + timedelta(seconds=1)):
        assert attempt(client, "priya@example.org", PASSWORD).status_code == 303


def test_an_unknown_address_is_slowed_alike(client: Client) -> None:
    with clock.pinned(NOON):
        for _ in range(5):
            attempt(client, "unknown@example.org", "wrong", 422)
        attempt(client, "unknown@example.org", "wrong", 429)


def test_the_owners_browser_gets_in_while_others_guess(client: Client, make: Make, priya: int) -> None:
    attempt(client, "priya@example.org", PASSWORD)
    client.get("home.me").submit(action="/sign-out")
    stranger = client.another()
    with clock.pinned(clock.now()):
        for _ in range(5):
            attempt(stranger, "priya@example.org", "wrong", 422)
        attempt(stranger, "priya@example.org", "wrong", 429)
        assert attempt(client, "priya@example.org", PASSWORD).status_code == 303


def test_a_device_of_another_account_or_a_forged_one_counts_for_nothing(
    client: Client, make: Make, priya: int
) -> None:
    make.member("Bo", email="bo@example.org")
    attempt(client, "bo@example.org", PASSWORD)
    device = client.raw.get_cookie("device", path="/sign-in")
    assert device
    stranger = client.another()
    with clock.pinned(clock.now()):
        for n in range(6):
            value = device.value if n % 2 else f"made-up-{n}.{'0' * 40}"
            stranger.raw.set_cookie("device", value, path="/sign-in")
            attempt(stranger, "priya@example.org", "wrong", 422 if n < 5 else 429)


def test_success_clears_its_own_bucket_and_not_the_addresses(client: Client, make: Make, priya: int) -> None:
    with clock.pinned(NOON):
        for _ in range(4):
            attempt(client, "priya@example.org", "wrong", 422)
        attempt(client.another(), "unknown@example.org", "wrong", 422)
        assert attempt(client, "priya@example.org", PASSWORD).status_code == 303
    left = make.read(lambda: sorted(db.session.scalars(sa.select(SignInTry.tries))))
    assert left == [1, 5], "the unknown address keeps its one, the network address the five that went wrong"


# ---- sessions ----------------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"


def signed_in(client: Client, email: str, agent: str) -> Client:
    other = client.another()
    answer = attempt(other, email, PASSWORD, headers={"User-Agent": agent})
    assert answer.status_code == 303
    return other


def test_my_sessions_and_ending_one(client: Client, make: Make, priya: int) -> None:
    laptop = signed_in(client, "priya@example.org", FIREFOX)
    phone = signed_in(client, "priya@example.org", PHONE)
    make.member("Bo", email="bo@example.org")
    signed_in(client, "bo@example.org", "curl/8")
    page = laptop.get("accounts.sessions")
    assert "Firefox on Windows This one" in page.main
    assert "Safari on iPhone" in page.main
    assert "curl" not in page.main
    forms = [f for f in page.root.xpath("//form[.//input[@name='session']]") if "iPhone" in f.text_content()]
    (number,) = [i.get("value") for i in forms[0].iter("input") if i.get("name") == "session"]
    sent = {"csrf_token": page.fields(containing="session")["csrf_token"], "session": number}
    page = laptop.follow(laptop.raw.post("/me/sessions/end", data=sent))
    assert page.flashes == ["1 session ended."]
    assert "iPhone" not in page.main
    assert phone.raw.get("/me").status_code == 303
    assert laptop.raw.post("/me/sessions/end", data=sent).status_code == 303, "twice harms nothing"


def test_ending_all_others(client: Client, make: Make, priya: int) -> None:
    laptop = signed_in(client, "priya@example.org", FIREFOX)
    others = [signed_in(client, "priya@example.org", PHONE) for _ in range(2)]
    page = laptop.get("accounts.sessions")
    token = page.fields(containing="session")["csrf_token"]
    page = laptop.follow(laptop.raw.post("/me/sessions/end", data={"csrf_token": token}))
    assert page.flashes == ["2 sessions ended."]
    assert all(other.raw.get("/me").status_code == 303 for other in others)
    assert "Sign out everywhere else" not in page.main


def test_ending_this_one_is_signing_out(client: Client, make: Make, priya: int) -> None:
    laptop = signed_in(client, "priya@example.org", FIREFOX)
    answer = laptop.get("accounts.sessions").submit(containing="session")
    assert answer.headers["Location"] == "/sign-in"
    assert laptop.raw.get("/me").status_code == 303


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("9" * 30, 404),
        ("0" * 20 + "9" * 20, 404),
        ("x", 404),
        ("-1", 404),
        ("1.5", 404),
        ("٣", 404),
        ("0", 303),
        ("999999", 303),
    ],
)
def test_sessions_that_cannot_be_ended(client: Client, make: Make, priya: int, number: str, status: int) -> None:
    laptop = signed_in(client, "priya@example.org", FIREFOX)
    page = laptop.get("accounts.sessions")
    sent = {"csrf_token": page.fields(containing="session")["csrf_token"], "session": number}
    assert laptop.raw.post("/me/sessions/end", data=sent).status_code == status
    assert count(make, SignIn, SignIn.ended_at.is_(None)) == 1


def test_nobody_ends_anothers_session(client: Client, make: Make, priya: int) -> None:
    make.member("Bo", email="bo@example.org")
    theirs = signed_in(client, "bo@example.org", FIREFOX)
    (number,) = make.read(lambda: db.session.scalars(sa.select(SignIn.id)).all())
    mine = signed_in(client, "priya@example.org", FIREFOX)
    token = mine.get("accounts.sessions").fields(containing="session")["csrf_token"]
    page = mine.follow(mine.raw.post("/me/sessions/end", data={"csrf_token": token, "session": str(number)}))
    assert page.flashes == ["0 sessions ended."]
    assert theirs.raw.get("/me").status_code == 200


def test_a_session_unused_for_30_days_is_over(client: Client, make: Make, priya: int) -> None:
    mine = signed_in(client, "priya@example.org", FIREFOX)
    now, viewer = clock.now(), make.viewer(priya)
    opened = make.do(lambda: services.open_sign_in(person_id=priya, device="", tries=services.Try("a", "b", 0)))
    with clock.pinned(now + timedelta(days=29)):
        assert make.read(lambda: queries.open_session(opened))
    with clock.pinned(now + timedelta(days=31)):
        assert make.read(lambda: queries.open_session(opened)) is None
        assert make.read(lambda: queries.my_sessions(viewer)) == []
    assert len(make.read(lambda: queries.my_sessions(viewer))) == 2
    assert make.read(lambda: queries.open_session("x")) is None
    assert mine.raw.get("/me").status_code == 200


def test_old_sessions_are_cleared_at_the_next_sign_in(client: Client, make: Make, priya: int) -> None:
    with clock.pinned(clock.ago(days=61)):
        make.do(lambda: services.open_sign_in(person_id=priya, device="", tries=services.Try("a", "b", 0)))
    signed_in(client, "priya@example.org", FIREFOX)
    assert count(make, SignIn) == 1


def test_a_leaver_is_out_at_once(client: Client, make: Make, priya: int) -> None:
    mine = signed_in(client, "priya@example.org", FIREFOX)
    assert mine.raw.get("/me").status_code == 200
    make.do(lambda: people.mark_left(person_id=priya, actor_id=None))
    assert mine.raw.get("/me").status_code == 303
    assert count(make, SignIn, SignIn.ended_at.is_(None)) == 0
    attempt(client, "priya@example.org", PASSWORD, 422)


def test_a_guest_is_out_when_their_last_day_has_passed(client: Client, make: Make) -> None:
    last = clock.today()
    make.account(make.person("G", email="g@example.org", kind="guest", ends_on=last))
    with clock.pinned(clock.now().replace(hour=12)):
        mine = signed_in(client, "g@example.org", FIREFOX)
        assert mine.raw.get("/me").status_code == 200, "the last day counts"
    with clock.pinned(clock.now().replace(hour=12) + timedelta(days=1)):
        assert mine.raw.get("/me").status_code == 303


def test_a_forged_cookie(client: Client, priya: int) -> None:
    for value in ("x", "eyJfdXNlcl9pZCI6IjEifQ.aaaa.bbbb", "x" * 4000):
        client.raw.set_cookie("hallway", value)
        assert client.raw.get("/me").status_code == 303


# ---- last use ----------------------------------------------------------------------------------------------


def test_last_use_is_kept_in_memory_and_flushed(app: Flask, client: Client, make: Make, priya: int) -> None:
    with clock.pinned(NOON):
        mine = signed_in(client, "priya@example.org", FIREFOX)
    with clock.pinned(NOON + timedelta(hours=2)):
        page = mine.get("accounts.sessions")
        assert "In use now" in page.main

    def kept() -> datetime:
        return make.read(lambda: db.session.scalars(sa.select(SignIn.last_used_at)).one())

    assert kept() == NOON, "a GET writes nothing"
    with app.app_context():
        last_use().flush()
    assert kept() == NOON + timedelta(hours=2)
    with app.app_context():
        last_use().flush()
    assert kept() == NOON + timedelta(hours=2)


def test_within_ten_minutes_nothing_is_noted() -> None:
    uses = LastUse()
    with clock.pinned(NOON + timedelta(minutes=9)):
        uses.note(1, NOON)
    assert uses.of(1, NOON) == NOON
    with clock.pinned(NOON + timedelta(minutes=10)):
        uses.note(1, NOON)
    assert uses.of(1, NOON) == NOON + timedelta(minutes=10)
    assert uses.of(1, NOON + timedelta(hours=1)) == NOON + timedelta(hours=1), "the later of the two"
    assert uses.of(2, NOON) == NOON


def test_what_cannot_be_written_now_is_written_later(sqlite_app: Flask, sqlite_make: Make) -> None:
    me = sqlite_make.member("Priya")
    with clock.pinned(NOON):
        sqlite_make.do(lambda: services.open_sign_in(person_id=me, device="", tries=services.Try("a", "b", 0)))
    number = sqlite_make.read(lambda: db.session.scalars(sa.select(SignIn.id)).one())
    uses = LastUse()
    with clock.pinned(NOON + timedelta(hours=1)):
        uses.note(number, NOON)
    with sqlite_app.app_context():
        with db.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE sign_in RENAME TO elsewhere"))
        uses.flush()
        with db.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO sign_in"))
        uses.flush()
    assert sqlite_make.read(lambda: db.session.scalars(sa.select(SignIn.last_used_at)).one()) == NOON + timedelta(
        hours=1
    )


def test_the_timer_flushes_once_more_when_it_stops(sqlite_app: Flask, sqlite_make: Make) -> None:
    me = sqlite_make.member("Priya")
    with clock.pinned(NOON):
        sqlite_make.do(lambda: services.open_sign_in(person_id=me, device="", tries=services.Try("a", "b", 0)))
    number = sqlite_make.read(lambda: db.session.scalars(sa.select(SignIn.id)).one())
    with sqlite_app.app_context(), clock.pinned(NOON + timedelta(hours=1)):
        last_use().note(number, NOON)
    stop = threading.Event()
    thread = flush_regularly(sqlite_app, stop)
    started = time.monotonic()
    stop.set()
    thread.join(FLUSH_EVERY / 2)
    assert not thread.is_alive()
    assert time.monotonic() - started < FLUSH_EVERY
    assert sqlite_make.read(lambda: db.session.scalars(sa.select(SignIn.last_used_at)).one()) == NOON + timedelta(
        hours=1
    )


# ---- passwords ---------------------------------------------------------------------------------------------


def test_hashes_are_salted_argon2id_and_fit_their_password_alone() -> None:
    one, two = passwords.hashed(PASSWORD), passwords.hashed(PASSWORD)
    assert one != two
    assert one.startswith("$argon2id$")
    assert passwords.fits(PASSWORD, one)
    assert not passwords.fits(PASSWORD + " ", one)
    assert not passwords.fits("", one)
    assert not passwords.fits(PASSWORD, "")
    assert not passwords.fits(PASSWORD, "not a hash")


def test_the_same_letters_from_another_keyboard() -> None:
    assert passwords.fits("cafe\u0301 au lait", passwords.hashed("café au lait"))


@pytest.mark.parametrize(
    ("password", "email", "ok"),
    [
        ("x" * 9, "", False),
        ("x" * 10, "", True),
        ("", "", False),
        ("x" * 1000, "", True),
        ("x" * 1001, "", False),
        ("Priya@Example.org", "priya@example.org", False),
        ("priya@example.org1", "priya@example.org", True),
        ("ありがとうございます!", "", True),
        (" " * 10, "", True),
    ],
)
def test_which_passwords_are_taken(sqlite_make: Make, password: str, email: str, ok: bool) -> None:
    def check() -> None:
        services.check_password(password, email=email)

    if ok:
        sqlite_make.read(check)
    else:
        with pytest.raises(RuleBroken):
            sqlite_make.read(check)


def test_roles_are_ours(make: Make) -> None:
    me = make.person("Priya")
    with pytest.raises(ValueError, match="owner"):
        make.do(lambda: services.set_password(person_id=me, password_hash="x", role="owner"))
    assert count(make, Account) == 0


def test_a_new_password_keeps_the_role(make: Make) -> None:
    me = make.member("Priya", role="admin")
    make.do(lambda: services.set_password(person_id=me, password_hash="x"))
    assert make.read(lambda: db.session.get_one(Account, me).role) == "admin"
    make.do(lambda: services.set_password(person_id=me, password_hash="x", role="member"))
    assert make.read(lambda: db.session.get_one(Account, me).role) == "member"


def test_changing_my_password_ends_my_other_sessions(client: Client, make: Make, priya: int) -> None:
    make.member("Bo", email="bo@example.org")
    mine = signed_in(client, "priya@example.org", FIREFOX)
    other, bo = signed_in(client, "priya@example.org", PHONE), signed_in(client, "bo@example.org", FIREFOX)
    page = mine.follow(mine.submit("accounts.password", {"current": PASSWORD, "new_password": "a new one of mine"}))
    assert page.flashes == ["Your password is changed. Everywhere else you are signed out."]
    assert other.raw.get("/me").status_code == 303
    assert bo.raw.get("/me").status_code == 200
    attempt(client.another(), "priya@example.org", PASSWORD, 422)
    assert attempt(client.another(), "priya@example.org", "a new one of mine").status_code == 303
    codes = make.read(lambda: list(db.session.scalars(sa.select(AuditEntry.code))))
    assert "password_set" in codes


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"current": "wrong", "new_password": "a new one of mine"}, "This is not the password you have now"),
        ({"current": PASSWORD, "new_password": "short"}, "5 more characters, please"),
        ({"current": PASSWORD, "new_password": "123456789"}, "1 more character, please"),
        ({"current": PASSWORD, "new_password": ""}, "Type the password you want"),
        ({"current": "", "new_password": "a new one of mine"}, "Type the password you have now"),
        ({"current": PASSWORD, "new_password": "x" * 1001}, "1 character over"),
        ({"current": PASSWORD, "new_password": "nul\x00nul\x00nul\x00"}, "There was a character in here"),
    ],
)
def test_passwords_that_are_not_changed(
    client: Client, make: Make, priya: int, sent: dict[str, str], said: str
) -> None:
    mine = signed_in(client, "priya@example.org", FIREFOX)
    page = mine.read(mine.submit("accounts.password", sent), 422)
    assert len(page.errors) == 1
    assert page.errors[0].startswith(said)
    assert PASSWORD not in page.html
    assert "a new one" not in page.html
    assert attempt(client.another(), "priya@example.org", PASSWORD).status_code == 303


def test_guessing_at_the_password_page_is_slowed(client: Client, make: Make, priya: int) -> None:
    make.member("Bo", email="bo@example.org")
    mine, bo = signed_in(client, "priya@example.org", FIREFOX), signed_in(client, "bo@example.org", FIREFOX)
    with clock.pinned(clock.now()):
        for n in range(6):
            sent = {"current": f"wrong {n}", "new_password": "a new one of mine"}
            page = mine.read(mine.submit("accounts.password", sent), 422 if n < 5 else 429)
        assert page.errors == ["Wait 1 second, then try again."]
        sent = {"current": PASSWORD, "new_password": "a new one of mine"}
        assert bo.submit("accounts.password", sent).status_code == 303, "nobody else waits for it"


def test_everybodys_changes_of_a_day_slow_nobody(make: Make) -> None:
    for n in range(services.FREE_TRIES_PER_ADDRESS + 5):
        wait = tries(make, NOON, email=f"id {n}", address="", device="signed in")
        assert wait == 0, n


# ---- devices -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140.0 Mobile Safari/537", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 Chrome/140.0 Safari/537 OPR/120", "Opera on Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari on macOS"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537", "Chrome on ChromeOS"),
        ("curl/8.5.0", "curl"),
        ("Something (Windows)", "Windows"),
        ("<script>alert(1)</script>", ""),
        ("", ""),
    ],
)
def test_devices_in_a_few_words(agent: str, device: str) -> None:
    assert device_name(agent) == device


def test_a_browser_nobody_knows_is_listed_all_the_same(client: Client, make: Make, priya: int) -> None:
    mine = signed_in(client, "priya@example.org", "<script>" * 500)
    assert "A browser we do not know" in mine.get("accounts.sessions").main
