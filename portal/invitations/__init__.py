"""Being invited: a link that shows the team's line-up, asks for a password, and lets in once.

Rules: a link works once, for 14 days; it can be sent again (the one before it is dead) or withdrawn; opening it
changes nothing. Whoever was invited to several teams is in all of them after one yes. Nobody who is signed in is
brought in without saying so. Until mail is set up, whoever invited passes the link on; the
mail is owed all the same. Once it is, the link of somebody on the staff list goes to them alone.

Tables: invitation. Publishes: InvitationAccepted.
Listens: MembersAdded, AddressesInvited, MemberLeft, TeamClosed, PersonLeft.
"""
