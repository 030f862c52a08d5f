"""Rules and writes of accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address, ip_network

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext, ngettext

from portal.core import audit, clock, links, outbox, personal
from portal.core.auth import Viewer
from portal.core.db import Base, alone, db, insert_missing
from portal.core.errors import NotVisible, RuleBroken
from portal.core.events import publish
from portal.core.i18n import LANGUAGES
from portal.people.models import Person

from . import passwords, queries
from .events import SignedIn
from .models import (
    LINK_LASTS,
    LINKS_AN_HOUR,
    RESET,
    ROLES,
    WORDS_KEPT_FOR,
    Account,
    KeptWords,
    SignIn,
    SignInTry,
    WayIn,
)

FREE_TRIES = 5
FREE_TRIES_PER_ADDRESS = 50
LONGEST_WAIT = 60  # seconds: an owner never waits longer for their next try
_FORGET = timedelta(hours=1)
MAX_KEPT = 20_000  # characters of one kept form
_ADMINS = "admins"  # whoever takes one away does it alone


# ---- slow down ---------------------------------------------------------------------------------------------


def _bucket(*parts: str) -> str:
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()


def _network(address: str) -> str:
    """An IPv6 household has 2**64 addresses: they count as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


@dataclass(frozen=True)
class Try:
    """A sign-in under way: the buckets it counts in (`address` is "" for a known device), and how long to wait
    first (seconds, 0 is now)."""

    own: str
    address: str
    wait: int


def count_try(*, email_key: str, address: str, device: str | None) -> Try:
    """Count a try before the password is looked at, so that many at once gain nothing.

    A device that this account has signed in from before (`device`) counts by itself and not for its address:
    others who try from anywhere cannot slow its owner down. A try that has to wait is not counted.
    """
    address = _network(address)
    own = ("device", email_key, device) if device else ("pair", email_key, address)
    limits = {_bucket(*own): FREE_TRIES}
    if not device:
        limits[_bucket("address", address)] = FREE_TRIES_PER_ADDRESS
    now = clock.now()
    db.session.execute(sa.delete(SignInTry).where(SignInTry.last_at < now - _FORGET))
    buckets = sorted(limits)
    insert_missing(SignInTry, [{"bucket": bucket, "tries": 0, "last_at": now} for bucket in buckets])
    locked = sa.select(SignInTry).where(SignInTry.bucket.in_(buckets)).order_by(SignInTry.bucket).with_for_update()
    rows = db.session.scalars(locked).all()
    wait = 0
    for row in rows:
        if row.tries >= limits[row.bucket]:
            pause = min(2 ** min(row.tries - limits[row.bucket], 10), LONGEST_WAIT)
            wait = max(wait, pause - int((now - row.last_at).total_seconds()))
    if wait <= 0:
        for row in rows:
            row.tries, row.last_at = row.tries + 1, now
    return Try(_bucket(*own), "" if device else _bucket("address", address), max(wait, 0))


def open_sign_in(*, person_id: int, device: str, tries: Try, locale: str | None = None) -> str:
    """A new session; its key, which is stored nowhere. locale: the language they see Hallway in, for their mail."""
    now = clock.now()
    key = secrets.token_urlsafe(32)
    db.session.add(
        SignIn(
            person_id=person_id,
            key_hash=queries.key_hash(key),
            device=device[:80],
            started_at=now,
            last_used_at=now,
        )
    )
    db.session.execute(sa.delete(SignInTry).where(SignInTry.bucket == tries.own))
    # The address keeps its other tries: an own account among them must not wipe the slate for guessing others.
    less_one = sa.update(SignInTry).where(SignInTry.bucket == tries.address, SignInTry.tries > 0)
    db.session.execute(less_one.values(tries=SignInTry.tries - 1))
    if locale is not None:
        set_locale(person_id=person_id, locale=locale)
    old = personal.forgotten_before("sessions")
    if old is not None:  # the worker does so for everybody; one's own list is short at once
        _forget(SignIn, sa.and_(SignIn.person_id == person_id, SignIn.last_used_at < old))
    audit.record("signed_in", actor_id=person_id)
    publish(SignedIn(person_id))
    return key


def forget_old() -> None:
    """Sessions (kept a while after their end, so that words which arrive late still find their writer), links and
    codes that are over, after the days that the admins chose; words that nobody came back for after one."""
    sessions, ways = personal.forgotten_before("sessions"), personal.forgotten_before("ways_in")
    if sessions is not None:
        _forget(SignIn, SignIn.last_used_at < sessions)
    if ways is not None:
        _forget(WayIn, WayIn.made_at < ways)
    _forget(KeptWords, KeptWords.at < clock.now() - WORDS_KEPT_FOR)
    _forget(SignInTry, SignInTry.last_at < clock.now() - _FORGET)


def _forget(table: type[Base], old: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.delete(table).where(old).execution_options(synchronize_session=False))


def end_sessions(*, person_id: int, session_id: int | None = None, but: int | None = None) -> int:
    """End one session of that person, or all (`but` one). How many ended."""
    query = sa.update(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None))
    if session_id is not None:
        query = query.where(SignIn.id == session_id)
    if but is not None:
        query = query.where(SignIn.id != but)
    ended = db.session.execute(query.values(ended_at=clock.now()))
    audit.record("sessions_ended", actor_id=person_id)
    return int(ended.rowcount)  # type: ignore[attr-defined]


def note_last_use(uses: Mapping[int, object]) -> None:
    """Write down when sessions were last used (collected in memory, see `last_use`)."""
    for session_id, at in sorted(uses.items()):
        db.session.execute(sa.update(SignIn).where(SignIn.id == session_id).values(last_used_at=at))


# ---- passwords ---------------------------------------------------------------------------------------------


def check_password(password: str, *, field: str = "password", email: str = "") -> None:
    """Is it long enough to keep? Raises `RuleBroken`."""
    short = passwords.SHORTEST - len(password)
    if short > 0:
        raise RuleBroken(
            field,
            ngettext("%(num)d more character, please", "%(num)d more characters, please", short),
        )
    if len(password) > passwords.LONGEST:
        raise RuleBroken(field, gettext("At most %(most)d characters", most=passwords.LONGEST))
    if email and password.casefold() == email.casefold():
        raise RuleBroken(
            field,
            gettext("Your address is the first thing others would try")
            if "@" in email
            else gettext("Your login name is the first thing others would try"),
        )


def set_password(*, person_id: int, password_hash: str, role: str | None = None) -> None:
    """Give a person this password (hashed outside the transaction); they get an account when they have none."""
    account = db.session.get(Account, person_id)
    now = clock.now()
    if role is not None and role not in ROLES:
        raise ValueError(role)
    if account is None:
        db.session.add(
            Account(
                person_id=person_id,
                role=role or "member",
                password_hash=password_hash,
                password_set_at=now,
                created_at=now,
            )
        )
        db.session.flush()
    else:
        account.password_hash, account.password_set_at = password_hash, now
        if role:
            account.role = role
    audit.record("password_set", actor_id=None, subject_id=person_id)


def set_locale(*, person_id: int, locale: str) -> None:
    """The language of their mail."""
    if locale not in LANGUAGES:
        raise ValueError(locale)
    other = sa.update(Account).where(Account.person_id == person_id, Account.locale.is_distinct_from(locale))
    db.session.execute(other.values(locale=locale).execution_options(synchronize_session=False))


def change_password(*, viewer: Viewer, password_hash: str, session_id: int, tries: Try) -> None:
    """My new password; every other session of mine ends, and wrong tries are forgotten."""
    db.session.execute(sa.delete(SignInTry).where(SignInTry.bucket == tries.own))
    set_password(person_id=viewer.person_id, password_hash=password_hash)
    end_sessions(person_id=viewer.person_id, but=session_id)


# ---- a link to choose a password -----------------------------------------------------------------------------


def owe_reset_link(*, person_id: int | None) -> None:
    """Owe a link to somebody who has forgotten their password; the one before does not work any more.

    Nobody (None) takes the same statements, so that the time of the answer tells nothing: a mail is owed about no
    link, and the worker finds that there is nobody to send it to.
    """
    now = clock.now()
    whose = person_id or 0
    if person_id is not None:
        db.session.execute(sa.select(Person.id).where(Person.id == whose).with_for_update())
    else:
        db.session.execute(sa.select(Person.id).where(Person.id == whose))
    of_late = sa.select(sa.func.count()).where(
        WayIn.person_id == whose, WayIn.kind == "link", WayIn.made_at > now - LINK_LASTS
    )
    if (db.session.scalar(of_late) or 0) >= LINKS_AN_HOUR:
        whose = 0
    _kill_links(whose)
    made = sa.insert(WayIn).from_select(
        ["person_id", "kind", "nonce", "made_at"],
        sa.select(
            Account.person_id,
            sa.literal("link"),
            sa.literal(links.new_nonce()),
            sa.literal(now, WayIn.made_at.type),
        ).where(Account.person_id == whose),
    )
    ids = list(db.session.scalars(made.returning(WayIn.id)))
    outbox.owe_mail(RESET, ids or [0], at_once=True)


def _kill_links(person_id: int, *, codes: bool = False) -> None:
    """The open links of that person are not good any more; nor their codes, when a password was chosen."""
    open_ones = sa.update(WayIn).where(WayIn.person_id == person_id, WayIn.used_at.is_(None), WayIn.dead_at.is_(None))
    if not codes:
        open_ones = open_ones.where(WayIn.kind == "link")
    db.session.execute(open_ones.values(dead_at=clock.now()).execution_options(synchronize_session=False))


def use_reset_link(*, token: str, password_hash: str) -> int:
    """Somebody chose a password by a mailed link or a printed code: it is used up, every other one is not good any
    more, and every session of theirs ends. Their id."""
    row_id = links.row_of(token)
    db.session.execute(sa.select(WayIn.id).where(WayIn.id == row_id).with_for_update())
    found = queries.reset_link(token)
    if found.state != "open":
        raise RuleBroken("", gettext("This link is not good any more"))
    row = db.session.get_one(WayIn, found.id)
    row.used_at = clock.now()
    db.session.flush()
    _kill_links(found.person_id, codes=True)
    set_password(person_id=found.person_id, password_hash=password_hash)
    end_sessions(person_id=found.person_id)
    used = "code_used" if found.is_code else "reset_link_used"
    audit.record(used, actor_id=found.person_id, subject_id=found.person_id)
    return found.person_id


# ---- roles -------------------------------------------------------------------------------------------------


def set_role(*, viewer: Viewer, person_id: int, role: str) -> None:
    """Give somebody a role, or take it; admins do, and never to guests. Somebody always stays admin."""
    if not viewer.is_admin:
        raise NotVisible
    if role not in ROLES:
        raise RuleBroken("role", gettext("Pick one from the list"))
    alone(_ADMINS)
    mine = db.session.get(Account, viewer.person_id, populate_existing=True)
    if mine is None or mine.role != "admin":  # another admin was quicker
        raise RuleBroken("", gettext("You are not an admin any more"))
    person = db.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    account = db.session.get(Account, person_id, populate_existing=True)
    if person is None or person.erased_at is not None:
        raise NotVisible
    if person.kind == "guest" and role != "member":
        raise RuleBroken("role", gettext("A guest has no role. Say first that they work here."))
    if person.left_at is not None:
        raise RuleBroken("", gettext("They are not here any more"))
    if account is None:
        raise RuleBroken("role", gettext("They have never signed in. Invite them first."))
    if account.role == role:
        return
    if account.role == "admin":
        keep_an_admin(without=person_id)
    account.role = role
    made = {"member": "made_member", "moderator": "made_moderator", "admin": "made_admin"}
    audit.record(made[role], actor_id=viewer.person_id, subject_id=person_id)


def keep_an_admin(*, without: int) -> None:
    """Raises `RuleBroken` where no admin would stay without that person: somebody with a last day is none who stays.
    Nobody else takes an admin away meanwhile."""
    if not _is_admin(without):
        return
    alone(_ADMINS)
    others = (
        sa.select(Account.person_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            Account.role == "admin",
            Account.person_id != without,
            Person.kind == "member",
            Person.left_at.is_(None),
            Person.ends_on.is_(None),
        )
    )
    if db.session.scalar(others.limit(1)) is None:
        raise RuleBroken("", gettext("This is the last admin. Make somebody else an admin first."))


def _is_admin(person_id: int) -> bool:
    return db.session.scalar(sa.select(Account.role).where(Account.person_id == person_id)) == "admin"


def person_has_left(person_id: int) -> None:
    """A leaver is out at once, everywhere, and comes back without a role. No link and no code waits for that."""
    keep_an_admin(without=person_id)
    _plain_member(person_id)
    _kill_links(person_id, codes=True)
    end_sessions(person_id=person_id)


def last_day_was_set(person_id: int) -> None:
    """Somebody has to be admin after that day, too."""
    day = db.session.scalar(sa.select(Person.ends_on).where(Person.id == person_id))
    if day is not None:
        keep_an_admin(without=person_id)


def kind_was_changed(person_id: int) -> None:
    """A guest has no role."""
    if db.session.scalar(sa.select(Person.kind).where(Person.id == person_id)) == "guest":
        keep_an_admin(without=person_id)
        _plain_member(person_id)


def leavers_have_no_role(person_id: int) -> None:
    """Whoever has left is no admin, and was not the last one who stays."""
    if db.session.scalar(sa.select(Person.left_at).where(Person.id == person_id)) is not None:
        keep_an_admin(without=person_id)
        _plain_member(person_id)


def _plain_member(person_id: int) -> None:
    db.session.execute(sa.update(Account).where(Account.person_id == person_id).values(role="member"))


# ---- words that arrive late --------------------------------------------------------------------------------


def keep_words(*, person_id: int, path: str, fields: Mapping[str, Sequence[str]]) -> str | None:
    """Keep a form for its writer for a day; the key to it. None when it is too large, or the person is gone."""
    size = sum(len(name) + sum(map(len, values)) for name, values in fields.items())
    if size > MAX_KEPT or len(path) > 500 or db.session.get(Account, person_id) is None:
        return None
    now = clock.now()
    db.session.execute(sa.delete(KeptWords).where(KeptWords.at < now - WORDS_KEPT_FOR))
    kept = db.session.scalars(
        sa.select(KeptWords.id).where(KeptWords.person_id == person_id).order_by(KeptWords.id.desc()).offset(4)
    ).all()
    db.session.execute(sa.delete(KeptWords).where(KeptWords.id.in_(kept)))
    key = secrets.token_urlsafe(18)
    db.session.add(
        KeptWords(
            person_id=person_id,
            key_hash=queries.key_hash(key),
            path=path,
            fields={name: list(values) for name, values in fields.items()},
            at=now,
        )
    )
    return key
