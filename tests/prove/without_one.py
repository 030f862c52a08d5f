"""A pytest plugin: instead of running the tests once, it runs them without each condition (see visibility.py).

Everything is loaded once. First all tests run with every condition in its place, to see which test asks which
condition, how long it takes, and that it passes. Then, for each condition, the process forks, takes it away, and
runs the tests that ask it until one fails. $HALLWAY_CONDITIONS names a file with a list of {"module", "function",
"mark", "first": [beginnings of the names of the likeliest tests]}; the answers are written beside it.
"""

from __future__ import annotations

import builtins
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

AT_ONCE = 2
SECONDS = 600  # for one condition; a test that hangs has noticed something as well
_PLAN = Path(os.environ["HALLWAY_CONDITIONS"])
_asked: set[int] = set()
_missing = -1


def _without(number: int) -> bool:
    """What stands at each condition of the copy: is it taken away?"""
    _asked.add(number)
    return number == _missing


builtins.hallway_without = _without  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    if session.testsfailed:
        raise session.Interrupted("tests cannot be read")
    plan = json.loads(_PLAN.read_text())
    _failed(session.items[0])  # what is made once for all tests is there now
    halves = [session.items[start::AT_ONCE] for start in range(AT_ONCE)]
    seen = {k: v for half in _forked([lambda h=half: _looked_at(h) for half in halves]) for k, v in half.items()}
    broken = sorted(name for name, one in seen.items() if not one["passes"])
    by_time = sorted((i for i in session.items if seen[i.nodeid]["passes"]), key=lambda i: seen[i.nodeid]["seconds"])
    jobs = []
    for number, one in enumerate(plan):
        asking = [item for item in by_time if one["mark"] or number in seen[item.nodeid]["asked"]]
        first = one["first"]
        asking.sort(key=lambda i, first=first: next(  # the quickest first, among equals
            (place for place, name in enumerate(first) if i.nodeid.startswith(name)), len(first)
        ))  # fmt: skip
        jobs.append(lambda one=one, number=number, asking=asking: _first_to_fail(one, number, asking))
    answers = _forked(jobs)
    _PLAN.with_suffix(".answers").write_text(json.dumps({"answers": answers, "broken": broken}))
    return True


def _forked(jobs: list[Callable[[], Any]]) -> list[Any]:
    """What they answer, each in a process of its own."""
    answers: list[Any] = [None] * len(jobs)
    under_way: dict[int, int] = {}
    waiting = list(range(len(jobs)))
    while waiting or under_way:
        if waiting and len(under_way) < AT_ONCE:
            number = waiting.pop(0)
            pid = os.fork()
            if not pid:
                _child(jobs[number], number)
            under_way[pid] = number
            continue
        pid, _status = os.wait()
        number = under_way.pop(pid)
        said = _said(number)
        answers[number] = json.loads(said.read_text()) if said.exists() else None
        said.unlink(missing_ok=True)
        _PLAN.with_suffix(".so_far").write_text(json.dumps(answers) if len(jobs) > AT_ONCE else "")
    return answers


def _said(number: int) -> Path:
    return _PLAN.with_suffix(f".{number}")


def _child(job: Callable[[], Any], number: int) -> None:
    try:
        _said(number).write_text(json.dumps(job()))
    finally:
        os._exit(0)


def _looked_at(items: list[pytest.Item]) -> dict[str, Any]:
    """With everything in its place: which conditions each test asks, how long it takes, whether it passes."""
    found = {}
    for item in items:
        _asked.clear()
        started = time.perf_counter()
        passes = not _failed(item)
        found[item.nodeid] = {
            "asked": sorted(_asked),
            "seconds": time.perf_counter() - started,
            "passes": passes,
        }
    return found


def _first_to_fail(one: dict[str, Any], number: int, items: list[pytest.Item]) -> dict[str, Any]:
    """The first test that fails without it ("" when none does), and how many ask it."""
    global _missing
    _missing = number
    if one["mark"]:
        del vars(getattr(sys.modules[one["module"]], one["function"]))["hallway_roles"]
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.alarm(SECONDS)
    failed = next((item.nodeid for item in items if _failed(item)), "")
    return {"failed": failed, "asked_by": len(items)}


def _failed(item: pytest.Item) -> bool:
    """Run it. Only what is made once for all tests stays, whatever comes next."""
    reports = runtestprotocol(item, log=False, nextitem=item.session)  # type: ignore[arg-type]
    return any(report.failed for report in reports)
