"""A bar at the terminal for what takes a while; nothing where nobody looks."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import click

from portal.keeping.progress import Progress


class Bar(Progress):
    """Drawn on standard error, from `begin` to the end of the with block."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._bar: Any = None

    def begin(self, total: int) -> None:
        if sys.stderr.isatty():
            self._bar = click.progressbar(length=max(total, 1), label=self._label, file=sys.stderr)
            self._bar.__enter__()

    def step(self, done: int = 1) -> None:
        if self._bar is not None:
            self._bar.update(done)

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.__exit__(kind, error, trace)
