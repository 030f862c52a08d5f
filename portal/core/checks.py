"""Checks: what has to be so in the tables, whether it is, and how it becomes so again (`hallway check`).

A domain lists its own in `checks.py`, `app.py` registers them. What a check looks at can be derived from something
else that is there (a listing, an audience): that is how it is mended. What cannot be derived is only said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Flask, current_app

from .db import batches, unit_of_work

SOME = 5  # ids named in a line
AT_A_TIME = 100  # mended in one unit of work


@dataclass(frozen=True)
class Check:
    """One thing that has to be so.

    name: what it is about; look: lines about what is wrong, none when all is well (it reads, and writes nothing);
    mend: put it right, in units of work of its own. None: nobody can but a restore or a human being. first: what the
    others rely on.
    """

    name: str
    look: Callable[[], list[str]]
    mend: Callable[[], None] | None = None
    first: bool = False


def register(app: Flask, checks: Iterable[Check]) -> None:
    """Add a domain's checks."""
    known: list[Check] = app.extensions.setdefault("hallway.checks", [])
    for check in checks:
        if check.name in {one.name for one in known}:
            raise ValueError(f"two checks are called {check.name}")
        known.append(check)


def checks() -> list[Check]:
    """All of them: what the others rely on, then in the order of the domains."""
    found: list[Check] = current_app.extensions.get("hallway.checks", [])
    return sorted(found, key=lambda check: not check.first)


def said(words: str, ids: Sequence[object]) -> list[str]:
    """One line with the number and the first few of what is wrong; none when there is none."""
    if not ids:
        return []
    named = ", ".join(str(one) for one in ids[:SOME])
    return [f"{len(ids)} {words}: {named}{', …' if len(ids) > SOME else ''}"]


def derived(
    name: str, *, words: str, wrong: Callable[[], Iterable[int]], again: Callable[[Sequence[int]], None]
) -> Check:
    """A check of what is derived for each of many. wrong: the ids of those where it is not as it has to be; again:
    derive it anew for some of them; words: what the line says of these ("people are listed wrongly")."""

    def mend() -> None:
        for some in batches(list(wrong()), AT_A_TIME):
            unit_of_work(partial(again, some))

    return Check(name, lambda: said(words, list(wrong())), mend)
