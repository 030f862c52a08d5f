""" "Something wrong here?" on a profile, words that should not stand there, and who is kept apart.

What there is to say: something is missing, something is wrong, they have left, they stand there twice.

Rules: colleagues alone, about people they may see, at most 10 in 24 hours; the same said twice is one report. It goes
to the person, who is not told by whom, or to the admins; that somebody left or stands there twice always to the
admins. Whoever it is about and was not asked never learns of it.

"Never" and "block" are one-sided and silent: nobody but whoever set them ever sees them. Words that should not stand
somewhere are reported to the moderators, who hide them, keep them, or pause their writer; a moderator does not see
what is said about themselves. Whose words they are never learns who reported them, so the report itself is the only
record of that: the audit log, which admins read, holds what moderators did and not who asked.

Tables: report, boundary, words_report, words_report_named, pause.
Publishes: BoundaryDrawn, PauseBegan, PauseEnded. Listens: PersonLeft, PeopleMerged.
"""
