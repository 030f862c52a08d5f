"""Rules and writes of invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext

from portal.accounts import services as accounts
from portal.core import audit, clock, links, outbox, personal
from portal.core.auth import Viewer
from portal.core.db import MAX_ID, batches, db
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.people import names
from portal.people import services as people
from portal.people.models import Person
from portal.teams import services as teams
from portal.teams.models import Team
from portal.teams.pasted import Invited
from portal.teams.queries import team_by_id

from . import queries
from .events import InvitationAccepted
from .models import INVITATION_LASTS, MAIL, Invitation, nonce_of
from .queries import Welcome, has_ended

_OPEN = sa.and_(Invitation.accepted_at.is_(None), Invitation.withdrawn_at.is_(None))


# ---- inviting --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Wanted:
    """An invitation that there should be. person_id: whom the staff list knows."""

    email: str
    email_key: str
    name: str
    kind: str
    ends_on: date | None
    person_id: int | None


def invite_people(*, team_id: int, person_ids: Collection[int], by_id: int) -> None:
    """Invite those who have an address and no account to sign in. A fixed number of statements a batch."""
    forget_old()
    for some in batches(person_ids):
        waiting = [one for one in queries.invitees(Person.id.in_(some)) if one.has_access and not one.has_account]
        wanted = [
            _Wanted(one.email, one.email_key, "", one.kind, None, one.person_id)
            for one in waiting
            if one.email and one.email_key
        ]
        _write(team_id, wanted, by_id)


def invite_staff(*, viewer: Viewer, person_ids: Collection[int]) -> int:
    """An admin invites people of the staff list to Hallway itself; how many are asked now. Whoever has an account, no
    address, or an invitation that is still good is left as they are. A fixed number of statements a batch."""
    if not viewer.is_admin:
        raise NotVisible
    forget_old()
    count = 0
    for some in batches(person_ids):
        waiting = queries.staff_waiting(Person.id.in_(some))
        wanted = [_Wanted(one.email, one.email_key, "", one.kind, None, one.person_id) for one in waiting]
        _write(None, wanted, viewer.person_id)
        count += len(wanted)
    return count


def invite_thanked(*, person_ids: Collection[int], by_id: int) -> None:
    """Who was thanked and has an address, but no account and no invitation yet, is invited by it. A fixed number of
    statements a batch."""
    for some in batches(person_ids):
        waiting = [one for one in queries.staff_waiting(Person.id.in_(some)) if one.email]
        _write(None, [_Wanted(one.email, one.email_key, "", one.kind, None, one.person_id) for one in waiting], by_id)


def withdraw_thanked(*, person_ids: Collection[int], by_id: int, since: datetime) -> None:
    """The thanks were undone before anything left the house, and so is the invitation that came of them."""
    for some in batches(person_ids):
        _withdraw(
            Invitation.person_id.in_(some),
            Invitation.team_id.is_(None),
            Invitation.invited_by_id == by_id,
            Invitation.created_at >= since,
        )


def invite_addresses(*, team_id: int, invited: Sequence[Invited], by_id: int | None) -> None:
    """One open invitation for each address and team. A fixed number of statements a batch.

    Whose address it is by now comes in at once when somebody invited them (`by_id`). Typed by whoever holds the join
    link, nothing is done for who has an account: nobody learns of it.
    """
    forget_old()
    asked = {names.fold(one.email): one for one in invited}
    keys = sorted(asked)
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        owners = {one.email_key: one for one in queries.invitees(Person.email_key.in_(some))}
        wanted = []
        for key in some:
            one, owner = asked[key], owners.get(key)
            if owner is None:
                wanted.append(_Wanted(one.email, key, one.name, one.kind, one.ends_on, None))
                continue
            if owner.has_access and by_id is not None:
                teams.bring_in(team_id=team_id, person_id=owner.person_id)
            if owner.has_access and not owner.has_account:
                wanted.append(_Wanted(one.email, key, "", owner.kind, None, owner.person_id))
        _write(team_id, wanted, by_id)


def _write(team_id: int | None, wanted: Sequence[_Wanted], by_id: int | None) -> None:
    """Write those that are missing and renew what has expired; each owes a mail."""
    if not wanted:
        return
    now = clock.now()
    open_ones = db.session.scalars(
        sa.select(Invitation)
        .where(
            Invitation.team_id == team_id,
            _OPEN,
            sa.or_(
                Invitation.email_key.in_([one.email_key for one in wanted]),
                Invitation.person_id.in_([one.person_id for one in wanted if one.person_id]),
            ),
        )
        .order_by(Invitation.id)
        .with_for_update()
    ).all()
    by_key = {row.email_key: row for row in open_ones}
    by_person = {row.person_id: row for row in open_ones if row.person_id}
    new, renewed, nobodys = [], [], []
    sent: dict[int, list[int]] = {}  # for the how manieth time: which of them
    for one in wanted:
        there = by_person.get(one.person_id or 0) or by_key.get(one.email_key)
        said = {
            "email": one.email,
            "email_key": one.email_key,
            "kind": one.kind,
            "ends_on": one.ends_on,
            "person_id": one.person_id,
            "sent_at": now,
        }
        if there is None:
            made = {"name": one.name, "nonce": nonce_of(None, 1), "created_at": now, "times_sent": 1}
            new.append({**said, **made, "team_id": team_id, "invited_by_id": by_id})
        elif not there.is_good(now) or has_ended(there.ends_on):
            times = there.times_sent + 1
            kept = {"id": there.id, "name": one.name or there.name, "invited_by_id": by_id or there.invited_by_id}
            renewed.append({**said, **kept, "nonce": nonce_of(there.nonce, times), "times_sent": times})
            sent.setdefault(times, []).append(there.id)
        elif there.invited_by_id is None and by_id is not None:
            nobodys.append(there.id)
    if new:
        outbox.owe_mail(MAIL, list(db.session.scalars(sa.insert(Invitation).returning(Invitation.id), new)))
    if renewed:
        db.session.execute(sa.update(Invitation), renewed)
        for times, ids in sorted(sent.items()):
            outbox.owe_mail(MAIL, ids, occasion=times)
    if nobodys:  # their owners asked by the join link; now somebody has invited them
        mine = sa.update(Invitation).where(Invitation.id.in_(nobodys)).values(invited_by_id=by_id)
        db.session.execute(mine.execution_options(synchronize_session=False))
    audit.record("people_invited", actor_id=by_id, subject_id=team_id)


def forget_old() -> None:
    """What has been settled for as many days as the admins chose is forgotten."""
    cut = personal.forgotten_before("invitations")
    if cut is None:
        return
    settled = sa.or_(
        Invitation.accepted_at < cut,
        Invitation.withdrawn_at < cut,
        sa.and_(_OPEN, Invitation.sent_at < cut - INVITATION_LASTS),
    )
    gone = db.session.scalars(
        sa.delete(Invitation).where(settled).returning(Invitation.id).execution_options(synchronize_session=False)
    )
    outbox.forget_mail(MAIL, list(gone))


# ---- saying yes ------------------------------------------------------------------------------------------------


def accept(*, token: str, name: str, password_hash: str) -> int:
    """Somebody chose a password: they have an account and are in. The person's id.

    name: as its owner typed it; not asked of whom the staff list knows. Raises `NotVisible` for what never was a
    link, `RuleBroken` for one that is not good any more (`queries.welcome` says why).
    """
    found = _hold(token)
    if found.state != "open":
        _not_good()
    rows = _together(found)
    if found.invitee is not None:
        person_id = found.invitee.person_id
    else:
        row = db.session.get_one(Invitation, found.invitation_id)
        # Asked in as a colleague by anybody: a colleague, whichever link was opened.
        kind = "member" if any(one.kind == "member" for one in rows) else "guest"
        days = [one.ends_on for one in rows if one.ends_on]
        person_id = people.add_person(
            name=name, email=row.email, kind=kind, ends_on=max(days) if kind == "guest" else None
        )
    accounts.set_password(person_id=person_id, password_hash=password_hash)
    _settle(rows, person_id)
    return person_id


def join(*, viewer: Viewer, token: str) -> int | None:
    """Somebody who is signed in says yes to their own invitation; the team's id."""
    found = _hold(token)
    if not found.is_for(viewer):
        raise NotVisible
    if found.state != "account":
        _not_good()
    _settle(_together(found), viewer.person_id)
    return found.team_id


def _not_good() -> None:
    raise RuleBroken("", gettext("This link is not good any more"))


def _hold(token: str) -> Welcome:
    """What the link opens, with everybody waiting who would change that: the teams, then every open invitation of
    the same address, then its person."""
    invitation_id = links.row_of(token)
    meant = db.session.execute(
        sa.select(Invitation.email_key, Invitation.person_id).where(Invitation.id == invitation_id)
    ).one_or_none()
    if meant is None:
        raise NotVisible
    same = sa.or_(Invitation.email_key == meant.email_key, Invitation.person_id == (meant.person_id or 0))
    mine = sa.or_(Invitation.id == invitation_id, sa.and_(_OPEN, same))
    asked_to = sa.select(Invitation.team_id).where(mine)
    db.session.execute(sa.select(Team.id).where(Team.id.in_(asked_to)).order_by(Team.id).with_for_update())
    db.session.execute(sa.select(Invitation.id).where(mine).order_by(Invitation.id).with_for_update())
    whose = sa.or_(Person.id == meant.person_id, Person.email_key == meant.email_key)
    db.session.execute(sa.select(Person.id).where(whose).order_by(Person.id).with_for_update())
    return queries.welcome(token)


def _together(found: Welcome) -> Sequence[Invitation]:
    """This invitation and every other good one of the same person or address."""
    whose = [sa.and_(Invitation.person_id.is_(None), Invitation.email_key == names.fold(found.email))]
    if found.invitee is not None:
        own = sa.and_(Invitation.person_id.is_(None), Invitation.email_key == found.invitee.email_key)
        whose = [own, Invitation.person_id == found.invitee.person_id]
    still_good = sa.and_(_OPEN, Invitation.sent_at > clock.now() - INVITATION_LASTS)
    return db.session.scalars(
        sa.select(Invitation)
        .where(sa.or_(Invitation.id == found.invitation_id, sa.and_(still_good, sa.or_(*whose))))
        .order_by(Invitation.team_id, Invitation.id)
        .execution_options(populate_existing=True)
    ).all()


def _settle(rows: Sequence[Invitation], person_id: int) -> None:
    """All of them are accepted, and the person is in those teams that are open."""
    now = clock.now()
    for row in rows:
        row.accepted_at, row.person_id = now, person_id
    db.session.flush()
    outbox.forget_mail(MAIL, [row.id for row in rows])
    for row in rows:
        if row.team_id is not None:
            teams.bring_in(team_id=row.team_id, person_id=person_id)
        audit.record("invitation_accepted", actor_id=person_id, subject_id=row.id)
        publish(InvitationAccepted(row.id, person_id, row.team_id))


# ---- sending again and taking back -------------------------------------------------------------------------------


def send_again(*, viewer: Viewer, invitation_id: int) -> None:
    """A new link, good for 14 days; the one before is dead. Where whoever invited is gone, or nobody did, it is the
    viewer who invites now."""
    row = _managed(viewer, invitation_id)
    if row.accepted_at is not None:
        raise RuleBroken("", gettext("They are in already"))
    if row.withdrawn_at is not None:
        raise RuleBroken("", gettext("This was withdrawn. Invite them anew."))
    invitee = queries.invitee_of(row)
    if invitee is not None and not invitee.has_access:
        raise RuleBroken("", gettext("They are not here any more"))
    if invitee is None and has_ended(row.ends_on):
        raise RuleBroken("", gettext("The last day of this guest has passed. Invite them anew, with a later one."))
    if row.team_id is not None and not team_by_id(viewer, row.team_id).is_open:
        raise RuleBroken("", gettext("This team is closed. Its lead can open it again."))
    inviter = queries.invitees(Person.id == row.invited_by_id)
    if not any(one.has_access for one in inviter):
        row.invited_by_id = viewer.person_id
    row.times_sent += 1
    row.nonce, row.sent_at = nonce_of(row.nonce, row.times_sent), clock.now()
    db.session.flush()
    outbox.forget_mail(MAIL, [row.id])  # the one before would bring a dead link
    outbox.owe_mail(MAIL, [row.id], occasion=row.times_sent)
    audit.record("invitation_sent_again", actor_id=viewer.person_id, subject_id=row.id)


def withdraw(*, viewer: Viewer, invitation_id: int) -> None:
    """The link is dead, and nothing is sent any more."""
    row = _managed(viewer, invitation_id)
    if row.accepted_at is not None:
        raise RuleBroken("", gettext("They are in already"))
    if row.withdrawn_at is None:
        _withdraw(Invitation.id == row.id)
        audit.record("invitation_withdrawn", actor_id=viewer.person_id, subject_id=row.id)


def _managed(viewer: Viewer, invitation_id: int) -> Invitation:
    """For whoever invited, the leads of the team and the admins; for all others it is not there."""
    if not 0 < invitation_id <= MAX_ID:
        raise NotVisible
    row = db.session.get(Invitation, invitation_id, with_for_update=True, populate_existing=True)
    if row is None or viewer.is_guest:
        raise NotVisible
    keeps = viewer.is_admin if row.team_id is None else team_by_id(viewer, row.team_id).may_keep
    if not keeps and row.invited_by_id != viewer.person_id:
        raise NotVisible
    return row


def withdraw_of(*, person_id: int, team_id: int | None = None) -> None:
    """Withdraw what is open of a person who left: a team, or (None) the company."""
    address = sa.select(Person.email_key).where(Person.id == person_id).scalar_subquery()
    whose = sa.or_(
        Invitation.person_id == person_id, sa.and_(Invitation.person_id.is_(None), Invitation.email_key == address)
    )
    _withdraw(whose, *([Invitation.team_id == team_id] if team_id is not None else []))


def _withdraw(*which: sa.ColumnElement[bool]) -> None:
    gone = db.session.scalars(
        sa.update(Invitation)
        .where(_OPEN, *which)
        .values(withdrawn_at=clock.now())
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )
    outbox.forget_mail(MAIL, list(gone))


def team_has_closed(team_id: int) -> None:
    """Nobody is asked by mail into a team that is closed, but for who works here and gets an account by it."""
    of_no_use = sa.or_(Invitation.person_id.is_(None), Invitation.kind == "guest")
    ids = db.session.scalars(sa.select(Invitation.id).where(Invitation.team_id == team_id, _OPEN, of_no_use))
    outbox.forget_mail(MAIL, list(ids))
