"""What teams hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from portal.core.i18n import lazy as _
from portal.core.personal import Held

from .models import TeamBuddy, TeamKeep

HELD = [
    Held(
        "team_member",
        ("team_id", "person_id", "is_lead", "joined_at"),
        _("Which teams you are in, since when, and whether you lead"),
        _("To show the team to itself, and to let its lead keep it"),
        _("Everyone who works here; guests of the same team"),
        _("Until you leave the team or the company, or are erased"),
        either=("is_lead",),
    ),
    Held(
        "team_member",
        ("was_there",),
        _("Whether you were at the kick-off, if you said so"),
        _("So that Hallway knows whom you have met"),
        _("You alone"),
        _("Until you leave the team, or are erased"),
        beside=("team_id",),
        merge="stays",  # with its row
    ),
    Held(
        "team",
        ("created_by_id",),
        _("Which teams you started"),
        _("To be able to ask you about it"),
        _("Nobody; it is read by Hallway alone"),
        _("Until you are erased"),
        whose=("created_by_id",),
        beside=("slug", "name"),
        erase="unlink",
    ),
    Held(
        "team",
        ("id", "slug", "audience_id", "name", "sort_key", "purpose", "goal_id", "talks_at", "kickoff_at",
         "kickoff_zone", "kickoff_place", "calendar_uid", "calendar_sequence", "join_nonce", "join_made_at",
         "closed_at", "learned", "version", "created_at"),
        _("The teams themselves: name, what for, kick-off, link, what was learned"),
        _("To bring a new team together"),
        _("Everyone who works here; where a team talks and its link only its people"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
    Held(
        "old_team_slug",
        ("slug", "team_id"),
        _("Addresses a team had before"),
        _("So that old links still find it"),
        _("Everyone who works here; guests of the same team"),
        _("While Hallway is here"),
        whose=(),
        erase="stays",
    ),
    Held(
        "team_buddy",
        ("team_id", "newcomer_id", "buddy_id", "asked_at", "answered_at", "said_yes"),
        _("Whose buddy you are, or were asked to be"),
        _("So that whoever joins late has somebody to ask"),
        _("You, the lead and the admins; the whole team after your yes"),
        _("Until one of you leaves the team, or is erased"),
        whose=("newcomer_id", "buddy_id"),
        # A newcomer hears of it after a yes.
        rows=lambda person_id: sa.or_(
            TeamBuddy.buddy_id == person_id, sa.and_(TeamBuddy.newcomer_id == person_id, TeamBuddy.said_yes.is_(True))
        ),
    ),
    Held(
        "team_keep",
        ("team_id", "person_id", "other_id", "at"),
        _("Whom you want to keep in touch with after a team"),
        _("To remind you of them"),
        _("You alone"),
        _("Until you change it, or one of you is erased"),
        whose=("person_id", "other_id"),
        rows=lambda person_id: TeamKeep.person_id == person_id,
    ),
]  # fmt: skip
