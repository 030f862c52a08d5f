"""What core holds about a person."""

from __future__ import annotations

from .i18n import lazy as _
from .personal import Held

_NOBODY = _("Nobody; whoever runs the machine can read the database")

HELD = [
    Held(
        "audit_entry",
        ("id", "at", "actor_id", "code", "subject_id"),
        _("What was done to accounts and people: who, to whom, when, as numbers and codes"),
        _("So that a wrong change, or somebody else's use of your account, can be traced"),
        _NOBODY,
        _("As long as this installation is kept; the numbers lead nowhere once you are erased"),
    ),
    Held(
        "form_once",
        ("person_id", "nonce", "at", "result"),
        _("Which forms you have sent, each as a random mark, and the number of what came of it"),
        _("So that a form sent twice is done once"),
        _NOBODY,
        _("One day, at your next form"),
    ),
    Held(
        "owed_mail",
        ("id", "kind", "subject_id", "occasion", "due_at"),
        _("Which mails are still to be sent: their kind, and the number of what they are about"),
        _("So that none is lost and none is sent twice"),
        _NOBODY,
        _("Until the mail is sent, or is not owed any more"),
    ),
]
