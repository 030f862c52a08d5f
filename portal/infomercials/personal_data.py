"""What intros hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

_WORDS = ("person_id", "lang", "headline", "facts", "ask_about", "working_on", "so_that", "goal_id", "offer",
          "offer_stands", "shown_to", "work_changed_at")  # fmt: skip

HELD = [
    Held(
        "infomercial",
        (*_WORDS, "working_on_html", "offer_html", "published_at", "confirmed_at"),
        _("Your published intro"),
        _("So that colleagues know who you are and what to ask you about"),
        _("Whom you choose: everyone or my teams"),
        _("Until you take it back, or are erased"),
        merge="if_free",
    ),
    Held(
        "draft",
        (*_WORDS, "versions", "photo_settled", "saved_at"),
        _("Your intro while you write it"),
        _("So that you can leave half way and nothing is lost"),
        _("You alone"),
        _("Until you are erased"),
        merge="if_free",
    ),
    Held(
        "infomercial_listing",
        ("audience_id", "person_id", "published_at"),
        _("Who may read your intro, one line for each audience"),
        _("To show it to those you chose and to nobody else"),
        _("Nobody; it is read by Hallway alone"),
        _("Made anew at each change; removed on the day you leave"),
        merge="derived",
    ),
]
