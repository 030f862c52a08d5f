"""`hallway erase person`: erases, asks at a terminal alone, and says who cannot be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from portal.app import create_app
from portal.config import from_environ
from portal.core.db import db
from tests.commands.conftest import Ran
from tests.makers import Make

Hallway = Callable[..., Ran]


@pytest.fixture
def filled(hallway: Hallway, instance: Path, migrated: Path) -> None:
    """An installation with an admin, Gita and Mo."""
    assert hallway("init", "--email", "ada@example.org", "--password-stdin", stdin="correct horse battery").code == 0
    app = create_app(from_environ({"INSTANCE_PATH": str(instance)}))
    make = Make(app)
    make.person("Gita Rao", email="gita@example.org")
    make.person("Mo Mate", email="mo@example.org")
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("who", ["GITA@example.org", "gita-rao"])
def test_somebody_is_erased_and_is_nobody_afterwards(hallway: Hallway, filled: None, who: str) -> None:
    ran = hallway("erase", "person", who, "--yes")
    assert ran.code == 0 and "Erased" in ran.out
    again = hallway("erase", "person", who, "--yes")
    assert again.code == 1 and "Nobody here" in again.err
    assert hallway("erase", "person", "mo-mate", "--yes").code == 0


def test_without_a_terminal_it_wants_a_yes(hallway: Hallway, filled: None) -> None:
    ran = hallway("erase", "person", "gita-rao")
    assert ran.code == 2 and "--yes" in ran.err
    assert hallway("erase", "person").code == 2
    assert hallway("erase", "person", "gita-rao", "--yes").code == 0


@pytest.mark.parametrize("who", ["ada@example.org", "nobody@example.org", "", "%"])
def test_the_last_admin_and_nobody_are_refused(hallway: Hallway, filled: None, who: str) -> None:
    ran = hallway("erase", "person", who, "--yes")
    assert ran.code == 1
    assert "last admin" in ran.err if who.startswith("ada") else "Nobody here" in ran.err
