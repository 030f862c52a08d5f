"""What is kept about a person: each domain claims its columns in `personal_data.py`; `/about/data` shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app


@dataclass(frozen=True)
class Held:
    """Columns of one table about a person. The words are lazy translations.

    table: name; columns: names; purpose, viewers, retention: one plain phrase each.
    """

    table: str
    columns: tuple[str, ...]
    title: Any
    purpose: Any
    viewers: Any
    retention: Any


def register(app: Flask, held: Iterable[Held]) -> None:
    """Add a domain's claims."""
    app.extensions.setdefault("hallway.personal", []).extend(held)


def everything_held() -> list[Held]:
    """All claims, in the order of the domains."""
    found: list[Held] = current_app.extensions.get("hallway.personal", [])
    return found
