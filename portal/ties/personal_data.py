"""What ties hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

from .models import Contact, KnownColleague, Tie

_MINE = _("You alone")
_NOBODY = _("Nobody; it is read by Hallway alone")

HELD = [
    Held(
        "contact",
        ("person_id", "other_id", "medium", "subject_id", "at"),
        _("With whom you were in touch here, by what and when"),
        _("To show you your own network, and to suggest nobody whom you have met"),
        _MINE,
        _("Until what it came from is taken back, or one of you is erased"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: Contact.person_id == person_id,
        merge="if_free",
    ),
    Held(
        "tie",
        ("person_id", "other_id", "first_at", "last_at", "days"),
        _("What your contacts with somebody come to: the first, the last, and on which days of late"),
        _("To show you your own network"),
        _MINE,
        _("As long as the contacts it is made of"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: Tie.person_id == person_id,
        merge="derived",
        made_anew=True,
    ),
    Held(
        "known_colleague",
        ("person_id", "other_id", "at"),
        _("Whom you said you know already"),
        _("So that they are not suggested"),
        _MINE,
        _("Until you change it, or one of you is erased"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: KnownColleague.person_id == person_id,
        merge="if_free",
    ),
    Held(
        "away_span",
        ("person_id", "from_on", "until_on"),
        _("On which days you said that you are away"),
        _("So that no tie cools while you are"),
        _NOBODY,
        _("400 days"),
        merge="if_free",
    ),
    Held(
        "imported_contact",
        ("low_id", "high_id", "medium", "at"),
        _("With whom you were in touch elsewhere, by what and when, if it was imported: no words"),
        _("To order whom you are suggested; it is never shown"),
        _NOBODY,
        _("As many days as whoever runs Hallway chose, then the first and the last; until you take no part, or are "
          "erased"),
        whose=("low_id", "high_id"),
        merge="if_free",
    ),
    Held(
        "imported_contact_off",
        ("person_id", "at"),
        _("That you want no part in imported contacts"),
        _("So that none with you are taken in"),
        _NOBODY,
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
]  # fmt: skip
