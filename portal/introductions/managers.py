"""Asking a manager whom to meet: rules and writes. Each name they give is an introduction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock, personal
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.i18n import day
from portal.help import rules

from . import queries, services
from .events import (
    ManagerAskAnswered,
    ManagerAsked,
    ManagerAskLapsed,
    ManagerAskPassed,
    ManagerAskWithdrawn,
)
from .models import ASK_LASTS, MOST_NAMED, ManagerAsk
from .queries import together
from .states import MANAGER_ASK

MAX_LINE = 200


def ask(*, viewer: Viewer, line: str) -> str:
    """Ask my manager; the public id. They have ten days, counted from when they are back. `RuleBroken` says why it is
    not possible."""
    rules.not_paused(viewer)
    rules.short("line", line, MAX_LINE)
    if viewer.is_guest or viewer.person_id not in rules.held_people([viewer.person_id]):
        raise NotVisible
    mine = queries.my_manager(viewer)
    if mine.card is None or mine.trouble is not None:
        raise RuleBroken("", gettext("That is not possible at the moment. Why not stands here."))
    now, last = clock.now(), queries.my_ask(viewer)
    if last is not None and last.again_at is not None:
        on = day(last.at.astimezone(clock.zone(viewer.zone)).date())
        raise RuleBroken("", gettext("You asked on %(day)s. Once in 30 days is enough.", day=on))
    begins = now
    if mine.until is not None:
        back = datetime.combine(mine.until + timedelta(days=1), time(), tzinfo=UTC)
        begins = max(now, back)
    row = ManagerAsk(
        public_id=secrets.token_hex(8),
        person_id=viewer.person_id,
        manager_id=mine.card.id,
        line=line,
        at=now,
        ends_at=begins + ASK_LASTS,
    )
    db.session.add(row)
    db.session.flush()
    reaches = sa.select(ManagerAsk.id).where(
        ManagerAsk.id == row.id, together(ManagerAsk.person_id, ManagerAsk.manager_id)
    )
    publish(ManagerAsked(row.id, row.manager_id, db.session.scalar(reaches) is None))
    return row.public_id


def _held(viewer: Viewer, public_id: str, action: str, condition: sa.ColumnElement[bool], role: str) -> ManagerAsk:
    row = None
    if queries.may_be_public_id(public_id):
        row = db.session.scalar(
            sa.select(ManagerAsk)
            .where(ManagerAsk.public_id == public_id, condition)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    if row is None:
        raise NotVisible
    if MANAGER_ASK.verdict(action, state=row.state, roles={role}) != "may" or row.ends_at <= clock.now():
        raise RuleBroken("", gettext("This is answered or over by now."))
    return row


def take_back(*, viewer: Viewer, public_id: str) -> None:
    """The asker needs no names after all."""
    row = _held(viewer, public_id, "take back", ManagerAsk.person_id == viewer.person_id, "asker")
    publish(ManagerAskWithdrawn(row.id))
    db.session.delete(row)
    db.session.flush()


def pass_on(*, viewer: Viewer, public_id: str) -> None:
    """The manager would rather name nobody. The asker sees a silence."""
    row = _held(viewer, public_id, "pass", queries.put_to(viewer.person_id), "manager")
    row.passed_at = clock.now()
    db.session.flush()
    publish(ManagerAskPassed(row.id, viewer.person_id))


def name_people(*, viewer: Viewer, public_id: str, named: Sequence[tuple[int, int, str]]) -> None:
    """The manager names one to three colleagues with a reason that both read: each is an introduction that the asker
    has said yes to. named: (number of the field, person, reason). `RuleBroken` on "name_1", "reason_1" and so on."""
    rules.not_paused(viewer)
    if not 1 <= len(named) <= MOST_NAMED:
        raise RuleBroken("name_1", gettext("Name one to three colleagues"))
    meant = sa.select(ManagerAsk.person_id).where(ManagerAsk.public_id == public_id)
    asker_id = db.session.scalar(meant) or 0
    them = rules.held_people([viewer.person_id, asker_id, *(person_id for _number, person_id, _why in named)])
    row = _held(viewer, public_id, "name people", queries.put_to(viewer.person_id), "manager")
    asker = them.get(row.person_id)
    if asker is None:
        raise NotVisible
    seen: set[int] = set()
    for number, person_id, why in named:
        field = f"name_{number}"
        services.check_line(field=f"reason_{number}", line=why)
        services.check_person(viewer=viewer, field=field, person_id=person_id)
        if person_id == asker.id:
            raise RuleBroken(field, gettext("They are the one who asks. Name somebody else."))
        if person_id in seen:
            raise RuleBroken(field, gettext("Name somebody else: that is the same person twice"))
        services.check_meets(field=field, one=asker, other=them[person_id])
        services.check_not_again(viewer=viewer, field=field, one_id=asker.id, other_id=person_id)
        seen.add(person_id)
    for _number, person_id, why in named:
        services.bring_together(
            by_id=viewer.person_id, one=(asker.id, why), other=(person_id, why), ask_id=row.id, asker_id=asker.id
        )
    _settle(row, viewer)


def _settle(row: ManagerAsk, viewer: Viewer) -> None:
    """It is answered, unless nobody who was named can reach the asker: to them that is a silence."""
    reaches = db.session.scalar(queries.named_by(row.id, row.person_id).limit(1)) is not None
    if not reaches:
        row.passed_at = clock.now()
        db.session.flush()
        publish(ManagerAskPassed(row.id, viewer.person_id))
        return
    row.state, row.ended_at = "answered", clock.now()
    db.session.flush()
    publish(ManagerAskAnswered(row.id, row.person_id, viewer.person_id))


# ---- as time goes by ---------------------------------------------------------------------------------------


def end_next() -> bool:
    """One ask that nobody answered ends; True when there may be more."""
    due = sa.select(ManagerAsk).where(ManagerAsk.state == "waiting", ManagerAsk.ends_at <= clock.now())
    due = due.order_by(ManagerAsk.ends_at, ManagerAsk.id).limit(1)
    row = db.session.scalar(due.with_for_update(skip_locked=True))
    if row is None:
        return False
    _end([row])
    return True


def end_to(person_id: int) -> None:
    """A manager left, or became a guest: whoever asked them waits no longer."""
    _end(_open(ManagerAsk.manager_id == person_id))


def drop_of(person_id: int) -> None:
    """Whoever asked left, or became a guest: there is nothing to name."""
    for row in _open(ManagerAsk.person_id == person_id):
        publish(ManagerAskWithdrawn(row.id))
        db.session.delete(row)
    db.session.flush()


def _open(condition: sa.ColumnElement[bool]) -> Sequence[ManagerAsk]:
    rows = sa.select(ManagerAsk).where(condition, ManagerAsk.state == "waiting")
    return db.session.scalars(rows.order_by(ManagerAsk.id).with_for_update()).all()


def _end(rows: Sequence[ManagerAsk]) -> None:
    for row in rows:
        row.state, row.ended_at = "over", clock.now()
        db.session.flush()
        publish(ManagerAskLapsed(row.id, row.person_id))


def drop_own() -> None:
    """Two entries of one person are one: nobody asks themselves."""
    own = sa.delete(ManagerAsk).where(ManagerAsk.person_id == ManagerAsk.manager_id)
    db.session.execute(own.execution_options(synchronize_session=False))


def forget_old() -> None:
    """What is answered or over, after the days that the admins chose."""
    cut = personal.forgotten_before("introductions")
    if cut is not None:
        old = sa.delete(ManagerAsk).where(ManagerAsk.ended_at < cut)
        db.session.execute(old.execution_options(synchronize_session=False))
