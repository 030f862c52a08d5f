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

from portal.core import audit, clock
from portal.core.auth import Viewer
from portal.core.db import db, insert_missing
from portal.core.errors import RuleBroken
from portal.core.events import publish

from . import passwords, queries
from .events import SignedIn
from .models import ROLES, SESSION_LASTS, WORDS_KEPT_FOR, Account, KeptWords, SignIn, SignInTry

FREE_TRIES = 5
FREE_TRIES_PER_ADDRESS = 50
LONGEST_WAIT = 60  # seconds: an owner never waits longer for their next try
_FORGET = timedelta(hours=1)
MAX_KEPT = 20_000  # characters of one kept form


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


def open_sign_in(*, person_id: int, device: str, tries: Try) -> str:
    """A new session; its key, which is stored nowhere."""
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
    # Ended and unused sessions are kept a while, so that words which arrive late still find their writer.
    db.session.execute(
        sa.delete(SignIn).where(SignIn.person_id == person_id, SignIn.last_used_at < now - 2 * SESSION_LASTS)
    )
    db.session.execute(sa.delete(KeptWords).where(KeptWords.at < now - WORDS_KEPT_FOR))
    audit.record("signed_in", actor_id=person_id)
    publish(SignedIn(person_id))
    return key


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
        raise RuleBroken(field, gettext("Your address is the first thing others would try"))


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


def change_password(*, viewer: Viewer, password_hash: str, session_id: int, tries: Try) -> None:
    """My new password; every other session of mine ends, and wrong tries are forgotten."""
    db.session.execute(sa.delete(SignInTry).where(SignInTry.bucket == tries.own))
    set_password(person_id=viewer.person_id, password_hash=password_hash)
    end_sessions(person_id=viewer.person_id, but=session_id)


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
