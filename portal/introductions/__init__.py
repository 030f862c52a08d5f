"""Introductions: somebody brings two colleagues together, and asks of managers for whom to meet.

Each of the two reads who it is about, and a line; both say yes before either hears more. Whoever asks their manager
has said yes by asking, and each name that the manager gives is an introduction.

Rules: a no looks like a silence, to the other and to whoever brought them together: it stays open for 14 days and
ends without a word. Nobody learns whether two others know each other. Somebody is asked about three at most at a
time, and about nobody twice in 90 days; who is kept apart is never asked, and nothing tells of it. An ask to a
manager ends after 10 days. Who may do what, and when, is one table: `states`.

Tables: introduction, introduction_side, manager_ask. Publishes: IntroductionProposed, IntroductionOffered,
IntroductionAccepted, IntroductionDeclined, IntroductionMade, IntroductionWithdrawn, IntroductionLapsed, ManagerAsked,
ManagerAskPassed, ManagerAskAnswered, ManagerAskWithdrawn, ManagerAskLapsed. Listens: PersonLeft, KindChanged,
PeopleMerged, PeopleParted.
"""
