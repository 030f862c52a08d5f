"""My data: the file to take along, and the wish to be erased."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.outbox import OwedMail
from portal.people.models import Erasure
from tests.client import Client
from tests.makers import Make

pytestmark = pytest.mark.both_databases


def test_my_data_is_a_file_for_me_alone(client: Client, make: Make) -> None:
    make.noise()
    gita = make.intro(make.member("Gita Rao", email="gita@example.org"))
    make.member("Mo Mate", email="mo@example.org")
    assert client.raw.get("/me/export").status_code == 303
    client.sign_in("gita@example.org")
    answer = client.raw.get("/me/export")
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="hallway-gita-rao-')
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as file:
        words = "".join(file.read(name).decode() for name in file.namelist())
        person = json.loads(file.read("data/person.json"))
        intro = json.loads(file.read("data/infomercial.json"))
    assert "mo@example.org" not in words and "Noise" not in words
    assert person[0]["what"] == "Your name, and where you stand in the organization"
    assert intro[0]["rows"][0]["headline"] == "Keeps the queues short."
    assert make.handle(gita) in words
    assert client.url("home.my_export") in client.get("home.me").links()


def test_asking_to_be_erased_and_staying_after_all(client: Client, make: Make) -> None:
    gita = make.guest("Gita Rao", email="gita@example.org")

    def sent() -> None:
        for kind, to in (("invitation", gita), ("from_before", gita), ("nudge", gita + 999)):
            db.session.add(
                OwedMail(kind=kind, subject_id=to, occasion=1, due_at=clock.now(), sent_at=clock.now(), person_id=to)
            )

    make.do(sent)
    client.sign_in("gita@example.org")
    page = client.get("home.erase")
    assert "An invitation" in page.main and "from_before" in page.main
    assert len(page.all("section[aria-labelledby=sent-h] li")) == 2
    asked = client.follow(page.submit({"do": "ask"}, action="/me/erase"))
    assert "You asked for it on" in asked.main
    client.follow(page.submit({"do": "ask"}, action="/me/erase"))
    assert len(make.read(lambda: db.session.scalars(sa.select(Erasure.id)).all())) == 1
    stays = client.follow(asked.submit({"do": "back"}, action="/me/erase"))
    assert "Ask to be erased" in stays.main
    client.follow(asked.submit({"do": "back"}, action="/me/erase"))
    assert make.read(lambda: db.session.scalars(sa.select(Erasure.id)).all()) == []


def test_nothing_was_sent_is_said(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member("Gita Rao")))
    assert "Nothing." in client.get("home.erase").main
