"""What notices hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

_ME = _("You alone")

HELD = [
    Held(
        "notice",
        ("id", "person_id", "kind", "subject_id", "occasion", "at", "read_at"),
        _("What you were told about: the kind, which thanks or meeting, when, and whether you have read it"),
        _("To tell you what others did that concerns you"),
        _ME,
        _("%(days)s; at once when what it tells of is taken back"),
        keeps="notices",
        merge="if_free",
    ),
    Held(
        "notice_fan_out",
        ("id", "subject_id", "at", "told_to_id"),
        _("How far the people of a large team have been told that they were thanked"),
        _("So that everybody is told once"),
        _("Nobody; the worker reads it"),
        _("Until everybody is told, a few seconds"),
        whose=(),
        erase="stays",
    ),
    Held(
        "notice_wish",
        ("person_id", "kind", "way"),
        _("Which kinds of notices you want by mail, in the digest, here alone, or not at all"),
        _("To keep to it"),
        _ME,
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
    Held(
        "notice_hours",
        ("person_id", "is_quiet", "quiet_from", "quiet_to", "days_off", "digest_day", "digest_hour"),
        _("In which hours you want no mail, and when your digest"),
        _("To keep to it"),
        _ME,
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
    Held(
        "digest",
        ("id", "person_id", "week", "due_at", "frozen_at", "number", "chosen"),
        _("Your digests: when, and the numbers of what stood in them"),
        _("So that none is sent twice, and a second try is the same mail"),
        _ME,
        _("%(days)s"),
        keeps="notices",
        merge="goes",
    ),
    Held(
        "digest_pace",
        ("person_id", "unanswered", "acted_on"),
        _("On which day you last did something here, and how many digests came since"),
        _("So that the digest gets rarer and ends where nobody wants it"),
        _ME,
        _("Until you are erased; only the last day is kept"),
        merge="if_free",
    ),
]

KEPT = [Kept("notices", _("Notices and digests"), 180, 30, 1095)]
