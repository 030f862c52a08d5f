"""What search holds about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

HELD = [
    Held(
        "search_link",
        ("item_id", "person_id", "role", "hidden", "shown_from"),
        _("What shows what you know: your intro, thanks you got, work that was imported"),
        _("So that colleagues find who can help"),
        _("Whoever may see the intro, the thanks or the work itself; before its date you alone"),
        _("As long as what it is about; imported work until you are erased"),
        made_anew=True,
    ),
    Held(
        "search_person",
        ("person_id", "activity", "shows_work"),
        _("How much of that is from lately, and whether imported work speaks for you"),
        _("So that who can answer now is found before who once could"),
        _("Nobody; it is read by Hallway alone"),
        _("Until you are erased"),
        merge="if_free",
    ),
    Held(
        "search_item",
        ("id", "kind", "subject_id", "audience_id", "source_key", "digest", "title", "url", "at", "day", "size",
         "words"),
        _("What can be found, and the words in it, without their order"),
        _("To find people and things by any word"),
        _("Whoever may see what it is about"),
        _("As long as what it is about"),
        whose=(),
        erase="stays",
    ),
]  # fmt: skip
