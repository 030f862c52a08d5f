"""How far something is that takes a while; whoever wants to show it makes one of its own."""

from __future__ import annotations


class Progress:
    """Told how much there is, then how much more of it is done. This one shows nothing."""

    def begin(self, total: int) -> None:
        """From here on there is so much to do."""

    def step(self, done: int = 1) -> None:
        """So much more is done."""


QUIET = Progress()
