"""`hallway invite-domains`: says, sets, empties, refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.conftest import Ran

Hallway = Callable[..., Ran]


def test_the_list_is_empty_set_said_and_emptied(hallway: Hallway, migrated: Path) -> None:
    assert "No domain" in hallway("invite-domains").out
    ran = hallway("invite-domains", "Example.ORG", "@lab.example.org")
    assert (ran.code, ran.out.split()) == (0, ["example.org", "lab.example.org"])
    assert hallway("invite-domains").out.split() == ["example.org", "lab.example.org"]
    assert "No domain" in hallway("invite-domains", "--none").out
    assert "No domain" in hallway("invite-domains").out


@pytest.mark.parametrize("word", ["example", "a@b.example", "*.example.org", "exa mple.org", ""])
def test_what_is_no_domain_is_refused_and_changes_nothing(hallway: Hallway, migrated: Path, word: str) -> None:
    hallway("invite-domains", "example.org")
    ran = hallway("invite-domains", word)
    assert ran.code == 1
    assert "is no domain" in ran.err
    assert hallway("invite-domains").out.split() == ["example.org"]
