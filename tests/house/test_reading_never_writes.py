"""A GET never writes to the database. That each is answered from a file opened for reading: test_routes."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core.db import db
from tests.client import Client
from tests.house.test_routes import GETS, Visit, answer, table_of
from tests.makers import Make

pytestmark = pytest.mark.both_databases

WRITERS = {"unit_of_work", "act"}


def called(function: ast.AST) -> set[str]:
    """Names of plain functions used in it."""
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def reaches_a_writer(view: Any) -> bool:
    """Does it, or a function of its module that it uses, begin a unit of work?"""
    module = ast.parse(inspect.getsource(sys.modules[view.__module__]))
    own = {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}
    todo, seen = [view.__name__], set()
    while todo:
        name = todo.pop()
        if name in WRITERS:
            return True
        if name in own and name not in seen:
            seen.add(name)
            todo += called(own[name])
    return False


def get_only(app: Flask) -> dict[str, Any]:
    rules = [rule for rule in app.url_map.iter_rules() if "POST" not in (rule.methods or set())]
    return {rule.endpoint: inspect.unwrap(app.view_functions[rule.endpoint]) for rule in rules}


def test_no_get_view_begins_a_unit_of_work(sqlite_app: Flask) -> None:
    views = get_only(sqlite_app)
    assert len(views) > 10
    assert [name for name, view in views.items() if reaches_a_writer(view)] == []


def test_the_check_finds_a_writer_behind_a_helper(sqlite_app: Flask) -> None:
    views = sqlite_app.view_functions
    assert reaches_a_writer(views["infomercials.confirm"])
    assert reaches_a_writer(views["people.details"])


def test_no_get_sends_a_writing_statement(app: Flask, client: Client, make: Make) -> None:
    make.noise()
    there = Visit(client, make, "lead")
    said: list[str] = []
    with app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            said.append(statement.lstrip().upper())

    assert {name: answer(client.raw.get(there.url(name))) for name in GETS} == table_of("lead")
    assert said
    assert [
        s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")) or "FOR UPDATE" in s
    ] == []
