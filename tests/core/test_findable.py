"""Domains say what of theirs can be found."""

from __future__ import annotations

from flask import Flask

from portal.core import findable


def test_sources_stand_in_the_order_in_which_they_came(sqlite_app: Flask) -> None:
    before = []
    with sqlite_app.app_context():
        before = [one.kind for one in findable.sources()]
    findable.register(sqlite_app, [findable.Source("thing", lambda _after, _most: [], lambda _ids: [])])
    with sqlite_app.app_context():
        assert [one.kind for one in findable.sources()] == [*before, "thing"]
