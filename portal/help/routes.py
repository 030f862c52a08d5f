"""The pages of help: asks, offers, promises, and the links in mail."""

from __future__ import annotations

from . import answering, asks, mailed, offering, promising
from .blueprint import bp

__all__ = ["answering", "asks", "bp", "mailed", "offering", "promising"]
