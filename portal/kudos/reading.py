"""Pages: the wall, one kudos, and what can be done with it."""

from __future__ import annotations
