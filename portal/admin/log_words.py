"""What the codes of the audit log mean in plain words, and whose number stands in each as its subject."""

from __future__ import annotations

from typing import Any

from portal.core.i18n import lazy as _

# code -> (words, what `subject_id` is: "person", "team", "goal" or "" where it leads nowhere)
WORDS: dict[str, tuple[Any, str]] = {
    "backup_test_wanted": (_("Asked for a backup to be tested"), ""),
    "code_made": (_("Made a printed code for somebody"), "person"),
    "code_used": (_("Chose a password by a printed code"), "person"),
    "code_withdrawn": (_("Withdrew a printed code"), "person"),
    "erasure_asked": (_("Asked to be erased"), "person"),
    "erasure_taken_back": (_("Took back the wish to be erased"), "person"),
    "goal_added": (_("Added a goal"), "goal"),
    "goal_closed": (_("Closed a goal"), "goal"),
    "goal_reopened": (_("Opened a goal again"), "goal"),
    "guest_stays": (_("Moved a guest's last day"), "person"),
    "invitation_accepted": (_("Accepted an invitation"), ""),
    "invitation_sent_again": (_("Sent an invitation again"), ""),
    "invitation_withdrawn": (_("Withdrew an invitation"), ""),
    "invite_domains_set": (_("Chose whose addresses come in as colleagues"), ""),
    "kind_changed": (_("Made a guest a colleague, or a colleague a guest"), "person"),
    "kudos_taken_back": (_("Took thanks back"), ""),
    "last_day_set": (_("Set somebody's last day"), "person"),
    "last_day_unset": (_("Took somebody's last day back"), "person"),
    "made_admin": (_("Made somebody an admin"), "person"),
    "made_member": (_("Took a role away"), "person"),
    "made_moderator": (_("Made somebody a moderator"), "person"),
    "mail_sent_again": (_("Gave mail another chance"), ""),
    "merge_undone": (_("Undid the merge of two entries"), "person"),
    "organization_changed": (_("Changed name, logo or colour"), ""),
    "password_set": (_("Set a password"), "person"),
    "pause_began": (_("Paused somebody"), "person"),
    "pause_ended": (_("Ended somebody's pause"), "person"),
    "people_imported": (_("Imported a staff list"), ""),
    "people_invited": (_("Invited people"), "team"),
    "people_merged": (_("Merged two entries of one person"), "person"),
    "person_erased": (_("Erased somebody"), "person"),
    "person_left": (_("Somebody left"), "person"),
    "person_returned": (_("Somebody came back"), "person"),
    "profile_reported": (_("Said that something on a profile is not right"), "person"),
    "report_settled": (_("Settled what was said about a profile"), "person"),
    "reset_link_used": (_("Chose a password by a mailed link"), "person"),
    "contacts_order": (_("Let contacts from elsewhere order whom somebody might meet"), ""),
    "contacts_rest": (_("Let contacts from elsewhere order nothing any more"), ""),
    "contacts_imported": (_("Brought in contacts from elsewhere"), ""),
    "meet_weights_learned": (_("Learned how much each signal is worth for whom to meet"), ""),
    "meet_weights_plain": (_("Went back to the plain weights for whom to meet"), ""),
    "meet_measured": (_("Measured whom everybody might meet"), ""),
    "work_shown": (_("Let work from elsewhere show what people know"), ""),
    "work_hidden": (_("Took work from elsewhere out of search"), ""),
    "retention_changed": (_("Changed for how long data is kept"), ""),
    "search_measured": (_("Measured who knows, over all imported work"), ""),
    "sessions_ended": (_("Ended sessions"), "person"),
    "signed_in": (_("Signed in"), ""),
    "team_asked_by_link": (_("Somebody asked to come in by a team's link"), "team"),
    "team_closed": (_("Closed a team"), "team"),
    "team_joined": (_("Came into a team by its link"), "team"),
    "team_lead_set": (_("Made somebody the lead of a team"), "person"),
    "team_lead_unset": (_("Somebody leads a team no more"), "person"),
    "team_left": (_("Left a team"), "person"),
    "team_member_out": (_("Took somebody out of a team"), "person"),
    "team_reopened": (_("Opened a team again"), "team"),
    "team_started": (_("Started a team"), "team"),
    "topic_alias_added": (_("Gave a topic another name"), ""),
    "topic_alias_dropped": (_("Took another name from a topic"), ""),
    "topic_brought_back": (_("Brought a topic back"), ""),
    "topic_merge_undone": (_("Made two topics of one again"), ""),
    "topic_renamed": (_("Renamed a topic"), ""),
    "topic_retired": (_("Retired a topic"), ""),
    "topics_merged": (_("Made two topics one"), ""),
    "value_added": (_("Added something to stand for"), ""),
    "value_brought_back": (_("Brought back something to stand for"), ""),
    "value_changed": (_("Changed something to stand for"), ""),
    "value_retired": (_("Retired something to stand for"), ""),
    "words_gone": (_("Settled a report of words that were taken back"), ""),
    "words_hidden": (_("Hid words that were reported"), "person"),
    "words_kept": (_("Left words as they are that were reported"), ""),
    "words_restored": (_("Showed words again that had been hidden"), "person"),
}
ABOUT_PEOPLE = [code for code, (_words, subject) in WORDS.items() if subject == "person"]


def words_of(code: str) -> Any:
    """The code in plain words; one that nobody has words for stands as it is."""
    return WORDS[code][0] if code in WORDS else code
