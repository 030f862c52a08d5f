"""A backup that was never restored is a hope: the worker restores one as a trial when an admin asks for it.

The setting `backup_test`: state "wanted", "good" or "failed"; at, since when it is so; problem; leased_until, while a
worker is at it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.core import clock, settings
from portal.core.db import alone, db, unit_of_work
from portal.core.errors import Refused

from .backup import checked_backup
from .restore import trial

log = logging.getLogger("hallway.keeping")

TEST = "backup_test"
LEASE = timedelta(hours=1)


@dataclass(frozen=True)
class LastTest:
    """How it stands. state: "" when nobody ever asked."""

    state: str
    at: datetime | None
    problem: str


def last_test() -> LastTest:
    """What is known of it."""
    said: dict[str, Any] = settings.get(TEST) or {}
    return LastTest(said.get("state", ""), _moment(said.get("at")), said.get("problem") or "")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def ask_for_test() -> None:
    """Owe it: the worker makes a backup and restores it as a trial (inside a unit of work)."""
    settings.put(TEST, {"state": "wanted", "at": clock.now().isoformat()})


def see_to_test() -> bool:
    """Do it, if it is asked for and nobody is at it."""
    asked = last_test().state == "wanted"
    db.session.rollback()
    if not asked or not unit_of_work(_claim):
        return False
    try:
        problem = "\n".join(_tried())
    except Refused as refused:
        problem = str(refused)
    except Exception as error:
        db.session.rollback()
        log.exception("backup_test_failed")
        problem = type(error).__name__
    said = {"state": "failed" if problem else "good", "problem": problem}
    unit_of_work(lambda: settings.put(TEST, {**said, "at": clock.now().isoformat()}))
    return False


def _tried() -> list[str]:
    """A backup made for the test alone: it takes no night's place."""
    path = checked_backup("test")
    try:
        return trial(path)
    finally:
        path.unlink(missing_ok=True)


def _claim() -> bool:
    alone(TEST)
    said: dict[str, Any] = settings.get(TEST) or {}
    until = _moment(said.get("leased_until"))
    if said.get("state") != "wanted" or (until is not None and until > clock.now()):
        return False
    settings.put(TEST, {**said, "leased_until": (clock.now() + LEASE).isoformat()})
    return True
