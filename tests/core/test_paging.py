"""Keyset pages: together they are the whole, each is full, and no cursor breaks them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from portal.audiences.models import Audience
from portal.core import paging
from portal.core.db import Key, db
from portal.core.paging import Page, cursor_of, page_of, read_cursor, top_of_audiences
from tests.client import Client
from tests.makers import Make

# A table of the test's own, shaped like the listings: audience first in its index.
metadata = sa.MetaData()
listing = sa.Table(
    "test_listing",
    metadata,
    sa.Column("audience_id", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.Integer, primary_key=True),
    sa.Column("sort_key", Key, nullable=False),
    sa.Index(None, "audience_id", "sort_key", "person_id"),
)


@pytest.fixture
def there(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        metadata.create_all(db.engine)
        try:
            yield app
        finally:
            db.session.remove()
            metadata.drop_all(db.engine)


def read(audiences: set[int], size: int, cursor: str | None, descending: bool) -> Page[tuple[str, int]]:
    start = read_cursor(cursor, str, int)

    def branch(audience: sa.ColumnElement[bool]) -> Any:
        rows = sa.select(listing.c.person_id, listing.c.sort_key).where(audience)
        if start:
            here = sa.tuple_(listing.c.sort_key, listing.c.person_id)
            there = sa.tuple_(sa.literal(start[0]), start[1])
            rows = rows.where(here < there if descending else here > there)
        return rows

    query = top_of_audiences(
        audiences, branch, listing.c.audience_id, ("sort_key", "person_id"), size + 1, descending=descending
    )
    rows = [(row.sort_key, row.person_id) for row in db.session.execute(query)] if query is not None else []
    return page_of(rows, size, lambda row: cursor_of(*row))


# Few keys and few people, so that many rows are alike; a person's key is the same in each audience.
ROWS = st.dictionaries(
    st.integers(1, 30),
    st.tuples(st.sampled_from(["", "a", "ab", "ä", "山", "a b", "Z"]), st.sets(st.integers(1, 6), max_size=5)),
    max_size=30,
)


@given(people=ROWS, seen=st.sets(st.integers(1, 8), max_size=6), size=st.integers(1, 9), descending=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_together_are_the_sorted_distinct_whole_and_each_is_full(
    there: Flask, people: dict[int, tuple[str, set[int]]], seen: set[int], size: int, descending: bool
) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.delete(listing))
        rows = [
            {"audience_id": audience, "person_id": person, "sort_key": key}
            for person, (key, audiences) in people.items()
            for audience in audiences
        ]
        if rows:
            connection.execute(sa.insert(listing), rows)
    db.session.rollback()
    wanted = sorted({(key, p) for p, (key, audiences) in people.items() if audiences & seen}, reverse=descending)
    found: list[tuple[str, int]] = []
    cursor = None
    while True:
        page = read(seen, size, cursor, descending)
        found += page.items
        if page.next is None:
            break
        assert len(page.items) == size, "a page that has one after it is full"
        cursor = page.next
    assert found == wanted


def test_more_audiences_than_branches_give_the_same(there: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.engine.begin() as connection:
        rows = [{"audience_id": a, "person_id": p, "sort_key": f"{p % 7}"} for a in range(1, 150) for p in (a, a + 1)]
        connection.execute(sa.insert(listing), rows)
    every = set(range(1, 150))
    assert len(every) > paging._MAX_BRANCHES
    one = [read(every, 40, None, d) for d in (False, True)]
    monkeypatch.setattr(paging, "_MAX_BRANCHES", 200)
    assert [read(every, 40, None, d) for d in (False, True)] == one


def test_nobody_sees_nothing(there: Flask) -> None:
    assert top_of_audiences([], lambda audience: sa.select(Audience.id), Audience.id, ("id",), 5) is None
    assert read(set(), 5, None, False) == Page([], None)


def test_a_page_can_be_made_into_another() -> None:
    assert Page([1, 2], "c").map(lambda items: [str(i) for i in items]) == Page(["1", "2"], "c")
    assert page_of([], 3, cursor_of) == Page([], None)
    assert page_of([1, 2, 3], 3, cursor_of) == Page([1, 2, 3], None)
    assert page_of([1, 2, 3, 4], 3, cursor_of) == Page([1, 2, 3], cursor_of(3))


# ---- cursors -----------------------------------------------------------------------------------------------


STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)


@given(text=STORABLE, number=st.integers(-(2**63) + 1, 2**63 - 1))
def test_a_cursor_comes_back_and_fits_into_an_address(text: str, number: int) -> None:
    cursor = cursor_of(text, number)
    assert cursor.isascii() and not set(cursor) - set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
    assert read_cursor(cursor, str, int) == (text, number)


def raw(value: str) -> str:
    return base64.urlsafe_b64encode(value.encode()).decode().rstrip("=")


DAMAGED = [
    *(None, "", "x", "===", "%00", "ü", "\x00", "a" * 2001, "A" * 1999),
    *(raw(""), raw("{}"), raw("null"), raw("[]"), raw('["a"]'), raw('["a",1,2]'), raw('[1,"a"]'), raw('["a",1.5]')),
    *(raw('["a",true]'), raw('["a",null]'), raw('["a","1"]'), raw('[["a"],1]'), raw("[" * 1400)),
    *(raw('["a\\u0000",1]'), raw('["\\ud800",1]'), raw('["a",' + "9" * 30 + "]"), raw('["a",-' + "9" * 30 + "]")),
    *(raw('["a",9223372036854775808]'), raw('["a",NaN]'), raw('["a",1e400]'), raw('["a",1') + "AAAA"),
    base64.urlsafe_b64encode(b'["\xff",1]').decode(),
    base64.urlsafe_b64encode(b'["a",' + b"9" * 1400 + b"]").decode(),
]


@pytest.mark.parametrize("cursor", DAMAGED)
def test_a_damaged_cursor_is_the_first_page(cursor: str | None) -> None:
    assert read_cursor(cursor, str, int) is None


@given(
    cursor=st.one_of(
        st.text(max_size=300), st.binary(max_size=200).map(lambda b: base64.urlsafe_b64encode(b).decode())
    )
)
@example(cursor="\ud800")
def test_no_cursor_breaks_it(cursor: str) -> None:
    found = read_cursor(cursor, str, int)
    assert found is None or (isinstance(found[0], str) and isinstance(found[1], int))


@pytest.mark.parametrize("new", [None, "1"])
def test_the_directory_takes_any_cursor(app: Flask, client: Client, make: Make, new: str | None) -> None:
    client.sign_in(make.email(make.member("Gita Rao")))
    for cursor in filter(None, DAMAGED):
        page = client.get("people.directory", after=cursor, new=new)
        assert "Gita Rao" in page.main or new
    for values in (("zzzz", 5), ("", -1), ("0001-01-01", 2**62), ("not a day", 1), ("9999-12-31", 1)):
        client.get("people.directory", after=cursor_of(*values), new=new)
