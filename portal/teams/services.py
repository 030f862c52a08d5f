"""Rules and writes of teams."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.audiences import services as audiences
from portal.core import audit, clock, links, settings
from portal.core.auth import EVERYONE, Viewer
from portal.core.db import alone, batches, db, insert_missing
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.events import publish
from portal.goals.queries import goal_line
from portal.people import names
from portal.people import services as people
from portal.people.models import Person
from portal.people.slugs import free_slug

from . import kickoff, queries
from .events import (
    AddressesInvited,
    KickOffAttended,
    MemberLeft,
    MembersAdded,
    TeamChanged,
    TeamClosed,
    TeamReopened,
    TeamStarted,
)
from .models import OldTeamSlug, Team, TeamBuddy, TeamKeep, TeamMember
from .pasted import Invited

MAX_NAME, MAX_PURPOSE, MAX_TALKS, MAX_PLACE, MAX_LEARNED = 80, 200, 300, 200, 500
FARTHEST = timedelta(days=2 * 366)  # a kick-off ahead
GUESTS_AT_MOST = timedelta(days=366)
ASKED_BY_LINK_A_DAY = 100  # addresses that a join link takes in a day, whoever types them


@dataclass(frozen=True)
class KickOff:
    """A day and an hour on the wall, in a zone."""

    day: date
    hour: time
    zone: str


@dataclass(frozen=True)
class Plan:
    """What a team's page says."""

    name: str
    purpose: str = ""
    goal_id: int | None = None
    talks_at: str = ""
    kickoff: KickOff | None = None
    place: str = ""


# ---- starting and changing ---------------------------------------------------------------------------------


def start_team(
    *, viewer: Viewer, plan: Plan, lead_id: int | None, person_ids: Sequence[int], invited: Sequence[Invited] = ()
) -> int:
    """A new team with its people, in that order; the team's id.

    lead_id: who leads it; whoever starts it when None. Whoever starts it is in it. invited: addresses that nobody
    here has. Raises `RuleBroken` on the fields of `Plan`, "lead" and "people".
    """
    if viewer.is_guest:
        raise NotVisible
    now = clock.now()
    alone("team slugs")
    at = _moment(plan.kickoff, None)
    team = Team(
        slug=_free_slug(_checked_name(plan.name)),
        audience_id=audiences.make_team_audience(),
        name=plan.name,
        sort_key=names.fold(plan.name)[:200],
        calendar_uid=f"kickoff-{secrets.token_hex(12)}@hallway",
        join_nonce=links.new_nonce(),
        join_made_at=now,
        created_by_id=viewer.person_id,
        created_at=now,
    )
    _write(viewer, team, plan, at)
    db.session.add(team)
    db.session.flush()
    lead = lead_id or viewer.person_id
    leads = viewer.is_admin or lead == viewer.person_id
    everybody = list(dict.fromkeys([lead, *person_ids, viewer.person_id]))
    _add(team, everybody, by_id=viewer.person_id, lead_id=lead, guests_too=leads)
    audit.record("team_started", actor_id=viewer.person_id, subject_id=team.id)
    publish(TeamStarted(team.id, viewer.person_id))
    _invite(viewer, team, invited, may_ask_guests=leads)
    return team.id


def change_team(*, viewer: Viewer, team_id: int, plan: Plan, version: int | None = None) -> str:
    """Keep what a team's page says; its address, which follows the name. `version` is the one the form showed."""
    alone("team slugs")
    team = _kept(viewer, team_id)
    _open(team)
    if version is not None and version != team.version:
        raise ChangedMeanwhile(
            "", gettext("Somebody else changed this meanwhile. Your words are below: look, then save again.")
        )
    at = _moment(plan.kickoff, team)
    name = _checked_name(plan.name)
    _write(viewer, team, plan, at)
    if name != team.name:
        _rename(team, name)
    team.version += 1
    publish(TeamChanged(team.id))
    return team.slug


def _write(viewer: Viewer, team: Team, plan: Plan, at: datetime | None) -> None:
    if plan.goal_id is not None and plan.goal_id != team.goal_id:
        goal = goal_line(viewer, plan.goal_id)
        if goal is None or not goal.is_open:
            raise RuleBroken("goal", gettext("Pick one from the list"))
    team.purpose = _short("purpose", plan.purpose, MAX_PURPOSE)
    team.talks_at = _short("talks_at", plan.talks_at, MAX_TALKS)
    place = _short("kickoff_place", plan.place, MAX_PLACE)
    team.goal_id = plan.goal_id
    zone = plan.kickoff.zone if plan.kickoff else None
    before = (team.kickoff_at, team.kickoff_zone, team.kickoff_place, team.name)
    if (at, zone, place, plan.name) != before and team.id is not None:
        team.calendar_sequence += 1
    if team.id is not None and at != team.kickoff_at and (at is None or at > clock.now()):
        # It has not been yet: what was said about the one before speaks of nothing any more.
        answered = TeamMember.team_id == team.id, TeamMember.was_there.is_not(None)
        there = sa.select(TeamMember.person_id).where(TeamMember.team_id == team.id, TeamMember.was_there.is_(True))
        for person_id in db.session.scalars(there.order_by(TeamMember.person_id)).all():
            publish(KickOffAttended(team.id, person_id, False))
        db.session.execute(sa.update(TeamMember).where(*answered).values(was_there=None))
    team.kickoff_at, team.kickoff_place = at, place
    team.kickoff_zone = zone


def _moment(wanted: KickOff | None, team: Team | None) -> datetime | None:
    if wanted is None:
        return None
    if not clock.is_zone(wanted.zone):
        raise RuleBroken("kickoff_zone", gettext("We do not know this time zone. Pick one from the list."))
    at = kickoff.moment(wanted.day, wanted.hour, wanted.zone)
    if at is None:
        raise RuleBroken("kickoff_time", gettext("The clocks skip this hour that day. Pick another one."))
    now = clock.now()
    if team is not None and at == team.kickoff_at:
        return at  # it may have passed meanwhile
    if at <= now:
        raise RuleBroken("kickoff_day", gettext("This has passed already. Pick a day and an hour that lie ahead."))
    if at > now + FARTHEST:
        raise RuleBroken("kickoff_day", gettext("Pick a day within two years"))
    return at


def _short(field: str, words: str, most: int) -> str:
    over = len(words) - most
    if over > 0:
        raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))
    return words


def _checked_name(name: str) -> str:
    if not names.is_visible(name):
        raise RuleBroken("name", gettext("Give the team a name"))
    return _short("name", name, MAX_NAME)


def _free_slug(name: str, team_id: int = 0) -> str:
    """The first address that no other team has or had."""
    like = names.handle_for(name, nothing_left="team") + "%"
    taken = set(db.session.scalars(sa.select(Team.slug).where(Team.slug.like(like))))
    others = sa.select(OldTeamSlug.slug).where(OldTeamSlug.slug.like(like), OldTeamSlug.team_id != team_id)
    return free_slug(name, taken | set(db.session.scalars(others)), "team")


def _rename(team: Team, name: str) -> None:
    """The address follows the name; the one before leads on. Going back to a name gives its address back."""
    before, after = (names.handle_for(one, nothing_left="") for one in (team.name, name))
    team.name, team.sort_key = name, names.fold(name)[:200]
    if before == after or before[0] == after[0] == "-":  # or there is no letter in either that an address can hold
        return
    db.session.add(OldTeamSlug(slug=team.slug, team_id=team.id))
    db.session.flush()
    team.slug = _free_slug(name, team.id)
    db.session.execute(sa.delete(OldTeamSlug).where(OldTeamSlug.slug == team.slug))


# ---- who is in it ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Added:
    """How many people came in, and how many addresses were invited."""

    people: int
    invited: int


def add_people(*, viewer: Viewer, team_id: int, person_ids: Sequence[int], invited: Sequence[Invited] = ()) -> Added:
    """Add people to an open team and invite addresses; anyone in it may, but guests are invited by its lead."""
    team = _locked(viewer, team_id)
    member = db.session.get(TeamMember, (team.id, viewer.person_id))
    if viewer.is_guest or (member is None and not viewer.is_admin):
        raise NotVisible
    _open(team)
    leads = viewer.is_admin or (member is not None and member.is_lead)
    added = _add(team, list(dict.fromkeys(person_ids)), by_id=viewer.person_id, guests_too=leads)
    return Added(len(added), _invite(viewer, team, invited, may_ask_guests=leads))


def _add(
    team: Team, person_ids: list[int], *, by_id: int | None, lead_id: int | None = None, guests_too: bool = True
) -> list[int]:
    """Write members in that order; those who were not in. A fixed number of statements a batch."""
    now = clock.now()
    kinds: dict[int, str] = {}
    there: set[int] = set()
    for some in batches(person_ids):
        inside = sa.select(TeamMember.person_id).where(TeamMember.team_id == team.id, TeamMember.person_id.in_(some))
        there |= set(db.session.scalars(inside))
        # Locked in one order, so that nobody leaves the company meanwhile and two teams that add the same people
        # wait for each other. Who is in already waits for nobody: whoever leaves holds them and wants the team.
        still_here = sa.select(Person.id, Person.kind).where(
            Person.id.in_([one for one in some if one not in there]),
            Person.left_at.is_(None),
            sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today()),
        )
        kinds |= dict(db.session.execute(still_here.order_by(Person.id).with_for_update()).tuples().all())
    if lead_id is not None and kinds.get(lead_id) != "member":
        raise RuleBroken("lead", gettext("The lead has to be somebody who works here. Name somebody else."))
    if not guests_too and any(kinds.get(one) == "guest" for one in person_ids):
        raise RuleBroken("people", gettext("Only the lead of the team can add guests"))
    fresh = [one for one in person_ids if one in kinds]
    rows = [
        {
            "team_id": team.id,
            "person_id": one,
            "is_lead": one == lead_id,
            # As they were named, so that the line-up keeps that order.
            "joined_at": now + timedelta(microseconds=place),
        }
        for place, one in enumerate(fresh)
    ]
    for start in range(0, len(rows), 500):
        insert_missing(TeamMember, rows[start : start + 500])
    if fresh:
        audiences.join(audience_id=team.audience_id, person_ids=fresh)
        publish(MembersAdded(team.id, tuple(fresh), by_id))
    return fresh


def _invite(viewer: Viewer, team: Team, invited: Sequence[Invited], *, may_ask_guests: bool) -> int:
    """Ask addresses in: colleagues where the admin's list has their domain (an admin: any), else as guests."""
    unique = list({names.fold(one.email): one for one in invited}.values())
    domains = set(queries.invite_domains())
    for one in unique:
        if not names.is_email(one.email):
            raise RuleBroken("people", gettext("This does not look like a mail address: name@example.org"))
        if one.kind == "guest":
            if not may_ask_guests:
                raise RuleBroken("people", gettext("Only the lead of the team can invite guests"))
            _check_last_day(viewer, one.ends_on)
        elif not viewer.is_admin and domain_of(one.email) not in domains:
            raise RuleBroken("people", gettext("Only an admin can invite this address as a colleague"))
    if unique:
        publish(AddressesInvited(team.id, tuple(unique), viewer.person_id))
    return len(unique)


def _check_last_day(viewer: Viewer, day: date | None) -> None:
    today = clock.today(viewer.zone)
    if day is None or day < today:
        raise RuleBroken("guests_until", gettext("Pick the last day of these guests; it lies ahead"))
    if day > today + GUESTS_AT_MOST:
        raise RuleBroken("guests_until", gettext("Pick a day within a year; it can be moved later"))


def let_guest_stay(*, viewer: Viewer, team_id: int, person_id: int, until: date | None) -> None:
    """Move the last day of a guest of one's team, by its lead."""
    team = _kept(viewer, team_id)
    _open(team)
    person = db.session.get(Person, person_id)
    if db.session.get(TeamMember, (team.id, person_id)) is None or person is None or person.kind != "guest":
        raise RuleBroken("", gettext("They are not in the team any more"))
    _check_last_day(viewer, until)
    people.set_last_day(person_id=person_id, ends_on=until)
    audit.record("guest_stays", actor_id=viewer.person_id, subject_id=person_id)


def domain_of(email: str) -> str:
    """What stands behind the @, in small letters. Not folded: "exämple.org" belongs to somebody else."""
    return email.rpartition("@")[2].lower()


def join_by_link(*, viewer: Viewer, token: str) -> int:
    """Come in by the join link; the team's id. Nothing happens to who is in already. Guests are added by the lead."""
    team = _by_link(token)
    if viewer.is_guest and db.session.get(TeamMember, (team.id, viewer.person_id)) is None:
        raise RuleBroken("", gettext("Only the lead of the team can add guests"))
    if _add(team, [viewer.person_id], by_id=None):
        audit.record("team_joined", actor_id=viewer.person_id, subject_id=team.id)
    return team.id


def ask_by_link(*, token: str, email: str) -> bool:
    """Somebody without an account gives an address; True when its domain may come in, so that it is invited.

    The answer depends on the domain alone: nobody learns whether the address has an account.
    """
    if not names.is_email(email):
        raise RuleBroken("email", gettext("This does not look like a mail address: name@example.org"))
    team = _by_link(token)
    if domain_of(email) not in queries.invite_domains():
        return False
    asked = sa.select(sa.func.count()).select_from(audit.AuditEntry)
    asked = asked.where(
        audit.AuditEntry.code == "team_asked_by_link",
        audit.AuditEntry.subject_id == team.id,
        audit.AuditEntry.at > clock.ago(days=1),
    )
    if (db.session.scalar(asked) or 0) >= ASKED_BY_LINK_A_DAY:
        raise RuleBroken("email", gettext("Too many people asked by this link today. Ask the lead of the team."))
    audit.record("team_asked_by_link", actor_id=None, subject_id=team.id)
    publish(AddressesInvited(team.id, (Invited(email),), None))
    return True


def _by_link(token: str) -> Team:
    team_id = links.row_of(token)
    team = db.session.get(Team, team_id, with_for_update=True, populate_existing=True) if team_id else None
    if team is None or not links.fits(token, "join", team.id, team.join_nonce):
        raise NotVisible
    _open(team)
    if not team.may_be_joined(clock.now()):
        raise RuleBroken("", gettext("This link has expired. Ask the lead of the team for a new one."))
    return team


def bring_in(*, team_id: int, person_id: int) -> bool:
    """Somebody said yes to an invitation; False when the team is closed by now."""
    team = db.session.get(Team, team_id, with_for_update=True, populate_existing=True)
    if team is None or not team.is_open:
        return False
    _add(team, [person_id], by_id=None)
    return True


def renew_link(*, viewer: Viewer, team_id: int) -> None:
    """A new join link; the one before is dead."""
    team = _kept(viewer, team_id)
    _open(team)
    team.join_nonce, team.join_made_at = links.new_nonce(), clock.now()
    publish(TeamChanged(team.id))


def switch_off_link(*, viewer: Viewer, team_id: int) -> None:
    """No join link until somebody renews it."""
    team = _kept(viewer, team_id)
    team.join_nonce = None
    publish(TeamChanged(team.id))


def remove_member(*, viewer: Viewer, team_id: int, person_id: int) -> None:
    """Leave a team, or take somebody out as its lead. The last lead hands over first."""
    mine = person_id == viewer.person_id
    team = _locked(viewer, team_id) if mine else _kept(viewer, team_id)
    _open(team)
    member = db.session.get(TeamMember, (team.id, person_id))
    if member is None:
        return  # gone already
    audit.record("team_left" if mine else "team_member_out", actor_id=viewer.person_id, subject_id=person_id)
    if member.is_lead and not _other_leads(viewer, team, person_id):
        if not _others(viewer, team, person_id, Person.kind == "member"):
            raise RuleBroken("", gettext("Nobody who works here would be left in it. Close the team instead."))
        if mine:
            raise RuleBroken("", gettext("You are the only lead. Hand the lead over first, then leave."))
        raise RuleBroken("", gettext("This is the only lead. Name another lead first."))
    _take_out(team, member)


def _take_out(team: Team, member: TeamMember) -> None:
    person_id = member.person_id
    db.session.delete(member)
    db.session.execute(
        sa.delete(TeamBuddy).where(
            TeamBuddy.team_id == team.id,
            sa.or_(TeamBuddy.newcomer_id == person_id, TeamBuddy.buddy_id == person_id),
        )
    )
    db.session.flush()
    audiences.leave(audience_id=team.audience_id, person_ids=[person_id])
    publish(MemberLeft(team.id, person_id))


def _other_leads(viewer: Viewer, team: Team, person_id: int) -> bool:
    return _others(viewer, team, person_id, TeamMember.is_lead.is_(True))


def _others(viewer: Viewer, team: Team, person_id: int, *conditions: sa.ColumnElement[bool]) -> bool:
    """Is there anybody else in it today? (Whoever has left, or is past their last day, is not.)"""
    query = sa.select(TeamMember.person_id).join(Person, Person.id == TeamMember.person_id)
    query = query.where(TeamMember.team_id == team.id, TeamMember.person_id != person_id, queries.still_here(viewer))
    return db.session.scalar(query.where(*conditions).limit(1)) is not None


def set_lead(*, viewer: Viewer, team_id: int, person_id: int, leads: bool) -> None:
    """Make a member a lead, or no lead any more; somebody always leads."""
    team = _kept(viewer, team_id)
    _open(team)
    member = db.session.get(TeamMember, (team.id, person_id))
    person = db.session.get(Person, person_id)
    if member is None or person is None or not person.has_access(clock.today(viewer.zone)):
        raise RuleBroken("", gettext("They are not in the team any more"))
    if leads and person.kind == "guest":
        raise RuleBroken("", gettext("A guest cannot lead a team"))
    if member.is_lead == leads:
        return
    if not leads and not _other_leads(viewer, team, person_id):
        raise RuleBroken("", gettext("Somebody has to lead. Name another lead first."))
    member.is_lead = leads
    audit.record("team_lead_set" if leads else "team_lead_unset", actor_id=viewer.person_id, subject_id=person_id)
    publish(TeamChanged(team.id))


def take_lead(*, viewer: Viewer, team_id: int) -> None:
    """Lead a team that has no lead any more; any member who is no guest may."""
    team = _locked(viewer, team_id)
    _open(team)
    member = db.session.get(TeamMember, (team.id, viewer.person_id))
    if member is None or viewer.is_guest:
        raise NotVisible
    if member.is_lead:
        return
    if _other_leads(viewer, team, viewer.person_id):
        raise RuleBroken("", gettext("Somebody else leads it by now"))
    member.is_lead = True
    audit.record("team_lead_set", actor_id=viewer.person_id, subject_id=viewer.person_id)
    publish(TeamChanged(team.id))


def person_has_left(person_id: int) -> None:
    """A leaver is in no team any more. Where they were the only lead, any member may take the lead."""
    rows = db.session.scalars(
        sa.select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person_id)
        .order_by(Team.id)
        .with_for_update(of=Team)
    ).all()
    for team in rows:
        member = db.session.get(TeamMember, (team.id, person_id), populate_existing=True)
        if member is not None:  # else somebody took them out while we waited
            _take_out(team, member)


def kind_was_changed(person_id: int) -> None:
    """A guest leads nothing, and has met the people of a team for as long as it is open."""
    is_guest = db.session.scalar(sa.select(Person.kind).where(Person.id == person_id)) == "guest"
    rows = db.session.scalars(
        sa.select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.person_id == person_id)
        .order_by(Team.id)
        .with_for_update(of=Team)
    ).all()
    for team in rows:
        member = db.session.get(TeamMember, (team.id, person_id), populate_existing=True)
        if member is None:
            continue
        if is_guest and member.is_lead:
            member.is_lead = False
            publish(TeamChanged(team.id))
        if not team.is_open:
            move = audiences.leave if is_guest else audiences.join
            move(audience_id=team.audience_id, person_ids=[person_id])


# ---- the kick-off, and after it --------------------------------------------------------------------------------


def say_was_there(*, viewer: Viewer, team_id: int, was_there: bool) -> None:
    """Were you there? May be corrected while the team is open."""
    team = _locked(viewer, team_id)
    _open(team)
    member = db.session.get(TeamMember, (team.id, viewer.person_id))
    if member is None:
        raise NotVisible
    if not team.has_met(clock.now()):
        raise RuleBroken("", gettext("The kick-off lies ahead"))
    if member.was_there == was_there:
        return
    before, member.was_there = member.was_there, was_there
    if was_there or before:
        publish(KickOffAttended(team.id, viewer.person_id, was_there))


def ask_buddy(*, viewer: Viewer, team_id: int, newcomer_id: int, buddy_id: int) -> None:
    """Ask a member to be a newcomer's buddy; the newcomer hears of it only after a yes."""
    team = _locked(viewer, team_id)
    _open(team)
    asker = db.session.get(TeamMember, (team.id, viewer.person_id))
    # The lead asks, or somebody offers. A newcomer who asked would hear each no.
    may_ask = asker is not None and (asker.is_lead or viewer.person_id == buddy_id)
    if not may_ask and not viewer.is_admin:
        raise NotVisible
    newcomer = db.session.get(TeamMember, (team.id, newcomer_id))
    if newcomer_id == buddy_id or newcomer is None or db.session.get(TeamMember, (team.id, buddy_id)) is None:
        raise RuleBroken("buddy", gettext("Pick somebody else who is in the team"))
    if team.kickoff_at is None or newcomer.joined_at <= team.kickoff_at:
        raise RuleBroken("buddy", gettext("A buddy is for somebody who came in after the kick-off"))
    asked = [one for one in queries.buddies(team.id) if one.newcomer_id == newcomer_id]
    if any(one.said_yes for one in asked):
        raise RuleBroken("buddy", gettext("There is a buddy already"))
    if any(one.buddy_id == buddy_id for one in asked):
        if buddy_id == viewer.person_id:  # asked before, and offering now: that is the answer
            answer_buddy(viewer=viewer, team_id=team_id, newcomer_id=newcomer_id, yes=True)
            return
        raise RuleBroken("buddy", gettext("They were asked already. Pick somebody else."))
    if buddy_id != viewer.person_id and any(one.said_yes is None for one in asked):
        raise RuleBroken("buddy", gettext("Somebody was asked and has not answered yet"))
    row = TeamBuddy(team_id=team.id, newcomer_id=newcomer_id, buddy_id=buddy_id, asked_at=clock.now())
    if buddy_id == viewer.person_id:  # whoever offers has said yes
        row.said_yes, row.answered_at = True, clock.now()
    db.session.add(row)
    db.session.flush()


def answer_buddy(*, viewer: Viewer, team_id: int, newcomer_id: int, yes: bool) -> None:
    """Yes, or not this time."""
    team = _locked(viewer, team_id)
    row = db.session.get(TeamBuddy, (team.id, newcomer_id, viewer.person_id))
    if row is None:
        raise NotVisible
    _open(team)
    asked = [one for one in queries.buddies(team.id) if one.newcomer_id == newcomer_id]
    if yes and any(one.said_yes and one.buddy_id != viewer.person_id for one in asked):
        raise RuleBroken("", gettext("There is a buddy already"))
    row.said_yes, row.answered_at = yes, clock.now()


# ---- closing and opening again -----------------------------------------------------------------------------


def close_team(*, viewer: Viewer, team_id: int, learned: str) -> None:
    """From now on it is only read. Guests have met its people as long as it was open, and no longer."""
    team = _kept(viewer, team_id)
    if not team.is_open:
        if learned and learned != team.learned:  # two leads at once: the words of the second are not dropped
            raise ChangedMeanwhile(
                "", gettext("Somebody else changed this meanwhile. Your words are below: look, then save again.")
            )
        return
    team.learned = _short("learned", learned, MAX_LEARNED)
    team.closed_at = clock.now()
    team.version += 1
    audiences.leave(audience_id=team.audience_id, person_ids=_people(team, Person.kind == "guest"))
    audit.record("team_closed", actor_id=viewer.person_id, subject_id=team.id)
    publish(TeamClosed(team.id))


def reopen_team(*, viewer: Viewer, team_id: int) -> None:
    """Go on with it; everyone is in it as before."""
    team = _kept(viewer, team_id)
    if team.is_open:
        return
    team.closed_at = None
    team.version += 1
    audiences.join(audience_id=team.audience_id, person_ids=_people(team))  # the guests were taken out
    audit.record("team_reopened", actor_id=viewer.person_id, subject_id=team.id)
    publish(TeamReopened(team.id))


def _people(team: Team, *conditions: sa.ColumnElement[bool]) -> list[int]:
    rows = db.session.scalars(
        sa.select(Person.id)
        .join(TeamMember, TeamMember.person_id == Person.id)
        .where(TeamMember.team_id == team.id, Person.left_at.is_(None), *conditions)
    )
    return list(rows)


def keep_in_touch(*, viewer: Viewer, team_id: int, person_ids: Iterable[int]) -> None:
    """Whom I want to keep in touch with after a team: private, and mine to change. Others of the team alone count."""
    team = _locked(viewer, team_id)
    if db.session.get(TeamMember, (team.id, viewer.person_id)) is None:
        raise NotVisible
    inside: set[int] = set()
    for some in batches(set(person_ids) - {viewer.person_id}):
        others = sa.select(TeamMember.person_id).where(TeamMember.team_id == team.id, TeamMember.person_id.in_(some))
        inside |= set(db.session.scalars(others))
    mine = sa.delete(TeamKeep).where(TeamKeep.team_id == team.id, TeamKeep.person_id == viewer.person_id)
    db.session.execute(mine)
    now = clock.now()
    rows = [{"team_id": team.id, "person_id": viewer.person_id, "other_id": one, "at": now} for one in sorted(inside)]
    if rows:
        db.session.execute(sa.insert(TeamKeep), rows)


# ---- getting hold of a team --------------------------------------------------------------------------------


# ---- whose addresses are colleagues' ---------------------------------------------------------------------------


def set_invite_domains(*, domains: Sequence[str], actor_id: int | None) -> None:
    """Whose addresses come in as colleagues; all others are guests. Raises `RuleBroken` for what is no domain."""
    wanted = sorted({domain.strip().removeprefix("@").lower() for domain in domains})
    for domain in wanted:
        if not re.fullmatch(r"(?:[^\s@,;.*]+\.)+[^\s@,;.*]{2,}", domain):
            raise RuleBroken(
                "domains", gettext("%(word)s is no domain. Write it like example.org", word=repr(domain))
            )
    settings.put("invite_domains", wanted)
    audit.record("invite_domains_set", actor_id=actor_id)


def _locked(viewer: Viewer, team_id: int) -> Team:
    """The team, with everybody else who changes it waiting. `NotVisible` where the viewer may not see it."""
    db.session.flush()
    team = db.session.scalar(
        sa.select(Team).where(Team.id == team_id).with_for_update().execution_options(populate_existing=True)
    )
    if team is None:
        raise NotVisible
    if EVERYONE not in viewer.audience_ids and team.audience_id not in viewer.audience_ids:
        raise NotVisible
    return team


def _kept(viewer: Viewer, team_id: int) -> Team:
    """The same, for its lead and the admins."""
    team = _locked(viewer, team_id)
    member = db.session.get(TeamMember, (team.id, viewer.person_id), populate_existing=True)
    if viewer.is_guest or (member is None and not viewer.is_admin):
        raise NotVisible
    if not viewer.is_admin and not (member is not None and member.is_lead):
        # Somebody who leads no more may have a form open: it comes back with its words.
        raise RuleBroken("", gettext("Only the lead of the team can do this. Your words are below."))
    return team


def _open(team: Team) -> None:
    if not team.is_open:
        raise RuleBroken("", gettext("This team is closed. Its lead can open it again."))
