"""Rules and writes of introductions. Asks to managers have a room of their own."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from flask_babel import gettext

from portal.accounts.models import Account
from portal.audiences.queries import teams_of
from portal.core import clock, personal
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.i18n import day
from portal.help import rules
from portal.people import names
from portal.people.models import Person
from portal.people.queries import listed
from portal.ties import services as ties

from .events import (
    IntroductionAccepted,
    IntroductionDeclined,
    IntroductionLapsed,
    IntroductionMade,
    IntroductionOffered,
    IntroductionProposed,
    IntroductionWithdrawn,
)
from .models import LASTS, MOST_OPEN, NOT_AGAIN_FOR, Introduction, IntroductionSide
from .queries import comes_through, may_be_asked, may_be_public_id, seen_side
from .states import INTRODUCTION, state_at

MAX_LINE = 200

# ---- bringing two together ---------------------------------------------------------------------------------


def propose(*, viewer: Viewer, one_id: int, other_id: int, line_one: str, line_other: str) -> str:
    """Bring two colleagues together: each reads a line about the other. The public id. It is the same for whoever
    does it whether the two know each other, were asked by somebody else, or are kept apart. `RuleBroken` on "one",
    "other", "line_one", "line_other"."""
    rules.not_paused(viewer)
    check_line(field="line_one", line=line_one)
    check_line(field="line_other", line=line_other)
    them = rules.held_people([viewer.person_id, one_id, other_id])
    if viewer.person_id not in them:
        raise NotVisible
    for field, person_id in (("one", one_id), ("other", other_id)):
        check_person(viewer=viewer, field=field, person_id=person_id)
    if one_id == other_id:
        raise RuleBroken("other", gettext("Name somebody else: that is the same person twice"))
    check_meets(field="other", one=them[one_id], other=them[other_id])
    mine = sa.select(sa.func.count()).where(
        Introduction.by_id == viewer.person_id,
        Introduction.state == "waiting",
        Introduction.ask_id.is_(None),
        Introduction.at > clock.now() - LASTS,
    )
    if (db.session.scalar(mine) or 0) >= MOST_OPEN:
        raise RuleBroken("", gettext("Ten introductions of yours are open. Wait until something comes of one."))
    check_not_again(viewer=viewer, field="other", one_id=one_id, other_id=other_id)
    return bring_together(by_id=viewer.person_id, one=(one_id, line_one), other=(other_id, line_other))


def check_line(*, field: str, line: str) -> None:
    """Something is said, and not too much."""
    rules.short(field, line, MAX_LINE)
    if not names.is_visible(line):
        raise RuleBroken(field, gettext("Say in a line why"))


def check_person(*, viewer: Viewer, field: str, person_id: int) -> None:
    """Somebody else whom the viewer sees, and who has been here."""
    if person_id == viewer.person_id:
        raise RuleBroken(field, gettext("That is you. Name a colleague."))
    there = sa.select(Person).where(Person.id == person_id, Person.left_at.is_(None), listed(viewer, Person.id))
    person: Person | None = db.session.scalar(there)
    if person is None:
        raise RuleBroken(field, gettext("Nobody with that name"))
    if db.session.get(Account, person_id) is None:
        words = gettext("%(name)s has not been here yet. Do it once they have.", name=person.first_name)
        raise RuleBroken(field, words)


def check_meets(*, field: str, one: Person, other: Person) -> None:
    """A guest meets people of shared teams alone."""
    if not _may_meet(one, other):
        guest = one if one.kind == "guest" else other
        words = gettext("%(name)s is a guest here and meets people of their own teams.", name=guest.first_name)
        raise RuleBroken(field, words)


def _may_meet(one: Person, other: Person) -> bool:
    """Do the two see each other, as far as guests see people of shared teams alone?"""
    if "guest" not in (one.kind, other.kind):
        return True
    return bool(set(teams_of(one.id)) & set(teams_of(other.id)))


def check_not_again(*, viewer: Viewer, field: str, one_id: int, other_id: int) -> None:
    """The viewer did not bring these two together lately: what others did is not looked at."""
    last = db.session.scalar(
        sa.select(Introduction)
        .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
        .where(
            Introduction.by_id == viewer.person_id,
            IntroductionSide.person_id == one_id,
            IntroductionSide.other_id == other_id,
            Introduction.at > clock.now() - NOT_AGAIN_FOR,
        )
        .order_by(Introduction.id.desc())
        .limit(1)
    )
    if last is not None:
        on = day(last.at.astimezone(clock.zone(viewer.zone)).date())
        words = gettext("You brought these two together on %(day)s. Once in 90 days is enough.", day=on)
        raise RuleBroken(field, words)


def bring_together(
    *,
    by_id: int,
    one: tuple[int, str],
    other: tuple[int, str],
    ask_id: int | None = None,
    asker_id: int | None = None,
) -> str:
    """Write it down and ask whoever may be asked now; each is (person, what they read). asker_id: who of the two said
    yes by asking. The people are held by whoever calls."""
    now = clock.now()
    row = Introduction(public_id=secrets.token_hex(8), by_id=by_id, ask_id=ask_id, at=now)
    db.session.add(row)
    db.session.flush()
    for (person_id, line), (other_id, _line) in ((one, other), (other, one)):
        asked = person_id == asker_id
        db.session.add(
            IntroductionSide(
                introduction_id=row.id, person_id=person_id, other_id=other_id, line=line,
                told_at=now if asked else None, answer="yes" if asked else None, answered_at=now if asked else None,
            )
        )  # fmt: skip
    db.session.flush()
    publish(IntroductionProposed(row.id, by_id))
    for person_id, _line in (one, other):
        _ask(row.id, person_id)
    return row.public_id


def ask(*, introduction_id: int, person_id: int) -> None:
    """Ask one of the two, if they may be asked by now."""
    if rules.held_people([person_id]):
        db.session.get(Introduction, introduction_id, with_for_update=True, populate_existing=True)
        _ask(introduction_id, person_id)


def _ask(introduction_id: int, person_id: int) -> None:
    side = db.session.scalar(
        sa.select(IntroductionSide)
        .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
        .where(
            IntroductionSide.introduction_id == introduction_id,
            IntroductionSide.person_id == person_id,
            may_be_asked(),
        )
        .execution_options(populate_existing=True)
    )
    if side is not None:
        side.told_at = clock.now()
        db.session.flush()
        publish(IntroductionOffered(introduction_id, person_id))


# ---- what the three do with it -----------------------------------------------------------------------------


def _held(viewer: Viewer, public_id: str, action: str, condition: sa.ColumnElement[bool], role: str) -> Introduction:
    row = None
    if may_be_public_id(public_id):
        row = db.session.scalar(
            sa.select(Introduction)
            .where(Introduction.public_id == public_id, condition)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    if row is None:
        raise NotVisible
    state = state_at(row.state, row.at, clock.now())
    if INTRODUCTION.verdict(action, state=state, roles={role}) != "may":
        raise RuleBroken("", gettext("This introduction is settled or over by now."))
    return row


def answer(*, viewer: Viewer, public_id: str, yes: bool) -> bool:
    """Yes or no; are the two brought together by it? Until then an answer can be another one. A no is told to
    nobody."""
    mine = sa.select(IntroductionSide.person_id).where(
        IntroductionSide.introduction_id == Introduction.id, seen_side(viewer.person_id)
    )
    row = _held(viewer, public_id, "say yes" if yes else "say no", mine.exists(), "asked")
    side = db.session.get_one(IntroductionSide, (row.id, viewer.person_id), populate_existing=True)
    said = "yes" if yes else "no"
    if side.answer == said:
        return False
    if yes and not _sees(viewer, side.other_id):
        raise NotVisible
    side.answer, side.answered_at = said, clock.now()
    db.session.flush()
    if not yes:
        publish(IntroductionDeclined(row.id, viewer.person_id, side.other_id))
        return False
    publish(IntroductionAccepted(row.id, viewer.person_id))
    return _make(row)


def _sees(viewer: Viewer, person_id: int) -> bool:
    there = sa.select(Person.id).where(Person.id == person_id, listed(viewer, Person.id), Person.left_at.is_(None))
    return db.session.scalar(there) is not None


def _make(row: Introduction) -> bool:
    """Both said yes, and nothing stands between them today: they are brought together."""
    agreed = db.session.scalars(
        sa.select(IntroductionSide.person_id)
        .where(IntroductionSide.introduction_id == row.id, IntroductionSide.answer == "yes", comes_through())
        .order_by(IntroductionSide.person_id)
    ).all()
    if len(agreed) != 2:
        return False
    one, other = (db.session.get_one(Person, person_id) for person_id in agreed)
    if not _may_meet(one, other):
        return False
    row.state, row.ended_at = "made", clock.now()
    db.session.flush()
    publish(IntroductionMade(row.id, one.id, other.id))
    return True


def say_known(*, viewer: Viewer, public_id: str) -> None:
    """We know each other: for whoever else looks at it, the same as silence."""
    answer(viewer=viewer, public_id=public_id, yes=False)
    others = (
        sa.select(IntroductionSide.other_id)
        .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
        .where(Introduction.public_id == public_id, IntroductionSide.person_id == viewer.person_id)
    )
    ties.say_known(viewer=viewer, other_ids=db.session.scalars(others).all())


def take_back(*, viewer: Viewer, public_id: str) -> None:
    """It was never there."""
    row = _held(viewer, public_id, "take back", Introduction.by_id == viewer.person_id, "introducer")
    publish(IntroductionWithdrawn(row.id))
    db.session.delete(row)
    db.session.flush()


# ---- as time goes by ---------------------------------------------------------------------------------------


def end_next() -> bool:
    """One introduction that nothing came of ends; True when there may be more."""
    old = sa.select(Introduction).where(Introduction.state == "waiting", Introduction.at <= clock.now() - LASTS)
    row = db.session.scalar(old.order_by(Introduction.at, Introduction.id).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return False
    _end([row])
    return True


def end_of(person_id: int) -> None:
    """Somebody left: nothing comes of what is open around them."""
    theirs = sa.select(IntroductionSide.introduction_id).where(IntroductionSide.person_id == person_id)
    rows = db.session.scalars(
        sa.select(Introduction)
        .where(sa.or_(Introduction.by_id == person_id, Introduction.id.in_(theirs)), Introduction.state == "waiting")
        .order_by(Introduction.id)
        .with_for_update()
    ).all()
    _end(rows)


def _end(rows: Sequence[Introduction]) -> None:
    for row in rows:
        row.state, row.ended_at = "over", clock.now()
        db.session.flush()
        publish(IntroductionLapsed(row.id))


def drop_own(person_ids: Collection[int]) -> None:
    """Two entries of one person are one (or two again): nobody is brought together with themselves, by themselves, or
    by half."""
    sides = sa.select(IntroductionSide.introduction_id)
    whole = sides.group_by(IntroductionSide.introduction_id).having(sa.func.count() == 2)
    by_self = sides.join(Introduction, Introduction.id == IntroductionSide.introduction_id).where(
        IntroductionSide.person_id == Introduction.by_id
    )
    own = sides.where(IntroductionSide.person_id == IntroductionSide.other_id)
    around = sa.or_(
        Introduction.by_id.in_(person_ids),
        Introduction.id.in_(sides.where(sa.or_(
            IntroductionSide.person_id.in_(person_ids), IntroductionSide.other_id.in_(person_ids)))),
    )  # fmt: skip
    broken = sa.or_(Introduction.id.in_(by_self), Introduction.id.in_(own), Introduction.id.not_in(whole))
    gone = sa.delete(Introduction).where(around, broken)
    db.session.execute(gone.execution_options(synchronize_session=False))


def forget_old() -> None:
    """What is over, after the days that the admins chose."""
    cut = personal.forgotten_before("introductions")
    if cut is not None:
        old = sa.delete(Introduction).where(Introduction.ended_at < cut)
        db.session.execute(old.execution_options(synchronize_session=False))
