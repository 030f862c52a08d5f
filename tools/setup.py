"""Builds .venv from a hashed lock, once: `python tools/setup.py [--check] core|all|dev [FOLDER]`.

A stamp in the folder says what was installed there, by which Python, in which place. While it is true nothing is done
(`--check` only asks: exit 0 or 1). Otherwise tools/environment.py brings the folder up to date.
Standard library only, since it runs before anything is installed; this file also starts on old Pythons, to say so.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCKS = ("core", "all", "dev")  # each holds all of the one before


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit(
            "Hallway needs Python 3.11 or newer and this one is %d.%d: run `make setup`, which looks for "
            "a newer one, or name it with PYTHON=/path/to/python." % sys.version_info[:2]
        )
    arguments = [argument for argument in sys.argv[1:] if argument != "--check"]
    if len(arguments) not in (1, 2) or arguments[0] not in LOCKS:
        print("Use: python tools/setup.py [--check] core|all|dev [FOLDER]", file=sys.stderr)
        sys.exit(2)
    lock = arguments[0]
    venv = os.path.realpath(arguments[1] if len(arguments) == 2 else os.path.join(ROOT, ".venv"))
    if "--check" in sys.argv:
        sys.exit(0 if is_current(venv, lock) else 1)

    from environment import bring_up_to_date  # beside this file; most runs need none of it

    bring_up_to_date(venv, lock)


def is_current(venv: str, lock: str) -> bool:
    """Asked by the Python of that very folder, so that `sys.version` is the folder's."""
    if os.environ.get("PYTHON"):
        return False  # whether it is another Python takes a closer look
    return stamp(venv) == wanted(venv, lock, sys.version) and not stale_catalogues()


def stamp(venv: str) -> dict[str, str]:
    """What was installed last; empty when nothing was, or not to the end."""
    try:
        with open(os.path.join(venv, ".stamp"), encoding="utf-8") as file:
            return dict(json.load(file))
    except (OSError, ValueError, TypeError):
        return {}


def wanted(venv: str, lock: str, python: str) -> dict[str, str]:
    """What the stamp should say. Never less than is there: `make run` leaves the tools of `make test` alone."""
    lock = max(lock, stamp(venv).get("lock", lock), key=LOCKS.index)
    return {
        "lock": lock,
        "packages": digest(f"requirements/{lock}.txt"),
        "project": digest("pyproject.toml"),
        "python": python,
        "place": venv,
        "source": ROOT,
    }


def digest(name: str) -> str:
    with open(os.path.join(ROOT, name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def stale_catalogues() -> list[str]:
    """Translations whose source is newer than what was compiled from it."""
    stale = []
    for folder, _, names in os.walk(os.path.join(ROOT, "portal", "translations")):
        for source in (os.path.join(folder, name) for name in names if name.endswith(".po")):
            compiled = source[:-3] + ".mo"
            if not os.path.exists(compiled) or os.path.getmtime(compiled) < os.path.getmtime(source):
                stale.append(source)
    return stale


if __name__ == "__main__":
    main()
