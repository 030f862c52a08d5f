"""A GET never writes to the database."""

from __future__ import annotations

import ast
import inspect
import sys
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.app import create_app
from portal.config import from_environ
from portal.core.db import db
from tests.client import Client
from tests.house.test_routes import GETS, Visit
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


@pytest.mark.parametrize("who", ["nobody", "guest", "member", "lead", "admin"])
def test_every_get_is_answered_from_a_database_opened_for_reading(
    sqlite_app: Flask, sqlite_client: Client, sqlite_make: Make, who: str
) -> None:
    """What each GET answers is the same when the file cannot be written."""
    sqlite_make.noise()
    there = Visit(sqlite_client, sqlite_make, who)
    config = sqlite_app.config["HALLWAY"]
    file = config.database_url.removeprefix("sqlite:///")
    closed = create_app(
        from_environ(
            {"INSTANCE_PATH": str(config.instance_path), "DATABASE_URL": f"sqlite:///file:{file}?mode=ro&uri=true"}
        )
    )
    client = closed.test_client()
    cookie = sqlite_client.raw.get_cookie("hallway")
    if cookie:
        client.set_cookie("hallway", cookie.value)
    for endpoint in GETS:
        url = there.url(endpoint)
        expected = sqlite_client.raw.get(url)
        answer = client.get(url)
        assert (answer.status_code, answer.headers.get("Location")) == (
            expected.status_code,
            expected.headers.get("Location"),
        ), endpoint
    with closed.app_context(), pytest.raises(sa.exc.OperationalError, match="readonly"):
        db.session.execute(sa.text("DELETE FROM setting"))
    with closed.app_context():
        db.session.remove()
        db.engine.dispose()


def test_no_get_sends_a_writing_statement(app: Flask, client: Client, make: Make) -> None:
    make.noise()
    there = Visit(client, make, "lead")
    said: list[str] = []
    with app.app_context():

        @sa.event.listens_for(db.engine, "before_cursor_execute")
        def _asked(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            said.append(statement.lstrip().upper())

    for endpoint in GETS:
        client.raw.get(there.url(endpoint))
    assert said
    assert [
        s for s in said if s.startswith(("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")) or "FOR UPDATE" in s
    ] == []
