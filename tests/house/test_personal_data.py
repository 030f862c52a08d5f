"""Every column about a person is claimed, with a purpose, by the domain that keeps it."""

from __future__ import annotations

import importlib.util

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import DOMAINS
from portal.core import personal_data as core_data
from portal.core.db import Base
from portal.core.personal import Held, everything_held
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


@pytest.mark.parametrize("who", ["guest", "member", "admin"])
def test_the_page_shows_every_claim(sqlite_client: Client, sqlite_make: Make, who: str) -> None:
    person = sqlite_make.guest() if who == "guest" else sqlite_make.member(role=who)
    page = sqlite_client.sign_in(sqlite_make.email(person)).get("home.about_data")
    with sqlite_client.app.app_context():
        for claim in everything_held():
            assert f"{claim.table}: {', '.join(claim.columns)}" in page.text
            for words in (claim.title, claim.purpose, claim.viewers, claim.retention):
                assert " ".join(str(words).split()) in page.text
