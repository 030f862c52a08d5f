"""Headers, compression, static files, error pages that cannot fail, and a log without people in it."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
import sqlalchemy as sa
from flask import Flask, abort
from jinja2 import DictLoader

from portal.app import create_app
from portal.config import HOUSE, from_environ
from portal.core import error_pages, logs, web
from portal.core.auth import public
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.static_files import StaticFiles
from tests.client import Client, Page
from tests.makers import PASSWORD, Make

ATTACK = "<script>alert(1)</script>\"'&{{ 7 * 7 }}"
WORDS = "My long and thoughtful headline " + ATTACK


@pytest.fixture
def signed_in(client: Client, make: Make) -> Client:
    return client.sign_in(make.email(make.member("Gita Rao")))


@pytest.fixture
def sqlite_signed_in(sqlite_client: Client, sqlite_make: Make) -> Client:
    return sqlite_client.sign_in(sqlite_make.email(sqlite_make.member("Gita Rao")))


def add(app: Flask, rule: str, view: Callable[[], Any], **more: Any) -> None:
    """A page of the test's own, open to all."""
    app._got_first_request = False  # the browser may have signed in already
    app.add_url_rule(rule, f"test_{rule.strip('/')}", public(view), **more)


# ---- what every answer carries -----------------------------------------------------------------------------


def boom() -> str:
    raise ValueError("Gita Rao's secret is swordfish")


def test_every_kind_of_answer_has_the_headers(sqlite_app: Flask) -> None:
    add(sqlite_app, "/boom", boom)
    add(sqlite_app, "/json", lambda: {"a": 1})
    version = sqlite_app.extensions["hallway.static"].version
    client = sqlite_app.test_client()
    answers = [
        client.get("/sign-in"),
        client.get("/"),
        client.get("/nothing-here"),
        client.put("/sign-in"),
        client.post("/settings/theme"),
        client.get("/boom"),
        client.get("/json"),
        client.get("/healthz"),
        client.get("/readyz"),
        client.get("/favicon.ico"),
        client.get(f"/static/{version}/css/base.css"),
        client.get("/static/0/css/nothing.css"),
    ]
    assert [a.status_code for a in answers] == [200, 303, 404, 405, 400, 500, 200, 200, 200, 200, 200, 404]
    ids = set()
    for answer in answers:
        headers = answer.headers
        csp = headers["Content-Security-Policy"]
        assert "default-src 'none'" in csp and "frame-ancestors 'none'" in csp and "base-uri 'none'" in csp
        assert "unsafe" not in csp and "*" not in csp and "http" not in csp
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Permissions-Policy"] and headers["Cache-Control"]
        assert "Strict-Transport-Security" not in headers
        assert "Server" not in headers
        ids.add(headers["X-Request-Id"])
    assert len(ids) == len(answers) and all(len(i) == 16 for i in ids)


def test_behind_tls_cookies_are_secure_and_browsers_stay_there(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "hallway.sqlite3")
    app = create_app(from_environ({"INSTANCE_PATH": str(tmp_path), "BASE_URL": "https://hallway.example"}))
    make = Make(app)
    person = make.member("Gita Rao")
    client = app.test_client()
    with app.app_context():
        assert client.get("/sign-in", base_url="https://hallway.example").headers["Strict-Transport-Security"]
    page = Client(app)
    token = page.get("accounts.sign_in")  # over http the cookie is not sent back
    assert "Secure" in token.response.headers["Set-Cookie"]
    shown = client.get("/sign-in", base_url="https://hallway.example")
    fields = Page(page, shown).fields("password")
    answer = client.post(
        "/sign-in",
        data=fields | {"email": make.email(person), "password": PASSWORD},
        base_url="https://hallway.example",
    )
    assert answer.status_code == 303
    for cookie in answer.headers.getlist("Set-Cookie"):
        if "Expires=Thu, 01 Jan 1970" not in cookie:
            assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie, cookie


def test_a_page_of_a_person_is_kept_by_no_cache(sqlite_signed_in: Client) -> None:
    page = sqlite_signed_in.get("home.home")
    assert page.response.headers["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Accept-Language", "HX-Request"} <= set(page.response.vary)
    assert sqlite_signed_in.get("/nothing", status=404).response.headers["Cache-Control"] == "no-store"


# ---- compression and static files --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "used", "unpack"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("", None, bytes),
        ("nonsense", None, bytes),
    ],
)
def test_pages_are_packed_as_the_browser_asks(
    sqlite_client: Client, asked: str, used: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    answer = sqlite_client.raw.get("/sign-in", headers={"Accept-Encoding": asked})
    assert answer.headers.get("Content-Encoding") == used
    assert "Accept-Encoding" in answer.vary
    assert b"</html>" in unpack(answer.data)


def test_static_text_is_packed_and_fonts_are_not(sqlite_app: Flask) -> None:
    files, client = sqlite_app.extensions["hallway.static"], sqlite_app.test_client()
    css = files.read("css/base.css") or b""
    packed = client.get(files.url("css/base.css"), headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.data) == css
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(css)
    plain = client.get(files.url("css/base.css"), headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers and plain.data == css
    assert "Accept-Encoding" in packed.vary and "Accept-Encoding" in plain.vary
    refused = client.get(files.url("css/base.css"), headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
    font = next((HOUSE / "static" / "fonts").glob("*.woff2"))
    answer = client.get(files.url(f"fonts/{font.name}"), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers and answer.data == font.read_bytes()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("css/base.css", "text/css"), ("js/app.js", "text/javascript"), ("icons.svg", "image/svg+xml")],
)
def test_static_files_say_what_they_are(sqlite_app: Flask, path: str, kind: str) -> None:
    files = sqlite_app.extensions["hallway.static"]
    assert sqlite_app.test_client().get(files.url(path)).mimetype == kind


def test_only_the_current_version_is_kept_for_a_year(sqlite_app: Flask) -> None:
    files, client = sqlite_app.extensions["hallway.static"], sqlite_app.test_client()
    now = client.get(files.url("css/base.css"))
    assert now.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for version in ("000000000000", files.version[:-1], files.version.upper() + "x"):
        old = client.get(f"/static/{version}/css/base.css")
        assert old.status_code == 200 and old.headers["Cache-Control"] == "no-cache"
    gone = client.get(files.url("css/gone.css"))
    assert gone.status_code == 404 and gone.headers["Cache-Control"] == "no-store"


def test_the_version_follows_names_and_contents(tmp_path: Path) -> None:
    def version() -> str:
        return StaticFiles(tmp_path).version

    (tmp_path / "a").write_text("1")
    first = version()
    assert version() == first
    (tmp_path / "a").write_text("2")
    second = version()
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, version()}) == 3


@pytest.mark.parametrize(
    "path",
    [
        "../portal/app.py",
        "css/../../portal/app.py",
        "..%2fportal%2fapp.py",
        "%2e%2e/%2e%2e/etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "css",
        "",
        "css/",
        "..\\portal\\app.py",
        "a%00b.css",
        "css/base.css%00.png",
        "x" * 5000,
        "x/" * 600,
        "%ff%fe",
    ],
)
def test_nothing_but_static_files_is_served(sqlite_app: Flask, path: str) -> None:
    version = sqlite_app.extensions["hallway.static"].version
    answer = sqlite_app.test_client().get(f"/static/{version}/{path}")
    assert answer.status_code in (404, 308), answer.status_code
    if answer.status_code == 308:  # two slashes are put right, and then there is nothing
        assert sqlite_app.test_client().get(answer.headers["Location"]).status_code == 404


def test_a_link_out_of_the_static_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "secret").write_text("swordfish")
    (tmp_path / "static" / "link").symlink_to(tmp_path / "secret")
    assert StaticFiles(tmp_path / "static").read("link") is None


# ---- error pages -------------------------------------------------------------------------------------------


def raising(error: BaseException) -> Callable[[], str]:
    def view() -> str:
        raise error

    return view


def refusing(status: int) -> Callable[[], str]:
    def view() -> str:
        abort(status)

    return view


@pytest.mark.parametrize(
    ("view", "status"),
    [(raising(NotVisible()), 404), (boom, 500), (raising(RecursionError()), 500), (raising(KeyError("x")), 500)]
    + [(refusing(status), status) for status in (400, 403, 404, 409, 413, 429, 500, 503)],
)
def test_every_error_is_a_page(sqlite_signed_in: Client, view: Callable[[], str], status: int) -> None:
    add(sqlite_signed_in.app, "/test", view)
    page = sqlite_signed_in.get("/test", status=status)
    assert page.h1 and page.title.startswith(page.h1)
    assert page.response.mimetype == "text/html"
    assert "swordfish" not in page.html and "Traceback" not in page.html
    assert "/" in page.links()


def test_what_one_may_not_see_looks_like_what_is_not_there(sqlite_signed_in: Client) -> None:
    add(sqlite_signed_in.app, "/hidden", raising(NotVisible()))
    hidden, nothing = sqlite_signed_in.get("/hidden", status=404), sqlite_signed_in.get("/nothing", status=404)
    assert hidden.text == nothing.text


def test_what_cannot_be_done_says_what_can(sqlite_client: Client) -> None:
    page = sqlite_client.read(sqlite_client.raw.delete("/sign-in"), 405)
    assert {"GET", "POST"} <= set(page.response.headers["Allow"].split(", "))
    assert page.h1 == "That cannot be done here"


def test_too_large_is_refused_and_not_echoed(sqlite_signed_in: Client) -> None:
    fields = sqlite_signed_in.get("infomercials.facts").fields("headline")
    over = sqlite_signed_in.app.config["MAX_CONTENT_LENGTH"] + 1
    answer = sqlite_signed_in.raw.post("/me/intro/facts", data=fields | {"headline": "x" * over})
    page = sqlite_signed_in.read(answer, 413)
    assert page.h1 == "That is too large to send" and len(page.html) < 20_000


def test_a_thousand_and_more_fields_are_refused(sqlite_signed_in: Client) -> None:
    data = {f"field{n}": "x" for n in range(1100)}
    answer = sqlite_signed_in.raw.post("/me/intro/facts", data=data, content_type="multipart/form-data")
    assert sqlite_signed_in.read(answer, 413)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"\xff\xfe%zz&=&&a", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
    ],
)
def test_a_broken_body_is_answered(sqlite_signed_in: Client, body: bytes, kind: str) -> None:
    answer = sqlite_signed_in.raw.post("/me/intro/facts", data=body, content_type=kind)
    assert sqlite_signed_in.read(answer, 400).h1


def test_words_of_a_form_that_broke_come_back(sqlite_signed_in: Client) -> None:
    client = sqlite_signed_in
    fields = client.get("infomercials.facts").fields("headline")
    real = client.app.view_functions["infomercials.facts"]
    client.app.view_functions["infomercials.facts"] = boom
    typed = fields | {"headline": WORDS, "fact1": "Line one\nline two, quite long", "fact2": "short"}
    page = client.read(client.raw.post("/me/intro/facts", data=typed), 500)
    assert page.response.headers["X-Request-Id"] in page.text
    # All of it is on the page, ready to be sent, and nothing of it is markup.
    kept = page.fields("headline")
    assert {k: v.replace("\r\n", "\n") for k, v in kept.items() if k != "csrf_token"} == {
        k: v for k, v in typed.items() if k != "csrf_token"
    }
    assert not page.root.xpath("//main//script")
    assert "{{ 7 * 7 }}" in page.main and "49" not in page.main.partition("What you wrote")[2]
    client.app.view_functions["infomercials.facts"] = real
    assert page.submit(containing="headline").status_code == 303
    assert client.get("infomercials.facts").fields("headline")["headline"] == WORDS


@pytest.mark.parametrize(
    ("endpoint", "typed"),
    [
        ("accounts.sign_in", {"email": "gita@example.org", "password": "swordfish-123"}),
        ("accounts.password", {"current": PASSWORD, "new_password": "swordfish-123"}),
    ],
)
def test_a_password_never_comes_back(
    sqlite_client: Client, sqlite_make: Make, endpoint: str, typed: dict[str, str]
) -> None:
    if endpoint == "accounts.password":
        sqlite_client.sign_in(sqlite_make.email(sqlite_make.member("Gita Rao")))
    form = sqlite_client.get(endpoint).fields(next(iter(typed)))
    for view, status in (
        (boom, 500),
        (refusing(400), 400),
        (raising(sa.exc.OperationalError("", {}, OSError())), 503),
    ):
        sqlite_client.app.view_functions[endpoint] = public(view)
        answer = sqlite_client.raw.post(sqlite_client.url(endpoint), data=form | typed)
        page = sqlite_client.read(answer, status)
        assert "swordfish" not in page.html and PASSWORD not in page.html
        assert not page.root.xpath("//textarea")
    # An old page's token is refused, and the password is not shown either.
    answer = sqlite_client.raw.post(sqlite_client.url(endpoint), data=form | typed | {"csrf_token": "old"})
    assert "swordfish" not in sqlite_client.read(answer, 400).html


def test_no_form_has_a_password_under_a_name_that_is_not_known() -> None:
    import wtforms

    from portal.accounts import forms
    from portal.core.forms import Form

    for form in Form.__subclasses__():
        if form.__module__ == forms.__name__:
            for name, field in vars(form).items():
                if getattr(field, "field_class", None) is wtforms.PasswordField:
                    assert name in error_pages._SECRET_FIELDS, name


def test_an_error_page_that_fails_still_answers(sqlite_app: Flask) -> None:
    add(sqlite_app, "/boom", boom)
    sqlite_app.jinja_env.loader = DictLoader({"errors/error.html": "{{ 1 / 0 }}"})
    sqlite_app.jinja_env.cache.clear()
    client = sqlite_app.test_client()
    for path, status, words in (("/boom", 500, "broke on our side"), ("/<script>", 404, "nothing here")):
        answer = client.get(path)
        assert answer.status_code == status
        assert words in answer.text and "<script>" not in answer.text and "swordfish" not in answer.text
        assert answer.headers["Content-Security-Policy"] == web.CSP
        assert answer.headers["X-Request-Id"]


def test_an_error_page_asks_no_database(signed_in: Client) -> None:
    add(signed_in.app, "/boom", boom)
    asked: list[str] = []
    with signed_in.app.app_context():
        engine = db.engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _count(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    signed_in.get("/boom", status=500)
    signed_in.get("/nothing", status=404)
    assert asked == []


# ---- a database that does not do what it should ------------------------------------------------------------


@contextlib.contextmanager
def gone(app: Flask) -> Iterator[None]:
    """The database is not there any more."""
    with app.app_context():
        url = db.engine.url
        db.session.remove()
        db.engine.dispose()
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        file.rename(file.with_suffix(".away"))
        file.mkdir()
        yield
        file.rmdir()
        file.with_suffix(".away").rename(file)
        return
    with as_postgres(url) as run:
        run(f'ALTER DATABASE "{url.database}" RENAME TO "{url.database}_away"')
        try:
            yield
        finally:
            run(f'ALTER DATABASE "{url.database}_away" RENAME TO "{url.database}"')


@contextlib.contextmanager
def read_only(app: Flask) -> Iterator[None]:
    """It can be read and not be written."""
    with app.app_context():
        url = db.engine.url
        db.session.remove()
        db.engine.dispose()
        if url.get_backend_name() == "sqlite":

            @sa.event.listens_for(db.engine, "connect")
            def _connected(connection: sqlite3.Connection, _record: object) -> None:
                connection.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")

            on = True
            yield
            on = False
            db.engine.dispose()
            return
    with as_postgres(url) as run:
        run(f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = on')
        try:
            yield
        finally:
            run(f'ALTER DATABASE "{url.database}" RESET default_transaction_read_only')
            with app.app_context():
                db.engine.dispose()


@contextlib.contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Another program writes and does not end."""
    with app.app_context():
        url = db.engine.url
        db.session.remove()
        db.engine.dispose()
        if url.get_backend_name() == "sqlite":

            @sa.event.listens_for(db.engine, "connect")
            def _connected(connection: sqlite3.Connection, _record: object) -> None:
                connection.execute("PRAGMA busy_timeout = 20")

            other = sqlite3.connect(str(url.database), isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
            other.close()
            return

        @sa.event.listens_for(db.engine, "connect")  # after the house has set its 15 seconds
        def _hasty(connection: Any, _record: object) -> None:
            connection.autocommit = True
            connection.execute("SET lock_timeout = '50ms'")
            connection.autocommit = False

    other_engine = sa.create_engine(url)
    try:
        with other_engine.connect() as connection:
            connection.exec_driver_sql("LOCK TABLE draft, form_once IN EXCLUSIVE MODE")
            yield
    finally:
        other_engine.dispose()
        with app.app_context():
            db.engine.dispose()


@contextlib.contextmanager
def behind(app: Flask) -> Iterator[None]:
    """One migration behind: a column that this code knows is not there yet, and neither is the revision."""
    with app.app_context():
        with db.engine.begin() as connection:
            version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
            connection.exec_driver_sql("ALTER TABLE draft RENAME COLUMN offer TO offer_of_old")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'before'")
        yield
        db.session.remove()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE draft RENAME COLUMN offer_of_old TO offer")
            connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")


@contextlib.contextmanager
def as_postgres(url: sa.URL) -> Iterator[Callable[[str], object]]:
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection.exec_driver_sql
    engine.dispose()


Trouble = Callable[[Flask], "contextlib.AbstractContextManager[None]"]


@pytest.mark.parametrize("trouble", [gone, read_only, locked, behind])
def test_a_form_keeps_its_words_whatever_the_database_does(signed_in: Client, trouble: Trouble) -> None:
    page = signed_in.get("infomercials.facts")
    with trouble(signed_in.app):
        answer = page.submit({"headline": WORDS, "fact1": "A fact that took me long."}, containing="headline")
        kept = signed_in.read(answer, 503)
        assert kept.h1 == "That did not go through"
        assert "Your text is still here" in kept.main
        fields = kept.fields("headline")
        assert (fields["headline"], fields["fact1"]) == (WORDS, "A fact that took me long.")
        assert fields["once"] == page.fields("headline")["once"]
        assert signed_in.raw.get("/healthz").status_code == 200
    # When it is well again, the same page sends them.
    again = kept.submit(containing="headline")
    assert again.status_code == 303, again.text
    assert signed_in.get("infomercials.facts").fields("headline")["headline"] == WORDS


@pytest.mark.parametrize(("trouble", "state"), [(gone, "no database"), (behind, None)])
def test_whoever_asks_is_told_that_it_is_not_ready(signed_in: Client, trouble: Trouble, state: str | None) -> None:
    assert signed_in.raw.get("/readyz").text == "ok\n"
    with trouble(signed_in.app):
        ready = signed_in.raw.get("/readyz")
        assert ready.status_code == 503 and ready.mimetype == "text/plain"
        assert ready.text.strip() == state or state is None
        assert signed_in.raw.get("/healthz").status_code == 200
        page = signed_in.get("home.me", status=503)
        assert page.h1 == "That did not go through" and "still here" not in page.main
    assert signed_in.raw.get("/readyz").text == "ok\n"
    signed_in.get("home.me")


@pytest.mark.parametrize("trouble", [read_only, locked])
def test_reading_goes_on_where_only_writing_fails(signed_in: Client, make: Make, trouble: Trouble) -> None:
    make.noise()
    with trouble(signed_in.app):
        for endpoint in ("home.home", "people.directory", "home.me", "infomercials.facts"):
            signed_in.get(endpoint)
        assert signed_in.raw.get("/readyz").status_code == 200


@pytest.mark.parametrize("trouble", [gone, read_only])
def test_the_door_without_a_database_says_so_and_echoes_no_password(client: Client, trouble: Trouble) -> None:
    page = client.get("accounts.sign_in")
    with trouble(client.app):
        client.get("accounts.sign_in")
        answer = page.submit({"email": "gita@example.org", "password": "swordfish-123"}, containing="password")
        assert "swordfish" not in client.read(answer, 503).html


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_connection_that_broke_is_replaced(signed_in: Client) -> None:
    with signed_in.app.app_context():
        url = db.engine.url
    with as_postgres(url) as run:
        run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{url.database}'")
    signed_in.get("home.home")


def test_what_the_database_says_is_not_shown(signed_in: Client) -> None:
    with behind(signed_in.app):
        page = signed_in.get("home.me", status=503)
        for word in ("column", "draft", "SELECT", "sqlite", "psycopg"):
            assert word not in page.html


def test_nul_in_an_address_is_no_trouble_for_the_database(signed_in: Client) -> None:
    for path in (
        "/p/a%00b",
        "/p/%00",
        "/photos/%00",
        "/people?q=%00",
        "/people?department=%00",
        "/me/details?kept=%00",
    ):
        for more in ("", "a=1", "kept=%00", "after=%00"):
            answer = signed_in.raw.get(path + ("&" if "?" in path else "?") + more)
            assert answer.status_code in (200, 404), (path, more, answer.status_code)


NUL_IN_FORMS: list[tuple[str, dict[str, Any]]] = [
    ("people.away", {"until": "2999-01-01", "stand_in": "a\x00b"}),
    ("people.away", {"until": "2999-01-01", "stand_in_handle": "a\x00b"}),
    ("people.away", {"until": "2024\x00"}),
    ("people.details", {"links": "a\x00 https://a.example", "time_zone": "\x00", "hue": "\x00", "version": "\x00"}),
    ("people.details", {"working_days": ["\x00"], "shown_place": "\x00", "languages": "\x00,"}),
    ("infomercials.facts", {"headline": "\x00", "fact1": "a\x00", "lang": "\x00", "prompt1": "\x00"}),
    ("infomercials.ask", {"ask_about": "a\x00b"}),
    ("infomercials.work", {"working_on": "\x00", "so_that": "\x00", "offer": "\x00"}),
    ("infomercials.photo", {"across": "\x00", "down": "\x00", "close": "\x00"}),
    ("accounts.password", {"current": "\x00", "new_password": "\x00" * 20}),
    ("accounts.end_sessions", {"session": "9" * 30}),
    ("home.set_theme", {"theme": "\x00"}),
    ("home.set_language", {"language": "\x00", "next": "\x00"}),
    ("accounts.end_sessions", {"session": "\x00"}),
]


def test_nul_in_a_form_is_no_trouble_for_the_database(signed_in: Client) -> None:
    said = {}
    for number, (endpoint, data) in enumerate(NUL_IN_FORMS):
        form = signed_in.get("infomercials.facts").fields("headline")
        for once in ({}, {"once": form["once"]}):
            answer = signed_in.raw.post(
                signed_in.url(endpoint), data={"csrf_token": form["csrf_token"], **data, **once}
            )
            said[endpoint, number, bool(once)] = answer.status_code
    assert {key: status for key, status in said.items() if status not in (303, 400, 404, 422)} == {}


# ---- the log -----------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What `hallway run` would write to standard error."""
    root, own = logging.getLogger(), logging.getLogger("hallway")
    before = (root.handlers[:], root.level, own.level)
    stream = io.StringIO()
    logs.log_to(stream)
    yield stream
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_each_request_is_one_line_with_its_id(sqlite_client: Client, log: io.StringIO) -> None:
    answer = sqlite_client.raw.get("/sign-in")
    (line,) = lines(log)
    assert line["request"] == answer.headers["X-Request-Id"]
    assert (line["event"], line["method"], line["endpoint"], line["status"]) == (
        "request",
        "GET",
        "accounts.sign_in",
        200,
    )
    assert set(line) == {"at", "level", "logger", "event", "request", "method", "endpoint", "status", "ms"}


def test_static_files_are_not_logged(sqlite_app: Flask, log: io.StringIO) -> None:
    sqlite_app.test_client().get(sqlite_app.extensions["hallway.static"].url("css/base.css"))
    assert log.getvalue() == ""


def test_the_log_holds_nobody(client: Client, make: Make, log: io.StringIO) -> None:
    person = make.member("Gita Zweistein", email="gita.z@example.org", department="Astronomy")
    make.member("Oskar Unfindable")
    wrong = client.get("accounts.sign_in").submit(
        {"email": "gita.z@example.org", "password": "wrong-swordfish"}, containing="password"
    )
    assert wrong.status_code == 422
    client.sign_in_by_form(make.email(person))
    client.get("people.directory", q="unfindable", department="astronomy")
    client.get("people.person", handle="oskar-unfindable")
    client.get("/nothing/with/quokka", status=404)
    client.get("infomercials.facts").submit(
        {"headline": "I herd quokkas.", "fact1": "Really."}, containing="headline"
    )
    client.get("infomercials.facts").submit({"headline": "quokka" * 99}, containing="headline")
    client.raw.post("/me/intro/facts", data={"headline": "no token, quokka"})
    with locked(client.app):
        client.get("infomercials.work").submit({"working_on": "quokka work"}, containing="working_on")

    def broken() -> str:
        db.session.execute(sa.text("SELECT :quokka_word FROM no_such_table"), {"quokka_word": "quokka words"})
        return ""

    add(client.app, "/broken", broken)
    add(client.app, "/boom", boom)
    add(client.app, "/chained", chained)
    for path, status in (("/broken", 503), ("/boom", 500), ("/chained", 500)):
        client.get(path, status=status)
    logging.getLogger("somebody.else").warning("Gita Zweistein asked for quokkas")
    text = log.getvalue()
    for word in (
        *("Gita", "Zweistein", "gita", "example.org", "Oskar", "unfindable", "Unfindable", "quokka", "swordfish"),
        *("Astronomy", "astronomy", "Really", PASSWORD, "/nothing", "/people", "/p/", "correct horse", "headline"),
    ):
        assert word not in text, word
    found = lines(log)
    assert {"request", "unexpected", "database_error"} <= {line["event"] for line in found}
    for line in found:
        assert "request" in line or line["event"] == "somebody.else"
    broke = next(line for line in found if line["event"] == "unexpected")
    assert broke["error"] == "ValueError" and any("test_web.py" in where for where in broke["trace"])


def chained() -> str:
    try:
        boom()
    except ValueError as error:
        raise RuntimeError(f"because of {error} and a quokka") from error
    return ""


def test_an_error_page_that_failed_is_in_the_log_without_words(sqlite_app: Flask, log: io.StringIO) -> None:
    add(sqlite_app, "/boom", boom)
    sqlite_app.jinja_env.loader = DictLoader({"errors/error.html": "{{ undefined_thing.quokka }}"})
    sqlite_app.jinja_env.cache.clear()
    sqlite_app.test_client().get("/boom")
    events = [line["event"] for line in lines(log)]
    assert events == ["unexpected", "error_page_failed", "request"]
    assert "quokka" not in log.getvalue() and "swordfish" not in log.getvalue()


def test_warnings_of_libraries_are_one_line_without_their_words(sqlite_app: Flask, log: io.StringIO) -> None:
    logging.getLogger("py.warnings").warning("Gita wrote\ntwo lines")
    (line,) = lines(log)
    assert line["event"] == "py.warnings" and "Gita" not in log.getvalue()
