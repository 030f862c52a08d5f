"""What kudos hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held, Kept

from . import erasing
from .models import KudosScreenAnswer

_WHILE = _("Until whoever gave it takes it back, or is erased")
_NAMED = _("Whoever may see the kudos: as its giver chose, and its receivers like it")

HELD = [
    Held(
        "kudos",
        ("id", "public_id", "giver_id", "value_id", "goal_id", "topic_id", "team_id", "to_team", "shown_to",
         "audience_id", "wall_audience_id", "at", "edited_at", "version", "taken_back_at", "hidden_at"),
        _("The thanks you gave"),
        _("To show them to whom they are for, and to whoever may see them"),
        _NAMED,
        _WHILE,
        whose=("giver_id",),
        secret=("audience_id", "wall_audience_id"),
        erase="stays",  # it belongs to whoever was thanked as well, under "former colleague"
    ),
    Held(
        "kudos",
        ("why", "why_html", "why_key"),
        _("Your words in them"),
        _("To say what somebody is thanked for"),
        _NAMED,
        _("Until you take them back; when you are erased, your name leaves them"),
        whose=("giver_id",),
        beside=("id",),
        secret=("why_key",),
        erase=erasing.forget_giver,
        merge="stays",  # with its row
    ),
    Held(
        "kudos_person",
        ("kudos_id", "person_id", "side", "role", "at", "place"),
        _("The thanks in which you are named, and what for: you did it, helped or unblocked"),
        _("To show whom they are for"),
        _NAMED,
        _WHILE,
        merge="if_free",
        erase=erasing.forget_named,
    ),
    Held(
        "kudos_person",
        ("off_wall", "off_profile", "off_screen"),
        _("Whether you took thanks off the wall, your profile or the screen"),
        _("So that they stay off"),
        _("You alone"),
        _WHILE,
        beside=("kudos_id",),
        merge="stays",
        erase="stays",  # with its row
    ),
    Held(
        "kudos_person",
        ("muted",),
        _("Whether you had blocked whoever thanked you"),
        _("So that you never see it"),
        _("Nobody; it is read by Hallway alone"),
        _WHILE,
        secret=("muted",),
        beside=("kudos_id",),
        merge="stays",
        erase="stays",
    ),
    Held(
        "kudos_cheer",
        ("kudos_id", "person_id", "kind", "at"),
        _("Which thanks you cheered"),
        _("To show who was glad with somebody"),
        _NAMED,
        _("Until you take it back, or are erased"),
        merge="if_free",
    ),
    Held(
        "kudos_mention",
        ("kudos_id", "person_id"),
        _("Which thanks name you in their words"),
        _("So that your name is taken out of them when you are erased"),
        _NAMED,
        _WHILE,
        merge="if_free",
        erase=erasing.forget_mentions,
    ),
    Held(
        "thanks_wish",
        ("person_id", "shown", "on_screen"),
        _("How you like to be thanked"),
        _("So that whoever thanks you keeps to it"),
        _("Everyone who may thank you"),
        _("Until you change it, or are erased"),
        merge="if_free",
    ),
    Held(
        "kudos_screen",
        ("id", "public_id", "team_id", "host_id", "since", "nonce", "started_at", "ends_at", "sent_round_at",
         "at_position"),
        _("The meetings in which you showed thanks"),
        _("To begin the next one where the last one ended"),
        _("The people of the team"),
        _("%(days)s"),
        keeps="screens",
        whose=("host_id",),
        secret=("nonce",),
    ),
    Held(
        "kudos_screen_pick",
        ("screen_id", "kudos_id", "position", "is_live"),
        _("Which thanks a meeting showed"),
        _("To show them, and to send them round afterwards"),
        _("Who was in the meeting"),
        _("%(days)s"),
        keeps="screens",
        whose=(),
        erase="stays",  # with the kudos
    ),
    Held(
        "kudos_screen_answer",
        ("screen_id", "kudos_id", "person_id", "said", "asked_at"),
        _("Whether thanks for you may be shown in a meeting, where you were asked"),
        _("To keep to your answer"),
        _("You alone; the host sees only what may be shown"),
        _("%(days)s"),
        keeps="screens",
        merge="if_free",
        rows=lambda person_id: KudosScreenAnswer.person_id == person_id,
    ),
    Held(
        "kudos_screen_person",
        ("screen_id", "person_id", "at"),
        _("In which meetings with thanks you were"),
        _("To send round what was shown"),
        _("The people of the team"),
        _("%(days)s"),
        keeps="screens",
        merge="if_free",
    ),
    Held(
        "company_value",
        ("id", "slug", "name", "line", "icon", "position", "retired_at", "version", "created_at"),
        _("What your organization stands for"),
        _("To say what thanks are an example of"),
        _("Everyone"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
]  # fmt: skip

KEPT = [Kept("screens", _("Which thanks a meeting showed, and who was there"), 90, 7, 365)]
