"""Mutation tests: would a test notice if a line of a rule or a read were wrong?

`python -m tests.prove.mutation [FILE …]` changes rules, reads and pure ideas one small thing at a time (mutmut, in a
copy of the house; pyproject.toml says which files) and runs the tests that touch it, on SQLite. FILE: only these
(portal/people/services.py). `--number 5` takes a sample: of each function the fifth change alone.
Score: killed of killed and survived; a change that no test runs has survived. Below 70 % it fails.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
MUTANTS = HOUSE / "mutants"
AT_LEAST = 70.0
NOTICED = {"killed", "timeout", "segfault", "caught by type check"}
UNNOTICED = {"survived", "no tests"}


def run(files: list[str], children: int, number: int | None) -> int:
    """Let mutmut do its work; its exit code."""
    command = [str(Path(sys.executable).parent / "mutmut"), "run", "--max-children", str(children)]
    which = "*" if number is None else f"*__mutmut_{number}"
    command += [f"{file.removesuffix('.py').replace('/', '.')}.{which}" for file in files]
    if number is not None and not files:
        command.append(which)
    env = {**os.environ, "HALLWAY_TEST_DATABASES": "sqlite"}
    return subprocess.run(command, cwd=HOUSE, env=env, check=False).returncode


def results(files: list[str]) -> dict[str, str]:
    """Each mutant and what became of it."""
    from mutmut.stats import status_by_exit_code

    found = {}
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        name = str(path.relative_to(MUTANTS)).removesuffix(".meta")
        if files and name not in files:
            continue
        for mutant, code in json.loads(path.read_text())["exit_code_by_key"].items():
            found[mutant] = status_by_exit_code[code]
    return found


def function_of(mutant: str) -> str:
    """ "portal.people.services.x_relist__mutmut_3" -> "portal.people.services relist"."""
    module, _dot, name = mutant.rpartition(".")
    inner = re.sub(r"__mutmut_\d+$", "", name)
    inner = inner.removeprefix("x_") if not inner.startswith("xǁ") else inner[2:].replace("ǁ", ".")
    return f"{module} {inner}"


def report(found: dict[str, str]) -> float:
    """Print what survived, by function, and the score."""
    survivors: dict[str, list[str]] = defaultdict(list)
    for mutant, status in found.items():
        if status in UNNOTICED:
            survivors[function_of(mutant)].append(mutant)
    for function, mutants in sorted(survivors.items()):
        print(f"\n{function}: {len(mutants)}")
        for mutant in mutants:
            note = "  (no test runs it)" if found[mutant] == "no tests" else ""
            print(f"  mutmut show {mutant}{note}")
    print()
    modules = sorted({mutant.rpartition(".")[0] for mutant in found})
    for module in modules:
        counts = Counter(status for mutant, status in found.items() if mutant.rpartition(".")[0] == module)
        print(f"{module:<34}{_score(counts):>7.1f} %   {_words(counts)}")
    counts = Counter(found.values())
    score = _score(counts)
    print(f"{'all':<34}{score:>7.1f} %   {_words(counts)}")
    return score


def _score(counts: Counter[str]) -> float:
    killed = sum(counts[status] for status in NOTICED)
    known = killed + sum(counts[status] for status in UNNOTICED)
    return 100 * killed / known if known else 0.0


def _words(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.prove.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", help="only these files")
    parser.add_argument("--children", type=int, default=2, help="how many at once")
    parser.add_argument("--number", type=int, help="of each function only the change with this number")
    parser.add_argument("--keep", action="store_true", help="go on with the copy that is there: only what changed")
    parser.add_argument("--report", action="store_true", help="run nothing, show the last results")
    asked = parser.parse_args()
    if not asked.report:
        if not asked.keep:
            shutil.rmtree(MUTANTS, ignore_errors=True)
        code = run(asked.files, asked.children, asked.number)
        if code:
            print(f"mutmut ended with {code}")
            return 1
    found = results(asked.files)
    if not found:
        print("There are no mutants.")
        return 1
    score = report(found)
    print(f"{'OK' if score >= AT_LEAST else 'MISSED'}: {score:.1f} %, at least {AT_LEAST:.0f} %")
    return 0 if score >= AT_LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
