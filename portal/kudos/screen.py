"""Pages: thanks in a meeting."""

from __future__ import annotations
