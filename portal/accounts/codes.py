"""Printed codes: how somebody whom no mail reaches gets in for the first time, or again.

A code is typed in the password field of the sign-in page, or its QR code is opened; both lead to a page where a
password is chosen, once. It is made from its row's nonce with the installation's secret, and stored nowhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app

from portal.core import audit, clock, links
from portal.core.auth import Viewer
from portal.core.db import alone, db
from portal.core.errors import NotVisible
from portal.core.paging import Page, cursor_of, page_of, read_cursor
from portal.people.models import Department, Person, Place
from portal.people.names import fold

from .models import CODE, CODE_LASTS, Account, WayIn

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is taken for another: no 0 and O, 1, I and L, U and V
LENGTH = 10
ROWS = 50


def code_of(row_id: int, nonce: str) -> str:
    """The code of a row as it is printed: "K7M2R-9XWPT"."""
    secret = str(current_app.secret_key).encode()
    number = int.from_bytes(hmac.new(secret, f"code\x1f{row_id}\x1f{nonce}".encode(), hashlib.sha256).digest())
    letters = ""
    for _place in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters += LETTERS[letter]
    return f"{letters[:5]}-{letters[5:]}"


def _bare(text: str) -> str:
    """What is compared: without case, spaces and dashes of any kind."""
    return "".join(letter for letter in text[:100].upper() if letter.isalnum())


def is_code(text: str, row_id: int, nonce: str) -> bool:
    """Did somebody type the code of that row?"""
    return hmac.compare_digest(_bare(text).encode("utf-8", "surrogatepass"), _bare(code_of(row_id, nonce)).encode())


def is_printed(text: str, row_id: int) -> bool:
    """Did somebody type that row's code where a password is chosen?"""
    row = db.session.get(WayIn, row_id)
    return row is not None and is_code(text, row.id, row.nonce)


# ---- typed ---------------------------------------------------------------------------------------------------


def _open() -> sa.ColumnElement[bool]:
    """A code that is good."""
    return sa.and_(
        WayIn.kind == CODE,
        WayIn.used_at.is_(None),
        WayIn.dead_at.is_(None),
        WayIn.made_at > clock.now() - CODE_LASTS,
    )


def _may_have_one() -> sa.ColumnElement[bool]:
    """Here, and an entry of their own. (The last day is looked at where they are, see `Person.has_access`.)"""
    return sa.and_(Person.left_at.is_(None), Person.erased_at.is_(None), Person.merged_into_id.is_(None))


def token_of_typed(key: str, typed: str) -> str | None:
    """The link to choose a password by, for who types the code of that address or login name. One query."""
    row = db.session.execute(
        sa.select(WayIn.id, WayIn.nonce, Person, Place.time_zone)
        .join(Person, Person.id == WayIn.person_id)
        .outerjoin(Place, Place.id == Person.place_id)
        .where(sa.or_(Person.email_key == key, Person.login_key == key), _may_have_one(), _open())
        .order_by(WayIn.id.desc())
        .limit(1)
    ).one_or_none()
    row_id, nonce = (row.id, row.nonce) if row is not None else (0, "nobody has this code")
    if not is_code(typed, row_id, nonce) or row is None:
        return None
    if not row.Person.has_access(clock.today(row.Person.time_zone or row.time_zone)):
        return None
    return links.token_for(CODE, row_id, nonce)


# ---- making and withdrawing ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """How many; logins: how many got a login name for it."""

    count: int
    logins: int


def make_codes(*, viewer: Viewer, person_ids: Collection[int], at: datetime) -> Made:
    """A code for each of them who may have one; the one before is not good any more.

    Whoever has neither an address nor a login name gets a login name, made of their handle. `at` is when they were
    made, and what holds the cards of a sheet together.
    """
    _for_admins(viewer)
    people = [
        person
        for person, zone in db.session.execute(
            sa.select(Person, Place.time_zone)
            .outerjoin(Place, Place.id == Person.place_id)
            .where(Person.id.in_(sorted(set(person_ids))), _may_have_one())
            .order_by(Person.id)
            .with_for_update(of=Person)
            .execution_options(populate_existing=True)
        ).tuples()
        if person.has_access(clock.today(person.time_zone or zone))
    ]
    logins = _give_logins([person for person in people if not person.email_key and not person.login_key])
    ids = [person.id for person in people]
    _kill(WayIn.person_id.in_(ids), WayIn.kind == CODE)
    db.session.add_all(
        WayIn(person_id=one, kind=CODE, nonce=links.new_nonce(), by_id=viewer.person_id, made_at=at) for one in ids
    )
    for one in ids:
        audit.record("code_made", actor_id=viewer.person_id, subject_id=one)
    return Made(len(ids), logins)


def _give_logins(people: Iterable[Person]) -> int:
    """The handle as their login name; with a number where somebody else signs in with it."""
    people = list(people)
    if not people:
        return 0
    alone("login names")
    for person in people:
        login, number = person.handle, 1
        while db.session.scalar(sa.select(Person.id).where(Person.login_key == fold(login))):  # sees those before it
            number += 1
            login = f"{person.handle}-{number}"
        person.login, person.login_key = login, fold(login)
    return len(people)


def withdraw_code(*, viewer: Viewer, code_id: int) -> None:
    """Not good any more, as of now. `NotVisible` where there is no such open code."""
    _for_admins(viewer)
    row = db.session.scalar(sa.select(WayIn).where(WayIn.id == code_id, _open()).with_for_update())
    if row is None:
        raise NotVisible
    row.dead_at = clock.now()
    audit.record("code_withdrawn", actor_id=viewer.person_id, subject_id=row.person_id)


def _kill(*which: sa.ColumnElement[bool]) -> None:
    still = sa.update(WayIn).where(*which, WayIn.used_at.is_(None), WayIn.dead_at.is_(None))
    db.session.execute(still.values(dead_at=clock.now()).execution_options(synchronize_session=False))


# ---- what the admins see -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """A department (None: those of none) with people whom no mail reaches. waiting: without a code that is good."""

    department_id: int | None
    name: str
    waiting: int
    printed: int


def _without_mail() -> sa.ColumnElement[bool]:
    """Here, without an address and without an account."""
    return sa.and_(
        _may_have_one(),
        sa.or_(Person.ends_on.is_(None), Person.ends_on >= clock.today()),
        Person.email_key.is_(None),
        ~sa.exists().where(Account.person_id == Person.id),
    )


def _has_code() -> sa.ColumnElement[bool]:
    return sa.exists().where(WayIn.person_id == Person.id, _open())


def without_mail(viewer: Viewer) -> list[Group]:
    """Where people wait whom no mail reaches: every department, by name, those of none last. One query."""
    _for_admins(viewer)

    def count(has: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((has, 1), else_=0))

    rows = db.session.execute(
        sa.select(Person.department_id, Department.name, count(~_has_code()), count(_has_code()))
        .outerjoin(Department, Department.id == Person.department_id)
        .where(_without_mail())
        .group_by(Person.department_id, Department.name, Department.key)
        .order_by(Person.department_id.is_(None), Department.key)
    ).tuples()
    return [Group(one, name or "", int(waiting), int(printed)) for one, name, waiting, printed in rows]


def waiting_in(viewer: Viewer, department_ids: Collection[int | None]) -> list[int]:
    """Those of these departments whom no mail reaches and who have no code yet. One query."""
    _for_admins(viewer)
    some = sorted(one for one in department_ids if one is not None)
    where = [Person.department_id.in_(some)]
    if None in department_ids:
        where.append(Person.department_id.is_(None))
    query = sa.select(Person.id).where(_without_mail(), ~_has_code(), sa.or_(*where))
    return list(db.session.scalars(query.order_by(Person.id)))


@dataclass(frozen=True)
class Card:
    """One code as it is printed, or listed. signs_in_with: the login name, else the address."""

    id: int
    name: str
    handle: str
    department: str
    signs_in_with: str
    code: str
    token: str
    made_at: datetime

    @property
    def until(self) -> datetime:
        return self.made_at + CODE_LASTS


def _cards_of(rows: Iterable[Any]) -> list[Card]:
    return [
        Card(
            id=row.id,
            name=person.name,
            handle=person.handle,
            department=department or "",
            signs_in_with=person.login or person.email or "",
            code=code_of(row.id, row.nonce),
            token=links.token_for(CODE, row.id, row.nonce),
            made_at=row.made_at,
        )
        for row, person, department in rows
    ]


def _codes(*which: sa.ColumnElement[bool]) -> Any:
    return (
        sa.select(WayIn, Person, Department.name)
        .join(Person, Person.id == WayIn.person_id)
        .outerjoin(Department, Department.id == Person.department_id)
        .where(_may_have_one(), _open(), *which)
    )


def open_codes(viewer: Viewer, cursor: str | None = None) -> Page[Card]:
    """A page of the codes that are good, the newest first. One query."""
    _for_admins(viewer)
    start = read_cursor(cursor, int)
    query = _codes(*([WayIn.id < start[0]] if start else []))
    rows = db.session.execute(query.order_by(WayIn.id.desc()).limit(ROWS + 1)).all()
    return page_of(_cards_of(rows), ROWS, lambda card: cursor_of(card.id))


def cards(
    viewer: Viewer, *, made_at: datetime | None = None, code_id: int | None = None, skip: int = 0, most: int
) -> tuple[list[Card], bool]:
    """The codes to print, by department and name, and whether there are more: those made at once, one, or all."""
    _for_admins(viewer)
    which = [*([WayIn.made_at == made_at] if made_at else []), *([WayIn.id == code_id] if code_id else [])]
    order = (Department.key.is_(None), Department.key, Person.name, WayIn.id)
    rows = db.session.execute(_codes(*which).order_by(*order).offset(skip).limit(most + 1)).all()
    return _cards_of(rows[:most]), len(rows) > most


def _for_admins(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise NotVisible
