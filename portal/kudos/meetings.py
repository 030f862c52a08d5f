"""Rules, writes and reads of the meeting screen: a team's thanks, one after another, in a room.

A screen shows what everybody in the team may see, and what everyone who was thanked lets stand there: asked anew for
every page, so that nothing stays that was taken back or taken off meanwhile. Who likes to be asked is asked, and no
answer is a no. Why something is not there is never said.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from flask_babel import gettext

from portal.core import clock, links, personal
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.people.models import Person
from portal.people.queries import Card, cards
from portal.teams.models import Team, TeamMember
from portal.teams.queries import TeamView, members, team_by_id

from . import queries
from .events import ScreenAsked, ScreenShared
from .models import (
    SCREEN_LASTS,
    Kudos,
    KudosPerson,
    KudosScreen,
    KudosScreenAnswer,
    KudosScreenPerson,
    KudosScreenPick,
    ThanksWish,
)
from .queries import KudosView

MOST_PICKED = 7
MOST_SHOWN = 30  # with what comes in live
MOST_OFFERED = 50
LOOKS_BACK = timedelta(days=30)
LINK = "screen"  # the purpose of a meeting's link
Verdict = Literal["yes", "ask", "no"]


def the_room(audience_id: int) -> Viewer:
    """Whoever is in a team's meeting, as one viewer: sees what everybody in it sees, and is named nowhere."""
    return Viewer(0, frozenset({"member"}), frozenset({EVERYONE, audience_id}))


# ---- may it be shown? --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Say:
    """What somebody who was thanked says to its being shown."""

    person_id: int
    off_screen: bool
    wish: str
    said: str | None
    is_here: bool

    @property
    def verdict(self) -> Verdict:
        if self.off_screen or self.wish == "no" or self.said == "no":
            return "no"
        if self.said == "yes" or self.wish == "yes":
            return "yes"
        return "ask" if self.is_here else "no"  # who has left answers nothing


def _says(kudos_ids: Collection[int], screen_id: int | None) -> dict[int, list[_Say]]:
    """What those who are thanked by name say, for each kudos (in this meeting, if there is one). One query."""
    answered = sa.and_(
        KudosScreenAnswer.screen_id == (screen_id or 0),
        KudosScreenAnswer.kudos_id == KudosPerson.kudos_id,
        KudosScreenAnswer.person_id == KudosPerson.person_id,
    )
    rows = db.session.execute(
        sa.select(
            KudosPerson.kudos_id,
            KudosPerson.person_id,
            KudosPerson.off_screen,
            sa.func.coalesce(ThanksWish.on_screen, "ask").label("wish"),
            KudosScreenAnswer.said,
            Person.left_at,
        )
        .join(Person, Person.id == KudosPerson.person_id)
        .join(Kudos, Kudos.id == KudosPerson.kudos_id)
        .outerjoin(ThanksWish, ThanksWish.person_id == KudosPerson.person_id)
        .outerjoin(KudosScreenAnswer, answered)
        .where(KudosPerson.kudos_id.in_(kudos_ids), KudosPerson.side == "to", KudosPerson.muted.is_(False))
        # A team that is thanked by its name: nobody is named, nobody is asked.
        .where(sa.or_(Kudos.to_team.is_(False), Kudos.team_id.is_(None)))
        .order_by(KudosPerson.place, KudosPerson.person_id)
    )
    found: dict[int, list[_Say]] = defaultdict(list)
    for row in rows:
        found[row.kudos_id].append(_Say(row.person_id, row.off_screen, row.wish, row.said, row.left_at is None))
    return found


def _verdict(says: Sequence[_Say]) -> Verdict:
    """All of them together."""
    found = {one.verdict for one in says}
    return "no" if "no" in found else "ask" if "ask" in found else "yes"


# ---- what a host may pick ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """A kudos that may be picked; `asks`: who is asked first, when the meeting starts."""

    kudos: KudosView
    asks: tuple[Card, ...]


def since(team_id: int, *, earlier: bool = False) -> datetime:
    """From when on thanks are offered: since the last meeting; 30 days where there was none, or with `earlier`."""
    last = db.session.scalar(sa.select(sa.func.max(KudosScreen.started_at)).where(KudosScreen.team_id == team_id))
    return last if last is not None and not earlier else clock.now() - LOOKS_BACK


def offered(team: TeamView, start: datetime) -> list[Offered]:
    """The thanks of a team since then that may be shown, or may be asked for: those that have to do with it, and
    those to its people. The newest first; a fixed number of queries."""
    room = the_room(team.audience_id)
    inside = sa.select(TeamMember.person_id).where(TeamMember.team_id == team.id)
    about = sa.select(Kudos.id).where(Kudos.team_id == team.id, Kudos.at > start)
    to_them = sa.select(KudosPerson.kudos_id).where(
        KudosPerson.person_id.in_(inside),
        KudosPerson.side == "to",
        KudosPerson.muted.is_(False),
        KudosPerson.at > start,
    )
    ids = db.session.scalars(
        sa.select(Kudos.id)
        .where(Kudos.id.in_(about.union_all(to_them)), queries.seen_by(room))
        .order_by(Kudos.at.desc(), Kudos.id.desc())
        .limit(MOST_OFFERED)
    ).all()
    says = _says(ids, None)
    found = []
    for kudos in queries.views(room, ids):
        if not _is_for_somebody(kudos) or _verdict(says[kudos.id]) == "no":
            continue
        asked = {one.person_id for one in says[kudos.id] if one.verdict == "ask"}
        found.append(Offered(kudos, tuple(one.person for one in kudos.receivers if one.person.id in asked)))
    return found


def _is_for_somebody(kudos: KudosView) -> bool:
    """Is anybody named whom the room knows?"""
    return bool(kudos.receivers or kudos.to_team)


# ---- a meeting ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meeting:
    """A meeting with thanks. `may_run`: the viewer may lead through it, end it and send it round; `token`: the secret
    of its link for a screen that nobody is signed in on (for those who may run it)."""

    id: int
    public_id: str
    team: TeamView
    host: Card | None
    started_at: datetime
    is_open: bool
    sent_round_at: datetime | None
    may_run: bool
    i_host: bool
    token: str | None
    i_am_here: bool


def may_host(team: TeamView, viewer: Viewer) -> bool:
    """Anybody in the team who works here; a guest watches."""
    return team.i_am_in and not viewer.is_guest


def _row(public_id: str) -> KudosScreen:
    if not public_id.isascii() or not public_id.isalnum() or len(public_id) > 40:
        raise NotVisible
    row = db.session.scalar(sa.select(KudosScreen).where(KudosScreen.public_id == public_id))
    if row is None:
        raise NotVisible
    return row


def meeting(viewer: Viewer, public_id: str) -> Meeting:
    """That meeting. `NotVisible` for whoever is not in its team."""
    row = _row(public_id)
    team = team_by_id(viewer, row.team_id)
    if not team.i_am_in:
        raise NotVisible
    is_open = row.is_open(clock.now()) and team.is_open
    runs = may_host(team, viewer)
    host = queries.former_and_present(viewer, [row.host_id]).get(row.host_id)
    return Meeting(
        id=row.id,
        public_id=row.public_id,
        team=team,
        host=host,
        started_at=row.started_at,
        is_open=is_open,
        sent_round_at=row.sent_round_at,
        may_run=runs,
        i_host=runs and row.host_id == viewer.person_id,
        token=links.token_for(LINK, row.id, row.nonce) if runs and is_open else None,
        i_am_here=db.session.get(KudosScreenPerson, (row.id, viewer.person_id)) is not None,
    )


def running(team_id: int) -> str | None:
    """The public id of the meeting that an open team is in just now."""
    return db.session.scalar(
        sa.select(KudosScreen.public_id)
        .where(KudosScreen.team_id == team_id, KudosScreen.ends_at > clock.now())
        .order_by(KudosScreen.started_at.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class Watched:
    """A meeting as its link shows it, to whoever holds that."""

    id: int
    public_id: str
    team_name: str
    audience_id: int
    is_open: bool
    at: int  # the position at which the host is


def watched(public_id: str, token: str) -> Watched:
    """The meeting behind a link. `NotVisible` for a wrong one; one that is over says so."""
    row = _row(public_id)
    if not links.fits(token, LINK, row.id, row.nonce):
        raise NotVisible
    team = db.session.get_one(Team, row.team_id)
    is_open = row.is_open(clock.now()) and team.is_open
    return Watched(row.id, row.public_id, team.name, team.audience_id, is_open, row.at_position)


# ---- what it shows -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slide:
    """One kudos of a meeting; its position stays the same while others come and go."""

    position: int
    kudos: KudosView


def slides(screen_id: int, audience_id: int, viewer: Viewer | None = None) -> list[Slide]:
    """What the meeting shows at this moment, in order. For a viewer who is a guest: what they may see of it.

    A fixed number of queries.
    """
    positions: dict[int, int] = dict(
        db.session.execute(
            sa.select(KudosScreenPick.kudos_id, KudosScreenPick.position)
            .where(KudosScreenPick.screen_id == screen_id)
            .order_by(KudosScreenPick.position)
        )
        .tuples()
        .all()
    )
    says = _says(list(positions), screen_id) if positions else {}
    allowed = [one for one in positions if _verdict(says.get(one, [])) == "yes"]
    room = the_room(audience_id)
    if viewer is not None and viewer.is_guest:
        seen = queries.may_see(room, allowed)
        found = queries.views(viewer, [one for one in allowed if one in seen])
    else:
        found = queries.views(room, allowed)
    return [Slide(positions[one.id], one) for one in found if _is_for_somebody(one)]


def slides_of(viewer: Viewer, of: Meeting) -> list[Slide]:
    """The same, for somebody in the team."""
    return slides(of.id, of.team.audience_id, viewer)


# ---- starting, ending --------------------------------------------------------------------------------------


def start(*, viewer: Viewer, team_id: int, picked: Sequence[str] = (), earlier: bool = False) -> str:
    """Begin a meeting with these kudos, in this order; its public id. One at a time in a team.

    What may not be shown any more is left out. Who likes to be asked is asked; whoever picks what is for them has
    said yes.
    """
    team = team_by_id(viewer, team_id)
    if not may_host(team, viewer):
        raise NotVisible
    if not team.is_open:
        raise RuleBroken("", gettext("This team is closed. Its lead can open it again."))
    db.session.execute(sa.select(Team.id).where(Team.id == team.id).with_for_update(key_share=True))
    if running(team.id) is not None:
        raise RuleBroken("", gettext("Somebody has started the screen a moment ago. Join them."))
    wanted = list(dict.fromkeys(picked))
    if len(wanted) > MOST_PICKED:
        raise RuleBroken("", gettext("Pick at most %(most)d. The room can add more while you show them.", most=7))
    begin = since(team.id, earlier=earlier)
    offers = {one.kudos.public_id: one.kudos.id for one in offered(team, begin)}
    now = clock.now()
    screen = KudosScreen(
        public_id=secrets.token_hex(5),
        team_id=team.id,
        host_id=viewer.person_id,
        since=begin,
        nonce=links.new_nonce(),
        started_at=now,
        ends_at=now + SCREEN_LASTS,
    )
    db.session.add(screen)
    db.session.flush()
    _note_here(screen.id, [viewer.person_id])
    _put_on(screen, [offers[one] for one in wanted if one in offers], first=1, consents=viewer.person_id)
    return screen.public_id


def _put_on(
    screen: KudosScreen, kudos_ids: Sequence[int], *, first: int, live: bool = False, consents: int = 0
) -> None:
    """Write down what is shown, and ask whoever likes to be asked."""
    held = sa.select(Kudos.id).where(Kudos.id.in_(kudos_ids)).order_by(Kudos.id).with_for_update(read=True)
    there = set(db.session.scalars(held)) if kudos_ids else set()
    kept = [one for one in kudos_ids if one in there]
    if not kept:
        return
    rows = [
        {"screen_id": screen.id, "kudos_id": one, "position": first + place, "is_live": live}
        for place, one in enumerate(kept)
    ]
    db.session.execute(sa.insert(KudosScreenPick), rows)
    says = _says(kept, screen.id)
    now = clock.now()
    asked: list[dict[str, Any]] = []
    for one in kept:
        for each in says[one]:
            if each.verdict == "ask":
                said = "yes" if each.person_id == consents else None
                asked.append({"screen_id": screen.id, "kudos_id": one, "person_id": each.person_id, "said": said,
                              "asked_at": now})  # fmt: skip
    if asked:
        db.session.execute(sa.insert(KudosScreenAnswer), asked)
    for one in kept:
        ids = tuple(row["person_id"] for row in asked if row["kudos_id"] == one and row["said"] is None)
        if ids:
            publish(ScreenAsked(screen.id, one, ids))


def _held(viewer: Viewer, public_id: str) -> tuple[KudosScreen, Meeting]:
    """A meeting of the viewer's team, held until the end of the unit of work."""
    found = meeting(viewer, public_id)
    held = sa.select(KudosScreen).where(KudosScreen.id == found.id).with_for_update()
    row = db.session.scalars(held.execution_options(populate_existing=True)).one()
    return row, found


def step(*, viewer: Viewer, public_id: str, position: int) -> None:
    """The host has gone on to that card: screens that nobody is signed in on follow. `NotVisible` for others."""
    found = meeting(viewer, public_id)
    if not found.i_host or not found.is_open:
        raise NotVisible
    here = sa.update(KudosScreen).where(KudosScreen.id == found.id, KudosScreen.at_position != position)
    db.session.execute(here.values(at_position=position).execution_options(synchronize_session=False))


def end(*, viewer: Viewer, public_id: str) -> None:
    """It is over, and its link shows nothing any more. Again does no harm."""
    row, found = _held(viewer, public_id)
    if not found.may_run:
        raise NotVisible
    row.ends_at = min(row.ends_at, clock.now())


# ---- in the room -------------------------------------------------------------------------------------------


def come_in(*, viewer: Viewer, public_id: str) -> None:
    """I am here: what is shown goes to me afterwards as well. Again does no harm."""
    found = meeting(viewer, public_id)
    if not found.is_open:
        raise RuleBroken("", gettext("This meeting is over."))
    _note_here(found.id, [viewer.person_id])


def _note_here(screen_id: int, person_ids: Collection[int]) -> None:
    now = clock.now()
    rows = [{"screen_id": screen_id, "person_id": one, "at": now} for one in sorted(person_ids)]
    if rows:
        insert_missing(KudosScreenPerson, rows)


Live = Literal["shown", "asked", "not"]


def add_live(viewer: Viewer, screen_public_id: str, kudos_public_id: str) -> Live:
    """Thanks that the viewer has just given, onto the running screen (inside the giver's unit of work).

    "shown": it is the last one now; "asked": it waits for an answer of whoever likes to be asked; "not": it is posted
    and stays off this screen (the meeting is over, it is full, or not everybody in the room may see it).
    """
    try:
        screen, found = _held(viewer, screen_public_id)
        kudos_id = queries.id_of(viewer, kudos_public_id)
    except NotVisible:
        return "not"
    given = db.session.get_one(Kudos, kudos_id)
    if not found.is_open or given.giver_id != viewer.person_id:
        return "not"
    _note_here(screen.id, [viewer.person_id])
    count, last = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(KudosScreenPick.position), 0)).where(
            KudosScreenPick.screen_id == screen.id
        )
    ).one()
    views = queries.views(the_room(found.team.audience_id), [kudos_id])
    verdict = _verdict(_says([kudos_id], screen.id).get(kudos_id, []))
    if count >= MOST_SHOWN or not views or not _is_for_somebody(views[0]) or verdict == "no":
        return "not"
    if db.session.get(KudosScreenPick, (screen.id, kudos_id)) is None:
        _put_on(screen, [kudos_id], first=last + 1, live=True)
    return "shown" if verdict == "yes" else "asked"


def live_words(outcome: str) -> str:
    """What the giver is told."""
    return {
        "shown": gettext("It stands on the screen, as the last one."),
        "asked": gettext("Who you thanked is asked first. After a yes it stands on the screen."),
    }.get(outcome, gettext("It is posted. This screen does not show it."))


# ---- whoever was asked -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """May thanks for me be shown in a meeting that goes on? `said` is what I answered already."""

    screen_id: str
    team: str
    host: str
    kudos: KudosView
    said: str | None


def my_questions(viewer: Viewer, *, unanswered: bool = False) -> list[Question]:
    """What I am asked for meetings that go on, the newest first. A fixed number of queries."""
    query = (
        sa.select(KudosScreenAnswer, KudosScreen.public_id, Team.name, Person)
        .join(KudosScreen, KudosScreen.id == KudosScreenAnswer.screen_id)
        .join(Team, Team.id == KudosScreen.team_id)
        .join(Person, Person.id == KudosScreen.host_id)
        .where(
            KudosScreenAnswer.person_id == viewer.person_id,
            KudosScreen.ends_at > clock.now(),
            Team.closed_at.is_(None),
        )
        .order_by(KudosScreenAnswer.asked_at.desc(), KudosScreenAnswer.kudos_id)
        .limit(MOST_SHOWN)
    )
    if unanswered:
        query = query.where(KudosScreenAnswer.said.is_(None))
    rows = db.session.execute(query).all()
    known = {one.id: one for one in queries.views(viewer, [row[0].kudos_id for row in rows])}
    return [
        Question(public_id, team, host.first_name, known[row.kudos_id], row.said)
        for row, public_id, team, host in rows
        if row.kudos_id in known and known[row.kudos_id].is_for_me
    ]


def answer(*, viewer: Viewer, screen_public_id: str, kudos_public_id: str, yes: bool) -> None:
    """Whether a kudos for me may be shown in this meeting; another answer later counts as well. What may be shown
    from now on comes last, so that nobody has gone past it."""
    row = _row(screen_public_id)
    kudos_id = queries.id_of(viewer, kudos_public_id)
    db.session.execute(sa.select(KudosScreen.id).where(KudosScreen.id == row.id).with_for_update())
    mine = db.session.get(KudosScreenAnswer, (row.id, kudos_id, viewer.person_id), populate_existing=True)
    if mine is None:
        raise NotVisible
    if not row.is_open(clock.now()):
        raise RuleBroken("", gettext("This meeting is over."))
    before = _verdict(_says([kudos_id], row.id)[kudos_id])
    mine.said = "yes" if yes else "no"
    db.session.flush()
    pick = db.session.get(KudosScreenPick, (row.id, kudos_id))
    if pick is not None and before != "yes" and _verdict(_says([kudos_id], row.id)[kudos_id]) == "yes":
        last = sa.select(sa.func.max(KudosScreenPick.position)).where(KudosScreenPick.screen_id == row.id)
        pick.position = (db.session.scalar(last) or 0) + 1
        db.session.flush()


# ---- afterwards --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attendee:
    """Somebody who may have been there; `here`: they came in by the link, or said so."""

    card: Card
    here: bool


def attendees(viewer: Viewer, of: Meeting) -> list[Attendee]:
    """The people of the team, in the order of its line-up."""
    here = _who_was_here(of.id)
    ids = [one.person_id for one in members(viewer, of.team)]
    return [Attendee(card, card.id in here) for card in cards(viewer, ids)]


def _who_was_here(screen_id: int) -> set[int]:
    rows = sa.select(KudosScreenPerson.person_id).where(KudosScreenPerson.screen_id == screen_id)
    return set(db.session.scalars(rows))


def send_round(*, viewer: Viewer, public_id: str, person_ids: Collection[int]) -> int | None:
    """Send what was shown to those who were there, once; how many they are. None: it was sent before.

    It goes to people of the team alone, and to each only where they may see something of it. The meeting is over by
    then.
    """
    row, found = _held(viewer, public_id)
    if not found.may_run:
        raise NotVisible
    if row.sent_round_at is not None:
        return None
    shown = slides(row.id, found.team.audience_id)
    if not shown:
        raise RuleBroken("", gettext("Nothing was shown, so there is nothing to send."))
    inside = {one.person_id for one in members(viewer, found.team)}
    there = (inside & set(person_ids)) | {viewer.person_id}
    _write_who(row.id, there)
    now = clock.now()
    row.sent_round_at, row.ends_at = now, min(row.ends_at, now)
    rows = db.session.scalars(sa.select(Kudos).where(Kudos.id.in_([one.kudos.id for one in shown])))
    reached: set[int] = set()
    for kudos in rows:
        reached |= queries.who_may_see(kudos, sorted(there - {viewer.person_id}))
    if reached:
        publish(ScreenShared(row.id, tuple(sorted(reached))))
    return len(reached)


def _write_who(screen_id: int, person_ids: Collection[int]) -> None:
    """They were there, and nobody else."""
    gone = _who_was_here(screen_id) - set(person_ids)
    if gone:
        db.session.execute(
            sa.delete(KudosScreenPerson).where(
                KudosScreenPerson.screen_id == screen_id, KudosScreenPerson.person_id.in_(sorted(gone))
            )
        )
    _note_here(screen_id, person_ids)


@dataclass(frozen=True)
class Shown:
    """What a meeting showed, as far as the viewer may see it."""

    id: int
    team: str
    at: datetime
    kudos: list[KudosView]


def shown_in(viewer: Viewer, public_id: str) -> Shown:
    """For those who were there, once it was sent round. `NotVisible` for all others."""
    row = _row(public_id)
    was_there = db.session.get(KudosScreenPerson, (row.id, viewer.person_id)) is not None
    if row.sent_round_at is None or not was_there:
        raise NotVisible
    team = db.session.get_one(Team, row.team_id)
    ids = [one.kudos.id for one in slides(row.id, team.audience_id)]
    return Shown(row.id, team.name, row.started_at, queries.views(viewer, ids))


def forget_old() -> None:
    """Meetings are forgotten after the days that the admins chose, with all that hangs on them."""
    cut = personal.forgotten_before("screens")
    if cut is not None:
        old = sa.delete(KudosScreen).where(KudosScreen.started_at < cut)
        db.session.execute(old.execution_options(synchronize_session=False))
