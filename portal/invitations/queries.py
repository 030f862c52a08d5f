"""Reads of invitations. What a viewer may not see is not in the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.accounts.models import Account
from portal.core import clock, links, mail, outbox
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.core.panels import reason_to_come
from portal.people.models import Department, Person, Place
from portal.teams.models import Team
from portal.teams.pasted import name_of_address
from portal.teams.queries import team_by_id

from .models import INVITATION_LASTS, MAIL, Invitation

ON_PAGE = 100  # open invitations that a page shows
IN_FOR = timedelta(days=14)  # how long it says that somebody is in

State = Literal["open", "account", "used", "withdrawn", "renewed", "expired", "gone", "closed"]


# ---- who an invitation is for ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Invitee:
    """Somebody here who is meant by an invitation."""

    person_id: int
    name: str
    email: str | None
    email_key: str | None
    kind: str
    has_access: bool
    has_account: bool


def invitees(*conditions: sa.ColumnElement[bool]) -> list[Invitee]:
    """The people of whom that is true, in the order they came. One query."""
    rows = db.session.execute(
        sa.select(Person, Account.person_id, Place.time_zone)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(*conditions)
        .order_by(Person.id)
        .execution_options(populate_existing=True)
    )
    return [
        Invitee(
            person_id=person.id,
            name=person.name,
            email=person.email,
            email_key=person.email_key,
            kind=person.kind,
            has_access=person.has_access(clock.today(person.time_zone or place_zone)),
            has_account=account_id is not None,
        )
        for person, account_id, place_zone in rows
    ]


@dataclass(frozen=True)
class Waiting:
    """Somebody on the staff list who can be invited now."""

    person_id: int
    name: str
    email: str
    email_key: str
    kind: str
    starts_on: date | None


def _good_to_hallway() -> sa.ColumnElement[bool]:
    """An invitation to Hallway itself, whose link works."""
    return sa.and_(
        Invitation.person_id == Person.id,
        Invitation.team_id.is_(None),
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.sent_at > clock.now() - INVITATION_LASTS,
    )


def _can_be_invited() -> sa.ColumnElement[bool]:
    """Here, with an address that takes mail, without an account, and not invited already."""
    return sa.and_(
        Person.left_at.is_(None),
        sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today()),
        Person.email_key.is_not(None),
        ~sa.exists().where(Account.person_id == Person.id),
        ~sa.exists().where(_good_to_hallway()),
    )


def staff_waiting(*conditions: sa.ColumnElement[bool], most: int | None = None) -> list[Waiting]:
    """Whom an admin can invite now, of those of whom that is true, by name. One query."""
    rows = db.session.execute(
        sa.select(Person.id, Person.name, Person.email, Person.email_key, Person.kind, Person.starts_on)
        .where(_can_be_invited(), *conditions)
        .order_by(Person.name, Person.id)
        .limit(most)
    )
    return [Waiting(row.id, row.name, row.email or "", row.email_key or "", row.kind, row.starts_on) for row in rows]


@dataclass(frozen=True)
class StaffGroup:
    """How far the people of a department are. department_id: None for those of none."""

    department_id: int | None
    name: str
    waiting: int
    invited: int
    signed_in: int
    without_address: int


def staff_by_department() -> list[StaffGroup]:
    """Every department, by name, those of none last; one query."""
    here = sa.and_(Person.left_at.is_(None), sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today()))
    has_account = sa.exists().where(Account.person_id == Person.id)
    asked = sa.exists().where(_good_to_hallway())

    def count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0))

    rows = db.session.execute(
        sa.select(
            Person.department_id,
            Department.name,
            count(_can_be_invited()),
            count(~has_account, asked),
            count(has_account),
            count(~has_account, Person.email_key.is_(None)),
        )
        .outerjoin(Department, Department.id == Person.department_id)
        .where(here)
        .group_by(Person.department_id, Department.name, Department.key)
        .order_by(Person.department_id.is_(None), Department.key)
    )
    return [StaffGroup(department_id, name or "", *map(int, counts)) for department_id, name, *counts in rows]


def in_department(department_id: int | None) -> sa.ColumnElement[bool]:
    """The people of a department; of none."""
    return Person.department_id.is_(None) if department_id is None else Person.department_id == department_id


def invitee_of(row: Invitation) -> Invitee | None:
    """Whom the staff list knows behind an invitation: by themselves, else by today's owner of the address."""
    whose = Person.id == row.person_id if row.person_id else Person.email_key == row.email_key
    found = invitees(whose)
    return found[0] if found else None


# ---- what a link opens -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Welcome:
    """What whoever holds a link may know.

    state: "open" (choose a password), "account" (sign in, then say yes), else why the link is not good any more.
    inviter: a first name, "" (and no id) when nobody is there to ask. invitee: whom the staff list knows.
    because: a title and a sentence of why they were asked to Hallway itself, where a domain knows.
    suggested: a name to begin with, for whom it does not know.
    """

    invitation_id: int
    state: State
    team_id: int | None
    team: str
    inviter: str
    inviter_id: int | None
    email: str
    until: datetime
    invitee: Invitee | None
    suggested: str
    because: tuple[Any, Any] | None = None

    @property
    def is_good(self) -> bool:
        return self.state in ("open", "account")

    def is_for(self, viewer: Viewer) -> bool:
        """Is it the viewer who was invited?"""
        return self.invitee is not None and self.invitee.person_id == viewer.person_id


def welcome(token: str) -> Welcome:
    """What that link opens; `NotVisible` for what never was one. At most five queries, and nothing changes."""
    invitation_id = links.row_of(token)
    row = db.session.get(Invitation, invitation_id, populate_existing=True) if invitation_id else None
    if row is None or not (row.fits(token) or row.once_fitted(token)):
        raise NotVisible
    invitee = invitee_of(row)
    team = db.session.execute(sa.select(Team.name, Team.closed_at).where(Team.id == row.team_id)).one_or_none()
    inviter = db.session.get(Person, row.invited_by_id) if row.invited_by_id else None
    if inviter is not None and not inviter.has_access(clock.today()):
        inviter = None
    because = None
    if row.team_id is None and invitee is not None and inviter is not None:
        because = reason_to_come(invitee.person_id, inviter.id, inviter.first_name)
    return Welcome(
        invitation_id=row.id,
        state=_state(row, token, invitee, is_closed=team is not None and team.closed_at is not None),
        team_id=row.team_id,
        team=team.name if team else "",
        inviter=inviter.first_name if inviter else "",
        inviter_id=inviter.id if inviter else None,
        email=row.email,
        until=row.expires_at,
        invitee=invitee,
        suggested=row.name or name_of_address(row.email),
        because=because,
    )


def _state(row: Invitation, token: str, invitee: Invitee | None, *, is_closed: bool) -> State:
    if row.accepted_at is not None:
        return "used"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if not row.fits(token):
        return "renewed"
    if not row.is_good(clock.now()):
        return "expired"
    if has_ended(row.ends_on) if invitee is None else not invitee.has_access:
        return "gone"
    # Whoever works here gets an account all the same; everybody else was invited to this team and nothing else.
    works_here = invitee is not None and invitee.kind == "member"
    if is_closed and (not works_here or (invitee is not None and invitee.has_account)):
        return "closed"
    return "account" if invitee is not None and invitee.has_account else "open"


def has_ended(ends_on: date | None) -> bool:
    """Has a guest's last day passed?"""
    return ends_on is not None and ends_on < clock.today()


# ---- on a team's page ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class InvitationLine:
    """An open invitation, for who may manage it. token: None for who may not pass the link on."""

    id: int
    name: str
    email: str  # "" for whom the staff list knows
    is_guest: bool
    ends_on: date | None
    until: datetime
    is_good: bool
    token: str | None
    mail: Literal["sent", "waits", "failed", "none"]  # what became of the mail; "none": there is no mail server
    mailed_at: datetime | None

    @property
    def called(self) -> str:
        return self.name or self.email


@dataclass(frozen=True)
class Invitations:
    """Those of a team. in_lately: who came in by one, the last first."""

    lines: list[InvitationLine]
    more: int
    in_lately: list[str]


def _mail_state(fate: outbox.Fate | None) -> Literal["sent", "waits", "failed"]:
    if fate is not None and fate.sent_at is not None:
        return "sent"
    return "failed" if fate is None or fate.parked_at is not None else "waits"


def invitations_of(viewer: Viewer, team_id: int) -> Invitations:
    """The invitations of a team that the viewer may manage, the newest first: all for its leads and the admins, else
    those they sent. A fixed number of queries."""
    keeps = team_by_id(viewer, team_id).may_keep
    mine = [Invitation.team_id == team_id]
    if not keeps:
        mine.append(Invitation.invited_by_id == viewer.person_id)
    known, owner = aliased(Person), aliased(Person)
    # Whom the staff list knows and who got in by another way needs no link any more.
    waits = sa.and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None), Account.person_id.is_(None))
    rows = db.session.execute(
        sa.select(Invitation, known.name, owner.id, sa.func.count().over().label("size"))
        .outerjoin(known, known.id == Invitation.person_id)
        .outerjoin(owner, owner.email_key == Invitation.email_key)
        .outerjoin(Account, Account.person_id == Invitation.person_id)
        .where(*mine, waits)
        .order_by(Invitation.id.desc())
        .limit(ON_PAGE)
    ).all()
    now, by_mail = clock.now(), mail.is_set_up()
    fates = outbox.fates(MAIL, {row.id: row.times_sent for row, *_more in rows})
    lines = []
    for row, known_as, owner_id, _size in rows:
        # The link of somebody who is known sets their password: it goes to them by mail, and to nobody else. Only
        # while there is no mail does whoever invited them pass it on.
        nobodys = row.invited_by_id is None and keeps  # asked for by the join link: its lead passes it on
        unknown = row.person_id is None and owner_id is None
        passes_on = row.invited_by_id == viewer.person_id or nobodys or (keeps and unknown)
        if by_mail and (not unknown or row.kind == "member"):
            # A colleague sees everyone, and may stand on the staff list tomorrow: only their own mail lets them in.
            passes_on = False
        fate = fates.get(row.id)
        good = row.is_good(now)
        lines.append(
            InvitationLine(
                id=row.id,
                name=known_as or row.name,
                email="" if known_as else row.email,
                is_guest=row.kind == "guest",
                ends_on=row.ends_on,
                until=row.expires_at,
                is_good=good,
                token=links.token_for("welcome", row.id, row.nonce) if good and passes_on else None,
                mail=_mail_state(fate) if by_mail else "none",
                mailed_at=fate.sent_at if fate else None,
            )
        )
    came = db.session.scalars(
        sa.select(Person)
        .join(Invitation, Invitation.person_id == Person.id)
        .where(*mine, Invitation.accepted_at > now - IN_FOR, Person.left_at.is_(None))
        .order_by(Invitation.accepted_at.desc(), Invitation.id.desc())
        .limit(ON_PAGE)
    )
    in_lately = [person.first_name for person in came]
    return Invitations(lines, int(rows[0].size) - len(lines) if rows else 0, in_lately)
