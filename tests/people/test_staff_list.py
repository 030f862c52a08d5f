"""A staff list as a CSV file: what is taken, and where it is refused, by the line that an editor shows."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people import names
from portal.people.staff_list import (
    FIELDS,
    MAX_PROBLEMS,
    StaffLine,
    StaffListRefused,
    field_named,
    open_sheet,
    read_day,
    read_staff_list,
    read_zone,
    safe_cell,
)

HEADER = "id,name,email,department\n"


def read(text: str | bytes) -> list[StaffLine]:
    return list(read_staff_list(text.encode() if isinstance(text, str) else text).lines)


def problems(data: str | bytes) -> list[str]:
    with pytest.raises(StaffListRefused) as refused:
        read(data)
    return refused.value.lines()


def problem(data: str | bytes) -> str:
    (found,) = problems(data)
    return found


# ---- what is taken ---------------------------------------------------------------------------------------------


def test_the_shortest_useful_file() -> None:
    assert read(HEADER + "1,Ada Okoye,Ada@example.org,Data\n2,Bo,bo@example.org,\n") == [
        StaffLine(2, "Ada Okoye", "1", "Ada@example.org", "ada@example.org", department="Data"),
        StaffLine(3, "Bo", "2", "bo@example.org", "bo@example.org"),
    ]


def test_every_field() -> None:
    text = (
        "ID;Name;Preferred name;E-mail;Login;Job title;Department;Office;Time zone;Manager;Start date;End date;Type\n"
        "7;Ada Okoye;Adi;ada@example.org;aokoye;Nurse;Ward 3;Lagos;africa/lagos;1;2.9.2024;2030-12-31;contractor\n"
    )
    assert read(text) == [
        StaffLine(
            2, "Ada Okoye", "7", "ada@example.org", "ada@example.org", "aokoye", "aokoye", "Adi", "Nurse", "Ward 3",
            "Lagos", "Africa/Lagos", "1", date(2024, 9, 2), date(2030, 12, 31), "guest",
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Employee ID,Full name,E-Mail", {"id", "name", "email"}),
        ("Personalnr.;Vorname;Nachname;E-Mail-Adresse;Abteilung", {"id", "name", "email", "department"}),
        ("Personalnr.;Vorname;Name;E-Mail", {"id", "name", "email"}),
        ("given_name\tSurname\tuser name", {"name", "login"}),
        ("Führungskraft,Name,Mail,Eintrittsdatum,Austritt,Büro", {"manager", "name", "email", "starts_on", "ends_on",
                                                                 "place"}),
        ("Team,Department,Name,Mail", {"department", "name", "email"}),
    ],
)  # fmt: skip
def test_columns_are_known_by_many_names(header: str, fields: set[str]) -> None:
    found = read_staff_list((header + "\n").encode())
    assert found.fields == fields


def test_a_plainer_header_wins() -> None:
    sheet = open_sheet(b"Team,Department,Name,Mail\n")
    assert sheet.columns[sheet.guess()["department"]] == "Department"


def test_a_name_in_two_columns() -> None:
    assert read("Vorname;Name;E-Mail\nJörg;Köln;j@example.org\n")[0].name == "Jörg Köln"
    assert read("First name,Last name,Mail\nCher,,c@example.org\n")[0].name == "Cher"


def test_columns_that_hold_nothing_for_us_are_told() -> None:
    found = read_staff_list(b"Shoe size,EMAIL, Name ,ID,shoe size\n42,ada@example.org,Ada,1,41\n")
    assert found.passed_over == ["Shoe size", "shoe size"]
    assert found.lines[0].name == "Ada"


def test_columns_as_somebody_says() -> None:
    data = b"A,B,C\n1,Ada,ada@example.org\n"
    assert "no column holds the name" in problem(data)
    found = read_staff_list(data, {"id": 0, "name": 1, "email": 2})
    assert (found.lines[0].external_id, found.column("email")) == ("1", "C")


def test_fields_by_our_names_and_by_theirs() -> None:
    assert [field_named(field) for field in FIELDS] == list(FIELDS)
    assert field_named("Abteilung") == "department"
    assert field_named("shoe size") is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_line_ends_and_separators_of_any_system(end: str, between: str) -> None:
    text = HEADER + "1,Ada,ada@example.org,Data\n\n2,Bo,bo@example.org,Data"
    lines = read(text.replace(",", between).replace("\n", end))
    assert [(line.number, line.name) for line in lines] == [(2, "Ada"), (4, "Bo")]


def test_the_word_of_excel_for_its_separator() -> None:
    assert read("sep=;\r\nid;name\r\n1;Okoye, Ada\r\n")[0] == StaffLine(3, "Okoye, Ada", "1")


def test_a_mark_at_the_beginning_and_a_packed_file() -> None:
    data = "\ufeff".encode() + (HEADER + "1,Ada,ada@example.org,Data\n").encode()
    assert read(data)[0].external_id == "1"
    assert read(gzip.compress(data)) == read(data)


def test_quotes_commas_and_spaces() -> None:
    (found,) = read(HEADER + '1,"Okoye, Ada ""Adi""", ada@example.org ,  Data   and  more \n')
    assert (found.name, found.email, found.department) == ('Okoye, Ada "Adi"', "ada@example.org", "Data and more")


def test_line_numbers_count_line_ends_within_quotes() -> None:
    text = HEADER + '1,"Ada\nOkoye",ada@example.org,Data\n\n2,Bo,bo@example.org,"Da\r\nta"\n3,Chi,wrong,Data\n'
    assert problem(text).startswith("line 7, column email: this is no mail address")
    lines = read(text.replace("wrong", "chi@example.org"))
    assert [line.number for line in lines] == [2, 5, 7]
    assert lines[0].name == "Ada Okoye", "a line end within a name is a space"


def test_people_without_an_address() -> None:
    lines = read("name,id,login,email\nAda,1,,\nBo,,bo.l,\n")
    assert [(line.external_id, line.login_key, line.email) for line in lines] == [
        ("1", None, None),
        (None, "bo.l", None),
    ]


def test_a_header_alone_brings_nobody() -> None:
    assert read(HEADER) == read(HEADER.strip()) == []


def test_blank_lines_before_the_header_count() -> None:
    assert read("\n\n" + HEADER + "1,Ada,ada@example.org,\n")[0].number == 4


def test_a_formula_is_kept_as_it_is_and_is_safe_when_exported() -> None:
    assert read(HEADER + '1,"=HYPERLINK(""x"")",a@example.org,-3\n')[0].name == '=HYPERLINK("x")'
    assert [safe_cell(cell) for cell in ("=1+1", "+4", "-3", "@x", "Ada", "", "'t Hooft", "'=1")] == [
        "'=1+1", "'+4", "'-3", "'@x", "Ada", "", "'t Hooft", "''=1",
    ]  # fmt: skip


def test_addresses_of_other_scripts() -> None:
    assert read(HEADER + "1,用户,用户@例子.广告,\n")[0].email == "用户@例子.广告"


def test_ids_are_compared_as_they_are() -> None:
    rows = "a1,Ada,ada@example.org,\nA1,Bo,bo@example.org,\n01,C,c@example.org,\n1,D,d@example.org,\n"
    assert len(read(HEADER + rows)) == 4


# ---- days and zones --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["2024-03-01", "2024/3/1", "1.3.2024", "01.03.2024", "2024-03-01T00:00:00", "2024-03-01 00:00:00"]
)
def test_days_that_can_be_read_in_one_way(text: str) -> None:
    assert read_day(text) == date(2024, 3, 1)


@pytest.mark.parametrize("text", ["03/01/2024", "1.3.24", "2024-13-01", "2024-02-30", "45352", "soon", "0001-01-01"])
def test_days_that_we_cannot_be_sure_of(text: str) -> None:
    assert read_day(text) is None
    said = problem(f"id,name,start date\n1,Ada,{text}\n")
    assert said.startswith("line 2, column start date: ") and "2030-12-31" in said


@pytest.mark.parametrize(
    ("text", "zone", "near"),
    [
        ("Europe/Berlin", "Europe/Berlin", None),
        ("europe/berlin", "Europe/Berlin", None),
        ("America/New York", "America/New_York", None),
        ("Berlin", None, "Europe/Berlin"),
        ("Europe/Berlinn", None, "Europe/Berlin"),
        ("qqqqqqqq", None, None),
    ],
)
def test_zones(text: str, zone: str | None, near: str | None) -> None:
    assert read_zone(text) == (zone, near)


# ---- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", "\ufeff".encode(), b"\n\n", b"   \n", b",,,\n"])
def test_an_empty_file(data: bytes) -> None:
    assert problem(data) == "line 1: the file is empty; its first line names the columns"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,department", "line 1: no column holds the name"),
        ("name,department", "line 1: no column holds an id, a mail address or a name to sign in with"),
        ("1,Ada,ada@example.org,Data", "line 1: no column holds the name"),
        ("id,name,email,ID", "line 1: the column ID stands there twice"),
        ("id,name,email,Name,email", "line 1: the column Name, email stands there twice"),
    ],
)
def test_missing_and_double_columns(header: str, said: str) -> None:
    assert problem(header + "\n1,Ada,ada@example.org,x,y\n").startswith(said)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,Ada", "line 3: 2 cells, but the header has 4 columns"),
        ("1,Ada,ada@example.org,Data,more", "line 3: 5 cells, but the header has 4 columns; put a cell"),
        ("1,Ada,ada@example.org,Data,,", "line 3: 6 cells, but the header has 4 columns; take the last"),
        ("1,,ada@example.org,", "line 3, column name: no name"),
        ("1,   ,ada@example.org,", "line 3, column name: no name"),
        ("1,\u200b,ada@example.org,", "line 3, column name: nothing in this name can be seen"),
        (",Ada,,", "line 3: neither id nor mail address nor name to sign in with"),
        ("1,Ada,ada,", "line 3, column email: this is no mail address"),
        ("1,Ada,Ada <ada@example.org>,", "line 3, column email: this is no mail address"),
        (f"{'9' * 101},Ada,ada@example.org,", "line 3, column id: 101 characters, and at most 100 fit"),
        (f"1,{'ä' * 121},ada@example.org,", "line 3, column name: 121 characters, and at most 120 fit"),
        (f"1,Ada,ada@example.org,{'d' * 121}", "line 3, column department: 121 characters"),
        ("1,A\x07da,ada@example.org,", "line 3, column name: a control character"),
        ("1,\u202eadA,ada@example.org,", "line 3, column name: an invisible mark that turns the direction"),
        ("1,Ada \u2066x\u2069,ada@example.org,", "line 3, column name: an invisible mark"),
        ('1,Ada"s,ada@example.org,', "line 3, column name: a stray quotation mark"),
    ],
)
def test_a_wrong_line_is_named_with_its_column(row: str, said: str) -> None:
    assert problem(HEADER + "0,Bo,bo@example.org,\n" + row + "\n").startswith(said)


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("time zone", "Europe/Berlinn", "did you mean Europe/Berlin?"),
        ("kind", "wizard", "wizard is neither member nor guest"),
        ("login", "ada okoye", "has no spaces"),
    ],
)
def test_other_cells(header: str, row: str, said: str) -> None:
    assert said in problem(f"id,name,{header}\n1,Ada,{row}\n")


def test_an_end_before_the_start() -> None:
    text = "id,name,start date,end date\n1,Ada,2024-05-01,2024-04-30\n"
    assert problem(text).startswith("line 2, column end date: this day lies before the start date")


def test_the_same_id_address_or_login_twice() -> None:
    rows = "1,Ada,ada@example.org,\n2,Bo,bo@example.org,\n1,Chi,chi@example.org,\n3,Di,ADA@Example.org,\n"
    assert [said.split(";")[0] for said in problems(HEADER + rows)] == [
        "line 4, column id: the same as in line 2",
        "line 5, column email: the same as in line 2",
    ]
    shared = "name,login,email\nAda,bo@example.org,\nBo,,bo@example.org\n"
    assert problem(shared).startswith("line 3, column email: the same as in line 2")


def test_every_problem_is_named_but_no_more_than_50() -> None:
    found = problems(HEADER + "\n".join(f"{n},Ada,wrong{n}," for n in range(200)))
    assert len(found) == MAX_PROBLEMS + 1
    assert found[-2].startswith("line 51,")
    assert found[-1] == "and 150 more; mend these first"
    assert len(problems(HEADER + "\n".join(f"{n},Ada,wrong{n}," for n in range(MAX_PROBLEMS)))) == MAX_PROBLEMS


def test_other_encodings_are_refused_with_what_to_do() -> None:
    latin = problem((HEADER + "1,Ada,ada@example.org,\n2,Jürgen,j@example.org,\n").encode("latin-1"))
    assert latin.startswith("line 3: not UTF-8; most likely the letters of Windows") and "CSV UTF-8" in latin
    for coding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert problem((HEADER + "1,Ada,a@example.org,x\n").encode(coding)).startswith("line 1: the file is UTF-16")
    assert "a spreadsheet, not a CSV file" in problem(b"PK\x03\x04 and so on")


def test_nul_is_refused_with_its_line() -> None:
    assert problem(HEADER + "1,A\x00da,ada@example.org,\n").startswith("line 2: holds a NUL character")


def test_a_packed_file_that_is_damaged_cut_off_or_a_bomb() -> None:
    packed = gzip.compress((HEADER + "1,Ada,ada@example.org,Data\n" * 50).encode())
    assert "is cut off" in problem(packed[:-9])
    assert "is damaged" in problem(packed[:-8] + bytes(8))
    assert "larger than" in problem(gzip.compress(b"x" * (65 * 1024 * 1024)))


@pytest.mark.parametrize(
    "row",
    [
        '1,"Ada,ada@example.org,\n2,Bo,bo@example.org,',
        '1,"Ada"x,ada@example.org,',
        '1,"Ada,ada@example.org,\n2,"Bo",bo@example.org,',
    ],
)
def test_a_stray_quotation_mark_is_found_where_it_stands(row: str) -> None:
    said = problem(HEADER + "0,C,c@example.org,\n" + row)
    assert said.startswith("line 3: ") and "stray quotation mark" in said


def test_a_stray_quotation_mark_behind_a_cell_of_several_lines() -> None:
    text = HEADER + '1,"Ada\nOkoye\nLovelace","ada@example.org,Data\n' + "2,Bo,bo@example.org,Data\n" * 40
    assert problem(text).startswith("line 4: a stray quotation mark")


@pytest.mark.parametrize("quote", ['"Ada', 'Ada"s'])
def test_a_stray_quotation_mark_in_line_31207_of_50000(quote: str) -> None:
    rows = [f"{n},Ada,a{n}@example.org,Data" for n in range(2, 50_001)]
    rows[31_207 - 2] = f"31207,{quote},a@example.org,Data"
    assert problem(HEADER + "\n".join(rows)).startswith("line 31207")


def test_a_cell_too_large_for_any_reader() -> None:
    assert problem(HEADER + "1," + "x" * 200_000 + ",a@b,\n").startswith("line 2: ")


# ---- anything --------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused_in_words(data: bytes) -> None:
    try:
        lines = read(data)
    except StaffListRefused as refused:
        assert all(said.startswith("line ") for said in refused.lines())
    else:
        assert all(line.name for line in lines)


@given(st.text(st.sampled_from("id,name;email\n\"\r\t 1a@b\ufeff='"), max_size=80))
def test_any_rows_are_taken_or_refused_in_words(rows: str) -> None:
    try:
        lines = read(HEADER + rows)
    except StaffListRefused as refused:
        assert refused.lines()
    else:
        numbers = [line.number for line in lines]
        assert numbers == sorted(set(numbers))


_TURNING = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters=_TURNING), min_size=1, max_size=40
).filter(names.is_visible)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5), st.sampled_from(",;\t"), st.booleans())
def test_what_is_written_as_an_export_is_read_back(
    people: list[tuple[str, str]], delimiter: str, packed: bool
) -> None:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter)
    writer.writerow(["id", "name", "department"])
    tidy = [(" ".join(name.split()), " ".join(department.split())) for name, department in people]
    for number, row in enumerate(tidy):
        writer.writerow([number, *(safe_cell(cell) for cell in row)])
    data = made.getvalue().encode()
    lines = read(gzip.compress(data) if packed else data)
    assert [(line.name, line.department) for line in lines] == tidy
