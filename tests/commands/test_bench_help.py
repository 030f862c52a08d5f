"""`hallway bench help` lives a year of asks with the routing as shipped."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime

import pytest
from click.testing import CliRunner

from portal.commands import bench_help
from portal.commands.bench_help import FIGURES, WAYS, Able, Year, as_shipped, make_world, measure
from portal.help.routing import AT_A_TIME, LATELY, LIMIT, ROUNDS

SIZE = (150, 20, 600)  # people, topics, asks


def test_the_last_line_is_one_flat_object_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in zip(("PEOPLE", "TOPICS", "ASKS"), SIZE, strict=True):
        monkeypatch.setattr(bench_help, name, number)
    ran = CliRunner().invoke(bench_help.command, ["--json", "--seed", "3"])
    found = json.loads(ran.stdout.splitlines()[-1])
    assert ran.exit_code == 0 and sorted(found) == sorted(f"{name}{way}" for name in FIGURES for way in WAYS)
    assert all(0 < number < 1 for number in found.values())
    assert found == measure(make_world(3, *SIZE), 3) != measure(make_world(4, *SIZE), 4)
    plain = CliRunner().invoke(bench_help.command, ["--seed", "3"])
    assert [line.split()[0] for line in plain.stdout.splitlines()] == list(FIGURES)


def test_nobody_is_asked_above_the_limit_twice_for_one_ask_or_while_away() -> None:
    world = make_world(1, *SIZE)
    asked: list[tuple[datetime, int, int]] = []

    def way(able: list[Able], number: int, now: datetime) -> list[int]:
        chosen = list(as_shipped(able, number, now))
        asked.extend((now, (number - 1) // ROUNDS, person) for person in chosen)
        assert {one.person for one in able} >= set(chosen) and len(chosen) <= AT_A_TIME
        return chosen

    year = Year(world, way, 1, limited=False)  # type: ignore[arg-type]
    year.live(lambda: None)
    assert len(asked) == sum(year.sent.values()) > len(world.asks)
    assert max(Counter((ask, person) for _now, ask, person in asked).values()) == 1
    assert max(Counter(ask for _now, ask, _person in asked).values()) <= AT_A_TIME * ROUNDS
    moments: dict[int, list[datetime]] = {}
    for now, ask, person in asked:
        assert now.date() not in world.away[person] and person != world.asks[ask][2]
        moments.setdefault(person, []).append(now)
    for some in moments.values():
        assert all(later - sooner >= LATELY for sooner, later in zip(some, some[LIMIT:], strict=False))
    assert 0 < len(year.answered) < len(world.asks)
