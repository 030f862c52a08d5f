"""A real server with the demo company in a folder of its own, for looking and measuring. Shared with tests."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from playwright.sync_api import BrowserContext

HOUSE = Path(__file__).resolve().parent.parent
BROWSER_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def hallway(*arguments: str, env: Mapping[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "portal.cli", *arguments]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, cwd=HOUSE, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, **more
    )


@contextlib.contextmanager
def served(env: Mapping[str, str]) -> Iterator[str]:
    """`hallway run` on a free port; yields its address, and ends that very process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "run"],
        cwd=HOUSE,
        env={**os.environ, "PORT": "0", "WORKER": "0", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        found = re.search(r"http://\S+", first)
        if not found:
            raise RuntimeError(f"hallway did not start: {first!r}")
        yield found[0]
    finally:
        process.terminate()
        process.wait(40)


@contextlib.contextmanager
def demo_server() -> Iterator[str]:
    """The demo company, freshly made, served until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="hallway-demo-") as folder:
        env = {"INSTANCE_PATH": folder, "DATABASE_URL": "", "DEMO": ""}
        made = hallway("demo", env=env)
        if made.returncode:
            raise RuntimeError(made.stderr)
        with served(env) as url:
            yield url


def sign_in(context: BrowserContext, who: str, password: str = "demo") -> None:
    """Through the form, as a person does."""
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("Mail address").fill(f"{who}@hallway.example")
    page.get_by_label("Password").fill(password)
    page.locator("form.stack button").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.close()
