"""Nobody learns from the time of an answer whether an address has an account."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest

from tests.prove.house import Browser, Server, run

TRIES = 20  # of each kind: an address has 50 free ones an hour, an account 5
# Above it, the difference of two medians could be told apart by somebody with patience.
APART = 0.05


@pytest.fixture
def real_passwords(tmp_path: Path) -> dict[str, str]:
    """An installation whose passwords are hashed as in earnest."""
    env = {"INSTANCE_PATH": str(tmp_path / "instance"), "DATABASE_URL": "", "DEMO": "0"}
    env["HALLWAY_TEST_CHEAP_PASSWORDS"] = "0"
    run(env, "bench", "fill", "--people", "24")
    return env


def _wrong(browser: Browser, email: str) -> float:
    action, fields = browser.form("/sign-in", "password")
    started = time.perf_counter()
    status = browser.send(action, fields, {"email": email, "password": "not this one"})
    took = time.perf_counter() - started
    assert status == 422
    return took


def test_unknown_and_known_addresses_take_the_same_time(real_passwords: dict[str, str], tmp_path: Path) -> None:
    server = Server(real_passwords, tmp_path / "log")
    known: list[float] = []
    unknown: list[float] = []
    try:
        browser = Browser(server.url)
        for kind in ("p5", "nobody", "p6", "no-one"):  # what a process does once is not measured
            _wrong(browser, f"{kind}@bench.example")
        for turn in range(TRIES):
            known.append(_wrong(browser, f"p{5 + turn % 16}@bench.example"))
            unknown.append(_wrong(browser, f"x{5 + turn % 16}@bench.example"))
    finally:
        server.stop()
    print(f"\nknown {median(known) * 1000:.1f} ms, unknown {median(unknown) * 1000:.1f} ms")
    assert abs(median(known) - median(unknown)) <= APART * median(known)
