"""What is written for whoever runs Hallway is true: settings, compose file, container file, unit."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.cli import COMMANDS
from portal.config import from_environ
from tools import settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = settings.PAGE.read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
UNIT = (ROOT / "docs" / "systemd" / "hallway.service").read_text(encoding="utf-8")


def test_the_table_of_settings_is_what_config_reads() -> None:
    assert set(settings.known()) == set(settings.WORDS)
    assert settings.written(PAGE) == PAGE, "run: .venv/bin/python -m tools.settings"


@pytest.mark.parametrize("name", [name for name, one in settings.known().items() if one.bounds])
def test_the_bounds_in_the_table_are_kept(name: str, tmp_path: Path) -> None:
    bounds = settings.known()[name].bounds
    assert bounds
    from_environ({"INSTANCE_PATH": str(tmp_path), name: str(bounds[1])})
    for wrong in (bounds[1] - 1, bounds[2] + 1):
        with pytest.raises(Exception, match=f"{name} must be a number from {bounds[1]} to {bounds[2]}"):
            from_environ({"INSTANCE_PATH": str(tmp_path), name: str(wrong)})


def test_every_command_that_the_page_names_is_one() -> None:
    words = set(re.findall(r"hallway ((?:db )?[a-z][a-z-]*)\b", PAGE))
    commands = {word for word in words if word.split()[0] in {name.split()[0] for name in COMMANDS}}
    assert {"backup", "restore", "check", "db move", "db upgrade", "init", "run", "worker"} <= commands
    assert commands <= set(COMMANDS)


def test_links_within_the_page_lead_somewhere() -> None:
    heads = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= heads


# ---- compose.yaml ------------------------------------------------------------------------------------------

OURS = [name for name, one in COMPOSE["services"].items() if one.get("image") == "hallway"]


def filled_in(value: str) -> str:
    """As compose fills in what is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def test_every_variable_of_the_compose_file_is_known() -> None:
    assert {"web", "worker", "upgrade"} <= set(OURS)
    for name in OURS:
        assert set(COMPOSE["services"][name].get("environment", {})) <= set(settings.known()), name


def test_hallway_starts_with_what_the_compose_file_says(tmp_path: Path) -> None:
    environ = {key: filled_in(value) for key, value in COMPOSE["services"]["web"]["environment"].items()}
    image = dict(re.findall(r"\b([A-Z_]+)=(\S+)", CONTAINER[CONTAINER.rindex("ENV ") :]))
    config = from_environ({**image, **environ, "INSTANCE_PATH": str(tmp_path), "BACKUPS": str(tmp_path)})
    assert config.host == "0.0.0.0" and config.trusted_proxies == 1 and not config.worker
    database = COMPOSE["services"]["database"]["environment"]
    user, name = database["POSTGRES_USER"], database["POSTGRES_DB"]
    assert config.database_url.endswith(f"{user}:{filled_in(database['POSTGRES_PASSWORD'])}@database:5432/{name}")


def test_services_wait_for_what_they_need_and_write_nowhere_else() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        for other in service.get("depends_on", {}):
            assert other in services
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"], name
        command = service.get("command", [])
        if command[:1] == ["hallway"]:
            assert " ".join(command[1:]) in COMMANDS
    for name in ("web", "worker", "upgrade"):
        service = services[name]
        assert service["read_only"] and service["tmpfs"] == ["/tmp"] and service["cap_drop"] == ["ALL"]
        assert {volume.partition(":")[2] for volume in service["volumes"]} == {"/data", "/backups"}
        assert service["environment"]["BACKUPS"] == "/backups"


def test_a_variable_without_a_value_has_one_for_trying() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert not re.findall(r"\$\{\w+\}", code)


# ---- Containerfile -----------------------------------------------------------------------------------------


def test_the_container_file_copies_what_there_is_and_all_that_is_needed() -> None:
    copied = [name for line in re.findall(r"^COPY (?!--from)(.+)$", CONTAINER, re.M) for name in line.split()[:-1]]
    for name in copied:
        assert (ROOT / name).exists(), name
    assert {"portal", "templates", "static", "migrations", "pyproject.toml", "requirements/all.txt"} <= set(copied)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == set(copied), "what the build may see is what it copies"


def test_the_container_is_nobody_and_answers_for_its_health() -> None:
    assert re.search(r"^USER hallway$", CONTAINER, re.M)
    assert CONTAINER.index("USER hallway") > CONTAINER.index("apt-get")
    assert "--require-hashes" in CONTAINER
    (command,) = re.findall(r"^CMD (\[.+\])$", CONTAINER, re.M)
    assert " ".join(json.loads(command)[1:]) in COMMANDS
    (check,) = re.findall(r"^    CMD (\[.+\])$", CONTAINER, re.M)
    program = json.loads(check)[2]
    compile(program, "health", "exec")
    assert "/readyz" in program


# ---- systemd -----------------------------------------------------------------------------------------------


def test_the_unit_starts_commands_that_there_are_without_rights() -> None:
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read_string(UNIT)
    service = unit["Service"]
    for key in ("ExecStart", "ExecStartPre"):
        program, _, words = service[key].partition(" ")
        assert program == "/opt/hallway/.venv/bin/hallway" and words in COMMANDS
    assert service["User"] == "hallway" and service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes" and service["CapabilityBoundingSet"] == ""
    assert "docs/systemd/hallway.service" in PAGE
