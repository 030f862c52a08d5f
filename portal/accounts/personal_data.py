"""What accounts hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

_NOBODY = _("Nobody; whoever runs the machine can read the database")

HELD = [
    Held(
        "account",
        ("person_id", "role", "password_hash", "password_set_at", "created_at"),
        _("Your account"),
        _("To let you in, and to know what you may do. Of the password only a hash is kept"),
        _NOBODY,
        _("Until you are erased"),
    ),
    Held(
        "sign_in",
        ("id", "person_id", "key_hash", "device", "started_at", "last_used_at", "ended_at"),
        _("Where you are signed in: browser, system, last use"),
        _("So that you can see your sessions and end them"),
        _("You alone"),
        _("60 days after the last use, at your next sign-in"),
    ),
    Held(
        "kept_words",
        ("id", "person_id", "key_hash", "path", "fields", "at"),
        _("Words you sent after your session had ended"),
        _("So that nothing you typed is lost; the form is filled in when you are back"),
        _("You alone"),
        _("One day; removed at the next sign-in after that"),
    ),
]
