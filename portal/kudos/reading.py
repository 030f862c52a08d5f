"""Pages: the wall, one kudos, and what can be done with it."""

from __future__ import annotations
from portal.core.auth import viewer
from . import queries
from .blueprint import bp


@bp.get("/k/<public_id>")
def one(public_id: str) -> str:
    return queries.kudos_for(viewer(), public_id).why_html
