"""Who was thanked, as far as it stands on a wall of the viewer's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core.auth import Viewer
from portal.core.happening import Asked, Source
from portal.core.paging import Rows, top_of_audiences
from portal.teams.models import Team

from .models import Kudos, KudosPerson
from .queries import views

_WALL: sa.ColumnElement[Any] = Kudos.wall_audience_id.expression


def _rows() -> Rows:
    rows: Rows = sa.select(Kudos.at.label("at"), Kudos.id.label("id"), Kudos.giver_id.label("by"))
    return rows.where(Kudos.hidden_at.is_(None), Kudos.taken_back_at.is_(None))


def latest(viewer: Viewer, asked: Asked) -> Rows | None:
    """What stands on the viewer's walls; for their teams alone what has to do with one of them."""

    def branch(audience: sa.ColumnElement[bool]) -> Rows:
        return _rows().where(audience, *asked.behind(Kudos.at, Kudos.id))

    if asked.only_teams:
        of_teams = _rows().where(_of_teams(asked.audience_ids), visible_to(viewer, _WALL))
        of_teams = of_teams.where(*asked.behind(Kudos.at, Kudos.id))
        return of_teams.order_by(Kudos.at.desc(), Kudos.id.desc()).limit(asked.size)
    return top_of_audiences(asked.audience_ids, branch, _WALL, ("at", "id"), asked.size, descending=True)


def near(viewer: Viewer, asked: Asked) -> Rows | None:
    """What has to do with their teams, or names people close to them; what they gave themselves apart."""
    mine = sa.and_(
        visible_to(viewer, _WALL + 0), Kudos.giver_id != viewer.person_id, Kudos.at > asked.since
    )  # "+ 0": see below
    of_teams = _rows().where(_of_teams(viewer.audience_ids), mine)
    # Begun with who is named, not with the wall: everyone's holds all thanks.
    named = _rows().join(KudosPerson, KudosPerson.kudos_id == Kudos.id)
    named = named.where(
        KudosPerson.person_id.in_(asked.people), KudosPerson.muted.is_(False), KudosPerson.at > asked.since, mine
    )
    found = sa.union(of_teams, named).subquery()
    return sa.select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(asked.size)


def _of_teams(audience_ids: frozenset[int]) -> sa.ColumnElement[bool]:
    return Kudos.team_id.in_(sa.select(Team.id).where(Team.audience_id.in_(sorted(audience_ids))))


def shown(viewer: Viewer, kudos_ids: Sequence[int]) -> Mapping[int, Any]:
    return {one.id: one for one in views(viewer, kudos_ids)}


SOURCES = [Source("kudos", latest, near, shown, "kudos/_happening.html")]
