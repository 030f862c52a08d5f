"""Every column about a person is claimed, with a purpose, by the domain that keeps it."""

from __future__ import annotations

import importlib.util

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import DOMAINS
from portal.core import personal_data as core_data
from portal.core.db import Base
from portal.core.personal import Held, everything_held, everything_kept
from tests.client import Client
from tests.makers import Make

ABOUT = {"person_id", "actor_id", "subject_id", "owner_id", "author_id", "email", "email_key", "address"}
# Tables that speak of people and need no claim, each with its reason.
NOT_PERSONAL = {
    "sign_in_try": "holds keyed hashes alone: neither the address nor the account can be read from them",
}


def about_people(metadata: sa.MetaData) -> set[str]:
    """The person's own table, those that point to it (over any number of others), and those that name one by id."""
    found = {"person"} | {t.name for t in metadata.tables.values() if ABOUT & set(t.columns.keys())}
    while True:
        more = {
            table.name
            for table in metadata.tables.values()
            if any(key.column.table.name in found for key in table.foreign_keys)
        }
        if more <= found:
            return found - set(NOT_PERSONAL)
        found |= more


def unclaimed(metadata: sa.MetaData, held: list[Held]) -> set[str]:
    claimed = {f"{claim.table}.{column}" for claim in held for column in claim.columns}
    names = about_people(metadata)
    columns = {f"{name}.{column.name}" for name in names for column in metadata.tables[name].columns}
    return columns - claimed


@pytest.fixture
def held(sqlite_app: Flask) -> list[Held]:
    with sqlite_app.app_context():
        return everything_held()


def test_every_column_about_a_person_is_claimed(held: list[Held]) -> None:
    assert unclaimed(Base.metadata, held) == set()


def test_the_tables_about_people_are_found_over_several_steps() -> None:
    found = about_people(Base.metadata)
    assert {"person", "account", "sign_in", "infomercial_listing", "form_once", "audit_entry"} <= found
    assert not found & {"setting", "department", "place", "audience", *NOT_PERSONAL}


def test_a_new_table_that_nobody_claims_would_be_found(held: list[Held]) -> None:
    metadata = sa.MetaData()
    sa.Table("person", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "shoe",
        metadata,
        sa.Column("worn_by", sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("size", sa.Text),
    )
    sa.Table("lace", metadata, sa.Column("shoe_id", sa.ForeignKey("shoe.worn_by")), sa.Column("colour", sa.Text))
    sa.Table("visit", metadata, sa.Column("person_id", sa.Integer))
    wanted = {"shoe.worn_by", "shoe.size", "lace.shoe_id", "lace.colour", "visit.person_id"}
    assert unclaimed(metadata, held) == wanted


def test_every_claim_is_about_a_column_that_exists_and_no_column_is_claimed_twice(held: list[Held]) -> None:
    claims = [(claim.table, column) for claim in held for column in claim.columns]
    assert len(claims) == len(set(claims))
    for table, column in claims:
        assert table in Base.metadata.tables, table
        assert column in Base.metadata.tables[table].columns, f"{table}.{column}"


def test_what_needs_no_claim_exists_and_has_no_person_in_it() -> None:
    for name, reason in NOT_PERSONAL.items():
        table = Base.metadata.tables[name]
        assert reason and not table.foreign_keys and not ABOUT & set(table.columns.keys())


def test_each_domain_claims_only_its_own_tables(held: list[Held]) -> None:
    owner = {
        mapper.persist_selectable.name: mapper.class_.__module__.rsplit(".", 1)[0] for mapper in Base.registry.mappers
    }
    for domain in DOMAINS:
        name = f"portal.{domain}.personal_data"
        if importlib.util.find_spec(name):
            for claim in importlib.import_module(name).HELD:
                assert owner[claim.table] == f"portal.{domain}", claim.table
    for claim in core_data.HELD:
        assert owner[claim.table] == "portal.core", claim.table


def test_every_claim_says_what_why_who_and_how_long(held: list[Held], sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        for claim in held:
            for words in (claim.title, claim.purpose, claim.viewers, claim.retention):
                assert len(str(words)) > 5, claim


# ---- what becomes of it --------------------------------------------------------------------------------------------


def unnamed(metadata: sa.MetaData, held: list[Held]) -> set[str]:
    """Columns that point to a person, of which no claim says whose row it is or who is named in it."""
    said = {f"{claim.table}.{name}" for claim in held for name in (*claim.whose, *claim.named)}
    points = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.name == "person_id" or any(key.column.table.name == "person" for key in column.foreign_keys)
    }
    return points - said


def test_every_column_that_points_to_a_person_says_whose_it_is(held: list[Held]) -> None:
    # A row that hangs on an account or on an intro is its person's.
    assert unnamed(Base.metadata, held) == set()


def test_a_column_of_which_nobody_says_whose_it_is_would_be_found(held: list[Held]) -> None:
    metadata = sa.MetaData()
    sa.Table("person", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table("shoe", metadata, sa.Column("worn_by", sa.ForeignKey("person.id"), primary_key=True))
    assert unnamed(metadata, held) == {"shoe.worn_by"}


def test_what_a_claim_says_about_its_rows_can_be_carried_out(held: list[Held]) -> None:
    for claim in held:
        table = Base.metadata.tables[claim.table]
        columns = set(table.columns.keys())
        assert {*claim.whose, *claim.named, *claim.secret, *claim.beside, *claim.either} <= columns, claim.table
        assert set(claim.secret) <= set(claim.columns), claim.table
        assert not set(claim.beside) & set(claim.columns), claim.table
        assert claim.whose or claim.erase == "stays", f"{claim.table}: rows of nobody cannot be erased"
        assert not (claim.erase == "stays" and not claim.whose and claim.named), claim.table
        for name in claim.named:
            assert table.columns[name].nullable, f"{claim.table}.{name} cannot be emptied"
        if claim.erase == "unlink":
            assert all(table.columns[name].nullable for name in claim.whose), claim.table


def test_the_days_of_a_claim_are_of_a_known_kind_and_every_kind_is_of_a_claim(sqlite_app: Flask) -> None:
    with sqlite_app.test_request_context():
        kinds = {kind.kind for kind in everything_kept()}
        assert {claim.keeps for claim in everything_held()} - {""} == kinds
        for claim in everything_held():
            assert ("%(days)s" in str(claim.retention)) == bool(claim.keeps), claim.table
            assert "%(" not in claim.how_long
        for kind in everything_kept():
            assert len(str(kind.title)) > 5 and 0 < kind.least < kind.most
            assert kind.least <= kind.days <= kind.most or (kind.may_be_off and kind.days == 0)


@pytest.mark.parametrize("who", ["guest", "member", "admin"])
def test_the_page_shows_every_claim(sqlite_client: Client, sqlite_make: Make, who: str) -> None:
    person = sqlite_make.guest() if who == "guest" else sqlite_make.member(role=who)
    page = sqlite_client.sign_in(sqlite_make.email(person)).get("home.about_data")
    with sqlite_client.app.app_context():
        for claim in everything_held():
            assert f"{claim.table}: {', '.join(claim.columns)}" in page.text
            for words in (claim.title, claim.purpose, claim.viewers, claim.how_long):
                assert " ".join(str(words).split()) in page.text
