"""What people hold about a person."""

from __future__ import annotations

from portal.core.i18n import lazy as _
from portal.core.personal import Held

_COLLEAGUES = _("Everyone who works here; guests only if you share a team")
_CHOSEN = _("Whom you choose: everyone, my teams or nobody")
_STAY = _("While you are here, then until you are erased")

HELD = [
    Held(
        "person",
        ("id", "external_id", "name", "preferred_name", "handle", "kind", "title", "department_id", "manager_id",
         "starts_on", "ends_on", "left_at", "created_at", "version", "locked"),
        _("Your name, and where you stand in the organization"),
        _("So that colleagues find you. What comes from the staff list is locked and says so"),
        _COLLEAGUES,
        _STAY,
    ),
    Held(
        "person",
        ("email", "email_key"),
        _("Your address"),
        _("To sign in, and for mail from Hallway"),
        _("You, and the admins"),
        _STAY,
    ),
    Held(
        "person",
        ("place_id", "place_detail", "time_zone", "pronouns", "say_name", "languages", "working_days", "links",
         "reach_me_by", "shown"),
        _("What you say about yourself"),
        _("So that colleagues know how and when to reach you"),
        _CHOSEN,
        _("Until you take it back, or are erased"),
    ),
    Held(
        "person",
        ("away_until", "stand_in_id"),
        _("When you are away, and who stands in"),
        _("So that nobody waits for you"),
        _COLLEAGUES,
        _("Until the day has passed and you enter another, or are erased"),
    ),
    Held(
        "person",
        ("hue", "portrait", "square", "cutout"),
        _("Your colour and your photo"),
        _("To show who you are; the place and the camera are removed from the photo"),
        _COLLEAGUES,
        _("Until you remove or replace it"),
    ),
    Held(
        "person_listing",
        ("audience_id", "person_id", "sort_key", "search_key", "department_id", "place_id", "started_on",
         "listed_until", "shown"),
        _("The directory's entry of you, one for each audience"),
        _("A copy of the above, so that the directory is quick and shows each reader only what they may see"),
        _CHOSEN,
        _("Made anew at each change; removed on the day you leave"),
    ),
    Held(
        "old_handle",
        ("handle", "person_id"),
        _("Addresses your page had before"),
        _("So that old links still find you"),
        _COLLEAGUES,
        _STAY,
    ),
]  # fmt: skip
