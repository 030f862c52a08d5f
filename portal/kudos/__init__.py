"""Kudos: thanking colleagues, with words.

Who thanks says who did it, who helped and who unblocked it: 1 to 20 people, or a whole team. Rules: a reason in
words; at most 20 in any 24 hours, and never the same words to the same person twice in a day; nobody thanks
themselves. The receiver decides: the audience is never wider than each of them likes to be thanked, thanks to
somebody above me start as "only us", and whoever was thanked takes it off wall, profile or screen at any time,
silently. Whom somebody blocked thanks them into the void: the giver sees their words, the receiver and everybody else
does not. Undone within 60 seconds nothing is left of it; changed within 15 minutes it says so; taken back it is gone,
and only counts.

Everything said about visibility stands in `queries.seen_by`: the audience, or being named. Audience `NAMED` has no
members, so what carries it is seen by who is named alone. `wall_audience_id` is the audience whose walls list it, or
nobody's.

A meeting screen shows some of a team's thanks: the host picks, who asked to be asked is asked, and its link ends with
the meeting.

Tables: company_value, kudos, kudos_person, kudos_cheer, kudos_mention, thanks_wish, kudos_screen, kudos_screen_pick,
kudos_screen_answer, kudos_screen_person.
Publishes: KudosGiven, KudosChanged, KudosWithdrawn, KudosCheered, CheerWithdrawn, KudosHidden, KudosRestored,
ScreenAsked, ScreenShared. Listens: TopicsRenamed, PeopleMerged, PeopleParted.
"""
