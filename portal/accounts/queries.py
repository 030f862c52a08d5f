"""Reads of accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from portal.audiences.queries import audiences_of
from portal.core import clock, links
from portal.core.audit import AuditEntry
from portal.core.auth import Viewer
from portal.core.db import db
from portal.core.errors import NotVisible
from portal.people.models import Person, Place
from portal.people.names import fold

from .models import CODE, CODE_LASTS, LINK_LASTS, RESET, WORDS_KEPT_FOR, Account, KeptWords, SignIn, WayIn


def key_hash(key: str) -> str:
    """How a session's or kept form's random key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass(frozen=True)
class OpenSession:
    """Who is signed in by a session key."""

    id: int
    person_id: int
    role: str
    is_guest: bool
    zone: str | None
    last_used_at: datetime


def open_session(key: str) -> OpenSession | None:
    """The session of that key, if it is open and its person still has access. One query."""
    row = db.session.execute(
        sa.select(
            SignIn, Account.role, Person.kind, Person.left_at, Person.ends_on, Person.time_zone, Place.time_zone
        )
        .join(Account, Account.person_id == SignIn.person_id)
        .join(Person, Person.id == SignIn.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(SignIn.key_hash == key_hash(key))
    ).one_or_none()
    if row is None:
        return None
    session, role, kind, left_at, ends_on, own_zone, place_zone = row
    zone = own_zone or place_zone
    gone = left_at is not None or (ends_on is not None and ends_on < clock.today(zone))
    if gone or not session.is_open(clock.now()):
        return None
    return OpenSession(session.id, session.person_id, role, kind == "guest", zone, session.last_used_at)


def viewer_of(session: OpenSession, locale: str) -> Viewer:
    """The viewer behind an open session. One query."""
    return Viewer(
        person_id=session.person_id,
        roles=frozenset({"guest"} if session.is_guest else {"member", session.role}),
        audience_ids=audiences_of(session.person_id, is_guest=session.is_guest),
        zone=session.zone or "UTC",
        locale=locale,
    )


def email_key(email: str) -> str:
    """How an address is compared."""
    return fold(email)


@dataclass(frozen=True)
class SessionLine:
    """One of my sessions."""

    id: int
    device: str
    started_at: datetime
    last_used_at: datetime


def my_sessions(viewer: Viewer) -> list[SessionLine]:
    """My open sessions, the last used first."""
    rows = db.session.scalars(
        sa.select(SignIn).where(SignIn.person_id == viewer.person_id, SignIn.ended_at.is_(None))
    )
    now = clock.now()
    lines = [SessionLine(s.id, s.device, s.started_at, s.last_used_at) for s in rows if s.is_open(now)]
    return sorted(lines, key=lambda s: (s.last_used_at, s.id), reverse=True)


@dataclass(frozen=True)
class Credentials:
    """What a sign-in is checked against."""

    person_id: int
    password_hash: str


def credentials(email_key: str) -> Credentials | None:
    """The account with that address or login name, if its person still has access."""
    row = db.session.execute(
        sa.select(Account.person_id, Account.password_hash, Person, Place.time_zone)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(sa.or_(Person.email_key == email_key, Person.login_key == email_key))
        .order_by(sa.case((Person.email_key == email_key, 0), else_=1))
        .limit(1)
    ).first()
    # The same day as `open_session` asks for, so that nobody is let in only to be out again.
    if row is None or not row.Person.has_access(clock.today(row.Person.time_zone or row.time_zone)):
        return None
    return Credentials(row.person_id, row.password_hash)


def password_hash_of(person_id: int) -> str | None:
    return db.session.scalar(sa.select(Account.password_hash).where(Account.person_id == person_id))


def email_of(person_id: int) -> str:
    return db.session.scalar(sa.select(Person.email).where(Person.id == person_id)) or ""


@dataclass(frozen=True)
class Reader:
    """Somebody with an account, whom mail may go to. locale: "" for the installation's language."""

    person_id: int
    name: str
    first_name: str
    email: str
    locale: str
    zone: str | None
    starts_on: date | None
    is_guest: bool
    role: str


def readers(person_ids: Collection[int]) -> list[Reader]:
    """Those of them who have an account, an address and access today, by id. One query."""
    rows = db.session.execute(
        sa.select(Person, Place.time_zone, Account.locale, Account.role)
        .join(Account, Account.person_id == Person.id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(Person.id.in_(sorted(person_ids)), Person.email.is_not(None), Person.erased_at.is_(None))
        .order_by(Person.id)
    ).tuples()
    return [
        Reader(
            person.id,
            person.name,
            person.first_name,
            person.email or "",
            locale or "",
            person.time_zone or place_zone,
            person.starts_on,
            person.kind == "guest",
            role,
        )
        for person, place_zone, locale, role in rows
        if person.has_access(clock.today(person.time_zone or place_zone))
    ]


def reader(person_id: int) -> Reader | None:
    """The same, of one."""
    found = readers([person_id])
    return found[0] if found else None


def as_viewer(reader: Reader) -> Viewer:
    """Whoever a mail goes to, as a viewer: it tells them what they may see. One query."""
    return Viewer(
        person_id=reader.person_id,
        roles=frozenset({"guest"} if reader.is_guest else {"member", reader.role}),
        audience_ids=audiences_of(reader.person_id, is_guest=reader.is_guest),
        zone=reader.zone or "UTC",
        locale=reader.locale or "en",
    )


# ---- a link to choose a password -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ResetLink:
    """What a mailed link or a printed code opens.

    signs_in_with: their address, else their login name; "" when they have no way in any more. is_first: they have no
    account yet. state: "open", "used", "newer" (another one took its place, or it was withdrawn) or "expired".
    """

    id: int
    person_id: int
    signs_in_with: str
    is_code: bool
    is_first: bool
    state: Literal["open", "used", "newer", "expired"]


def reset_link(token: str) -> ResetLink:
    """What that link opens; `NotVisible` for what never was one. Nothing changes by looking."""
    row_id = links.row_of(token)
    row = db.session.get(WayIn, row_id, populate_existing=True) if row_id else None
    if row is None:
        raise NotVisible
    is_code = row.kind == CODE
    if not links.fits(token, CODE if is_code else RESET, row.id, row.nonce):
        raise NotVisible
    state: Literal["open", "used", "newer", "expired"] = "open"
    signs_in_with, is_first = _whose_way_in(row)
    if row.used_at is not None:
        state = "used"
    elif row.dead_at is not None:
        state = "newer"
    elif not signs_in_with or clock.now() - row.made_at >= (CODE_LASTS if is_code else LINK_LASTS):
        state = "expired"
    return ResetLink(row.id, row.person_id, signs_in_with, is_code, is_first, state)


def _whose_way_in(row: WayIn) -> tuple[str, bool]:
    """What its person signs in with ("" for who may not), and whether it makes their account: a code does that."""
    found = db.session.execute(
        sa.select(Person, Place.time_zone, Account.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.id == row.person_id, Person.erased_at.is_(None), Person.merged_into_id.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        return "", False
    person, place_zone, account_id = found
    is_first = account_id is None
    is_in = person.has_access(clock.today(person.time_zone or place_zone)) and (row.kind == CODE or not is_first)
    return (person.email or person.login or "") if is_in else "", is_first


def any_account() -> bool:
    """Has anybody an account here?"""
    return db.session.scalar(sa.select(Account.person_id).limit(1)) is not None


def has_anybody_signed_in() -> bool:
    """Was there ever anybody here? (As far as sessions and the log go back.)"""
    signed_in = sa.select(AuditEntry.id).where(AuditEntry.code == "signed_in").limit(1)
    return db.session.scalar(sa.select(SignIn.id).limit(1)) is not None or db.session.scalar(signed_in) is not None


def kept_words(viewer: Viewer, key: str, path: str) -> Any | None:
    """The fields kept under that key for this viewer and page, at most a day old."""
    row = db.session.scalar(
        sa.select(KeptWords).where(
            KeptWords.key_hash == key_hash(key),
            KeptWords.person_id == viewer.person_id,
            KeptWords.path == path,
            KeptWords.at > clock.now() - WORDS_KEPT_FOR,
        )
    )
    return None if row is None else row.fields


def kept_path(person_id: int, key: str) -> str | None:
    """The page whose words are kept under that key, if they are this person's."""
    return db.session.scalar(
        sa.select(KeptWords.path).where(
            KeptWords.key_hash == key_hash(key),
            KeptWords.person_id == person_id,
            KeptWords.at > clock.now() - WORDS_KEPT_FOR,
        )
    )
