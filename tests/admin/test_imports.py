"""Importing people by the page: send in, say what the columns hold, look, import, and what comes after."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import clock
from portal.core.db import db
from portal.people import duties, importing, services
from portal.people.models import Person, StaffImport
from portal.people.staff_list import FIELDS
from tests.client import Client, Page
from tests.makers import Make

LIST = "id,name,email,department\n1,Ada Okoye,ada@example.org,Boats\n2,Bo Lindgren,bo@example.org,Sails\n"


@pytest.fixture
def admin(client: Client, make: Make) -> int:
    person_id = make.member("Amara Nwosu", role="admin")
    client.sign_in(make.email(person_id))
    return person_id


def send(client: Client, text: str | bytes, name: str = "staff.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    page = client.get("admin.imports")
    return page.submit({"list": (io.BytesIO(data), name)}, containing="once", content_type="multipart/form-data")


def columns(client: Client, text: str | bytes = LIST) -> Page:
    """What the columns hold, as guessed."""
    return client.follow(send(client, text))


def check(client: Client, text: str = LIST, **said: str) -> Page:
    """What would happen."""
    return client.follow(columns(client, text).submit(said, containing="column-0"))


def run(client: Client, make: Make, text: str = LIST, **said: str) -> Page:
    """What came of it, once the worker was there."""
    waits = client.follow(check(client, text, **said).submit(containing="lines"))
    assert "Waits for the worker" in waits.main
    while make.read(duties.import_staff_lists):
        pass
    return client.get(waits.path)


def people(make: Make) -> int:
    return make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Person)) or 0)


def test_from_the_file_to_people_in_the_directory(client: Client, make: Make, admin: int) -> None:
    page = columns(client)
    assert page.h1 == "What the columns hold"
    assert [page.fields(containing="column-0")[f"column-{n}"] for n in range(4)] == [
        "id",
        "name",
        "email",
        "department",
    ]
    assert "Ada Okoye" in page.main and "Bo Lindgren" in page.main
    page = client.follow(page.submit(containing="column-0"))
    assert page.h1 == "What would happen"
    assert "2 would be added, 0 changed, 0 stay as they are." in page.main
    assert people(make) == 1
    page = client.follow(page.submit(containing="lines"))
    assert "0 of 2 lines" in page.main and "No worker is there" in page.main
    assert page.all("[hx-trigger]")
    make.read(duties.import_staff_lists)
    page = client.get(page.path)
    assert "2 added, 0 changed, 0 as before" in page.main and not page.all("[hx-trigger]")
    assert "Ada Okoye" in page.main
    assert "Ada Okoye" in client.get("/people?q=okoye").main
    assert "2 added, 0 changed, 0 as before" in client.get("admin.imports").main
    assert "2 to add" not in page.main


def test_the_same_list_again_and_one_with_changes(client: Client, make: Make, admin: int) -> None:
    run(client, make)
    page = check(client, LIST.replace("Ada Okoye", "Ada Obi").replace("Sails", "Boats"))
    assert "0 would be added, 2 changed, 0 stay as they are." in page.main
    assert "name: Ada Okoye Ada Obi" in page.main and "department: Sails Boats" in page.main
    assert "No line does that." in client.get(f"{page.path}?show=same").main
    assert "0 added, 0 changed, 2 as before" in run(client, make).main


def test_columns_are_chosen_by_hand(client: Client, make: Make, admin: int) -> None:
    page = columns(client, "A,B,C\n7,Ada,ada@example.org\n")
    assert set(page.fields(containing="column-0")) >= {"column-0", "column-1", "column-2"}
    wrong = client.read(page.submit(containing="column-0"), 422)
    assert "no column holds the name" in wrong.errors[0]
    wrong = client.read(wrong.submit({"column-0": "name", "column-1": "name"}, containing="column-0"), 422)
    assert wrong.errors == ["Two columns say the same. Choose one of them."]
    assert wrong.fields(containing="column-0")["column-1"] == "name", "what was chosen stays"
    said = {"column-0": "id", "column-1": "name", "column-2": "email"}
    page = client.follow(wrong.submit(said, containing="column-0"))
    assert "1 would be added" in page.main
    assert len(FIELDS) + 1 == len(columns(client).all("#column-0 option"))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "This file is empty"),
        ("id,name\n1,Jürgen\n".encode("latin-1"), "line 2: not UTF-8"),
        ("id,name\n".encode("utf-16"), "line 1: the file is UTF-16"),
        (b"\n\n", "line 1: the file is empty"),
        (b"PK\x03\x04", "a spreadsheet, not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_not_kept(
    client: Client, make: Make, admin: int, data: bytes, said: str
) -> None:
    page = client.read(send(client, data), 422)
    assert said in page.errors[0]
    assert make.read(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(StaffImport))) == 0


def test_no_file_and_one_that_is_too_large(client: Client, admin: int, monkeypatch: pytest.MonkeyPatch) -> None:
    page = client.get("admin.imports")
    assert client.read(page.submit(containing="once"), 422).errors == ["Pick the file of your list"]
    monkeypatch.setattr("portal.admin.imports.MAX_BYTES", 10)
    assert "Pack it as .gz" in client.read(send(client, LIST), 422).errors[0]


def test_what_is_wrong_stands_there_with_line_and_column(client: Client, make: Make, admin: int) -> None:
    page = check(client, LIST + "3,Chi,wrong,\n1,Di,di@example.org,\n")
    assert page.h1 == "This list cannot be imported yet"
    assert [said.split(":")[0] for said in page.errors] == ["line 4, column email", "line 5, column id"]
    assert not page.all("[name=lines]")
    make.person("Own Er", email="ada@example.org", external_id="77")
    assert page.title.startswith("This list")
    assert "line 2, column email: belongs to Own Er here already" in check(client).errors[0]


def test_a_header_alone(client: Client, make: Make, admin: int) -> None:
    assert "a header alone" in check(client, "id,name\n").main


def test_names_that_are_an_attack_are_shown_as_text(client: Client, make: Make, admin: int) -> None:
    page = run(client, make, "id,name\n1,<script>alert(1)</script>\n")
    assert "<script>alert(1)" not in page.html and "<script>alert(1)</script>" in page.main


def test_many_lines_by_pages_and_by_what_happens(client: Client, make: Make, admin: int) -> None:
    text = "id,name,end date\n" + "".join(f"{n},Ada {n},\n" for n in range(120)) + "gone,Old One,2001-01-01\n"
    page = check(client, text)
    assert "Page 1 of 3" in page.main and "the end date has passed; nobody is added" in page.main
    assert "Old One" in page.all("tbody tr")[0].text_content(), "what somebody should look at comes first"
    last = client.get(f"{page.path}?page=99")
    assert "Page 3 of 3" in last.main
    assert len(client.get(f"{page.path}?show=pass").all("tbody tr")) == 1
    assert len(client.get(f"{page.path}?page=wrong&show=nonsense").all("tbody tr")) == 50


def test_a_full_list_asks_who_has_left(client: Client, make: Make, admin: int) -> None:
    run(client, make)
    shorter = LIST.splitlines()[0] + "\n3,Chi Obi,chi@example.org,\n"
    page = check(client, shorter, is_full="y")
    assert "2 people of earlier lists do not stand in it" in page.main
    page = run(client, make, shorter, is_full="y")
    assert "Ada Okoye" in page.main and "Bo Lindgren" in page.main
    ada, bo = (box.get("value") for box in page.all("[name=person]"))
    nobody = client.follow(page.submit(containing="person"))
    assert nobody.flashes == ["Nobody was ticked."]
    page = client.follow(page.submit({"person": [ada, "999999", "x"]}, containing="person"))
    assert page.flashes == ["1 person has left."]
    assert [box.get("value") for box in page.all("[name=person]")] == [bo]
    page = client.follow(page.submit({"all": "1"}, containing="person"))
    assert not page.all("[name=person]")
    assert "Ada" not in client.get("/people?q=okoye").all("#results")[0].text_content()
    page = run(client, make)
    assert "are they back?" in page.main
    page = client.follow(page.submit({"all": "1"}, containing="person"))
    assert page.flashes == ["2 people are here again."]


def test_only_those_of_the_list_leave_by_its_page(client: Client, make: Make, admin: int) -> None:
    run(client, make)
    bystander = make.person("By Stander")
    page = run(client, make, LIST.splitlines()[0] + "\n1,Ada Okoye,ada@example.org,Boats\n", is_full="y")
    client.follow(page.submit({"person": [str(bystander)]}, containing="person"))
    assert make.read(lambda: db.session.get_one(Person, bystander).left_at) is None


def test_a_draft_waits_for_whoever_closed_the_page_and_can_be_dropped(client: Client, make: Make, admin: int) -> None:
    draft = check(client).path.removesuffix("/check")
    listed = client.get("admin.imports")
    assert draft in listed.links() and "Not imported yet" in listed.main
    page = client.get(draft)
    page = client.follow(page.submit(action=f"{draft}/drop"))
    assert page.flashes == ["Dropped. The file is gone."] and draft not in page.links()
    assert "was dropped" in client.get(draft).main


def test_what_waits_can_be_held_and_pressing_twice_does_no_harm(client: Client, make: Make, admin: int) -> None:
    page = check(client)
    waits = client.follow(page.submit(containing="lines"))
    assert client.follow(page.submit(containing="lines")).path == waits.path
    page = client.follow(waits.submit({"again": "1"}, containing="again"))
    assert page.h1 == "What the columns hold"
    assert not make.read(duties.import_staff_lists)


def test_refused_at_the_last_moment(client: Client, make: Make, admin: int) -> None:
    waits = client.follow(check(client).submit(containing="lines"))
    make.person("Own Er", email="bo@example.org", external_id="77")
    make.read(duties.import_staff_lists)
    page = client.get(waits.path)
    assert "line 3, column email: belongs to Own Er here already" in page.errors[0]
    assert "Nothing of it was written." in page.main
    page = client.follow(page.submit({"again": "1"}, containing="again"))
    assert page.h1 == "What the columns hold"


def test_progress_as_a_fragment(client: Client, make: Make, admin: int) -> None:
    waits = client.follow(check(client).submit(containing="lines"))
    run_ = make.do(importing.take_next)
    assert run_ is not None
    answer = client.raw.get(waits.path, headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert text.strip().startswith("<div") and "<html" not in text and "every 2s" in text
    assert "Is being imported" in client.get(waits.path).main


def test_the_export_can_be_sent_in_again(client: Client, make: Make, admin: int) -> None:
    run(client, make, "id,name,email\n1,=SUM(1),ada@example.org\n")
    answer = client.raw.get(client.url("admin.export_people"))
    assert answer.mimetype == "text/csv" and answer.headers["Cache-Control"] == "no-store"
    text = answer.get_data(as_text=True)
    assert "1,'=SUM(1),," in text
    page = check(client, text)
    assert "0 would be added" in page.main
    client.follow(page.submit(containing="lines"))
    make.read(duties.import_staff_lists)
    assert make.read(lambda: db.session.scalar(sa.select(Person.name).where(Person.external_id == "1"))) == "=SUM(1)"


def test_for_admins_alone(client: Client, make: Make) -> None:
    client.sign_in(make.email(make.member()))
    for endpoint in ("admin.imports", "admin.export_people"):
        client.get(endpoint, status=404)


def test_five_hundred_lines_are_looked_at_in_few_statements(
    app: Flask, client: Client, make: Make, admin: int
) -> None:
    """The dry run's time is in the bench; here it is that its queries do not grow with the lines."""
    said: list[str] = []
    with app.app_context():
        engine = db.engine

    def listen(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    counts = []
    for lines in (10, 500):
        draft = check(client, "id,name\n" + "".join(f"{n},Ada {n}\n" for n in range(lines)))
        sa.event.listen(engine, "before_cursor_execute", listen)
        said.clear()
        client.get(draft.path)
        counts.append(len(said))
        sa.event.remove(engine, "before_cursor_execute", listen)
    assert counts[0] == counts[1] < 20


def test_a_person_who_has_left_says_so_in_the_dry_run(client: Client, make: Make, admin: int) -> None:
    run(client, make)
    ada = make.read(lambda: db.session.scalars(sa.select(Person.id).where(Person.external_id == "1")).one())
    with clock.pinned(clock.now() + timedelta(hours=1)):
        make.do(lambda: services.mark_left(person_id=ada, actor_id=admin))
    page = check(client)
    assert "has left; the list says they are here" in page.main
    assert "1 person had left and stands in it" in page.main
