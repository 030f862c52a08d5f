"""What the suggestions of whom to meet hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

from .models import MetQuestion, SetAside, Suggestion

_MINE = _("You alone")
_NOBODY = _("Nobody; it is read by Hallway alone")


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
    Held(
        "suggestion_draw",
        ("low_id", "high_id", "at", "until", "is_left_out"),
        _("With whom you came up for a suggestion for the first time, when, and whether the lot left you two out"),
        _("To tell what suggestions add; of it only shares of many are shown"),
        _NOBODY,
        _("240 days"),
        whose=("low_id", "high_id"),
        secret=("is_left_out",),
        merge="if_free",
    ),
    Held(
        "met_question",
        ("person_id", "other_id", "medium", "stage", "times", "at", "due_at", "met_at", "again_at", "before"),
        _("Whether you met somebody after a hello, a coffee, an introduction or a talk, and whether you met again"),
        _("To ask you once, and to tell how often people meet again; of it only shares of many are shown"),
        _MINE,
        _("400 days"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: MetQuestion.person_id == person_id,
        merge="if_free",
    ),
]
