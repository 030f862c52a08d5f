"""Does a test notice when one condition of who may see what is missing?

`python -m tests.prove.visibility [WORDS …]` takes the conditions out, one at a time, in a copy of the house, and runs
the tests that ask it (the walk of all routes among them), on SQLite, until one fails. WORDS: only conditions with
one of these in their name ("teams/queries"), and only the tests of their domains. `--list` says which there are. They
are found in the syntax tree, so a new one is among them by itself.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
SKIPPED = ("portal/core", "portal/demo", "portal/commands")

# Conditions of a query: without them it finds everything.
PREDICATES = {
    "visible_to", "still_here", "_has_access", "_readable", "seen_by", "names", "_found_by", "listed", "seen",
    "speaks", "read_by", "_told",
}  # fmt: skip
# What an `if` asks about that then says that something is not there, or not theirs to do.
ASKED = {
    "is_guest", "is_admin", "may_keep", "may_invite", "may_ask", "may_ask_guests", "guests_too", "i_am_in", "i_lead",
    "audience_ids", "is_for", "is_kept_by", "keeps", "member", "fits", "is_open", "_seen",
}  # fmt: skip
RIGHTS = {"keeps", "leads", "passes_on", "may_ask", "colleague"}  # names of what somebody may
MARK = "no mark"  # of a view for one role alone: taken off where it stands
# Whoever asks has it; what is not there is not there all the same.
_ANY = "(db.session.get({}, ({{}})[1]) or (_ for _ in ()).throw(NotVisible))"
# Who gets hold of something to change it, and what does the same for everybody.
HOLDERS = {
    ("portal/teams/routes.py", "_kept"): "_team({})",
    ("portal/teams/services.py", "_kept"): "_locked({})",
    ("portal/teams/services.py", "_locked"): _ANY.format("Team"),
    ("portal/goals/services.py", "_kept"): _ANY.format("Goal"),
    ("portal/reel/services.py", "_led"): "team_by_id({})",
    ("portal/invitations/services.py", "_managed"): _ANY.format("Invitation"),
}

DOMAINS = (
    "accounts", "audiences", "finding", "goals", "help", "home", "infomercials", "introductions", "invitations",
    "kudos", "meet", "moderation", "notifications", "people", "reel", "search", "teams", "ties", "topics",
)  # fmt: skip
TESTS = ["tests/house/test_routes.py", *(f"tests/{name}" for name in DOMAINS)]
SLOW = ["tests/reel/test_pdf.py", "tests/reel/test_printing.py", "tests/people/test_photos.py"]


@dataclass(frozen=True)
class Condition:
    """One condition: where it stands (offsets in bytes), and what it is replaced by."""

    file: str
    function: str
    line: int
    start: int
    end: int
    words: str
    instead: str

    def __str__(self) -> str:
        words = " ".join(self.words.split())
        return f"{self.file.removeprefix('portal/')}:{self.line} {self.function}: {words[:70]} -> {self.instead}"


def conditions(house: Path = HOUSE) -> list[Condition]:
    """All of them, in the order of the files."""
    found = []
    for path in sorted((house / "portal").rglob("*.py")):
        name = path.relative_to(house).as_posix()
        if not name.startswith(SKIPPED):
            found += in_file(name, path.read_text(encoding="utf-8"))
    return found


def in_file(name: str, source: str) -> list[Condition]:
    """Those of one file, each once."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: dict[tuple[int, int], Condition] = {}
    for function, node, instead in _Finder(name).found_in(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        words = data[start:end].decode()
        if "{}" in instead:
            instead = instead.format(words.partition("(")[2].rpartition(")")[0])
        found[start, end] = Condition(name, function, node.lineno, start, end, words, instead)
    return [found[place] for place in sorted(found)]


Found = tuple[str, ast.expr, str]


class _Finder:
    def __init__(self, file: str) -> None:
        self.file = file

    def found_in(self, tree: ast.Module) -> Iterator[Found]:
        for top in tree.body:
            for function in [top, *top.body] if isinstance(top, ast.ClassDef) else [top]:
                if isinstance(function, ast.FunctionDef):
                    for node in ast.walk(function):
                        yield from ((function.name, *one) for one in self._of(node, function.name))

    def _of(self, node: ast.AST, function: str) -> Iterator[tuple[ast.expr, str]]:
        if isinstance(node, ast.Call):
            yield from self._of_call(node, function)
        elif isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and _called(mark) == "for_role":
                    yield mark, MARK
        elif isinstance(node, ast.If):
            yield from self._of_if(node)
        elif isinstance(node, ast.IfExp):
            yield from self._of_choice(node)
        elif isinstance(node, ast.Compare):
            on = node.comparators[0]
            if isinstance(node.left, ast.Attribute) and node.left.attr == "listed_until":
                yield node, "sa.true()"
            elif isinstance(node.ops[0], ast.In) and _mentions(on, {"audience_ids"}):
                yield node, "True"
        elif isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id in RIGHTS and _mentions(node.value, ASKED):
                yield node.value, "True"
        elif isinstance(node, ast.keyword) and _mentions(node.value, ASKED) and (node.arg or "").startswith("may_"):
            yield node.value, "True"

    def _of_call(self, node: ast.Call, function: str) -> Iterator[tuple[ast.expr, str]]:
        called = _called(node)
        if called in PREDICATES:
            yield node, "sa.true()"
        elif called == "top_of_audiences":
            yield node.args[0], "range(1, 90)"
        elif (self.file, called) in HOLDERS and called != function:
            yield node, HOLDERS[self.file, called]

    @staticmethod
    def _of_if(node: ast.If) -> Iterator[tuple[ast.expr, str]]:
        raised = _raised(node.body)
        asked = {"is_guest", "is_admin", "may_ask_guests", "guests_too", "audience_ids", "keeps"}
        acts = raised == "RuleBroken" or isinstance(node.body[0], ast.Return | ast.Assign | ast.Expr)
        test = node.test
        if raised == "NotVisible":
            operands = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) else [test]
            for one in operands:
                if _mentions(one, ASKED) or (isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.NotIn)):
                    yield one, "False"
        elif acts and _mentions(test, asked):
            # "if not guest: return" lets through, all others stop somebody.
            is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
            yield test, "True" if is_not and _mentions(test, {"is_guest"}) else "False"

    def _of_choice(self, node: ast.IfExp) -> Iterator[tuple[ast.expr, str]]:
        if not _mentions(node.test, ASKED - {"is_open"}):
            return
        nothing = ast.unparse(node.orelse) in ("''", "[]", "{}", "None", "set()")
        if nothing:
            both = isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And)
            for one in node.test.values if both else [node.test]:  # type: ignore[attr-defined]
                if _mentions(one, ASKED - {"is_open"}):
                    yield one, "True"
        elif self.file.endswith("queries.py") and _mentions(node.test, {"is_guest"}):
            yield node.test, "False"


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _mentions(node: ast.AST, names: set[str]) -> bool:
    said = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    said |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return bool(said & names)


def _raised(body: list[ast.stmt]) -> str:
    first = body[0]
    if not isinstance(first, ast.Raise) or first.exc is None:
        return ""
    raised = first.exc.func if isinstance(first.exc, ast.Call) else first.exc
    return raised.id if isinstance(raised, ast.Name) else ""


# ---- the copy ------------------------------------------------------------------------------------------------------


def switched(source: bytes, found: Sequence[tuple[int, Condition]]) -> bytes:
    """The source in which each of these (with its number) is missing while `hallway_without` says so."""

    def between(start: int, end: int, inside: Sequence[tuple[int, Condition]]) -> bytes:
        made, at = b"", start
        while inside:
            number, one = inside[0]
            within = [other for other in inside[1:] if other[1].end <= one.end]
            words = between(one.start, one.end, within)
            if one.instead != MARK:
                words = f"({one.instead} if hallway_without({number}) else (".encode() + words + b"))"
            made += source[at : one.start] + words
            at, inside = one.end, inside[1 + len(within) :]
        return made + source[at:end]

    return between(0, len(source), sorted(found, key=lambda one: (one[1].start, -one[1].end)))


def copied(folder: Path, words: Sequence[str]) -> list[Condition]:
    """Make a copy of the house with a switch at each condition that was chosen; which they are."""
    for name in ("portal", "tests"):
        shutil.copytree(HOUSE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "Makefile", "wsgi.py"):
        shutil.copy(HOUSE / name, folder / name)
    for name in ("templates", "static", "migrations", "tools", "docs"):
        (folder / name).symlink_to(HOUSE / name)
    chosen = _chosen(conditions(folder), words)
    for file in {one.file for one in chosen}:
        path = folder / file
        here = [(number, one) for number, one in enumerate(chosen) if one.file == file]
        path.write_bytes(switched(path.read_bytes(), here))
    return chosen


def run(words: Sequence[str] = ()) -> list[tuple[Condition, str]]:
    """Take the conditions out one at a time; each with the test that failed, "" where none did."""
    with tempfile.TemporaryDirectory(prefix="hallway-visibility-") as made:
        folder, plan = Path(made) / "house", Path(made) / "plan.json"
        folder.mkdir()
        chosen = copied(folder, words)
        plan.write_text(json.dumps([_as_plan(one) for one in chosen]))
        env = {
            **os.environ,
            "HALLWAY_CONDITIONS": str(plan),
            "HALLWAY_TEST_DATABASES": "sqlite",
            "PYTEST_DEBUG_TEMPROOT": made,
            "PYTHONPATH": str(folder),
        }
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "tests.prove.without_one",
            "-n",
            "0",
            "-q",
            "--tb=short",
            *_tests_for(chosen if words else ()),
        ]
        command += [f"--ignore={name}" for name in SLOW]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        written = plan.with_suffix(".answers")
        assert written.exists(), f"the tests do not run\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        said = json.loads(written.read_text())
    if said["broken"]:
        print("These fail with everything in its place, and prove nothing:", *said["broken"], sep="\n  ")
    return [
        (one, answer["failed"] if answer else "a test hangs")
        for one, answer in zip(chosen, said["answers"], strict=True)
    ]


def _tests_for(chosen: Sequence[Condition]) -> list[str]:
    """The walk, and the tests of the domains of these; all where none are given."""
    theirs = {f"tests/{one.file.split('/')[1]}" for one in chosen}
    return [TESTS[0], *sorted(theirs)] if theirs else TESTS


def _as_plan(one: Condition) -> dict[str, object]:
    domain, module = one.file.split("/")[1], Path(one.file).stem.replace("routes", "pages")
    first = [f"tests/{domain}/test_{module}.py", TESTS[0], f"tests/{domain}/"]
    if one.file == "portal/people/queries.py":
        first.insert(0, "tests/people/test_directory.py")
    name = one.file.removesuffix(".py").replace("/", ".")
    return {"module": name, "function": one.function, "mark": one.instead == MARK, "first": first}


def _chosen(found: Sequence[Condition], words: Sequence[str]) -> list[Condition]:
    return [one for one in found if not words or any(word in str(one) for word in words)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.prove.visibility", description=__doc__)
    parser.add_argument("words", nargs="*", help="only conditions with one of these in what --list says")
    parser.add_argument("--list", action="store_true", help="run nothing")
    asked = parser.parse_args()
    if asked.list:
        print(*_chosen(conditions(), asked.words), sep="\n")
        return 0
    answers = run(asked.words)
    for one, failed in answers:
        print(f"{one}\n    {failed or 'NOTHING FAILS'}")
    missed = sum(not failed for _one, failed in answers)
    print(f"{'MISSED' if missed else 'OK'}: {len(answers)} conditions, {missed} that no test notices")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
