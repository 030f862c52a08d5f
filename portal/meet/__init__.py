"""Whom to meet next: an order of people for each person, and reasons in words.

Rules: common contacts, teams, goals, topics, department, being new and similar work each rank the others, and the
ranks are fused, without training. At least half of any ten are from other departments where enough exist; the share
of common contacts is capped; whoever is in nobody's list is put into one. Whoever is kept apart from somebody, left,
is a guest, or has not signed in yet is never suggested. The new ones of a week stay for the week. A reason names only
what its reader can open: contacts order a list, and are never named. What is not so any more when somebody looks is
not in the answer. A hello, and a coffee at times within both working hours, are words that each sends themselves:
nothing of them is kept. Whoever comes in can say whom they know already; whoever is new here meets five first, each
for a purpose, with a buddy beside them. One in ten pairs is
left out for 60 days by lot, so that what suggestions add can be told (`trial`, `measures`). Whoever says that they
wrote is asked some days later whether the two met, and a month later whether they met again (`met`).

Tables: suggestion (made anew), set_aside, meet_wish, meet_due, suggestion_draw, met_question.
Publishes: nothing. Listens: SignedIn, MembershipChanged, IntroPublished, TiesChanged, Talked, TalkWithdrawn,
ManagerAskAnswered, IntroductionDeclined, IntroductionMade.
"""
