"""Writes requirements/*.txt from pyproject.toml (`make lock`), with uv in an environment that is thrown away after.

Versions that are there and still fit stay; `make lock ARGS=--upgrade` takes the newest allowed ones.
Standard library only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"core": [], "all": ["postgres", "pdf"], "dev": ["postgres", "pdf", "dev"]}
OPTIONS = "--universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11"


def main() -> None:
    try:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([f"{folder}/bin/python", "-I", "-m", "pip", "install", "--quiet", "uv"], check=True)
            for name, extras in LOCKS.items():
                extra = [word for one in extras for word in ("--extra", one)]
                output = f"requirements/{name}.txt"
                command = [f"{folder}/bin/uv", "pip", "compile", "--quiet", *OPTIONS.split(), *extra, *sys.argv[1:]]
                subprocess.run(
                    [*command, "pyproject.toml", "-o", output],
                    cwd=ROOT,
                    check=True,
                    env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
                )
                print(f"{output}: {len(pins(name))} packages")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The locks are not all written, since `{Path(error.cmd[0]).name}` said why above.")
    for smaller, larger in (("core", "all"), ("all", "dev")):
        if differing := pins(smaller) - pins(larger):
            sys.exit(
                f"requirements/{larger}.txt must hold all of {smaller}.txt in the same versions, and does not for "
                f"{', '.join(sorted(differing))}: bound these in pyproject.toml, then run `make lock` again."
            )


def pins(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    # Names and versions: which of them an interpreter needs may be said more widely in a larger lock.
    return set(re.findall(r"^[\w.\[\],-]+==[^\s\\;]+", text, re.MULTILINE))


if __name__ == "__main__":
    main()
