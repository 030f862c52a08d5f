"""The pages of kudos: giving, reading, and the meeting screen."""

from __future__ import annotations

from . import giving, reading, reports, screen, yours
from .blueprint import bp

__all__ = ["bp", "giving", "reading", "reports", "screen", "yours"]
