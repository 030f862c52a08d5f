"""What accounts hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

_NOBODY = _("Nobody; whoever runs the machine can read the database")

HELD = [
    Held(
        "account",
        ("person_id", "role", "password_hash", "password_set_at", "created_at", "locale"),
        _("Your account"),
        _("To let you in, and to know what you may do. Of the password only a hash is kept"),
        _NOBODY,
        _("Until you are erased"),
        secret=("password_hash",),
        merge="if_free",
    ),
    Held(
        "sign_in",
        ("id", "person_id", "key_hash", "device", "started_at", "last_used_at", "ended_at"),
        _("Where you are signed in: browser, system, last use"),
        _("So that you can see your sessions and end them"),
        _("You alone"),
        _("%(days)s after the last use"),
        keeps="sessions",
        secret=("key_hash",),
        merge="goes",
    ),
    Held(
        "way_in",
        ("id", "person_id", "kind", "nonce", "by_id", "made_at", "used_at", "dead_at"),
        _("When a link or a code was made for you to choose a password, and by whom"),
        _("To let you in when you have no password; neither the link nor the code is kept"),
        _NOBODY,
        _("%(days)s"),
        keeps="ways_in",
        named=("by_id",),
        secret=("nonce", "by_id"),
        merge="goes",
    ),
    Held(
        "kept_words",
        ("id", "person_id", "key_hash", "path", "fields", "at"),
        _("Words you sent after your session had ended"),
        _("So that nothing you typed is lost; the form is filled in when you are back"),
        _("You alone"),
        _("One day"),
        secret=("key_hash",),
    ),
]

KEPT = [
    Kept("sessions", _("Where people were signed in, after the last use"), 60, 30, 365),
    Kept("ways_in", _("Links and codes to choose a password by"), 90, 14, 365),
]
