"""Staff lists beside the people who are here: what is written, what is refused as a whole, and what is nobody's to
write; one list at a time, and whole after a stop."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import aliased

from portal.core import clock, i18n, worker
from portal.core.audit import AuditEntry
from portal.core.db import db, unit_of_work
from portal.core.errors import NotVisible, RuleBroken
from portal.core.storage import storage
from portal.people import duties, importing, merging, queries, services, staff_plan
from portal.people.checks import wrongly_listed
from portal.people.importing import Imported
from portal.people.models import Department, OldHandle, Person, PersonListing, StaffImport
from portal.people.staff_export import staff_list
from portal.people.staff_list import StaffListRefused, read_staff_list
from tests.makers import Make

HEADER = "id,name,email,department\n"
ADA, BO = "1,Ada Okoye,ada@example.org,Data\n", "2,Bo Lindgren,bo@example.org,Design\n"


def bring(make: Make, *lines: str, header: str = HEADER, **more: Any) -> Imported:
    return make.staff_list(header + "".join(lines), **more)


def refused(make: Make, *lines: str, header: str = HEADER) -> list[str]:
    """What is wrong with that list; nothing is written."""
    before = rows(make, Person), rows(make, PersonListing)
    with pytest.raises(StaffListRefused) as found:
        bring(make, *lines, header=header)
    assert (rows(make, Person), rows(make, PersonListing)) == before
    return found.value.lines()


def rows(make: Make, table: Any) -> list[Any]:
    def read() -> list[Any]:
        every = sa.select(*table.__table__.columns)
        return [tuple(map(str, row)) for row in db.session.execute(every.order_by(*table.__table__.primary_key))]

    return make.read(read)


def person(make: Make, email: str = "ada@example.org") -> Person:
    def read() -> Person:
        found = db.session.scalars(sa.select(Person).where(Person.email_key == email)).one()
        db.session.expunge(found)
        return found

    return make.read(read)


def name_of(make: Make, table: Any, one: int | None) -> str:
    return make.read(lambda: db.session.scalar(sa.select(table.name).where(table.id == one)) or "")


# ---- again and again -------------------------------------------------------------------------------------------


def test_the_same_list_again_changes_nothing(make: Make) -> None:
    make.noise()
    assert bring(make, ADA, BO) == Imported(2, 0, 0)
    before = rows(make, Person), rows(make, PersonListing)
    assert bring(make, ADA, BO) == Imported(0, 0, 2)
    assert bring(make, BO, ADA) == Imported(0, 0, 2)
    assert (rows(make, Person), rows(make, PersonListing)) == before


def test_a_list_of_everything_again_changes_nothing(make: Make) -> None:
    header = "id,name,preferred name,email,login,title,department,place,time zone,manager,start date,end date,kind\n"
    lines = (
        "1,Ada Okoye,Adi,ada@example.org,ada,Nurse,Data,Lagos,Africa/Lagos,,2020-01-02,,member\n",
        "2,Bo Lindgren,,,bo.l,,Data,,,1,,2999-12-31,guest\n",
        "3,Chi Obi,,chi@example.org,,,,Porto,,bo.l,,,\n",
    )
    assert bring(make, *lines, header=header) == Imported(3, 0, 0)
    assert bring(make, *lines, header=header) == Imported(0, 0, 3)
    assert make.read(lambda: list(wrongly_listed())) == []
    ada, chi = person(make), person(make, "chi@example.org")
    assert (ada.preferred_name, ada.title, ada.time_zone, ada.starts_on) == (
        "Adi",
        "Nurse",
        "Africa/Lagos",
        date(2020, 1, 2),
    )
    bo = make.read(lambda: db.session.scalars(sa.select(Person).where(Person.login_key == "bo.l")).one())
    assert (bo.manager_id, bo.kind, bo.email, chi.manager_id) == (ada.id, "guest", None, bo.id)


def test_imported_people_are_found_at_once_and_locked(make: Make) -> None:
    viewer = make.viewer(make.noise()[0])
    bring(make, ADA, BO)
    (card,) = make.read(lambda: queries.directory(viewer, q="okoye")).items
    assert (card.name, card.department, card.handle) == ("Ada Okoye", "Data", "ada-okoye")
    assert person(make).locked == ["department", "email", "name"]


def test_a_changed_line_changes_its_person_alone(make: Make) -> None:
    bring(make, ADA, BO)
    before = rows(make, Person)[1]
    assert bring(make, "1,Ada Obi,obi@example.org,Design\n", BO) == Imported(0, 1, 1)
    assert rows(make, Person)[1] == before
    ada = person(make, "obi@example.org")
    assert (ada.name, ada.handle, name_of(make, Department, ada.department_id)) == ("Ada Obi", "ada-obi", "Design")
    viewer = make.viewer(ada.id)
    assert make.read(lambda: queries.handle_today(viewer, "ada-okoye")) == "ada-obi"
    assert make.read(lambda: list(wrongly_listed())) == []
    bring(make, ADA, BO)
    assert person(make).handle == "ada-okoye", "an earlier name gives the earlier handle back"
    assert make.read(lambda: db.session.scalars(sa.select(OldHandle.handle)).all()) == ["ada-obi"]


def test_what_the_list_said_goes_with_its_cell_but_not_with_its_column(make: Make) -> None:
    bring(make, ADA)
    assert bring(make, "1,Ada Okoye,ada@example.org\n", header="id,name,email\n") == Imported(0, 0, 1)
    assert person(make).department_id is not None
    assert bring(make, "1,Ada Okoye,,\n") == Imported(0, 1, 0)
    ada = person(make)
    assert (ada.department_id, ada.email) == (None, "ada@example.org"), "an empty cell takes no address away"


def test_what_people_say_about_themselves_is_theirs(make: Make) -> None:
    header = "id,name,email,preferred name,time zone\n"
    bring(make, "1,Ada Okoye,ada@example.org,,\n", header=header)
    ada = person(make).id
    viewer = make.viewer(ada)

    def say(preferred: str, zone: str) -> None:
        said = services.Details("Ada Okoye", preferred, None, None, None, zone, (), (), (), None, None, {})
        services.change_details(viewer=viewer, details=said)

    make.do(lambda: say("Adi", "Asia/Tokyo"))
    assert bring(make, "1,Ada Okoye,ada@example.org,Mrs O,Africa/Lagos\n", header=header) == Imported(0, 0, 1)
    assert (person(make).preferred_name, person(make).time_zone) == ("Adi", "Asia/Tokyo")
    bring(make, "2,Bo,bo@example.org,B,Africa/Lagos\n", header=header)
    assert bring(make, "2,Bo,bo@example.org,Bobo,Africa/Lagos\n", header=header).changed == 1
    assert person(make, "bo@example.org").preferred_name == "Bobo", "the list filled it, so the list keeps it"
    viewer = make.viewer(person(make, "bo@example.org").id)
    said = services.Details("Bo", "Mine", None, None, None, "Africa/Lagos", (), (), (), None, None, {})
    make.do(lambda: services.change_details(viewer=viewer, details=said))
    assert bring(make, "2,Bo,bo@example.org,Bobo,Africa/Lagos\n", header=header) == Imported(0, 0, 1)
    assert person(make, "bo@example.org").preferred_name == "Mine"


# ---- who is meant ----------------------------------------------------------------------------------------------


def test_who_is_here_already_is_taken_over_by_address(make: Make) -> None:
    me = make.person("ada", email="ADA@example.org")
    assert bring(make, ADA) == Imported(0, 1, 0)
    kept = person(make)
    assert (kept.id, kept.external_id, kept.name, kept.email) == (me, "1", "Ada Okoye", "ada@example.org")
    assert bring(make, ADA) == Imported(0, 0, 1)


def test_a_list_without_ids_knows_people_by_address_and_login(make: Make) -> None:
    header = "name,email,login\n"
    bring(make, "Ada,ada@example.org,\n", "Bo,,bo.l\n", header=header)
    assert bring(make, "Ada Obi,ADA@example.org,\n", "Bo L,,BO.L\n", header=header) == Imported(0, 2, 0)


def test_an_address_that_was_refused_is_another_one_when_it_changes(make: Make) -> None:
    bring(make, ADA)
    one = person(make).id
    make.do(lambda: services.mark_address(person_id=one, takes_mail=False))
    bring(make, "1,Ada,ADA@example.org,Data\n")
    assert person(make).email_refused_at is not None
    bring(make, "1,Ada,new@example.org,Data\n")
    assert person(make, "new@example.org").email_refused_at is None


def test_the_address_of_another_is_a_contradiction(make: Make) -> None:
    bring(make, ADA, BO)
    make.person("Chi", email="chi@example.org")
    for line in ("3,Thief,ada@example.org,\n", "2,Bo,ADA@example.org,\n", "1,Ada,chi@example.org,\n"):
        (said,) = refused(make, "9,Di,di@example.org,New\n", line)
        assert said.startswith("line 3, column email: belongs to ")
    assert make.read(lambda: db.session.scalar(sa.select(Department.id).where(Department.key == "new"))) is None


def test_a_login_may_not_be_somebodys_address_nor_the_other_way_round(make: Make) -> None:
    bring(make, ADA)
    assert refused(make, "7,X,ada@example.org\n", header="id,name,login\n")
    bring(make, "8,Bo,bo@elsewhere\n", header="id,name,login\n")
    assert refused(make, "9,Chi,bo@elsewhere,\n")


def test_two_people_change_addresses_and_one_takes_one_that_was_given_up(make: Make) -> None:
    bring(make, ADA, BO)
    swapped = bring(make, "1,Ada Okoye,bo@example.org,Data\n", "2,Bo Lindgren,ada@example.org,Design\n")
    assert swapped == Imported(0, 2, 0)
    assert person(make).name == "Bo Lindgren"
    given = bring(make, "3,New,ada@example.org,\n", "2,Bo Lindgren,lindgren@example.org,Design\n")
    assert given == Imported(1, 1, 0)
    assert person(make).name == "New"


def test_two_lines_for_one_person(make: Make) -> None:
    bring(make, "1,Ada,ada@example.org,ada\n", header="id,name,email,login\n")
    lines = ("Ada,ada@example.org,\n", "Ada,,ada\n")
    (said,) = refused(make, *lines, header="name,email,login\n")
    assert said.startswith("line 3: the same person here as in line 2")


def test_equal_names_in_one_list_and_over_several(make: Make) -> None:
    bring(make, *(f"{n},Ada Okoye,{n}@example.org,\n" for n in range(2, 5)))
    bring(make, *(f"{n},Ada Okoye,{n}@example.org,\n" for n in range(5, 7)))
    handles = make.read(lambda: set(db.session.scalars(sa.select(Person.handle))))
    assert handles == {"ada-okoye", "ada-okoye-2", "ada-okoye-3", "ada-okoye-4", "ada-okoye-5"}


def test_names_that_are_an_attack_are_text(make: Make) -> None:
    bring(make, "1,<script>alert(1)</script>,ada@example.org,'; DROP TABLE person; --\n")
    assert person(make).name == "<script>alert(1)</script>"
    assert person(make).handle == "script-alert-1-script"


# ---- managers --------------------------------------------------------------------------------------------------

BOSSES = "id,name,email,manager\n"


def test_managers_by_id_address_or_from_those_who_are_here(make: Make) -> None:
    chief = make.person("Chi", email="chi@example.org")
    lines = (
        "1,Ada,ada@example.org,2\n",
        "2,Bo,bo@example.org,CHI@example.org\n",
        "3,Di,di@example.org,ada@example.org\n",
    )
    assert bring(make, *lines, header=BOSSES) == Imported(3, 0, 0)
    ada, bo, di = (person(make, f"{name}@example.org") for name in ("ada", "bo", "di"))
    assert (ada.manager_id, bo.manager_id, di.manager_id) == (bo.id, chief, ada.id)
    assert bring(make, *lines, header=BOSSES) == Imported(0, 0, 3)
    assert bring(make, "3,Di,di@example.org,2\n", header=BOSSES) == Imported(0, 1, 0)
    assert person(make, "di@example.org").manager_id == bo.id
    assert bring(make, "3,Di,di@example.org,\n", header=BOSSES) == Imported(0, 1, 0)
    assert person(make, "di@example.org").manager_id is None


def test_a_manager_who_does_not_exist(make: Make) -> None:
    gone = make.person("Gone", email="gone@example.org")
    make.do(lambda: services.mark_left(person_id=gone, actor_id=None))
    said = refused(make, "1,Ada,ada@example.org,77\n", "2,Bo,bo@example.org,gone@example.org\n", header=BOSSES)
    assert said == [
        "line 2, column manager: nobody in this list or here is 77",
        "line 3, column manager: nobody in this list or here is gone@example.org",
    ]


def test_managers_in_a_circle_are_named(make: Make) -> None:
    lines = (
        "1,Ada,ada@example.org,2\n",
        "2,Bo,bo@example.org,3\n",
        "3,Chi,chi@example.org,1\n",
        "4,Di,di@example.org,1\n",
    )
    assert refused(make, *lines, header=BOSSES) == [
        "line 2, column manager: the managers go round in a circle: Ada (line 2), Bo (line 3), Chi (line 4)"
    ]
    (said,) = refused(make, "1,Ada,ada@example.org,1\n", header=BOSSES)
    assert "they manage themselves" in said


def test_a_circle_over_people_who_are_in_no_line(make: Make) -> None:
    bring(make, "1,Ada,ada@example.org,\n", "2,Bo,bo@example.org,1\n", "3,Chi,chi@example.org,2\n", header=BOSSES)
    (said,) = refused(make, "1,Ada,ada@example.org,3\n", header=BOSSES)
    assert said.endswith("in a circle: Ada (line 2), Chi, Bo")


# ---- days, guests, leaving, coming back ------------------------------------------------------------------------

LIFE = "id,name,email,kind,end date\n"


def test_a_guest_needs_a_last_day(make: Make) -> None:
    assert refused(make, "1,Ada,ada@example.org,guest,\n", header=LIFE) == [
        "line 2, column end date: a guest needs an end date"
    ]
    bring(make, ADA)
    assert refused(make, "1,Ada,guest\n", header="id,name,kind\n") == [
        "line 2, column kind: a guest needs an end date"
    ]


def test_a_guest_becomes_a_colleague_and_the_other_way_round(make: Make) -> None:
    bring(make, "1,Ada,ada@example.org,guest,2999-01-01\n", header=LIFE)
    assert person(make).ends_on == date(2999, 1, 1)
    bring(make, "1,Ada,member\n", header="id,name,kind\n")
    assert (person(make).kind, person(make).ends_on) == ("member", None)
    bring(make, "1,Ada,ada@example.org,guest,2999-01-01\n", header=LIFE)
    assert person(make).kind == "guest"
    assert make.read(lambda: list(wrongly_listed())) == []


def test_a_last_day_that_an_admin_set_stays(make: Make) -> None:
    bring(make, "1,Ada,ada@example.org,,\n", header=LIFE)
    one, admin = person(make).id, make.member(role="admin")
    ahead = clock.today() + timedelta(days=5)
    make.do(lambda: services.plan_last_day(person_id=one, ends_on=ahead, actor_id=admin))
    assert bring(make, "1,Ada,ada@example.org,,\n", header=LIFE) == Imported(0, 0, 1)
    assert person(make).ends_on == ahead


def test_who_is_new_and_gone_already_is_passed_over(make: Make) -> None:
    assert bring(make, "1,Ada,ada@example.org,,2001-01-01\n", header=LIFE) == Imported(0, 0, 1)
    assert rows(make, Person) == []


def test_the_last_admin_is_not_shut_out_by_a_list_and_nothing_else_is_written(make: Make) -> None:
    bring(make, ADA)
    make.account(person(make).id, role="admin")
    lines = ("2,Bo,bo@example.org,,\n", "1,Ada Okoye,ada@example.org,,2030-01-01\n")
    with pytest.raises(RuleBroken) as broken:
        bring(make, *lines, header=LIFE)
    assert (broken.value.field, "last admin" in broken.value.message) == ("line 3", True)
    assert len(rows(make, Person)) == 1
    state = make.read(lambda: db.session.scalars(sa.select(StaffImport).order_by(StaffImport.id.desc())).first())
    assert state is not None and state.state == "refused"


def test_a_full_list_names_who_is_missing_and_nobody_is_removed(make: Make) -> None:
    stranger = make.person("Not from any list")
    bring(make, ADA, BO)
    bring(make, ADA, is_full=True)
    last = make.read(lambda: db.session.scalars(sa.select(StaffImport).order_by(StaffImport.id.desc())).first())
    bo = person(make, "bo@example.org").id
    assert last is not None and last.missing == [bo]
    assert [one.name for one in make.read(lambda: importing.people_of([bo, stranger], have_left=False))] == [
        "Not from any list", "Bo Lindgren",
    ]  # fmt: skip
    assert person(make, "bo@example.org").left_at is None
    assert make.read(lambda: importing.say_left(person_ids=[bo], actor_id=None)) == (1, [])
    assert person(make, "bo@example.org").left_at is not None


def test_the_last_admin_stays_when_the_rest_leave(make: Make) -> None:
    bring(make, ADA, BO)
    ada, bo = person(make).id, person(make, "bo@example.org").id
    make.account(ada, role="admin")
    done, stay = make.read(lambda: importing.say_left(person_ids=[ada, bo, 999], actor_id=None))
    assert (done, len(stay)) == (1, 1) and "last admin" in stay[0]


def test_who_had_left_and_stands_in_the_list_is_offered_as_back(make: Make) -> None:
    bring(make, ADA, BO)
    ada = person(make).id
    make.do(lambda: services.mark_left(person_id=ada, actor_id=None))
    assert bring(make, "1,Ada Obi,ada@example.org,Data\n", BO) == Imported(0, 1, 1)
    assert person(make).left_at is not None
    assert make.read(lambda: list(wrongly_listed())) == []
    last = make.read(lambda: db.session.scalars(sa.select(StaffImport).order_by(StaffImport.id.desc())).first())
    assert last is not None and last.returned == [ada]
    assert make.read(lambda: importing.bring_back(person_ids=[ada], actor_id=None)) == (1, [])
    assert (person(make).left_at, person(make).name) == (None, "Ada Obi")


def test_an_entry_that_was_merged_is_passed_over(make: Make) -> None:
    bring(make, ADA, BO)
    ada, bo, admin = person(make).id, person(make, "bo@example.org").id, make.member(role="admin")
    make.do(lambda: merging.merge_people(kept_id=ada, gone_id=bo, actor_id=admin))
    plan = make.read(lambda: staff_plan.plan_of(read_staff_list((HEADER + ADA + BO).encode())))
    assert [step.what for step in plan.steps] == ["same", "pass"]
    assert bring(make, ADA, "2,Bo New,bo@example.org,Design\n") == Imported(0, 0, 2)


# ---- many ------------------------------------------------------------------------------------------------------


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    said: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "search_" not in statement:  # it writes its words by the thousand, not by the batch: tests/search counts
            said.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", listen)
    yield said
    sa.event.remove(engine, "before_cursor_execute", listen)


def test_a_batch_takes_a_fixed_number_of_statements(make: Make, statements: list[str]) -> None:
    def lines(count: int, name: str) -> list[str]:
        return [f"{n},{name} {n},p{n}@example.org,Data\n" for n in range(count)]

    def counted(work: Callable[[], object]) -> int:
        statements.clear()
        work()
        return len(statements)

    make.person("Somebody", email="first@example.org")
    bring(make, "x,Somebody,first@example.org,Data\n")
    most = importing.FIRST
    added = [
        counted(lambda: bring(make, *lines(3, "Ada"))),
        counted(lambda: bring(make, *lines(most, "Ada")[3:])),
    ]
    assert added[0] == added[1]
    renamed = [counted(lambda: bring(make, *lines(3, "Bo"))), counted(lambda: bring(make, *lines(most, "Bo")[3:]))]
    assert renamed[0] == renamed[1]
    again = [counted(lambda: bring(make, *lines(3, "Bo"))), counted(lambda: bring(make, *lines(most, "Bo")))]
    assert again[0] == again[1]


def test_a_batch_is_as_large_as_others_can_wait_for() -> None:
    well, most, least = importing.WELL, staff_plan.BATCH, importing.LEAST
    assert importing.size_after(100, well) == 100
    assert importing.size_after(400, 2 * well) == 200, "too long: as many as can be written in the time"
    assert importing.size_after(100, well / 1_000) == 200, "twice as many at most: a small batch says little"
    assert importing.size_after(most, well / 4) == most
    assert importing.size_after(most, well * 1_000) == least


def test_a_slow_database_gets_small_batches(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "WELL", 0.0)
    staff = read_staff_list((HEADER + "".join(f"{n},Ada {n},p{n}@example.org,Data\n" for n in range(260))).encode())
    told: list[int] = []

    def write() -> Imported:
        run = unit_of_work(lambda: importing.begin(called="", lines=260, is_full=False))
        assert run is not None
        return importing.write(run, staff, staff_plan.plan_of(staff), tell=told.append)

    assert make.read(write) == Imported(260, 0, 0)
    assert told == [importing.FIRST, importing.LEAST, importing.LEAST, importing.LEAST, 10]


def test_managers_are_written_first_whatever_the_order(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second write is for those alone who were added together with their manager, or whose manager is no line."""
    monkeypatch.setattr(importing, "BATCH", 2)
    bring(make, "boss,Cy Boss,boss@example.org\n", header="id,name,email\n")
    above = {"5": "4", "4": "2", "3": "1", "2": "1", "1": "boss", "6": "p3@example.org", "7": ""}
    lines = [f"{one},Ada {one},p{one}@example.org,{other}\n" for one, other in above.items()]
    second: list[int] = []
    write = importing._write_managers

    def watched(run: Any, plan: Any, written: Any, steps: Any) -> None:
        second.append(len(steps))
        write(run, plan, written, steps)

    monkeypatch.setattr(importing, "_write_managers", watched)
    assert bring(make, *lines, header="id,name,email,manager\n") == Imported(7, 0, 0)

    def managers() -> dict[str, str | None]:
        boss = aliased(Person)
        rows = db.session.execute(
            sa.select(Person.external_id, boss.external_id).outerjoin(boss, boss.id == Person.manager_id)
        )
        return {one: other for one, other in rows.tuples() if one is not None}

    assert make.read(managers) == {"boss": None, **above, "6": "3", "7": None}
    assert second == [1]
    assert bring(make, *lines, header="id,name,email,manager\n") == Imported(0, 0, 7)
    assert make.read(lambda: list(wrongly_listed())) == []


def test_more_than_a_batch(make: Make) -> None:
    header = "id,name,email,manager\n"
    lines = [f"{n},Ada Okoye,p{n}@example.org,{n + 1 if n < 1_200 else ''}\n" for n in range(1, 1_201)]
    assert bring(make, *lines, header=header) == Imported(1_200, 0, 0)
    assert make.read(lambda: list(wrongly_listed())) == []
    first, second = person(make, "p1@example.org"), person(make, "p2@example.org")
    assert first.manager_id == second.id
    assert bring(make, *lines, header=header) == Imported(0, 0, 1_200)


def test_the_export_read_again_changes_nothing(make: Make) -> None:
    header = "id,name,email,title,department,place,manager,start date,end date,kind\n"
    lines = (
        "1,=1+1,ada@example.org,@nurse,-Data,Lagos,,2020-01-02,,member\n",
        "2,'t Hooft,bo@example.org,,,,1,,2999-01-01,guest\n",
        "3,Ada,chi@example.org,,,,2,,,\n",
    )
    bring(make, *lines, header=header)
    admin = make.viewer(person(make).id, "member", "admin")
    text = make.read(lambda: "".join(staff_list(admin)))
    assert "'=1+1" in text and "'@nurse" in text
    before = rows(make, Person), rows(make, PersonListing)
    assert make.staff_list(text) == Imported(0, 0, 3)
    assert (rows(make, Person), rows(make, PersonListing)) == before
    plain = make.viewer(person(make).id)
    with pytest.raises(NotVisible):
        make.read(lambda: staff_list(plain))


# ---- one at a time, by the worker ------------------------------------------------------------------------------


def sent(make: Make, text: str, admin: int | None = None, *, is_full: bool = False) -> int:
    """A list that somebody sent in by the page, and that waits."""
    who = admin or make.member(role="admin")

    def work() -> int:
        one = importing.keep_draft(data=text.encode(), called="staff.csv", by_id=who)
        if is_full:
            row = importing.import_of(one)
            importing.say_columns(import_id=one, mapping=row.mapping, is_full=True)
        importing.let_run(import_id=one, lines=2)
        return one

    return make.do(work)


def state(make: Make, one: int) -> StaffImport:
    def read() -> StaffImport:
        row = importing.import_of(one)
        db.session.expunge(row)
        return row

    return make.read(read)


def made_text(make: Make, row: StaffImport, language: str = "en") -> list[str]:
    """What its page says is wrong, to somebody who reads that language."""
    with make.app.test_request_context(headers={"Cookie": f"language={language}"}):
        return [i18n.again(words) for words in row.problems]


def test_the_worker_imports_what_waits_and_drops_its_file(app: Flask, make: Make) -> None:
    one = sent(make, HEADER + ADA + BO)
    name = state(make, one).file
    assert name
    while make.read(duties.import_staff_lists):
        pass
    row = state(make, one)
    assert (row.state, row.added, row.changed, row.same, row.lines_done) == ("done", 2, 0, 0, 2)
    assert row.file is None and make.read(lambda: storage().get(name)) is None
    assert len(make.read(lambda: importing.added_by(row, 10))) == 2
    audit = make.read(
        lambda: db.session.scalars(sa.select(AuditEntry.actor_id).where(AuditEntry.code == "people_imported")).all()
    )
    assert audit == [row.by_id]


def test_the_duty_is_in_a_lane_of_its_own(app: Flask) -> None:
    with app.app_context():
        (duty,) = [duty for duty in worker.duties() if duty.name == "import_staff_lists"]
        assert duty.lane and not duty.recurs


def test_a_list_that_no_longer_fits_is_refused_with_its_problems(make: Make) -> None:
    one = sent(make, HEADER + ADA + "9,Thief,taken@example.org,\n")
    make.staff_list("id,name,email\n7,Owner,taken@example.org\n")
    make.read(duties.import_staff_lists)
    row = state(make, one)
    assert (row.state, row.lines_done) == ("refused", 0)
    assert made_text(make, row) == [
        "line 3, column email: belongs to Owner here already; correct it, or merge the two entries first"
    ]
    assert made_text(make, row, "de") == [
        "Zeile 3, Spalte email: gehört hier schon zu Owner; berichtige es oder leg zuerst die beiden Einträge "
        "zusammen"
    ]
    make.do(lambda: importing.back_to_draft(import_id=one))
    assert state(make, one).state == "draft"


def test_managers_in_a_circle_are_named_in_the_language_of_whoever_reads_it(make: Make) -> None:
    one = sent(make, "id,name,manager\n1,Ada,2\n2,Bo,1\n")
    make.read(duties.import_staff_lists)
    (said,) = made_text(make, state(make, one))
    assert said.endswith("the managers go round in a circle: Ada (line 2), Bo (line 3)")
    (said,) = made_text(make, state(make, one), "de")
    assert said.endswith("Ada (Zeile 2), Bo (Zeile 3)")


def test_what_was_kept_as_text_can_still_be_read(make: Make) -> None:
    row = StaffImport(problems=["line 2: no name; one word is enough"])
    assert made_text(make, row, "de") == ["line 2: no name; one word is enough"]


def test_handles_that_are_taken_while_a_list_is_written(make: Make) -> None:
    """Somebody is added by hand between two batches, under the name of one who comes later."""
    lines = "".join(f"{n},Name {n},n{n}@example.org,\n" for n in range(staff_plan.BATCH))
    one = sent(make, HEADER + lines + "x,Ada Okoye,ada@example.org,\ny,Ada Okoye,ada2@example.org,\n")
    row, run = state(make, one), make.do(importing.take_next)
    assert run is not None
    by_hand: list[int] = []

    def meanwhile(_lines: int) -> None:
        if not by_hand:
            by_hand.append(unit_of_work(lambda: services.add_person(name="Ada Okoye", email=None)))

    def whole() -> Imported:
        staff = importing.read_sheet(importing.sheet_of(row), row.mapping)
        return importing.write(run, staff, staff_plan.plan_of(staff), tell=meanwhile)

    assert make.read(whole).added == staff_plan.BATCH + 2
    named = sa.select(Person.id, Person.handle).where(Person.name == "Ada Okoye")
    handles = {(one in by_hand, handle) for one, handle in make.read(lambda: db.session.execute(named).all())}
    assert handles == {(True, "ada-okoye"), (False, "ada-okoye-2"), (False, "ada-okoye-3")}
    assert state(make, one).state == "done"


def test_a_worker_that_was_killed_half_way(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    one = sent(make, HEADER + "".join(f"{n},Ada,p{n}@example.org,Data\n" for n in range(7)))

    class Killed(BaseException):
        pass

    def die(_lines: int) -> None:
        raise Killed

    run = make.do(importing.take_next)
    assert run is not None
    row = state(make, one)

    def half() -> None:
        staff = importing.read_sheet(importing.sheet_of(row), row.mapping)
        importing.write(run, staff, staff_plan.plan_of(staff), tell=die)

    with pytest.raises(Killed):
        make.read(half)
    row = state(make, one)
    assert (row.state, row.lines_done, row.added) == ("running", 2, 2)
    assert not make.read(duties.import_staff_lists), "its lease is still good"
    with clock.pinned(clock.now() + importing.LEASE + timedelta(seconds=1)):
        assert make.read(duties.import_staff_lists)
        row = state(make, one)
    assert (row.state, row.added, row.changed, row.same, row.lines_done) == ("done", 7, 0, 0, 7)
    make.read(lambda: importing.work_on(run))  # the first one comes back to life
    assert state(make, one).state == "done"
    listed = sa.select(sa.func.count()).where(Person.external_id.is_not(None))
    assert make.read(lambda: db.session.scalar(listed)) == 7


def test_two_at_once_go_one_after_the_other(make: Make) -> None:
    first, second = sent(make, HEADER + ADA), sent(make, HEADER + "1,Ada Obi,ada@example.org,Data\n")
    run = make.do(importing.take_next)
    assert run is not None and run.import_id == first
    assert make.do(importing.take_next) is None
    assert make.do(lambda: importing.begin(called="x", lines=1, is_full=False)) is None
    with pytest.raises(RuleBroken):
        bring(make, BO)
    make.read(lambda: importing.work_on(run))
    while make.read(duties.import_staff_lists):
        pass
    assert [state(make, one).state for one in (first, second)] == ["done", "done"]
    assert person(make).name == "Ada Obi"


def test_what_the_command_line_left_half_done_says_so(make: Make) -> None:
    run = make.do(lambda: importing.begin(called="staff.csv", lines=9, is_full=False))
    assert run is not None
    with clock.pinned(clock.now() + importing.LEASE + timedelta(seconds=1)):
        assert make.do(importing.take_next) is None
    row = state(make, run.import_id)
    assert row.state == "refused" and row.problems


def test_a_dropped_draft_takes_its_file_along_unless_another_has_the_same(make: Make) -> None:
    admin = make.member(role="admin")

    def keep() -> int:
        return importing.keep_draft(data=(HEADER + ADA).encode(), called="a.csv", by_id=admin)

    first, second = make.do(keep), make.do(keep)
    name = state(make, first).file
    assert name
    make.do(lambda: importing.drop(import_id=first))
    assert make.read(lambda: storage().get(name)) is not None
    make.do(lambda: importing.drop(import_id=second))
    assert make.read(lambda: storage().get(name)) is None
    with pytest.raises(RuleBroken):
        make.do(lambda: importing.let_run(import_id=second, lines=1))


def test_old_lists_and_their_files_are_forgotten(make: Make) -> None:
    admin = make.member(role="admin")
    draft = make.do(lambda: importing.keep_draft(data=(HEADER + BO).encode(), called="a.csv", by_id=admin))
    name = state(make, draft).file
    assert name
    bring(make, ADA)
    make.read(duties.forget_staff_lists)
    assert len(rows(make, StaffImport)) == 2
    with clock.pinned(clock.now() + timedelta(days=20)):
        make.read(duties.forget_staff_lists)
    assert len(rows(make, StaffImport)) == 1 and make.read(lambda: storage().get(name)) is None
    with clock.pinned(clock.now() + timedelta(days=100)):
        make.read(duties.forget_staff_lists)
    assert rows(make, StaffImport) == []


def test_a_list_that_cannot_be_read_is_not_kept(make: Make) -> None:
    admin = make.member(role="admin")
    with pytest.raises(StaffListRefused):
        make.do(lambda: importing.keep_draft(data=b"", called="a.csv", by_id=admin))
    assert rows(make, StaffImport) == []


# ---- found by a second look ------------------------------------------------------------------------------------


def test_a_login_name_is_nobody_elses_address(make: Make) -> None:
    """One field of the sign-in page takes both."""
    make.staff_list("id,name,login,email\n1,Ann,bob@x.example,ann@x.example\n")
    with pytest.raises(RuleBroken, match="has this address already"):
        make.person("Bob", email="bob@x.example")


def test_reading_ones_own_export_again_locks_nobodys_fields(make: Make) -> None:
    person = make.person("Ada Okoye", title="Cook", email="ada@x.example")
    make.staff_list("name,email,title\nAda Okoye,ada@x.example,Cook\n")
    assert make.read(lambda: db.session.get_one(Person, person).locked) == []


def test_a_packed_file_of_two_parts_is_refused_and_not_cut() -> None:
    parts = gzip.compress(b"id,name\n1,Ann\n") + gzip.compress(b"2,Bob\n")
    with pytest.raises(StaffListRefused) as found:
        read_staff_list(parts)
    assert "more than one part" in found.value.lines()[0]
