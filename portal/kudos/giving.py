"""Pages: the composer."""

from __future__ import annotations
