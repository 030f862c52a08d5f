"""What the organization stands for, as the admins keep it. What others read of it is in `queries`.

3 to 6 stand open. While it is set up there may be fewer; from the third on there are never fewer than 3 again, so
that whoever thanks has a choice: to part with one of three, another is added first. A value is never deleted:
retired it is offered no more and stays on the thanks that name it, and its slug is never given to another. Renamed,
it has its new name on old thanks as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext, ngettext

from portal.core import audit, clock
from portal.core.auth import Viewer
from portal.core.db import alone, db
from portal.core.errors import ChangedMeanwhile, NotVisible, RuleBroken
from portal.core.i18n import lazy as _
from portal.people import names
from portal.people.slugs import free_slug

from .models import CompanyValue

LEAST, MOST = 3, 6
MAX_NAME, MAX_LINE = 40, 120
ICONS = {
    "users": _("People"), "handshake": _("Handshake"), "hand-helping": _("Helping hand"), "heart": _("Heart"),
    "message-circle": _("Talk"), "lightbulb": _("Lightbulb"), "book-open": _("Book"), "sparkles": _("Sparkles"),
    "target": _("Target"), "badge-check": _("Done well"), "shield-check": _("Shield"), "eye": _("Eye"),
    "globe": _("Globe"), "sun-medium": _("Sun"), "coffee": _("Coffee"), "party-popper": _("Celebration"),
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """What is said of a value. icon: one of `ICONS`."""

    name: str
    line: str = ""
    icon: str = "sparkles"


@dataclass(frozen=True)
class KeptValue:
    """A value as the admins keep it."""

    slug: str
    words: Words
    is_open: bool
    version: int


def all_values(viewer: Viewer) -> list[KeptValue]:
    """The open ones in their order, then the retired ones, for the admins."""
    _for_admins(viewer)
    in_order = sa.select(CompanyValue).order_by(CompanyValue.position, CompanyValue.id)
    rows = sorted(db.session.scalars(in_order), key=lambda row: row.retired_at is not None)
    return [
        KeptValue(row.slug, Words(row.name, row.line, row.icon), row.retired_at is None, row.version) for row in rows
    ]


def add_value(*, viewer: Viewer, words: Words) -> str:
    """A new one, at the end; its slug. Raises `RuleBroken` on the fields of `Words`."""
    rows = _kept(viewer)
    _check(words, rows)
    _not_too_many(rows)
    row = CompanyValue(
        slug=free_slug(words.name, {row.slug for row in rows}, "value"),
        position=_behind(rows),
        created_at=clock.now(),
        **vars(words),
    )
    db.session.add(row)
    db.session.flush()
    audit.record("value_added", actor_id=viewer.person_id, subject_id=row.id)
    return row.slug


def change_value(*, viewer: Viewer, slug: str, words: Words, version: int | None = None) -> None:
    """Other words, on old thanks as well. `ChangedMeanwhile` where another admin was quicker than this `version`."""
    rows = _kept(viewer)
    row = _one(rows, slug)
    if words == Words(row.name, row.line, row.icon):
        return
    if version is not None and version != row.version:
        raise ChangedMeanwhile(
            "", gettext("Somebody else changed this meanwhile. Your words are below: look, then save again.")
        )
    _check(words, [other for other in rows if other is not row])
    row.name, row.line, row.icon = words.name, words.line, words.icon
    row.version += 1
    audit.record("value_changed", actor_id=viewer.person_id, subject_id=row.id)


def move_value(*, viewer: Viewer, slug: str, by: int) -> None:
    """One place up (-1) or down (1) among the open ones; at the end nothing happens."""
    shown = _open(_kept(viewer))
    at = shown.index(_one(shown, slug))
    to = min(max(at + by, 0), len(shown) - 1)
    shown.insert(to, shown.pop(at))
    for position, row in enumerate(shown):
        row.position = position


def retire_value(*, viewer: Viewer, slug: str) -> None:
    """Offered no more, and still on old thanks. Retired already: nothing happens."""
    rows = _kept(viewer)
    row = _one(rows, slug)
    if row.retired_at is not None:
        return
    if len(_open(rows)) == LEAST:
        raise RuleBroken("", gettext("At least %(least)d stay. Add or bring back another one first.", least=LEAST))
    row.retired_at = clock.now()
    audit.record("value_retired", actor_id=viewer.person_id, subject_id=row.id)


def bring_back(*, viewer: Viewer, slug: str) -> None:
    """Offered again, at the end."""
    rows = _kept(viewer)
    row = _one(rows, slug)
    if row.retired_at is None:
        return
    _not_too_many(rows)
    row.retired_at, row.position = None, _behind(rows)
    audit.record("value_brought_back", actor_id=viewer.person_id, subject_id=row.id)


def _for_admins(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise NotVisible


def _kept(viewer: Viewer) -> list[CompanyValue]:
    """All of them in their order, for one admin at a time: what is counted below stays so."""
    _for_admins(viewer)
    alone("company values")
    in_order = sa.select(CompanyValue).order_by(CompanyValue.position, CompanyValue.id)
    return list(db.session.scalars(in_order.execution_options(populate_existing=True)))


def _one(rows: list[CompanyValue], slug: str) -> CompanyValue:
    for row in rows:
        if row.slug == slug:
            return row
    raise NotVisible


def _open(rows: list[CompanyValue]) -> list[CompanyValue]:
    return [row for row in rows if row.retired_at is None]


def _behind(rows: list[CompanyValue]) -> int:
    return max((row.position for row in rows), default=-1) + 1


def _not_too_many(rows: list[CompanyValue]) -> None:
    if len(_open(rows)) >= MOST:
        raise RuleBroken("", gettext("At most %(most)d, so that each is remembered. Retire one first.", most=MOST))


def _check(words: Words, others: list[CompanyValue]) -> None:
    if not names.is_visible(words.name):
        raise RuleBroken("name", gettext("Say what you stand for, in a few words"))
    for field, said, most in (("name", words.name, MAX_NAME), ("line", words.line, MAX_LINE)):
        over = len(said) - most
        if over > 0:
            raise RuleBroken(field, ngettext("%(num)d character over", "%(num)d characters over", over))
    if words.icon not in ICONS:
        raise RuleBroken("icon", gettext("Pick one from the list"))
    for other in others:
        if names.fold(other.name) == names.fold(words.name):
            raise RuleBroken(
                "name",
                gettext("You have that one already")
                if other.retired_at is None
                else gettext("You retired one with that name. Bring it back instead."),
            )
