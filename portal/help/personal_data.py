"""What help holds about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

from . import erasing

_TWO = _("You and the other, nobody else")
_SEEN = _("Whoever may see the ask: as you chose, and whoever was asked")

HELD = [
    Held(
        "help_offer",
        ("id", "public_id", "person_id", "what", "minutes", "when_words", "at_once", "state", "shown_to",
         "intro_words", "at", "confirmed_at", "version"),
        _("What you offer to help with"),
        _("So that colleagues can take it up"),
        _("Whoever may see you, or your intro where it is from there; paused or closed ones you alone"),
        _("Until you are erased"),
    ),
    Held(
        "help_offer_listing",
        ("audience_id", "offer_id", "at"),
        _("On whose lists your offers stand"),
        _("To show them to whoever may see you"),
        _("Nobody; it is read by Hallway alone"),
        _("As long as the offer"),
        whose=(),
        erase="stays",  # with the offer
        merge="stays",
    ),
    Held(
        "help_offer_topic",
        ("offer_id", "topic_id"),
        _("What your offers are about"),
        _("To show them on those topics"),
        _("Whoever may see you"),
        _("As long as the offer"),
        whose=(),
        erase="stays",
        merge="stays",
    ),
    Held(
        "help_ask",
        ("id", "public_id", "asker_id", "question", "question_key", "details", "details_html", "minutes", "due_on",
         "shown_to", "fresh_eyes", "offer_id", "state", "at", "edited_at", "ended_at", "rounds", "next_round_at",
         "raise_at", "raised_at", "version"),
        _("What you asked"),
        _("To find somebody who can help, and to be found again once it is answered"),
        _SEEN,
        _("Until you take it back, or are erased"),
        whose=("asker_id",),
        secret=("question_key",),
        erase=erasing.forget_asks,
    ),
    Held(
        "help_ask_listing",
        ("audience_id", "ask_id", "is_open", "at"),
        _("On whose lists your asks stand"),
        _("To show them to whom you chose"),
        _("Nobody; it is read by Hallway alone"),
        _("As long as the ask"),
        whose=(),
        erase="stays",  # with the ask
        merge="stays",
    ),
    Held(
        "help_ask_topic",
        ("ask_id", "topic_id"),
        _("What your asks are about"),
        _("To find somebody who can help"),
        _SEEN,
        _("As long as the ask"),
        whose=(),
        erase="stays",
        merge="stays",
    ),
    Held(
        "help_asked",
        ("id", "ask_id", "person_id", "source", "by_id", "line", "round", "nonce", "at", "said", "said_at"),
        _("Which questions were put to you, and whether you said yes or no"),
        _("To ask nobody twice, nor too often"),
        _("You alone; whoever asks learns how many were asked"),
        _("As long as the ask"),
        named=("by_id",),
        secret=("nonce", "by_id", "line"),
        merge="if_free",
    ),
    Held(
        "help_post",
        ("id", "ask_id", "person_id", "words", "words_html", "at", "useful_at", "may_be_found"),
        _("What you wrote under asks, and whether it may be found as an answer of yours"),
        _("To answer, and to be found as somebody who knows"),
        _SEEN,
        _("Until you take it back, or are erased; or as long as the ask"),
        erase=erasing.forget_posts,
    ),
    Held(
        "help_post",
        ("muted",),
        _("Whether whoever asked had blocked you"),
        _("So that they never see it"),
        _("Nobody; it is read by Hallway alone"),
        _("As long as the ask"),
        secret=("muted",),
        beside=("id",),
        erase="stays",  # with its row
        merge="stays",
    ),
    Held(
        "help_promise",
        ("id", "public_id", "giver_id", "receiver_id", "ask_id", "what", "due_on", "state", "at", "move_to",
         "move_by_id", "ended_at", "ended_by_id", "word", "thanks_settled", "version"),
        _("What you promised, and what was promised to you"),
        _("So that both know of it, and are reminded"),
        _TWO,
        _("%(days)s after it ended; until one of you is erased"),
        keeps="promises",
        whose=("giver_id", "receiver_id"),
        named=("move_by_id", "ended_by_id"),
    ),
    Held(
        "help_promise",
        ("outcome", "outcome_settled", "outcome_shared_at"),
        _("What came of help that you got"),
        _("To remember it, and to share it if you like"),
        _("You alone; everybody who sees you once you share it"),
        _("As long as the promise"),
        whose=("receiver_id",),
        beside=("id",),
        erase="stays",  # with its row
        merge="stays",
    ),
    Held(
        "help_promise",
        ("muted",),
        _("Whether whom you promised something had blocked you"),
        _("So that they never learn of it"),
        _("Nobody; it is read by Hallway alone"),
        _("As long as the promise"),
        whose=("giver_id",),
        secret=("muted",),
        beside=("id",),
        erase="stays",
        merge="stays",
    ),
    Held(
        "help_reminder",
        ("id", "promise_id", "person_id", "kind", "due_at", "told_at"),
        _("When you are reminded of a promise"),
        _("To remind you once, on a day that you work"),
        _("You alone"),
        _("As long as the promise"),
        merge="if_free",
    ),
    Held(
        "help_wish",
        ("person_id", "a_week"),
        _("How often you may be asked in a week"),
        _("To keep to it"),
        _("You alone"),
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
]  # fmt: skip

KEPT = [Kept("promises", _("Promises that were kept or called off"), 365, 30, 1095, may_be_off=True)]
