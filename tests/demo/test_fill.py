"""The demo company: the same for the same day, complete, and readable by everyone in it."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from portal.app import create_app
from portal.config import from_environ
from portal.core import clock
from portal.core.db import db, unit_of_work
from portal.core.schema import upgrade
from portal.demo import fill as filling
from portal.demo.fill import HERE, PASSWORD, company, fill
from portal.infomercials import services as intros
from portal.infomercials.prompts import BY_KEY
from portal.people.models import HUES, OPTIONAL, WEEK
from portal.people.queries import anybody
from tests.client import Client
from tests.commands.conftest import Ran, run

CAST = ("Maya", "Tomás", "Priya", "Jonas", "Amara", "Hana", "Yusuf", "Leila", "Ben", "Grace", "Oskar")
PEOPLE: list[dict[str, Any]] = company()["people"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An installation that `fill` moved into; the tests only read it."""
    app = create_app(from_environ({"INSTANCE_PATH": str(tmp_path_factory.mktemp("demo"))}))
    app.testing = True
    with app.app_context():
        upgrade()
        fill()
        db.engine.dispose()
    return app


def database_of(app: Flask) -> Path:
    return Path(app.config["HALLWAY"].instance_path) / "hallway.sqlite3"


def ask(database: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


DRAWN = ("password_hash", "password_set_at", "portrait", "square", "join_nonce", "calendar_uid", "nonce", "public_id")
NOW = {("account", "created_at"), ("audit_entry", "at"), ("invitation", "withdrawn_at")}


def dump(database: Path) -> list[str]:
    """Everything but hashes of passwords (they are salted), what is drawn by lot, and moments of now."""
    connection = sqlite3.connect(database)
    try:
        tables = [
            row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        lines = []
        for table in tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            kept = [c for c in columns if c not in DRAWN and (table, c) not in NOW]
            listed = ", ".join(kept)
            rows = connection.execute(f"SELECT {listed} FROM {table} ORDER BY {listed}")
            lines += [f"{table} {row}" for row in rows]
        return lines
    finally:
        connection.close()


def test_the_same_result_for_the_same_day(demo: Flask, tmp_path: Path) -> None:
    filling._pictures.cache_clear()  # type: ignore[attr-defined] - see tests/computed_once.py
    app = create_app(from_environ({"INSTANCE_PATH": str(tmp_path)}))
    with app.app_context():
        upgrade()
        fill()
        db.engine.dispose()
    one, two = dump(database_of(demo)), dump(database_of(app))
    assert len(one) > 300
    assert one == two
    photos = "SELECT portrait, square FROM person ORDER BY id"
    assert ask(database_of(demo), photos) == ask(database_of(app), photos), "content names: the same bytes"


def test_another_day_moves_the_days_along(tmp_path: Path) -> None:
    app = create_app(from_environ({"INSTANCE_PATH": str(tmp_path)}))
    day = clock.now().replace(year=2031, month=3, day=1, hour=23)
    with app.app_context(), clock.pinned(day):
        upgrade()
        fill()
        db.engine.dispose()
    maya = next(p for p in PEOPLE if p["key"] == "maya")
    ((started,),) = ask(database_of(app), "SELECT starts_on FROM person WHERE handle LIKE 'maya%'")
    assert date.fromisoformat(started) == date(2031, 3, 1) - timedelta(days=maya["started_days_ago"])
    ((latest,),) = ask(database_of(app), "SELECT max(published_at) FROM infomercial")
    assert latest < "2031-03-02"


# ---- who is in ---------------------------------------------------------------------------------------------


def test_about_60_people_in_6_departments_and_4_places(demo: Flask) -> None:
    database = database_of(demo)
    assert 55 <= len(PEOPLE) <= 65
    assert ask(database, "SELECT count(*) FROM person") == [(len(PEOPLE),)]
    for column, most in (("department", 6), ("place", 4)):
        rows = ask(
            database, f"SELECT t.name, count(*) FROM person p JOIN {column} t ON t.id = p.{column}_id GROUP BY 1"
        )
        assert dict(rows) == dict(Counter(p[column] for p in PEOPLE))
        assert len(rows) == most
        assert min(n for _, n in rows) >= 3


def test_the_cast_takes_thanks_on_the_wall_and_hana_manages_nobody(demo: Flask) -> None:
    database = database_of(demo)
    cast = {name: number for number, name in ask(database, "SELECT id, name FROM person") if name.split()[0] in CAST}
    wishes = dict(ask(database, "SELECT person_id, shown FROM thanks_wish"))
    assert {wishes.get(number, "wall") for number in cast.values()} == {"wall"}
    assert ask(database, f"SELECT id FROM person WHERE manager_id = {cast['Hana Kim']}") == []


def test_the_thanks_stand_where_their_words_say(demo: Flask) -> None:
    database = database_of(demo)
    said = company()["kudos"]
    assert ask(database, "SELECT why FROM kudos ORDER BY at") == [(one["why"],) for one in said]
    ((latest,),) = ask(database, "SELECT max(at) FROM kudos")
    assert latest < clock.now().isoformat(" ")  # none can be undone any more
    named = ask(database, "SELECT count(*) FROM kudos_person WHERE side = 'to' AND role <> 'did'")
    assert named == [(sum(len(one.get(role, [])) for one in said for role in ("helped", "unblocked")),)]
    listed = ask(database, "SELECT DISTINCT v.name FROM kudos k JOIN company_value v ON v.id = k.value_id")
    assert {name for (name,) in listed} <= {one.get("value") for one in said}


def test_the_cast_is_there(demo: Flask) -> None:
    names = [name for (name,) in ask(database_of(demo), "SELECT name FROM person")]
    for first in CAST:
        assert any(name.split()[0] == first for name in names), first


def test_one_guest_one_left_one_away_and_somebody_without_an_intro(demo: Flask) -> None:
    database = database_of(demo)
    ((ends,),) = ask(database, "SELECT ends_on FROM person WHERE kind = 'guest'")
    assert date.fromisoformat(ends) > clock.today()
    ((left,),) = ask(database, "SELECT id FROM person WHERE left_at IS NOT NULL")
    assert ask(database, f"SELECT count(*) FROM account WHERE person_id = {left}") == [(0,)]
    assert ask(database, f"SELECT count(*) FROM person_listing WHERE person_id = {left}") == [(0,)]
    ((until, stand_in),) = ask(database, "SELECT away_until, stand_in_id FROM person WHERE away_until IS NOT NULL")
    assert date.fromisoformat(until) >= clock.today()
    assert stand_in
    ((without,),) = ask(
        database, "SELECT count(*) FROM person LEFT JOIN infomercial ON person_id = id WHERE person_id IS NULL"
    )
    assert without >= 3
    ((photos,),) = ask(database, "SELECT count(*) FROM person WHERE portrait IS NOT NULL")
    assert 3 <= photos < len(PEOPLE)
    assert ask(database, "SELECT count(*) FROM account WHERE role = 'admin'") == [(1,)]


def test_names_and_intros_in_several_scripts(demo: Flask) -> None:
    def scripts(text: str) -> set[str]:
        return {unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}

    names = set().union(*(scripts(p["name"]) for p in PEOPLE))
    words = set().union(*(scripts(p["intro"]["headline"]) for p in PEOPLE if "intro" in p))
    assert len(names) >= 4, names
    assert len(words) >= 4, words
    assert len({p["intro"]["lang"] for p in PEOPLE if "intro" in p}) >= 4
    lengths = [len(p["intro"]["headline"]) for p in PEOPLE if p.get("intro", {}).get("headline")]
    assert min(lengths) < 40
    assert max(lengths) > 100


def test_addresses_are_the_first_name_in_ascii(demo: Flask) -> None:
    emails = [email for (email,) in ask(database_of(demo), "SELECT email FROM person")]
    assert len(set(emails)) == len(emails)
    assert all(email.isascii() and email == email.lower() and email.endswith("@hallway.example") for email in emails)
    for first in CAST:
        ascii_name = unicodedata.normalize("NFKD", first).encode("ascii", "ignore").decode().lower()
        assert f"{ascii_name}@hallway.example" in emails


@pytest.mark.parametrize("person", PEOPLE, ids=[p["key"] for p in PEOPLE])
def test_nobodys_field_is_too_long(person: dict[str, Any]) -> None:
    most = {"name": 120, "preferred_name": 60, "pronouns": 40, "say_name": 60, "place_detail": 80, "reach_me_by": 140}
    for field, limit in most.items():
        assert len(person.get(field) or "") <= limit, field
    assert len(", ".join(person.get("languages", []))) <= 200
    assert set(person.get("working_days", [])) <= set(WEEK)
    assert set(person.get("shown", {})) <= set(OPTIONAL)
    assert person.get("hue") in (None, *HUES)
    if "portrait" in person:
        assert (HERE / "portraits" / person["portrait"]).is_file()
    intro = person.get("intro")
    if intro:
        assert len(intro["headline"]) <= intros.MAX_HEADLINE
        assert len(intro["facts"]) <= intros.MAX_FACTS
        for fact in intro["facts"]:
            assert 0 < len(fact["text"]) <= intros.MAX_FACT
            assert fact["prompt"] in BY_KEY
        assert len(intro.get("ask", [])) <= intros.MAX_ASKS
        assert all(len(subject) <= intros.MAX_ASK for subject in intro.get("ask", []))
        for field in ("working_on", "so_that", "offer"):
            assert len(intro.get(field, "")) <= intros.MAX_WORK, field


# ---- as they see it ----------------------------------------------------------------------------------------


def test_every_intro_is_readable_by_its_reader(demo: Flask) -> None:
    client = Client(demo).sign_in("amara@hallway.example", PASSWORD)
    rows = ask(
        database_of(demo),
        "SELECT handle, name, headline FROM person LEFT JOIN infomercial ON person_id = id WHERE left_at IS NULL",
    )
    read = 0
    for handle, name, headline in rows:
        page = client.get(f"/p/{handle}")
        assert page.h1 == " ".join(name.split())
        if headline:
            shown = " ".join(headline.split()) in page.main
            assert shown or "No intro yet" in page.main
            read += shown
    assert read >= 40


def test_everybody_with_an_account_gets_in(demo: Flask) -> None:
    for email, h1 in (("maya", "Maya"), ("tomas", "Tomás"), ("amara", "Amara")):
        client = Client(demo).sign_in_by_form(f"{email}@hallway.example", PASSWORD)
        assert h1 in client.get("home.home").h1
        assert h1 in client.get("home.me").h1


def test_maya_is_new_and_her_intro_half_written(demo: Flask) -> None:
    client = Client(demo).sign_in("maya@hallway.example", PASSWORD)
    assert "Finish your intro" in client.get("home.home").main
    assert "Maya" in client.get("people.directory", new=1).main


def test_the_guest_sees_their_team_and_nobody_else(demo: Flask) -> None:
    guest = next(p for p in PEOPLE if p.get("kind") == "guest")
    keys: set[str] = set()
    for team in company()["teams"]:
        inside = {team["lead"], team["started_by"], *team["people"], *team.get("later", {})}
        if guest["key"] in inside and "closed_days_ago" not in team:
            keys |= inside
    mates = {p["name"] for p in PEOPLE if p["key"] in keys}
    assert 2 <= len(mates) < 24
    page = Client(demo).sign_in(f"{guest['key']}@hallway.example", PASSWORD).get("people.directory")
    assert {h.text_content().strip() for h in page.all(".pcard-name")} == mates


# ---- the command -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """`hallway demo` on a folder that is not there yet."""
    instance = tmp_path_factory.mktemp("command") / "instance"
    return instance, run(instance, "demo")


def test_the_command_fills_and_marks(filled: tuple[Path, Ran]) -> None:
    instance, ran = filled
    assert (ran.code, ran.err) == (0, "")
    assert f"{len(PEOPLE)} people" in ran.out
    assert ask(instance / "hallway.sqlite3", "SELECT key, value FROM setting") == [("demo", "true")]


def test_all_is_as_it_has_to_be(filled: tuple[Path, Ran]) -> None:
    ran = run(filled[0], "check")
    assert (ran.code, "wrong" in ran.out) == (0, False), ran.out


def test_a_second_time_is_refused_unless_it_need_not_do_anything(filled: tuple[Path, Ran]) -> None:
    instance, _ran = filled
    before = dump(instance / "hallway.sqlite3")
    ran = run(instance, "demo")
    assert ran.code == 1
    assert "not empty" in ran.err
    ran = run(instance, "demo", "--if-empty")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert dump(instance / "hallway.sqlite3") == before


def test_the_demo_company_moves_into_no_house_of_others(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "--email", "a@b.example", "--password-stdin", stdin="correct horse").code == 0
    assert run(tmp_path, "demo").code == 1
    assert run(tmp_path, "demo", "--if-empty").code == 0
    assert ask(tmp_path / "hallway.sqlite3", "SELECT count(*) FROM person") == [(1,)]
    assert ask(tmp_path / "hallway.sqlite3", "SELECT count(*) FROM setting") == [(0,)]


def test_anybody_tells_an_empty_house(sqlite_app: Flask) -> None:
    with sqlite_app.app_context():
        assert not unit_of_work(anybody)
