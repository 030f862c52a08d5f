"""The registry of checks: in order, each name once, a line that names the first few."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.core import checks
from portal.core.checks import Check


def test_what_the_others_rely_on_comes_first(sqlite_app: Flask) -> None:
    one, two = Check("listings", list), Check("the file", list, first=True)
    sqlite_app.extensions["hallway.checks"] = []
    checks.register(sqlite_app, [one])
    checks.register(sqlite_app, [two])
    with sqlite_app.app_context():
        assert checks.checks() == [two, one]


def test_a_name_is_taken_once(sqlite_app: Flask) -> None:
    sqlite_app.extensions["hallway.checks"] = []
    with pytest.raises(ValueError, match="two checks"):
        checks.register(sqlite_app, [Check("listings", list), Check("listings", list)])


@pytest.mark.parametrize(
    ("ids", "line"),
    [([], []), ([7], ["1 leavers listed: 7"]), (range(9), ["9 leavers listed: 0, 1, 2, 3, 4, …"])],
)
def test_a_line_names_how_many_and_the_first_few(ids: list[int], line: list[str]) -> None:
    assert checks.said("leavers listed", list(ids)) == line
