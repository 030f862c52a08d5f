"""What people hold about a person."""

from __future__ import annotations

import re
import secrets
from typing import Any

import sqlalchemy as sa

from portal.core import clock
from portal.core.db import db
from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept, Whom

from .models import Person, PersonMerge, StaffImport

_COLLEAGUES = _("Everyone who works here; guests only if you share a team")
_CHOSEN = _("Whom you choose: everyone, my teams or nobody")
_ADMINS = _("The admins")
_STAY = _("While you are here, then until you are erased")
_ME = ("id",)


def _mine(person_id: int) -> sa.ColumnElement[bool]:
    """My own row, and those of entries that became part of mine."""
    return sa.or_(Person.id == person_id, Person.merged_into_id == person_id)


def _tombstone(whom: Whom) -> None:
    """The row stays, so that ids and dates of others still mean something; nobody can be read from it."""
    person = db.session.get_one(Person, whom.person_id, populate_existing=True)
    person.name, person.handle = "", f"former-{secrets.token_hex(6)}"
    person.external_id = person.preferred_name = person.title = None
    person.department_id = person.manager_id = person.starts_on = person.ends_on = None
    person.locked, person.version = [], 0
    person.left_at = person.left_at or clock.now()
    person.erased_at = clock.now()
    db.session.flush()


def _forget_what_was_moved(whom: Whom) -> None:
    """That there was a merge stays, as numbers."""
    db.session.execute(
        sa.update(PersonMerge)
        .where(sa.or_(PersonMerge.kept_id == whom.person_id, PersonMerge.gone_id == whom.person_id))
        .values(moved=None)  # as JSON
    )


def _out_of_problems(whom: Whom) -> None:
    """What was said about lines of staff lists, without whom it was about."""
    db.session.execute(sa.update(StaffImport).where(StaffImport.by_id == whom.person_id).values(by_id=None))
    words = [re.escape(word) for word in sorted(whom.words, key=len, reverse=True)]
    if not words:
        return
    theirs = re.compile("|".join(words), re.IGNORECASE)
    for row in db.session.scalars(sa.select(StaffImport)):
        row.called = theirs.sub("…", row.called)
        row.problems = _without(row.problems, theirs)
    db.session.flush()


def _without(said: Any, theirs: re.Pattern[str]) -> Any:
    """The same, however deep, without those words."""
    if isinstance(said, str):
        return theirs.sub("…", said)
    if isinstance(said, dict):
        return {name: _without(one, theirs) for name, one in said.items()}
    if isinstance(said, list):
        if len(said) == 2 and isinstance(said[1], dict):  # words of ours, and what was put into them
            return [said[0], _without(said[1], theirs)]
        return [_without(one, theirs) for one in said]
    return said


HELD = [
    Held(
        "person",
        ("id", "external_id", "name", "preferred_name", "handle", "kind", "title", "department_id", "manager_id",
         "starts_on", "ends_on", "left_at", "erased_at", "merged_into_id", "created_at", "version", "locked"),
        _("Your name, and where you stand in the organization"),
        _("So that colleagues find you. What comes from the staff list is locked and says so"),
        _COLLEAGUES,
        _("While you are here; once you have left: %(days)s, or until you are erased"),
        keeps="leavers",
        whose=_ME,
        named=("manager_id", "merged_into_id"),
        rows=_mine,
        erase=_tombstone,
        merge="stays",
    ),
    Held(
        "person",
        ("email", "email_key", "email_refused_at", "login", "login_key"),
        _("Your address, or the name you sign in with; whether a mail server refused it"),
        _("To sign in, and for mail from Hallway"),
        _("You, and the admins"),
        _STAY,
        whose=_ME,
        rows=_mine,
        erase="empty",
        merge="stays",
    ),
    Held(
        "person",
        ("place_id", "place_detail", "time_zone", "pronouns", "say_name", "languages", "working_days", "links",
         "reach_me_by", "shown"),
        _("What you say about yourself"),
        _("So that colleagues know how and when to reach you"),
        _CHOSEN,
        _("Until you take it back, or are erased"),
        whose=_ME,
        erase="empty",
        merge="stays",
    ),
    Held(
        "person",
        ("away_until", "stand_in_id"),
        _("When you are away, and who stands in"),
        _("So that nobody waits for you"),
        _COLLEAGUES,
        _("Until the day has passed and you enter another, or are erased"),
        whose=_ME,
        named=("stand_in_id",),
        erase="empty",
        merge="stays",
    ),
    Held(
        "person",
        ("hue", "portrait", "square", "cutout"),
        _("Your colour and your photo"),
        _("To show who you are; the place and the camera are removed from the photo"),
        _COLLEAGUES,
        _("Until you remove or replace it"),
        whose=_ME,
        erase="empty",
        merge="stays",
    ),
    Held(
        "person_listing",
        ("audience_id", "person_id", "sort_key", "search_key", "department_id", "place_id", "started_on",
         "listed_until", "shown"),
        _("The directory's entry of you, one for each audience"),
        _("A copy of the above, so that the directory is quick and shows each reader only what they may see"),
        _CHOSEN,
        _("Made anew at each change; removed on the day you leave"),
        merge="derived",
    ),
    Held(
        "old_handle",
        ("handle", "person_id"),
        _("Addresses your page had before"),
        _("So that old links still find you"),
        _COLLEAGUES,
        _STAY,
    ),
    Held(
        "person_merge",
        ("id", "kept_id", "gone_id", "by_id", "at", "undone_at", "moved"),
        _("That two entries of you were made one, and what was moved"),
        _("So that it can be undone"),
        _ADMINS,
        _("What was moved: one day. That it happened: as long as this installation is kept, as numbers"),
        whose=("kept_id", "gone_id"),
        named=("by_id",),
        secret=("by_id", "moved"),
        erase=_forget_what_was_moved,
        merge="stays",
    ),
    Held(
        "erasure",
        ("id", "person_id", "asked_at", "done_at", "done_by_id"),
        _("That you asked to be erased, and when it was done"),
        _("So that it is done, and stays done when a backup comes back"),
        _ADMINS,
        _("As long as this installation is kept; the number leads nowhere once you are erased"),
        named=("done_by_id",),
        secret=("done_by_id",),
        erase="stays",
    ),
    Held(
        "staff_import",
        ("id", "by_id", "state", "called", "file", "mapping", "is_full", "problems", "lines", "lines_done", "added",
         "changed", "same", "leased_until", "missing", "returned", "created_at", "started_at", "done_at"),
        _("Which staff lists were sent in, by whom, and what came of them"),
        _("To bring the people of a list in, and to say what is wrong with it"),
        _ADMINS,
        _("The list itself until it is in; the rest %(days)s"),
        keeps="staff_lists",
        whose=("by_id",),
        secret=("file", "missing", "returned", "problems"),
        erase=_out_of_problems,
    ),
]  # fmt: skip

KEPT = [
    Kept("leavers", _("Whoever has left, until they are erased"), 0, 1, 3650, may_be_off=True),
    Kept("staff_lists", _("What came of staff lists"), 90, 7, 365),
]
