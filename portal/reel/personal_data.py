"""What the reel holds about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

from .models import NUDGE_KEPT_FOR, IntroSeen

HELD = [
    Held(
        "intro_seen",
        ("person_id", "seen_id", "at"),
        _("Whose intro you have seen"),
        _("So that you can go on where you stopped"),
        _("You alone"),
        _("Until one of you is erased"),
        whose=("person_id", "seen_id"),
        rows=lambda person_id: IntroSeen.person_id == person_id,
    ),
    Held(
        "intro_nudge",
        ("person_id", "team_id", "by_id", "at"),
        _("When a lead asked for your intro, and for which team"),
        _("So that it stands on your home page, and nobody asks twice in a week"),
        _("You, and the leads of your teams"),
        _("%(days)s"),
        keeps="nudges",
        named=("by_id",),
    ),
    Held(
        "quiet_slide",
        ("team_id", "person_id"),
        _("In which teams your slide is read and not spoken to"),
        _("So that nobody waits for you to speak"),
        _("Whoever may see the team"),
        _("Until you change it, or leave the team"),
    ),
]

KEPT = [Kept("nudges", _("When somebody was nudged for their intro"), NUDGE_KEPT_FOR.days, 7, 90)]
