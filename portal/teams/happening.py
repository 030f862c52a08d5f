"""Which teams were started."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.auth import EVERYONE, Viewer
from portal.core.happening import Asked, Source
from portal.core.paging import Rows

from .models import Team
from .queries import lines_of, seen_by


def latest(viewer: Viewer, asked: Asked) -> Rows | None:
    """Open teams that the viewer may see."""
    rows = _rows(viewer).where(*asked.behind(Team.created_at, Team.id))
    if asked.only_teams:
        rows = rows.where(Team.audience_id.in_(sorted(asked.audience_ids)))
    return rows.order_by(Team.created_at.desc(), Team.id.desc()).limit(asked.size)


def near(viewer: Viewer, asked: Asked) -> Rows | None:
    """Those that the viewer is in."""
    mine = Team.audience_id.in_(sorted(viewer.audience_ids - {EVERYONE}))
    rows = _rows(viewer).where(mine, Team.created_at > asked.since)
    return rows.order_by(Team.created_at.desc(), Team.id.desc()).limit(asked.size)


def _rows(viewer: Viewer) -> Rows:
    # Who started it stands nowhere on its page, so it is nobody's here.
    rows: Rows = sa.select(Team.created_at.label("at"), Team.id.label("id"), sa.literal(0).label("by"))
    return rows.where(seen_by(viewer), Team.closed_at.is_(None))


SOURCES = [Source("team", latest, near, lines_of, "teams/_happening.html")]
