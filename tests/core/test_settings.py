"""What the admin chose."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from portal.core import settings
from portal.core.db import db, unit_of_work


@pytest.mark.parametrize("value", [True, False, 0, 1.5, "wörter", [1, "a", None], {"a": {"b": []}}, ""])
def test_a_value_comes_back_as_it_was(app: Flask, value: Any) -> None:
    with app.app_context():
        unit_of_work(lambda: settings.put("key", value))
        db.session.expunge_all()
        assert settings.get("key", "default") == value
        assert type(settings.get("key")) is type(value)


def test_what_was_not_chosen_is_the_default(app: Flask) -> None:
    with app.app_context():
        assert settings.get("key") is None
        assert settings.get("key", 7) == 7


def test_the_last_choice_counts_and_keys_do_not_touch(app: Flask) -> None:
    with app.app_context():
        for value in (1, 2, 3):
            unit_of_work(lambda v=value: settings.put("key", v))  # type: ignore[misc]
        unit_of_work(lambda: settings.put("other", "x"))
        assert (settings.get("key"), settings.get("other"), settings.get("KEY")) == (3, "x", None)


def test_outside_a_unit_of_work_nothing_is_kept(app: Flask) -> None:
    with app.app_context():
        settings.put("key", 1)
        db.session.rollback()
        assert settings.get("key") is None
