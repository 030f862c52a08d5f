"""Rules about the code itself that no linter says."""

from __future__ import annotations

import ast
import dataclasses
import getpass
import importlib
import re
import socket
import subprocess
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

from portal.app import DOMAINS
from portal.core.db import Base
from portal.core.panels import SLOTS, Panel

ROOT = Path(__file__).resolve().parents[2]
PORTAL = ROOT / "portal"
MODULES = sorted(path for path in PORTAL.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def trees() -> list[tuple[str, ast.Module]]:
    return [(name_of(path), ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES]


# ---- one place for each thing ------------------------------------------------------------------------------


def test_only_the_unit_of_work_and_the_upgrade_commit() -> None:
    found = {
        (name, function.name)
        for name, tree in trees()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }
    assert found == {("portal/core/db.py", "unit_of_work"), ("portal/core/schema.py", "upgrade")}


def test_only_the_clock_asks_what_time_it_is() -> None:
    asks = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today|time\.time)\(")
    found = {name_of(path) for path in MODULES if asks.search(path.read_text(encoding="utf-8"))}
    assert found <= {"portal/core/clock.py"}


# Why these are not at the top of their module.
IMPORTS_INSIDE = {
    ("portal/cli.py", "main"): "--help must not load what commands need",
    ("portal/core/web.py", "readyz"): "Alembic takes a tenth of a second to import, and only this page asks",
    ("portal/teams/routes.py", "kickoff_ics"): "icalendar takes a tenth of a second to import, and few ask",
    ("portal/commands/up.py", "command"): "only the first start fills the demo company in",
}


def test_imports_stand_at_the_top() -> None:
    found = {
        (name, function.name)
        for name, tree in trees()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found == set(IMPORTS_INSIDE)


def test_core_knows_no_domain() -> None:
    for name, tree in trees():
        if name.startswith("portal/core/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    assert not (node.module or "").startswith("portal.") and node.level < 2, (name, node.lineno)


@pytest.mark.parametrize("kind", ["services", "queries"])
def test_services_and_queries_know_no_request(kind: str) -> None:
    """They take ids and a viewer; whose request it is, routes know."""
    for path in PORTAL.glob(f"*/{kind}.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                assert {alias.name for alias in node.names} <= {"current_app"}, path


# Pure helpers that bulk filling shares with the service.
MADE_OF_ROWS = {"listing_row", "place_named"}


def test_services_take_only_named_arguments() -> None:
    for path in PORTAL.glob("*/services.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                # one plain argument says itself: `relist(person_id)`
                asked = len(node.args.args) - len(node.args.defaults)
                assert asked <= 1 or node.name in MADE_OF_ROWS, f"{path}: {node.name}"


# ---- rooms of a domain -------------------------------------------------------------------------------------


@pytest.mark.parametrize("domain", DOMAINS)
def test_each_domain_has_its_card(domain: str) -> None:
    path = PORTAL / domain / "__init__.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    card = ast.get_docstring(tree) or ""
    assert len(card) > 80, "a sentence on what it is, its rules, tables and events"
    assert len(tree.body) == 1, "it imports nothing"
    tables = [m.persist_selectable.name for m in Base.registry.mappers if in_domain(m.class_, domain)]
    for table in tables:
        assert re.search(rf"\b{table}\b", card), f"{table} is not on the card"
    for event in events_of(domain):
        assert event.__name__ in card, f"{event.__name__} is not on the card"


def in_domain(thing: type, domain: str) -> bool:
    return thing.__module__.startswith(f"portal.{domain}.")


def events_of(domain: str) -> list[type]:
    if not (PORTAL / domain / "events.py").is_file():
        return []
    module = importlib.import_module(f"portal.{domain}.events")
    return [
        thing for thing in vars(module).values() if isinstance(thing, type) and thing.__module__ == module.__name__
    ]


EVENTS = [event for domain in ("core", *DOMAINS) for event in events_of(domain)]


# Fields of events that are no ids, and why.
NOT_IDS = {("AddressesInvited", "invited"): "an address that nobody has is a row nowhere until somebody listens"}

# infomercials has a publish of its own; an event begins with a capital
PUBLISHES = r"\b(?:publish|tell)\(%s\("


def test_there_are_events() -> None:
    assert len(EVENTS) > 5


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_is_frozen_and_made_of_ids(event: type) -> None:
    assert dataclasses.is_dataclass(event) and event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for name, kind in typing.get_type_hints(event).items():
        if (event.__name__, name) in NOT_IDS:
            continue
        assert (name.endswith(("_id", "_ids")) and kind in (int, int | None, tuple[int, ...])) or kind is bool, name
    assert re.search(r"(ed|en|Left|In|Out|Made|Came|Began|[Dd]rawn)$", event.__name__), "past tense"


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_is_published_by_its_own_domain(event: type) -> None:
    domain = event.__module__.split(".")[1]
    said = [p for p in MODULES if re.search(PUBLISHES % event.__name__, p.read_text(encoding="utf-8"))]
    assert said, "nobody publishes it"
    assert {path.relative_to(PORTAL).parts[0] for path in said} == {domain}


def test_whoever_listens_listens_to_an_event(sqlite_app: Flask) -> None:
    registry = sqlite_app.extensions["hallway.events"]
    for event, reactions in registry.items():
        assert event in EVENTS, event
        for reaction in reactions:
            assert reaction.__module__.endswith(".subscribers"), reaction


def test_every_event_lives_in_an_events_module() -> None:
    published = {
        match.group(1)
        for path in MODULES
        for match in re.finditer(PUBLISHES % r"([A-Z]\w+)", path.read_text("utf-8"))
    }
    assert published == {event.__name__ for event in EVENTS}


def test_every_panel_has_a_known_slot_a_template_and_a_page_that_shows_it(sqlite_app: Flask) -> None:
    templates = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    for slot, panels in sqlite_app.extensions["hallway.panels"].items():
        assert slot in SLOTS
        assert re.search(rf"""panels\(["']{slot}["']""", templates), f"no page shows {slot}"
        for panel in panels:
            assert isinstance(panel, Panel)
            assert (ROOT / "templates" / panel.template).is_file()
            assert panel.template.split("/")[1].startswith("_")
            assert panel.query.__module__.startswith(f"portal.{panel.template.split('/')[0]}.")
        orders = [(panel.order, panel.template) for panel in panels]
        assert orders == sorted(orders) and len({order for order, _t in orders}) == len(orders)


def test_no_slot_is_asked_for_that_does_not_exist() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        for slot in re.findall(r"""panels\(["'](\w+)["']""", path.read_text(encoding="utf-8")):
            assert slot in SLOTS, (path, slot)


def test_every_table_has_a_migration() -> None:
    written = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "migrations" / "versions").glob("*.py"))
    for table in Base.metadata.tables:
        assert re.search(rf'create_table\(\s*"{table}"', written), table


def test_every_model_belongs_to_an_installed_domain() -> None:
    known = {"core", *DOMAINS}
    assert {mapper.class_.__module__.split(".")[1] for mapper in Base.registry.mappers} <= known


# ---- tests ------------------------------------------------------------------------------------------------

# Modules without a test file of the same name, and where they are tested instead.
TESTED_ELSEWHERE = {
    "portal/app.py": "every test builds it; house/test_routes.py and core/test_web.py look at what it makes",
    "portal/config.py": "core/test_config.py",
    "portal/shell.py": "house/test_first_pages.py and house/test_bare_text.py read the frame of every page",
    "portal/cli.py": "commands/",
    "portal/admin/blueprint.py": "admin/, through the pages",
    "portal/core/buttons.py": "meet/test_pages.py presses those of meeting and ties",
    "portal/core/errors.py": "three empty exceptions; core/test_forms.py and core/test_web.py raise them",
    "portal/core/personal_data.py": "house/test_personal_data.py",
    "portal/core/personal.py": "house/test_personal_data.py",
    "portal/home/blueprint.py": "home/, through the pages",
    "portal/home/my_data.py": "home/test_my_data.py, through the pages",
    "portal/core/happening.py": "home/test_feed.py, by every domain that has some",
    "portal/core/duties.py": "core/test_audit.py",
    "portal/admin/topics.py": "topics/test_curating.py, through the pages",
    "portal/help/blueprint.py": "help/, through the pages",
    "portal/help/answering.py": "help/test_pages.py, through the pages",
    "portal/help/asks.py": "help/test_pages.py, through the pages",
    "portal/help/mailed.py": "help/test_pages.py, through the links",
    "portal/help/offering.py": "help/test_pages.py, through the pages",
    "portal/help/promising.py": "help/test_pages.py, through the pages",
    "portal/meet/news.py": "meet/test_pages.py, through my network",
    "portal/notifications/introducing.py": "introductions/, through the notices of each step",
    "portal/notifications/helping.py": "help/, through the notices of each step",
    "portal/topics/blueprint.py": "topics/, through the pages",
    "portal/topics/reading.py": "topics/test_claiming.py, through the pages",
    "portal/topics/findable.py": "topics/test_claiming.py and test_curating.py ask the index",
    "portal/home/styleguide.py": "home/test_pages.py reads the page it fills",
}
# Rooms that hold declarations, or are tested through the pages and rules that use them.
ROOMS_TESTED_ELSEWHERE = {
    "events": "house/test_the_code.py",
    "models": "core/test_schema.py, and the services and queries over them",
    "forms": "test_pages.py of the domain posts them",
    "panels": "test_pages.py of the domain reads them; house/test_the_code.py",
    "personal_data": "house/test_personal_data.py",
    "subscribers": "test_services.py of the domain",
    "mails": "test_mails.py of the domain",
    "duties": "test_services.py of the domain",
    "checks": "keeping/test_checks.py breaks what they look at",
    "happening": "home/test_feed.py, all of them together",
    "routes": "test_pages.py of the domain",
}


def mirrored(path: Path) -> Path:
    inside = path.relative_to(PORTAL)
    return ROOT / "tests" / inside.parent / f"test_{inside.stem.lstrip('_')}.py"


def is_tested(path: Path) -> bool:
    if mirrored(path).is_file():
        return True
    folder = mirrored(path).parent
    # A test file may stand for several modules of its folder and name them.
    words = "".join(p.read_text(encoding="utf-8") for p in folder.glob("test_*.py"))
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    package, _, last = module.rpartition(".")
    return bool(
        re.search(rf"from {re.escape(module)} import|from {re.escape(package)} import [^\n]*\b{last}\b", words)
    )


def test_every_module_has_its_test() -> None:
    missing = []
    for path in MODULES:
        name = name_of(path)
        if path.name == "__init__.py" or name in TESTED_ELSEWHERE:
            continue
        if path.parent.name in DOMAINS and path.stem in ROOMS_TESTED_ELSEWHERE:
            continue
        if path.parent.name in ("commands", "demo"):  # run as commands, see tests/commands and tests/demo
            if not list((ROOT / "tests" / path.parent.name).glob("test_*.py")):
                missing.append(name)
        elif not is_tested(path):
            missing.append(name)
    assert missing == []


def test_the_short_list_is_of_today() -> None:
    for name, where in TESTED_ELSEWHERE.items():
        assert (ROOT / name).is_file() and where, name


# ---- what must not be in the repository --------------------------------------------------------------------


@pytest.fixture(scope="module")
def tracked() -> dict[str, str]:
    """Every text file that git knows or would take, by name."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            found[name] = data.decode("utf-8")
    return found


def test_no_path_of_a_machine(tracked: dict[str, str]) -> None:
    paths = re.compile(r"(?<![\w.])(/(home|Users|root|work|mnt)/\w[\w./-]*|[A-Z]:\\\\?Users)")
    found = {name: match.group(0) for name, text in tracked.items() if (match := paths.search(text))}
    assert found == {}


def test_no_host_of_an_index(tracked: dict[str, str]) -> None:
    """Where packages come from is the machine's business, not the repository's."""
    for name, text in tracked.items():
        if (name.startswith("requirements/") and name.endswith(".txt")) or name == "pyproject.toml":
            assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|https?://[^\s#]*simple", text), (
                name
            )
            assert "pythonhosted" not in text, name


def test_no_secret(tracked: dict[str, str]) -> None:
    secrets = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[bap]-|"
        r"\bsk-[A-Za-z0-9]{30,}|SECRET_KEY\s*=\s*[\"'][0-9a-f]{32,}"
    )
    found = {name: match.group(0) for name, text in tracked.items() if (match := secrets.search(text))}
    assert found == {}


def test_nothing_of_an_installation(tracked: dict[str, str]) -> None:
    for name in tracked:
        assert not re.search(r"(^|/)instance/|\.sqlite3?$|(^|/)\.env$|secret_key$", name), name


def test_nothing_says_whose_machine_it_was_written_on(tracked: dict[str, str]) -> None:
    user, host = getpass.getuser(), socket.gethostname()
    for word in {user, host} - {"root", "user", "runner", "vscode", "localhost"}:
        if len(word) > 5:
            assert not [name for name, text in tracked.items() if re.search(rf"\b{re.escape(word)}\b", text)], word
