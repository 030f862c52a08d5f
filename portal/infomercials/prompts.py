"""The rotating prompts for facts, each with two good examples. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.core.i18n import lazy as _


@dataclass(frozen=True)
class Prompt:
    """What to write about, and two examples of how it can sound."""

    key: str
    text: Any
    examples: tuple[Any, Any]


PROMPTS = (
    Prompt("made", _("Something you made that still works"),
           (_("A cable holder from a coat hanger. Nine years, four desks."),
            _("I moved 11 years of club records without losing one birthday."))),
    Prompt("wrongly", _("What people wrongly come to you for"),
           (_("Printers. I only once turned one off and on."),
            _("Wine. I just like the labels."))),
    Prompt("outside", _("A skill you use outside work"),
           (_("I can tell apart 30 birds by ear, mostly at bad moments."),
            _("I referee under-12 handball and have learned to say no kindly."))),
    Prompt("learning", _("What you are learning"),
           (_("Dutch, from a baker who refuses to switch to English."),
            _("To solder. Two of five radios speak."))),
    Prompt("mistake", _("Your best mistake"),
           (_("I sent the test mail to all 4,000 clubs. Eleven wrote back and became our first testers."),
            _("I booked the wrong Vienna and now have friends in Virginia."))),
    Prompt("yes", _("What you will always say yes to"),
           (_("A walk instead of a meeting."),
            _("Reading your first draft, however rough."))),
)  # fmt: skip
BY_KEY = {prompt.key: prompt for prompt in PROMPTS}


def prompts_for(person_id: int, turn: int, count: int = 3) -> list[Prompt]:
    """Three prompts that differ from person to person and from turn to turn."""
    start = person_id + turn * count
    return [PROMPTS[(start + i) % len(PROMPTS)] for i in range(count)]
