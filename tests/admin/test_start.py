"""The first hour: what is done shows by itself; a colour that cannot be read is refused."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from portal.admin import start
from portal.core import brand, clock, settings
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.core.storage import storage
from portal.teams.queries import invite_domains
from tests.client import Client
from tests.makers import Make


@pytest.fixture
def admin(make: Make) -> int:
    return make.member("Amara Nwosu", role="admin")


@pytest.fixture
def inside(client: Client, make: Make, admin: int) -> Client:
    client.sign_in(make.email(admin))
    return client


def send(client: Client, endpoint: str, data: dict[str, Any]) -> Any:
    """Fill in that form of the checklist and send it."""
    return client.get("admin.start").submit(data, action=client.url(endpoint))


def done(app: Flask) -> set[str]:
    with app.test_request_context():
        return {step.key for step in start.steps() if step.done}


def organization(app: Flask) -> brand.Organization:
    with app.test_request_context():
        return brand.organization()


def png(width: int = 400, height: int = 200) -> Any:
    file = io.BytesIO()
    Image.new("RGBA", (width, height), (10, 90, 200, 128)).save(file, "PNG")
    file.seek(0)
    return (file, "logo.png")


def test_nothing_is_done_at_first_and_facts_settle_the_steps(
    app: Flask, inside: Client, make: Make, admin: int
) -> None:
    assert done(app) == set()
    assert "0 of 7 settled" in inside.get("admin.start").main
    send(inside, "admin.organization", {"name": "Lantern", "colour": "", "language": "en"})
    send(inside, "admin.domains", {"domains": "Example.ORG, @lab.example.org"})
    make.project("Lighthouse", admin, make.person("Hana Kim"))
    make.do(lambda: settings.put("backup_test", {"state": "good"}))
    assert done(app) == {"organization", "domains", "people", "team", "backup"}
    with app.app_context():
        assert invite_domains() == ["example.org", "lab.example.org"]


def test_mail_is_done_when_a_test_has_arrived(app: Flask, make: Make) -> None:
    now = clock.now()
    arrived = OwedMail(kind="mail_test", subject_id=1, occasion=1, due_at=now, sent_at=now)
    make.do(lambda: db.session.add(arrived))
    assert "mail" not in done(app), "no mail server is set"


def test_a_step_can_be_left_out_and_taken_up_again(app: Flask, inside: Client) -> None:
    send(inside, "admin.skip", {"step": "domains"})
    assert "1 of 7 settled" in inside.get("admin.start").main
    send(inside, "admin.skip", {"step": "domains"})
    send(inside, "admin.skip", {"step": "made up"})
    assert "0 of 7 settled" in inside.get("admin.start").main


def test_the_name_the_logo_and_the_colour_stand_on_every_page(app: Flask, inside: Client) -> None:
    sent = {"name": "Lantern & Söhne", "colour": "#06c", "language": "de", "logo": png()}
    assert send(inside, "admin.organization", sent).status_code == 303
    kept = organization(app)
    assert (kept.name, kept.colour, kept.language) == ("Lantern & Söhne", "#0066cc", "de")
    page = inside.get("home.home")
    assert page.title.endswith(" - Lantern & Söhne")
    css = inside.raw.get(page.root.xpath("//link[contains(@href, '/brand/')]/@href")[0])
    assert "--primary:light-dark(#0066cc," in css.get_data(as_text=True)
    picture = inside.raw.get(page.all(".brand-logo")[0].get("src"))
    assert picture.mimetype == "image/webp"
    assert Image.open(io.BytesIO(picture.data)).size == (256, 128)


def test_another_logo_takes_the_place_of_the_first_and_can_be_taken_away(app: Flask, inside: Client) -> None:
    said = {"name": "Lantern", "colour": "", "language": "en"}
    send(inside, "admin.organization", {**said, "logo": png()})
    first = organization(app).logo
    send(inside, "admin.organization", {**said, "logo": png(300, 300)})
    second = organization(app).logo
    assert first and second and first != second
    send(inside, "admin.organization", {**said})
    assert organization(app).logo == second, "nothing sent, nothing changed"
    send(inside, "admin.organization", {**said, "no_logo": "y"})
    assert organization(app).logo == ""
    with app.app_context():
        assert storage().get(first) is None and storage().get(second) is None


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"colour": "#fed130"}, "White words cannot be read on #fed130: 1.3 to 1, and it takes 4.5. #"),
        ({"colour": "purple"}, "Write the colour like #3f3adc"),
        ({"name": " "}, "Say what your organization is called"),
        ({"name": "x" * 41}, "1 character over"),
        ({"logo": (io.BytesIO(b"<svg onload=alert(1)>"), "logo.svg")}, "This is not a photo we can read"),
        ({"language": "tlh"}, "Pick one from the list"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_what_was_typed_stays(
    app: Flask, inside: Client, sent: dict[str, Any], words: str
) -> None:
    before = organization(app)
    page = inside.read(
        send(inside, "admin.organization", {"name": "Typed name", "colour": "", "language": "en"} | sent), 422
    )
    assert any(words in line for line in page.errors), page.errors
    if "name" not in sent:
        assert page.all("#name")[0].get("value") == "Typed name"
    assert organization(app) == before


def test_what_is_no_domain_is_refused_and_kept_in_the_field(app: Flask, inside: Client) -> None:
    page = inside.read(send(inside, "admin.domains", {"domains": "example.org\nno domain"}), 422)
    assert "is no domain" in page.errors[0]
    assert "example.org" in page.all("#domains")[0].text_content()
    with app.app_context():
        assert invite_domains() == []


def test_home_reminds_the_admin_alone_until_all_is_settled(make: Make, inside: Client) -> None:
    assert "0 of 7 settled" in inside.get("home.home").main
    member = inside.another().sign_in(make.email(make.member()))
    assert "Set Hallway up" not in member.get("home.home").main
    make.do(
        lambda: settings.put(
            "start_skipped", ["mail", "organization", "domains", "people", "team", "values", "backup"]
        )
    )
    assert "Set Hallway up" not in inside.get("home.home").main
