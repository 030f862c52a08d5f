"""A staff list as a CSV file: what is taken, and where it is refused, by the line that an editor shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.people.staff_list import MAX_PROBLEMS, StaffLine, StaffListRefused, read_staff_list

HEADER = "id,name,email,department\n"


def read(text: str) -> list[StaffLine]:
    return read_staff_list(text.encode())


def problems(data: str | bytes) -> list[str]:
    with pytest.raises(StaffListRefused) as refused:
        read_staff_list(data.encode() if isinstance(data, str) else data)
    return refused.value.problems


def test_a_plain_file() -> None:
    lines = read(HEADER + "1,Ada Okoye,ada@example.org,Data\n2,Bo,bo@example.org,\n")
    assert lines == [
        StaffLine(2, "1", "Ada Okoye", "ada@example.org", "Data"),
        StaffLine(3, "2", "Bo", "bo@example.org", None),
    ]


def test_the_department_may_be_missing_and_others_are_passed_over() -> None:
    lines = read("Shoe size,EMAIL, Name ,ID,shoe size\n42,ada@example.org,Ada,1,41\n")
    assert lines == [StaffLine(2, "1", "Ada", "ada@example.org", None)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system(end: str) -> None:
    text = (HEADER + "1,Ada,ada@example.org,Data\n\n2,Bo,bo@example.org,Data").replace("\n", end)
    assert [(line.number, line.name) for line in read(text)] == [(2, "Ada"), (4, "Bo")]


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    data = "\ufeff".encode() + (HEADER + "1,Ada,ada@example.org,Data\n").encode()
    assert read_staff_list(data)[0].external_id == "1"


def test_line_numbers_count_line_ends_within_quotes() -> None:
    text = HEADER + '1,"Ada\nOkoye",ada@example.org,Data\n\n2,Bo,bo@example.org,"Da\r\nta"\n3,Chi,wrong,Data\n'
    assert problems(text) == ["line 7: the email is not an address"]
    lines = read(text.replace("wrong", "chi@example.org"))
    assert [line.number for line in lines] == [2, 5, 7]
    assert lines[0].name == "Ada Okoye", "a line end within a name is a space"
    assert lines[1].department == "Da ta"


def test_quotes_commas_and_spaces() -> None:
    text = HEADER + '1,"Okoye, Ada ""Adi""", ada@example.org ,  Data   and  more \n'
    assert read(text) == [StaffLine(2, "1", 'Okoye, Ada "Adi"', "ada@example.org", "Data and more")]


@pytest.mark.parametrize("data", [b"", "\ufeff".encode(), b"\n\n", b"   \n", b",,,\n"])
def test_an_empty_file(data: bytes) -> None:
    assert problems(data) == ["line 1: the file is empty; the first line names the columns"]


def test_a_header_alone_brings_nobody() -> None:
    assert read(HEADER) == []
    assert read(HEADER.strip()) == []


def test_blank_lines_before_the_header_count() -> None:
    assert read("\n\n" + HEADER + "1,Ada,ada@example.org,\n")[0].number == 4


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,name", "line 1: no column email"),
        ("name,department", "line 1: no column id, email"),
        ("1,Ada,ada@example.org,Data", "line 1: no column id, name, email"),
        ("id;name;email", "line 1: no column id, name, email"),
        ("id,name,email,ID", "line 1: the column id stands there twice"),
        ("id,name,email,Name,email", "line 1: the column email, name stands there twice"),
        ("id,name,email,department,department", "line 1: the column department stands there twice"),
    ],
)
def test_missing_and_double_columns(header: str, said: str) -> None:
    (problem,) = problems(header + "\n1,Ada,ada@example.org,x,y\n")
    assert problem.startswith(said)


def test_a_missing_column_says_which_there_are() -> None:
    assert problems("id,name\n")[0].endswith("the columns are id, name, email, department")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,Ada", "2 fields, but the header has 4"),
        ("1,Ada,ada@example.org,Data,more", "5 fields, but the header has 4"),
        (",Ada,ada@example.org,", "no id"),
        ("1,,ada@example.org,", "no name"),
        ("1,   ,ada@example.org,", "no name"),
        ("1,Ada,,", "no email"),
        (",,,Data", "no id, no name, no email"),
        ("1,Ada,ada,", "the email is not an address"),
        ("1,Ada,ada@example..org,", "the email is not an address"),
        ("1,Ada,Ada <ada@example.org>,", "the email is not an address"),
        (f"{'9' * 101},Ada,ada@example.org,", "id is longer than 100 characters"),
        (f"1,{'ä' * 121},ada@example.org,", "name is longer than 120 characters"),
        (f"1,Ada,{'a' * 251}@b.c,", "email is longer than 254 characters"),
        (f"1,Ada,ada@example.org,{'d' * 121}", "department is longer than 120 characters"),
    ],
)
def test_a_wrong_line_is_named(row: str, said: str) -> None:
    assert problems(HEADER + "0,Bo,bo@example.org,\n" + row + "\n") == [f"line 3: {said}"]


def test_120_characters_are_taken() -> None:
    assert len(read(HEADER + f"1,{'ä' * 120},ada@example.org,{'d' * 120}\n")[0].name) == 120


def test_the_same_id_or_address_twice() -> None:
    text = HEADER + "1,Ada,ada@example.org,\n2,Bo,bo@example.org,\n1,Chi,chi@example.org,\n3,Di,ADA@Example.org,\n"
    assert problems(text) == ["line 4: the same id as line 2", "line 5: the same email as line 2"]


def test_ids_are_compared_as_they_are() -> None:
    assert (
        len(
            read(HEADER + "a1,Ada,ada@example.org,\nA1,Bo,bo@example.org,\n01,C,c@example.org,\n1,D,d@example.org,\n")
        )
        == 4
    )


def test_every_problem_is_named_at_once_but_no_more_than_50() -> None:
    text = HEADER + "\n".join(f"{n},Ada,wrong{n}," for n in range(200))
    found = problems(text)
    assert len(found) == MAX_PROBLEMS + 1
    assert found[0] == "line 2: the email is not an address"
    assert found[-2] == "line 51: the email is not an address"
    assert found[-1] == "and more; mend these first"


def test_exactly_50_problems_have_no_more() -> None:
    text = HEADER + "\n".join(f"{n},Ada,wrong{n}," for n in range(MAX_PROBLEMS))
    assert len(problems(text)) == MAX_PROBLEMS


def test_another_encoding_is_refused_with_its_line() -> None:
    data = (HEADER + "1,Ada,ada@example.org,\n2,Jürgen,j@example.org,\n").encode("latin-1")
    assert problems(data) == ["line 3: not UTF-8 text; save the file as UTF-8"]
    assert problems("id,name\n".encode("utf-16")) == ["line 1: not UTF-8 text; save the file as UTF-8"]


def test_nul_is_refused_with_its_line() -> None:
    assert problems(HEADER + "1,A\x00da,ada@example.org,\n")[0].startswith("line 2: holds a NUL character")


@pytest.mark.parametrize("row", ['1,"Ada,ada@example.org,\n2,Bo,bo@example.org,', '1,"Ada"x,ada@example.org,'])
def test_a_stray_quotation_mark_is_found_where_it_begins(row: str) -> None:
    (problem,) = problems(HEADER + "0,C,c@example.org,\n" + row)
    assert problem.startswith("line 3: ")
    assert "stray quotation mark" in problem


def test_a_field_too_large_for_any_reader() -> None:
    (problem,) = problems(HEADER + "1," + "x" * 200_000 + ",a@b,\n")
    assert problem.startswith("line 2: ")


def test_addresses_of_other_scripts() -> None:
    assert read(HEADER + "1,用户,用户@例子.广告,\n")[0].email == "用户@例子.广告"


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_or_refused_in_words(data: bytes) -> None:
    try:
        lines = read_staff_list(data)
    except StaffListRefused as refused:
        assert all(p.startswith("line ") for p in refused.problems)
    else:
        assert all(line.email for line in lines)


@given(st.text(st.sampled_from('id,name,email\n"\r 1a@b\ufeff'), max_size=80))
def test_any_rows_are_taken_or_refused_in_words(rows: str) -> None:
    try:
        lines = read(HEADER + rows)
    except StaffListRefused as refused:
        assert refused.problems
    else:
        numbers = [line.number for line in lines]
        assert numbers == sorted(set(numbers))
