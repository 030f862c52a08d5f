"""Reads of many kudos: the walls, what is newest on other pages, and what is mine.

Which ones, in which order; `queries.views` makes of them what a viewer may see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from portal.audiences.queries import visible_to
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.markup import in_a_line, plain
from portal.core.paging import PAGE, Page, Rows, cursor_of, page_of, read_cursor, top_of_audiences
from portal.goals.models import Goal
from portal.people.queries import Card
from portal.teams.models import Team

from .models import UNDO_FOR, Kudos, KudosPerson
from .queries import KudosView, Named, former_and_present, seen_by, views

Tab = Literal["everyone", "teams", "to-me", "from-me"]
TABS: tuple[Tab, ...] = ("everyone", "teams", "to-me", "from-me")
MOST_IN_A_FILE = 2000  # of one side and one year: whoever has more takes the newest


# ---- the wall ----------------------------------------------------------------------------------------------


def wall(
    viewer: Viewer,
    *,
    tab: Tab = "everyone",
    value_id: int | None = None,
    goal_id: int | None = None,
    team_id: int | None = None,
    cursor: str | None = None,
    size: int = PAGE,
) -> Page[KudosView]:
    """A page of thanks, the newest first.

    tab: "everyone" is what is on a wall that the viewer sees, "teams" what is about one of their teams, "to-me" and
    "from-me" whatever names them, only us included. A fixed number of queries.
    """
    start = read_cursor(cursor, str, int)
    moment = _moment(start[0]) if start else None
    before = (moment, start[1]) if start and moment else None
    query = _rows_of(viewer, tab, _narrowed(value_id, goal_id, team_id), before, size)
    rows = db.session.execute(query).all() if query is not None else []
    page = page_of(rows, size, lambda row: cursor_of(row.at.isoformat(), row.id))
    return page.map(lambda some: views(viewer, [row.id for row in some]))


def _narrowed(value_id: int | None, goal_id: int | None, team_id: int | None) -> list[sa.ColumnElement[bool]]:
    given = [(Kudos.value_id, value_id), (Kudos.goal_id, goal_id), (Kudos.team_id, team_id)]
    return [column == number for column, number in given if number is not None]


def _rows_of(
    viewer: Viewer,
    tab: Tab,
    wanted: Sequence[sa.ColumnElement[bool]],
    before: tuple[datetime, int] | None,
    size: int,
) -> Rows | None:
    """When and which, of what stands under a tab: one more than `size`. None where the viewer has no walls."""
    if tab in ("to-me", "from-me"):
        return _naming(viewer, "to" if tab == "to-me" else "from", wanted, before, size)
    return _on_walls(viewer, wanted, before, size, of_my_teams=tab == "teams")


def _on_walls(
    viewer: Viewer,
    wanted: Sequence[sa.ColumnElement[bool]],
    before: tuple[datetime, int] | None,
    size: int,
    of_my_teams: bool = False,
) -> Rows | None:
    listed: sa.ColumnElement[Any] = Kudos.wall_audience_id.expression

    def branch(one: sa.ColumnElement[bool]) -> Rows:
        rows: Rows = sa.select(Kudos.at, Kudos.id).where(one, *wanted)
        return rows.where(_behind(Kudos.at, Kudos.id, before)) if before else rows

    if not of_my_teams:
        return top_of_audiences(viewer.audience_ids, branch, listed, ("at", "id"), size + 1, descending=True)
    mine = db.session.scalars(sa.select(Team.id).where(visible_to(viewer, Team.audience_id))).all()

    def seen(one: sa.ColumnElement[bool]) -> Rows:
        return branch(one).where(visible_to(viewer, listed))

    of_team: sa.ColumnElement[Any] = Kudos.team_id.expression
    return top_of_audiences(mine, seen, of_team, ("at", "id"), size + 1, descending=True)


def _naming(
    viewer: Viewer,
    side: str,
    wanted: Sequence[sa.ColumnElement[bool]],
    before: tuple[datetime, int] | None,
    size: int,
) -> Rows:
    rows: Rows = (
        sa.select(KudosPerson.at.label("at"), KudosPerson.kudos_id.label("id"))
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .where(KudosPerson.person_id == viewer.person_id, KudosPerson.side == side, KudosPerson.muted.is_(False))
        .where(*wanted, sa.or_(Kudos.hidden_at.is_(None), sa.literal(side == "from")))
    )
    if before:
        rows = rows.where(_behind(KudosPerson.at, KudosPerson.kudos_id, before))
    return rows.order_by(KudosPerson.at.desc(), KudosPerson.kudos_id.desc()).limit(size + 1)


def _behind(
    at: sa.orm.InstrumentedAttribute[datetime], key: sa.orm.InstrumentedAttribute[int], before: tuple[datetime, int]
) -> sa.ColumnElement[bool]:
    return sa.tuple_(at, key) < sa.tuple_(sa.literal(before[0], at.type), sa.literal(before[1]))


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def how_many_newer(
    viewer: Viewer,
    since: datetime,
    *,
    tab: Tab = "everyone",
    value_id: int | None = None,
    goal_id: int | None = None,
    most: int = 10,
) -> int:
    """How many came under that tab after that moment, the viewer's own apart; `most` stands for many."""
    wanted = [*_narrowed(value_id, goal_id, None), Kudos.at > since, Kudos.giver_id != viewer.person_id]
    query = _rows_of(viewer, tab, wanted, None, most - 1)
    return len(db.session.execute(query).all()) if query is not None else 0


def goals_to_pick(viewer: Viewer, most: int = 100) -> list[Named]:
    """The open goals by which the wall can be narrowed, by title."""
    query = sa.select(Goal.slug, Goal.title).where(visible_to(viewer, Goal.audience_id), Goal.closed_at.is_(None))
    rows = db.session.execute(query.order_by(Goal.sort_key, Goal.id).limit(most))
    return [Named(slug, title) for slug, title in rows]


# ---- on other pages ----------------------------------------------------------------------------------------


def thanks_for(viewer: Viewer, person_id: int, size: int = 3) -> list[KudosView]:
    """What somebody was thanked for, the newest first: what the viewer may see, and they let stand there."""
    mine = person_id == viewer.person_id
    query = (
        sa.select(KudosPerson.kudos_id)
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .where(KudosPerson.person_id == person_id, KudosPerson.side == "to", KudosPerson.muted.is_(False))
        .where(KudosPerson.off_profile.is_(False), Kudos.hidden_at.is_(None))
        .where(sa.true() if mine else seen_by(viewer))
        .order_by(KudosPerson.at.desc(), KudosPerson.kudos_id.desc())
        .limit(size)
    )
    return views(viewer, db.session.scalars(query).all())


def last_thanks(viewer: Viewer, since: Mapping[int, date]) -> dict[int, tuple[str, str]]:
    """For each of these people the last thing that others thanked them for after that day, of what the viewer may see
    and they let stand on their page: its key, and the words in a line. One query."""
    rows = db.session.execute(
        sa.select(KudosPerson.person_id, Kudos.public_id, Kudos.why_html, Kudos.at)
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .where(
            KudosPerson.person_id.in_(list(since)), KudosPerson.side == "to", KudosPerson.muted.is_(False),
            KudosPerson.off_profile.is_(False), Kudos.hidden_at.is_(None), seen_by(viewer),
            Kudos.giver_id != viewer.person_id,
            KudosPerson.at > datetime.combine(min(since.values()), datetime.min.time(), UTC),
        )
        .order_by(KudosPerson.at.desc(), KudosPerson.kudos_id.desc())
        .limit(200)
    ).tuples()  # fmt: skip
    found: dict[int, tuple[str, str]] = {}
    for one, public_id, why_html, at in rows:
        if at.date() > since[one]:
            found.setdefault(one, (public_id, in_a_line(plain(why_html))))
    return found


def thanks_around(viewer: Viewer, team_id: int, size: int = 3) -> list[KudosView]:
    """The newest thanks that have to do with a team, as far as they stand on the viewer's walls."""
    return wall(viewer, team_id=team_id, size=size).items


def undoable(viewer: Viewer) -> list[KudosView]:
    """What the viewer posted so lately that it can be undone."""
    query = sa.select(Kudos.id).where(
        Kudos.giver_id == viewer.person_id, Kudos.at > clock.now() - UNDO_FOR, Kudos.taken_back_at.is_(None)
    )
    return views(viewer, db.session.scalars(query.order_by(Kudos.at.desc(), Kudos.id.desc())).all())


def thanks_towards(viewer: Viewer, goal_id: int, size: int = 3) -> list[KudosView]:
    """The newest thanks that point to a goal, as far as they stand on the viewer's walls."""
    return wall(viewer, goal_id=goal_id, size=size).items


def who_thanked_me(viewer: Viewer, since: datetime, most: int = 20) -> list[Card | None]:
    """Who thanked the viewer since then, the latest first, each once; None among them is a former colleague."""
    rows = db.session.execute(
        sa.select(Kudos.giver_id, sa.func.max(Kudos.at).label("at"))
        .join(KudosPerson, KudosPerson.kudos_id == Kudos.id)
        .where(KudosPerson.person_id == viewer.person_id, KudosPerson.side == "to", KudosPerson.muted.is_(False))
        .where(KudosPerson.at >= since, Kudos.hidden_at.is_(None))
        .group_by(Kudos.giver_id)
        .order_by(sa.desc("at"), Kudos.giver_id)
        .limit(most)
    ).all()
    known = former_and_present(viewer, [row.giver_id for row in rows]) if rows else {}
    return [known.get(row.giver_id) for row in rows]


def mine_between(
    viewer: Viewer, side: Literal["to", "from"], since: datetime, until: datetime, most: int = MOST_IN_A_FILE
) -> list[KudosView]:
    """What thanks the viewer ("to"), or what they gave ("from"), from `since` until just before `until`, the newest
    first: for a file of their own."""
    query = (
        sa.select(KudosPerson.kudos_id)
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .where(KudosPerson.person_id == viewer.person_id, KudosPerson.side == side, KudosPerson.muted.is_(False))
        .where(KudosPerson.at >= since, KudosPerson.at < until)
        .where(sa.or_(Kudos.hidden_at.is_(None), sa.literal(side == "from")))
        .order_by(KudosPerson.at.desc(), KudosPerson.kudos_id.desc())
        .limit(most)
    )
    return views(viewer, db.session.scalars(query).all())


def first_of_mine(viewer: Viewer) -> datetime | None:
    """When the viewer was named for the first time, as giver or as thanked."""
    return db.session.scalar(
        sa.select(sa.func.min(KudosPerson.at)).where(
            KudosPerson.person_id == viewer.person_id, KudosPerson.muted.is_(False)
        )
    )
