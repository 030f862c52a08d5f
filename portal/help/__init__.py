"""Help: offers, asks, and promises that are kept.

An offer stands on its person's page and topics; taking it up asks that person. An ask is one question; it goes to at
most three people who can probably answer now, and to the next ones after two working days. "I can help" makes a
promise: what, by when. The two see it, nobody else.

Rules: whoever asks learns how many were asked, never who, and a no looks like a silence. Nobody is asked more than
twice a week, or as seldom as they like; an offer has a limit of its own. Somebody who is kept apart is never asked.
Who may do what, and when, is one table: `states`.

Tables: help_offer, help_offer_listing, help_offer_topic, help_ask, help_ask_listing, help_ask_topic, help_asked,
help_post, help_promise, help_reminder, help_wish. Publishes:
AskPosted, AskChanged, AskWithdrawn, AskClosed, AskReopened, AskRaised, PeopleAsked, AskDeclined, HelperNamed,
PostWritten, PostWithdrawn, AnswerMarked, AnswerUnmarked, AnswerConsented, PromiseMade, PromiseMoveProposed,
PromiseMoved, PromiseMoveDropped, PromiseFulfilled, PromiseReopened, PromiseDropped, PromiseReminded, OutcomeNoted,
OfferMade, OfferChanged, OfferClosed.
"""
