"""The pages of topics: my own, the list of all, and each topic's."""

from __future__ import annotations

from . import claiming, reading, showing
from .blueprint import bp

__all__ = ["bp", "claiming", "reading", "showing"]
