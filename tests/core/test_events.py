"""Events: told inside the transaction, to everyone who listens, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from portal.core import settings
from portal.core.db import db, inside_unit_of_work, unit_of_work
from portal.core.events import publish, subscribe


@dataclass(frozen=True)
class Rained:
    place_id: int


@dataclass(frozen=True)
class Snowed:
    place_id: int


@pytest.fixture
def heard(app: Flask) -> list[Any]:
    told: list[Any] = []
    subscribe(app, [(Rained, lambda event: told.append(("first", event, inside_unit_of_work())))])
    subscribe(app, [(Rained, lambda event: told.append(("second", event, inside_unit_of_work())))])
    return told


def test_everyone_who_listens_is_told_at_once_in_order(app: Flask, heard: list[Any]) -> None:
    def work() -> int:
        publish(Rained(7))
        return len(heard)

    with app.app_context():
        assert unit_of_work(work) == 2
    assert heard == [("first", Rained(7), True), ("second", Rained(7), True)]


def test_others_are_not_told_and_nobody_has_to_listen(app: Flask, heard: list[Any]) -> None:
    with app.app_context():
        unit_of_work(lambda: publish(Snowed(7)))
    assert heard == []


def test_outside_a_unit_of_work_it_is_refused(app: Flask, heard: list[Any]) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="inside a unit of work"):
        publish(Rained(7))
    assert heard == []


def test_a_listener_that_fails_takes_everything_back(app: Flask) -> None:
    subscribe(app, [(Rained, lambda event: settings.put("wet", event.place_id))])

    def fails(_event: Rained) -> None:
        db.session.flush()
        raise ValueError("no umbrella")

    subscribe(app, [(Rained, fails)])

    def work() -> None:
        settings.put("sky", "grey")
        publish(Rained(7))

    with app.app_context():
        with pytest.raises(ValueError, match="no umbrella"):
            unit_of_work(work)
        assert db.session.scalars(sa.select(settings.Setting.key)).all() == []


def test_what_listeners_write_is_kept_with_the_rest(app: Flask) -> None:
    subscribe(app, [(Rained, lambda event: settings.put("wet", event.place_id))])
    with app.app_context():
        unit_of_work(lambda: publish(Rained(7)))
        assert settings.get("wet") == 7


def test_a_listener_may_publish_in_turn(app: Flask, heard: list[Any]) -> None:
    subscribe(app, [(Snowed, lambda event: publish(Rained(event.place_id)))])
    with app.app_context():
        unit_of_work(lambda: publish(Snowed(3)))
    assert [event for _who, event, _inside in heard] == [Rained(3), Rained(3)]
