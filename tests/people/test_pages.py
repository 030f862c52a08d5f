"""Profiles, what one says about oneself, away, and photos, through their pages."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from portal.core import clock
from portal.core.db import db
from portal.people import services
from portal.people.models import OPTIONAL, Person
from portal.people.photos import MAX_BYTES
from tests.client import Client
from tests.makers import Make

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "[x](javascript:alert(1)) **b**",
    "&lt;b&gt;",
)


def me(make: Make, person_id: int) -> Person:
    return make.read(lambda: db.session.get_one(Person, person_id))


@pytest.fixture
def priya(client: Client, make: Make) -> int:
    """Signed in, among others."""
    make.noise()
    person_id = make.member("Priya Raman", email="priya@example.org", place="Utrecht", department="Data")
    client.sign_in("priya@example.org")
    return person_id


@pytest.fixture
def sqlite_priya(sqlite_client: Client, sqlite_make: Make) -> int:
    sqlite_make.noise()
    person_id = sqlite_make.member("Priya Raman", email="priya@example.org", place="Utrecht")
    sqlite_client.sign_in("priya@example.org")
    return person_id


# ---- profiles ----------------------------------------------------------------------------------------------


def test_a_whole_profile(client: Client, make: Make) -> None:
    make.noise()
    priya = make.member(
        "Priya Raman", title="Data engineer", department="Data", place="Bengaluru", place_time_zone="Asia/Kolkata"
    )
    boss = make.person("Grace Mwangi")
    make.do(lambda: services.set_manager(person_id=priya, manager_id=boss))
    other = client.another().sign_in(make.email(priya))
    sent = other.submit(
        "people.details",
        {
            "say_name": "PREE-yah", "pronouns": "she or they", "place_detail": "3rd floor",
            "languages": "Tamil, English", "working_days": ["mon", "tue", "wed"], "reach_me_by": "Chat before ten",
            "links": "Code example.org/me\nmailto:priya@example.org", "hue": "iris",
        },
        containing="pronouns",
    )  # fmt: skip
    assert sent.status_code == 303
    client.sign_in(make.email(make.member("Bo")))
    page = client.get("people.person", handle="priya-raman")
    assert page.h1 == "Priya Raman"
    assert page.title == "Priya Raman - Hallway"
    there = clock.local("Asia/Kolkata").strftime("%H:%M")
    before = (clock.local("Asia/Kolkata") - timedelta(minutes=1)).strftime("%H:%M")
    assert f"{there} there now" in page.main or f"{before} there now" in page.main
    for words in ("Data engineer", "Bengaluru, 3rd floor", "PREE-yah, she or they", "Works Monday to Wednesday",
                  "Tamil, English", "Chat before ten", "No intro yet", "Reports to", "Grace Mwangi"):  # fmt: skip
        assert words in page.main, words
    links = {a.text_content(): a for a in page.all(".card a[rel]")}
    assert links["Code"].get("href") == "https://example.org/me"
    assert links["priya@example.org"].get("href") == "mailto:priya@example.org"
    assert {a.get("rel") for a in links.values()} == {"noopener noreferrer nofollow"}
    assert page.all(".hero.hue-iris")
    assert "About me" not in page.main, "only on one's own"


def test_my_own_profile_leads_to_changing_it(client: Client, priya: int) -> None:
    page = client.follow(client.raw.get("/p/me"))
    assert page.path == "/p/priya-raman"
    assert "/me/details" in page.links()
    assert "/me/intro" in page.links()


def test_an_old_handle_leads_on(client: Client, make: Make, priya: int) -> None:
    assert client.submit("people.details", {"name": "Priya Nair"}, containing="pronouns").status_code == 303
    answer = client.raw.get("/p/priya-raman")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/p/priya-nair")
    client.get("/p/priya-nair")


@pytest.mark.parametrize(
    "handle",
    ["nobody", "me-1", "%00", "priya%00", "PRIYA", "x" * 3000, "%ED%A0%80", "9" * 30, "..%2f", "%F0%9F%8E%89"],
)
def test_nobody_there(client: Client, priya: int, handle: str) -> None:
    client.get(f"/p/{handle}", status=404)


def test_a_leaver_and_somebody_unknown_look_the_same(client: Client, make: Make, priya: int) -> None:
    gone = make.member("Gone Person")
    make.do(lambda: services.mark_left(person_id=gone, actor_id=None))
    left, never = client.get("/p/gone-person", status=404), client.get("/p/never-was", status=404)
    assert left.main == never.main


def test_tags_of_a_guest_and_of_one_who_starts_later(client: Client, make: Make, priya: int) -> None:
    make.guest("Imogen Ash")
    make.person("Soon Here", starts_on=clock.today() + timedelta(days=20))
    make.person("New Here", starts_on=clock.today() - timedelta(days=2))
    assert "Guest until 1 January 2999" in client.get("/p/imogen-ash").main
    assert "Starts " in client.get("/p/soon-here").main
    assert "New here" in client.get("/p/new-here").main


# ---- about me ----------------------------------------------------------------------------------------------


def test_the_form_shows_what_was_saved(client: Client, priya: int) -> None:
    said = {
        "preferred_name": "Pri", "pronouns": "she", "say_name": "PREE", "place_detail": "3rd floor",
        "time_zone": "Asia/Kolkata", "languages": "Tamil, English", "reach_me_by": "Chat",
        "links": "Code https://example.org/me", "hue": "leaf",
        **{f"shown_{field}": "teams" for field in OPTIONAL},
    }  # fmt: skip
    page = client.follow(client.submit("people.details", said, containing="pronouns"))
    assert page.flashes == ["Saved."]
    fields = page.fields(containing="pronouns")
    assert {name: fields[name].strip() for name in said} == said
    assert fields["name"] == "Priya Raman"


def test_a_colour_that_was_not_chosen_is_not_kept(client: Client, make: Make, priya: int) -> None:
    client.submit("people.details", {"pronouns": "she"}, containing="pronouns")
    assert me(make, priya).hue is None


def test_words_over_the_limit_come_back_whole(client: Client, make: Make, priya: int) -> None:
    long = "ä" * 3000
    fields = ("name", "preferred_name", "pronouns", "say_name", "place_detail", "languages", "reach_me_by", "links")
    page = client.read(client.submit("people.details", dict.fromkeys(fields, long), containing="pronouns"), 422)
    back = page.fields(containing="pronouns")
    assert {name: back[name].strip() for name in fields} == dict.fromkeys(fields, long)
    assert "2880 characters over" in page.errors
    assert page.title.startswith("Error:")
    assert len(page.errors) == len(fields)
    assert me(make, priya).name == "Priya Raman"


def test_exactly_the_limit_is_kept(client: Client, make: Make, priya: int) -> None:
    assert (
        client.submit("people.details", {"name": "ä" * 120, "pronouns": "ö" * 40}, containing="pronouns").status_code
        == 303
    )
    assert (me(make, priya).name, me(make, priya).pronouns) == ("ä" * 120, "ö" * 40)


@pytest.mark.parametrize(
    "field", ["name", "preferred_name", "pronouns", "say_name", "place_detail", "languages", "reach_me_by", "links"]
)
def test_nul_is_taken_out_and_said(client: Client, make: Make, priya: int, field: str) -> None:
    page = client.read(client.submit("people.details", {field: "be\x00fore"}, containing="pronouns"), 422)
    assert page.fields(containing="pronouns")[field].strip() == "before"
    assert any("cannot be kept" in words for words in page.errors)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": ""}, "Say your name; one word is enough"),
        ({"name": " \n "}, "Say your name; one word is enough"),
        ({"time_zone": "Mars/Olympus"}, "Pick one from the list"),
        ({"hue": "mauve"}, "Pick one from the list"),
        ({"shown_place": "managers"}, "Pick one from the list"),
        ({"working_days": ["someday"]}, "Pick one from the list"),
        ({"links": "https://["}, "A link starts with https://"),
        ({"links": "Code javascript://x"}, "A link starts with https://"),
        ({"links": "\n".join(f"https://{n}.example" for n in range(6))}, "At most 5 links"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    sqlite_client: Client, sqlite_priya: int, said: dict[str, Any], words: str
) -> None:
    page = sqlite_client.read(
        sqlite_client.submit("people.details", {"pronouns": "kept", **said}, containing="pronouns"), 422
    )
    assert page.errors == [words]
    assert page.fields(containing="pronouns")["pronouns"] == "kept"


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks_in_every_field_are_text(
    sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, attack: str
) -> None:
    client = sqlite_client
    names = ("name", "preferred_name", "place_detail", "reach_me_by", "languages", "pronouns", "say_name")
    sent = client.submit(
        "people.details",
        dict.fromkeys(names, attack) | {"links": f"{attack} example.org/{attack.replace(' ', '')}"},
        containing="pronouns",
    )
    page = client.follow(sent)
    assert page.fields(containing="pronouns")["name"] == attack
    page = client.get("people.person", handle=sqlite_make.handle(sqlite_priya))
    assert page.h1 == " ".join(attack.split())
    for shown in ("main script", "main img[onerror]", "main [onmouseover]", "main h1 b", "main em", "main strong"):
        assert not page.all(shown), shown
    assert not [h for h in page.links() if h.strip().lower().startswith(("javascript", "data"))]
    assert page.main.count(" ".join(attack.split())) >= 5
    for endpoint in ("home.home", "home.me", "people.directory", "people.away"):
        assert not client.get(endpoint).all("main script, main img[onerror], main [onmouseover]")


def test_two_tabs(client: Client, make: Make, priya: int) -> None:
    first, second = client.get("people.details"), client.get("people.details")
    assert first.submit({"pronouns": "she"}, containing="pronouns").status_code == 303
    page = client.read(second.submit({"pronouns": "they"}, containing="pronouns"), 422)
    assert "another tab" in page.errors[0]
    assert page.fields(containing="pronouns")["pronouns"] == "they", "nothing typed is lost"
    assert me(make, priya).pronouns == "she"
    assert page.submit(containing="pronouns").status_code == 303
    assert me(make, priya).pronouns == "they"


def test_the_same_form_twice_is_done_once(client: Client, make: Make, priya: int) -> None:
    page = client.get("people.details")
    for _ in range(2):
        again = client.follow(page.submit({"pronouns": "she"}, containing="pronouns"))
        assert again.flashes == ["Saved."]
    assert me(make, priya).version == 1


@pytest.mark.parametrize("version", ["", "-1", "9" * 30, "x", "٣"])
def test_a_damaged_version_saves_nothing(
    sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, version: str
) -> None:
    page = sqlite_client.read(
        sqlite_client.submit("people.details", {"version": version, "pronouns": "she"}, containing="pronouns"), 422
    )
    assert "another tab" in page.errors[0]
    assert me(sqlite_make, sqlite_priya).pronouns is None


def test_locked_fields_say_where_they_come_from(client: Client, make: Make) -> None:
    make.staff_list("id,name,email,department\n1,Priya Raman,priya@example.org,Data\n")
    make.account(make.read(lambda: db.session.scalars(sa.select(Person.id)).one()))
    client.sign_in("priya@example.org")
    page = client.get("people.details")
    assert "From the staff list" in page.main
    assert [f.get("type") for f in page.all("[name=name]")] == ["hidden"]
    refused = client.read(page.submit({"name": "Somebody Else", "pronouns": "she"}, containing="pronouns"), 422)
    assert "Your name comes from the staff list" in refused.errors[0]
    assert client.submit("people.details", {"pronouns": "she"}, containing="pronouns").status_code == 303


# ---- away --------------------------------------------------------------------------------------------------


def day(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def test_away_and_back(client: Client, make: Make, priya: int) -> None:
    make.person("Bo Lindgren")
    page = client.follow(client.submit("people.away", {"until": day(5), "stand_in": "lindgren"}, containing="until"))
    assert page.fields(containing="until")["stand_in"] == "Bo Lindgren"
    profile = client.get("/p/priya-raman")
    assert "Away until" in profile.main
    assert "Meanwhile ask Bo Lindgren" in profile.main
    assert "/p/bo-lindgren" in profile.links()
    assert client.get("people.away").submit({"back": "1"}, containing="until").status_code == 303
    assert "Away until" not in client.get("/p/priya-raman").main


def test_an_unclear_name_comes_back_as_a_choice(client: Client, make: Make, priya: int) -> None:
    make.person("Ada Okoye", department="Data")
    second = make.person("Ada Obi")
    page = client.read(client.submit("people.away", {"until": day(5), "stand_in": "ada"}, containing="until"), 422)
    assert page.errors == ["Who do you mean? Pick one, or leave it empty."]
    assert [r.get("value") for r in page.all("[name=stand_in_handle]")] == ["ada-obi", "ada-okoye"]
    assert "Ada Okoye, Data" in page.main
    fields = page.fields(containing="until")
    assert (fields["until"], fields["stand_in"]) == (day(5), "ada"), "nothing typed is lost"
    assert page.submit({"stand_in_handle": "ada-obi"}, containing="until").status_code == 303
    assert me(make, priya).stand_in_id == second


def test_a_whole_name_is_clear_where_others_begin_like_it(client: Client, make: Make, priya: int) -> None:
    ada = make.person("Ada")
    make.person("Ada Okoye")
    assert client.submit("people.away", {"until": day(5), "stand_in": "ADA"}, containing="until").status_code == 303
    assert me(make, priya).stand_in_id == ada


def test_back_is_never_held_up_by_an_unclear_name(client: Client, make: Make, priya: int) -> None:
    make.person("Ada Okoye")
    twin = make.person("Ada Okoye")
    viewer = make.viewer(priya)
    until = clock.today() + timedelta(days=3)
    make.do(lambda: services.set_away(viewer=viewer, until=until, stand_in_id=twin))
    assert client.get("people.away").submit({"back": "1"}, containing="until").status_code == 303
    assert me(make, priya).away_until is None


@pytest.mark.parametrize("typed", ["Nobody At All", "Priya Raman", "Gone Person", "%", "\u202e"])
def test_a_name_that_is_nobodys_is_said(client: Client, make: Make, priya: int, typed: str) -> None:
    gone = make.person("Gone Person")
    make.do(lambda: services.mark_left(person_id=gone, actor_id=None))
    page = client.read(client.submit("people.away", {"until": day(5), "stand_in": typed}, containing="until"), 422)
    assert page.errors == ["Nobody with that name"]
    assert page.fields(containing="until")["stand_in"] == typed
    assert me(make, priya).away_until is None


@pytest.mark.parametrize("handle", ["nobody", "\x00", "9" * 30, "gone-person"])
def test_a_picked_person_who_is_gone_meanwhile(client: Client, make: Make, priya: int, handle: str) -> None:
    gone = make.person("Gone Person")
    make.do(lambda: services.mark_left(person_id=gone, actor_id=None))
    sent = {"until": day(5), "stand_in": "gone", "stand_in_handle": handle}
    page = client.read(client.submit("people.away", sent, containing="until"), 422)
    assert page.errors == ["Nobody with that name"]
    assert me(make, priya).away_until is None


def test_nobody_stands_in_for_themselves(client: Client, make: Make, priya: int) -> None:
    sent = {"until": day(5), "stand_in": "x", "stand_in_handle": "priya-raman"}
    page = client.read(client.submit("people.away", sent, containing="until"), 422)
    assert page.errors == ["You cannot stand in for yourself"]


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("", "Pick the last day you are away"),
        ("2001-01-01", "This day has passed"),
        ("9999-12-31", "Pick a day within a year"),
        ("2026-02-30", "Pick a day, or write it like 2030-12-31"),
        ("soon", "Pick a day, or write it like 2030-12-31"),
        ("\x00", "Pick a day, or write it like 2030-12-31"),
    ],
)
def test_days_that_cannot_be(client: Client, make: Make, priya: int, until: str, said: str) -> None:
    make.person("Bo Lindgren")
    page = client.read(
        client.submit("people.away", {"until": until, "stand_in": "Bo Lindgren"}, containing="until"), 422
    )
    assert page.errors == [said]
    assert page.fields(containing="until")["stand_in"] == "Bo Lindgren"


@pytest.mark.parametrize("typed", ["\x00", "Bo\x00", "x" * 3000])
def test_odd_names_of_a_stand_in(client: Client, make: Make, priya: int, typed: str) -> None:
    client.read(client.submit("people.away", {"until": day(5), "stand_in": typed}, containing="until"), 422)
    assert me(make, priya).away_until is None


# ---- photos ------------------------------------------------------------------------------------------------


def picture(size: tuple[int, int] = (300, 400), colour: str = "red", kind: str = "JPEG", **more: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **more)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of 30,000 by 30,000 pixels in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


def upload(client: Client, data: bytes, name: str = "me.jpg", **more: str) -> Any:
    page = client.get("infomercials.photo")
    return page.submit(
        {"photo": (io.BytesIO(data), name), "send": "1", **more},
        containing="photo",
        content_type="multipart/form-data",
    )


def stored(app: Flask) -> list[str]:
    folder = Path(app.config["HALLWAY"].instance_path) / "files"
    return sorted(p.name for p in folder.rglob("*") if p.is_file())


def test_a_photo_is_shown_to_signed_in_people_alone(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, sqlite_priya: int
) -> None:
    client, make = sqlite_client, sqlite_make
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    assert upload(client, picture(exif=exif, comment=b"SecretComment")).status_code == 303
    kept = me(make, sqlite_priya)
    assert stored(sqlite_app) == sorted([kept.portrait, kept.square])
    answer = client.raw.get(f"/photos/{kept.portrait}")
    assert answer.mimetype == "image/webp"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"Secret" not in answer.data
    with Image.open(io.BytesIO(answer.data)) as shown:
        assert shown.format == "WEBP"
        assert shown.width * 5 == shown.height * 4
        assert not shown.getexif()
    nobody = client.another().raw.get(f"/photos/{kept.portrait}")
    assert nobody.status_code == 303
    assert "/sign-in" in nobody.headers["Location"]
    assert b"RIFF" not in nobody.data
    page = client.get("/p/priya-raman")
    assert f"/photos/{kept.portrait}" in [i.get("src") for i in page.all("img")]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "me.jpg", "Choose a photo first"),
        (b"%PDF-1.7\n1 0 obj\n" * 50, "me.jpg", "not a photo we can read"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "me.svg", "not a photo we can read"),
        (b"GIF89a" + bytes(100), "me.png", "not a photo we can read"),
        (bomb(), "me.png", "more pixels than we can work on"),
        (picture((1200, 1600))[:4000], "me.jpg", "damaged or not complete"),
        (picture((100, 100)), "me.jpg", "too small"),
        (picture() + bytes(MAX_BYTES), "me.jpg", "larger than 15 MB"),
    ],
    ids=["none", "pdf", "svg", "gif", "bomb", "truncated", "small", "large"],
)
def test_what_is_no_photo_is_refused_in_words(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, data: bytes, name: str, said: str
) -> None:
    page = sqlite_client.read(upload(sqlite_client, data, name), 422)
    assert len(page.errors) == 1
    assert said in page.errors[0]
    assert stored(sqlite_app) == []
    assert me(sqlite_make, sqlite_priya).portrait is None


def test_a_body_far_over_the_limit_is_refused(sqlite_client: Client, sqlite_priya: int) -> None:
    answer = upload(sqlite_client, bytes(25 * 1024 * 1024))
    assert answer.status_code == 413
    assert "too large to send" in answer.get_data(as_text=True)


@pytest.mark.parametrize("field", ["across", "down", "close"])
def test_a_cut_that_is_not_offered(sqlite_client: Client, sqlite_make: Make, sqlite_priya: int, field: str) -> None:
    sqlite_client.read(upload(sqlite_client, picture(), **{field: "sideways"}), 422)
    assert me(sqlite_make, sqlite_priya).portrait is None


def test_a_new_photo_drops_the_old_files(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, sqlite_priya: int
) -> None:
    upload(sqlite_client, picture(colour="red"))
    red = stored(sqlite_app)
    upload(sqlite_client, picture(colour="blue"))
    blue = stored(sqlite_app)
    assert len(red) == len(blue) == 2
    assert not set(red) & set(blue)
    assert sqlite_client.raw.get(f"/photos/{red[0]}").status_code == 404
    assert sqlite_client.submit("infomercials.photo", {"initials": "1"}, containing="photo").status_code == 303
    assert stored(sqlite_app) == []


def test_files_that_another_person_shows_are_kept(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, sqlite_priya: int
) -> None:
    other = sqlite_make.member("Bo", email="bo@example.org")
    theirs = sqlite_client.another().sign_in("bo@example.org")
    upload(sqlite_client, picture())
    upload(theirs, picture())
    assert len(stored(sqlite_app)) == 2
    sqlite_client.submit("infomercials.photo", {"initials": "1"}, containing="photo")
    assert stored(sqlite_app) == sorted([me(sqlite_make, other).portrait, me(sqlite_make, other).square])
    theirs.submit("infomercials.photo", {"initials": "1"}, containing="photo")
    assert stored(sqlite_app) == []


@pytest.mark.parametrize("name", ["x", "..%2f..%2fsecret_key", "%00.webp", "0" * 64 + ".webp", "0" * 64, "a" * 3000])
def test_photos_that_are_not_there(sqlite_client: Client, sqlite_priya: int, name: str) -> None:
    assert sqlite_client.raw.get(f"/photos/{name}").status_code == 404


def test_the_cut_is_obeyed(sqlite_client: Client, sqlite_make: Make, sqlite_priya: int) -> None:
    wide = Image.new("RGB", (1000, 500), "red")
    wide.paste("blue", (500, 0, 1000, 500))
    file = io.BytesIO()
    wide.save(file, "PNG")
    seen = {}
    for across in ("left", "right"):
        assert upload(sqlite_client, file.getvalue(), across=across).status_code == 303
        answer = sqlite_client.raw.get(f"/photos/{me(sqlite_make, sqlite_priya).portrait}")
        with Image.open(io.BytesIO(answer.data)) as shown:
            red, _green, blue = shown.convert("RGB").getpixel((200, 250))  # type: ignore[misc]
        seen[across] = "red" if red > blue else "blue"
    assert seen == {"left": "red", "right": "blue"}
