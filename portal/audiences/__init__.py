"""Who may see what.

Everything that can be hidden carries an audience. Audience 1 is everyone: employees, not guests. A team's
audience is its members, whoever they are. Audience 0 has no members at all: what carries it is seen by who is named
in it. A guest is in nobody's "everyone" and sees what shared teams see.

Rules: `visible_to(viewer)` stands in the WHERE of every read, never behind a LIMIT. A fact for a team follows
today's membership.

Tables: audience, audience_member. Publishes: MembershipChanged.
"""
