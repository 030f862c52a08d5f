"""What is only computed is computed once for all the apps of a process: code of templates and rules, words of SQL.

Importing this does it, for the tests of a worker (tests/conftest.py) and for the commands that are forked from a
process of their own (tests/commands/warm.py).
"""

from __future__ import annotations

import functools
from types import CodeType
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from portal import app as house
from portal.core import web
from portal.core.db import prepare_engine
from portal.demo import fill as demo


class Compiled(BytecodeCache):
    """Templates as code, compiled once for all the apps of a worker: key and checksum are of name and source."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.kept[bucket.key, bucket.checksum] = bucket.code


def _alike(one: object, other: object) -> bool:
    return type(one) is type(other)


def _kind(one: object) -> int:
    return hash(type(one))


# Every test has an app and an engine of its own, but what is only computed is computed once for all of them.
Flask.jinja_options = {"bytecode_cache": Compiled()}
# SQL is kept by its dialect, and each engine has one: those of a kind say the same thing in the same words.
for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    dialect.__eq__, dialect.__hash__ = _alike, _kind  # type: ignore[method-assign,assignment]
STATEMENTS: Any = LRUCache(5_000)
# Each rule of the URL map is read and compiled to code of its own: nine tenths of what an app takes to build.
RULES: dict[Any, Any] = {}
_compile = Rule.compile


def _compiled_once(rule: Rule) -> None:
    key = (rule.rule, rule.host, rule.subdomain, repr(rule.defaults), rule.merge_slashes, rule.map.host_matching)
    if key not in RULES:
        _compile(rule)
        builders = rule._build.__func__, rule._build_unknown.__func__  # type: ignore[attr-defined]
        RULES[key] = rule._parts, rule._trace, rule._converters, frozenset(rule.arguments), builders
        return
    rule._parts, rule._trace, rule._converters, arguments, (build, with_unknown) = RULES[key]
    rule.arguments |= arguments
    rule._build, rule._build_unknown = build.__get__(rule, None), with_unknown.__get__(rule, None)


Rule.compile = _compiled_once  # type: ignore[method-assign]
# Each drawn portrait of the demo company is taken in by a process of its own, which comes to the same each time.
demo._pictures = functools.cache(demo._pictures)  # type: ignore[attr-defined]
web.StaticFiles = functools.cache(web.StaticFiles)  # type: ignore[attr-defined]


def _prepared(engine: Engine) -> None:
    prepare_engine(engine)
    engine.update_execution_options(compiled_cache=STATEMENTS)
    if engine.dialect.name == "sqlite":
        # No power cut is tested here, so nobody waits for the disk (tests/prove does).
        sa.event.listen(engine, "connect", _without_waiting)


def _without_waiting(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


house.prepare_engine = _prepared  # type: ignore[attr-defined]
