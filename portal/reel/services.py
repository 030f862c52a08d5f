"""Rules and writes of the reel."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext

from portal.accounts.queries import readers
from portal.core import clock, outbox, personal
from portal.core.auth import Viewer
from portal.core.db import batches, db, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.infomercials.queries import headlines
from portal.people.models import Person
from portal.people.queries import cards
from portal.teams.queries import TeamView, members, team_by_id

from . import queries
from .events import IntroNudged
from .models import IntroNudge, IntroSeen, QuietSlide
from .nudging import Obstacle, in_words

MAIL = "intro_nudge"  # the kind of mail that is owed


def occasion_of(nudged_at: datetime) -> int:
    """Which nudge of somebody a mail is about: nobody is nudged twice a day."""
    return nudged_at.toordinal()


# ---- seen, and read instead of heard -------------------------------------------------------------------------------


def mark_seen(*, viewer: Viewer, team_id: int, person_id: int) -> None:
    """I have seen their intro; again does no harm. One that is on its way has not been seen."""
    if person_id not in _people(viewer, team_by_id(viewer, team_id)):
        raise NotVisible
    if person_id != viewer.person_id and person_id in headlines(viewer, [person_id]):
        row = {"person_id": viewer.person_id, "seen_id": person_id, "at": clock.now()}
        insert_missing(IntroSeen, [row])


def set_quiet(*, viewer: Viewer, team_id: int, quiet: bool) -> None:
    """In this team my slide is read, and nobody waits for me to speak; or I speak to it after all."""
    team = team_by_id(viewer, team_id)
    if not team.i_am_in:
        raise NotVisible
    if not team.is_open:
        raise RuleBroken("", gettext("This team is closed. Its lead can open it again."))
    if quiet:
        insert_missing(QuietSlide, [{"team_id": team_id, "person_id": viewer.person_id}])
    else:
        _forget(QuietSlide.team_id == team_id, QuietSlide.person_id == viewer.person_id)


def _forget(*conditions: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.delete(QuietSlide).where(*conditions))


def forget(*, team_id: int, person_id: int) -> None:
    """They left the team: how they liked it there is nobody's business. A nudge stays until it is old: taken out and
    added again, nobody is nudged twice a week."""
    _forget(QuietSlide.team_id == team_id, QuietSlide.person_id == person_id)


# ---- nudges --------------------------------------------------------------------------------------------------------


def nudge(*, viewer: Viewer, team_id: int, person_id: int) -> None:
    """Say to a member that their intro would be welcome; the lead alone does. `RuleBroken` says why not."""
    team = _led(viewer, team_id)
    _take_turns([person_id])
    known = cards(viewer, [person_id])
    if not known or person_id not in _people(viewer, team):
        raise RuleBroken("", gettext("They are not in the team any more"))
    found = queries.missing(viewer, team, [person_id], ready=headlines(viewer, [person_id]))
    why_not: Obstacle | None = found[0].obstacle
    if why_not is not None:
        raise RuleBroken("", in_words(why_not, known[0].first_name, viewer.zone))
    _write(viewer, team, [person_id])


def nudge_all(*, viewer: Viewer, team_id: int) -> int:
    """Nudge everybody whose intro is missing and who may be nudged; how many that were."""
    team = _led(viewer, team_id)
    if not team.is_open:
        raise RuleBroken("", gettext("This team is closed. Its lead can open it again."))
    inside = _people(viewer, team) - {viewer.person_id}
    absent = sorted(inside - set(headlines(viewer, sorted(inside))))
    _take_turns(absent)
    found = queries.missing(viewer, team, absent, ready=headlines(viewer, absent))
    wanted = [one.card.id for one in found if one.obstacle is None]
    _write(viewer, team, wanted)
    return len(wanted)


def _led(viewer: Viewer, team_id: int) -> TeamView:
    team = team_by_id(viewer, team_id)
    if not team.i_lead:
        raise NotVisible
    return team


def _people(viewer: Viewer, team: TeamView) -> set[int]:
    return {member.person_id for member in members(viewer, team)}


def _take_turns(person_ids: Collection[int]) -> None:
    """Whoever else nudges these people waits here, and then sees that it is done."""
    for some in batches(person_ids):
        locked = sa.select(Person.id).where(Person.id.in_(some)).order_by(Person.id)
        db.session.execute(locked.with_for_update(key_share=True)).all()


def _write(viewer: Viewer, team: TeamView, person_ids: Iterable[int]) -> None:
    now = clock.now()
    forget_old()
    wanted = sorted(person_ids)
    for person_id in wanted:
        row = db.session.get(IntroNudge, person_id, with_for_update=True, populate_existing=True)
        if row is None:
            row = IntroNudge(person_id=person_id)
            db.session.add(row)
        row.team_id, row.by_id, row.at = team.id, viewer.person_id, now
        db.session.flush()
        publish(IntroNudged(team.id, person_id))
    for some in batches(wanted):
        outbox.owe_mail(MAIL, [one.person_id for one in readers(some)], occasion=occasion_of(now))


def forget_old() -> None:
    """Nudges are forgotten after the days that the admins chose."""
    cut = personal.forgotten_before("nudges")
    if cut is not None:
        # What is forgotten is anybody's: a row that somebody else just writes anew is left to them.
        old = sa.select(IntroNudge.person_id).where(IntroNudge.at < cut)
        db.session.execute(
            sa.delete(IntroNudge).where(IntroNudge.person_id.in_(old.with_for_update(skip_locked=True))),
            execution_options={"synchronize_session": False},
        )
