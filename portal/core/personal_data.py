"""What core holds about a person."""

from __future__ import annotations

import sqlalchemy as sa

from .db import db
from .i18n import lazy as _
from .outbox import OwedMail
from .personal import Held, Kept, Whom

_NOBODY = _("Nobody; whoever runs the machine can read the database")


def _forget_mail(whom: Whom) -> None:
    """Mail to them, and what a mail server said about their address."""
    db.session.execute(sa.delete(OwedMail).where(OwedMail.person_id == whom.person_id))
    for key in whom.email_keys:
        said = OwedMail.problem.icontains(key, autoescape=True)
        db.session.execute(
            sa.update(OwedMail).where(said).values(problem=None).execution_options(synchronize_session=False)
        )


HELD = [
    Held(
        "audit_entry",
        ("id", "at", "actor_id", "code", "subject_id"),
        _("What was done to accounts and people: who, to whom, when, as numbers and codes"),
        _("So that a wrong change, or somebody else's use of your account, can be traced"),
        _("The admins"),
        _("%(days)s; the numbers lead nowhere once you are erased"),
        keeps="audit",
        whose=("actor_id",),
        erase="stays",
        merge="stays",
    ),
    Held(
        "form_once",
        ("person_id", "nonce", "at", "result"),
        _("Which forms you have sent, each as a random mark, and the number of what came of it"),
        _("So that a form sent twice is done once"),
        _NOBODY,
        _("One day"),
        secret=("nonce",),
        merge="goes",
    ),
    Held(
        "owed_mail",
        (
            "id",
            "kind",
            "subject_id",
            "occasion",
            "at_once",
            "due_at",
            "tries",
            "tried_at",
            "leased_until",
            "sent_at",
            "parked_at",
            "problem",
            "person_id",
        ),
        _("Which mails are to be sent or were sent to you: their kind, when, and what the mail server said"),
        _("So that none is lost and none is sent twice, and so that you can be told what has left already"),
        _("The admins"),
        _("Until it is not owed any more; %(days)s after it was sent"),
        keeps="mail",
        erase=_forget_mail,
    ),
]

KEPT = [
    Kept("audit", _("The log of what was done to accounts and people"), 1095, 30, 3650, may_be_off=True),
    Kept("mail", _("Which mails were sent to whom"), 365, 7, 1095),
]
