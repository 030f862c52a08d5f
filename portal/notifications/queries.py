"""Reads of notices. What a viewer may not see any longer is neither shown nor counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from portal.accounts.models import Account
from portal.accounts.queries import Reader, as_viewer, reader
from portal.core import clock
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.paging import Page, cursor_of, page_of, read_cursor
from portal.kudos.models import Kudos, KudosCheer, KudosMention, KudosScreen, KudosScreenAnswer
from portal.kudos.queries import KudosView, seen_by, views
from portal.moderation.models import Pause
from portal.people.models import Person, Place
from portal.people.queries import cards
from portal.teams.models import Team
from portal.topics.models import TopicNamed, TopicVouch
from portal.topics.queries import names_by_id

from . import around as surroundings
from . import helping, introducing, meeting
from .kinds import CHOICES, KINDS, Facts, Kind, of
from .models import Digest, DigestPace, Notice, NoticeHours, NoticeWish
from .when import Hours

ON_PAGE = 30
MANY = 10  # unread: from here on the bar says "9+"
IN_DIGEST = ("kudos", "cheer", "mention", "topic_named", "vouched", "answered", "useful")
SHOWN_NAMES = 3  # of whoever cheered


# ---- what may be seen --------------------------------------------------------------------------------------


def _kudos(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.select(Kudos.id).where(Kudos.id == Notice.subject_id, *conditions).exists()


def _cheered_by_another(viewer: Viewer) -> sa.ColumnElement[bool]:
    by_another = sa.and_(KudosCheer.kudos_id == Notice.subject_id, KudosCheer.person_id != viewer.person_id)
    return sa.select(KudosCheer.kudos_id).where(by_another).exists()


def _named(viewer: Viewer) -> sa.ColumnElement[bool]:
    naming = sa.and_(KudosMention.kudos_id == Notice.subject_id, KudosMention.person_id == viewer.person_id)
    return sa.select(KudosMention.kudos_id).where(naming).exists()


def _asked(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Whether it may be shown is asked until the meeting ends."""
    open_still = sa.select(KudosScreenAnswer.kudos_id).join(
        KudosScreen, KudosScreen.id == KudosScreenAnswer.screen_id
    )
    mine = sa.and_(KudosScreenAnswer.kudos_id == Notice.subject_id, KudosScreenAnswer.screen_id == Notice.occasion)
    return open_still.where(
        mine, KudosScreenAnswer.person_id == viewer.person_id, KudosScreen.ends_at > clock.now()
    ).exists()


def _named_for(viewer: Viewer) -> sa.ColumnElement[bool]:
    """As long as they have not answered."""
    mine = sa.and_(TopicNamed.topic_id == Notice.subject_id, TopicNamed.by_id == Notice.occasion)
    open_still = sa.and_(TopicNamed.person_id == viewer.person_id, TopicNamed.answered_at.is_(None))
    return sa.select(TopicNamed.id).where(mine, open_still).exists()


def _vouched_for(viewer: Viewer) -> sa.ColumnElement[bool]:
    mine = sa.and_(TopicVouch.topic_id == Notice.subject_id, TopicVouch.voucher_id == Notice.occasion)
    return sa.select(TopicVouch.id).where(mine, TopicVouch.person_id == viewer.person_id).exists()


def visible(viewer: Viewer, kinds: Collection[str] | None = None) -> sa.ColumnElement[bool]:
    """The condition that a `Notice` of the viewer speaks of what they may see today; with `kinds` one of these."""

    def seen() -> sa.ColumnElement[bool]:
        return _kudos(seen_by(viewer))

    # Functions, since to build all of them takes longer than to ask the database.
    by_kind: dict[str, Callable[[], sa.ColumnElement[bool]]] = {
        "kudos": seen,
        "mention": lambda: sa.and_(seen(), _named(viewer)),
        "cheer": lambda: sa.and_(seen(), _cheered_by_another(viewer)),
        "screen_ask": lambda: sa.and_(seen(), _asked(viewer)),
        "screen_shared": lambda: sa.select(KudosScreen.id).where(KudosScreen.id == Notice.subject_id).exists(),
        "topic_named": lambda: _named_for(viewer),
        "vouched": lambda: _vouched_for(viewer),
        "hidden": lambda: _kudos(Kudos.hidden_at.is_not(None), Kudos.taken_back_at.is_(None)),
        "restored": seen,
        **helping.visible(viewer),
        **introducing.visible(viewer),
        "paused": lambda: sa.select(Pause.person_id).where(Pause.person_id == Notice.subject_id).exists(),
    }
    asked = by_kind if kinds is None else sorted(by_kind.keys() & set(kinds))
    may = sa.or_(sa.false(), *(sa.and_(Notice.kind == code, by_kind[code]()) for code in asked))
    return sa.and_(Notice.person_id == viewer.person_id, may)


def unread(viewer: Viewer) -> int:
    """How many I have not read, for the bar of every page; `MANY` stands for as many and more. One query where there
    is nothing, else two: whether it may be seen is asked only of the kinds that are there."""
    mine = sa.and_(Notice.person_id == viewer.person_id, Notice.read_at.is_(None))
    kinds = db.session.scalars(sa.select(Notice.kind).where(mine).distinct()).all()
    if not kinds:
        return 0
    some = sa.select(Notice.id).where(visible(viewer, kinds), Notice.read_at.is_(None)).limit(MANY)
    return db.session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


# ---- notices -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """One notice as its reader may see it. thanks: the kudos that it speaks of; screen: the public id of the
    meeting in which it may be shown or not; topic: the slug of what it is about; said: what was answered to that;
    why: what a moderator said, or whoever vouches; leads_to: the path of an ask or a promise; answer: the secret part
    of the links in a mail that asks for help."""

    id: int
    kind: Kind
    at: datetime
    is_read: bool
    facts: Facts
    thanks: tuple[KudosView, ...] = ()
    screen: str = ""
    topic: str = ""
    said: str | None = None
    why: str = ""
    leads_to: str = ""
    answer: str = ""

    @property
    def words(self) -> str:
        """The line itself, in the language of whoever reads it now."""
        return self.kind.words(self.facts)

    @property
    def path(self) -> str | None:
        """Where it leads; None where there is nothing more to see."""
        if self.kind.about == "screen":  # that page alone knows what may be shown of a meeting
            return f"/kudos/screen/{self.screen}/shown"
        if self.leads_to:
            return self.leads_to
        if self.topic:
            return f"/topics/{self.topic}"
        return f"/k/{self.thanks[0].public_id}" if self.thanks else None


def by_day(some: Sequence[Told], zone: str) -> list[tuple[date, list[Told]]]:
    """Grouped by the day in that zone, in the same order."""
    days: dict[date, list[Told]] = {}
    for one in some:
        days.setdefault(one.at.astimezone(clock.zone(zone)).date(), []).append(one)
    return list(days.items())


def notices(viewer: Viewer, *, cursor: str | None = None, size: int = ON_PAGE) -> Page[Told]:
    """A page of my notices, the newest first. A fixed number of queries."""
    query = sa.select(Notice).where(visible(viewer))
    start = read_cursor(cursor, int)
    if start:
        last = sa.select(Notice.at, Notice.id).where(Notice.id == start[0], Notice.person_id == viewer.person_id)
        query = query.where(sa.tuple_(Notice.at, Notice.id) < last.scalar_subquery())
    rows = db.session.scalars(query.order_by(Notice.at.desc(), Notice.id.desc()).limit(size + 1)).all()
    return page_of(rows, size, lambda row: cursor_of(row.id)).map(lambda some: told(viewer, some))


def told(viewer: Viewer, rows: Sequence[Notice]) -> list[Told]:
    """These notices with their words, without those of which nothing may be seen."""
    screens = _screens([row for row in rows if KINDS[row.kind].about in ("screen", "ask")])
    ids = {row.subject_id for row in rows if KINDS[row.kind].about in ("kudos", "ask", "hidden")}
    known = {one.id: one for one in views(viewer, sorted(ids))}
    givers = _givers([row.subject_id for row in rows if KINDS[row.kind].about == "hidden"])
    pauses = _pauses([row.subject_id for row in rows if KINDS[row.kind].about == "pause"])
    answers = _answers(viewer, [row for row in rows if KINDS[row.kind].about == "ask"])
    about_topics = [row for row in rows if KINDS[row.kind].about == "topic"]
    topics = names_by_id([row.subject_id for row in about_topics]) if about_topics else {}
    doers = {card.id: card.first_name for card in cards(viewer, [row.occasion for row in about_topics])}
    vouches = _vouches(viewer, about_topics)
    helped = helping.said(viewer, rows) | introducing.said(viewer, rows)
    lines = []
    for row in rows:
        kind = KINDS[row.kind]
        if kind.about in ("question", "promise", "introduction", "manager_ask"):
            if row.id in helped:
                lines.append(_helped(row, kind, helped[row.id]))
            continue
        topic = topics.get(row.subject_id) if kind.about == "topic" else None
        screen = screens.get(row.occasion if kind.about == "ask" else row.subject_id)
        kudos = known.get(row.subject_id) if kind.about in ("kudos", "ask", "hidden") else None
        if (kind.about in ("kudos", "ask") and kudos is None) or (kind.about in ("screen", "ask") and screen is None):
            continue
        if kind.about == "topic" and topic is None:
            continue
        by, more = _who(viewer, kind, kudos)
        until, why = pauses.get(row.subject_id, (None, "")) if kind.about == "pause" else (None, "")
        if topic is not None:
            by = (doers[row.occasion],) if row.occasion in doers else ()
            why = vouches.get((row.subject_id, row.occasion), "") if kind.code == "vouched" and by else ""
        facts = Facts(
            by=by,
            more=more,
            to_team=kudos.to_team.name if kudos and kudos.to_team else "",
            team=screen.team if screen and kind.about in ("screen", "ask") else "",
            topic=topic.name if topic else "",
            is_mine=kind.about == "hidden" and givers.get(row.subject_id) == viewer.person_id,
            until=until.astimezone(clock.zone(viewer.zone)).date() if until else None,
        )
        lines.append(
            Told(
                id=row.id,
                kind=kind,
                at=row.at,
                is_read=row.read_at is not None,
                facts=facts,
                thanks=(kudos,) if kudos else (),
                why=why,
                screen=screen.public_id if screen else "",
                topic=topic.slug if topic else "",
                said=answers.get((row.occasion, row.subject_id)),
            )
        )
    return lines


def _helped(row: Notice, kind: Kind, said: helping.Said) -> Told:
    """A notice about an ask, a promise or an introduction."""
    facts = Facts(by=said.by, more=said.more, what=said.what, until=said.until, is_mine=said.is_mine)
    return Told(
        row.id, kind, row.at, row.read_at is not None, facts, why=said.line, leads_to=said.path, answer=said.answer
    )


def _vouches(viewer: Viewer, rows: Sequence[Notice]) -> dict[tuple[int, int], str]:
    """By topic and voucher: what was said of the viewer."""
    if not rows:
        return {}
    found = db.session.execute(
        sa.select(TopicVouch.topic_id, TopicVouch.voucher_id, TopicVouch.why).where(
            TopicVouch.person_id == viewer.person_id, TopicVouch.topic_id.in_([row.subject_id for row in rows])
        )
    )
    return {(topic_id, voucher_id): why for topic_id, voucher_id, why in found.tuples()}


def _who(viewer: Viewer, kind: Kind, kudos: KudosView | None) -> tuple[tuple[str, ...], bool]:
    """(names, are there more?) of whoever did it, as far as the viewer may know them."""
    if kudos is None:
        return (), False
    if kind.code != "cheer":
        return ((kudos.giver.first_name,) if kudos.giver else ()), False
    people = {card.id: card.first_name for cheer in kudos.cheers for card in cheer.people}
    people.pop(viewer.person_id, None)
    names = list(people.values())
    return tuple(names[:SHOWN_NAMES]), len(names) > SHOWN_NAMES


@dataclass(frozen=True)
class _Screen:
    public_id: str
    team: str


def _screens(rows: Sequence[Notice]) -> dict[int, _Screen]:
    ids = {row.occasion if KINDS[row.kind].about == "ask" else row.subject_id for row in rows}
    if not ids:
        return {}
    found = db.session.execute(
        sa.select(KudosScreen.id, KudosScreen.public_id, Team.name)
        .join(Team, Team.id == KudosScreen.team_id)
        .where(KudosScreen.id.in_(ids))
    ).tuples()
    return {screen_id: _Screen(public_id, team) for screen_id, public_id, team in found}


def _givers(kudos_ids: Sequence[int]) -> dict[int, int]:
    if not kudos_ids:
        return {}
    rows = db.session.execute(sa.select(Kudos.id, Kudos.giver_id).where(Kudos.id.in_(kudos_ids)))
    return dict(rows.tuples().all())


def _pauses(person_ids: Sequence[int]) -> dict[int, tuple[datetime, str]]:
    """Until when, and why."""
    if not person_ids:
        return {}
    rows = sa.select(Pause.person_id, Pause.until, Pause.why).where(Pause.person_id.in_(person_ids))
    return {person_id: (until, why) for person_id, until, why in db.session.execute(rows)}


def _answers(viewer: Viewer, rows: Sequence[Notice]) -> dict[tuple[int, int], str | None]:
    """(screen, kudos) -> what I said, None while I have not."""
    if not rows:
        return {}
    answer = KudosScreenAnswer
    asked = sa.select(answer.screen_id, answer.kudos_id, answer.said).where(
        answer.person_id == viewer.person_id, answer.screen_id.in_([row.occasion for row in rows])
    )
    return {(screen_id, kudos_id): said for screen_id, kudos_id, said in db.session.execute(asked)}


def told_by_mail(notice_id: int, since: datetime) -> tuple[Reader, Told] | None:
    """Who a notice is for and what it says, while it is unread, newer than `since`, and its reader is here and may
    see it."""
    row = db.session.get(Notice, notice_id, populate_existing=True)
    if row is None or row.read_at is not None or row.at < since:
        return None
    to = reader(row.person_id)
    if to is None:
        return None
    viewer = as_viewer(to)
    if db.session.scalar(sa.select(Notice.id).where(Notice.id == notice_id, visible(viewer))) is None:
        return None
    found = told(viewer, [row])
    return (to, found[0]) if found else None


def orphans() -> list[sa.Select[int]]:
    """Selects of the ids of notices about what is not there any more, by what they are about."""
    there = {
        "kudos": sa.select(Kudos.id).where(Kudos.id == Notice.subject_id),
        "hidden": sa.select(Kudos.id).where(Kudos.id == Notice.subject_id),
        "ask": sa.select(Kudos.id).where(Kudos.id == Notice.subject_id),
        "screen": sa.select(KudosScreen.id).where(KudosScreen.id == Notice.subject_id),
        "topic": sa.union_all(
            sa.select(TopicNamed.id).where(
                TopicNamed.topic_id == Notice.subject_id, TopicNamed.by_id == Notice.occasion,
                TopicNamed.person_id == Notice.person_id,
            ),
            sa.select(TopicVouch.id).where(
                TopicVouch.topic_id == Notice.subject_id, TopicVouch.voucher_id == Notice.occasion,
                TopicVouch.person_id == Notice.person_id,
            ),
        ),
        **helping.orphans(),
        **introducing.orphans(),
    }  # fmt: skip
    return [sa.select(Notice.id).where(Notice.kind.in_(of(about)), ~one.exists()) for about, one in there.items()]


# ---- preferences -------------------------------------------------------------------------------------------


def hours_of(zone: str | None, working_days: Collection[str], row: NoticeHours | None) -> Hours:
    """Somebody's hours: what they chose, else as they begin."""
    row = row or NoticeHours()
    plain = Hours(clock.zone(zone))
    return Hours(
        zone=plain.zone,
        is_quiet=plain.is_quiet if row.is_quiet is None else row.is_quiet,
        quiet_from=plain.quiet_from if row.quiet_from is None else row.quiet_from,
        quiet_to=plain.quiet_to if row.quiet_to is None else row.quiet_to,
        days_off=plain.days_off if row.days_off is None else row.days_off,
        working_days=tuple(working_days) or plain.working_days,
        digest_day=row.digest_day,
        digest_hour=plain.digest_hour if row.digest_hour is None else row.digest_hour,
    )


def my_hours(person_id: int) -> Hours:
    """The hours of one person."""
    person, place_zone, hours = db.session.execute(
        sa.select(Person, Place.time_zone, NoticeHours)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(NoticeHours, NoticeHours.person_id == Person.id)
        .where(Person.id == person_id)
    ).one()
    return hours_of(person.time_zone or place_zone, person.working_days, hours)


def my_ways(person_id: int) -> dict[str, str]:
    """How somebody wants each kind that can be chosen."""
    rows = db.session.execute(sa.select(NoticeWish.kind, NoticeWish.way).where(NoticeWish.person_id == person_id))
    chosen = dict(rows.tuples().all())
    return {kind.code: chosen.get(kind.code, kind.ways[0]) for kind in CHOICES}


def is_anybody(person_id: int) -> bool:
    """Is there (still) somebody with that id?"""
    there = sa.select(Person.id).where(Person.id == person_id, Person.erased_at.is_(None))
    return db.session.scalar(there) is not None


# ---- the digest --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """What decides about somebody's next digest, and the row that is owed already."""

    person_id: int
    wants: bool
    hours: Hours
    unanswered: int
    last_week: int | None
    open_id: int | None
    open_due: datetime | None


def digest_plans(person_ids: Collection[int]) -> list[Plan]:
    """Of those of these people who have an account. One query."""
    last = (
        sa.select(sa.func.max(Digest.week))
        .where(Digest.person_id == Person.id, Digest.frozen_at.is_not(None))
        .scalar_subquery()
    )
    owed = sa.select(Digest.id, Digest.person_id, Digest.due_at).where(Digest.frozen_at.is_(None)).subquery()
    rows = db.session.execute(
        sa.select(
            Person,
            Place.time_zone,
            NoticeHours,
            NoticeWish.way,
            DigestPace.unanswered,
            last,
            owed.c.id,
            owed.c.due_at,
        )
        .join(Account, Account.person_id == Person.id)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(NoticeHours, NoticeHours.person_id == Person.id)
        .outerjoin(NoticeWish, sa.and_(NoticeWish.person_id == Person.id, NoticeWish.kind == "digest"))
        .outerjoin(DigestPace, DigestPace.person_id == Person.id)
        .outerjoin(owed, owed.c.person_id == Person.id)
        .where(Person.id.in_(sorted(person_ids)))
        .order_by(Person.id)
        .execution_options(populate_existing=True)
    ).tuples()
    plans = []
    for person, place_zone, hours, way, unanswered, last_week, open_id, open_due in rows:
        zone = person.time_zone or place_zone
        here = person.email is not None and person.has_access(clock.today(zone))
        plans.append(
            Plan(
                person_id=person.id,
                wants=here and (way or KINDS["digest"].ways[0]) != "off",
                hours=hours_of(zone, person.working_days, hours),
                unanswered=unanswered or 0,
                last_week=last_week,
                open_id=open_id,
                open_due=open_due,
            )
        )
    return plans


def without_digest(after: int, size: int = 500) -> list[int]:
    """Some people with an account who are owed no digest, by id behind `after`."""
    owed = sa.select(Digest.id).where(Digest.person_id == Account.person_id, Digest.frozen_at.is_(None))
    query = sa.select(Account.person_id).where(Account.person_id > after, ~owed.exists())
    return list(db.session.scalars(query.order_by(Account.person_id).limit(size)))


def digest_reader(person_id: int) -> tuple[Reader | None, str]:
    """Who it goes to (None for who is not here any more), and how they want it."""
    return reader(person_id), my_ways(person_id)["digest"]


def last_digest(person_id: int, digest_id: int, now: datetime) -> datetime:
    """When the one before was chosen: at most five weeks ago, and a week ago where there was none."""
    before = sa.select(sa.func.max(Digest.frozen_at)).where(Digest.person_id == person_id, Digest.id != digest_id)
    found = db.session.scalar(before)
    return max(found, now - timedelta(weeks=5)) if found else now - timedelta(weeks=1)


def around(to: Reader, *, since: datetime, until: datetime) -> dict[str, Any]:
    """What stands in a digest: ids alone; {} when nothing happened."""
    viewer = as_viewer(to)
    ways = my_ways(to.person_id)
    kinds = [code for code in IN_DIGEST if ways[code] in ("mail", "digest")]
    mine = sa.select(Notice.id).where(
        visible(viewer), Notice.kind.in_(kinds), Notice.at > since, Notice.at <= until
    ).order_by(Notice.at.desc(), Notice.id.desc()).limit(surroundings.MOST)  # fmt: skip
    chosen = {"notices": list(db.session.scalars(mine)), **surroundings.chosen(viewer, since, until)}
    found = {part: ids for part, ids in chosen.items() if ids}
    return {**found, **meeting.chosen(viewer)} if found else {}  # whom to meet is no reason for a mail of its own


@dataclass(frozen=True)
class DigestLetter:
    """A digest to be written: whom it goes to, what stands in it, and the how many-th without an act it is."""

    to: Reader
    told: list[Told]
    around: surroundings.Around
    meeting: meeting.Meeting
    number: int

    @property
    def is_empty(self) -> bool:
        return not self.told and self.around.is_empty


def digest_letter(digest_id: int) -> DigestLetter | None:
    """What was chosen for a digest, as far as its reader may still see it; None when nothing of it is left."""
    row = db.session.get(Digest, digest_id, populate_existing=True)
    to = reader(row.person_id) if row else None
    if row is None or to is None or not row.chosen:
        return None
    viewer = as_viewer(to)
    mine = sa.select(Notice).where(Notice.id.in_(row.chosen.get("notices", [])), visible(viewer))
    rows = db.session.scalars(mine.order_by(Notice.at.desc(), Notice.id.desc())).all()
    found = DigestLetter(
        to,
        told(viewer, rows),
        surroundings.told(viewer, row.chosen),
        meeting.told(viewer, row.chosen),
        row.number,
    )
    return None if found.is_empty else found
