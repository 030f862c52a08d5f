"""A team's intros, one after another: the reel at the kick-off, the sheet to take along, who to ask, who is missing.

Rules: slides of words are equal to any other; whoever prefers it is read instead of heard. What I have seen is mine
alone. Only the lead sees whose intro is missing; a nudge goes to the person, at most once a week, never before their
first day and never on the day of the kick-off.

Tables: intro_seen, intro_nudge, quiet_slide. Publishes: IntroNudged. Listens: MemberLeft.
"""
