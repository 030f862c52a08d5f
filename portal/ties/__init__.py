"""Ties: who was in touch with whom, for their own eyes only.

A contact is one interaction of two people, by any medium; a tie is what it comes to between them over time. Rules: a
contact arises where at most 5 people took part (at a kick-off 12), in the transaction of what it came from, and goes
with it. "We talked" and "I know them" count for whoever said so, and the other is told nothing. What state a tie is
in is a pure function of dates and now (`state`); days away are not counted against anybody.

Who talked with whom elsewhere can be imported: pairs and times, no words. It may order a list, and shows nowhere, not
even here. Its switch is off at first; whoever wants no part in it leaves, and what there was of them goes. After
CONTACT_DAYS the first and the last date of a pair alone are left.

Tables: contact, tie (made of contacts), known_colleague, away_span, imported_contact, imported_contact_off.
Publishes: TiesChanged, Talked, TalkWithdrawn. Listens: KudosGiven, KudosWithdrawn, PromiseFulfilled, PromiseReopened,
IntroductionMade, KickOffAttended, PersonChanged, PeopleMerged, PeopleParted.
"""
