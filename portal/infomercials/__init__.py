"""A person's published pitch, on pages "intro": headline, one to three facts, ask me about, working on, offer.

Rules: written in steps that save alone, one fact is enough, nothing shows before it is published. Two tabs never
overwrite each other unseen. After 180 days: "still right?". "Working on" greys after 60 days and goes after 120, and
with it the goal that it serves. It is shown to everyone or to my teams; a goal only to those who may see the goal.

Tables: draft (the working copy), infomercial (what is published), infomercial_listing (who may read it).
Publishes: IntroPublished, IntroWithdrawn. Listens: MembershipChanged, PersonLeft.
"""
