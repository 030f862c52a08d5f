""" "Something wrong here?": a colleague says what is not right on a profile.

What there is to say: something is missing, something is wrong, they have left, they stand there twice.

Rules: colleagues alone, about people they may see, at most 10 in 24 hours; the same said twice is one report. It goes
to the person, who is not told by whom, or to the admins; that somebody left or stands there twice always to the
admins. Whoever it is about and was not asked never learns of it.

Tables: report. Listens: PersonLeft, PeopleMerged.
"""
