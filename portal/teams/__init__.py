"""Project teams: from the lead's idea over the kick-off to the day the team closes.

Rules: anyone who works here starts a team and names its lead; there is always a lead to be found, or a way to become
it. Everyone sees every team; a guest sees only the open ones they are in. People are added by somebody, or join by a
link that expires. A team that is renamed keeps its old address. A closed team is only read, and may be opened again.

Tables: team, team_member, old_team_slug, team_buddy, team_keep.
Publishes: TeamStarted, TeamChanged, MembersAdded, AddressesInvited, MemberLeft, TeamClosed, TeamReopened,
KickOffAttended.
Listens: PersonLeft.
"""
