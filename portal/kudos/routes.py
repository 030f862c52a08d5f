"""The pages of kudos: giving, reading, and the meeting screen."""

from __future__ import annotations

from . import giving, reading, screen, yours
from .blueprint import bp

__all__ = ["bp", "giving", "reading", "screen", "yours"]
