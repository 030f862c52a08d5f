"""What the suggestions of whom to meet hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

from .models import SetAside, Suggestion

_MINE = _("You alone")

HELD = [
    Held(
        "suggestion",
        ("person_id", "other_id", "place", "score", "week"),
        _("Whom you might meet, in which order, and whom this week"),
        _("To suggest somebody"),
        _MINE,
        _("Until they are made anew, each night"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: Suggestion.person_id == person_id,
        merge="derived",
        made_anew=True,
    ),
    Held(
        "set_aside",
        ("person_id", "other_id", "until"),
        _("To whom you said “not now”"),
        _("So that they are not suggested for a while"),
        _MINE,
        _("90 days"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: SetAside.person_id == person_id,
        merge="if_free",
    ),
    Held(
        "meet_wish",
        ("person_id", "off", "known_at"),
        _("By what you do not want to be suggested people, and when you said whom you know already"),
        _("To keep to it"),
        _MINE,
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
    Held(
        "meet_due",
        ("person_id", "since"),
        _("That your suggestions are to be made anew"),
        _("So that they fit what changed"),
        _("Nobody; it is read by Hallway alone"),
        _("Until they are made anew, a few minutes later"),
        merge="derived",
        made_anew=True,
    ),
]
