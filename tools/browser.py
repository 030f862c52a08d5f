"""Finds a Chromium that starts, installs one where there is none, and writes its path to .venv/.chromium.
Brings pango as well, which WeasyPrint draws letters with, and notes it in .venv/.pango.

Run by `make test` and whatever else opens pages, with .venv's Python. Standard library only.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

VENV = Path(__file__).resolve().parent.parent / ".venv"
NOTE = VENV / ".chromium"
PANGO_NOTE = VENV / ".pango"
# The headless shell comes first: the same engine without the rest of a browser, for two thirds of the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
APT_INSTALL = "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends {} fonts-dejavu-core"
APT_PANGO = (
    "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
IS_ROOT = os.geteuid() == 0


def main() -> None:
    chromium()
    pango()


def chromium() -> None:
    named = os.environ.get("CHROMIUM")
    if noted() and named in (None, "", noted()):
        return
    if named:
        found = shutil.which(named)
        if not found or not starts(found):
            sys.exit(f"CHROMIUM={named} does not start: name another one, or run `env -u CHROMIUM make test`.")
    else:
        found = first_that_starts() or install()
    NOTE.write_text(found + "\n", encoding="utf-8")


def pango() -> None:
    """Chromium's own packages bring it on Debian; elsewhere it may be missing."""
    if PANGO_NOTE.exists() or finds_pango():
        PANGO_NOTE.touch()
        return
    kind = distribution()
    if IS_ROOT and "debian" in kind:
        say("Tests make PDFs and there is no pango: installing it …")
        apt("apt-get update")
        apt(APT_PANGO)
        if finds_pango():
            PANGO_NOTE.touch()
            return
    sudo = "" if IS_ROOT else "sudo "
    if platform.system() == "Darwin":
        mend = "brew install pango"
    elif "debian" in kind:
        mend = f"{sudo}apt-get update && {sudo}{APT_PANGO}"
    else:
        mend = f"{sudo}dnf install pango"
    sys.exit(f"Tests make PDFs, and WeasyPrint does not find pango on this machine: run `{mend}`, then make again.")


def finds_pango() -> bool:
    return run([sys.executable, "-c", "import weasyprint"], seconds=60)[0] == 0


def noted() -> str:
    """The one found last time, if it is still there."""
    path = NOTE.read_text(encoding="utf-8").strip() if NOTE.exists() else ""
    return path if os.access(path, os.X_OK) else ""


def first_that_starts() -> str:
    return next((path for path in candidates() if starts(path)), "")


def candidates() -> Iterator[str]:
    for name in (*NAMES, MAC):
        if path := shutil.which(name):
            yield path
    if os.access(path := playwrights_own(), os.X_OK):
        yield path


def playwrights_own() -> str:
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return result.stdout.strip()


def starts(path: str) -> bool:
    """Shows it a page: a file called chromium may be a note that it moved to a snap, or lack its libraries."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", "data:text/html,<p>hallway"]
        return "<p>hallway" in run(command, seconds=60)[1]


def run(command: list[str], seconds: float) -> tuple[int, str]:
    """Exit code and output; what takes too long is ended with all it started."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except OSError as error:
        return 1, str(error)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return 1, process.communicate()[0]
    return process.returncode, output


def install() -> str:
    """Debian has it as a package; Ubuntu's package is a snap, which no container runs, so there Playwright's own."""
    kind = distribution()
    if IS_ROOT and "debian" in kind and "ubuntu" not in kind:
        say("Tests need Chromium and there is none: installing Debian's …")
        apt("apt-get update")
        for package in NAMES[:2]:
            apt(APT_INSTALL.format(package))
            if found := first_that_starts():
                return found
    say("Tests need Chromium and there is none: downloading Playwright's own …")
    playwright = [sys.executable, "-m", "playwright", "install"]
    if IS_ROOT and "debian" in kind:
        playwright.append("--with-deps")
    run([*playwright, "--no-shell", "chromium"], seconds=900)
    if found := first_that_starts():
        return found
    sudo = "" if IS_ROOT else "sudo "
    if platform.system() == "Darwin":
        mend = "brew install --cask google-chrome"
    elif "ubuntu" in kind:
        mend = f"{sudo}.venv/bin/playwright install --with-deps chromium"
    elif "debian" in kind:
        mend = f"{sudo}apt-get update && {sudo}{APT_INSTALL.format('chromium')}"
    else:
        mend = "CHROMIUM=/path/to/chromium make test"
    sys.exit(f"Tests need Chromium, which is neither here nor could be installed: run `{mend}`, then make again.")


def distribution() -> set[str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return set()
    return {release.get("ID", ""), *release.get("ID_LIKE", "").split()}


def apt(command: str) -> None:
    """Tries again while another apt holds a lock; DPkg::Lock::Timeout does not cover the package lists."""
    for _ in range(20):
        code, output = run(command.split(), seconds=900)
        if code == 0 or "Could not get lock" not in output:
            return
        time.sleep(15)


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped: `make test` starts over.")
